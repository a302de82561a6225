package api

import (
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// The full views are the answer to the creation of a load balancer: Octavia's, with whole objects where the others have
// references, and without references to what surrounds an object. A field of a full view hides the one of the same name below it.

type fullLoadBalancerView struct {
	loadBalancerView
	Listeners []fullListenerView `json:"listeners"`
	Pools     []fullPoolView     `json:"pools"`
}

type fullListenerView struct {
	listenerView
	LoadBalancers *struct{}          `json:"loadbalancers,omitempty"`
	L7Policies    []fullL7PolicyView `json:"l7policies"`
}

type fullL7PolicyView struct {
	l7PolicyView
	Rules []rendering `json:"rules"`
}

type fullPoolView struct {
	poolView
	LoadBalancers   *struct{}              `json:"loadbalancers,omitempty"`
	HealthMonitorID *struct{}              `json:"healthmonitor_id,omitempty"`
	HealthMonitor   *fullHealthMonitorView `json:"healthmonitor"`
	Members         []rendering            `json:"members"`
}

type fullHealthMonitorView struct {
	healthMonitorView
	Pools *struct{} `json:"pools,omitempty"`
}

// fullLoadBalancer shows a load balancer with all that was made with it.
func fullLoadBalancer(view loadBalancerView, t *lbaas.Tree) fullLoadBalancerView {
	full := fullLoadBalancerView{loadBalancerView: view, Listeners: []fullListenerView{}, Pools: []fullPoolView{}}
	for _, l := range t.Listeners {
		full.Listeners = append(full.Listeners, fullListener(t, l))
	}
	for _, p := range t.Pools {
		full.Pools = append(full.Pools, fullPool(t, p))
	}
	return full
}

func fullListener(t *lbaas.Tree, l lbaas.Listener) fullListenerView {
	full := fullListenerView{listenerView: viewListener(service.Listener{Listener: l}), L7Policies: []fullL7PolicyView{}}
	for _, p := range t.L7PoliciesOf(l.ID) {
		policy := fullL7PolicyView{l7PolicyView: viewL7Policy(service.L7Policy{L7Policy: p}), Rules: []rendering{}}
		for _, r := range t.L7RulesOf(p.ID) {
			policy.Rules = append(policy.Rules, renderL7Rule(service.L7Rule{L7Rule: r}))
		}
		full.L7Policies = append(full.L7Policies, policy)
	}
	return full
}

func fullPool(t *lbaas.Tree, p lbaas.Pool) fullPoolView {
	shown := service.Pool{Pool: p}
	for _, l := range t.ListenersOf(p.ID) {
		shown.ListenerIDs = append(shown.ListenerIDs, l.ID)
	}
	full := fullPoolView{poolView: viewPool(shown), Members: []rendering{}}
	for _, m := range t.MembersOf(p.ID) {
		full.Members = append(full.Members, renderMember(service.Member{Member: m}))
	}
	if h := t.MonitorOf(p.ID); h != nil {
		full.HealthMonitor = &fullHealthMonitorView{healthMonitorView: viewHealthMonitor(service.HealthMonitor{HealthMonitor: *h})}
	}
	return full
}
