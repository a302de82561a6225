package service

import (
	"context"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// L7Policy is an L7 policy with the ids of its rules.
type L7Policy struct {
	lbaas.L7Policy
	RuleIDs []string
}

// CreateL7Policy accepts a new L7 policy of a listener, with the rules that are nested in the request.
func (s *Service) CreateL7Policy(ctx context.Context, c Caller, in lbaas.L7PolicyInput) (L7Policy, error) {
	redirectPool := s.lookForPool(ctx, c, in.RedirectPoolID.Or(""), "")
	t, err := lbaas.NewL7PolicyTree(in, uuid.NewString)
	if err != nil {
		return L7Policy{}, orMissing(err, redirectPool, lookFor(ctx, c, in.ListenerID.Or(""), s.Listener))
	}
	if t.L7Policies[0].RedirectPoolID == "" { // a pool that the action has no use for has to be there all the same
		if err := redirectPool(); err != nil {
			return L7Policy{}, err
		}
	}
	p := &t.L7Policies[0]
	if err := s.checkNeeds(ctx, redirectNeeds(in.RedirectURL.Or("")), ofListener(p.ListenerID)); err != nil {
		return L7Policy{}, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		l, err := lockListener(tx, c, p.ListenerID)
		if err != nil {
			return err
		}
		if err := mutable("Listener", &l.Resource); err != nil {
			return err
		}
		if err := insertL7Policy(tx, &l, p); err != nil {
			return err
		}
		for i := range t.L7Rules {
			if err := insertL7Rule(tx, p, &t.L7Rules[i]); err != nil {
				return err
			}
		}
		return tx.TouchListener(l.ID)
	})
	return L7Policy{L7Policy: *p, RuleIDs: idsOf(t.L7Rules, func(r *lbaas.L7Rule) string { return r.ID })}, err
}

// insertL7Policy stores a new L7 policy of a listener. The pool that it redirects to is there already.
func insertL7Policy(tx *store.Tx, l *lbaas.Listener, p *lbaas.L7Policy) error {
	if err := lbaas.CheckListenerL7(l); err != nil {
		return err
	}
	p.LoadBalancerID = l.LoadBalancerID
	if err := begin(tx, &p.Resource, l.ProjectID); err != nil {
		return err
	}
	if err := checkRedirectPool(tx, l, p); err != nil {
		return err
	}
	return tx.InsertL7Policy(p)
}

// checkRedirectPool wants the pool that a policy redirects to to exist in the listener's tree, and to fit it.
func checkRedirectPool(tx *store.Tx, l *lbaas.Listener, p *lbaas.L7Policy) error {
	if p.RedirectPoolID == "" {
		return nil
	}
	pool, err := tx.Pool(p.RedirectPoolID)
	if err != nil {
		return err
	}
	if pool.ProjectID == l.ProjectID { // Octavia compares the protocols first; of other projects' pools nothing is told
		if err := lbaas.CheckListenerPool(l, &pool); err != nil {
			return err
		}
	}
	if pool.LoadBalancerID != l.LoadBalancerID || pool.Doomed {
		return lbaas.NotFound("Pool", p.RedirectPoolID)
	}
	return nil
}

// L7Policy shows one L7 policy.
func (s *Service) L7Policy(ctx context.Context, c Caller, id string) (L7Policy, error) {
	return showOwn(ctx, s, c, id, (*store.Tx).L7PolicyView, viewL7Policy)
}

// L7Policies lists L7 policies.
func (s *Service) L7Policies(ctx context.Context, c Caller, q Query) (Page[L7Policy], error) {
	return listOwn(ctx, s, c, q, (*store.Tx).L7Policies, viewL7Policy)
}

func viewL7Policy(v *store.L7PolicyView) L7Policy {
	return L7Policy{L7Policy: v.L7Policy, RuleIDs: v.RuleIDs}
}

// UpdateL7Policy accepts a change of an L7 policy. A new position moves the others.
func (s *Service) UpdateL7Policy(ctx context.Context, c Caller, id string, in lbaas.L7PolicyInput) (L7Policy, error) {
	if err := s.checkNeeds(ctx, redirectNeeds(in.RedirectURL.Or("")), ofPolicy(id)); err != nil {
		return L7Policy{}, err
	}
	var v store.L7PolicyView
	err := s.change(ctx, func(tx *store.Tx) error {
		p, err := lockL7Policy(tx, c, id)
		if err != nil {
			return sooner(err, func() error { return p.Update(in) })
		}
		if err := p.Update(in); err != nil {
			return err
		}
		l, err := tx.Listener(p.ListenerID)
		if err != nil {
			return err
		}
		if err := checkRedirectPool(tx, &l, &p); err != nil {
			return err
		}
		touch(tx, &p.Resource)
		if err := tx.UpdateL7Policy(&p); err != nil {
			return err
		}
		if err := replaceTags(tx, p.LoadBalancerID, &p.Resource, in.Tags); err != nil {
			return err
		}
		if in.Position.Set {
			if err := tx.PlaceL7Policy(&p, p.Position); err != nil {
				return err
			}
		}
		if err := tx.TouchListener(p.ListenerID); err != nil {
			return err
		}
		v, err = tx.L7PolicyView(p.ID)
		return err
	})
	return viewL7Policy(&v), err
}

// DeleteL7Policy accepts the deletion of an L7 policy with its rules.
func (s *Service) DeleteL7Policy(ctx context.Context, c Caller, id string) error {
	return s.change(ctx, func(tx *store.Tx) error {
		p, err := tx.L7Policy(id)
		if err != nil {
			return err
		}
		if _, err := lockAllowed(tx, c, p.LoadBalancerID); err != nil {
			return err
		}
		if err := tx.TouchListener(p.ListenerID); err != nil {
			return err
		}
		return tx.DoomL7Policy(&p)
	})
}

// lockL7Policy finds an L7 policy that the caller may change, and reserves its load balancer.
func lockL7Policy(tx *store.Tx, c Caller, id string) (lbaas.L7Policy, error) {
	p, err := tx.L7Policy(id)
	if err != nil {
		return p, err
	}
	if _, err := lockAllowed(tx, c, p.LoadBalancerID); err != nil {
		return p, err
	}
	return p, mutable("L7 Policy", &p.Resource)
}

// notRedirectedTo refuses to delete a pool that an L7 policy redirects to.
func notRedirectedTo(tx *store.Tx, poolID string) error {
	policies, err := tx.PoliciesByPool([]string{poolID})
	if err == nil && len(policies) > 0 {
		err = lbaas.Conflictf("Pool %s is in use by L7 policy %s", poolID, policies[0].ID)
	}
	return err
}
