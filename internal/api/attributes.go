package api

import (
	"math"
	"slices"
)

// The attributes of each resource's requests are those of Octavia's types (octavia/api/v2/types): a POST takes more than a PUT.

// maxTimeout is the longest of the timeouts of Octavia's listeners, in milliseconds.
const maxTimeout = 24 * 24 * 60 * 60 * 1000

const (
	clientAuthNone = "NONE"
	maxPort        = 65535
)

// named are the attributes that may be given and changed on almost every object.
func named() []attribute {
	return []attribute{carried("name", textOf(maxText)), adminStateUp(), carried("tags", listOf(textOf(maxText)))}
}

// owned are the two names of the project, on creations only. Octavia still takes them on children, whose project is always that
// of their load balancer.
func owned() []attribute {
	return []attribute{carried("project_id", textOf(maxProjectID)), carried("tenant_id", textOf(maxProjectID))}
}

func loadBalancerPut() rootSchema {
	return newRootSchema("load_balancer", "loadbalancer", slices.Concat(named(), []attribute{
		carried("description", textOf(maxText)),
		carried("vip_qos_policy_id", identifier),
		carried("vip_sg_ids", listOf(identifier)),
	}))
}

func loadBalancerPost() rootSchema {
	return newRootSchema("load_balancer", "loadbalancer", slices.Concat(loadBalancerPut().attributes, owned(), []attribute{
		carried("provider", textOf(maxProvider)),
		carried("vip_address", address),
		carried("vip_subnet_id", identifier),
		carried("vip_network_id", identifier),
		carried("vip_port_id", identifier),
		carried("additional_vips", additionalVIPs("load_balancer.loadbalancer")),
		carried("listeners", nestedListeners("load_balancer.loadbalancer")),
		carried("pools", listOf(nestedPool("load_balancer.loadbalancer.pools"))),
		carried("flavor_id", identifier),
		carried("availability_zone", textOf(maxText)),
	}))
}

func listenerPut() rootSchema {
	return newRootSchema("listener_", "listener", slices.Concat(named(), []attribute{
		carried("description", textOf(maxText)),
		carried("connection_limit", integer),
		carried("default_pool_id", identifier),
		carried("default_tls_container_ref", textOf(maxText)),
		carried("sni_container_refs", listOf(textOf(maxText))),
		carried("insert_headers", headers),
		carried("timeout_client_data", within(0, maxTimeout)),
		carried("timeout_member_connect", within(0, maxTimeout)),
		carried("timeout_member_data", within(0, maxTimeout)),
		carried("timeout_tcp_inspect", within(0, maxTimeout)),
		carried("client_ca_tls_container_ref", textOf(maxText)),
		carried("client_authentication", oneOf(clientAuthNone, "OPTIONAL", "MANDATORY")),
		carried("client_crl_container_ref", textOf(maxText)),
		carried("allowed_cidrs", listOf(text)),
		carried("hsts_max_age", within(0, math.MaxInt64)),
		carried("hsts_include_subdomains", boolean),
		carried("hsts_preload", boolean),
	}, tlsOptions()))
}

func listenerPost() rootSchema {
	return newRootSchema("listener_", "listener", slices.Concat(listenerPut().attributes, owned(), []attribute{
		carried("loadbalancer_id", identifier),
		carried("protocol", word),
		carried("protocol_port", integer),
	}, nestedInListener("listener_.listener")))
}

// tlsOptions are those that listeners and pools have alike.
func tlsOptions() []attribute {
	return []attribute{
		carried("tls_ciphers", textOf(maxCiphers)),
		carried("tls_versions", listOf(text)),
		carried("alpn_protocols", listOf(text)),
	}
}

func poolPut() rootSchema {
	persistence := schema{argument: "pool_.pool.session_persistence", attributes: []attribute{
		carried("type", word),
		carried("cookie_name", text),
		carried("persistence_timeout", integer),
		carried("persistence_granularity", address),
	}}
	return newRootSchema("pool_", "pool", slices.Concat(named(), []attribute{
		carried("description", textOf(maxText)),
		carried("lb_algorithm", word),
		carried("session_persistence", object(persistence)),
		carried("tls_container_ref", textOf(maxText)),
		carried("ca_tls_container_ref", textOf(maxText)),
		carried("crl_container_ref", textOf(maxText)),
		carried("tls_enabled", boolean),
	}, tlsOptions()))
}

func poolPost() rootSchema {
	return newRootSchema("pool_", "pool", slices.Concat(poolPut().attributes, owned(), []attribute{
		carried("loadbalancer_id", identifier),
		carried("listener_id", identifier),
		carried("protocol", word),
	}, nestedInPool("pool_.pool")))
}

func memberPut() rootSchema {
	return newRootSchema("member_", "member", slices.Concat(named(), []attribute{
		carried("weight", integer),
		carried("backup", boolean),
		carried("monitor_address", address),
		carried("monitor_port", within(1, maxPort)),
	}))
}

func memberPost() rootSchema {
	return newRootSchema("member_", "member", slices.Concat(memberPut().attributes, owned(), []attribute{
		carried("address", address),
		carried("protocol_port", integer),
		carried("subnet_id", identifier),
		refused("request_sriov", boolean, nil),
	}))
}

func healthMonitorPut() rootSchema {
	return newRootSchema("health_monitor_", "healthmonitor", slices.Concat(named(), []attribute{
		carried("delay", integer),
		carried("timeout", integer),
		carried("max_retries", integer),
		carried("max_retries_down", integer),
		carried("http_method", word),
		carried("url_path", word),
		carried("expected_codes", text),
		carried("http_version", httpVersion),
		carried("domain_name", domainName),
	}))
}

func healthMonitorPost() rootSchema {
	return newRootSchema("health_monitor_", "healthmonitor", slices.Concat(healthMonitorPut().attributes, owned(), []attribute{
		carried("pool_id", identifier),
		carried("type", word),
	}))
}
