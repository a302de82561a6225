package api_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

func policyResource(v *service.L7Policy) lbaas.Resource { return v.Resource }
func ruleResource(v *service.L7Rule) lbaas.Resource     { return v.Resource }

func (m *memory) CreateL7Policy(_ context.Context, c service.Caller, in lbaas.L7PolicyInput) (service.L7Policy, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := lbaas.NewL7Policy(in)
	if err != nil {
		return service.L7Policy{}, err
	}
	l, err := find(m.listen, listenerResource, c, "Listener", p.ListenerID)
	if err != nil {
		return service.L7Policy{}, err
	}
	p.Resource = m.resource(p.Resource, l.ProjectID)
	p.Position = len(m.policy) + 1
	l.L7PolicyIDs = append(l.L7PolicyIDs, p.ID)
	m.policy = append(m.policy, service.L7Policy{L7Policy: p})
	return m.policy[len(m.policy)-1], nil
}

func (m *memory) L7Policy(_ context.Context, c service.Caller, id string) (service.L7Policy, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := find(m.policy, policyResource, c, "L7 Policy", id)
	if err != nil {
		return service.L7Policy{}, err
	}
	return *p, nil
}

func (m *memory) L7Policies(_ context.Context, c service.Caller, q service.Query) (service.Page[service.L7Policy], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return page(m, m.policy, policyResource, c, q)
}

func (m *memory) UpdateL7Policy(_ context.Context, c service.Caller, id string, in lbaas.L7PolicyInput) (service.L7Policy, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := find(m.policy, policyResource, c, "L7 Policy", id)
	if err != nil {
		return service.L7Policy{}, err
	}
	changed := *p
	if err := changed.Update(in); err != nil {
		return service.L7Policy{}, err
	}
	changed.UpdatedAt = birth().Add(time.Minute)
	*p = changed
	return *p, nil
}

func (m *memory) DeleteL7Policy(_ context.Context, c service.Caller, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := find(m.policy, policyResource, c, "L7 Policy", id)
	m.policy = without(m.policy, policyResource, id)
	return err
}

func (m *memory) CreateL7Rule(_ context.Context, c service.Caller, in lbaas.L7RuleInput) (service.L7Rule, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := lbaas.NewL7Rule(in)
	if err != nil {
		return service.L7Rule{}, err
	}
	p, err := find(m.policy, policyResource, c, "L7 Policy", r.PolicyID)
	if err != nil {
		return service.L7Rule{}, err
	}
	r.Resource = m.resource(r.Resource, p.ProjectID)
	p.RuleIDs = append(p.RuleIDs, r.ID)
	m.rule = append(m.rule, service.L7Rule{L7Rule: r})
	return m.rule[len(m.rule)-1], nil
}

func (m *memory) L7Rule(_ context.Context, c service.Caller, policyID, id string) (service.L7Rule, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.findRule(c, policyID, id)
	if err != nil {
		return service.L7Rule{}, err
	}
	return *r, nil
}

func (m *memory) findRule(c service.Caller, policyID, id string) (*service.L7Rule, error) {
	of := slices.DeleteFunc(slices.Clone(m.rule), func(r service.L7Rule) bool { return r.PolicyID != policyID })
	if _, err := find(of, ruleResource, c, "L7 Rule", id); err != nil {
		return nil, err
	}
	return find(m.rule, ruleResource, c, "L7 Rule", id)
}

func (m *memory) L7Rules(_ context.Context, c service.Caller, policyID string, q service.Query) (service.Page[service.L7Rule], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := find(m.policy, policyResource, c, "L7 Policy", policyID); err != nil {
		return service.Page[service.L7Rule]{}, err
	}
	return page(m, m.rule, ruleResource, c, q)
}

func (m *memory) UpdateL7Rule(_ context.Context, c service.Caller, policyID, id string, in lbaas.L7RuleInput) (service.L7Rule, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.findRule(c, policyID, id)
	if err != nil {
		return service.L7Rule{}, err
	}
	changed := *r
	if err := changed.Update(in); err != nil {
		return service.L7Rule{}, err
	}
	changed.UpdatedAt = birth().Add(time.Minute)
	*r = changed
	return *r, nil
}

func (m *memory) DeleteL7Rule(_ context.Context, c service.Caller, policyID, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := m.findRule(c, policyID, id)
	m.rule = without(m.rule, ruleResource, id)
	return err
}

// The ids of what populateL7 makes.
func policyID() string { return newID(6) }
func ruleID() string   { return newID(7) }

// populateL7 adds an L7 policy with a rule to what populate makes.
func (f *front) populateL7(t testing.TB) {
	t.Helper()
	f.must(t, "POST", "/v2/lbaas/l7policies", `{"l7policy": {"name": "to shop", "listener_id": "`+listenerID()+`",
		"action": "REDIRECT_PREFIX", "redirect_prefix": "https://shop.example.org", "redirect_http_code": 301}}`)
	f.must(t, "POST", "/v2/lbaas/l7policies/"+policyID()+"/rules", `{"rule": {"type": "COOKIE", "key": "site",
		"compare_type": "EQUAL_TO", "value": "shop", "invert": true}}`)
}
