package translate

import (
	"cmp"
	"net/netip"
	"strconv"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// Options are the settings of the provider that shape its objects.
type Options struct {
	// Cloud is the name of the Controller's cloud.
	Cloud string
	// TerminateHTTPS keeps the Python driver's way with HTTPS listeners: decrypt with the Controller's default certificate, and
	// encrypt again to the members. LBaaS v2's HTTPS is passed through.
	TerminateHTTPS bool
	// PythonDriverHealthMonitors keeps the Python driver's way with health monitors: a disabled one stays attached, and of a
	// range of expected codes only the classes of its two ends count.
	PythonDriverHealthMonitors bool
	// PlacementNetworks sends the subnets of a pool's members as its placement networks.
	PlacementNetworks bool
	// Markers says that the API version in use knows markers (20.1.5 and newer).
	Markers bool
	// HTTP2 says that the API version in use knows enable_http2 of services (20.1.1 and newer).
	HTTP2 bool
}

// Input is all that the objects depend on.
type Input struct {
	Options
	// Tree is what is wanted: see lbaas.Tree.Wanted.
	Tree lbaas.Tree
	// VsVipMade says that the load balancer has a VsVip already. It gets one with its first listener and keeps it.
	VsVipMade bool
	// Subnets are those of the members, by id, as far as they exist; needed with PlacementNetworks only.
	Subnets map[string]Subnet
	// Material is what the tree's references to the key manager lead to: all of it.
	Material Material
	// Made are the uuids of the objects that were made for the load balancer so far.
	Made map[string]bool
}

// Objects is the complete set of objects that the load balancer should have, in the order in which they can be created: none
// refers to a later one.
func Objects(in Input) []plan.Object {
	tree := in.Tree
	lb := &tree.LoadBalancer
	if lb.Doomed {
		return nil
	}
	t := translator{
		Options: in.Options, lb: lb, tenant: TenantUUID(lb.ProjectID), subnets: in.Subnets, material: in.Material, made: in.Made,
		grouped: grouped(&tree), groupsMade: anyGroup(in.Made),
	}
	var objects []plan.Object
	if lb.VRFKey != "" {
		objects = append(objects, t.vrfContext())
	}
	for i := range tree.Monitors {
		objects = append(objects, t.healthMonitors(&tree, &tree.Monitors[i])...)
	}
	objects = append(objects, t.tlsObjects(&tree)...)
	for i := range tree.Pools {
		objects = append(objects, t.pools(&tree, &tree.Pools[i])...)
	}
	if len(tree.Listeners) > 0 || in.VsVipMade {
		objects = append(objects, t.vsVip())
	}
	for i := range tree.Listeners {
		l := &tree.Listeners[i]
		pool := tree.Pool(l.DefaultPoolID)
		objects = append(objects, t.networkProfiles(l)...)
		vs := t.virtualService(l, pool)
		objects = append(objects, t.withProxyProtocol(l, pool, l.ID, &vs)...)
		objects = append(objects, t.withPolicies(&tree, l, vs)...)
		for _, c := range t.children(l) {
			objects = append(objects, t.withRequestRules(&tree, l, c.id, t.childService(l, c, pool))...)
		}
	}
	return objects
}

type translator struct {
	Options
	lb     *lbaas.LoadBalancer
	tenant string
	// subnets, material and made are Input's.
	subnets  map[string]Subnet
	material Material
	made     map[string]bool
	// grouped are the ids of the pools with backups; groupsMade says that there were some before.
	grouped    map[string]bool
	groupsMade bool
}

// creator is our mark in created_by and in the markers.
const creator = "avi-lbaas"

// object gives an object its tenant, its name and our mark, where its type has a place for it (controller facts 4.1).
func (t *translator) object(typ, objectUUID, id string, fields map[string]any) plan.Object {
	o := plan.Object{Type: typ, UUID: objectUUID, Tenant: t.tenant, Fields: fields, Once: map[string]any{}}
	o.AlternativeName = alternative(o.Name(), id)
	switch typ {
	case TypeVirtualService, TypePool, TypeCertificate, TypePKIProfile, TypePolicySet, TypeNetworkSecurity, TypeApplicationProfile, TypePoolGroup:
		o.Once["created_by"] = creator
	}
	if t.Markers {
		o.Once["markers"] = []any{
			map[string]any{"key": "created_by", "values": []any{creator}},
			map[string]any{"key": "loadbalancer_id", "values": []any{t.lb.ID}},
		}
	}
	return o
}

// cloud is the load balancer's: the provider's, unless its availability zone names another.
func (t *translator) cloud() string { return refByName("cloud", cmp.Or(t.lb.Zone.Cloud, t.Cloud)) }

func (t *translator) vsVip() plan.Object {
	vips := []map[string]any{t.vip(t.lb.VIP.Address, t.lb.VIP.SubnetID, t.lb.VIP.PortID)}
	for _, more := range t.lb.AdditionalVIPs {
		vip := t.vip(more.Address, more.SubnetID, more.PortID)
		// The Controller gives the first one the id "0" (controller facts 2.3); ids must differ, and never change.
		vip["vip_id"] = strconv.Itoa(len(vips))
		vips = append(vips, vip)
	}
	o := t.object(TypeVsVip, VsVipUUID(t.lb.ID), t.lb.ID, map[string]any{
		"name":      fitted("vsvip-"+t.lb.DisplayName(), "", t.lb.ID),
		"cloud_ref": t.cloud(),
		"vip":       plan.List{Entries: vips},
	})
	t.placeVsVip(&o)
	return o
}

// vip is one address.
func (t *translator) vip(address, subnetID, portID string) map[string]any {
	vip := map[string]any{"enabled": t.lb.AdminStateUp, "port_uuid": optional(portID)}
	if isIPv6(address) {
		vip["ip6_address"], vip["subnet6_uuid"] = ipAddr(address), optional(subnetID)
	} else {
		vip["ip_address"], vip["subnet_uuid"] = ipAddr(address), optional(subnetID)
	}
	return vip
}

func ipAddr(address string) map[string]any {
	typ := "V4"
	if isIPv6(address) {
		typ = "V6"
	}
	return map[string]any{"addr": address, "type": typ}
}

func isIPv6(address string) bool {
	addr, err := netip.ParseAddr(address)
	return err == nil && addr.Is6()
}

// optional is nil, which wants a field absent, for an empty text.
func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}
