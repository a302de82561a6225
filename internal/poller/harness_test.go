package poller_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/poller"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// The paths that the poller reads.
const (
	virtualServices = "virtualservice-inventory"
	pools           = "pool-inventory"
	metrics         = "analytics/metrics/virtualservice/"
)

// controller answers what a test has put into it.
type controller struct {
	lists   map[string][]string // entries by path, as JSON
	servers map[string]string   // details by the pool's uuid, as JSON
	broken  map[string]error    // by path, or by the pool's uuid

	mu       sync.Mutex
	requests []string
}

func newController() *controller {
	return &controller{lists: map[string][]string{}, servers: map[string]string{}, broken: map[string]error{}}
}

func (c *controller) note(tenant, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, tenant+" "+path)
}

// seen are the requests so far.
func (c *controller) seen() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.requests)
}

func (c *controller) List(_ context.Context, tenant, path string, _ url.Values) iter.Seq2[avi.Object, error] {
	c.note(tenant, path)
	return func(yield func(avi.Object, error) bool) {
		if err := c.broken[path]; err != nil {
			yield(nil, err)
			return
		}
		for _, text := range c.lists[path] {
			var o avi.Object
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			if err := d.Decode(&o); err != nil {
				panic(err)
			}
			if !yield(o, nil) {
				return
			}
		}
	}
}

func (c *controller) Call(_ context.Context, _, tenant, path string, _ url.Values, _, out any) error {
	c.note(tenant, path)
	uuid := strings.TrimSuffix(strings.TrimPrefix(path, "pool/"), "/runtime/server/detail/")
	if err := c.broken[uuid]; err != nil {
		return err
	}
	text, ok := c.servers[uuid]
	if !ok {
		return &avi.Error{Kind: avi.NotFound}
	}
	return json.Unmarshal([]byte(text), out)
}

// virtualService is the state of the virtual service of a listener.
func (c *controller) virtualService(listener, state string) {
	c.lists[virtualServices] = append(c.lists[virtualServices], fmt.Sprintf(
		`{"uuid":%q,"config":{"name":"x"},"runtime":{"oper_status":{"state":%q}}}`, translate.VirtualServiceUUID(listener), state))
}

// pool is the state of the pool's copy for a listener, with its servers that are up and enabled.
func (c *controller) pool(listener, state string, up, enabled int) {
	c.lists[pools] = append(c.lists[pools], fmt.Sprintf(
		`{"uuid":%q,"runtime":{"oper_status":{"state":%q},"num_servers_up":%d,"num_servers_enabled":%d}}`,
		translate.PoolUUID("p", listener), state, up, enabled))
}

// backups is the state of the backups' pool for a listener.
func (c *controller) backups(listener, state string, up, enabled int) {
	c.pool(listener, state, up, enabled)
	last := &c.lists[pools][len(c.lists[pools])-1]
	*last = strings.Replace(*last, translate.PoolUUID("p", listener), translate.BackupPoolUUID("p", listener), 1)
}

// sample is the newest values of a listener's metrics: name, time and value, and so on.
func (c *controller) sample(listener string, points ...any) {
	var series []string
	for i := 0; i < len(points); i += 3 {
		series = append(series, fmt.Sprintf(`{"header":{"name":%q},"data":[{"timestamp":"old","value":1e6},{"timestamp":%q,"value":%v}]}`,
			points[i], points[i+1], points[i+2]))
	}
	c.lists[metrics] = []string{fmt.Sprintf(`{"entity_uuid":%q,"series":[%s]}`,
		translate.VirtualServiceUUID(listener), strings.Join(series, ","))}
}

// bed is a poller over a store of its own.
type bed struct {
	*poller.Poller
	t          *testing.T
	store      *store.Store
	controller *controller
}

func newBed(t *testing.T) *bed {
	t.Helper()
	b := &bed{t: t, controller: newController()}
	var err error
	b.store, err = store.Open(t.Context(), storetest.Options(t))
	b.check(err)
	t.Cleanup(func() { b.check(b.store.Close()) })
	b.Poller = poller.New(poller.Options{
		Store: b.store, Controllers: map[string]poller.Controller{"avi": b.controller}, Logger: slog.New(slog.DiscardHandler),
		Interval: time.Minute,
	})
	return b
}

func (b *bed) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// poll starts from a Controller that has no news but those of f.
func (b *bed) poll(f func(*controller)) {
	b.t.Helper()
	b.controller.lists, b.controller.servers, b.controller.requests = map[string][]string{}, map[string]string{}, nil
	f(b.controller)
	b.check(b.Poll(b.t.Context()))
}

func active(id string) lbaas.Resource {
	return lbaas.Resource{
		ID: id, ProjectID: "project", AdminStateUp: true, ProvisioningStatus: lbaas.Active, OperatingStatus: lbaas.Offline,
	}
}

