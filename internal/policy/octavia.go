package policy

import (
	"cmp"
	"slices"
	"strings"
)

// DefaultRule is one of Octavia's rules as it is without a policy file.
type DefaultRule struct {
	Name string
	// Text is the rule in its newest form, with Keystone's own roles (admin, member, reader).
	Text string
	// Deprecated is its form of old, with the load-balancer_* roles. Empty where the form never changed.
	Deprecated string
	// released is the form that Octavia's releases up to 2024.2 have, where they let more in than Deprecated says.
	released string
	// Scopes are the kinds of tokens that it is for; none is all.
	Scopes []string
	// Description and Operations are for people. Operations are "METHOD path"; none is a rule for other rules to refer to.
	Description string
	Operations  []string
}

func (d *DefaultRule) text(roles RoleSet) string {
	switch {
	case d.Deprecated == "" || roles == KeystoneRoles:
		return d.Text
	case roles == BothRoles:
		return "(" + d.Text + ") or (" + d.Deprecated + ")"
	}
	return cmp.Or(d.released, d.Deprecated)
}

// apiPrefix begins the names of the rules of API calls.
const apiPrefix = "os_load-balancer_api:"

// ActionName is the name of the rule of an API call, say os_load-balancer_api:loadbalancer:get_all.
func ActionName(resource, verb string) string { return apiPrefix + resource + ":" + verb }

// The rules that those of API calls refer to.
const (
	ruleRead            = "rule:load-balancer:read"
	ruleReadGlobal      = "rule:load-balancer:read-global"
	ruleWrite           = "rule:load-balancer:write"
	ruleReadQuota       = "rule:load-balancer:read-quota"
	ruleReadQuotaGlobal = "rule:load-balancer:read-quota-global"
	ruleWriteQuota      = "rule:load-balancer:write-quota"
	ruleAdmin           = "rule:load-balancer:admin"
)

// Defaults are all of Octavia's rules, in the order in which a sample shows them.
func Defaults() []DefaultRule {
	return slices.Concat(roleRules(), accessRules(), treeRules(), flavorRules(), zoneRules(), quotaRules(), amphoraRules())
}

// roleRules say who somebody is.
func roleRules() []DefaultRule {
	project := []string{"project"}
	return []DefaultRule{
		{
			Name: contextIsAdmin, Text: "role:admin", Deprecated: "role:admin or role:load-balancer_admin", Scopes: project,
			Description: "Who is_admin:True is true for.",
		},
		{Name: "project-member", Text: "role:member and project_id:%(project_id)s", Scopes: project},
		{Name: "project-reader", Text: "role:reader and project_id:%(project_id)s", Scopes: project},
		{Name: "service", Text: "role:service", Scopes: project, Description: "Other services, say Aodh, which lists the members of pools."},
		{Name: "load-balancer:owner", Text: "project_id:%(project_id)s", Scopes: project},
		{
			Name: "load-balancer:admin", Text: "is_admin:True or role:admin", Deprecated: "is_admin:True or role:admin or role:load-balancer_admin",
			Scopes: project, Description: "Who may do everything, to the objects of every project.",
		},
		{
			Name: "load-balancer:global_observer", Text: "role:admin", Deprecated: "role:load-balancer_global_observer", Scopes: project,
			released:    "role:load-balancer_global_observer or (role:reader and system_scope:all)",
			Description: "Who may see the objects of every project.",
		},
		{
			Name: "load-balancer:member_and_owner", Text: "rule:project-member", Deprecated: "role:load-balancer_member and rule:load-balancer:owner",
			Scopes: project, Description: "Who may see and change the objects of the own project.",
		},
		{
			Name: "load-balancer:observer_and_owner", Text: "rule:project-reader", Deprecated: "role:load-balancer_observer and rule:load-balancer:owner",
			Scopes: project, Description: "Who may see the objects of the own project.",
		},
		{
			Name: "load-balancer:quota-admin", Text: "role:admin", Deprecated: "role:load-balancer_quota_admin", Scopes: project,
			Description: "Who may change quotas.",
		},
	}
}

