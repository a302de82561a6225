package api

import (
	"math"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// The attributes of each resource's requests are those of Octavia's types (octavia/api/v2/types), and in their order.

// maxTimeout is the longest of the timeouts of Octavia's listeners, in milliseconds.
const maxTimeout = 24 * 24 * 60 * 60 * 1000

const (
	clientAuthNone = "NONE"
	maxPort        = 65535
	maxTLSVersion  = 32 // characters
)

func name() attribute        { return carried("name", textOf(maxText)) }
func description() attribute { return carried("description", textOf(maxText)) }
func tags() attribute        { return carried("tags", listOf(textOf(maxText))) }

// The two names of the project, of which Octavia looks at tenant_id last. It still takes them on children, whose project is always
// that of their load balancer.
func projectID() attribute { return carried("project_id", textOf(maxProjectID)).on(alone) }

func tenantID() attribute {
	return carried("tenant_id", func(_ string, value any) (any, error) {
		return textOf(maxProjectID)("project_id", value) // Octavia's tenant_id sets project_id
	}).on(alone)
}

func loadBalancerPut() rootSchema {
	return newRootSchema("load_balancer", "loadbalancer", []attribute{
		name(), description(), carried("vip_qos_policy_id", identifier), adminStateUp(), tags(),
		carried("vip_sg_ids", listOf(identifier)),
	})
}

func loadBalancerPost() rootSchema {
	const argument = "load_balancer.loadbalancer"
	return newRootSchema("load_balancer", "loadbalancer", []attribute{
		name(), description(), adminStateUp(),
		carried("vip_address", address),
		carried("vip_port_id", identifier),
		carried("vip_subnet_id", identifier),
		carried("vip_network_id", identifier),
		carried("vip_qos_policy_id", identifier),
		listing("additional_vips", additionalVIP(argument)),
		projectID(),
		listing("listeners", nestedListener(argument)),
		listing("pools", nestedPool(argument+".pools")),
		carried("provider", textOf(maxProvider)),
		tags(),
		carried("flavor_id", identifier),
		carried("availability_zone", textOf(maxText)),
		carried("vip_sg_ids", listOf(identifier)),
		tenantID(),
	})
}

func listenerTable(argument string) table {
	timeout := within(0, maxTimeout)
	return slices.Concat([]attribute{
		name(), description(), adminStateUp(),
		carried("protocol", wordOf(lbaas.ListenerProtocols())).must().on(creating),
		carried("protocol_port", within(1, maxPort)).must().on(creating),
		carried("connection_limit", within(lbaas.Unlimited, math.MaxInt64)),
		carried("default_tls_container_ref", textOf(maxText)),
		carried("sni_container_refs", listOf(textOf(maxText))),
		projectID(),
		carried("default_pool_id", identifier),
		holding("default_pool", nestedPool(argument+".default_pool")).on(creating),
		listing("l7policies", nestedL7Policy(argument)).on(creating),
		carried("insert_headers", headers),
		carried("loadbalancer_id", identifier).must().on(alone),
		carried("timeout_client_data", timeout),
		carried("timeout_member_connect", timeout),
		carried("timeout_member_data", timeout),
		carried("timeout_tcp_inspect", timeout),
		tags(),
		carried("client_ca_tls_container_ref", textOf(maxText)),
		carried("client_authentication", wordOf(lbaas.ClientAuthentications())),
		carried("client_crl_container_ref", textOf(maxText)),
		carried("allowed_cidrs", cidrs),
	}, tlsOptions(), []attribute{
		carried("hsts_max_age", within(0, math.MaxInt64)),
		carried("hsts_include_subdomains", boolean),
		carried("hsts_preload", boolean),
		tenantID(),
	})
}

func listenerPut() rootSchema {
	return newRootSchema("listener_", "listener", listenerTable("listener_.listener").changed())
}

func listenerPost() rootSchema {
	return newRootSchema("listener_", "listener", listenerTable("listener_.listener").posted())
}

// tlsOptions are those that listeners and pools have alike.
func tlsOptions() []attribute {
	return []attribute{
		carried("tls_ciphers", textOf(maxCiphers)),
		carried("tls_versions", listOf(textOf(maxTLSVersion))),
		carried("alpn_protocols", listOf(alpnProtocol)),
	}
}

func poolTable(argument string) table {
	return slices.Concat([]attribute{
		name(), description(), adminStateUp(),
		carried("listener_id", identifier).on(alone),
		carried("loadbalancer_id", identifier).on(alone),
		carried("protocol", wordOf(lbaas.PoolProtocols())).must().on(creating),
		carried("lb_algorithm", wordOf(lbaas.Algorithms())).must(),
		holding("session_persistence", sessionPersistence(argument)),
		projectID(),
		holding("healthmonitor", nestedHealthMonitor(argument)).on(creating),
		listing("members", nestedMember(argument)).on(creating),
		tags(),
		carried("tls_container_ref", textOf(maxText)),
		carried("ca_tls_container_ref", textOf(maxText)),
		carried("crl_container_ref", textOf(maxText)),
		carried("tls_enabled", boolean),
	}, tlsOptions(), []attribute{tenantID()})
}

// sessionPersistence needs no type in a change, which may leave it.
func sessionPersistence(argument string) schema {
	return schema{argument: argument + ".session_persistence", attributes: []attribute{
		carried("type", wordOf(lbaas.PersistenceTypes())).must(),
		carried("cookie_name", cookieName),
		carried("persistence_timeout", integer),
		carried("persistence_granularity", address),
	}}
}

func poolPut() rootSchema { return newRootSchema("pool_", "pool", poolTable("pool_.pool").changed()) }

func poolPost() rootSchema { return newRootSchema("pool_", "pool", poolTable("pool_.pool").posted()) }

func memberTable() table {
	return table{
		name(), adminStateUp(),
		carried("address", address).must().on(creating),
		carried("protocol_port", within(1, maxPort)).must().on(creating),
		carried("weight", within(0, lbaas.MaxWeight)),
		carried("backup", boolean),
		carried("subnet_id", identifier).on(creating),
		projectID(),
		carried("monitor_port", within(1, maxPort)),
		carried("monitor_address", address),
		tags(),
		refused("request_sriov", boolean, nil).on(creating),
		tenantID(),
	}
}

func memberPut() rootSchema  { return newRootSchema("member_", "member", memberTable().changed()) }
func memberPost() rootSchema { return newRootSchema("member_", "member", memberTable().posted()) }

func healthMonitorTable() table {
	retries := within(1, lbaas.MaxRetries)
	return table{
		name(),
		carried("type", wordOf(lbaas.MonitorTypes())).must().on(creating),
		carried("delay", within(0, math.MaxInt64)).must(),
		carried("timeout", within(0, math.MaxInt64)).must(),
		carried("max_retries_down", retries),
		carried("max_retries", retries).must(),
		carried("http_method", wordOf(lbaas.MonitorMethods())),
		carried("url_path", urlPath),
		carried("expected_codes", expectedCodes),
		adminStateUp(),
		projectID(),
		carried("pool_id", identifier).must().on(alone),
		tags(),
		carried("http_version", httpVersion),
		carried("domain_name", domainName),
		tenantID(),
	}
}

func healthMonitorPut() rootSchema {
	return newRootSchema("health_monitor_", "healthmonitor", healthMonitorTable().changed())
}

func healthMonitorPost() rootSchema {
	return newRootSchema("health_monitor_", "healthmonitor", healthMonitorTable().posted())
}
