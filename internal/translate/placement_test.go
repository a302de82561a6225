package translate_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// flavored are inputs with a flavor, and perhaps a VRF context that is made for the load balancer.
var flavored = rapid.Custom(func(t *rapid.T) translate.Input {
	in := inputs.Draw(t, "in")
	in.Tree.LoadBalancer.VIP.SubnetID = subnetID
	ref := func(typ string) string {
		return rapid.SampledFrom([]string{"", "/api/" + typ + "?name=mine"}).Draw(t, typ)
	}
	in.Tree.LoadBalancer.Flavor = lbaas.FlavorSettings{
		SEGroupRef: ref("serviceenginegroup"), VRFRef: ref("vrfcontext"), ApplicationProfileRef: ref("applicationprofile"),
		NetworkProfileRef: ref("networkprofile"), SSLProfileRef: ref("sslprofile"), AnalyticsProfileRef: ref("analyticsprofile"),
		TrafficDisabled: rapid.Bool().Draw(t, "no traffic"),
	}
	in.Tree.LoadBalancer.VRFKey = rapid.SampledFrom([]string{"", subnetID}).Draw(t, "VRF context")
	return in
})

func vrfField(typ string) string {
	switch typ {
	case translate.TypePool:
		return "vrf_ref"
	case translate.TypeVirtualService, translate.TypeVsVip:
		return "vrf_context_ref"
	}
	return ""
}

// Virtual services, VsVips and pools agree in their VRF context; one that we make comes first and beats the flavor's.
func TestVRFContextsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := flavored.Draw(t, "in")
		lb := &in.Tree.LoadBalancer
		objects := translate.Objects(in)
		var want any
		if lb.Flavor.VRFRef != "" {
			want = lb.Flavor.VRFRef
		}
		made := slices.ContainsFunc(objects, func(o plan.Object) bool { return o.Type == translate.TypeVRFContext })
		if made != (lb.VRFKey != "") || made && objects[0].UUID != "vrfcontext-"+subnetID {
			t.Fatalf("a VRF context is made: %v", made)
		}
		if made {
			want = "/api/vrfcontext/vrfcontext-" + subnetID
		}
		for _, o := range objects {
			if field := vrfField(o.Type); field != "" && o.Fields[field] != want {
				t.Fatalf("%s of %s is %v, want %v", field, o.UUID, o.Fields[field], want)
			}
		}
	})
}

// What a flavor does not fix is not LBaaS's, so that it may be set by hand, and what it fixes never is a reference to nowhere.
func TestOnlyWhatTheFlavorSaysIsOwned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := flavored.Draw(t, "in")
		flavor := in.Tree.LoadBalancer.Flavor
		for _, o := range translate.Objects(in) {
			for field, said := range map[string]string{
				"se_group_ref": flavor.SEGroupRef, "analytics_profile_ref": flavor.AnalyticsProfileRef,
				vrfField(o.Type): flavor.VRFRef + in.Tree.LoadBalancer.VRFKey,
			} {
				if _, owned := o.Fields[field]; owned && said == "" {
					t.Fatalf("%s of %s is owned without a reason", field, o.UUID)
				}
			}
			if _, owned := o.Fields["traffic_enabled"]; owned {
				t.Fatalf("traffic_enabled of %s is owned", o.UUID)
			}
			if _, owned := o.Fields["placement_networks"]; owned {
				t.Fatalf("the placement networks of %s are owned without the option", o.UUID)
			}
			for _, ref := range references("", o.Body()) {
				if ref == "" {
					t.Fatalf("%s has an empty reference", o.UUID)
				}
			}
		}
	})
}

// The placement networks do not depend on the order of members, and each subnet is there once.
func TestPlacementNetworksAreASet(t *testing.T) {
	subnets := map[string]translate.Subnet{
		"b": {NetworkID: "net-b", CIDR: netip.MustParsePrefix("10.0.0.7/24")},
		"a": {NetworkID: "net-a", CIDR: netip.MustParsePrefix("10.0.0.0/24")},
		"c": {NetworkID: "net-c", CIDR: netip.MustParsePrefix("2001:db8::/64")},
	}
	entry := func(network, addr, typ string, mask int) map[string]any {
		return map[string]any{"network_ref": "/api/network/" + network, "subnet": map[string]any{
			"ip_addr": map[string]any{"addr": addr, "type": typ}, "mask": mask,
		}}
	}
	want := plan.List{Entries: []map[string]any{
		entry("net-a", "10.0.0.0", "V4", 24), entry("net-b", "10.0.0.0", "V4", 24), entry("net-c", "2001:db8::", "V6", 64),
	}}
	rapid.Check(t, func(t *rapid.T) {
		in := translate.Input{Options: translate.Options{PlacementNetworks: true, Cloud: "Default-Cloud"}, Subnets: subnets}
		in.Tree.Pools = []lbaas.Pool{{Resource: lbaas.Resource{ID: "p", AdminStateUp: true}}}
		in.Tree.Listeners = []lbaas.Listener{{Resource: lbaas.Resource{ID: "l"}, Protocol: lbaas.ListenerHTTP, DefaultPoolID: "p"}}
		for _, id := range rapid.Permutation(strings.Split("a b c a gone b", " ")).Draw(t, "order") {
			in.Tree.Members = append(in.Tree.Members, lbaas.Member{PoolID: "p", Address: "10.0.0.1", SubnetID: id})
		}
		for _, o := range translate.Objects(in) {
			if o.Type == translate.TypePool {
				if diff := cmp.Diff(want, o.Fields["placement_networks"]); diff != "" {
					t.Fatalf("(-want +got):\n%s", diff)
				}
			}
		}
	})
}
