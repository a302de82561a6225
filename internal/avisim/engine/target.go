package engine

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"
)

// PoolGroup is a choice of pools: among those of the highest priority that has a pool which is up, by their shares.
type PoolGroup struct {
	UUID    string
	Members []GroupMember
}

// GroupMember is one pool of a group.
type GroupMember struct {
	PoolUUID string // names an entry of Config.Pools
	// Priority: the greater one comes first.
	Priority int
	// Ratio is its share of new connections among the pools of its priority; 0 gets none.
	Ratio int
}

// target is where requests go: a pool, or the pools of a group.
type target struct {
	// pools are in the order of their priorities.
	pools []groupPool
	group bool

	mu sync.Mutex // guards the weights of pools
}

type groupPool struct {
	*pool
	GroupMember
	// currentWeight is smoothRoundRobin's memory.
	currentWeight int
}

// targetsOf are the pools and the groups of them, by their UUIDs.
func targetsOf(pools map[string]*pool, groups []PoolGroup) map[string]*target {
	targets := make(map[string]*target, len(pools)+len(groups))
	for uuid, p := range pools {
		targets[uuid] = &target{pools: []groupPool{{pool: p}}}
	}
	for _, g := range groups {
		t := &target{group: true}
		for _, m := range g.Members {
			t.pools = append(t.pools, groupPool{pool: pools[m.PoolUUID], GroupMember: m})
		}
		slices.SortStableFunc(t.pools, func(a, b groupPool) int { return cmp.Compare(b.Priority, a.Priority) })
		targets[g.UUID] = t
	}
	return targets
}

// acquire gives out a server of the pool that is the group's choice now.
func (t *target) acquire(r request) (*lease, error) {
	if !t.group {
		return t.pools[0].acquire(r)
	}
	// The pools are looked at one after the other. A server that moves from one to another meanwhile may be missed in both: that
	// there is none is believed when it is found again and again.
	for range looks {
		if p := t.choose(); p != nil {
			l, err := p.acquire(r)
			if !errors.Is(err, errNoServer) {
				return l, err
			}
		}
	}
	return nil, errNoServer
}

// looks is how often a group is searched for a server.
const looks = 3

// choose takes one of the pools that are up of the highest priority that has some; nil where none is up.
func (t *target) choose() *pool {
	t.mu.Lock()
	defer t.mu.Unlock()
	var best *groupPool
	total := 0
	for i := range t.pools {
		p := &t.pools[i]
		if best != nil && p.Priority < best.Priority {
			break
		}
		if health, _ := p.condition(); p.Ratio == 0 || health.State != StateUp {
			continue
		}
		p.currentWeight += p.Ratio
		total += p.Ratio
		if best == nil || p.currentWeight > best.currentWeight {
			best = p
		}
	}
	if best == nil {
		return nil
	}
	best.currentWeight -= total
	return best.pool
}

// has says whether a pool is one of those that requests may go to.
func (t *target) has(p *pool) bool {
	return t != nil && slices.ContainsFunc(t.pools, func(g groupPool) bool { return g.pool == p })
}

// condition is that of the best of the pools, and when one of them last turned up or not up.
func (t *target) condition() (health Health, turned time.Time) {
	health = Health{State: StateDown, Reason: "The pool group has no pools"}
	for i := range t.pools {
		of, at := t.pools[i].condition()
		if i == 0 || of.State == StateUp && health.State != StateUp {
			health = of
		}
		if at.After(turned) {
			turned = at
		}
	}
	return health, turned
}
