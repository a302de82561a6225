package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

func (b *bed) inventory(id string) []store.Item {
	b.t.Helper()
	var items []store.Item
	b.read(func(tx *store.Tx) (err error) {
		items, err = tx.Inventory(id)
		return err
	})
	return items
}

func TestInventory(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	c := b.claimOne("worker")
	pool := store.Item{Type: "pool", UUID: "pool-1", Tenant: "tenant-1", Applied: `{"a":1}`}
	vs := store.Item{Type: "virtualservice", UUID: "virtualservice-1", Tenant: "tenant-1", Applied: `{"b":1}`}
	forgotten := func(i store.Item) store.Item {
		i.Applied = ""
		return i
	}
	expect := func(when string, want ...store.Item) {
		t.Helper()
		if diff := cmp.Diff(want, b.inventory("a")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	expect("at first")

	b.check(b.Intend(b.ctx(), c, []store.Item{pool, vs}))
	expect("what is intended is not known", forgotten(pool), forgotten(vs))

	b.check(b.Close())
	b.open()
	expect("after a crash", forgotten(pool), forgotten(vs))

	b.check(b.Retry(b.ctx(), c, []store.Change{{Item: pool}, {Item: vs, Gone: true}}, 0, "why"))
	expect("after a failed attempt", pool)

	c = b.claimOne("worker")
	b.check(b.Intend(b.ctx(), c, []store.Item{vs}))
	expect("with another one intended", pool, forgotten(vs))

	b.check(b.Succeed(b.ctx(), c, []store.Change{{Item: vs}}))
	expect("after a successful attempt", pool, vs)

	b.write(func(tx *store.Tx) error {
		_, err := tx.Lock("a")
		return err
	})
	b.check(b.Fail(b.ctx(), b.claimOne("worker"), []store.Change{{Item: pool, Gone: true}}, "why"))
	expect("after a final failure", vs)
}

func TestObserve(t *testing.T) {
	b := newBed(t)
	b.active("a")
	before := b.tree("a")
	stats := store.ListenerStats{
		Stats:   lbaas.Stats{BytesIn: 1 << 40, BytesOut: 2, ActiveConnections: 3, TotalConnections: 4, RequestErrors: 5},
		Sampled: "{}",
	}
	type statuses = map[string]lbaas.OperatingStatus
	b.check(b.Observe(b.ctx(), store.Observed{
		LoadBalancers:  statuses{"a": lbaas.Degraded, "gone": lbaas.Online},
		Listeners:      statuses{"a-l0": lbaas.Online, "a-l1": lbaas.OperatingError},
		Pools:          statuses{"a-p": lbaas.Degraded},
		Members:        statuses{"a-m0": lbaas.NoMonitor, "a-m1": lbaas.Draining},
		HealthMonitors: statuses{"a-h": lbaas.Online},
		Stats:          map[string]store.ListenerStats{"a-l0": stats, "gone": stats},
	}))
	want := before
	want.LoadBalancer.OperatingStatus = lbaas.Degraded
	want.Listeners[0].OperatingStatus, want.Listeners[1].OperatingStatus = lbaas.Online, lbaas.OperatingError
	want.Pools[0].OperatingStatus = lbaas.Degraded
	want.Members[0].OperatingStatus, want.Members[1].OperatingStatus = lbaas.NoMonitor, lbaas.Draining
	want.Monitors[0].OperatingStatus = lbaas.Online
	if diff := cmp.Diff(want, b.tree("a")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.read(func(tx *store.Tx) error {
		got, err := tx.Stats([]string{"a-l0", "a-l1", "gone"})
		b.check(err)
		if diff := cmp.Diff(map[string]store.ListenerStats{"a-l0": stats}, got); diff != "" {
			t.Errorf("counters (-want +got):\n%s", diff)
		}
		return nil
	})
	stats.BytesIn++
	b.check(b.Observe(b.ctx(), store.Observed{Stats: map[string]store.ListenerStats{"a-l0": stats}}))
	b.read(func(tx *store.Tx) error {
		got, err := tx.Stats([]string{"a-l0"})
		b.check(err)
		if got["a-l0"] != stats {
			t.Errorf("the newer counters are %+v, want %+v", got["a-l0"], stats)
		}
		return nil
	})
}

// 60 listeners that share a pool of thousands of members: their pools' fields together are longer than a statement may be.
func TestALargeInventoryIsStored(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	const n, size = 60, 400 << 10
	changes := make([]store.Change, n)
	for i := range changes {
		changes[i].Item = store.Item{Type: "pool", UUID: fmt.Sprint("pool-", i), Tenant: "t", Applied: strings.Repeat("x", size)}
	}
	b.check(b.Succeed(b.ctx(), b.claimOne("worker"), changes))
	if stored := b.inventory("a"); len(stored) != n || len(stored[0].Applied) != size {
		t.Errorf("%d objects are stored, the first with %d bytes, want %d with %d", len(stored), len(stored[0].Applied), n, size)
	}
}

func TestPortIntents(t *testing.T) {
	b := newBed(t)
	stale := func(want ...string) {
		t.Helper()
		got, err := b.StalePortIntents(b.ctx(), time.Minute)
		b.check(err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	b.write(func(tx *store.Tx) error {
		return errors.Join(tx.IntendPort("leaked"), tx.IntendPort("stored"), tx.IntendPort("forgotten"))
	})
	b.insert("stored")
	b.write(func(tx *store.Tx) error { return tx.ForgetPortIntent("forgotten") })
	b.clock.advance(time.Minute)
	stale()
	b.clock.advance(time.Microsecond)
	stale("leaked")

	b.check(b.Close())
	b.open()
	stale("leaked")

	b.write(func(tx *store.Tx) error { return tx.IntendPort("leaked") })
	stale()
}
