package lbaas

// Tree is a load balancer with everything that hangs from it. Children are ordered by creation, then id.
type Tree struct {
	LoadBalancer LoadBalancer
	Listeners    []Listener
	Pools        []Pool
	Members      []Member
	Monitors     []HealthMonitor
	L7Policies   []L7Policy // of each listener in the order of their positions
	L7Rules      []L7Rule
}

// Wanted is the tree without what an accepted deletion has doomed, and without references to it: what should be at the
// Controller. It is empty when the load balancer itself is doomed.
func (t *Tree) Wanted() Tree {
	w := Tree{LoadBalancer: t.LoadBalancer}
	if t.LoadBalancer.Doomed {
		return w
	}
	pools := map[string]bool{}
	for _, p := range t.Pools {
		if !p.Doomed {
			pools[p.ID] = true
			w.Pools = append(w.Pools, p)
		}
	}
	for _, l := range t.Listeners {
		if l.Doomed {
			continue
		}
		if !pools[l.DefaultPoolID] {
			l.DefaultPoolID = ""
		}
		w.Listeners = append(w.Listeners, l)
	}
	w.Members = those(t.Members, func(m *Member) bool { return !m.Doomed && pools[m.PoolID] })
	w.Monitors = those(t.Monitors, func(h *HealthMonitor) bool { return !h.Doomed && pools[h.PoolID] })
	t.wantedL7(&w)
	return w
}

// those are the elements that is picks, in their order; nil when there are none.
func those[T any](all []T, is func(*T) bool) []T {
	var picked []T
	for i := range all {
		if is(&all[i]) {
			picked = append(picked, all[i])
		}
	}
	return picked
}

// Resources are what all objects of the tree have in common, the load balancer's first.
func (t *Tree) Resources() []*Resource {
	all := []*Resource{t.LoadBalancer.Base()}
	for i := range t.Listeners {
		all = append(all, t.Listeners[i].Base())
	}
	for i := range t.Pools {
		all = append(all, t.Pools[i].Base())
	}
	for i := range t.Members {
		all = append(all, t.Members[i].Base())
	}
	for i := range t.Monitors {
		all = append(all, t.Monitors[i].Base())
	}
	for i := range t.L7Policies {
		all = append(all, t.L7Policies[i].Base())
	}
	for i := range t.L7Rules {
		all = append(all, t.L7Rules[i].Base())
	}
	return all
}

// Pool finds a pool by its id; nil when there is none.
func (t *Tree) Pool(id string) *Pool {
	for i := range t.Pools {
		if t.Pools[i].ID == id {
			return &t.Pools[i]
		}
	}
	return nil
}

// MembersOf are the members of a pool.
func (t *Tree) MembersOf(poolID string) []Member {
	return those(t.Members, func(m *Member) bool { return m.PoolID == poolID })
}

// MonitorOf is the health monitor of a pool; nil when it has none.
func (t *Tree) MonitorOf(poolID string) *HealthMonitor {
	for i := range t.Monitors {
		if t.Monitors[i].PoolID == poolID {
			return &t.Monitors[i]
		}
	}
	return nil
}

// ListenersOf are the listeners that send requests to a pool: their default, or one that an L7 policy in effect redirects to.
func (t *Tree) ListenersOf(poolID string) []Listener {
	return those(t.Listeners, func(l *Listener) bool { return l.DefaultPoolID == poolID || t.redirectsTo(l.ID, poolID) })
}
