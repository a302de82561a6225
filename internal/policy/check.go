package policy

import (
	"slices"
	"strings"
)

// check is one node of a rule.
type check interface {
	// allows judges a request.
	allows(r *request) bool
	// String is the check in the rule language; parsing it gives the same check.
	String() string
}

// request is who asks for what to be done to which object, and the rules that references lead to.
type request struct {
	rules  ruleTable
	creds  map[string]any
	roles  []string
	target Target
	admin  bool // what is_admin:True asks for
}

// ruleTable is all rules in force, by name.
type ruleTable struct {
	checks map[string]check
	// fallback is the name of the rule that stands in for those that there are not; there may be none of that name.
	fallback string
}

// find gives the rule of a name, or the one that stands in for it.
func (t ruleTable) find(name string) (check, bool) {
	if c, ok := t.checks[name]; ok {
		return c, true
	}
	c, ok := t.checks[t.fallback]
	return c, ok
}

type (
	// always is @, never is !.
	always struct{}
	never  struct{}
	// inverse is not.
	inverse struct{ of check }
	// every is and, either is or.
	every  []check
	either []check
	// reference is rule:name.
	reference string
	// roleCheck is role:name; the name may be a template.
	roleCheck struct{ name template }
	// adminCheck is Octavia's own is_admin:True.
	adminCheck bool
	// attributeCheck compares an attribute of the credentials, which may be a list, with a value: path:value.
	attributeCheck struct {
		path  string
		value template
	}
	// literalCheck compares a literal with a value: 'Member':%(role)s.
	literalCheck struct {
		source, text string
		value        template
	}
)

func (always) allows(*request) bool { return true }
func (always) String() string       { return "@" }

func (never) allows(*request) bool { return false }
func (never) String() string       { return "!" }

func (c inverse) allows(r *request) bool { return !c.of.allows(r) }
func (c inverse) String() string         { return "not " + c.of.String() }

func (c every) allows(r *request) bool {
	return !slices.ContainsFunc(c, func(one check) bool { return !one.allows(r) })
}
func (c every) String() string { return joined(c, " and ") }

func (c either) allows(r *request) bool {
	return slices.ContainsFunc(c, func(one check) bool { return one.allows(r) })
}
func (c either) String() string { return joined(c, " or ") }

func joined(checks []check, operator string) string {
	texts := make([]string, len(checks))
	for i, c := range checks {
		texts[i] = c.String()
	}
	return "(" + strings.Join(texts, operator) + ")"
}

func (c reference) allows(r *request) bool {
	rule, ok := r.rules.find(string(c))
	return ok && rule.allows(r)
}
func (c reference) String() string { return "rule:" + string(c) }

// Roles are compared without regard to case, as Keystone itself does.
func (c roleCheck) allows(r *request) bool {
	name, ok := c.name.fill(r.target)
	return ok && slices.ContainsFunc(r.roles, func(role string) bool { return strings.EqualFold(role, name) })
}
func (c roleCheck) String() string { return "role:" + c.name.source }

func (c adminCheck) allows(r *request) bool { return r.admin == bool(c) }
func (c adminCheck) String() string {
	if c {
		return "is_admin:True"
	}
	return "is_admin:False"
}

func (c attributeCheck) allows(r *request) bool {
	want, ok := c.value.fill(r.target)
	if !ok {
		return false
	}
	switch value := r.creds[c.path].(type) {
	case string:
		return value == want
	case []string:
		return slices.Contains(value, want)
	}
	return false
}
func (c attributeCheck) String() string { return c.path + ":" + c.value.source }

func (c literalCheck) allows(r *request) bool {
	want, ok := c.value.fill(r.target)
	return ok && c.text == want
}
func (c literalCheck) String() string { return c.source + ":" + c.value.source }
