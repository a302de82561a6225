package policy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// RoleSet says which roles the defaults know, besides admin.
type RoleSet int

// The sets of roles.
const (
	// LoadBalancerRoles are load-balancer_member and its kin, those of Octavia's releases up to 2024.2 without a policy file: a
	// member of a project without one of them may do nothing.
	LoadBalancerRoles RoleSet = iota
	// KeystoneRoles are member and reader, those of the releases since then.
	KeystoneRoles
	// BothRoles are all of these, what the newest release does while oslo.policy does not enforce the new defaults.
	BothRoles
)

// Options are those of [oslo_policy] that shape the rules.
type Options struct {
	// Roles are those that the defaults know.
	Roles RoleSet
	// EnforceScope refuses tokens of another scope than a rule is for. Octavia's rules of API calls are for every scope; only
	// context_is_admin, which decides who is an administrator, is for tokens of projects.
	EnforceScope bool
	// DefaultRule is the name of the rule that stands in for those that there are not; empty is "default". There need be none
	// of that name.
	DefaultRule string
}

// Policy is a set of rules in force. It does not change and is safe for concurrent use.
type Policy struct {
	rules    ruleTable
	scopes   map[string][]string
	enforced bool // the scopes
	warnings []string
}

// contextIsAdmin is the rule that decides what is_admin:True means.
const contextIsAdmin = "context_is_admin"

// New puts Octavia's defaults and the rules of policy files together: of rules of one name the last one wins. The error joins
// all mistakes, an *Error each.
func New(o Options, overrides ...Rule) (*Policy, error) {
	p := &Policy{
		rules:  ruleTable{checks: map[string]check{}, fallback: o.DefaultRule},
		scopes: map[string][]string{}, enforced: o.EnforceScope,
	}
	if p.rules.fallback == "" {
		p.rules.fallback = "default"
	}
	for _, d := range Defaults() {
		c, err := parseRule(d.text(o.Roles))
		if err != nil {
			return nil, fmt.Errorf("the default of rule %s: %w", d.Name, err)
		}
		p.rules.checks[d.Name], p.scopes[d.Name] = c, d.Scopes
	}
	lines := map[string]Rule{}
	for _, r := range overrides {
		p.warn(r, lines)
		p.rules.checks[r.Name], lines[r.Name] = r.check, r
	}
	return p, p.verify(lines)
}

// Default is Octavia's policy without any file.
func Default() *Policy {
	p, err := New(Options{})
	if err != nil {
		panic("policy: Octavia's defaults are broken: " + err.Error()) // a test shows that they are not
	}
	return p
}

// Warnings are the oddities of the files that stop nothing: rules that nothing asks for, and checks that can never match.
func (p *Policy) Warnings() []string { return p.warnings }

func (p *Policy) warn(r Rule, before map[string]Rule) {
	say := func(format string, args ...any) {
		p.warnings = append(p.warnings, r.position()+fmt.Sprintf(format, args...))
	}
	if earlier, twice := before[r.Name]; twice && earlier.File == r.File {
		say("it replaces the one of line %d", earlier.Line)
	}
	for c := range leaves(r.check) {
		if a, ok := c.(attributeCheck); ok && !known(a.path) {
			say("%s never matches: credentials have no attribute %s", a, a.path)
		}
	}
}

