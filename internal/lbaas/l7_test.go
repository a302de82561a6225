package lbaas_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func pathRule(compare lbaas.L7CompareType, value string, invert bool) lbaas.L7Rule {
	return lbaas.L7Rule{
		Resource: lbaas.Resource{AdminStateUp: true}, Type: lbaas.L7Path, CompareType: compare, Value: value, Invert: invert,
	}
}

// Whatever one condition on the path is found for several rules, it holds where all of them do and nowhere else.
func TestOnePathConditionSaysAllOfThem(t *testing.T) {
	texts := rapid.StringMatching(`[/ab.]{1,4}`)
	compares := []lbaas.L7CompareType{lbaas.L7StartsWith, lbaas.L7EndsWith, lbaas.L7Contains, lbaas.L7EqualTo, lbaas.L7Regex}
	rapid.Check(t, func(t *rapid.T) {
		var rules []lbaas.L7Rule
		for range rapid.IntRange(1, 4).Draw(t, "rules") {
			rules = append(rules, pathRule(
				rapid.SampledFrom(compares).Draw(t, "compare"), texts.Draw(t, "value"), rapid.Bool().Draw(t, "invert"),
			))
		}
		m, err := lbaas.MatchOf(rules)
		if errors.Is(err, lbaas.KindUnsupported) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			path := "/" + rapid.StringMatching(`[/ab.]{0,6}`).Draw(t, "path")
			want := !slices.ContainsFunc(rules, func(r lbaas.L7Rule) bool {
				return !lbaas.L7Condition{Compare: r.CompareType, Value: r.Value, Not: r.Invert}.Holds(path)
			})
			if got := m.Path.Holds(path); got != want {
				t.Errorf("%s: %v by %+v, want %v by %+v", path, got, *m.Path, want, rules)
			}
		}
	})
}

