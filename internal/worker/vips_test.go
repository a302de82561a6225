package worker_test

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// vips are the entries of a load balancer's VsVip as "vip_id address subnet port".
func (s *site) vips(id string) []string {
	s.t.Helper()
	entries, _ := s.read("vsvip", translate.VsVipUUID(id))["vip"].([]any)
	var lines []string
	for _, entry := range entries {
		vip, _ := entry.(map[string]any)
		address, subnet := "ip_address", "subnet_uuid"
		if vip["ip6_address"] != nil {
			address, subnet = "ip6_address", "subnet6_uuid"
		}
		at, _ := vip[address].(map[string]any)
		lines = append(lines, fmt.Sprint(vip["vip_id"], " ", at["addr"], " ", vip[subnet], " ", vip["port_uuid"]))
	}
	return lines
}

// withVIPs is a request for a load balancer in the first subnet with further addresses.
func withVIPs(more ...lbaas.AdditionalVIPInput) lbaas.LoadBalancerInput {
	return lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetA), AdditionalVIPs: lbaas.Given(more)}
}

// Each address has a port of its own in Neutron and an entry in the VsVip, and nothing of them is left in the end.
func TestAdditionalVIPs(t *testing.T) {
	s := newSite(t, testbed.Options{})
	id, err := s.create(red, withVIPs(lbaas.AdditionalVIPInput{SubnetID: lbaas.Given(subnetSix), Address: lbaas.Given("2001:DB8:1::0:33")}))
	s.must(err)
	s.mustBeActive(id)
	s.listen(id, 80)
	lb := s.Tree(t, id).LoadBalancer
	if diff := cmp.Diff([]string{lb.VIP.Address, "2001:db8:1::33"}, lb.Addresses()); diff != "" {
		t.Errorf("the addresses (-want +got):\n%s", diff)
	}
	want := []string{
		fmt.Sprint("0 ", lb.VIP.Address, " ", subnetA, " ", lb.VIP.PortID),
		fmt.Sprint("1 2001:db8:1::33 ", subnetSix, " ", lb.AdditionalVIPs[0].PortID),
	}
	if diff := cmp.Diff(want, s.vips(id)); diff != "" {
		t.Errorf("the VsVip (-want +got):\n%s", diff)
	}
	ports := s.Ports()
	if len(ports) != 2 || ports[0].ID == ports[1].ID {
		t.Errorf("the ports are %+v", ports)
	}
	for _, p := range ports {
		if p.DeviceID != "lb-"+id || p.DeviceOwner != "Octavia" || !strings.HasPrefix(p.Name, "octavia-lb-"+id) {
			t.Errorf("port %+v does not bear our mark", p)
		}
	}
	// Nothing is sent again when nothing differs.
	if sent := s.requests(func() {
		s.must(s.Store.Resync(t.Context(), id))
		s.Settle(t)
	}); slices.ContainsFunc(sent, func(r string) bool { return !strings.HasPrefix(r, "GET") }) {
		t.Errorf("after a resync: %v", sent)
	}
	s.delete(id)
	s.Settle(t)
	s.nothingLeft()
}

// What cannot be had leaves nothing behind.
func TestAdditionalVIPRefusals(t *testing.T) {
	s := newSite(t, testbed.Options{})
	given := lbaas.Given[string]
	s.AddPort("taken", "a", "", netip.MustParseAddr("2001:db8:1::44"))
	both := s.AddPort("both", "a", "", netip.MustParseAddr("10.0.0.50"), netip.MustParseAddr("2001:db8:1::50"))
	before := len(s.Ports())
	onBoth := func(more lbaas.AdditionalVIPInput) lbaas.LoadBalancerInput {
		in := withVIPs(more)
		in.VIPPortID = given(both)
		return in
	}
	for _, test := range []struct {
		name    string
		in      lbaas.LoadBalancerInput
		kind    lbaas.Kind
		message string
	}{
		{"the same subnet", withVIPs(lbaas.AdditionalVIPInput{SubnetID: given(subnetA)}), lbaas.KindInvalid, "Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet."},
		{"another network", withVIPs(lbaas.AdditionalVIPInput{SubnetID: given(subnetB)}), lbaas.KindInvalid, "All VIP subnets must belong to the same network."},
		{"no such subnet", withVIPs(lbaas.AdditionalVIPInput{SubnetID: given(both)}), lbaas.KindInvalid, "Subnet " + both + " not found."},
		{"a taken address", withVIPs(lbaas.AdditionalVIPInput{SubnetID: given(subnetSix), Address: given("2001:db8:1::44")}), lbaas.KindConflict, "The network service refuses"},
		{"a port of the user's", withVIPs(lbaas.AdditionalVIPInput{SubnetID: given(subnetSix), PortID: given(both)}), lbaas.KindUnsupported, "port_id of additional_vips without vip_port_id"},
		{"an address that the user's port has not", onBoth(lbaas.AdditionalVIPInput{SubnetID: given(subnetSix), Address: given("2001:db8:1::51")}), lbaas.KindInvalid, "No VIP address found on the specified VIP port within the specified subnet."},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := s.create(red, test.in)
			s.refused(err, test.kind, test.message)
			if after := len(s.Ports()); after != before {
				t.Errorf("%d ports were left", after-before)
			}
		})
	}
	id, err := s.create(red, onBoth(lbaas.AdditionalVIPInput{SubnetID: given(subnetSix)}))
	s.must(err)
	s.listen(id, 80)
	want := []string{"0 10.0.0.50 " + subnetA + " " + both, "1 2001:db8:1::50 " + subnetSix + " " + both}
	if diff := cmp.Diff(want, s.vips(id)); diff != "" {
		t.Errorf("with a port of the user's the VsVip is (-want +got):\n%s", diff)
	}
	s.delete(id)
	s.Settle(t)
	if after := len(s.Ports()); after != before {
		t.Errorf("there were %d ports before and %d after", before, after)
	}
}

