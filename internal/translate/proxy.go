package translate

import (
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// withProxyProtocol gives a virtual service whose default pool speaks the PROXY protocol an application profile of its own: Avi
// has the protocol in the profile of a layer 4 virtual service, not in the pool. So an HTTPS listener with such a pool is passed
// through, also where the provider's HTTPS listeners decrypt otherwise.
func (t *translator) withProxyProtocol(l *lbaas.Listener, pool *lbaas.Pool, owner string, vs *plan.Object) []plan.Object {
	version := proxyVersion(pool)
	if version == "" {
		return nil
	}
	vs.Fields["services"] = plan.List{Entries: []map[string]any{{"port": l.ProtocolPort, "enable_ssl": false}}}
	uuid := ApplicationProfileUUID(owner)
	vs.Fields["application_profile_ref"] = refTo(TypeApplicationProfile, uuid)
	return []plan.Object{t.object(TypeApplicationProfile, uuid, owner, map[string]any{
		"name": fitted(t.virtualServiceName(l), "-proxy", owner),
		"type": "APPLICATION_PROFILE_TYPE_L4",
		"tcp_app_profile": map[string]any{
			"proxy_protocol_enabled": true, "proxy_protocol_version": version,
		},
	})}
}

// proxyVersion is empty for a pool that does not speak the protocol.
func proxyVersion(pool *lbaas.Pool) string {
	if pool == nil {
		return ""
	}
	switch pool.Protocol {
	case lbaas.PoolProxy:
		return "PROXY_PROTOCOL_VERSION_1"
	case lbaas.PoolProxyV2:
		return "PROXY_PROTOCOL_VERSION_2"
	case lbaas.PoolHTTP, lbaas.PoolHTTPS, lbaas.PoolTCP, lbaas.PoolUDP, lbaas.PoolSCTP:
	}
	return ""
}
