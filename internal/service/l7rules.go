package service

import (
	"context"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// L7Rule is an L7 rule; it names its policy itself.
type L7Rule struct{ lbaas.L7Rule }

// CreateL7Rule accepts a new rule of an L7 policy.
func (s *Service) CreateL7Rule(ctx context.Context, c Caller, in lbaas.L7RuleInput) (L7Rule, error) {
	r, err := lbaas.NewL7Rule(in)
	if err != nil {
		return L7Rule{}, orMissing(err, lookFor(ctx, c, in.PolicyID.Or(""), s.L7Policy))
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		p, err := lockL7Policy(tx, c, r.PolicyID)
		if err != nil {
			return err
		}
		if err := growable("L7Policy", &p.Resource); err != nil {
			return err
		}
		r.ID = in.ID.Or("")
		if err := insertL7Rule(tx, &p, &r); err != nil {
			return err
		}
		return changedRules(tx, &p)
	})
	return L7Rule{r}, err
}

// insertL7Rule stores a new rule of an L7 policy.
func insertL7Rule(tx *store.Tx, p *lbaas.L7Policy, r *lbaas.L7Rule) error {
	r.LoadBalancerID, r.ListenerID = p.LoadBalancerID, p.ListenerID
	if err := begin(tx, &r.Resource, p.ProjectID); err != nil {
		return err
	}
	return tx.InsertL7Rule(r)
}

// changedRules wants what is left of a policy's rules to be something that Avi can express, and marks the policy.
func changedRules(tx *store.Tx, p *lbaas.L7Policy) error {
	rules, err := tx.RulesOfPolicy(p.ID)
	if err != nil {
		return err
	}
	if _, err := lbaas.MatchOf(rules); err != nil {
		return err
	}
	return tx.TouchL7Policy(p)
}

// L7Rule shows one rule of an L7 policy.
func (s *Service) L7Rule(ctx context.Context, c Caller, policyID, id string) (L7Rule, error) {
	allow := func(tx *store.Tx, r *lbaas.L7Rule) error { return allowL7Rule(tx, c, policyID, r) }
	return show(ctx, s, id, (*store.Tx).L7RuleView, allow, viewL7Rule)
}

// L7Rules lists the rules of an L7 policy.
func (s *Service) L7Rules(ctx context.Context, c Caller, policyID string, q Query) (Page[L7Rule], error) {
	var page Page[L7Rule]
	err := s.store.Peek(ctx, func(tx *store.Tx) error {
		p, err := tx.L7Policy(policyID)
		if err != nil {
			return err
		}
		if err := c.allow(p.ProjectID); err != nil {
			return err
		}
		scoped := unscoped(q) // a policy's rules are all of its project
		if wanted, ok := scoped.Equal["l7policy_id"]; ok && wanted != policyID {
			return nil
		}
		scoped.Equal["l7policy_id"] = policyID
		page, err = readPage(tx, scoped, (*store.Tx).L7Rules, viewL7Rule)
		return err
	})
	return page, err
}

func viewL7Rule(r *lbaas.L7Rule) L7Rule { return L7Rule{*r} }

// UpdateL7Rule accepts a change of a rule.
func (s *Service) UpdateL7Rule(ctx context.Context, c Caller, policyID, id string, in lbaas.L7RuleInput) (L7Rule, error) {
	var r lbaas.L7Rule
	err := s.change(ctx, func(tx *store.Tx) error {
		var p lbaas.L7Policy
		var err error
		if r, p, err = lockL7Rule(tx, c, policyID, id); err != nil {
			return sooner(err, func() error { return r.Update(in) })
		}
		if err := mutable("L7 Rule", &r.Resource); err != nil {
			return err
		}
		if err := r.Update(in); err != nil {
			return err
		}
		touch(tx, &r.Resource)
		if err := tx.UpdateL7Rule(&r); err != nil {
			return err
		}
		if err := replaceTags(tx, r.LoadBalancerID, &r.Resource, in.Tags); err != nil {
			return err
		}
		if err := changedRules(tx, &p); err != nil {
			return err
		}
		r, err = tx.L7RuleView(r.ID)
		return err
	})
	return L7Rule{r}, err
}

// DeleteL7Rule accepts the deletion of a rule.
func (s *Service) DeleteL7Rule(ctx context.Context, c Caller, policyID, id string) error {
	return s.change(ctx, func(tx *store.Tx) error {
		r, p, err := lockL7Rule(tx, c, policyID, id)
		if err != nil {
			return err
		}
		r.Doomed, r.ProvisioningStatus = true, lbaas.PendingDelete
		if err := tx.UpdateL7Rule(&r); err != nil {
			return err
		}
		return changedRules(tx, &p)
	})
}

// findL7Rule finds a rule that the caller may see, in the policy that it is asked for in.
func findL7Rule(tx *store.Tx, c Caller, policyID, id string) (lbaas.L7Rule, error) {
	r, err := tx.L7Rule(id)
	if err == nil {
		err = allowL7Rule(tx, c, policyID, &r)
	}
	return r, err
}

// allowL7Rule wants a rule that was found to be the policy's, and one that the caller may see.
func allowL7Rule(tx *store.Tx, c Caller, policyID string, r *lbaas.L7Rule) error {
	if r.PolicyID != policyID {
		// A policy that there is not is told before the right to the rule, as Octavia does.
		if _, err := tx.L7Policy(policyID); err != nil {
			return err
		}
	}
	if err := c.allow(r.ProjectID); err != nil {
		return err
	}
	if r.PolicyID != policyID {
		return lbaas.NotFound("L7 Rule", r.ID)
	}
	return nil
}

func lockL7Rule(tx *store.Tx, c Caller, policyID, id string) (lbaas.L7Rule, lbaas.L7Policy, error) {
	r, err := findL7Rule(tx, c, policyID, id)
	if err != nil {
		return r, lbaas.L7Policy{}, err
	}
	p, err := lockL7Policy(tx, c, policyID)
	return r, p, err
}