// accessRules say what those may do.
func accessRules() []DefaultRule {
	project := []string{"project"}
	oneOf := func(names ...string) string {
		return "rule:load-balancer:" + strings.Join(names, " or rule:load-balancer:")
	}
	return []DefaultRule{
		{Name: "load-balancer:read", Text: oneOf("observer_and_owner", "global_observer", "member_and_owner", "admin"), Scopes: project},
		{Name: "load-balancer:read-global", Text: oneOf("global_observer", "admin"), Scopes: project},
		{Name: "load-balancer:write", Text: oneOf("member_and_owner", "admin"), Scopes: project},
		{
			Name: "load-balancer:read-quota", Scopes: project,
			Text: oneOf("observer_and_owner", "global_observer", "member_and_owner", "quota-admin", "admin"),
		},
		{Name: "load-balancer:read-quota-global", Text: oneOf("global_observer", "quota-admin", "admin"), Scopes: project},
		{Name: "load-balancer:write-quota", Text: oneOf("quota-admin", "admin"), Scopes: project},
	}
}

// call is one kind of API call.
type call struct{ verb, rule, description, operation string }

func rulesOf(resource string, calls ...call) []DefaultRule {
	rules := make([]DefaultRule, len(calls))
	for i, c := range calls {
		rules[i] = DefaultRule{
			Name: ActionName(resource, c.verb), Text: c.rule, Description: c.description, Operations: []string{c.operation},
		}
	}
	return rules
}

// objectCalls are the calls that most kinds of objects have.
func objectCalls(what, path, one string) []call {
	return []call{
		{"get_all", ruleRead, "List " + what, "GET " + path},
		{"get_all-global", ruleReadGlobal, "List " + what + " including resources owned by others", "GET " + path},
		{"post", ruleWrite, "Create one of the " + what, "POST " + path},
		{"get_one", ruleRead, "Show one of the " + what, "GET " + path + one},
		{"put", ruleWrite, "Update one of the " + what, "PUT " + path + one},
		{"delete", ruleWrite, "Remove one of the " + what, "DELETE " + path + one},
	}
}

func treeRules() []DefaultRule {
	const lb, listener = "/v2/lbaas/loadbalancers", "/v2/lbaas/listeners"
	const members, rules = "/v2/lbaas/pools/{pool_id}/members", "/v2/lbaas/l7policies/{l7policy_id}/rules"
	nested := func(what, path, one string) []call {
		calls := objectCalls(what, path, one)
		return slices.Delete(calls, 1, 2) // lists of one parent are nobody else's
	}
	memberCalls := nested("members of a pool", members, "/{member_id}")
	memberCalls[0].rule = ruleRead + " or rule:service"
	return slices.Concat(
		rulesOf("loadbalancer", append(objectCalls("load balancers", lb, "/{loadbalancer_id}"),
			call{"post:vip_sg_ids", ruleWrite, "Create a load balancer with security groups of its VIP", "POST " + lb},
			call{"put:vip_sg_ids", ruleWrite, "Update the security groups of a load balancer's VIP", "PUT " + lb + "/{loadbalancer_id}"},
			call{"get_stats", ruleRead, "Show a load balancer's counters", "GET " + lb + "/{loadbalancer_id}/stats"},
			call{"get_status", ruleRead, "Show a load balancer's statuses", "GET " + lb + "/{loadbalancer_id}/status"},
			call{"put_failover", ruleAdmin, "Fail a load balancer over", "PUT " + lb + "/{loadbalancer_id}/failover"})...),
		rulesOf("listener", append(objectCalls("listeners", listener, "/{listener_id}"),
			call{"get_stats", ruleRead, "Show a listener's counters", "GET " + listener + "/{listener_id}/stats"})...),
		rulesOf("pool", objectCalls("pools", "/v2/lbaas/pools", "/{pool_id}")...),
		rulesOf("member", memberCalls...),
		rulesOf("healthmonitor", objectCalls("health monitors", "/v2/lbaas/healthmonitors", "/{healthmonitor_id}")...),
		rulesOf("l7policy", objectCalls("L7 policies", "/v2/lbaas/l7policies", "/{l7policy_id}")...),
		rulesOf("l7rule", nested("rules of an L7 policy", rules, "/{l7rule_id}")...),
	)
}

