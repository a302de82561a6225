package service

import "github.com/avi-lbaas/avi-lbaas/internal/lbaas"

// Caller is who asks. The front door has authenticated it and checked its role for the operation; the service holds it to its
// project.
type Caller struct {
	UserID    string
	ProjectID string
	// Global callers may touch the objects of every project (admins); with Rights they may list them.
	Global bool
	// Rights, where the front door has a policy, decide instead of ProjectID and Global what the caller may touch.
	Rights Rights
	// Token is the caller's own, with which the network service is asked what the caller may use. It is kept for the length of
	// the request only; empty where there are no tokens.
	Token string
}

// Rights are what a caller may do: the front door has made them for one operation.
type Rights interface {
	// Allow says whether the operation may be done to an object of a project, empty for one of none.
	Allow(projectID string) bool
}

// LoadBalancer is a load balancer with the ids of what hangs from it.
type LoadBalancer struct {
	lbaas.LoadBalancer
	ListenerIDs, PoolIDs []string
	// Version is opaque: as long as it is the same, so is what users are shown. Empty after a change; see LoadBalancerVersion.
	Version string
	// Made is everything that was made with the load balancer, set if and only if it was just created.
	Made *lbaas.Tree
}

// LoadBalancerEntry is a load balancer on a page of a list.
type LoadBalancerEntry struct {
	ID string
	// Kept is what the front door keeps of this very version; LoadBalancer is nil if and only if that is something.
	Kept         []byte
	LoadBalancer *LoadBalancer
}

// Listener is a listener with the ids of its L7 policies; it names its load balancer and default pool itself.
type Listener struct {
	lbaas.Listener
	// L7PolicyIDs are in the order of the policies' positions.
	L7PolicyIDs []string
}

// Pool is a pool with the ids of what hangs from it.
type Pool struct {
	lbaas.Pool
	ListenerIDs, MemberIDs []string
	// MonitorID is empty when the pool has no health monitor.
	MonitorID string
}

// Member is a member; it names its pool itself.
type Member struct{ lbaas.Member }

// HealthMonitor is a health monitor; it names its pool itself.
type HealthMonitor struct{ lbaas.HealthMonitor }

// Query narrows, orders and pages a list.
type Query struct {
	// Equal filters by attribute name, in LBaaS v2's names; an attribute that lists do not filter by is KindInvalid.
	Equal map[string]string
	// OneOf filters by several values of an attribute, of which an object has one.
	OneOf map[string][]string
	// Tags filters by tags.
	Tags lbaas.TagFilter
	// Sort is applied in order; created_at and id always come last.
	Sort []SortKey
	// Limit of entries; 0 is the service's own.
	Limit int
	// Marker is the id of the entry after which (before which with Reverse) the page starts; unknown is KindInvalid.
	Marker string
	// Reverse pages backwards; the entries of the page are in the order of Sort all the same.
	Reverse bool
}

// SortKey is one attribute to order by.
type SortKey struct {
	Attribute  string
	Descending bool
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T
	// More says that the list goes on in the direction of the query.
	More bool
}

// Provider is one of the configured providers: one Controller.
type Provider struct {
	Name, Description string
	// VRFContextPerSubnet makes a VRF context for the subnet of each load balancer's VIP.
	VRFContextPerSubnet bool
	// References looks at the provider's Controller; nil checks nothing.
	References References
}
