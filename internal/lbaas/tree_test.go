package lbaas_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func resource(id string) lbaas.Resource { return lbaas.Resource{ID: id} }

func doomed(id string) lbaas.Resource { return lbaas.Resource{ID: id, Doomed: true} }

// grove has two listeners on one pool and one of each that is on its own.
func grove() lbaas.Tree {
	return lbaas.Tree{
		LoadBalancer: lbaas.LoadBalancer{Resource: resource("lb")},
		Listeners: []lbaas.Listener{
			{Resource: resource("l1"), DefaultPoolID: "p1"},
			{Resource: resource("l2"), DefaultPoolID: "p1"},
			{Resource: resource("l3")},
		},
		Pools:    []lbaas.Pool{{Resource: resource("p1")}, {Resource: resource("p2")}},
		Members:  []lbaas.Member{{Resource: resource("m1"), PoolID: "p1"}, {Resource: resource("m2"), PoolID: "p2"}},
		Monitors: []lbaas.HealthMonitor{{Resource: resource("h1"), PoolID: "p1"}},
	}
}

func TestWanted(t *testing.T) {
	for _, c := range []struct {
		name string
		doom func(*lbaas.Tree)
		want func(*lbaas.Tree)
	}{
		{"nothing doomed: everything", func(*lbaas.Tree) {}, func(*lbaas.Tree) {}},
		{
			"a doomed load balancer takes everything with it",
			func(t *lbaas.Tree) { t.LoadBalancer.Doomed = true },
			func(t *lbaas.Tree) { *t = lbaas.Tree{LoadBalancer: lbaas.LoadBalancer{Resource: doomed("lb")}} },
		},
		{
			"a doomed listener leaves its pool",
			func(t *lbaas.Tree) { t.Listeners[0].Doomed = true },
			func(t *lbaas.Tree) { t.Listeners = t.Listeners[1:] },
		},
		{
			"a doomed pool takes its members and monitor, and listeners lose it",
			func(t *lbaas.Tree) { t.Pools[0].Doomed = true },
			func(t *lbaas.Tree) {
				t.Pools, t.Members, t.Monitors = t.Pools[1:], t.Members[1:], nil
				t.Listeners[0].DefaultPoolID, t.Listeners[1].DefaultPoolID = "", ""
			},
		},
		{
			"a doomed member",
			func(t *lbaas.Tree) { t.Members[0].Doomed = true },
			func(t *lbaas.Tree) { t.Members = t.Members[1:] },
		},
		{
			"a doomed monitor",
			func(t *lbaas.Tree) { t.Monitors[0].Doomed = true },
			func(t *lbaas.Tree) { t.Monitors = nil },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			tree, want := grove(), grove()
			c.doom(&tree)
			c.want(&want)
			before := tree
			before.Listeners = append([]lbaas.Listener(nil), tree.Listeners...)
			if diff := cmp.Diff(want, tree.Wanted()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tree); diff != "" {
				t.Errorf("the tree itself was changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestWhatHangsFromAPool(t *testing.T) {
	tree := grove()
	if p := tree.Pool("p2"); p != &tree.Pools[1] {
		t.Errorf("Pool(p2) = %v", p)
	}
	if p := tree.Pool("p3"); p != nil {
		t.Errorf("Pool(p3) = %v, want nil", p)
	}
	if got := tree.MembersOf("p1"); len(got) != 1 || got[0].ID != "m1" {
		t.Errorf("MembersOf(p1) = %v", got)
	}
	if got := tree.ListenersOf("p1"); len(got) != 2 || got[0].ID != "l1" || got[1].ID != "l2" {
		t.Errorf("ListenersOf(p1) = %v", got)
	}
	if h := tree.MonitorOf("p1"); h != &tree.Monitors[0] {
		t.Errorf("MonitorOf(p1) = %v", h)
	}
	if h := tree.MonitorOf("p2"); h != nil {
		t.Errorf("MonitorOf(p2) = %v, want nil", h)
	}
}
