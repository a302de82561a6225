package store

import (
	"fmt"
	"iter"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// chunkSize bounds the arguments of one statement.
const chunkSize = 500

func chunks(ids []string) iter.Seq[[]string] { return slices.Chunk(ids, chunkSize) }

// Tree reads a load balancer with everything that hangs from it; KindNotFound when there is none.
func (t *Tx) Tree(id string) (lbaas.Tree, error) {
	lb, err := loadBalancers.get(t, id)
	if err != nil {
		return lbaas.Tree{}, err
	}
	trees := []lbaas.Tree{{LoadBalancer: lb}}
	err = t.fill(trees)
	return trees[0], err
}

// Trees reads up to limit trees, ordered by the load balancer's id, that come after one.
func (t *Tx) Trees(after string, limit int) ([]lbaas.Tree, error) {
	roots, err := loadBalancers.all(t, "WHERE id > ? ORDER BY id LIMIT ?", after, limit)
	if err != nil {
		return nil, err
	}
	trees := make([]lbaas.Tree, len(roots))
	for i, lb := range roots {
		trees[i].LoadBalancer = lb
	}
	return trees, t.fill(trees)
}

func (t *Tx) fill(trees []lbaas.Tree) error {
	byID := make(map[string]*lbaas.Tree, len(trees))
	var ids []string
	for i := range trees {
		id := trees[i].LoadBalancer.ID
		byID[id], ids = &trees[i], append(ids, id)
	}
	for chunk := range chunks(ids) {
		if err := t.fillChunk(chunk, byID); err != nil {
			return fmt.Errorf("read the trees of %d load balancers: %w", len(ids), err)
		}
	}
	return nil
}

func (t *Tx) fillChunk(ids []string, byID map[string]*lbaas.Tree) error {
	marks, args := in(ids)
	tail := "WHERE load_balancer_id IN (" + marks + ") ORDER BY created_at, id"
	ls, err := listeners.all(t, tail, args...)
	if err != nil {
		return err
	}
	for _, l := range ls {
		tree := byID[l.LoadBalancerID]
		tree.Listeners = append(tree.Listeners, l)
	}
	ps, err := pools.all(t, tail, args...)
	if err != nil {
		return err
	}
	for _, p := range ps {
		tree := byID[p.LoadBalancerID]
		tree.Pools = append(tree.Pools, p)
	}
	if len(ls) > 0 {
		if err := t.fillL7(ids, byID); err != nil {
			return err
		}
	}
	if len(ps) == 0 {
		return nil // nothing hangs from pools that are not there
	}
	ms, err := members.all(t, tail, args...)
	if err != nil {
		return err
	}
	for _, m := range ms {
		tree := byID[m.loadBalancerID]
		tree.Members = append(tree.Members, m.Member)
	}
	hs, err := healthMonitors.all(t, tail, args...)
	if err != nil {
		return err
	}
	for _, h := range hs {
		tree := byID[h.loadBalancerID]
		tree.Monitors = append(tree.Monitors, h.HealthMonitor)
	}
	return nil
}
