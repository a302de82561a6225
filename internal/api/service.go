package api

import (
	"context"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// LoadBalancerService is what the routes of load balancers need.
type LoadBalancerService interface {
	CreateLoadBalancer(ctx context.Context, c service.Caller, in lbaas.LoadBalancerInput) (service.LoadBalancer, error)
	LoadBalancer(ctx context.Context, c service.Caller, id string) (service.LoadBalancer, error)
	LoadBalancerVersion(ctx context.Context, c service.Caller, id string) (string, error)
	// LoadBalancers gives only the ids of those of which kept, which may be nil, has something.
	LoadBalancers(
		ctx context.Context, c service.Caller, q service.Query, kept func(id, version string) []byte,
	) (service.Page[service.LoadBalancerEntry], error)
	UpdateLoadBalancer(ctx context.Context, c service.Caller, id string, in lbaas.LoadBalancerInput) (service.LoadBalancer, error)
	DeleteLoadBalancer(ctx context.Context, c service.Caller, id string, cascade bool) error
	LoadBalancerTree(ctx context.Context, c service.Caller, id string) (lbaas.Tree, error)
	// FailoverLoadBalancer always fails: KindUnsupported, or what else is the matter.
	FailoverLoadBalancer(ctx context.Context, c service.Caller, id string) error
	LoadBalancerStats(ctx context.Context, c service.Caller, id string) (lbaas.Stats, error)
}

// ListenerService is what the routes of listeners need.
type ListenerService interface {
	CreateListener(ctx context.Context, c service.Caller, in lbaas.ListenerInput) (service.Listener, error)
	Listener(ctx context.Context, c service.Caller, id string) (service.Listener, error)
	Listeners(ctx context.Context, c service.Caller, q service.Query) (service.Page[service.Listener], error)
	UpdateListener(ctx context.Context, c service.Caller, id string, in lbaas.ListenerInput) (service.Listener, error)
	DeleteListener(ctx context.Context, c service.Caller, id string) error
	ListenerStats(ctx context.Context, c service.Caller, id string) (lbaas.Stats, error)
}

// PoolService is what the routes of pools need.
type PoolService interface {
	CreatePool(ctx context.Context, c service.Caller, in lbaas.PoolInput) (service.Pool, error)
	Pool(ctx context.Context, c service.Caller, id string) (service.Pool, error)
	Pools(ctx context.Context, c service.Caller, q service.Query) (service.Page[service.Pool], error)
	UpdatePool(ctx context.Context, c service.Caller, id string, in lbaas.PoolInput) (service.Pool, error)
	DeletePool(ctx context.Context, c service.Caller, id string) error
}

// MemberService is what the routes of a pool's members need.
type MemberService interface {
	CreateMember(ctx context.Context, c service.Caller, in lbaas.MemberInput) (service.Member, error)
	Member(ctx context.Context, c service.Caller, poolID, id string) (service.Member, error)
	Members(ctx context.Context, c service.Caller, poolID string, q service.Query) (service.Page[service.Member], error)
	UpdateMember(ctx context.Context, c service.Caller, poolID, id string, in lbaas.MemberInput) (service.Member, error)
	DeleteMember(ctx context.Context, c service.Caller, poolID, id string) error
	ReplaceMembers(ctx context.Context, c service.Caller, poolID string, want []lbaas.MemberInput, additive bool) error
}

// HealthMonitorService is what the routes of health monitors need.
type HealthMonitorService interface {
	CreateHealthMonitor(ctx context.Context, c service.Caller, in lbaas.HealthMonitorInput) (service.HealthMonitor, error)
	HealthMonitor(ctx context.Context, c service.Caller, id string) (service.HealthMonitor, error)
	HealthMonitors(ctx context.Context, c service.Caller, q service.Query) (service.Page[service.HealthMonitor], error)
	UpdateHealthMonitor(ctx context.Context, c service.Caller, id string, in lbaas.HealthMonitorInput) (service.HealthMonitor, error)
	DeleteHealthMonitor(ctx context.Context, c service.Caller, id string) error
}

// Service is everything that the API is a front door of.
type Service interface {
	LoadBalancerService
	ListenerService
	PoolService
	MemberService
	HealthMonitorService
	L7PolicyService
	L7RuleService
	FlavorService
	ZoneService
	QuotaService
	// Providers are the configured providers, in the order of the configuration.
	Providers() []service.Provider
}
