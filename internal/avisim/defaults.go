package avisim

import (
	"maps"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// fillDefaults adds what the server adds beyond the schema's own defaults (controller facts 2.3).
func (s *Server) fillDefaults(d *draft) error {
	if d.model.Field("tenant_ref") != nil {
		given, ok := d.body["tenant_ref"].(schema.Ref)
		if ok && given.UUID != d.tenant {
			return badRequest("Field check for tenant_ref failed: it is not the tenant of the request")
		}
		d.body["tenant_ref"] = schema.Ref{Type: "Tenant", UUID: d.tenant}
	}
	if d.model.CloudBound() {
		setAbsent(d.body, "cloud_ref", schema.Ref{Type: "Cloud", UUID: defaultCloudUUID})
	}
	switch d.model.Name {
	case "VirtualService":
		s.fillVirtualService(d)
	case "Pool":
		s.fillPool(d)
	case "VsVip":
		s.fillVRF(d, "vrf_context_ref")
		fillVIPs(d.body)
	case "Network":
		s.fillVRF(d, "vrf_context_ref")
	case "SSLKeyAndCertificate":
		return fillCertificate(d)
	case "PKIProfile":
		return fillPKIProfile(d.body)
	case "Tenant":
		setAbsent(d.body, "config_settings", schema.Object{})
	}
	return nil
}

func setAbsent(o schema.Object, field string, value any) {
	if _, ok := o[field]; !ok {
		o[field] = value
	}
}

func (s *Server) setDefaultRef(o schema.Object, field, model, name string) {
	if r := s.store.named(model, name, adminTenant, ""); r != nil {
		setAbsent(o, field, r.ref())
	}
}

// inCloud finds a cloud's own object by name, the tenant's before the provider's.
func (s *Server) inCloud(model, name, tenant, cloud string) *record {
	if r := s.store.byName[nameKey{model, name, tenant, cloud}]; r != nil {
		return r
	}
	return s.store.byName[nameKey{model, name, adminTenant, cloud}]
}

// fillVRF defaults the VRF context to the cloud's global one, and remembers that nobody chose it.
func (s *Server) fillVRF(d *draft, field string) {
	given, ok := d.body[field].(schema.Ref)
	if ok {
		// Writing back what was read is no choice either.
		d.implicitVRF = d.old != nil && d.old.implicitVRF && d.old.body[field] == any(given)
		return
	}
	d.implicitVRF = true
	if d.old != nil && d.old.implicitVRF {
		setAbsent(d.body, field, d.old.body[field])
		return
	}
	if vrf := s.inCloud("VrfContext", "global", d.tenant, refUUID(d.body, "cloud_ref")); vrf != nil {
		d.body[field] = vrf.ref()
	}
}

func (s *Server) fillVirtualService(d *draft) {
	vs := d.body
	s.setDefaultRef(vs, "application_profile_ref", "ApplicationProfile", "System-HTTP")
	s.setDefaultRef(vs, "network_profile_ref", "NetworkProfile", "System-TCP-Proxy")
	s.setDefaultRef(vs, "analytics_profile_ref", "AnalyticsProfile", "System-Analytics-Profile")
	cloud := refUUID(vs, "cloud_ref")
	if parent := s.store.get("VirtualService", refUUID(vs, "vh_parent_vs_ref")); parent != nil {
		setAbsent(vs, "vrf_context_ref", parent.body["vrf_context_ref"])
		setAbsent(vs, "se_group_ref", parent.body["se_group_ref"])
	}
	if vrf := s.inCloud("VrfContext", "global", d.tenant, cloud); vrf != nil {
		setAbsent(vs, "vrf_context_ref", vrf.ref())
	}
	if group := s.inCloud("ServiceEngineGroup", defaultGroup, d.tenant, cloud); group != nil {
		setAbsent(vs, "se_group_ref", group.ref())
	}
	if c := s.store.get("Cloud", cloud); c != nil {
		vs["cloud_type"] = text(c.body, "vtype")
	}
	setAbsent(vs, "max_cps_per_client", int64(0))
	fillVIPs(vs)
	services, tls := filledServices(vs)
	delete(vs, "services")
	if len(services) > 0 {
		vs["services"] = services
	}
	if tls {
		s.setDefaultRef(vs, "ssl_profile_ref", "SSLProfile", "System-Standard-PFS")
		if len(refs(vs, "ssl_key_and_certificate_refs")) == 0 {
			if r := s.store.named("SSLKeyAndCertificate", "System-Default-Cert", adminTenant, ""); r != nil {
				vs["ssl_key_and_certificate_refs"] = []any{r.ref()}
			}
		}
	}
}

// filledServices gives each service its port_range_end, and says whether any of them decrypts.
func filledServices(vs schema.Object) (services []any, tls bool) {
	for _, service := range objects(vs, "services") {
		service = maps.Clone(service)
		if number(service, "port_range_end") == 0 {
			service["port_range_end"] = number(service, "port")
		}
		tls = tls || flag(service, "enable_ssl")
		services = append(services, service)
	}
	return services, tls
}

func (s *Server) fillPool(d *draft) {
	pool := d.body
	s.fillVRF(d, "vrf_ref")
	s.setDefaultRef(pool, "analytics_profile_ref", "AnalyticsProfile", "System-Analytics-Profile")
	setAbsent(pool, "max_concurrent_connections_per_server", int64(0))
	setAbsent(pool, "fail_action", schema.Object{"type": "FAIL_ACTION_CLOSE_CONN"})
	setAbsent(pool, "default_server_port", int64(80)) // the schema's, needed early as a part of the servers' keys
	servers := []any{}
	for _, server := range objects(pool, "servers") {
		server = maps.Clone(server)
		if address := text(object(server, "ip"), "addr"); address != "" {
			setAbsent(server, "hostname", address)
		}
		servers = append(servers, server)
	}
	if _, ok := pool["servers"]; ok {
		pool["servers"] = servers
	}
}

// fillVIPs: a vip without vip_id gets "0" (controller facts 2.3).
func fillVIPs(body schema.Object) {
	vips := []any{}
	for _, vip := range objects(body, "vip") {
		vip = maps.Clone(vip)
		setAbsent(vip, "vip_id", "0")
		vips = append(vips, vip)
	}
	if _, ok := body["vip"]; ok {
		body["vip"] = vips
	}
}
