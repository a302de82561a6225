package store

import (
	"context"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// Adopt adds a load balancer that exists elsewhere already, with everything that hangs from it and the objects that it has at the
// Controller. It is in the worker's queue at once, and nothing is known of its objects: the worker reads before it writes.
// KindConflict when one of the ids is here already, KindNotFound when its availability zone is not.
func (s *Store) Adopt(ctx context.Context, tree lbaas.Tree, items []Item) error {
	return s.Write(ctx, func(t *Tx) error {
		t.unlimited = true // they are there already, whatever the quotas say
		lb := tree.LoadBalancer
		t.date(&lb.Resource)
		if lb.AvailabilityZone != "" {
			if err := t.EnterZone(lb.AvailabilityZone); err != nil {
				return err
			}
		}
		if err := t.InsertLoadBalancer(&lb); err != nil {
			return err
		}
		for _, p := range tree.Pools {
			t.date(&p.Resource)
			if err := t.InsertPool(&p); err != nil {
				return err
			}
		}
		for _, l := range tree.Listeners {
			t.date(&l.Resource)
			if err := t.InsertListener(&l); err != nil {
				return err
			}
		}
		for _, m := range tree.Members {
			t.date(&m.Resource)
			if err := t.InsertMember(lb.ID, &m); err != nil {
				return err
			}
		}
		for _, h := range tree.Monitors {
			t.date(&h.Resource)
			if err := t.InsertHealthMonitor(lb.ID, &h); err != nil {
				return err
			}
		}
		if err := t.adoptL7(tree); err != nil {
			return err
		}
		changes := make([]Change, len(items))
		for i, item := range items {
			item.Applied = ""
			if item.Shared {
				if err := t.take(lb.ID, item); err != nil {
					return err
				}
			}
			changes[i] = Change{Item: item}
		}
		return t.saveInventory(lb.ID, changes)
	})
}

// adoptL7 adds the L7 policies, which have to be in the order of their positions, and rules of a tree.
func (t *Tx) adoptL7(tree lbaas.Tree) error {
	for _, p := range tree.L7Policies {
		t.date(&p.Resource)
		if err := t.InsertL7Policy(&p); err != nil {
			return err
		}
	}
	for _, r := range tree.L7Rules {
		t.date(&r.Resource)
		if err := t.InsertL7Rule(&r); err != nil {
			return err
		}
	}
	return nil
}

// date gives an object whose age nobody knows the present as its beginning.
func (t *Tx) date(r *lbaas.Resource) {
	if r.CreatedAt.IsZero() {
		r.CreatedAt = t.now
	}
}
