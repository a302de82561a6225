package api

import (
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// What may be nested in other objects are Octavia's SingleCreate types: without ids of parents and of projects. The argument is
// how errors name the place.

func nestedListener(argument string) schema {
	argument += ".listeners"
	return schema{argument: argument, attributes: listenerTable(argument).nested()}
}

func nestedL7Policy(argument string) schema {
	argument += ".l7policies"
	return schema{argument: argument, attributes: l7PolicyTable(argument).nested()}
}

func nestedL7Rule(argument string) schema {
	return schema{argument: argument + ".rules", attributes: l7RuleTable().nested()}
}

// nestedPool need not give its protocol and algorithm to be read: Octavia asks for them later.
func nestedPool(argument string) schema {
	attributes := poolTable(argument).nested()
	for i := range attributes {
		attributes[i].needed = false
	}
	return schema{argument: argument, attributes: attributes}
}

func nestedHealthMonitor(argument string) schema {
	return schema{argument: argument + ".healthmonitor", attributes: healthMonitorTable().nested()}
}

func nestedMember(argument string) schema {
	return schema{argument: argument + ".members", attributes: memberTable().nested()}
}

// additionalVIP is one of those of a load balancer.
func additionalVIP(argument string) schema {
	return schema{argument: argument + ".additional_vips", attributes: []attribute{
		carried("subnet_id", identifier).must(),
		carried("ip_address", address),
		carried("port_id", identifier),
	}}
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
