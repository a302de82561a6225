package lbaas

import "slices"

// L7PoliciesOf are the policies of a listener, in the order of their positions.
func (t *Tree) L7PoliciesOf(listenerID string) []L7Policy {
	return those(t.L7Policies, func(p *L7Policy) bool { return p.ListenerID == listenerID })
}

// L7RulesOf are the rules of a policy.
func (t *Tree) L7RulesOf(policyID string) []L7Rule {
	return those(t.L7Rules, func(r *L7Rule) bool { return r.PolicyID == policyID })
}

// PoolsOf are the pools that Octavia tells a listener to have: its default pool, and those that a policy redirects to which is
// enabled and has rules, each once. A policy that is being deleted does not count. The store tells the same of pools, in SQL.
func (t *Tree) PoolsOf(l *Listener) []*Pool {
	var pools []*Pool
	add := func(id string) {
		if p := t.Pool(id); p != nil && !slices.Contains(pools, p) {
			pools = append(pools, p)
		}
	}
	add(l.DefaultPoolID)
	for _, p := range t.L7PoliciesOf(l.ID) {
		if !p.Doomed && p.AdminStateUp && len(t.L7RulesOf(p.ID)) > 0 {
			add(p.RedirectPoolID)
		}
	}
	return pools
}

// InEffect says that a policy may match a request. As in Octavia one without rules does not, nor one that redirects to a pool
// that is administratively down: the next policy has its turn then, or the default pool.
func (t *Tree) InEffect(p *L7Policy) bool {
	if p.Doomed || !p.AdminStateUp {
		return false
	}
	if p.Action == L7RedirectToPool {
		if pool := t.Pool(p.RedirectPoolID); pool == nil || pool.Doomed || !pool.AdminStateUp {
			return false
		}
	}
	for i := range t.L7Rules {
		if r := &t.L7Rules[i]; r.PolicyID == p.ID && r.AdminStateUp && !r.Doomed {
			return true
		}
	}
	return false
}

// redirectsTo says that a listener has a policy in effect that redirects to a pool.
func (t *Tree) redirectsTo(listenerID, poolID string) bool {
	for i := range t.L7Policies {
		p := &t.L7Policies[i]
		if p.ListenerID == listenerID && p.RedirectPoolID == poolID && t.InEffect(p) {
			return true
		}
	}
	return false
}

// wantedL7 adds the policies and rules of a tree to the tree of what is wanted.
func (t *Tree) wantedL7(w *Tree) {
	listeners, policies := map[string]bool{}, map[string]bool{}
	for _, l := range w.Listeners {
		listeners[l.ID] = true
	}
	for _, p := range t.L7Policies {
		if !p.Doomed && listeners[p.ListenerID] {
			policies[p.ID] = true
			w.L7Policies = append(w.L7Policies, p)
		}
	}
	w.L7Rules = those(t.L7Rules, func(r *L7Rule) bool { return !r.Doomed && policies[r.PolicyID] })
}

// CheckListenerL7 says whether a listener may have L7 policies.
func CheckListenerL7(l *Listener) error {
	if l.Protocol.HTTP() {
		return nil
	}
	return Unsupportedf(ProviderDisplayName, "an L7 policy of a %s listener", l.Protocol)
}
