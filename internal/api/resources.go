package api

import (
	"context"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// The resources in Octavia's policy rules.
const (
	ruleLoadBalancer  = "loadbalancer"
	ruleListener      = "listener"
	rulePool          = "pool"
	ruleMember        = "member"
	ruleHealthMonitor = "healthmonitor"
	ruleProvider      = "provider"
)

func (s *server) loadBalancers() resource[service.LoadBalancer, lbaas.LoadBalancerInput] {
	return resource[service.LoadBalancer, lbaas.LoadBalancerInput]{
		singular: "loadbalancer", plural: "loadbalancers", display: "Load Balancer", rule: ruleLoadBalancer, ofProjects: true,
		post: loadBalancerPost(), put: loadBalancerPut(), render: renderLoadBalancer, cascades: true, ownsProject: true,
		create: func(ctx context.Context, c service.Caller, _ place, in lbaas.LoadBalancerInput) (service.LoadBalancer, error) {
			if in.ProjectID.Or("") == "" {
				in.ProjectID = lbaas.Given(c.ProjectID)
			}
			if in.ProjectID.Value == "" {
				return service.LoadBalancer{}, lbaas.Invalidf("Missing project ID in request where one is required.")
			}
			if in.VIPSecurityGroupIDs.Set {
				c = also(c, Action{ruleLoadBalancer, verbPostGroups})
			}
			defaultsOfLoadBalancer(&in)
			return s.service.CreateLoadBalancer(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.LoadBalancer, error) {
			return s.service.LoadBalancer(ctx, c, at.id)
		},
		show: s.showLoadBalancer,
		page: s.loadBalancerPage,
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.LoadBalancerInput) (service.LoadBalancer, error) {
			if in.VIPSecurityGroupIDs.Set {
				c = also(c, Action{ruleLoadBalancer, verbPutGroups})
			}
			return s.service.UpdateLoadBalancer(ctx, c, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, cascade bool) error {
			return s.service.DeleteLoadBalancer(ctx, c, at.id, cascade)
		},
	}
}

func (s *server) listeners() resource[service.Listener, lbaas.ListenerInput] {
	return resource[service.Listener, lbaas.ListenerInput]{
		singular: "listener", plural: "listeners", display: "Listener", rule: ruleListener, ofProjects: true,
		post: listenerPost(), put: listenerPut(), render: renderListener,
		create: func(ctx context.Context, c service.Caller, _ place, in lbaas.ListenerInput) (service.Listener, error) {
			defaultsOfListener(&in)
			return s.service.CreateListener(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.Listener, error) {
			return s.service.Listener(ctx, c, at.id)
		},
		list: func(ctx context.Context, c service.Caller, _ place, q service.Query) (service.Page[service.Listener], error) {
			return s.service.Listeners(ctx, c, q)
		},
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.ListenerInput) (service.Listener, error) {
			return s.service.UpdateListener(ctx, c, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, _ bool) error {
			return s.service.DeleteListener(ctx, c, at.id)
		},
	}
}

func (s *server) pools() resource[service.Pool, lbaas.PoolInput] {
	return resource[service.Pool, lbaas.PoolInput]{
		singular: "pool", plural: "pools", display: "Pool", rule: rulePool, ofProjects: true,
		post: poolPost(), put: poolPut(), render: renderPool,
		create: func(ctx context.Context, c service.Caller, _ place, in lbaas.PoolInput) (service.Pool, error) {
			defaultsOfPool(&in)
			return s.service.CreatePool(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.Pool, error) {
			return s.service.Pool(ctx, c, at.id)
		},
		list: func(ctx context.Context, c service.Caller, _ place, q service.Query) (service.Page[service.Pool], error) {
			return s.service.Pools(ctx, c, q)
		},
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.PoolInput) (service.Pool, error) {
			return s.service.UpdatePool(ctx, c, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, _ bool) error {
			return s.service.DeletePool(ctx, c, at.id)
		},
	}
}

func (s *server) members() resource[service.Member, lbaas.MemberInput] {
	return resource[service.Member, lbaas.MemberInput]{
		singular: "member", plural: "members", display: "Member", rule: ruleMember,
		post: memberPost(), put: memberPut(), render: renderMember, within: s.withinPool,
		onCollection: methods{
			http.MethodPut: s.authorized(Action{ruleMember, verbPut}, s.replaceMembers),
		},
		create: func(ctx context.Context, c service.Caller, at place, in lbaas.MemberInput) (service.Member, error) {
			in.PoolID = lbaas.Given(at.pool)
			return s.service.CreateMember(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.Member, error) {
			return s.service.Member(ctx, c, at.pool, at.id)
		},
		list: func(ctx context.Context, c service.Caller, at place, q service.Query) (service.Page[service.Member], error) {
			return s.service.Members(ctx, c, at.pool, q)
		},
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.MemberInput) (service.Member, error) {
			return s.service.UpdateMember(ctx, c, at.pool, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, _ bool) error {
			return s.service.DeleteMember(ctx, c, at.pool, at.id)
		},
	}
}

func (s *server) withinPool(ctx context.Context, c service.Caller, at place) error {
	_, err := s.service.Pool(ctx, c, at.pool)
	return err
}

func (s *server) healthMonitors() resource[service.HealthMonitor, lbaas.HealthMonitorInput] {
	return resource[service.HealthMonitor, lbaas.HealthMonitorInput]{
		singular: "healthmonitor", plural: "healthmonitors", display: "Health Monitor", rule: ruleHealthMonitor, ofProjects: true,
		post: healthMonitorPost(), put: healthMonitorPut(), render: renderHealthMonitor,
		create: func(ctx context.Context, c service.Caller, _ place, in lbaas.HealthMonitorInput) (service.HealthMonitor, error) {
			defaultMaxRetriesDown(&in)
			return s.service.CreateHealthMonitor(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.HealthMonitor, error) {
			return s.service.HealthMonitor(ctx, c, at.id)
		},
		list: func(ctx context.Context, c service.Caller, _ place, q service.Query) (service.Page[service.HealthMonitor], error) {
			return s.service.HealthMonitors(ctx, c, q)
		},
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.HealthMonitorInput) (service.HealthMonitor, error) {
			return s.service.UpdateHealthMonitor(ctx, c, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, _ bool) error {
			return s.service.DeleteHealthMonitor(ctx, c, at.id)
		},
	}
}

type providerView struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

func (s *server) providers(_ context.Context, c *call) (answer, error) {
	query, err := queryOf(c.request, true)
	if err != nil {
		return answer{}, err
	}
	configured := s.service.Providers()
	views := make([]any, len(configured))
	for i, p := range configured {
		if views[i], err = selected(providerView{Name: p.Name, Description: p.Description}, query["fields"]); err != nil {
			return answer{}, err
		}
	}
	return answer{http.StatusOK, map[string]any{"providers": views}}, nil
}

// failover answers as Octavia does for a provider without it.
func (s *server) failover(ctx context.Context, c *call) (answer, error) {
	id, err := pathID(c.request, "id", "Load Balancer")
	if err != nil {
		return answer{}, err
	}
	return answer{}, s.service.FailoverLoadBalancer(ctx, c.caller, id)
}
