package policy_test

import (
	_ "embed"
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/policy"
)

// oracle is what oslo.policy itself decided, with Octavia's rules; oracle.py beside it made it.
//
//go:embed testdata/oracle.json
var oracleJSON []byte

// releasedJSON is the same of Octavia's release 2024.1, whose rules know the load-balancer_* roles only.
//
//go:embed testdata/released.json
var releasedJSON []byte

type person struct {
	UserID        string   `json:"user_id"`
	ProjectID     string   `json:"project_id"`
	DomainID      string   `json:"domain_id"`
	SystemScope   string   `json:"system_scope"`
	Roles         []string `json:"roles"`
	ServiceRoles  []string `json:"service_roles"`
	ServiceUserID string   `json:"service_user_id"`
}

func (p person) credentials() policy.Credentials {
	return policy.Credentials{
		UserID: p.UserID, ProjectID: p.ProjectID, DomainID: p.DomainID, SystemScope: p.SystemScope, Roles: p.Roles,
		Service: policy.ServiceCredentials{UserID: p.ServiceUserID, Roles: p.ServiceRoles},
	}
}

type oracle struct {
	Defaults []struct {
		Name, Rule, Deprecated string
		Scopes                 []string
	}
	Who      person
	Target   policy.Target
	Language []struct {
		Rule            json.RawMessage
		Failed, Allowed bool
	}
	Decisions []decision
}

type decision struct {
	New, Scope bool
	Who        person
	Project    string
	Allowed    string // a 1 for each of Defaults that is, else a 0
}

func readOracle(t *testing.T) oracle { return decoded(t, oracleJSON) }

