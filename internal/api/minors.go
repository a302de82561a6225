package api

// minorVersion is one of the API's versions 2.x. Each promises what it adds over all before it, and clients act on the promise: the
// Kubernetes cloud provider, say, uses allowed_cidrs when it sees v2.12.
type minorVersion struct {
	id      string
	updated string // as Octavia's own document has it
	// adds is what the version promises: Octavia's API reference and the comments of its document.
	adds string
}

// minorVersions are Octavia's, the oldest first. All of them are announced: an option that the Avi Controller cannot carry out is
// refused with a 501 that names it, and Octavia promises no more of a provider.
func minorVersions() []minorVersion {
	return []minorVersion{
		{"v2.0", "2016-12-11T00:00:00Z", "load balancers, listeners, pools, members, health monitors, L7 policies and rules, quotas"},
		{"v2.1", "2018-04-20T00:00:00Z", "404 for what was deleted; timeouts of listeners; backup members"},
		{"v2.2", "2018-07-31T00:00:00Z", "UDP; persistence_timeout and persistence_granularity of pools"},
		{"v2.3", "2018-12-18T00:00:00Z", "the compute flavor of amphorae, of which there are none"},
		{"v2.4", "2018-12-19T00:00:00Z", "statistics of amphorae, of which there are none"},
		{"v2.5", "2019-01-21T00:00:00Z", "tags"},
		{"v2.6", "2019-01-25T00:00:00Z", "flavors, their profiles and the providers' capabilities for them"},
		{"v2.7", "2018-01-25T12:00:00Z", "the configuration of amphorae, of which there are none"},
		{"v2.8", "2019-02-12T00:00:00Z", "certificates of clients; TLS towards members"},
		{"v2.9", "2019-03-04T00:00:00Z", "redirect_http_code of L7 policies"},
		{"v2.10", "2019-03-05T00:00:00Z", "domain_name and http_version of health monitors"},
		{"v2.11", "2019-06-24T00:00:00Z", "additive_only for the batch update of members"},
		{"v2.12", "2019-09-11T00:00:00Z", "allowed_cidrs of listeners"},
		{"v2.13", "2019-09-13T00:00:00Z", "the algorithm SOURCE_IP_PORT"},
		{"v2.14", "2019-11-10T00:00:00Z", "availability zones, their profiles and the providers' capabilities for them"},
		{"v2.15", "2020-03-10T00:00:00Z", "tls_ciphers"},
		{"v2.16", "2020-03-15T00:00:00Z", "health monitors of type HTTP and TCP for UDP pools"},
		{"v2.17", "2020-04-29T00:00:00Z", "tls_versions of listeners"},
		{"v2.18", "2020-04-29T01:00:00Z", "tls_versions of pools"},
		{"v2.19", "2020-05-12T00:00:00Z", "quotas of L7 policies and rules"},
		{"v2.20", "2020-08-02T00:00:00Z", "alpn_protocols of listeners"},
		{"v2.21", "2020-09-03T00:00:00Z", "the deletion of amphorae, of which there are none"},
		{"v2.22", "2020-09-04T00:00:00Z", "the pool protocol PROXYV2"},
		{"v2.23", "2020-09-07T00:00:00Z", "SCTP"},
		{"v2.24", "2020-10-15T00:00:00Z", "alpn_protocols of pools"},
		{"v2.25", "2021-10-02T00:00:00Z", "listeners with protocol PROMETHEUS"},
		{"v2.26", "2022-08-29T00:00:00Z", "additional_vips"},
		{"v2.27", "2023-05-05T00:00:00Z", "HTTP Strict Transport Security"},
		{"v2.28", "2023-11-08T00:00:00Z", "vip_vnic_type"},
		{"v2.29", "2024-10-15T00:00:00Z", "vip_sg_ids"},
		{"v2.30", "2025-02-26T00:00:00Z", "request_sriov and vnic_type of members"},
	}
}
