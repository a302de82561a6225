package policy_test

import (
	_ "embed"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/policy"
)

// oracle is what oslo.policy itself decided, with Octavia's rules; oracle.py beside it made it.
//
//go:embed testdata/oracle.json
var oracleJSON []byte

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
	Decisions []struct {
		New, Scope bool
		Who        person
		Project    string
		Allowed    string // a 1 for each of Defaults that is, else a 0
	}
}

func readOracle(t *testing.T) oracle {
	t.Helper()
	var o oracle
	if err := json.Unmarshal(oracleJSON, &o); err != nil {
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

// With all settings, everybody may do exactly what oslo.policy lets them do.
func TestDecisionsAreOsloPolicys(t *testing.T) {
	o := readOracle(t)
	policies := map[policy.Options]*policy.Policy{}
	for _, d := range o.Decisions {
		options := policy.Options{EnforceNewDefaults: d.New, EnforceScope: d.Scope}
		if policies[options] == nil {
			p, err := policy.New(options)
			if err != nil {
				t.Fatal(err)
			}
			policies[options] = p
		}
		bearer := policies[options].Bearer(d.Who.credentials())
		for i, rule := range o.Defaults {
			if got, want := bearer.May(rule.Name, policy.OfProject(d.Project)), d.Allowed[i] == '1'; got != want {
				t.Errorf("%+v, %+v, an object of %q: %s is allowed %v, by oslo.policy %v", options, d.Who, d.Project, rule.Name, got, want)
			}
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
