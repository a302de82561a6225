package translate_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// inputs are trees with distinct ids, as the store gives them: children name parents that are there.
var inputs = rapid.Custom(func(t *rapid.T) translate.Input {
	g := generator{t: t}
	in := translate.Input{VsVipMade: rapid.Bool().Draw(t, "VsVip made"), Options: translate.Options{
		Cloud: "Default-Cloud", TerminateHTTPS: rapid.Bool().Draw(t, "terminate"), Markers: rapid.Bool().Draw(t, "markers"),
		PythonDriverHealthMonitors: rapid.Bool().Draw(t, "as the Python driver"),
	}}
	in.Tree.LoadBalancer = lbaas.LoadBalancer{
		Resource: g.resource(),
		VIP:      lbaas.VIP{Address: rapid.SampledFrom([]string{"10.0.0.10", "2001:db8::1"}).Draw(t, "address"), PortID: "port"},
	}
	pools := []string{""}
	for range rapid.IntRange(0, 3).Draw(t, "pools") {
		p := g.pool()
		in.Tree.Pools, pools = append(in.Tree.Pools, p), append(pools, p.ID)
		g.fill(&in.Tree, p.ID)
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "listeners") {
		in.Tree.Listeners = append(in.Tree.Listeners, lbaas.Listener{
			Resource: g.resource(), ProtocolPort: 80 + i, ConnectionLimit: lbaas.Unlimited,
			Protocol: rapid.SampledFrom([]lbaas.ListenerProtocol{
				lbaas.ListenerHTTP, lbaas.ListenerHTTPS, lbaas.ListenerTCP, lbaas.ListenerUDP,
			}).Draw(t, "protocol"),
			DefaultPoolID:     rapid.SampledFrom(pools).Draw(t, "default pool"),
			TimeoutClientData: rapid.SampledFrom([]int{0, 1000}).Draw(t, "timeout_client_data"),
			TimeoutMemberData: rapid.SampledFrom([]int{0, 60000}).Draw(t, "timeout_member_data"),
		})
	}
	return in
})

type generator struct {
	t    *rapid.T
	made int
}

// id gives ids that differ in their first eight digits: that is how far alternative names tell objects apart.
func (g *generator) id() string {
	g.made++
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", g.made*0x9e3779b1&0xffffffff, g.made)
}

func (g *generator) resource() lbaas.Resource {
	name := rapid.OneOf(rapid.SampledFrom([]string{"", "web", strings.Repeat("long ", 51)}), rapid.StringN(0, 200, 255)).Draw(g.t, "name")
	return lbaas.Resource{ID: g.id(), ProjectID: projectID, Name: name, AdminStateUp: rapid.Bool().Draw(g.t, "up")}
}

func (g *generator) pool() lbaas.Pool {
	return lbaas.Pool{
		Resource: g.resource(), Protocol: lbaas.PoolHTTP, Algorithm: lbaas.SourceIP,
		Persistence: rapid.SampledFrom([]*lbaas.SessionPersistence{
			nil,
			{Type: lbaas.PersistSourceIP},
			{Type: lbaas.PersistHTTPCookie},
			{Type: lbaas.PersistAppCookie, CookieName: "c"},
			{Type: lbaas.PersistAppCookie, CookieName: strings.Repeat("c", 255)},
		}).Draw(g.t, "persistence"),
	}
}

func (g *generator) fill(tree *lbaas.Tree, poolID string) {
	port := rapid.SampledFrom([]int{0, 80, 8080}).Draw(g.t, "monitor_port")
	for i := range rapid.IntRange(0, 3).Draw(g.t, "members") {
		tree.Members = append(tree.Members, lbaas.Member{
			Resource: g.resource(), PoolID: poolID, Address: fmt.Sprintf("10.0.0.%d", i), ProtocolPort: 80,
			Weight: rapid.IntRange(0, 256).Draw(g.t, "weight"), Backup: rapid.Bool().Draw(g.t, "backup"), MonitorPort: port,
		})
	}
	if rapid.Bool().Draw(g.t, "monitor") {
		tree.Monitors = append(tree.Monitors, lbaas.HealthMonitor{
			Resource: g.resource(), PoolID: poolID, Type: lbaas.MonitorHTTP, Delay: 5, Timeout: 3, MaxRetries: 2,
			HTTPMethod: "GET", URLPath: "/", ExpectedCodes: "200",
		})
	}
}

func TestObjectsIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := inputs.Draw(t, "in")
		before := fmt.Sprintf("%+v", in)
		first, second := translate.Objects(in), translate.Objects(in)
		if !reflect.DeepEqual(first, second) {
			t.Fatalf("the same input gives something else (-first +second):\n%s", cmp.Diff(first, second))
		}
		if after := fmt.Sprintf("%+v", in); after != before {
			t.Fatalf("the input was changed from\n%s to\n%s", before, after)
		}
	})
}

func TestReferencesPointBackOrToTheSystem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		made := map[string]bool{}
		for _, o := range translate.Objects(inputs.Draw(t, "in")) {
			for _, ref := range references("", o.Body()) {
				if !made[ref] && !strings.Contains(ref, "?name=System-") && ref != "/api/cloud?name=Default-Cloud" {
					t.Fatalf("%s %s refers to %s, which is neither earlier nor the system's", o.Type, o.UUID, ref)
				}
			}
			made["/api/"+o.Type+"/"+o.UUID] = true
		}
	})
}

// references are the values of fields that are named so, at any depth.
func references(field string, value any) []string {
	var refs []string
	switch v := value.(type) {
	case map[string]any:
		for name, nested := range v {
			refs = append(refs, references(name, nested)...)
		}
	case []any:
		for _, nested := range v {
			refs = append(refs, references(field, nested)...)
		}
	case string:
		if strings.HasSuffix(field, "_ref") || strings.HasSuffix(field, "_refs") {
			refs = append(refs, v)
		}
	}
	return refs
}

func TestUUIDsAndAlternativeNamesAreUnique(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		uuids, names := map[string]bool{}, map[string]bool{}
		for _, o := range translate.Objects(inputs.Draw(t, "in")) {
			if uuids[o.UUID] {
				t.Fatalf("two objects have the uuid %s", o.UUID)
			}
			if !strings.HasPrefix(o.UUID, o.Type+"-") || o.Tenant != "tenant-9f1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9" {
				t.Fatalf("%s %s in %s", o.Type, o.UUID, o.Tenant)
			}
			if o.AlternativeName == o.Name() || names[o.Type+o.AlternativeName] {
				t.Fatalf("the alternative name %q of a %s is taken", o.AlternativeName, o.Type)
			}
			uuids[o.UUID], names[o.Type+o.AlternativeName] = true, true
			checkNames(t, o)
		}
	})
}

func checkNames(t *rapid.T, o plan.Object) {
	for _, name := range []string{o.Name(), o.AlternativeName} {
		if n := utf8.RuneCountInString(name); n == 0 || n > 128 || !utf8.ValidString(name) {
			t.Fatalf("%s: the name %q has %d characters", o.Type, name, n)
		}
	}
}

// Names that the user left out, or that are too long to be told apart, are made unique.
func TestNamesThatAreOursAreUnique(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := inputs.Draw(t, "in")
		name := rapid.SampledFrom([]string{"", strings.Repeat("x", 255)}).Draw(t, "everybody's name")
		in.Tree.LoadBalancer.Name = name
		for i := range in.Tree.Listeners {
			in.Tree.Listeners[i].Name = name
		}
		for i := range in.Tree.Pools {
			in.Tree.Pools[i].Name = name
		}
		for i := range in.Tree.Monitors {
			in.Tree.Monitors[i].Name = name
		}
		names := map[string]bool{}
		for _, o := range translate.Objects(in) {
			if names[o.Type+o.Name()] {
				t.Fatalf("two objects of type %s have the name %q", o.Type, o.Name())
			}
			names[o.Type+o.Name()] = true
		}
	})
}

func TestWhatIsWantedIsWritable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for _, o := range translate.Objects(inputs.Draw(t, "in")) {
			text, err := o.Applied()
			if err != nil {
				t.Fatal(err)
			}
			if change, err := o.ChangeFrom(text); err != nil || change.Verb != plan.Nothing {
				t.Fatalf("%s %s: %+v, %v", o.Type, o.UUID, change, err)
			}
		}
	})
}
