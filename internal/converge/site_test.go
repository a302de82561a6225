package converge_test

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// site is a small load balancer's worth of objects: a monitor, a pool with it, a VsVip, a virtual service on both.
type site struct {
	monitor bool
	servers []int // ratios of the servers; 0 leaves one out
	pool    bool
	limit   int // of connections, within a message
	name    string
	down    bool
	// children are the numbers of virtual services that refer to the one of the site, which is number 1.
	children []int
	deleted  bool
}

// full is the site that most tests begin with.
func full() site { return site{monitor: true, servers: []int{1, 1}, pool: true, limit: 5, name: "web"} }

// objects of the site, in the order of creation.
func (s site) objects() []plan.Object {
	if s.deleted {
		return nil
	}
	var objects []plan.Object
	number := func(n int, typ, name string, fields map[string]any) {
		fields["name"] = name
		objects = append(objects, plan.Object{
			Type: typ, UUID: fmt.Sprintf("%s-%d", typ, n), Tenant: "tenant-1", Fields: fields, Once: map[string]any{"created_by": "us"},
			AlternativeName: name + "-1234",
		})
	}
	add := func(typ, name string, fields map[string]any) { number(1, typ, name, fields) }
	if s.monitor {
		add("healthmonitor", "hm", map[string]any{"send_interval": 5})
	}
	vs := map[string]any{
		"vsvip_ref": "/api/vsvip/vsvip-1", "enabled": !s.down, "pool_ref": nil,
		"performance_limits": map[string]any{"max_concurrent_connections": s.limit},
	}
	if s.pool {
		monitors := []any{}
		if s.monitor {
			monitors = append(monitors, "/api/healthmonitor/healthmonitor-1")
		}
		servers := plan.List{Key: []string{"ip.addr", "port"}}
		for i, ratio := range s.servers {
			if ratio > 0 {
				servers.Entries = append(servers.Entries, map[string]any{
					"ip": map[string]any{"addr": fmt.Sprintf("10.0.0.%d", i), "type": "V4"}, "port": 80, "ratio": ratio,
				})
			}
		}
		add("pool", "pool of "+s.name, map[string]any{"health_monitor_refs": monitors, "servers": servers})
		vs["pool_ref"] = "/api/pool/pool-1"
	}
	add("vsvip", "vsvip", map[string]any{"enabled": true})
	add("virtualservice", s.name, vs)
	for _, n := range s.children {
		number(n, "virtualservice", fmt.Sprintf("%s:%d", s.name, n), map[string]any{"vh_parent_vs_ref": "/api/virtualservice/virtualservice-1"})
	}
	return objects
}

// memory keeps what is known between runs, as the store does.
type memory struct {
	t     reporter
	known []converge.Known
}

// reporter is a test or one case of a property.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
	Context() context.Context
}

// intend is the converge.Intend that records the objects as not known.
func (m *memory) intend(_ context.Context, objects []converge.Known) error {
	for _, k := range objects {
		k.Applied = ""
		m.save(k)
	}
	return nil
}

// save keeps what is known in the order in which the store tells it.
func (m *memory) save(k converge.Known) {
	for i := range m.known {
		if m.known[i].Type == k.Type && m.known[i].UUID == k.UUID {
			m.known = append(m.known[:i:i], m.known[i+1:]...)
			break
		}
	}
	if !k.Gone {
		m.known = append(m.known, k)
	}
	slices.SortFunc(m.known, func(a, b converge.Known) int {
		return cmp.Or(strings.Compare(a.Type, b.Type), strings.Compare(a.UUID, b.UUID))
	})
}

// task shares nothing.
func (m *memory) task(wanted []plan.Object) converge.Task {
	return converge.Task{Wanted: wanted, Known: m.known, Intend: m.intend}
}

// run converges and keeps what changed, whether it fails or not.
func (m *memory) run(c *controller, wanted []plan.Object) error {
	changes, err := converge.Run(m.t.Context(), c, slog.New(slog.DiscardHandler), m.task(wanted))
	for _, k := range changes {
		m.save(k)
	}
	return err
}

// die converges in a process that dies before it stores what it did: only what it intended is kept.
func (m *memory) die(c *controller, wanted []plan.Object) {
	_, _ = converge.Run(m.t.Context(), c, slog.New(slog.DiscardHandler), m.task(wanted))
}

// settle converges and wants it to succeed; the requests so far are forgotten.
func (m *memory) settle(c *controller, wanted []plan.Object) {
	m.t.Helper()
	if err := m.run(c, wanted); err != nil {
		m.t.Fatalf("%v", err)
	}
	c.taken()
}

// applied is what is remembered of an object, and whether there is something.
func (m *memory) applied(typ string) (applied string, known bool) {
	for _, k := range m.known {
		if k.Type == typ {
			return k.Applied, true
		}
	}
	return "", false
}

// settled is a controller on which the full site was made.
func settled(t *testing.T) (*controller, *memory) {
	t.Helper()
	c, m := newController(), &memory{t: t}
	m.settle(c, full().objects())
	return c, m
}