// adminCalls are the calls of what administrators offer to users; list and show are for those whom read names.
func adminCalls(what, path, one, read string) []call {
	return []call{
		{"get_all", read, "List " + what, "GET " + path},
		{"post", ruleAdmin, "Create one of the " + what, "POST " + path},
		{"put", ruleAdmin, "Update one of the " + what, "PUT " + path + one},
		{"get_one", read, "Show one of the " + what, "GET " + path + one},
		{"delete", ruleAdmin, "Remove one of the " + what, "DELETE " + path + one},
	}
}

func flavorRules() []DefaultRule {
	return slices.Concat(
		rulesOf("flavor", adminCalls("flavors", "/v2.0/lbaas/flavors", "/{flavor_id}", ruleRead)...),
		rulesOf("flavor-profile", adminCalls("flavor profiles", "/v2.0/lbaas/flavorprofiles", "/{flavor_profile_id}", ruleAdmin)...),
		rulesOf("provider", call{"get_all", ruleRead, "List enabled providers", "GET /v2/lbaas/providers"}),
		rulesOf("provider-flavor",
			call{"get_all", ruleAdmin, "List what a provider's flavors may say", "GET /v2/lbaas/providers/{provider}/flavor_capabilities"}),
	)
}

func zoneRules() []DefaultRule {
	return slices.Concat(
		rulesOf("availability-zone", adminCalls("availability zones", "/v2.0/lbaas/availabilityzones", "/{availability_zone_id}", ruleRead)...),
		rulesOf("availability-zone-profile", adminCalls("availability zone profiles", "/v2.0/lbaas/availabilityzoneprofiles",
			"/{availability_zone_profile_id}", ruleAdmin)...),
		rulesOf("provider-availability-zone", call{
			"get_all", ruleAdmin, "List what a provider's availability zones may say",
			"GET /v2/lbaas/providers/{provider}/availability_zone_capabilities",
		}),
	)
}

func quotaRules() []DefaultRule {
	const path, one = "/v2/lbaas/quotas", "/v2/lbaas/quotas/{project_id}"
	return rulesOf("quota",
		call{"get_all", ruleReadQuota, "List quotas", "GET " + path},
		call{"get_all-global", ruleReadQuotaGlobal, "List quotas including those of other projects", "GET " + path},
		call{"get_one", ruleReadQuota, "Show a project's quotas", "GET " + one},
		call{"put", ruleWriteQuota, "Change a project's quotas", "PUT " + one},
		call{"delete", ruleWriteQuota, "Put a project's quotas back to the defaults", "DELETE " + one},
		call{"get_defaults", ruleReadQuota, "Show the defaults of a project's quotas", "GET " + one + "/default"},
	)
}

func amphoraRules() []DefaultRule {
	const path, one = "/v2/octavia/amphorae", "/v2/octavia/amphorae/{amphora_id}"
	return rulesOf("amphora",
		call{"get_all", ruleAdmin, "List amphorae", "GET " + path},
		call{"get_one", ruleAdmin, "Show an amphora", "GET " + one},
		call{"delete", ruleAdmin, "Delete an amphora", "DELETE " + one},
		call{"put_config", ruleAdmin, "Update an amphora's configuration", "PUT " + one + "/config"},
		call{"put_failover", ruleAdmin, "Fail an amphora over", "PUT " + one + "/failover"},
		call{"get_stats", ruleAdmin, "Show an amphora's counters", "GET " + one + "/stats"},
	)
}
