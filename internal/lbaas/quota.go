package lbaas

import "maps"

// QuotaKind is a kind of objects that a project's number of is limited. Its text is Octavia's name of the quota.
type QuotaKind string

// The kinds that there are quotas of.
const (
	QuotaLoadBalancer  QuotaKind = "load_balancer"
	QuotaListener      QuotaKind = "listener"
	QuotaMember        QuotaKind = "member"
	QuotaPool          QuotaKind = "pool"
	QuotaHealthMonitor QuotaKind = "health_monitor"
	QuotaL7Policy      QuotaKind = "l7policy"
	QuotaL7Rule        QuotaKind = "l7rule"
)

// QuotaKinds are all of them, in Octavia's order.
func QuotaKinds() []QuotaKind {
	return []QuotaKind{
		QuotaLoadBalancer, QuotaListener, QuotaMember, QuotaPool, QuotaHealthMonitor, QuotaL7Policy, QuotaL7Rule,
	}
}

// MaxQuota is the highest limit (Octavia's MAX_QUOTA); the lowest is Unlimited.
const MaxQuota = 2_000_000_000

// Quotas are the most objects of each kind that a project may have; Unlimited is no limit. A kind that is not in it has no limit
// of its own.
type Quotas map[QuotaKind]int

// Over gives what holds where q has limits above others, which q does not change.
func (q Quotas) Over(defaults Quotas) Quotas {
	all := Quotas{}
	for _, kind := range QuotaKinds() {
		all[kind] = Unlimited
	}
	maps.Copy(all, defaults)
	maps.Copy(all, q)
	return all
}

// Check wants every limit to be one.
func (q Quotas) Check() error {
	for _, kind := range QuotaKinds() {
		if limit, ok := q[kind]; ok {
			if err := checkRange(string(kind), limit, Unlimited, MaxQuota); err != nil {
				return err
			}
		}
	}
	return nil
}

// OverQuota is a request for more objects than a project may have. Resource is Octavia's display name, say "Load Balancer".
func OverQuota(resource string) error {
	return &Error{Kind: KindForbidden, Message: "Quota has been met for resources: " + resource}
}