func decoded(t *testing.T, content []byte) oracle {
	t.Helper()
	var o oracle
	if err := json.Unmarshal(content, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// The names, rules and scopes are those of Octavia, one by one.
func TestDefaultsAreOctavias(t *testing.T) {
	type rule struct {
		Text, Deprecated string
		Scopes           string
	}
	want, got := map[string]rule{}, map[string]rule{}
	for _, d := range readOracle(t).Defaults {
		want[d.Name] = rule{d.Rule, d.Deprecated, join(d.Scopes)}
	}
	for _, d := range policy.Defaults() {
		got[d.Name] = rule{d.Text, d.Deprecated, join(d.Scopes)}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-Octavia +ours):\n%s", diff)
	}
}

func join(all []string) (text string) {
	for _, one := range all {
		text += one + " "
	}
	return text
}

// With Keystone's roles and with both sets, everybody may do exactly what oslo.policy lets them do with the newest Octavia.
func TestDecisionsAreOsloPolicys(t *testing.T) {
	o, judges := readOracle(t), judges{}
	for _, d := range o.Decisions {
		options := policy.Options{Roles: policy.BothRoles, EnforceScope: d.Scope}
		if d.New {
			options.Roles = policy.KeystoneRoles
		}
		bearer := judges.bearer(t, options, d.Who)
		for i, rule := range o.Defaults {
			if got, want := bearer.May(rule.Name, policy.OfProject(d.Project)), d.Allowed[i] == '1'; got != want {
				t.Errorf("%+v, %+v, an object of %q: %s is allowed %v, by oslo.policy %v", options, d.Who, d.Project, rule.Name, got, want)
			}
		}
	}
}

// With the load-balancer_* roles alone, everybody may do exactly what a release of Octavia's allows that knows no others. What is
// newer than that release is left: rules that it does not have, and that services may list members.
func TestDecisionsAreThoseOfAReleaseWithLoadBalancerRoles(t *testing.T) {
	o := decoded(t, releasedJSON)
	ours := map[string]bool{}
	for _, rule := range policy.Defaults() {
		ours[rule.Name] = true
	}
	judges := judges{}
	for _, d := range o.Decisions {
		bearer := judges.bearer(t, policy.Options{Roles: policy.LoadBalancerRoles, EnforceScope: d.Scope}, d.Who)
		for i, rule := range o.Defaults {
			service := rule.Name == policy.ActionName("member", "get_all") && slices.Contains(d.Who.Roles, "service")
			got, want := bearer.May(rule.Name, policy.OfProject(d.Project)), d.Allowed[i] == '1'
			if ours[rule.Name] && !service && got != want {
				t.Errorf("%+v, an object of %q: %s is allowed %v, by oslo.policy %v", d.Who, d.Project, rule.Name, got, want)
			}
		}
	}
}

// judges are policies by the options that they were made with.
type judges map[policy.Options]*policy.Policy

func (j judges) bearer(t *testing.T, options policy.Options, who person) *policy.Bearer {
	t.Helper()
	if j[options] == nil {
		p, err := policy.New(options)
		if err != nil {
			t.Fatal(err)
		}
		j[options] = p
	}
	return j[options].Bearer(who.credentials())
}

// Whom a rule refuses is told which roles would do: each of them alone does, and no other that the rules speak of.
func TestWhichRolesWouldDo(t *testing.T) {
	file, err := policy.ParseFile("f", []byte(`{"os_load-balancer_api:pool:delete": "role:undertaker and role:member", "a": "!"}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		roles               policy.RoleSet
		has, resource, verb string
		project             string
		want                []string
	}{
		{policy.LoadBalancerRoles, "member", "loadbalancer", "post", "own", []string{"admin", "load-balancer_admin", "load-balancer_member"}},
		{policy.LoadBalancerRoles, "member", "loadbalancer", "post", "other", []string{"admin", "load-balancer_admin"}},
		{policy.KeystoneRoles, "creator", "loadbalancer", "get_one", "own", []string{"admin", "member", "reader"}},
		{policy.LoadBalancerRoles, "member", "pool", "delete", "own", []string{"undertaker"}},
		{policy.LoadBalancerRoles, "member", "pool", "paint", "own", nil},
	} {
		p, err := policy.New(policy.Options{Roles: test.roles}, file...)
		if err != nil {
			t.Fatal(err)
		}
		bearer := p.Bearer(policy.Credentials{ProjectID: "own", Roles: []string{test.has}})
		got := bearer.Missing(policy.ActionName(test.resource, test.verb), policy.OfProject(test.project))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", test, diff)
		}
	}
}

// The language means what it means there. What does not parse there, and then allows nobody, is refused here.
func TestTheLanguageIsOsloPolicys(t *testing.T) {
	o := readOracle(t)
	for _, l := range o.Language {
		file, err := json.Marshal(map[string]any{"asked": l.Rule, "yes": "@", "no": "!", "missing": "!"})
		if err != nil {
			t.Fatal(err)
		}
		rules, err := policy.ParseFile("rules.json", file)
		if (err != nil) != l.Failed {
			t.Errorf("%s: refused with %v, oslo.policy fails: %v", l.Rule, err, l.Failed)
		}
		if err != nil {
			continue
		}
		p, err := policy.New(policy.Options{}, rules...)
		if err != nil {
			t.Fatalf("%s: %v", l.Rule, err)
		}
		if got := p.Bearer(o.Who.credentials()).May("asked", o.Target); got != l.Allowed {
			t.Errorf("%s: allowed %v, by oslo.policy %v", l.Rule, got, l.Allowed)
		}
		// What a rule is written as means the same.
		text, _ := p.Text("asked")
		again, err := policy.ParseFile("again.json", must(json.Marshal(map[string]string{"asked": text, "yes": "@", "no": "!", "missing": "!"})))
		if err != nil {
			t.Fatalf("%s is written as %s: %v", l.Rule, text, err)
		}
		q, err := policy.New(policy.Options{}, again...)
		if err != nil {
			t.Fatal(err)
		}
		if got := q.Bearer(o.Who.credentials()).May("asked", o.Target); got != l.Allowed {
			t.Errorf("%s is written as %s, which means something else", l.Rule, text)
		}
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}
