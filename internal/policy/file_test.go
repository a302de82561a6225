package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/policy"
)

// load reads one file and puts it in force.
func load(content string) (*policy.Policy, error) {
	rules, err := policy.ParseFile("policy.yaml", []byte(content))
	if err != nil {
		return nil, err
	}
	return policy.New(policy.Options{}, rules...)
}

// A mistake is told with the file, the line and the rule that have it, and what to do.
func TestMistakesAreToldWithTheirPlace(t *testing.T) {
	for _, test := range []struct{ name, content, want string }{
		{"no check", "# roles\n\n\"a\": \"member\"\n", `policy.yaml:3: rule "a": "member" is no check: one is @, ! or kind:value`},
		{"no operator", "a: 'role:x role:y'", `policy.yaml:1: rule "a": "role:y" is not expected here: checks are joined by and, or`},
		{"nothing behind", "a: 'role:x or'", `policy.yaml:1: rule "a": a check is missing at the end`},
		{"nothing before", "a: 'and role:x'", `policy.yaml:1: rule "a": a check is missing before "and"`},
		{"an open parenthesis", "a: '(role:x'", `policy.yaml:1: rule "a": a parenthesis is not closed`},
		{
			"another server", "a: 'http://example.org/%(project_id)s'",
			`policy.yaml:1: rule "a": "http://example.org/%(project_id)s" asks another server for the decision, which is not supported: write the rule here`,
		},
		{
			"TLS to another server", "a: 'https://example.org'",
			`policy.yaml:1: rule "a": "https://example.org" asks another server for the decision, which is not supported: write the rule here`,
		},
		{
			"a template", "a: 'project_id:%(project_id)d'",
			`policy.yaml:1: rule "a": "%(project_id)d": a % stands before (attribute)s, or before another %`,
		},
		{"a quote", "a: \"'x:y\"", `policy.yaml:1: rule "a": 'x: a quoted text ends with the quote that it begins with, and has neither that nor a backslash inside`},
		{"no rule", "a:\n", `policy.yaml:1: rule "a": a rule is missing; to allow everybody write "@", to allow nobody "!"`},
		{"no text", "a: 5\n", `policy.yaml:1: rule "a": a rule is a text, or a list of lists of checks`},
		{"a list of numbers", "a: [[5]]\n", `policy.yaml:1: rule "a": 5 is no check: it is no text`},
		{"no object", "- a\n", `policy.yaml:1: a policy file is an object of names and rules`},
		{"no YAML", "a: 'x\n", `policy.yaml: yaml: line 2: found unexpected end of stream`},
		{"two documents", "a: '@'\n---\nb: '@'\n", `policy.yaml: a policy file is one document, and this one goes on after it`},
		{"no such rule", "a: '@'\nb: 'rule:c'\n", `policy.yaml:2: rule "b": there is no rule "c"`},
		{"itself", "a: 'not rule:a'\n", `policy.yaml:1: rule "a": it refers to itself: a -> a`},
		{"a circle", "a: 'rule:b'\nb: 'role:x or (rule:a)'\n", `policy.yaml:1: rule "a": it refers to itself: a -> b -> a`},
		{
			"a circle through a default", "load-balancer:owner: 'rule:load-balancer:member_and_owner'\n",
			`policy.yaml:1: rule "load-balancer:owner": it refers to itself: load-balancer:member_and_owner -> load-balancer:owner -> load-balancer:member_and_owner`,
		},
		{"too deep", "a: '" + strings.Repeat("(", 500) + "@" + strings.Repeat(")", 500) + "'", `policy.yaml:1: rule "a": nested more than 100 deep`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := load(test.content)
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestAllMistakesAreToldAtOnce(t *testing.T) {
	_, err := load("a: 'x'\nb: 'y'\nc: '@'\n")
	if err == nil || strings.Count(err.Error(), "is no check") != 2 {
		t.Errorf("got %v", err)
	}
}

// YAML, JSON, and the forms of old say the same.
func TestOneRuleInEveryForm(t *testing.T) {
	for _, content := range []string{
		`a: role:x and user_id:u`, `"a": "role:x and user_id:u"`, "a: >\n  role:x\n  and user_id:u\n",
		"---\n# comment\na: [[\"role:x\", \"user_id:u\"]]\n", `{"a": "role:x and user_id:u"}`, `{"a": [["role:x", "user_id:u"]]}`,
		"{\n\t\"a\":\t\"role:x and user_id:u\"\n}", "z: &same 'role:x and user_id:u'\na: *same\n",
	} {
		p, err := load(content)
		if err != nil {
			t.Errorf("%s: %v", content, err)
			continue
		}
		if text, _ := p.Text("a"); text != "(role:x and user_id:u)" {
			t.Errorf("%s is %s", content, text)
		}
	}
	for _, content := range []string{"", "# nothing\n", "---\n", "{}", "null"} {
		if rules, err := policy.ParseFile("f", []byte(content)); err != nil || rules != nil {
			t.Errorf("%q has the rules %v (%v), want none", content, rules, err)
		}
	}
}

// What stops nothing and is odd all the same is told.
func TestOdditiesAreTold(t *testing.T) {
	p, err := load(`"os_load-balancer_api:pool:get": "@"
"mine": "role:x"
"load-balancer:read": "rule:mine or tenant_name:y"
"load-balancer:read": "rule:mine or user_name:%(user_name)s"
"default": "!"
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`policy.yaml:1: rule "os_load-balancer_api:pool:get": nothing asks for it: Octavia has no rule of this name, and no other rule refers to it`,
		`policy.yaml:3: rule "load-balancer:read": tenant_name:y never matches: credentials have no attribute tenant_name`,
		`policy.yaml:4: rule "load-balancer:read": it replaces the one of line 3`,
		`policy.yaml:4: rule "load-balancer:read": user_name:%(user_name)s never matches: credentials have no attribute user_name`,
	}
	if diff := cmp.Diff(want, p.Warnings()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if w := policy.Default().Warnings(); len(w) > 0 {
		t.Errorf("Octavia's own rules are odd: %v", w)
	}
}

// A default rule stands in for those that there are not; without one, what has no rule is nobody's.
func TestTheDefaultRule(t *testing.T) {
	anybody := policy.Credentials{UserID: "u"}
	for _, test := range []struct {
		content, fallback string
		want              bool
	}{
		{"", "", false},
		{"default: '@'", "", true},
		{"default: '!'", "", false},
		{"default: '@'", "another", false},
		{"another: '@'", "another", true},
		{"default: 'rule:nothing'\nnothing: '@'", "", true},
	} {
		rules, err := policy.ParseFile("f", []byte(test.content))
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.New(policy.Options{DefaultRule: test.fallback}, rules...)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Bearer(anybody).May("no:such:rule", nil); got != test.want {
			t.Errorf("%q with %q: allowed %v, want %v", test.content, test.fallback, got, test.want)
		}
	}
	if p, err := load("default: '@'\na: 'rule:missing'"); err != nil || !p.Bearer(anybody).May("a", nil) {
		t.Errorf("a reference to no rule does not lead to the default rule: %v", err)
	}
}

// The sample, with its comment signs taken out, is the policy that there is without it.
func TestTheSampleSaysTheDefaults(t *testing.T) {
	for _, roles := range []policy.RoleSet{policy.LoadBalancerRoles, policy.KeystoneRoles, policy.BothRoles} {
		var sample strings.Builder
		if err := policy.WriteSample(&sample, roles); err != nil {
			t.Fatal(err)
		}
		p, err := load(strings.ReplaceAll(sample.String(), "\n#\"", "\n\""))
		if err != nil {
			t.Fatal(err)
		}
		q, err := policy.New(policy.Options{Roles: roles})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range q.Names() {
			want, _ := q.Text(name)
			if got, _ := p.Text(name); got != want {
				t.Errorf("the sample has %s for %s, want %s", got, name, want)
			}
		}
	}
}

func TestEverybodyIsAnAdministratorWithoutAuthentication(t *testing.T) {
	b := policy.Default().Bearer(policy.Credentials{NoAuth: true})
	if !b.May(policy.ActionName("flavor", "post"), policy.OfProject("")) {
		t.Error("somebody may not do something with auth_strategy = noauth")
	}
}

// Whatever is in a file, reading it ends, and what is read can be judged by and written again.
func FuzzParseFile(f *testing.F) {
	for _, seed := range []string{
		"a: 'role:x and (not user_id:%(user_id)s or @)'", `{"a": [["role:x"], "!"]}`, "a: &a [*a]", "a: \"'x':%%\"", "? [x]\n: '@'", "a: !!binary x",
		"<<: {a: '@'}", "a: rule:a", "\t", "a: 'not not not @'",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		rules, err := policy.ParseFile("f", []byte(content))
		if err != nil {
			return
		}
		p, err := policy.New(policy.Options{}, rules...)
		if err != nil {
			return
		}
		bearer := p.Bearer(policy.Credentials{UserID: "u", ProjectID: "p", Roles: []string{"x"}})
		for _, r := range rules {
			before := bearer.May(r.Name, policy.OfProject("p"))
			text, _ := p.Text(r.Name)
			again, err := policy.ParseFile("g", must(json.Marshal(map[string]string{"again": text})))
			if err != nil {
				t.Fatalf("%q is written as %q: %v", r.Name, text, err)
			}
			q, err := policy.New(policy.Options{}, append(rules, again...)...)
			if err != nil {
				t.Fatal(err)
			}
			if after := q.Bearer(policy.Credentials{UserID: "u", ProjectID: "p", Roles: []string{"x"}}).May("again", policy.OfProject("p")); after != before {
				t.Errorf("%q, written as %q, means something else", r.Name, text)
			}
		}
	})
}
