package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// rowOf is a row of four load balancers that are ACTIVE, and what a reader of their list keeps who has read all of it: their names.
func rowOf(t *testing.T) (*bed, map[string][]byte) {
	t.Helper()
	b := newBed(t)
	for i := range 4 {
		b.active(fmt.Sprint("lb", i))
		b.clock.advance(time.Second)
	}
	kept := map[string][]byte{}
	for _, e := range b.entries(store.Query{}, nil) {
		kept[e.ID+" "+e.Version] = []byte("kept " + e.ID)
	}
	return b, kept
}

// entries is a list of load balancers by somebody who keeps something, by ids and versions.
func (b *bed) entries(q store.Query, kept func(id, version string) []byte) (page []*store.LoadBalancerEntry) {
	b.t.Helper()
	b.check(b.Peek(b.ctx(), func(tx *store.Tx) (err error) {
		page, _, err = tx.LoadBalancers(q, kept)
		return err
	}))
	return page
}

// come is how the load balancers of a page came: "lb1" read, "kept lb1" not.
func come(page []*store.LoadBalancerEntry) (all []string) {
	for _, e := range page {
		if e.View != nil {
			all = append(all, e.View.ID)
		}
		if e.Kept != nil {
			all = append(all, string(e.Kept))
		}
	}
	return all
}

// rename changes a load balancer as the service does.
func (b *bed) rename(id string) {
	b.t.Helper()
	b.write(func(tx *store.Tx) error {
		lb, err := tx.Lock(id)
		if err != nil {
			return err
		}
		lb.Name = "renamed"
		return tx.UpdateLoadBalancer(&lb)
	})
}

func TestAListReadsWhatItsReaderDoesNotKeep(t *testing.T) {
	b, kept := rowOf(t)
	has := func(id, version string) []byte { return kept[id+" "+version] }
	all := []string{"kept lb0", "kept lb1", "kept lb2", "kept lb3"}
	for _, c := range []struct {
		name string
		q    store.Query
		do   func()
		want []string
	}{
		{"nothing has changed", store.Query{}, func() {}, all},
		{"in the order of the list", store.Query{Reverse: true, Limit: 3}, func() {}, all[1:]},
		{"after a marker", store.Query{Marker: "lb1"}, func() {}, all[2:]},
		{"of those that are asked for", store.Query{Equal: map[string]string{"name": "name of lb2"}}, func() {}, all[2:3]},
		{"one has changed", store.Query{}, func() { b.rename("lb1") }, []string{"kept lb0", "lb1", "kept lb2", "kept lb3"}},
		{"most have changed", store.Query{}, func() { b.rename("lb2"); b.rename("lb3") }, []string{"lb0", "lb1", "lb2", "lb3"}},
	} {
		c.do()
		if diff := cmp.Diff(c.want, come(b.entries(c.q, has))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// What changes while a list is read is as it was, or all of the list is as it is: never half of it.
func TestAPageIsOneState(t *testing.T) {
	b, kept := rowOf(t)
	b.rename("lb1")
	changed := false
	page := b.entries(store.Query{}, func(id, version string) []byte {
		if !changed {
			changed = true
			b.settle() // lb1 is found as PENDING_UPDATE, and then is ACTIVE
		}
		return kept[id+" "+version]
	})
	if diff := cmp.Diff([]string{"lb0", "lb1", "lb2", "lb3"}, come(page)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := page[1].View.ProvisioningStatus; got != lbaas.Active {
		t.Errorf("lb1 is %s", got)
	}
}

// Whatever happens to a load balancer, as long as its version is the same, the same is shown of it.
func TestAVersionShowsOneThing(t *testing.T) {
	b := newBed(t)
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		number++
		id := fmt.Sprint("lb", number)
		b.insert(id)
		shown := map[string]store.LoadBalancerView{}
		look := func() {
			for _, e := range b.entries(store.Query{Equal: map[string]string{"id": id}}, nil) {
				now := *e.View
				now.StatusReason = "" // is for operators, and not shown
				if before, known := shown[e.Version]; known && !cmp.Equal(before, now) {
					rt.Fatalf("version %s has shown (-before +now):\n%s", e.Version, cmp.Diff(before, now))
				}
				shown[e.Version] = now
			}
		}
		look()
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "time goes on") {
				b.clock.advance(time.Second)
			}
			b.happen(rt, id)
			look()
		}
		b.settle()
	})
}

// happen has something happen to a load balancer that may change what is shown of it.
func (b *bed) happen(rt *rapid.T, id string) {
	fail := func(err error) {
		if err != nil {
			rt.Fatal(err)
		}
	}
	locked := func(f func(*store.Tx, *lbaas.LoadBalancer) error) {
		_ = b.Write(b.ctx(), func(tx *store.Tx) error { // refused while it is PENDING, and when it is gone
			lb, err := tx.Lock(id)
			if err != nil {
				return err
			}
			return f(tx, &lb)
		})
	}
	word := rapid.SampledFrom([]string{"a", "b", "c"})
	switch rapid.IntRange(0, 8).Draw(rt, "what") {
	case 0:
		locked(func(tx *store.Tx, lb *lbaas.LoadBalancer) error {
			lb.Name, lb.Description = word.Draw(rt, "name"), word.Draw(rt, "description")
			return tx.UpdateLoadBalancer(lb)
		})
	case 1:
		locked(func(tx *store.Tx, lb *lbaas.LoadBalancer) error {
			lb.Tags = slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(word, 0, 2).Draw(rt, "tags"))))
			return tx.ReplaceTags(id, &lb.Resource)
		})
	case 2:
		locked(func(tx *store.Tx, _ *lbaas.LoadBalancer) error {
			port := rapid.IntRange(100, 120).Draw(rt, "port")
			return tx.InsertListener(&lbaas.Listener{Resource: b.resource(fmt.Sprint(id, "-", port)), LoadBalancerID: id, ProtocolPort: port})
		})
	case 3:
		locked(func(tx *store.Tx, _ *lbaas.LoadBalancer) error { return tx.DoomPool(id + "-p") })
	case 4:
		_ = b.Write(b.ctx(), func(tx *store.Tx) error { _, err := tx.Doom(id); return err })
	case 5, 6:
		for _, c := range b.claim("worker") {
			switch rapid.IntRange(0, 3).Draw(rt, "outcome") {
			case 0:
				fail(b.Fail(b.ctx(), c, nil, "it is broken"))
			case 1:
				fail(b.Retry(b.ctx(), c, nil, 0, "not now"))
			default:
				fail(b.Succeed(b.ctx(), c, nil))
			}
		}
	case 7:
		status := rapid.SampledFrom([]lbaas.OperatingStatus{lbaas.Online, lbaas.Offline}).Draw(rt, "operating status")
		fail(b.Observe(b.ctx(), store.Observed{LoadBalancers: map[string]lbaas.OperatingStatus{id: status}}))
	case 8:
		_ = b.Resync(b.ctx(), id)
	}
}
