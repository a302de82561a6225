package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// clock is a clock that a test sets.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// bed is a store in a database of its own.
type bed struct {
	*store.Store
	t       *testing.T
	clock   *clock
	options store.Options
}

// newBed also has the test run beside others: most of its time it waits for the disk.
func newBed(t *testing.T) *bed {
	t.Helper()
	t.Parallel()
	b := &bed{t: t, clock: newClock(), options: storetest.Options(t)}
	b.options.Now = b.clock.Now
	b.open()
	t.Cleanup(func() { b.check(b.Close()) })
	return b
}

func (b *bed) open() {
	b.t.Helper()
	s, err := store.Open(b.t.Context(), b.options)
	b.check(err)
	b.Store = s
}

func (b *bed) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// write runs f in a transaction and wants it to succeed.
func (b *bed) write(f func(*store.Tx) error) {
	b.t.Helper()
	b.check(b.Write(b.t.Context(), f))
}

// read runs f in a snapshot and wants it to succeed.
func (b *bed) read(f func(*store.Tx) error) {
	b.t.Helper()
	b.check(b.Read(b.t.Context(), f))
}

func (b *bed) tree(id string) lbaas.Tree {
	b.t.Helper()
	var tree lbaas.Tree
	b.read(func(tx *store.Tx) (err error) {
		tree, err = tx.Tree(id)
		return err
	})
	return tree
}

// claim claims everything that is due.
func (b *bed) claim(owner string) []store.Claim {
	b.t.Helper()
	claims, err := b.Claim(b.t.Context(), owner, time.Minute, 100)
	b.check(err)
	return claims
}

// claimOne wants exactly one load balancer to be due.
func (b *bed) claimOne(owner string) store.Claim {
	b.t.Helper()
	claims := b.claim(owner)
	if len(claims) != 1 {
		b.t.Fatalf("%d load balancers are due, want 1", len(claims))
	}
	return claims[0]
}

// settle makes whatever is due ACTIVE.
func (b *bed) settle() {
	b.t.Helper()
	for _, c := range b.claim("settle") {
		b.check(b.Succeed(b.t.Context(), c, nil))
	}
}

func (b *bed) ctx() context.Context { return b.t.Context() }

func (b *bed) resource(id string) lbaas.Resource {
	return lbaas.Resource{
		ID: id, ProjectID: "project", Name: "name of " + id, AdminStateUp: true, ProvisioningStatus: lbaas.PendingCreate,
		OperatingStatus: lbaas.Offline, CreatedAt: b.clock.Now(),
	}
}

// insert puts a load balancer with two listeners on one pool, two members and a monitor into the store; the ids begin with its
// own.
func (b *bed) insert(id string) lbaas.Tree {
	b.t.Helper()
	tree := lbaas.Tree{LoadBalancer: lbaas.LoadBalancer{
		Resource: b.resource(id), Description: "d", Provider: "avi_adc",
		VIP: lbaas.VIP{Address: "10.0.0.10", SubnetID: "s", NetworkID: "n", PortID: "o", OwnsPort: true},
	}}
	tree.Pools = []lbaas.Pool{{
		Resource: b.resource(id + "-p"), LoadBalancerID: id, Protocol: lbaas.PoolHTTP, Algorithm: lbaas.RoundRobin,
		Persistence: &lbaas.SessionPersistence{Type: lbaas.PersistAppCookie, CookieName: "c"},
	}}
	for i := range 2 {
		tree.Listeners = append(tree.Listeners, lbaas.Listener{
			Resource: b.resource(fmt.Sprintf("%s-l%d", id, i)), LoadBalancerID: id, Protocol: lbaas.ListenerHTTP,
			ProtocolPort: 80 + i, ConnectionLimit: lbaas.Unlimited, DefaultPoolID: id + "-p",
		})
		tree.Members = append(tree.Members, lbaas.Member{
			Resource: b.resource(fmt.Sprintf("%s-m%d", id, i)), PoolID: id + "-p", Address: "10.0.0.21", ProtocolPort: 80 + i,
			Weight: i, SubnetID: "s",
		})
	}
	tree.Monitors = []lbaas.HealthMonitor{{
		Resource: b.resource(id + "-h"), PoolID: id + "-p", Type: lbaas.MonitorHTTP, Delay: 5, Timeout: 3, MaxRetries: 2,
		MaxRetriesDown: 3, HTTPMethod: "GET", URLPath: "/", ExpectedCodes: "200",
	}}
	b.write(func(tx *store.Tx) error { return insertTree(tx, &tree) })
	return tree
}

func insertTree(tx *store.Tx, tree *lbaas.Tree) error {
	if err := tx.InsertLoadBalancer(&tree.LoadBalancer); err != nil {
		return err
	}
	id := tree.LoadBalancer.ID
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

// active is insert, worked off.
func (b *bed) active(id string) {
	b.t.Helper()
	b.insert(id)
	b.settle()
}

// statuses are the provisioning statuses of a tree, by id; doomed objects end in "†".
func statuses(tree lbaas.Tree) map[string]string {
	all := map[string]string{}
	add := func(r lbaas.Resource) {
		all[r.ID] = string(r.ProvisioningStatus)
		if r.Doomed {
			all[r.ID] += "†"
		}
	}
	add(tree.LoadBalancer.Resource)
	for i := range tree.Listeners {
		add(tree.Listeners[i].Resource)
	}
	for i := range tree.Pools {
		add(tree.Pools[i].Resource)
	}
	for i := range tree.Members {
		add(tree.Members[i].Resource)
	}
	for i := range tree.Monitors {
		add(tree.Monitors[i].Resource)
	}
	return all
}

// all gives each object of insert's tree the same status.
func all(id, status string) map[string]string {
	m := map[string]string{}
	for _, suffix := range []string{"", "-l0", "-l1", "-p", "-m0", "-m1", "-h"} {
		m[id+suffix] = status
	}
	return m
}
