package config

// Quotas is [quotas]: the most objects of each kind that a project may have
// that no administrator has given others; -1 is no limit.
type Quotas struct {
	LoadBalancer, Listener, Member, Pool, HealthMonitor, L7Policy, L7Rule int
}

const sectionQuotas = "quotas"

func quotaSettings(q *Quotas) []setting {
	limit := func(name string, field *int, what string) setting {
		return integer(name, field, -1, 2_000_000_000, "The most "+what+" of a project; -1: no limit.")
	}
	return []setting{
		limit("default_load_balancer_quota", &q.LoadBalancer, "load balancers"),
		limit("default_listener_quota", &q.Listener, "listeners"),
		limit("default_member_quota", &q.Member, "members"),
		limit("default_pool_quota", &q.Pool, "pools"),
		limit("default_health_monitor_quota", &q.HealthMonitor, "health monitors"),
		limit("default_l7policy_quota", &q.L7Policy, "L7 policies"),
		limit("default_l7rule_quota", &q.L7Rule, "L7 rules"),
	}
}