func TestMatchOf(t *testing.T) {
	rule := func(typ lbaas.L7RuleType, key, value string) lbaas.L7Rule {
		return lbaas.L7Rule{
			Resource: lbaas.Resource{AdminStateUp: true}, Type: typ, CompareType: lbaas.L7EqualTo, Key: key, Value: value,
		}
	}
	off := rule(lbaas.L7Cookie, "other", "x")
	off.AdminStateUp = false
	equal := func(value string) lbaas.L7Condition { return lbaas.L7Condition{Compare: lbaas.L7EqualTo, Value: value} }
	got, err := lbaas.MatchOf([]lbaas.L7Rule{
		rule(lbaas.L7HostName, "", "a"), rule(lbaas.L7HostName, "", "b"), rule(lbaas.L7Header, "X", `"with blanks"`),
		rule(lbaas.L7Cookie, "c", "v"), rule(lbaas.L7Cookie, "c", "v"), off, rule(lbaas.L7FileType, "", "png"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want := lbaas.L7Match{
		Hosts:   []lbaas.L7Condition{equal("a"), equal("b")},
		Headers: []lbaas.L7KeyedCondition{{Key: "X", L7Condition: equal("with blanks")}},
		Cookie:  &lbaas.L7KeyedCondition{Key: "c", L7Condition: equal("v")},
		Path:    &lbaas.L7Condition{Compare: lbaas.L7EndsWith, Value: ".png"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("match (-want +got):\n%s", diff)
	}
}

// What Avi has one condition on the path for, and what not.
func TestPathRulesTogether(t *testing.T) {
	starts, ends := lbaas.L7StartsWith, lbaas.L7EndsWith
	contains, equals, regex := lbaas.L7Contains, lbaas.L7EqualTo, lbaas.L7Regex
	for _, test := range []struct {
		name  string
		rules []lbaas.L7Rule
		want  string // the condition; empty when there is none
	}{
		{"one", []lbaas.L7Rule{pathRule(starts, "/a", true)}, "not STARTS_WITH /a"},
		{"the same twice", []lbaas.L7Rule{pathRule(regex, "a+", false), pathRule(regex, "a+", false)}, "REGEX a+"},
		{"one within the other", []lbaas.L7Rule{pathRule(starts, "/a", false), pathRule(starts, "/a/b", false)}, "STARTS_WITH /a/b"},
		{"a path that fulfils the other", []lbaas.L7Rule{pathRule(regex, "^/a", false), pathRule(equals, "/ab", false)}, "EQUAL_TO /ab"},
		{"what is excluded anyway", []lbaas.L7Rule{pathRule(starts, "/a", false), pathRule(starts, "/b", true)}, "STARTS_WITH /a"},
		{"none of several", []lbaas.L7Rule{pathRule(starts, "/a.", true), pathRule(ends, "b", true)}, `not REGEX ^/a\.|b$`},
		{"begin and end", []lbaas.L7Rule{pathRule(ends, "ab", false), pathRule(starts, "/aa", false)}, `REGEX ^(?:/aa.*ab|/aab)$`},
		{"begin without a part", []lbaas.L7Rule{pathRule(starts, "/a", false), pathRule(starts, "/a/b", true)}, ""},
		{"contains two", []lbaas.L7Rule{pathRule(contains, "a", false), pathRule(contains, "b", false)}, ""},
		{"two that exclude each other", []lbaas.L7Rule{pathRule(equals, "/a", false), pathRule(equals, "/b", false)}, ""},
		{"a regex and more", []lbaas.L7Rule{pathRule(regex, "a", false), pathRule(starts, "/b", false)}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := lbaas.MatchOf(test.rules)
			got := ""
			if err == nil {
				got = fmt.Sprint(m.Path.Compare, " ", m.Path.Value)
				if m.Path.Not {
					got = "not " + got
				}
			}
			if got != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
		})
	}
}

func TestTargetOfARedirection(t *testing.T) {
	for _, test := range []struct {
		url  string
		want lbaas.L7Target
	}{
		{"HTTP://www.example.org", lbaas.L7Target{Scheme: "http", Host: "www.example.org", Port: 80}},
		{"https://www.example.org:8443/a%2Fb?c=d&e", lbaas.L7Target{
			Scheme: "https", Host: "www.example.org", Port: 8443, Path: "/a%2Fb", Query: "c=d&e",
		}},
		{"https://[2001:db8::1]/", lbaas.L7Target{Scheme: "https", Host: "2001:db8::1", Port: 443, Path: "/"}},
	} {
		p, err := lbaas.NewL7Policy(lbaas.L7PolicyInput{
			ListenerID: lbaas.Given("l"), Action: lbaas.Given(lbaas.L7RedirectToURL), RedirectURL: lbaas.Given(test.url),
		})
		if err != nil {
			t.Errorf("%s: %v", test.url, err)
			continue
		}
		if diff := cmp.Diff(test.want, p.Target()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.url, diff)
		}
	}
}

func TestInEffect(t *testing.T) {
	up := lbaas.Resource{AdminStateUp: true}
	policy := lbaas.L7Policy{Resource: up, ListenerID: "l", Action: lbaas.L7RedirectToPool, RedirectPoolID: "p"}
	policy.ID = "policy"
	rule := pathRule(lbaas.L7Contains, "a", false)
	rule.PolicyID = "policy"
	whole := func() *lbaas.Tree {
		pool := lbaas.Pool{Resource: up}
		pool.ID = "p"
		listener := lbaas.Listener{Resource: up, Protocol: lbaas.ListenerHTTP}
		listener.ID = "l"
		return &lbaas.Tree{
			Listeners: []lbaas.Listener{listener}, Pools: []lbaas.Pool{pool},
			L7Policies: []lbaas.L7Policy{policy}, L7Rules: []lbaas.L7Rule{rule},
		}
	}
	for name, test := range map[string]struct {
		change func(*lbaas.Tree)
		want   bool
	}{
		"as it is":       {func(*lbaas.Tree) {}, true},
		"policy down":    {func(t *lbaas.Tree) { t.L7Policies[0].AdminStateUp = false }, false},
		"policy doomed":  {func(t *lbaas.Tree) { t.L7Policies[0].Doomed = true }, false},
		"rule down":      {func(t *lbaas.Tree) { t.L7Rules[0].AdminStateUp = false }, false},
		"rule doomed":    {func(t *lbaas.Tree) { t.L7Rules[0].Doomed = true }, false},
		"another's rule": {func(t *lbaas.Tree) { t.L7Rules[0].PolicyID = "x" }, false},
		"pool down":      {func(t *lbaas.Tree) { t.Pools[0].AdminStateUp = false }, false},
		"pool doomed":    {func(t *lbaas.Tree) { t.Pools[0].Doomed = true }, false},
		"pool not there": {func(t *lbaas.Tree) { t.Pools = nil }, false},
		"no pool to go to": {func(t *lbaas.Tree) {
			t.L7Policies[0].Action, t.L7Policies[0].RedirectPoolID, t.Pools = lbaas.L7Reject, "", nil
		}, true},
	} {
		tree := whole()
		test.change(tree)
		if got := tree.InEffect(&tree.L7Policies[0]); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
		if got := len(tree.ListenersOf("p")) == 1; got != (test.want && tree.Pools != nil) {
			t.Errorf("%s: the listener is one of the pool's: %v", name, got)
		}
	}
}

func TestPlaceAt(t *testing.T) {
	for _, test := range []struct {
		id       string
		position int
		want     []string
	}{
		{"x", 1, []string{"x", "a", "b", "c"}},
		{"x", 3, []string{"a", "b", "x", "c"}},
		{"x", 4, []string{"a", "b", "c", "x"}},
		{"x", lbaas.MaxL7Position, []string{"a", "b", "c", "x"}},
		{"a", 2, []string{"b", "a", "c"}},
		{"a", 3, []string{"b", "c", "a"}},
		{"c", 1, []string{"c", "a", "b"}},
		{"b", 2, []string{"a", "b", "c"}},
	} {
		if diff := cmp.Diff(test.want, lbaas.PlaceAt([]string{"a", "b", "c"}, test.id, test.position)); diff != "" {
			t.Errorf("%s at %d (-want +got):\n%s", test.id, test.position, diff)
		}
	}
}

// A listener has its default pool and those that its policies redirect to, as far as they are enabled and have rules.
func TestPoolsOfAListener(t *testing.T) {
	policy := func(id, pool string, enabled bool) lbaas.L7Policy {
		return lbaas.L7Policy{
			Resource: lbaas.Resource{ID: id, AdminStateUp: enabled}, ListenerID: "l", Action: lbaas.L7RedirectToPool, RedirectPoolID: pool,
		}
	}
	tree := lbaas.Tree{
		Listeners: []lbaas.Listener{{Resource: lbaas.Resource{ID: "l"}, DefaultPoolID: "default"}},
		L7Policies: []lbaas.L7Policy{
			policy("on", "redirected", true), policy("again", "redirected", true), policy("same", "default", true),
			policy("off", "other", false), policy("empty", "other", true),
		},
	}
	for _, id := range []string{"other", "redirected", "default"} {
		tree.Pools = append(tree.Pools, lbaas.Pool{Resource: lbaas.Resource{ID: id}})
	}
	for _, id := range []string{"on", "again", "same", "off"} {
		tree.L7Rules = append(tree.L7Rules, lbaas.L7Rule{Resource: lbaas.Resource{AdminStateUp: true}, PolicyID: id})
	}
	var got []string
	for _, p := range tree.PoolsOf(&tree.Listeners[0]) {
		got = append(got, p.ID)
	}
	if diff := cmp.Diff([]string{"default", "redirected"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
