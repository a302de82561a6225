package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Which pools a listener has is told by the domain, and which listeners a pool has by the database: of any tree they tell the same.
func TestPoolsAndListenersAgreeWhoHasWhom(t *testing.T) {
	b := newBed(t)
	cases := 0
	rapid.Check(t, func(rt *rapid.T) {
		cases++
		id := fmt.Sprint("lb-", cases)
		drawn := b.drawRedirecting(rt, id)
		b.write(func(tx *store.Tx) error {
			err := insertTree(tx, &drawn)
			for i := 0; err == nil && i < len(drawn.L7Policies); i++ {
				err = tx.InsertL7Policy(&drawn.L7Policies[i])
			}
			for i := 0; err == nil && i < len(drawn.L7Rules); i++ {
				err = tx.InsertL7Rule(&drawn.L7Rules[i])
			}
			return err
		})
		tree := b.tree(id)
		for _, p := range tree.Pools {
			var want []string
			for _, l := range tree.Listeners {
				if slices.ContainsFunc(tree.PoolsOf(&l), func(of *lbaas.Pool) bool { return of.ID == p.ID }) {
					want = append(want, l.ID)
				}
			}
			var view store.PoolView
			b.read(func(tx *store.Tx) (err error) {
				view, err = tx.PoolView(p.ID)
				return err
			})
			got := slices.Concat(view.ListenerIDs, view.RedirectingIDs)
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
				rt.Fatalf("listeners of %s (-by their pools +by the pool):\n%s", p.ID, diff)
			}
		}
	})
}

// drawRedirecting draws a load balancer with pools, listeners that may have a default pool, policies that may redirect, and their rules.
func (b *bed) drawRedirecting(rt *rapid.T, id string) (t lbaas.Tree) {
	resource := func(format string, args ...any) lbaas.Resource {
		r := b.resource(id + fmt.Sprintf(format, args...))
		r.AdminStateUp = rapid.Bool().Draw(rt, "up")
		r.Doomed = rapid.IntRange(0, 3).Draw(rt, "doomed") == 0
		return r
	}
	t.LoadBalancer.Resource = resource("")
	pools := []string{""} // or none
	for i := range rapid.IntRange(1, 3).Draw(rt, "pools") {
		t.Pools = append(t.Pools, lbaas.Pool{Resource: resource("-p%d", i), LoadBalancerID: id})
		pools = append(pools, t.Pools[i].ID)
	}
	for i := range rapid.IntRange(1, 3).Draw(rt, "listeners") {
		l := lbaas.Listener{Resource: resource("-l%d", i), LoadBalancerID: id, ProtocolPort: i + 1}
		l.DefaultPoolID = rapid.SampledFrom(pools).Draw(rt, "default pool")
		t.Listeners = append(t.Listeners, l)
		for j := range rapid.IntRange(0, 3).Draw(rt, "policies") {
			p := lbaas.L7Policy{Resource: resource("-l%d-x%d", i, j), LoadBalancerID: id, ListenerID: l.ID, Position: j + 1}
			p.RedirectPoolID = rapid.SampledFrom(pools).Draw(rt, "redirects to")
			t.L7Policies = append(t.L7Policies, p)
			for k := range rapid.IntRange(0, 2).Draw(rt, "rules") {
				t.L7Rules = append(t.L7Rules, lbaas.L7Rule{
					Resource: resource("-l%d-x%d-r%d", i, j, k), LoadBalancerID: id, ListenerID: l.ID, PolicyID: p.ID,
				})
			}
		}
	}
	return t
}