// shop is a load balancer with one monitored pool of two members behind one listener.
func shop() lbaas.Tree {
	return lbaas.Tree{
		LoadBalancer: lbaas.LoadBalancer{Resource: active("lb"), Provider: "avi"},
		Listeners:    []lbaas.Listener{{Resource: active("l"), LoadBalancerID: "lb", ProtocolPort: 80, DefaultPoolID: "p"}},
		Pools:        []lbaas.Pool{{Resource: active("p"), LoadBalancerID: "lb"}},
		Members: []lbaas.Member{
			{Resource: active("m1"), PoolID: "p", Address: "10.0.0.1", ProtocolPort: 80, Weight: 1},
			{Resource: active("m2"), PoolID: "p", Address: "2001:db8::2", ProtocolPort: 80, Weight: 1},
		},
		Monitors: []lbaas.HealthMonitor{{Resource: active("h"), PoolID: "p"}},
	}
}

func (b *bed) insert(trees ...lbaas.Tree) {
	b.t.Helper()
	b.check(b.store.Write(b.t.Context(), func(tx *store.Tx) error {
		for i := range trees {
			if err := insertTree(tx, &trees[i]); err != nil {
				return err
			}
		}
		return nil
	}))
}

func insertTree(tx *store.Tx, tree *lbaas.Tree) error {
	id := tree.LoadBalancer.ID
	if err := tx.InsertLoadBalancer(&tree.LoadBalancer); err != nil {
		return err
	}
	for i := range tree.Pools {
		if err := tx.InsertPool(&tree.Pools[i]); err != nil {
			return err
		}
	}
	for i := range tree.Listeners {
		if err := tx.InsertListener(&tree.Listeners[i]); err != nil {
			return err
		}
	}
	for i := range tree.Members {
		if err := tx.InsertMember(id, &tree.Members[i]); err != nil {
			return err
		}
	}
	for i := range tree.Monitors {
		if err := tx.InsertHealthMonitor(id, &tree.Monitors[i]); err != nil {
			return err
		}
	}
	return nil
}

// replace puts a tree in the place of the one before.
func (b *bed) replace(tree lbaas.Tree) {
	b.t.Helper()
	b.check(b.store.Write(b.t.Context(), func(tx *store.Tx) error {
		old, err := tx.Tree(tree.LoadBalancer.ID)
		if err != nil {
			return err
		}
		old.LoadBalancer.ProvisioningStatus = lbaas.Active
		if err := tx.UpdateLoadBalancer(&old.LoadBalancer); err != nil {
			return err
		}
		if _, err := tx.Doom(old.LoadBalancer.ID); err != nil {
			return err
		}
		return tx.DoomTree(old.LoadBalancer.ID)
	}))
	claims, err := b.store.Claim(b.t.Context(), "test", time.Minute, 10)
	b.check(err)
	for _, c := range claims {
		b.check(b.store.Succeed(b.t.Context(), c, nil))
	}
	b.insert(tree)
}

// statuses are the operating statuses of the shop's tree, by id.
func (b *bed) statuses() map[string]lbaas.OperatingStatus {
	b.t.Helper()
	var tree lbaas.Tree
	b.check(b.store.Read(b.t.Context(), func(tx *store.Tx) (err error) {
		tree, err = tx.Tree("lb")
		return err
	}))
	all := map[string]lbaas.OperatingStatus{"lb": tree.LoadBalancer.OperatingStatus}
	for _, l := range tree.Listeners {
		all[l.ID] = l.OperatingStatus
	}
	for _, p := range tree.Pools {
		all[p.ID] = p.OperatingStatus
	}
	for _, m := range tree.Members {
		all[m.ID] = m.OperatingStatus
	}
	for _, h := range tree.Monitors {
		all[h.ID] = h.OperatingStatus
	}
	return all
}

func (b *bed) stats(listener string) lbaas.Stats {
	b.t.Helper()
	var stats map[string]store.ListenerStats
	b.check(b.store.Read(b.t.Context(), func(tx *store.Tx) (err error) {
		stats, err = tx.Stats([]string{listener})
		return err
	}))
	return stats[listener].Stats
}

func (b *bed) eachLoadBalancer(f func(lbaas.LoadBalancer)) error {
	return b.store.Read(b.t.Context(), func(tx *store.Tx) error {
		all, _, err := tx.LoadBalancers(store.Query{}, nil)
		for _, lb := range all {
			f(lb.View.LoadBalancer)
		}
		return err
	})
}

// update changes a listener in the store.
func (b *bed) update(listener string, change func(*lbaas.Listener)) {
	b.t.Helper()
	b.check(b.store.Write(b.t.Context(), func(tx *store.Tx) error {
		l, err := tx.Listener(listener)
		if err != nil {
			return err
		}
		change(&l)
		return tx.UpdateListener(&l)
	}))
}
