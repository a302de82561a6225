package avisim

import (
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

func (s *Server) checkPool(d *draft) error {
	servers := objects(d.body, "servers")
	if len(servers) > d.knobs.ServersLimit {
		return badRequest("System limit exceeded: at most %d servers in a pool", d.knobs.ServersLimit)
	}
	seen := make(map[serverKey]bool, len(servers))
	for _, server := range servers {
		key := serverKeyIn(d.body, server)
		if seen[key] {
			return badRequest("Field check for servers failed: Unique constraints ip,port has duplicated value")
		}
		seen[key] = true
	}
	if flag(d.body, "use_service_port") {
		for _, ref := range refs(d.body, "health_monitor_refs") {
			if monitor := s.store.byRef[ref]; monitor != nil && number(monitor.body, "monitor_port") == 0 {
				return badRequest("Health monitor %s needs a monitor port: the pool uses the service port", monitor.name)
			}
		}
	}
	if d.old == nil {
		return nil
	}
	return s.checkPoolUsers(d)
}

// checkPoolUsers: a change of a pool must suit all virtual services that use it.
func (s *Server) checkPoolUsers(d *draft) error {
	pool := d.old.ref()
	profile := s.store.byRef[schema.Ref{Type: "ApplicationPersistenceProfile", UUID: refUUID(d.body, "application_persistence_profile_ref")}]
	if profile != nil && !clientIPPersistence(profile.body) && s.usedByLayer4(pool) {
		return layer4PersistenceOfPool()
	}
	for _, vs := range s.poolUsers(pool) {
		if d.body["vrf_ref"] != vs.body["vrf_context_ref"] {
			return badRequest("VRF Context for %s and pool %s different", vs.name, text(d.body, "name"))
		}
		if d.body["cloud_ref"] != vs.body["cloud_ref"] {
			return badRequest("Cloud for %s and pool %s different", vs.name, text(d.body, "name"))
		}
	}
	return nil
}

// poolUsers are the virtual services that send traffic to a pool, directly or through its pool groups.
func (s *Server) poolUsers(pool schema.Ref) []*record {
	users := s.store.referredBy(pool, "VirtualService")
	for _, group := range s.store.referredBy(pool, "PoolGroup") {
		users = append(users, s.store.referredBy(group.ref(), "VirtualService")...)
	}
	return users
}

func (s *Server) usedByLayer4(pool schema.Ref) bool {
	for _, vs := range s.poolUsers(pool) {
		if s.profilesOf(vs.body).layer4() {
			return true
		}
	}
	return false
}

// poolsOf are the pools that a virtual service names, directly or through its pool group.
func (s *Server) poolsOf(vs schema.Object) []*record {
	var out []*record
	if pool := s.store.get("Pool", refUUID(vs, "pool_ref")); pool != nil {
		out = append(out, pool)
	}
	if group := s.store.get("PoolGroup", refUUID(vs, "pool_group_ref")); group != nil {
		for _, member := range objects(group.body, "members") {
			if pool := s.store.get("Pool", refUUID(member, "pool_ref")); pool != nil {
				out = append(out, pool)
			}
		}
	}
	return out
}
