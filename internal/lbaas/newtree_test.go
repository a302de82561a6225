package lbaas_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// counter gives ids that count up.
func counter() func() string {
	n := 0
	return func() string {
		n++
		return "id-" + strconv.Itoa(n)
	}
}

// drawPools draws the pools of a request: some are defined at the top, the others where they are first used.
func drawPools(t *rapid.T) []lbaas.PoolInput {
	var pools []lbaas.PoolInput
	for i := range rapid.IntRange(1, 5).Draw(t, "pools") {
		p := lbaas.PoolInput{
			Name: lbaas.Given("pool " + strconv.Itoa(i)), Protocol: lbaas.Given(lbaas.PoolHTTP), Algorithm: lbaas.Given(lbaas.RoundRobin),
		}
		var members []lbaas.MemberInput
		for port := range rapid.IntRange(0, 3).Draw(t, "members") {
			members = append(members, lbaas.MemberInput{Address: lbaas.Given("10.0.0.1"), ProtocolPort: lbaas.Given(port + 1)})
		}
		p.Members = lbaas.Given(members)
		pools = append(pools, p)
	}
	return pools
}

// Wherever a request defines its pools, the tree is whole: each object has an id of its own, each reference leads to an object of
// the tree, and the pools are those of the request.
func TestATreeIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pools := drawPools(t)
		in := lbaas.LoadBalancerInput{VIPAddress: lbaas.Given("10.0.0.9")}
		defined := map[int]bool{}
		var listeners []lbaas.ListenerInput
		use := func() lbaas.Attr[lbaas.PoolInput] {
			i := rapid.IntRange(0, len(pools)-1).Draw(t, "pool")
			if !defined[i] {
				defined[i] = true
				return lbaas.Given(pools[i])
			}
			return lbaas.Given(lbaas.PoolInput{Name: pools[i].Name})
		}
		want := map[string]string{} // the name of each listener's default pool
		for i := range rapid.IntRange(0, 4).Draw(t, "listeners") {
			l := lbaas.ListenerInput{Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(80 + i), DefaultPool: use()}
			l.L7Policies = lbaas.Given([]lbaas.L7PolicyInput{{Action: lbaas.Given(lbaas.L7RedirectToPool), RedirectPool: use()}})
			want[strconv.Itoa(80+i)] = l.DefaultPool.Value.Name.Value
			listeners = append(listeners, l)
		}
		var top []lbaas.PoolInput
		for i := range pools {
			if !defined[i] {
				top = append(top, pools[i])
			}
		}
		in.Listeners, in.Pools = lbaas.Given(listeners), lbaas.Given(top)
		tree, err := lbaas.NewTree(in, counter())
		if err != nil {
			t.Fatal(err)
		}
		checkWhole(t, &tree, len(pools), want)
	})
}

func checkWhole(t *rapid.T, tree *lbaas.Tree, pools int, want map[string]string) {
	ids := map[string]bool{tree.LoadBalancer.ID: true}
	add := func(id string) {
		if id == "" || ids[id] {
			t.Errorf("the id %q is not one of its own", id)
		}
		ids[id] = true
	}
	if len(tree.Pools) != pools || len(tree.Listeners) != len(want) {
		t.Errorf("%d pools and %d listeners, want %d and %d", len(tree.Pools), len(tree.Listeners), pools, len(want))
	}
	for _, p := range tree.Pools {
		add(p.ID)
	}
	for _, m := range tree.Members {
		add(m.ID)
		if tree.Pool(m.PoolID) == nil {
			t.Errorf("member %s is of no pool", m.ID)
		}
	}
	for _, l := range tree.Listeners {
		add(l.ID)
		if p := tree.Pool(l.DefaultPoolID); p == nil || p.Name != want[strconv.Itoa(l.ProtocolPort)] {
			t.Errorf("the default pool of the listener at %d is %+v, want %s", l.ProtocolPort, p, want[strconv.Itoa(l.ProtocolPort)])
		}
		for _, p := range tree.L7PoliciesOf(l.ID) {
			add(p.ID)
			if tree.Pool(p.RedirectPoolID) == nil {
				t.Errorf("policy %s redirects to no pool", p.ID)
			}
		}
	}
}