// verify wants every reference to lead to a rule, and none to lead back to where it came from.
func (p *Policy) verify(lines map[string]Rule) error {
	var errs []error
	used := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(p.rules.checks)) {
		for c := range leaves(p.rules.checks[name]) {
			to, ok := c.(reference)
			if !ok {
				continue
			}
			used[string(to)] = true
			if _, found := p.rules.find(string(to)); !found {
				errs = append(errs, &Error{Rule: ruleAt(lines, name), Reason: fmt.Sprintf("there is no rule %q", string(to))})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		_, registered := p.scopes[name]
		if !registered && !used[name] && name != p.rules.fallback {
			p.warnings = append(p.warnings, lines[name].position()+"nothing asks for it: Octavia has no rule of this name, and no other rule refers to it")
		}
	}
	if len(errs) == 0 {
		errs = append(errs, p.circles(lines))
	}
	slices.Sort(p.warnings)
	return errors.Join(errs...)
}

func ruleAt(lines map[string]Rule, name string) Rule {
	if r, ok := lines[name]; ok {
		return r
	}
	return Rule{Name: name} // one of the defaults
}

// circles finds rules that refer to themselves, maybe by way of others: judging by them would never end.
func (p *Policy) circles(lines map[string]Rule) error {
	const open, done = 1, 2
	state := map[string]int{}
	var path []string
	var visit func(name string) error
	visit = func(name string) error {
		if _, ok := p.rules.checks[name]; !ok {
			name = p.rules.fallback
		}
		switch state[name] {
		case done:
			return nil
		case open:
			circle := append(slices.Clone(path[slices.Index(path, name):]), name)
			return &Error{Rule: ruleAt(lines, blamed(circle, lines)), Reason: "it refers to itself: " + strings.Join(circle, " -> ")}
		}
		state[name] = open
		path = append(path, name)
		for c := range leaves(p.rules.checks[name]) {
			if to, ok := c.(reference); ok {
				if err := visit(string(to)); err != nil {
					return err
				}
			}
		}
		path = path[:len(path)-1]
		state[name] = done
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(p.rules.checks)) {
		if err := visit(name); err != nil {
			return err
		}
	}
	return nil
}

// blamed is a rule of a circle that a file has: the defaults by themselves have none.
func blamed(circle []string, lines map[string]Rule) string {
	for _, name := range circle {
		if _, ok := lines[name]; ok {
			return name
		}
	}
	return circle[0]
}

// leaves walks over the checks of a rule that have no checks in them.
func leaves(c check) func(yield func(check) bool) {
	return func(yield func(check) bool) { walk(c, yield) }
}

func walk(c check, yield func(check) bool) bool {
	var inner []check
	switch c := c.(type) {
	case inverse:
		inner = []check{c.of}
	case every:
		inner = c
	case either:
		inner = c
	default:
		return yield(c)
	}
	for _, one := range inner {
		if !walk(one, yield) {
			return false
		}
	}
	return true
}

// Bearer is somebody under a policy. It is safe for concurrent use.
type Bearer struct {
	policy  *Policy
	who     Credentials
	request request
	scope   string
}

// Bearer looks at somebody's credentials once, for all questions of a request.
func (p *Policy) Bearer(c Credentials) *Bearer {
	b := &Bearer{policy: p, who: c, scope: c.scope(), request: request{rules: p.rules, creds: c.attributes(), roles: c.Roles}}
	// The rule that decides it sees the credentials as its target, and nobody is an administrator yet.
	self := Target{"project_id": c.ProjectID, "user_id": c.UserID, "domain_id": c.DomainID}
	b.request.admin = c.NoAuth || b.May(contextIsAdmin, self)
	return b
}

// May says whether the rule of an action lets the bearer do it to a target. An action without a rule is nobody's, unless there
// is a default rule.
func (b *Bearer) May(action string, target Target) bool {
	rule, ok := b.policy.rules.find(action)
	if !ok {
		return false
	}
	if scopes := b.policy.scopes[action]; b.policy.enforced && len(scopes) > 0 && !slices.Contains(scopes, b.scope) {
		return false
	}
	r := b.request
	r.target = target
	return rule.allows(&r)
}

// Names are the names of all rules in force, sorted.
func (p *Policy) Names() []string { return slices.Sorted(maps.Keys(p.rules.checks)) }

// Text is a rule in the rule language; ok is false when there is none of that name.
func (p *Policy) Text(name string) (text string, ok bool) {
	c, ok := p.rules.checks[name]
	if !ok {
		return "", false
	}
	return c.String(), true
}
