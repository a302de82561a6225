package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// CreateListener accepts a new listener with what is nested in the request: its default pool and its L7 policies.
func (s *Service) CreateListener(ctx context.Context, c Caller, in lbaas.ListenerInput) (Listener, error) {
	t, err := lbaas.NewListenerTree(in, uuid.NewString)
	if err != nil {
		return Listener{}, orMissing(err, lookFor(ctx, c, in.LoadBalancerID.Or(""), s.LoadBalancer),
			s.lookForPool(ctx, c, in.DefaultPoolID.Or(""), in.LoadBalancerID.Or("")))
	}
	l := &t.Listeners[0]
	if err := s.checkNeeds(ctx, listenerNeeds(l), itself(l.LoadBalancerID)); err != nil {
		return Listener{}, err
	}
	if err := s.disabled.check(t.Listeners, nil); err != nil {
		return Listener{}, err
	}
	if err := s.checkListenerCreation(ctx, c, l, in.ListenerTLSInput); err != nil {
		return Listener{}, err
	}
	if err := s.checkNested(ctx, c, l.LoadBalancerID, lbaas.Tree{
		Pools: t.Pools, Members: t.Members, Monitors: t.Monitors, L7Policies: t.L7Policies,
	}); err != nil {
		return Listener{}, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		lb, err := lockAllowed(tx, c, l.LoadBalancerID)
		if err != nil {
			return err
		}
		return insertTree(tx, &lb, &t)
	})
	return Listener{Listener: *l, L7PolicyIDs: idsOf(t.L7Policies, func(p *lbaas.L7Policy) string { return p.ID })}, err
}

// insertListener stores a new listener of a load balancer. Its default pool is there already.
func insertListener(tx *store.Tx, lb *lbaas.LoadBalancer, l *lbaas.Listener) error {
	if err := begin(tx, &l.Resource, lb.ProjectID); err != nil {
		return err
	}
	if err := checkDefaultPool(tx, l); err != nil {
		return err
	}
	if err := lbaas.CheckAllowedCIDRs(l, lb); err != nil {
		return err
	}
	return tx.InsertListener(l)
}

// checkDefaultPool wants a listener's default pool to exist in the same tree and to fit, and marks it as being updated.
func checkDefaultPool(tx *store.Tx, l *lbaas.Listener) error {
	if l.DefaultPoolID == "" {
		return nil
	}
	p, err := tx.Pool(l.DefaultPoolID)
	if err != nil {
		return err
	}
	if p.LoadBalancerID != l.LoadBalancerID || p.Doomed {
		return lbaas.NotFound("Pool", l.DefaultPoolID)
	}
	if err := lbaas.CheckListenerPool(l, &p); err != nil {
		return err
	}
	return tx.TouchPool(p.ID)
}

// Listener shows one listener.
func (s *Service) Listener(ctx context.Context, c Caller, id string) (Listener, error) {
	return showOwn(ctx, s, c, id, (*store.Tx).ListenerView, viewListener)
}

func viewListener(v *store.ListenerView) Listener {
	return Listener{Listener: v.Listener, L7PolicyIDs: v.L7PolicyIDs}
}

// Listeners lists listeners.
func (s *Service) Listeners(ctx context.Context, c Caller, q Query) (Page[Listener], error) {
	return listOwn(ctx, s, c, q, (*store.Tx).Listeners, viewListener)
}

// UpdateListener accepts a change of a listener.
func (s *Service) UpdateListener(ctx context.Context, c Caller, id string, in lbaas.ListenerInput) (Listener, error) {
	if err := s.checkOfferedHTTP2(ctx, id, in); err != nil {
		return Listener{}, err
	}
	if err := s.checkListenerUpdate(ctx, c, id, in); err != nil {
		return Listener{}, err
	}
	var v store.ListenerView
	err := s.change(ctx, func(tx *store.Tx) error {
		l, err := lockListener(tx, c, id)
		if err != nil {
			return sooner(err, func() error { return l.Update(in) })
		}
		if err := mutable("Listener", &l.Resource); err != nil {
			return err
		}
		if err := l.Update(in); err != nil {
			return err
		}
		if in.DefaultPoolID.Set {
			if err := checkDefaultPool(tx, &l); err != nil {
				return err
			}
		}
		if in.AllowedCIDRs.Set {
			if err := checkCIDRs(tx, &l); err != nil {
				return err
			}
		}
		touch(tx, &l.Resource)
		if err := tx.UpdateListener(&l); err != nil {
			return err
		}
		if err := replaceTags(tx, l.LoadBalancerID, &l.Resource, in.Tags); err != nil {
			return err
		}
		v, err = tx.ListenerView(l.ID)
		return err
	})
	return viewListener(&v), err
}

// checkCIDRs wants the allowed ranges of a listener to go with its load balancer's address.
func checkCIDRs(tx *store.Tx, l *lbaas.Listener) error {
	lb, err := tx.LoadBalancer(l.LoadBalancerID)
	if err != nil {
		return err
	}
	return lbaas.CheckAllowedCIDRs(l, &lb)
}

// DeleteListener accepts the deletion of a listener with its L7 policies. Its pools stay.
func (s *Service) DeleteListener(ctx context.Context, c Caller, id string) error {
	return s.change(ctx, func(tx *store.Tx) error {
		l, err := lockListener(tx, c, id)
		if err != nil {
			return err
		}
		if err := tx.DoomL7OfListener(l.ID); err != nil {
			return err
		}
		l.Doomed, l.ProvisioningStatus = true, lbaas.PendingDelete
		return tx.UpdateListener(&l)
	})
}

// lockListener finds a listener that the caller may change and reserves its load balancer.
func lockListener(tx *store.Tx, c Caller, id string) (lbaas.Listener, error) {
	l, err := tx.Listener(id)
	if err != nil {
		return l, err
	}
	_, err = lockAllowed(tx, c, l.LoadBalancerID)
	return l, err
}

// ListenerStats are a listener's counters.
func (s *Service) ListenerStats(ctx context.Context, c Caller, id string) (lbaas.Stats, error) {
	var stats map[string]store.ListenerStats
	err := s.store.Read(ctx, func(tx *store.Tx) error {
		l, err := tx.Listener(id)
		if err != nil {
			return err
		}
		if err := c.allow(l.ProjectID); err != nil {
			return err
		}
		stats, err = tx.Stats([]string{id})
		return err
	})
	return stats[id].Stats, err
}
