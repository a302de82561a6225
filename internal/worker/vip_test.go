package worker_test

import (
	"net/netip"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// The rules of Octavia's controller for what a user may name for a VIP.
func TestVIPRules(t *testing.T) {
	s := newSite(t, testbed.Options{})
	address := netip.MustParseAddr
	s.AddPort("the last address", "full", "", address("10.2.0.2"))
	one := s.AddPort("one", "b", "")
	both := s.AddPort("both", "a", "", address("10.0.0.50"), address("2001:db8:1::50"))
	twice := s.AddPort("twice", "b", "", address("10.0.0.60"), address("10.0.0.61"))
	id := lbaas.Given[string]
	nothing := "4f3c8c2f-1b8e-4c0f-9d51-0f3d2a6b7c11"
	taken, err := s.create(red, lbaas.LoadBalancerInput{VIPSubnetID: id(subnetB), VIPAddress: id("10.0.0.77")})
	s.must(err)
	takenPort := s.Tree(t, taken).LoadBalancer.VIP.PortID

	for _, test := range []struct {
		name            string
		in              lbaas.LoadBalancerInput
		subnet, address string // of a VIP that is taken
		refused         string
	}{
		{"nothing", lbaas.LoadBalancerInput{VIPAddress: id("10.0.0.9")}, "", "", "VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id."},
		{"a subnet", lbaas.LoadBalancerInput{VIPSubnetID: id(subnetB)}, subnetB, "", ""},
		{"a subnet and an address", lbaas.LoadBalancerInput{VIPSubnetID: id(subnetB), VIPAddress: id("10.0.0.9")}, subnetB, "10.0.0.9", ""},
		{"an address of another subnet", lbaas.LoadBalancerInput{VIPSubnetID: id(subnetB), VIPAddress: id("10.9.0.9")}, "", "", "10.9.0.9"},
		{"no such subnet", lbaas.LoadBalancerInput{VIPSubnetID: id(nothing)}, "", "", "Subnet " + nothing + " not found."},
		{"a network: IPv4 first", lbaas.LoadBalancerInput{VIPNetworkID: id(s.NetworkID("a"))}, subnetA, "", ""},
		{"a network and an IPv6 address", lbaas.LoadBalancerInput{VIPNetworkID: id(s.NetworkID("a")), VIPAddress: id("2001:DB8:1:0::9")}, subnetSix, "2001:db8:1::9", ""},
		{"a network and its subnet", lbaas.LoadBalancerInput{VIPNetworkID: id(s.NetworkID("a")), VIPSubnetID: id(subnetSix)}, subnetSix, "", ""},
		{"a network and another's subnet", lbaas.LoadBalancerInput{VIPNetworkID: id(s.NetworkID("a")), VIPSubnetID: id(subnetB)}, "", "", "Subnet " + subnetB + " not found."},
		{"a network and a foreign address", lbaas.LoadBalancerInput{VIPNetworkID: id(s.NetworkID("a")), VIPAddress: id("192.0.2.1")}, "", "", "Supplied network does not contain a subnet for VIP address specified."},
		{"an empty network", lbaas.LoadBalancerInput{VIPNetworkID: id(s.NetworkID("empty"))}, "", "", "Supplied network does not contain a subnet."},
		{"a network whose IPv4 subnet is full", lbaas.LoadBalancerInput{VIPNetworkID: id(s.NetworkID("full"))}, subnetRoom, "", ""},
		{"no such network", lbaas.LoadBalancerInput{VIPNetworkID: id(nothing)}, "", "", "Network " + nothing + " not found."},
		{"a port with one address", lbaas.LoadBalancerInput{VIPPortID: id(one)}, subnetB, "", ""},
		{"a port with two addresses", lbaas.LoadBalancerInput{VIPPortID: id(both)}, "", "", "VIP port's subnet could not be determined. Please specify either a VIP subnet or address."},
		{"a port and one of its addresses", lbaas.LoadBalancerInput{VIPPortID: id(both), VIPAddress: id("2001:db8:1:0:0::50")}, subnetSix, "2001:db8:1::50", ""},
		{"a port and one of its subnets", lbaas.LoadBalancerInput{VIPPortID: id(both), VIPSubnetID: id(subnetA)}, subnetA, "10.0.0.50", ""},
		{"a port with two addresses in the subnet", lbaas.LoadBalancerInput{VIPPortID: id(twice), VIPSubnetID: id(subnetB)}, subnetB, "10.0.0.60", ""},
		{"a port and the second of its addresses", lbaas.LoadBalancerInput{VIPPortID: id(twice), VIPSubnetID: id(subnetB), VIPAddress: id("10.0.0.61")}, subnetB, "10.0.0.61", ""},
		{"a port and an address that it has not", lbaas.LoadBalancerInput{VIPPortID: id(both), VIPAddress: id("10.0.0.51")}, "", "", "Specified VIP address not found on the specified VIP port."},
		{"a port and a subnet that it is not in", lbaas.LoadBalancerInput{VIPPortID: id(both), VIPSubnetID: id(subnetB)}, "", "", "No VIP address found on the specified VIP port within the specified subnet."},
		{"a port and no subnet", lbaas.LoadBalancerInput{VIPPortID: id(both), VIPSubnetID: id(nothing)}, "", "", "Subnet " + nothing + " not found."},
		{"a port in use", lbaas.LoadBalancerInput{VIPPortID: id(takenPort)}, "", "", "Port " + takenPort + " is already used by device lb-" + taken},
		{"no such port", lbaas.LoadBalancerInput{VIPPortID: id(nothing)}, "", "", "Port " + nothing + " not found."},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := len(s.Ports())
			made, err := s.create(red, test.in)
			if test.refused != "" {
				s.refused(err, lbaas.KindInvalid, test.refused)
				if after := len(s.Ports()); after != before {
					t.Errorf("%d ports were left", after-before)
				}
				return
			}
			s.must(err)
			vip := s.Tree(t, made).LoadBalancer.VIP
			if vip.SubnetID != test.subnet || test.address != "" && vip.Address != test.address {
				t.Errorf("the VIP is %+v, want %s in %s", vip, test.address, test.subnet)
			}
			if own := !test.in.VIPPortID.HasValue(); vip.OwnsPort != own {
				t.Errorf("the port is ours: %v", vip.OwnsPort)
			}
			s.delete(made)
			s.Settle(t)
			if after := len(s.Ports()); after != before {
				t.Errorf("there were %d ports before and %d after", before, after)
			}
		})
	}
}
