package translate

import (
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// withProxyProtocol gives a virtual service whose default pool speaks the PROXY protocol an application profile of its own: Avi
// has the protocol in the profile of a layer 4 virtual service, not in the pool.
func (t *translator) withProxyProtocol(l *lbaas.Listener, pool *lbaas.Pool, owner string, vs *plan.Object) []plan.Object {
	version := proxyVersion(pool)
	if version == "" || t.applicationProfile(l.Protocol) != layer4Profile {
		return nil
	}
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
