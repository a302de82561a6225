package avisim

import (
	"net/netip"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// checkRules refuses what the schema cannot express (controller facts 4.2).
func (s *Server) checkRules(d *draft) error {
	if err := checkAddresses(d.body, nil); err != nil {
		return err
	}
	switch d.model.Name {
	case "VirtualService":
		return s.checkVirtualService(d)
	case "Pool":
		return s.checkPool(d)
	case "PoolGroup":
		return s.checkPoolGroup(d)
	case "VsVip":
		return s.checkVsVip(d)
	case "HealthMonitor":
		return s.checkHealthMonitor(d)
	case "ApplicationPersistenceProfile":
		return s.checkPersistenceProfile(d)
	case "ApplicationProfile", "NetworkProfile":
		return s.checkProfileUsers(d)
	case "HTTPPolicySet":
		return checkPolicySet(d)
	case "NetworkSecurityPolicy":
		return checkRuleIndexes(d.body, "rules")
	case "VrfContext":
		return s.checkVRFCount(d)
	case "Cloud":
		d.effects = append(d.effects, s.cloudEffects(d)...)
	case "Tenant":
		d.effects = append(d.effects, s.tenantEffects(d)...)
	}
	return nil
}

// checkAddresses looks at every IpAddr, however deep: its text must be what its type says.
func checkAddresses(value any, path []string) error {
	switch v := value.(type) {
	case schema.Object:
		addr, isAddr := v["addr"].(string)
		kind, isTyped := v["type"].(string)
		if isAddr && isTyped && !addressFits(kind, addr) {
			return &schema.FieldError{Path: append(path, "addr"), Reason: "'" + addr + "' is not a valid " + kind + " address"}
		}
		for name, inner := range v {
			if err := checkAddresses(inner, append(path, name)); err != nil {
				return err
			}
		}
	case []any:
		for _, inner := range v {
			if err := checkAddresses(inner, path); err != nil {
				return err
			}
		}
	}
	return nil
}

func addressFits(kind, addr string) bool {
	parsed, err := netip.ParseAddr(addr)
	switch kind {
	case "V4":
		return err == nil && parsed.Is4()
	case "V6":
		return err == nil && parsed.Is6() && parsed.Zone() == ""
	case "DNS":
		return addr != "" && !strings.ContainsAny(addr, " /")
	}
	return true
}

func (s *Server) checkHealthMonitor(d *draft) error {
	if number(d.body, "receive_timeout") >= number(d.body, "send_interval") {
		return badRequest("Receive timeout (%d) must be less than the send interval (%d)",
			number(d.body, "receive_timeout"), number(d.body, "send_interval"))
	}
	if d.old != nil && number(d.body, "monitor_port") == 0 {
		for _, pool := range s.store.referredBy(d.old.ref(), "Pool") {
			if flag(pool.body, "use_service_port") {
				return badRequest("Health monitor port is needed: pool %s uses the service port", pool.name)
			}
		}
	}
	return nil
}

func (s *Server) checkPersistenceProfile(d *draft) error {
	if d.old == nil || clientIPPersistence(d.body) {
		return nil
	}
	for _, pool := range s.store.referredBy(d.old.ref(), "Pool") {
		if s.usedByLayer4(pool.ref()) {
			return layer4PersistenceOfPool()
		}
	}
	return nil
}

func clientIPPersistence(profile schema.Object) bool {
	switch text(profile, "persistence_type") {
	case "PERSISTENCE_TYPE_CLIENT_IP_ADDRESS", "PERSISTENCE_TYPE_CLIENT_IPV6_ADDRESS":
		return true
	}
	return false
}

// layer4PersistenceOfPool has the Controller's own text, typing error included (controller facts 2.9).
func layer4PersistenceOfPool() *apiError {
	return badRequest("Cannot change Pool because of referred virtual service. " +
		"Only clien-ip persistence is applicable for Layer-4 virtual service.")
}

// checkProfileUsers checks the virtual services that use a changed profile as if they were written again.
func (s *Server) checkProfileUsers(d *draft) error {
	if d.old == nil {
		return nil
	}
	for _, vs := range s.store.referredBy(d.old.ref(), "VirtualService") {
		p := s.profilesOf(vs.body)
		if d.model.Name == "ApplicationProfile" {
			p.application = d.body
		} else {
			p.network = d.body
		}
		if err := p.check(vs.body, s); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) checkVRFCount(d *draft) error {
	if d.creating() && len(s.store.byModel["VrfContext"]) >= d.knobs.VRFLimit {
		return badRequest("System limit exceeded: at most %d VRF contexts", d.knobs.VRFLimit)
	}
	return nil
}

func (s *Server) checkVsVip(d *draft) error {
	users := []*record(nil)
	if d.old != nil {
		users = s.store.referredBy(d.old.ref(), "VirtualService")
	}
	for _, vip := range objects(d.body, "vip") {
		hasAddress := vip["ip_address"] != nil || vip["ip6_address"] != nil
		if !hasAddress && flag(vip, "auto_allocate_ip") {
			return badRequest("No available free IPs for vip %s", text(vip, "vip_id"))
		}
		if !hasAddress {
			return badRequest("Vip %s needs an ip_address, an ip6_address or auto_allocate_ip", text(vip, "vip_id"))
		}
	}
	if d.old == nil {
		return nil
	}
	if err := checkVIPIdentity(d.old.body, d.body, len(users) > 0); err != nil {
		return err
	}
	for _, vs := range users {
		if d.body["vrf_context_ref"] != vs.body["vrf_context_ref"] {
			return badRequest("VRF Context for %s and VsVip %s different", vs.name, text(d.body, "name"))
		}
		if d.body["cloud_ref"] != vs.body["cloud_ref"] {
			return badRequest("Cloud for %s and VsVip %s different", vs.name, text(d.body, "name"))
		}
	}
	return nil
}

// checkVIPIdentity refuses a changed vip_id, and a changed address while virtual services use it (controller facts 2.9, 4.2).
func checkVIPIdentity(before, after schema.Object, used bool) error {
	old := map[string]schema.Object{}
	oldIDs := map[string]string{} // vip_id by address
	for _, vip := range objects(before, "vip") {
		old[text(vip, "vip_id")] = vip
		oldIDs[vipAddress(vip)] = text(vip, "vip_id")
	}
	for _, vip := range objects(after, "vip") {
		id := text(vip, "vip_id")
		if was, ok := oldIDs[vipAddress(vip)]; ok && was != id && old[id] == nil {
			return badRequest("Changing an existing VIP's vip_id is not supported")
		}
		previous := old[id]
		if used && previous != nil && (addressChanged(previous, vip, "ip_address") || addressChanged(previous, vip, "ip6_address")) {
			return badRequest("Changing the IP of vip %s is not supported. If a new preferred IP is needed, please recreate the VIP", id)
		}
	}
	return nil
}

// addressChanged does not count an address that is added.
func addressChanged(before, after schema.Object, field string) bool {
	old := text(object(before, field), "addr")
	return old != "" && old != text(object(after, field), "addr")
}

func vipAddress(vip schema.Object) string {
	return text(object(vip, "ip_address"), "addr") + "|" + text(object(vip, "ip6_address"), "addr")
}
