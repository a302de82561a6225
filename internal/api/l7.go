package api

import (
	"context"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// L7PolicyService is what the routes of L7 policies need.
type L7PolicyService interface {
	CreateL7Policy(ctx context.Context, c service.Caller, in lbaas.L7PolicyInput) (service.L7Policy, error)
	L7Policy(ctx context.Context, c service.Caller, id string) (service.L7Policy, error)
	L7Policies(ctx context.Context, c service.Caller, q service.Query) (service.Page[service.L7Policy], error)
	UpdateL7Policy(ctx context.Context, c service.Caller, id string, in lbaas.L7PolicyInput) (service.L7Policy, error)
	DeleteL7Policy(ctx context.Context, c service.Caller, id string) error
}

// L7RuleService is what the routes of an L7 policy's rules need.
type L7RuleService interface {
	CreateL7Rule(ctx context.Context, c service.Caller, in lbaas.L7RuleInput) (service.L7Rule, error)
	L7Rule(ctx context.Context, c service.Caller, policyID, id string) (service.L7Rule, error)
	L7Rules(ctx context.Context, c service.Caller, policyID string, q service.Query) (service.Page[service.L7Rule], error)
	UpdateL7Rule(ctx context.Context, c service.Caller, policyID, id string, in lbaas.L7RuleInput) (service.L7Rule, error)
	DeleteL7Rule(ctx context.Context, c service.Caller, policyID, id string) error
}

// The resources of L7 in Octavia's policy rules, and what errors call them.
const (
	ruleL7Policy = "l7policy"
	ruleL7Rule   = "l7rule"

	displayL7Policy = "L7 Policy"
)

func (s *server) routeL7(mux *http.ServeMux, base string) {
	s.l7Policies().route(s, mux, base+"/l7policies")
	s.l7Rules().route(s, mux, base+"/l7policies/{l7policy}/rules")
}

func (s *server) l7Policies() resource[service.L7Policy, lbaas.L7PolicyInput] {
	return resource[service.L7Policy, lbaas.L7PolicyInput]{
		singular: "l7policy", plural: "l7policies", display: displayL7Policy, rule: ruleL7Policy, ofProjects: true,
		post: l7PolicyPost(), put: l7PolicyPut(), render: renderL7Policy,
		create: func(ctx context.Context, c service.Caller, _ place, in lbaas.L7PolicyInput) (service.L7Policy, error) {
			return s.service.CreateL7Policy(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.L7Policy, error) {
			return s.service.L7Policy(ctx, c, at.id)
		},
		list: func(ctx context.Context, c service.Caller, _ place, q service.Query) (service.Page[service.L7Policy], error) {
			return s.service.L7Policies(ctx, c, q)
		},
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.L7PolicyInput) (service.L7Policy, error) {
			return s.service.UpdateL7Policy(ctx, c, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, _ bool) error {
			return s.service.DeleteL7Policy(ctx, c, at.id)
		},
	}
}

func (s *server) l7Rules() resource[service.L7Rule, lbaas.L7RuleInput] {
	return resource[service.L7Rule, lbaas.L7RuleInput]{
		singular: "rule", plural: "rules", display: "L7 Rule", rule: ruleL7Rule, within: s.withinL7Policy,
		post: l7RulePost(), put: l7RulePut(), render: renderL7Rule,
		create: func(ctx context.Context, c service.Caller, at place, in lbaas.L7RuleInput) (service.L7Rule, error) {
			in.PolicyID = lbaas.Given(at.policy)
			return s.service.CreateL7Rule(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.L7Rule, error) {
			return s.service.L7Rule(ctx, c, at.policy, at.id)
		},
		list: func(ctx context.Context, c service.Caller, at place, q service.Query) (service.Page[service.L7Rule], error) {
			return s.service.L7Rules(ctx, c, at.policy, q)
		},
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.L7RuleInput) (service.L7Rule, error) {
			return s.service.UpdateL7Rule(ctx, c, at.policy, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, _ bool) error {
			return s.service.DeleteL7Rule(ctx, c, at.policy, at.id)
		},
	}
}

func (s *server) withinL7Policy(ctx context.Context, c service.Caller, at place) error {
	_, err := s.service.L7Policy(ctx, c, at.policy)
	return err
}

func l7PolicyTable(argument string) table {
	return table{
		name(), description(), adminStateUp(),
		projectID(),
		carried("action", wordOf(lbaas.L7Actions())).must(),
		carried("redirect_pool_id", identifier).on(notNested),
		holding("redirect_pool", nestedPool(argument+".redirect_pool")).on(inTree),
		carried("redirect_url", target),
		carried("redirect_prefix", target),
		carried("position", within(1, lbaas.MaxL7Position)),
		carried("listener_id", identifier).must().on(alone),
		listing("rules", nestedL7Rule(argument)).on(creating),
		tags(),
		carried("redirect_http_code", redirectCode),
		tenantID(),
	}
}

func l7PolicyPut() rootSchema {
	return newRootSchema("l7policy_", "l7policy", l7PolicyTable("l7policy_.l7policy").changed())
}

func l7PolicyPost() rootSchema {
	return newRootSchema("l7policy_", "l7policy", l7PolicyTable("l7policy_.l7policy").posted())
}

// l7RuleTable has no name: Octavia's rules have none.
func l7RuleTable() table {
	return table{
		carried("type", wordOf(lbaas.L7RuleTypes())).must(),
		carried("compare_type", wordOf(lbaas.L7CompareTypes())).must(),
		carried("key", oneLine),
		carried("value", oneLine).must(),
		carried("invert", boolean),
		adminStateUp(),
		projectID(),
		tags(),
		tenantID(),
	}
}

func l7RulePut() rootSchema  { return newRootSchema("l7rule_", "rule", l7RuleTable().changed()) }
func l7RulePost() rootSchema { return newRootSchema("rule_", "rule", l7RuleTable().posted()) }

// headers reads an object of texts.
func headers(name string, value any) (any, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, invalid(name, value, "Value not a valid dict")
	}
	read := textOf(maxText)
	for header, v := range object {
		if _, err := text(name, header); err != nil {
			return nil, err
		}
		if _, err := read(name, v); err != nil {
			return nil, err
		}
	}
	return object, nil
}

type l7PolicyView struct {
	common
	Description      string   `json:"description"`
	ListenerID       string   `json:"listener_id"`
	Action           string   `json:"action"`
	RedirectPoolID   *string  `json:"redirect_pool_id"`
	RedirectURL      *string  `json:"redirect_url"`
	RedirectPrefix   *string  `json:"redirect_prefix"`
	RedirectHTTPCode *int     `json:"redirect_http_code"`
	Position         int      `json:"position"`
	Rules            []idOnly `json:"rules"`
}

func renderL7Policy(p service.L7Policy) rendering { return viewL7Policy(p) }

func viewL7Policy(p service.L7Policy) l7PolicyView {
	view := l7PolicyView{
		common: newCommon(p.Resource), Description: p.Description, ListenerID: p.ListenerID, Action: string(p.Action),
		RedirectPoolID: orNull(p.RedirectPoolID), RedirectURL: orNull(p.RedirectURL), RedirectPrefix: orNull(p.RedirectPrefix),
		Position: p.Position, Rules: references(p.RuleIDs...),
	}
	if p.RedirectHTTPCode != 0 {
		view.RedirectHTTPCode = &p.RedirectHTTPCode
	}
	return view
}

// l7RuleView has all that is common but a name.
type l7RuleView struct {
	ID                 string   `json:"id"`
	ProjectID          string   `json:"project_id"`
	TenantID           string   `json:"tenant_id"`
	AdminStateUp       bool     `json:"admin_state_up"`
	ProvisioningStatus string   `json:"provisioning_status"`
	OperatingStatus    string   `json:"operating_status"`
	CreatedAt          *string  `json:"created_at"`
	UpdatedAt          *string  `json:"updated_at"`
	Tags               []string `json:"tags"`
	Type               string   `json:"type"`
	CompareType        string   `json:"compare_type"`
	Key                *string  `json:"key"`
	Value              string   `json:"value"`
	Invert             bool     `json:"invert"`
}

func (v l7RuleView) identity() string { return v.ID }

func renderL7Rule(r service.L7Rule) rendering {
	c := newCommon(r.Resource)
	return l7RuleView{
		ID: c.ID, ProjectID: c.ProjectID, TenantID: c.TenantID, AdminStateUp: c.AdminStateUp,
		ProvisioningStatus: c.ProvisioningStatus, OperatingStatus: c.OperatingStatus,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Tags: c.Tags,
		Type: string(r.Type), CompareType: string(r.CompareType), Key: orNull(r.Key), Value: r.Value, Invert: r.Invert,
	}
}

// l7PolicyStatus is an L7 policy in a load balancer's status tree: in the API reference, forgotten by Octavia.
type l7PolicyStatus struct {
	statusView
	Action string         `json:"action"`
	Rules  []l7RuleStatus `json:"rules"`
}

type l7RuleStatus struct {
	ID                 string `json:"id"`
	Type               string `json:"type"`
	ProvisioningStatus string `json:"provisioning_status"`
	OperatingStatus    string `json:"operating_status"`
}

func renderL7Status(t *lbaas.Tree, listenerID string) []l7PolicyStatus {
	views := []l7PolicyStatus{}
	for _, p := range t.L7PoliciesOf(listenerID) {
		view := l7PolicyStatus{statusView: newStatusView(p.Resource), Action: string(p.Action), Rules: []l7RuleStatus{}}
		for _, r := range t.L7RulesOf(p.ID) {
			view.Rules = append(view.Rules, l7RuleStatus{
				ID: r.ID, Type: string(r.Type), ProvisioningStatus: string(r.ProvisioningStatus), OperatingStatus: string(r.OperatingStatus),
			})
		}
		views = append(views, view)
	}
	return views
}