// Whatever members a pool has and whatever list replaces them, the pool has that list in the end; with additive nothing is removed.
func TestReplaceMembersReachesTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) map[int]bool {
			return rapid.MapOf(rapid.IntRange(1, 8), rapid.Just(true)).Draw(t, label)
		}
		before, list, additive := draw("before"), draw("list"), rapid.Bool().Draw(t, "additive")
		var have []lbaas.Member
		for port := range before {
			have = append(have, lbaas.Member{Resource: lbaas.Resource{ID: strconv.Itoa(port)}, PoolID: "p", Address: "10.0.0.1", ProtocolPort: port})
		}
		var want []lbaas.MemberInput
		for port := range list {
			want = append(want, lbaas.MemberInput{Address: lbaas.Given("10.0.0.1"), ProtocolPort: lbaas.Given(port)})
		}
		changes, err := lbaas.ReplaceMembers("p", have, want, additive)
		if err != nil {
			t.Fatal(err)
		}
		after := map[int]bool{}
		for port := range before {
			after[port] = true
		}
		for _, m := range changes.Removed {
			delete(after, m.ProtocolPort)
		}
		for _, m := range changes.Created {
			if after[m.ProtocolPort] {
				t.Errorf("%d is created although it is there", m.ProtocolPort)
			}
			after[m.ProtocolPort] = true
		}
		for _, m := range changes.Updated {
			if !before[m.ProtocolPort] || !list[m.ProtocolPort] || m.ID != strconv.Itoa(m.ProtocolPort) {
				t.Errorf("%d is updated as %q", m.ProtocolPort, m.ID)
			}
		}
		for port := range 9 {
			if expected := list[port] || additive && before[port]; after[port] != expected {
				t.Errorf("member %d is there: %v, want %v", port, after[port], expected)
			}
		}
	})
}

// A list gives the members that are there already the tags that it names, and leaves them theirs where it names none.
func TestReplaceMembersGivesTags(t *testing.T) {
	member := func(port int, tags lbaas.Attr[[]string]) lbaas.MemberInput {
		return lbaas.MemberInput{Address: lbaas.Given("10.0.0.1"), ProtocolPort: lbaas.Given(port), Tags: tags}
	}
	have := []lbaas.Member{
		{Resource: lbaas.Resource{ID: "named"}, Address: "10.0.0.1", ProtocolPort: 1},
		{Resource: lbaas.Resource{ID: "left", Tags: []string{"old"}}, Address: "10.0.0.1", ProtocolPort: 2},
		{Resource: lbaas.Resource{ID: "null", Tags: []string{"old"}}, Address: "10.0.0.1", ProtocolPort: 3},
	}
	changes, err := lbaas.ReplaceMembers("p", have, []lbaas.MemberInput{
		member(1, lbaas.Given([]string{"new"})), member(2, lbaas.Attr[[]string]{}), member(3, lbaas.GivenNull[[]string]()),
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]string{}
	for _, m := range changes.Updated {
		got[m.ID] = m.Tags
	}
	want := map[string][]string{"named": {"new"}, "left": {"old"}, "null": {"old"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tags (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"named": true, "left": false, "null": false}, changes.Retagged); diff != "" {
		t.Errorf("whose tags are given (-want +got):\n%s", diff)
	}
}

// A member that is being deleted cannot be had back by a list, nor is it deleted again.
func TestReplaceMembersLeavesTheDoomedAlone(t *testing.T) {
	doomed := lbaas.Member{Resource: lbaas.Resource{ID: "m", Doomed: true}, Address: "10.0.0.1", ProtocolPort: 80}
	changes, err := lbaas.ReplaceMembers("p", []lbaas.Member{doomed}, nil, false)
	if err != nil || !changes.Empty() {
		t.Errorf("an empty list changes %+v (%v)", changes, err)
	}
	_, err = lbaas.ReplaceMembers("p", []lbaas.Member{doomed}, []lbaas.MemberInput{
		{Address: lbaas.Given("10.0.0.1"), ProtocolPort: lbaas.Given(80)},
	}, false)
	if message, kind, _ := lbaas.MessageFor(err); kind != lbaas.KindImmutable || message != "Member m is immutable and cannot be updated." {
		t.Errorf("the user is told (%q, %q)", message, kind)
	}
}
