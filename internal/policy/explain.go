package policy

import (
	"maps"
	"slices"
)

// Missing names the roles any one of which would let the bearer, with the same token otherwise, do to a target what the rule of
// an action forbids: for logs. They are sorted; none is that no role would do.
func (b *Bearer) Missing(action string, target Target) []string {
	var would []string
	for _, role := range slices.Sorted(maps.Keys(b.policy.rolesIn(action))) {
		who := b.who
		who.Roles = append(slices.Clone(who.Roles), role)
		if b.policy.Bearer(who).May(action, target) {
			would = append(would, role)
		}
	}
	return would
}

// rolesIn are the roles that the rule of an action asks for, by itself or by way of others.
func (p *Policy) rolesIn(action string) map[string]bool {
	roles, seen := map[string]bool{}, map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		rule, ok := p.rules.find(name)
		if !ok || seen[name] {
			return
		}
		seen[name] = true
		for c := range leaves(rule) {
			switch c := c.(type) {
			case reference:
				visit(string(c))
			case adminCheck:
				visit(contextIsAdmin)
			case roleCheck:
				if name, plain := c.name.fill(nil); plain {
					roles[name] = true
				}
			}
		}
	}
	visit(action)
	return roles
}
