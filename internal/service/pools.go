package service

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// CreatePool accepts a new pool with what is nested in the request: its members and its health monitor. When the request names a
// listener, the pool becomes its default.
func (s *Service) CreatePool(ctx context.Context, c Caller, in lbaas.PoolInput) (Pool, error) {
	t, err := lbaas.NewPoolTree(in, uuid.NewString)
	if err != nil {
		return Pool{}, orMissing(err, lookFor(ctx, c, in.LoadBalancerID.Or(""), s.LoadBalancer),
			lookFor(ctx, c, in.ListenerID.Or(""), s.Listener))
	}
	p := &t.Pools[0]
	if err := s.checkPoolCreation(ctx, c, p, in); err != nil {
		return Pool{}, err
	}
	listenerID := in.ListenerID.Or("")
	loadBalancer := itself(p.LoadBalancerID)
	if p.LoadBalancerID == "" {
		loadBalancer = ofListener(listenerID)
	}
	if err := s.checkNeeds(ctx, poolNeeds(p), loadBalancer); err != nil {
		return Pool{}, err
	}
	if err := s.checkNestedInPool(ctx, c, listenerID, &t); err != nil {
		return Pool{}, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		if listenerID != "" {
			l, err := tx.Listener(listenerID)
			if err != nil {
				return err
			}
			if p.LoadBalancerID == "" {
				p.LoadBalancerID = l.LoadBalancerID
			}
		}
		lb, err := lockAllowed(tx, c, p.LoadBalancerID)
		if err != nil {
			return err
		}
		if err := insertTree(tx, &lb, &t); err != nil {
			return err
		}
		return makeDefaultPool(tx, listenerID, p)
	})
	view := Pool{Pool: *p, MemberIDs: idsOf(t.Members, func(m *lbaas.Member) string { return m.ID })}
	if len(t.Monitors) > 0 {
		view.MonitorID = t.Monitors[0].ID
	}
	if listenerID != "" {
		view.ListenerIDs = []string{listenerID}
	}
	return view, err
}

// insertPool stores a new pool of a load balancer.
func insertPool(tx *store.Tx, lb *lbaas.LoadBalancer, p *lbaas.Pool) error {
	if err := begin(tx, &p.Resource, lb.ProjectID); err != nil {
		return err
	}
	p.LoadBalancerID = lb.ID
	return tx.InsertPool(p)
}

// makeDefaultPool makes a new pool the default of a listener that has none.
func makeDefaultPool(tx *store.Tx, listenerID string, p *lbaas.Pool) error {
	if listenerID == "" {
		return nil
	}
	l, err := tx.Listener(listenerID)
	if err != nil {
		return err
	}
	if l.LoadBalancerID != p.LoadBalancerID || l.Doomed {
		return lbaas.NotFound("Listener", listenerID)
	}
	if err := lbaas.CheckListenerPool(&l, p); err != nil {
		return err
	}
	if l.DefaultPoolID != "" {
		return lbaas.Conflictf("This listener already has a default pool")
	}
	l.DefaultPoolID, l.ProvisioningStatus = p.ID, lbaas.PendingUpdate
	return tx.UpdateListener(&l)
}

// Pool shows one pool.
func (s *Service) Pool(ctx context.Context, c Caller, id string) (Pool, error) {
	return showOwn(ctx, s, c, id, (*store.Tx).PoolView, viewPool)
}

// Pools lists pools.
func (s *Service) Pools(ctx context.Context, c Caller, q Query) (Page[Pool], error) {
	return listOwn(ctx, s, c, q, (*store.Tx).Pools, viewPool)
}

// viewPool names, as Octavia does, each listener once that has a pool as its default or redirects to it.
func viewPool(v *store.PoolView) Pool {
	view := Pool{Pool: v.Pool, ListenerIDs: v.ListenerIDs, MemberIDs: v.MemberIDs}
	for _, id := range v.RedirectingIDs {
		if !slices.Contains(view.ListenerIDs, id) {
			view.ListenerIDs = append(view.ListenerIDs, id)
		}
	}
	if len(v.MonitorIDs) > 0 {
		view.MonitorID = v.MonitorIDs[0]
	}
	return view
}

// UpdatePool accepts a change of a pool.
func (s *Service) UpdatePool(ctx context.Context, c Caller, id string, in lbaas.PoolInput) (Pool, error) {
	if err := s.checkPoolUpdate(ctx, c, id, in); err != nil {
		return Pool{}, err
	}
	granularity := in.Persistence.Or(lbaas.PersistenceInput{}).Granularity.Or("")
	if err := s.checkNeeds(ctx, maskNeeds(granularity), ofPool(id)); err != nil {
		return Pool{}, err
	}
	var v store.PoolView
	err := s.change(ctx, func(tx *store.Tx) error {
		p, err := lockPool(tx, c, id)
		if err != nil {
			return sooner(err, func() error { return p.Update(in) })
		}
		if err := mutable("Pool", &p.Resource); err != nil {
			return err
		}
		if err := p.Update(in); err != nil {
			return err
		}
		if err := fitsListeners(tx, &p); err != nil {
			return err
		}
		if err := tx.TouchPool(p.ID); err != nil {
			return err
		}
		touch(tx, &p.Resource)
		if err := tx.UpdatePool(&p); err != nil {
			return err
		}
		if err := replaceTags(tx, p.LoadBalancerID, &p.Resource, in.Tags); err != nil {
			return err
		}
		v, err = tx.PoolView(p.ID)
		return err
	})
	return viewPool(&v), err
}

// fitsListeners wants a changed pool to fit each listener whose default it is.
func fitsListeners(tx *store.Tx, p *lbaas.Pool) error {
	listeners, err := tx.ListenersOfPool(p.ID)
	if err != nil {
		return err
	}
	for i := range listeners {
		if err := lbaas.CheckListenerPool(&listeners[i], p); err != nil {
			return err
		}
	}
	return nil
}

// DeletePool accepts the deletion of a pool with its members and health monitor; listeners lose their default pool.
func (s *Service) DeletePool(ctx context.Context, c Caller, id string) error {
	return s.change(ctx, func(tx *store.Tx) error {
		if _, err := lockPool(tx, c, id); err != nil {
			return err
		}
		if err := notRedirectedTo(tx, id); err != nil {
			return err
		}
		if err := tx.TouchPool(id); err != nil {
			return err
		}
		return tx.DoomPool(id)
	})
}

// lockPool finds a pool that the caller may change and reserves its load balancer.
func lockPool(tx *store.Tx, c Caller, id string) (lbaas.Pool, error) {
	p, err := tx.Pool(id)
	if err != nil {
		return p, err
	}
	_, err = lockAllowed(tx, c, p.LoadBalancerID)
	return p, err
}
