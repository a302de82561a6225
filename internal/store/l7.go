package store

import (
	"fmt"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// L7Policy reads one L7 policy.
func (t *Tx) L7Policy(id string) (lbaas.L7Policy, error) { return l7Policies.get(t, id) }

// L7Rule reads one L7 rule.
func (t *Tx) L7Rule(id string) (lbaas.L7Rule, error) { return l7Rules.get(t, id) }

// UpdateL7Policy writes an L7 policy back; where it stands is PlaceL7Policy's.
func (t *Tx) UpdateL7Policy(p *lbaas.L7Policy) error { return l7Policies.update(t, p) }

// InsertL7Rule adds an L7 rule; KindConflict when the policy has as many as it may.
func (t *Tx) InsertL7Rule(r *lbaas.L7Rule) error {
	if err := t.TakeQuota(r.ProjectID, lbaas.QuotaL7Rule, 1); err != nil {
		return err
	}
	rules, err := t.RulesOfPolicy(r.PolicyID)
	if err != nil {
		return err
	}
	if len(rules) >= lbaas.MaxL7Rules {
		return lbaas.Conflictf("Too many rules on L7 policy %s", r.PolicyID)
	}
	return duplicateID(l7Rules.insert(t, r))
}

// UpdateL7Rule writes an L7 rule back.
func (t *Tx) UpdateL7Rule(r *lbaas.L7Rule) error { return l7Rules.update(t, r) }

// InsertL7Policy adds an L7 policy at the position that it names.
func (t *Tx) InsertL7Policy(p *lbaas.L7Policy) error {
	if err := t.TakeQuota(p.ProjectID, lbaas.QuotaL7Policy, 1); err != nil {
		return err
	}
	if err := duplicateID(l7Policies.insert(t, p)); err != nil {
		return err
	}
	return t.PlaceL7Policy(p, p.Position)
}

// PlaceL7Policy puts a policy of a listener at a position and numbers the others anew.
func (t *Tx) PlaceL7Policy(p *lbaas.L7Policy, position int) error {
	order, err := t.positions(p.ListenerID)
	if err != nil {
		return err
	}
	order = lbaas.PlaceAt(order, p.ID, position)
	p.Position = slices.Index(order, p.ID) + 1
	return t.number(order)
}

// DoomL7Policy dooms a policy with its rules, and closes the gap that it leaves among the positions.
func (t *Tx) DoomL7Policy(p *lbaas.L7Policy) error {
	for _, column := range [][2]string{{"l7_rules", "l7policy_id"}, {"l7_policies", "id"}} {
		if err := t.doom(column[0], column[1], p.ID); err != nil {
			return fmt.Errorf("doom L7 policy %s: %w", p.ID, err)
		}
	}
	order, err := t.positions(p.ListenerID)
	if err != nil {
		return err
	}
	return t.number(order)
}

// DoomL7OfListener dooms the policies and rules of a listener.
func (t *Tx) DoomL7OfListener(listenerID string) error {
	for _, name := range []string{"l7_rules", "l7_policies"} {
		if err := t.doom(name, "listener_id", listenerID); err != nil {
			return fmt.Errorf("doom the L7 policies of listener %s: %w", listenerID, err)
		}
	}
	return nil
}

func (t *Tx) doom(table, column, id string) error {
	_, err := t.exec("UPDATE "+table+" SET doomed = 1, provisioning_status = ? WHERE "+column+" = ?", lbaas.PendingDelete, id)
	return err
}

// positions are the ids of a listener's policies in their order, without the doomed ones.
func (t *Tx) positions(listenerID string) ([]string, error) {
	policies, err := l7Policies.all(t, "WHERE listener_id = ? AND doomed = 0 ORDER BY position, created_at, id", listenerID)
	ids := make([]string, len(policies))
	for i := range policies {
		ids[i] = policies[i].ID
	}
	return ids, err
}

func (t *Tx) number(order []string) error {
	for i, id := range order {
		if _, err := t.exec("UPDATE l7_policies SET position = ? WHERE id = ? AND position <> ?", i+1, id, i+1); err != nil {
			return fmt.Errorf("store the position of L7 policy %s: %w", id, err)
		}
	}
	return nil
}

// RulesOfPolicy are the rules of a policy, without the doomed ones.
func (t *Tx) RulesOfPolicy(policyID string) ([]lbaas.L7Rule, error) {
	return l7Rules.all(t, "WHERE l7policy_id = ? AND doomed = 0 ORDER BY created_at, id", policyID)
}

// PoliciesByPool finds the policies that redirect to any of several pools, without the doomed ones.
func (t *Tx) PoliciesByPool(poolIDs []string) ([]lbaas.L7Policy, error) {
	var found []lbaas.L7Policy
	for chunk := range chunks(poolIDs) {
		marks, args := in(chunk)
		policies, err := l7Policies.all(t, "WHERE redirect_pool_id IN ("+marks+") AND doomed = 0 ORDER BY created_at, id", args...)
		if err != nil {
			return nil, err
		}
		found = append(found, policies...)
	}
	return found, nil
}

// TouchListener marks a listener as being updated: something below it changes.
func (t *Tx) TouchListener(id string) error { return t.touch("listeners", "id", id) }

// TouchL7Policy marks a policy and its listener as being updated.
func (t *Tx) TouchL7Policy(p *lbaas.L7Policy) error {
	if err := t.touch("l7_policies", "id", p.ID); err != nil {
		return err
	}
	return t.TouchListener(p.ListenerID)
}

// touchRedirecting marks the listeners that redirect to a pool.
func (t *Tx) touchRedirecting(poolID string) error {
	policies, err := t.PoliciesByPool([]string{poolID})
	if err != nil {
		return err
	}
	for _, p := range policies {
		if err := t.TouchListener(p.ListenerID); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) touch(table, column, id string) error {
	_, err := t.exec("UPDATE "+table+" SET provisioning_status = ? WHERE "+column+" = ? AND provisioning_status IN (?, ?) AND doomed = 0",
		lbaas.PendingUpdate, id, lbaas.Active, lbaas.ErrorStatus)
	if err != nil {
		return fmt.Errorf("mark %s %s as being updated: %w", table, id, err)
	}
	return nil
}

// fillL7 adds the policies and rules of load balancers to their trees.
func (t *Tx) fillL7(ids []string, byID map[string]*lbaas.Tree) error {
	marks, args := in(ids)
	policies, err := l7Policies.all(t, "WHERE load_balancer_id IN ("+marks+") ORDER BY listener_id, position, created_at, id", args...)
	if err != nil {
		return err
	}
	for _, p := range policies {
		tree := byID[p.LoadBalancerID]
		tree.L7Policies = append(tree.L7Policies, p)
	}
	rules, err := l7Rules.all(t, "WHERE load_balancer_id IN ("+marks+") ORDER BY created_at, id", args...)
	if err != nil {
		return err
	}
	for _, r := range rules {
		tree := byID[r.LoadBalancerID]
		tree.L7Rules = append(tree.L7Rules, r)
	}
	return nil
}
