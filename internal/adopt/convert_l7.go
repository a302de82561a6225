package adopt

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// addL7 adds the L7 policies and rules of an export to the load balancers that they are of.
func (c *converter) addL7(e Export) {
	for _, o := range e.L7Policies {
		listenerID := cmp.Or(o.related(listeners), o.text("listener_id"))
		if of := c.listener[listenerID]; of != nil {
			c.policy[o.text("id")] = of
			of.addL7Policy(o, listenerID)
		}
	}
	for _, o := range e.L7Rules {
		policyID := cmp.Or(o.related("policies"), o.text("l7policy_id"))
		if of := c.policy[policyID]; of != nil {
			of.addL7Rule(o, policyID)
		}
	}
	if c.octavia {
		return
	}
	for _, of := range c.all {
		if len(of.tree.L7Policies) > 0 {
			of.notes = append(of.notes, "it has L7 policies, which the Python driver never carried out: they come into effect")
		}
	}
}

func (c *candidate) addL7Policy(o Object, listenerID string) {
	label := o.called("L7 policy")
	in, problems := decode[lbaas.L7PolicyInput](o, nil)
	c.problemsOf(label, problems)
	in.ListenerID = lbaas.Given(listenerID)
	p, err := lbaas.NewL7Policy(in)
	if err == nil {
		err = begin(&p.Resource, o, c.tree.LoadBalancer.ProjectID)
	}
	if err != nil {
		c.problem(label, err)
		return
	}
	p.LoadBalancerID = c.tree.LoadBalancer.ID
	c.tree.L7Policies = append(c.tree.L7Policies, p)
	// Each is put where it says, and those before it have to be there.
	slices.SortStableFunc(c.tree.L7Policies, func(a, b lbaas.L7Policy) int { return cmp.Compare(a.Position, b.Position) })
}

func (c *candidate) addL7Rule(o Object, policyID string) {
	label := o.called("L7 rule")
	in, problems := decode[lbaas.L7RuleInput](o, nil)
	c.problemsOf(label, problems)
	in.PolicyID = lbaas.Given(policyID)
	r, err := lbaas.NewL7Rule(in)
	if err == nil {
		err = begin(&r.Resource, o, c.tree.LoadBalancer.ProjectID)
	}
	if err != nil {
		c.problem(label, err)
		return
	}
	r.LoadBalancerID = c.tree.LoadBalancer.ID
	c.tree.L7Rules = append(c.tree.L7Rules, r)
}

// checkL7 looks at what only the whole tree tells of L7 policies, and completes their rules.
func (c *candidate) checkL7() {
	t := &c.tree
	for i := range t.L7Policies {
		p := &t.L7Policies[i]
		label := "L7 policy " + p.ID
		at := slices.IndexFunc(t.Listeners, func(l lbaas.Listener) bool { return l.ID == p.ListenerID })
		if at < 0 {
			continue // the listener has a problem of its own
		}
		if err := lbaas.CheckListenerL7(&t.Listeners[at]); err != nil {
			c.problem(label, err)
		}
		if p.RedirectPoolID != "" {
			pool := t.Pool(p.RedirectPoolID)
			if pool == nil {
				c.problem(label, fmt.Errorf("the pool %s that it redirects to cannot be taken over", p.RedirectPoolID))
			} else if err := lbaas.CheckListenerPool(&t.Listeners[at], pool); err != nil {
				c.problem(label, err)
			}
		}
		for j := range t.L7Rules {
			if t.L7Rules[j].PolicyID == p.ID {
				t.L7Rules[j].ListenerID = p.ListenerID
			}
		}
		if _, err := lbaas.MatchOf(t.L7RulesOf(p.ID)); err != nil {
			c.problem(label, err)
		}
	}
}
