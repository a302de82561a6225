package api

import (
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// What may be nested in other objects are Octavia's SingleCreate types: without ids of parents and of projects. The argument is
// how errors name the place.

func nestedListeners(argument string) reader {
	argument += ".listeners"
	return listOf(object(schema{argument: argument, attributes: slices.Concat(listenerPut().attributes, []attribute{
		carried("protocol", text),
		carried("protocol_port", integer),
	}, nestedInListener(argument))}))
}

// nestedInListener are the objects that are made together with a listener.
func nestedInListener(argument string) []attribute {
	policy := schema{argument: argument + ".l7policies"}
	for _, a := range l7PolicyPut().attributes {
		if a.name != "redirect_pool_id" {
			policy.attributes = append(policy.attributes, a)
		}
	}
	policy.attributes = append(policy.attributes,
		carried("redirect_pool", nestedPool(policy.argument+".redirect_pool")), nestedRules(policy.argument))
	return []attribute{
		carried("default_pool", nestedPool(argument+".default_pool")),
		carried("l7policies", listOf(object(policy))),
	}
}

func nestedRules(argument string) attribute {
	return carried("rules", listOf(object(schema{argument: argument + ".rules", attributes: l7RulePut().attributes})))
}

func nestedPool(argument string) reader {
	return object(schema{argument: argument, attributes: slices.Concat(poolPut().attributes, []attribute{
		carried("protocol", text),
	}, nestedInPool(argument))})
}

// nestedInPool are the objects that are made together with a pool.
func nestedInPool(argument string) []attribute {
	monitor := schema{argument: argument + ".healthmonitor", attributes: slices.Concat(healthMonitorPut().attributes, []attribute{
		carried("type", text),
	})}
	member := schema{argument: argument + ".members"}
	for _, a := range memberPost().attributes {
		if a.name != "project_id" && a.name != "tenant_id" {
			member.attributes = append(member.attributes, a)
		}
	}
	return []attribute{
		carried("healthmonitor", object(monitor)),
		carried("members", listOf(object(member))),
	}
}

// additionalVIPs are those of a load balancer.
func additionalVIPs(argument string) reader {
	return listOf(object(schema{argument: argument + ".additional_vips", attributes: []attribute{
		carried("subnet_id", identifier),
		carried("ip_address", text),
		carried("port_id", identifier),
	}}))
}

// defaultMaxRetriesDown gives a monitor Octavia's default. To the domain its absence means Neutron LBaaS v2's monitor, which has no
// such attribute.
func defaultMaxRetriesDown(in *lbaas.HealthMonitorInput) {
	if !in.MaxRetriesDown.Set {
		in.MaxRetriesDown = lbaas.Given(lbaas.DefaultMaxRetriesDown)
	}
}

// The monitors of nested pools get the same default.
func defaultsOfPool(in *lbaas.PoolInput) {
	if in.Monitor.HasValue() {
		defaultMaxRetriesDown(&in.Monitor.Value)
	}
}

func defaultsOfListener(in *lbaas.ListenerInput) {
	defaultsOfPool(&in.DefaultPool.Value)
	for i := range in.L7Policies.Value {
		defaultsOfPool(&in.L7Policies.Value[i].RedirectPool.Value)
	}
}

func defaultsOfLoadBalancer(in *lbaas.LoadBalancerInput) {
	for i := range in.Pools.Value {
		defaultsOfPool(&in.Pools.Value[i])
	}
	for i := range in.Listeners.Value {
		defaultsOfListener(&in.Listeners.Value[i])
	}
}
