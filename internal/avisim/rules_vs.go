package avisim

import (
	"maps"
	"slices"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// Values of VirtualService.type.
const (
	vsParent = "VS_TYPE_VH_PARENT"
	vsChild  = "VS_TYPE_VH_CHILD"
)

const (
	maxChildren       = 1000 // SystemLimits.sni_children_per_parent
	maxCertificates   = 2    // SystemLimits.certificates_per_virtualservice: one RSA and one EC
	layer4AppType     = "APPLICATION_PROFILE_TYPE_L4"
	layer4SSLAppType  = "APPLICATION_PROFILE_TYPE_SSL"
	httpAppType       = "APPLICATION_PROFILE_TYPE_HTTP"
	protocolTCPProxy  = "PROTOCOL_TYPE_TCP_PROXY"
	protocolUDPFast   = "PROTOCOL_TYPE_UDP_FAST_PATH"
	protocolUDPProxy  = "PROTOCOL_TYPE_UDP_PROXY"
	protocolSCTPFast  = "PROTOCOL_TYPE_SCTP_FAST_PATH"
	protocolSCTPProxy = "PROTOCOL_TYPE_SCTP_PROXY"
)

func (s *Server) checkVirtualService(d *draft) error {
	vs := d.body
	if vs["pool_ref"] != nil && vs["pool_group_ref"] != nil {
		return badRequest("Virtual service %s cannot have both pool_ref and pool_group_ref", text(vs, "name"))
	}
	child := text(vs, "type") == vsChild
	checks := []func(*draft) error{s.checkListener}
	if child {
		checks = []func(*draft) error{s.checkChild}
	}
	checks = append(checks, s.checkFormerChildren, s.checkCertificates, s.checkPools)
	for _, check := range checks {
		if err := check(d); err != nil {
			return err
		}
	}
	return s.profilesOf(vs).check(vs, s)
}

// checkListener checks what a virtual service with ports of its own needs.
func (s *Server) checkListener(d *draft) error {
	vs := d.body
	if vs["vh_parent_vs_ref"] != nil {
		return badRequest("Virtual service %s has a parent, but is not of type %s", text(vs, "name"), vsChild)
	}
	if len(objects(vs, "services")) == 0 {
		return badRequest("Service mandatory for Virtual Service")
	}
	for _, service := range objects(vs, "services") {
		if number(service, "port_range_end") < number(service, "port") {
			return badRequest("Service port range %d-%d is empty", number(service, "port"), number(service, "port_range_end"))
		}
	}
	vip := s.store.get("VsVip", refUUID(vs, "vsvip_ref"))
	if vip == nil {
		return s.checkInlineVIP(d)
	}
	if vip.body["cloud_ref"] != vs["cloud_ref"] {
		return badRequest("Cloud for %s and VsVip %s different", text(vs, "name"), vip.name)
	}
	users := s.otherUsers(vip, d)
	if vip.body["vrf_context_ref"] != vs["vrf_context_ref"] {
		if !vip.implicitVRF || len(users) > 0 {
			return badRequest("VRF Context for %s and VsVip %s different", text(vs, "name"), vip.name)
		}
		d.effects = append(d.effects, s.adoptVRF(vip, "vrf_context_ref", vs["vrf_context_ref"]))
	}
	return s.checkPortsFree(vs, vip, users)
}

// checkInlineVIP makes a VsVip out of a virtual service's own vip list (controller facts 4.2).
func (s *Server) checkInlineVIP(d *draft) error {
	vs := d.body
	if len(objects(vs, "vip")) == 0 {
		return badRequest("Virtual service %s needs a vsvip_ref or a vip", text(vs, "name"))
	}
	cloud := s.store.get("Cloud", refUUID(vs, "cloud_ref"))
	vips := schema.Object{
		"name": "vsvip-" + text(vs, "name") + "-" + cloud.name, "vip": vs["vip"],
		"cloud_ref": vs["cloud_ref"], "vrf_context_ref": vs["vrf_context_ref"],
	}
	made := &draft{model: s.schema.Message("VsVip"), uuid: newUUID("VsVip"), tenant: d.tenant, body: vips, knobs: d.knobs}
	if err := s.finish(made); err != nil {
		return err
	}
	d.effects = append(d.effects, func(now time.Time) { s.commit(made, now) })
	vs["vsvip_ref"] = schema.Ref{Type: "VsVip", UUID: made.uuid}
	return nil
}

// otherUsers are the virtual services on a VsVip besides the draft itself.
func (s *Server) otherUsers(vip *record, d *draft) []*record {
	var out []*record
	for _, vs := range s.store.referredBy(vip.ref(), "VirtualService") {
		if vs.uuid != d.uuid {
			out = append(out, vs)
		}
	}
	return out
}

// adoptVRF moves a pool or VsVip whose VRF context nobody chose to its virtual service's (controller facts 4.2).
func (s *Server) adoptVRF(r *record, field string, vrf any) func(time.Time) {
	return func(now time.Time) {
		body := maps.Clone(r.body)
		body[field] = vrf
		s.store.update(r, body, now)
	}
}

// checkPortsFree: virtual services on one VsVip must not overlap in port and protocol (controller facts 4.2).
func (s *Server) checkPortsFree(vs schema.Object, vip *record, users []*record) error {
	mine := s.listens(vs)
	for i, a := range mine {
		if slices.ContainsFunc(mine[i+1:], a.overlaps) {
			return badRequest("Virtual service %s has overlapping services at port %d", text(vs, "name"), a.first)
		}
	}
	for _, other := range users {
		for _, theirs := range s.listens(other.body) {
			for _, a := range mine {
				if a.overlaps(theirs) {
					return badRequest("Virtual service %s uses port %d (%s) of VsVip %s already", other.name, theirs.first, theirs.protocol, vip.name)
				}
			}
		}
	}
	return nil
}

// portRange is what one service listens on.
type portRange struct {
	first, last int64
	protocol    string // TCP, UDP or SCTP
}

func (p portRange) overlaps(other portRange) bool {
	return p.protocol == other.protocol && p.first <= other.last && other.first <= p.last
}

func (s *Server) listens(vs schema.Object) []portRange {
	var out []portRange
	for _, service := range objects(vs, "services") {
		protocol := "TCP"
		switch s.protocolOf(vs, service) {
		case protocolUDPFast, protocolUDPProxy:
			protocol = "UDP"
		case protocolSCTPFast, protocolSCTPProxy:
			protocol = "SCTP"
		}
		out = append(out, portRange{number(service, "port"), number(service, "port_range_end"), protocol})
	}
	return out
}

// protocolOf is the network profile's type that a service is treated by.
func (s *Server) protocolOf(vs, service schema.Object) string {
	id := refUUID(service, "override_network_profile_ref")
	if id == "" {
		id = refUUID(vs, "network_profile_ref")
	}
	if profile := s.store.get("NetworkProfile", id); profile != nil {
		return text(object(profile.body, "profile"), "type")
	}
	return protocolTCPProxy
}

// checkChild: an SNI child has a parent and domains, but no address and ports of its own (controller facts 4.2).
func (s *Server) checkChild(d *draft) error {
	vs := d.body
	for _, field := range []string{"vsvip_ref", "vip", "services"} {
		if vs[field] != nil {
			return badRequest("Virtual service %s is a child: it cannot have %s", text(vs, "name"), field)
		}
	}
	parent := s.store.get("VirtualService", refUUID(vs, "vh_parent_vs_ref"))
	if parent == nil {
		return badRequest("Virtual service %s is a child: it needs vh_parent_vs_ref", text(vs, "name"))
	}
	if text(parent.body, "type") != vsParent {
		return badRequest("Virtual service %s cannot be the parent of %s: it is not of type %s", parent.name, text(vs, "name"), vsParent)
	}
	if domains, _ := vs["vh_domain_name"].([]any); text(vs, "vh_type") == "VS_TYPE_VH_SNI" && len(domains) == 0 {
		return badRequest("Virtual service %s is a child: it needs vh_domain_name", text(vs, "name"))
	}
	if vs["vrf_context_ref"] != parent.body["vrf_context_ref"] {
		return badRequest("VRF Context for %s and its parent %s different", text(vs, "name"), parent.name)
	}
	if vs["cloud_ref"] != parent.body["cloud_ref"] {
		return badRequest("Cloud for %s and its parent %s different", text(vs, "name"), parent.name)
	}
	if d.creating() && len(s.children(parent)) >= maxChildren {
		return badRequest("System limit exceeded: at most %d children of a virtual service", maxChildren)
	}
	return nil
}

func (s *Server) children(parent *record) []*record {
	var out []*record
	for _, vs := range s.store.referredBy(parent.ref(), "VirtualService") {
		if refUUID(vs.body, "vh_parent_vs_ref") == parent.uuid {
			out = append(out, vs)
		}
	}
	return out
}

// checkFormerChildren: a parent may have to stay one while it has children.
func (s *Server) checkFormerChildren(d *draft) error {
	if !d.knobs.ParentKeepsType || d.old == nil || text(d.body, "type") == vsParent {
		return nil
	}
	if children := s.children(d.old); len(children) > 0 {
		return badRequest("Virtual service %s has children (%s): its type must stay %s", d.old.name, children[0].name, vsParent)
	}
	return nil
}

// checkCertificates: one certificate, or one RSA and one EC (controller facts 4.2).
func (s *Server) checkCertificates(d *draft) error {
	list := refs(d.body, "ssl_key_and_certificate_refs")
	if len(list) > maxCertificates {
		return badRequest("Virtual service %s: at most %d certificates", text(d.body, "name"), maxCertificates)
	}
	algorithms := map[string]bool{}
	for _, ref := range list {
		certificate := s.store.byRef[ref]
		algorithm := text(object(certificate.body, "key_params"), "algorithm")
		if algorithms[algorithm] {
			return badRequest("Virtual service %s: two certificates must be one RSA and one EC", text(d.body, "name"))
		}
		algorithms[algorithm] = true
	}
	return nil
}

// checkPools: same cloud and VRF context, and sharing only where it is supported.
func (s *Server) checkPools(d *draft) error {
	vs := d.body
	for _, pool := range s.poolsOf(vs) {
		if pool.body["cloud_ref"] != vs["cloud_ref"] {
			return badRequest("Cloud for %s and pool %s different", text(vs, "name"), pool.name)
		}
		var others []*record
		for _, user := range s.poolUsers(pool.ref()) {
			if user.uuid != d.uuid {
				others = append(others, user)
			}
		}
		if pool.body["vrf_ref"] != vs["vrf_context_ref"] {
			if !pool.implicitVRF || len(others) > 0 {
				return badRequest("VRF Context for %s and pool %s different", text(vs, "name"), pool.name)
			}
			d.effects = append(d.effects, s.adoptVRF(pool, "vrf_ref", vs["vrf_context_ref"]))
		}
		if err := s.checkSharing(vs, pool, others); err != nil {
			return err
		}
	}
	return nil
}

// checkSharing: HTTP virtual services may share a pool; by 30.2 also layer 4 ones (controller facts 4.2).
func (s *Server) checkSharing(vs schema.Object, pool *record, others []*record) error {
	if len(others) == 0 {
		return nil
	}
	layer4Shares := !s.version.Less(schema.Version{Major: 30, Minor: 2})
	for _, user := range append([]*record{{body: vs, name: text(vs, "name")}}, others...) {
		switch kind := s.profilesOf(user.body).applicationType(); {
		case kind == httpAppType:
		case layer4Shares && (kind == layer4AppType || kind == layer4SSLAppType):
		default:
			return badRequest("Pool %s cannot be shared: virtual service %s is of type %s", pool.name, user.name, kind)
		}
	}
	return nil
}

// profiles are what a virtual service's traffic is treated by.
type profiles struct{ application, network schema.Object }

func (s *Server) profilesOf(vs schema.Object) profiles {
	var p profiles
	if r := s.store.get("ApplicationProfile", refUUID(vs, "application_profile_ref")); r != nil {
		p.application = r.body
	}
	if r := s.store.get("NetworkProfile", refUUID(vs, "network_profile_ref")); r != nil {
		p.network = r.body
	}
	return p
}

func (p profiles) applicationType() string { return text(p.application, "type") }

func (p profiles) layer4() bool {
	return p.applicationType() == layer4AppType || p.applicationType() == layer4SSLAppType
}

// check checks that a virtual service's profiles, policies and persistence go together (controller facts 4.2).
func (p profiles) check(vs schema.Object, s *Server) error {
	name := text(vs, "name")
	isHTTP := p.applicationType() == httpAppType
	if network := text(object(p.network, "profile"), "type"); isHTTP && network != protocolTCPProxy {
		return badRequest("Virtual service %s: an HTTP application profile needs a TCP proxy network profile, not %s", name, network)
	}
	if servers := s.store.get("NetworkProfile", refUUID(vs, "server_network_profile_ref")); servers != nil {
		for _, profile := range []schema.Object{p.network, servers.body} {
			if kind := text(object(profile, "profile"), "type"); kind != protocolTCPProxy {
				return badRequest("Virtual service %s: a network profile for servers needs TCP to be proxied on both sides, not %s", name, kind)
			}
		}
	}
	for _, service := range objects(vs, "services") {
		overridden := service["override_network_profile_ref"] != nil && service["override_application_profile_ref"] == nil
		if isHTTP && overridden && s.protocolOf(vs, service) != protocolTCPProxy {
			return badRequest("Virtual service %s: port %d needs a TCP proxy network profile", name, number(service, "port"))
		}
	}
	if len(objects(vs, "http_policies")) > 0 && !isHTTP {
		return badRequest("Virtual service %s: HTTP policies need an HTTP application profile", name)
	}
	if !p.layer4() {
		return nil
	}
	for _, pool := range s.poolsOf(vs) {
		profile := s.store.get("ApplicationPersistenceProfile", refUUID(pool.body, "application_persistence_profile_ref"))
		if profile != nil && !clientIPPersistence(profile.body) {
			return badRequest("Cannot use pool %s. Only clien-ip persistence is applicable for Layer-4 virtual service.", pool.name)
		}
	}
	return nil
}
