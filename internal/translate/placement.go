package translate

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// Subnet is what is known of a member's subnet.
type Subnet struct {
	NetworkID string
	CIDR      netip.Prefix
}

// VRFContextUUID is the uuid of the VRF context that is made for a subnet; the key is lbaas.LoadBalancer.VRFKey.
func VRFContextUUID(key string) string { return TypeVRFContext + "-" + key }

// vrfContext is the VRF context of the VIP's subnet, with the name and the text that the Python driver gave it. Load balancers
// of one subnet share it.
func (t *translator) vrfContext() plan.Object {
	o := t.object(TypeVRFContext, VRFContextUUID(t.lb.VRFKey), t.lb.VRFKey, map[string]any{
		"name":           "subnet-" + t.lb.VIP.SubnetID,
		"description":    "auto-created",
		"cloud_ref":      t.cloud(),
		"system_default": false,
	})
	if t.Markers {
		// It is not one load balancer's.
		o.Once["markers"] = []any{map[string]any{"key": "created_by", "values": []any{creator}}}
	}
	return o
}

// vrfRef is the VRF context of everything that the load balancer has; empty leaves the choice to the Controller. The three
// types of objects have to agree in it (controller facts 4.2), so that each is told, although the Controller would copy it.
func (t *translator) vrfRef() string {
	if t.lb.VRFKey != "" {
		return refTo(TypeVRFContext, VRFContextUUID(t.lb.VRFKey))
	}
	return cmp.Or(t.lb.Zone.VRFRef, t.lb.Flavor.VRFRef)
}

// own sets a field that belongs to LBaaS only if it says something: what a flavor does not fix may be set by hand.
func own(fields map[string]any, name, value string) {
	if value != "" {
		fields[name] = value
	}
}

func (t *translator) placeVsVip(o *plan.Object) {
	own(o.Fields, "vrf_context_ref", t.vrfRef())
}

// placeVirtualService applies what the flavor and the provider's options fix for virtual services.
//
// A flavor's profiles stand in for the system's own, so that a profile that a listener needs for itself wins.
func (t *translator) placeVirtualService(o *plan.Object) {
	flavor := &t.lb.Flavor
	own(o.Fields, "vrf_context_ref", t.vrfRef())
	own(o.Fields, "se_group_ref", cmp.Or(t.lb.Zone.SEGroupRef, flavor.SEGroupRef))
	own(o.Fields, "analytics_profile_ref", flavor.AnalyticsProfileRef)
	if t.lb.VRFKey != "" {
		// A service engine has one leg in a VRF context of one subnet, so that it need not reach members' networks directly.
		o.Fields["ign_pool_net_reach"] = true
	}
	switch o.Fields["application_profile_ref"] {
	case refByName(TypeApplicationProfile, "System-HTTP"), refByName(TypeApplicationProfile, "System-Secure-HTTP"):
		own(o.Fields, "application_profile_ref", flavor.ApplicationProfileRef)
	}
	if o.Fields["network_profile_ref"] == nil {
		own(o.Fields, "network_profile_ref", flavor.NetworkProfileRef)
	}
	if o.Fields["ssl_profile_ref"] == nil && decrypts(o) {
		own(o.Fields, "ssl_profile_ref", flavor.SSLProfileRef)
	}
	if flavor.TrafficDisabled {
		o.Once["traffic_enabled"] = false
	}
}

// decrypts says that a virtual service opens TLS: on a port of its own, or as the child of one that does.
func decrypts(o *plan.Object) bool {
	if o.Fields["type"] == typeChild {
		return true
	}
	list, _ := o.Fields["services"].(plan.List)
	return slices.ContainsFunc(list.Entries, func(service map[string]any) bool { return service["enable_ssl"] == true })
}

// placePool applies what the flavor and the provider's options fix for pools.
func (t *translator) placePool(fields map[string]any, members []lbaas.Member) {
	own(fields, "vrf_ref", t.vrfRef())
	own(fields, "analytics_profile_ref", t.lb.Flavor.AnalyticsProfileRef)
	if !t.PlacementNetworks {
		return
	}
	fields["placement_networks"] = nil
	if networks := t.placementNetworks(members); len(networks) > 0 {
		// Without a key to match entries by, a change is written by PUT: PATCH of this field did not work in 18.x (controller
		// facts 2.5). LBaaS says all that an entry has.
		fields["placement_networks"] = plan.List{Entries: networks}
	}
}

// placementNetworks are the members' subnets, each once, in the order of their ids.
func (t *translator) placementNetworks(members []lbaas.Member) []map[string]any {
	used := map[string]Subnet{}
	for _, m := range members {
		if subnet, ok := t.subnets[m.SubnetID]; ok {
			used[m.SubnetID] = subnet
		}
	}
	var networks []map[string]any
	for _, id := range slices.Sorted(maps.Keys(used)) {
		subnet := used[id]
		networks = append(networks, map[string]any{
			// The Controller's cloud connector gives a Neutron network's object the network's own id.
			"network_ref": refTo("network", subnet.NetworkID),
			"subnet": map[string]any{
				"ip_addr": ipAddr(subnet.CIDR.Masked().Addr().String()), "mask": subnet.CIDR.Bits(),
			},
		})
	}
	return networks
}
