package avisim

import (
	"fmt"
	"regexp"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

var neutronID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// networkID is the uuid in a reference to a network as the vendor's LBaaS driver writes it, which is the bare id of the Neutron
// network (LB2 avi_transform, placement_networks); empty for any other reference.
func networkID(refType string, segments []string) string {
	if refType == "Network" && len(segments) == 1 && neutronID.MatchString(segments[0]) {
		return segments[0]
	}
	return ""
}

// importNetwork makes the object of a Neutron network that a reference is the first to name, as a Controller with an OpenStack
// cloud ends up having it; nil when networks are not imported. It is called while the store is locked for a write.
func (s *Server) importNetwork(id, cloud string, now time.Time) *record {
	if !s.options.AutoTenants || !neutronID.MatchString(id) {
		return nil
	}
	model := s.schema.Message("Network")
	if cloud == "" {
		cloud = defaultCloudUUID
	}
	body := schema.Object{
		"uuid": id, "name": id, "cloud_ref": schema.Ref{Type: "Cloud", UUID: cloud},
		"tenant_ref": schema.Ref{Type: "Tenant", UUID: adminTenant},
	}
	if vrf := s.inCloud("VrfContext", "global", adminTenant, cloud); vrf != nil {
		body["vrf_context_ref"] = vrf.ref()
	}
	if err := schema.Complete(model, body); err != nil {
		panic(fmt.Sprintf("avisim: an imported network is not complete: %v", err))
	}
	r := &record{model: model, uuid: id, tenant: adminTenant, cloud: cloud, name: id, body: body, system: true}
	s.store.insert(r, now)
	return r
}
