package avisim

// checkPoolGroup: the pools of a group are of its cloud, each there once, and go with the virtual services that use the group, as
// their own pools have to (controller facts 4.2).
func (s *Server) checkPoolGroup(d *draft) error {
	name := text(d.body, "name")
	seen := map[string]bool{}
	var pools []*record
	for _, member := range objects(d.body, "members") {
		pool := s.store.get("Pool", refUUID(member, "pool_ref"))
		if seen[pool.uuid] {
			return badRequest("Pool group %s has pool %s twice", name, pool.name)
		}
		seen[pool.uuid] = true
		if pool.body["cloud_ref"] != d.body["cloud_ref"] {
			return badRequest("Cloud for pool group %s and pool %s different", name, pool.name)
		}
		pools = append(pools, pool)
	}
	if d.old == nil {
		return nil
	}
	for _, vs := range s.store.referredBy(d.old.ref(), "VirtualService") {
		for _, pool := range pools {
			if pool.body["vrf_ref"] == vs.body["vrf_context_ref"] {
				continue
			}
			if !pool.implicitVRF {
				return badRequest("VRF Context for %s and pool %s different", vs.name, pool.name)
			}
			d.effects = append(d.effects, s.adoptVRF(pool, "vrf_ref", vs.body["vrf_context_ref"]))
		}
	}
	return nil
}
