package translate

import (
	"cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// pools are the copies of a pool, one for each virtual service that uses it, after the persistence profile that they share. The
// profile is there as long as the pool wants it, also while nothing uses the pool, as the Python driver had it.
func (t *translator) pools(tree *lbaas.Tree, p *lbaas.Pool) []plan.Object {
	var objects []plan.Object
	switch {
	case p.Persistence == nil:
	case p.Persistence.Type == lbaas.PersistAppCookie:
		objects = append(objects, t.persistenceProfile(p))
	case p.Persistence.OfDatagrams():
		objects = append(objects, t.clientProfile(p))
	}
	for _, owner := range t.owners(tree, p) {
		objects = append(objects, t.poolsOf(tree, p, owner)...)
	}
	return objects
}

func poolName(p *lbaas.Pool) string { return cmp.Or(p.Name, "pool") }

// pool is a copy of a pool with those of its members.
func (t *translator) pool(tree *lbaas.Tree, p *lbaas.Pool, owner string, members []lbaas.Member) plan.Object {
	monitors := []any{}
	if h := tree.MonitorOf(p.ID); h != nil && (h.AdminStateUp || t.PythonDriverHealthMonitors) {
		monitors = append(monitors, refTo(TypeHealthMonitor, monitorUUID(h, members)))
	}
	fields := map[string]any{
		"name":                                fitted(poolName(p), "-"+owner, p.ID),
		"description":                         p.Description,
		"cloud_ref":                           t.cloud(),
		"enabled":                             p.AdminStateUp,
		"health_monitor_refs":                 monitors,
		"application_persistence_profile_ref": persistenceRef(p),
		"servers":                             servers(p, members),
	}
	setAlgorithm(fields, p.Algorithm)
	switch p.Protocol {
	case lbaas.PoolHTTP:
		t.encrypt(p, fields)
	case lbaas.PoolHTTPS:
		// Passed through, TLS must not be wrapped once more: an adopted pool of the Python driver's has a profile.
		fields["ssl_profile_ref"] = nil
		if t.TerminateHTTPS {
			fields["ssl_profile_ref"] = refByName(TypeSSLProfile, "System-Standard")
		}
	case lbaas.PoolTCP, lbaas.PoolUDP, lbaas.PoolSCTP, lbaas.PoolProxy, lbaas.PoolProxyV2:
	}
	t.placePool(fields, members)
	return t.object(TypePool, PoolUUID(p.ID, owner), p.ID, fields)
}

func setAlgorithm(fields map[string]any, a lbaas.Algorithm) {
	switch a {
	case lbaas.RoundRobin:
		fields["lb_algorithm"] = "LB_ALGORITHM_ROUND_ROBIN"
	case lbaas.LeastConnections:
		fields["lb_algorithm"] = "LB_ALGORITHM_LEAST_CONNECTIONS"
	case lbaas.SourceIP:
		fields["lb_algorithm"] = "LB_ALGORITHM_CONSISTENT_HASH"
		fields["lb_algorithm_hash"] = "LB_ALGORITHM_CONSISTENT_HASH_SOURCE_IP_ADDRESS"
	case lbaas.SourceIPPort:
		fields["lb_algorithm"] = "LB_ALGORITHM_CONSISTENT_HASH"
		fields["lb_algorithm_hash"] = "LB_ALGORITHM_CONSISTENT_HASH_SOURCE_IP_ADDRESS_AND_PORT"
	}
}

func servers(p *lbaas.Pool, members []lbaas.Member) plan.List {
	list := plan.List{Key: []string{"ip.addr", "port"}}
	for i := range members {
		list.Entries = append(list.Entries, server(p, &members[i]))
	}
	return list
}

// server is one member. A weight of 0 drains it: Avi's ratio has no 0, and a disabled server takes no new connections while
// those that are open may end (within the pool's graceful_disable_timeout).
func server(p *lbaas.Pool, m *lbaas.Member) map[string]any {
	return map[string]any{
		"ip":             ipAddr(m.Address),
		"port":           m.ProtocolPort,
		"hostname":       m.Address,
		"external_uuid":  m.ID,
		"enabled":        m.AdminStateUp && p.AdminStateUp && m.Weight > 0,
		"ratio":          Ratio(m.Weight),
		"verify_network": true,
	}
}

// Ratio is the share of a server, 1-20, for a weight of 0-256.
func Ratio(weight int) int { return weight*20/257 + 1 }

// persistenceRef is nil for a pool without persistence.
func persistenceRef(p *lbaas.Pool) any {
	if p.Persistence == nil {
		return nil
	}
	switch p.Persistence.Type {
	case lbaas.PersistSourceIP:
		if p.Persistence.OfDatagrams() {
			return refTo(TypePersistence, PersistenceUUID(p.ID))
		}
		return refByName(TypePersistence, "System-Persistence-Client-IP")
	case lbaas.PersistHTTPCookie:
		return refByName(TypePersistence, "System-Persistence-Http-Cookie")
	case lbaas.PersistAppCookie:
		return refTo(TypePersistence, PersistenceUUID(p.ID))
	}
	return nil
}

func (t *translator) persistenceProfile(p *lbaas.Pool) plan.Object {
	cookie := p.Persistence.CookieName
	return t.object(TypePersistence, PersistenceUUID(p.ID), p.ID, map[string]any{
		"name":                           "appcookie:" + cookie[:min(10, len(cookie))] + ":" + p.ID,
		"description":                    "Openstack profile via LBaaS", // the Python driver's text
		"persistence_type":               "PERSISTENCE_TYPE_APP_COOKIE",
		"app_cookie_persistence_profile": map[string]any{"prst_hdr_name": cookie},
	})
}

// clientProfile is the profile of a pool whose persistence says how long clients are kept, or which of them are taken for one.
func (t *translator) clientProfile(p *lbaas.Pool) plan.Object {
	return t.object(TypePersistence, PersistenceUUID(p.ID), p.ID, map[string]any{
		"name":             "clientip:" + p.ID,
		"persistence_type": "PERSISTENCE_TYPE_CLIENT_IP_ADDRESS",
		"ip_persistence_profile": map[string]any{
			"ip_persistent_timeout": numberOrNil(p.Persistence.Timeout / 60), "ip_mask": numberOrNil(p.Persistence.MaskBits()),
		},
	})
}

// numberOrNil is nil, which leaves a field to the Controller, for 0.
func numberOrNil(n int) any {
	if n == 0 {
		return nil
	}
	return n
}