// All addresses of a load balancer carry its traffic.
func TestTrafficOfAdditionalVIPs(t *testing.T) {
	t.Parallel()
	sc := newScene(t)
	lb, err := sc.Service.CreateLoadBalancer(t.Context(), sc.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given("127.0.0.2"), VIPSubnetID: lbaas.Given("v4"),
		AdditionalVIPs: lbaas.Given([]lbaas.AdditionalVIPInput{
			{SubnetID: lbaas.Given("v4 too"), Address: lbaas.Given("127.0.0.3")}, {SubnetID: lbaas.Given("v6"), Address: lbaas.Given("::1")},
		}),
		Listeners: lbaas.Given([]lbaas.ListenerInput{{
			Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(sc.port), DefaultPool: lbaas.Given(lbaas.PoolInput{
				Name: lbaas.Given("p"), Protocol: lbaas.Given(lbaas.PoolHTTP), Algorithm: lbaas.Given(lbaas.RoundRobin),
			}),
		}}),
	})
	sc.settled(err)
	sc.backend(lb.PoolIDs[0], "all")
	for _, address := range []string{"127.0.0.2", "127.0.0.3", "[::1]"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://%s:%d/", address, sc.port), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := sc.client.Do(r)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		body, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || string(body) != "all" {
			t.Errorf("%s answers %q (%v), want %q", address, body, err, "all")
		}
	}
}

// groupsOf are the security groups of all ports, each once.
func groupsOf(ports []cloudsim.PortInfo) []string {
	var all []string
	for _, p := range ports {
		all = append(all, p.SecurityGroups...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestVIPSecurityGroups(t *testing.T) {
	s := newSite(t, testbed.Options{})
	web, admin, foreign := s.AddSecurityGroup("web", red), s.AddSecurityGroup("admin", red), "4f3c8c2f-1b8e-4c0f-9d51-0f3d2a6b7c11"
	in := withVIPs(lbaas.AdditionalVIPInput{SubnetID: lbaas.Given(subnetSix)})
	in.VIPSecurityGroupIDs = lbaas.Given([]string{foreign})
	_, err := s.create(red, in)
	s.refused(err, lbaas.KindInvalid, "Security Group "+foreign+" not found.")
	in.VIPSecurityGroupIDs = lbaas.Given([]string{web})
	id, err := s.create(red, in)
	s.must(err)
	if got := groupsOf(s.Ports()); !slices.Equal(got, []string{web}) {
		t.Errorf("the new ports have the groups %v, want %s", got, web)
	}
	change := func(groups lbaas.Attr[[]string]) []string {
		_, err := s.Service.UpdateLoadBalancer(t.Context(), s.Caller, id, lbaas.LoadBalancerInput{VIPSecurityGroupIDs: groups})
		s.must(err)
		s.Settle(t)
		s.mustBeActive(id)
		return groupsOf(s.Ports())
	}
	if got := change(lbaas.Given([]string{admin})); !slices.Equal(got, []string{admin}) {
		t.Errorf("after a change the ports have the groups %v, want %s", got, admin)
	}
	fallback := s.AddSecurityGroup("default", red) // which each project has
	if got := change(lbaas.GivenNull[[]string]()); !slices.Equal(got, []string{fallback}) {
		t.Errorf("without groups of the user's the ports have %v, want the default one, %s", got, fallback)
	}
	// As in Octavia, the two ways to say who may come in exclude each other.
	change(lbaas.Given([]string{web}))
	_, err = s.Service.CreateListener(t.Context(), s.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(id), Protocol: lbaas.Given(lbaas.ListenerTCP), ProtocolPort: lbaas.Given(80),
		AllowedCIDRs: lbaas.Given([]string{"10.0.0.0/8"}),
	})
	s.refused(err, lbaas.KindInvalid, "Allowed CIDRs are not allowed when using custom VIP Security Groups.")
	s.delete(id)
	s.Settle(t)
	s.nothingLeft()
}
