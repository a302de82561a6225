package neutron

import (
	"fmt"
	"net/netip"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
)

// Subnet is what a load balancer's address or members lie in.
type Subnet struct {
	ID, Name, NetworkID, ProjectID string
	CIDR                           netip.Prefix
	// GatewayIP is the zero Addr if and only if the subnet has no gateway.
	GatewayIP netip.Addr
	IPVersion int // 4 or 6
}

// Network is a network with its subnets.
type Network struct {
	ID, Name, ProjectID string
	Shared              bool
	SubnetIDs           []string
}

// Port is a port with the addresses that it holds.
type Port struct {
	ID, Name, NetworkID, ProjectID string
	DeviceOwner, DeviceID          string
	AdminStateUp                   bool
	FixedIPs                       []FixedIP
	// QoSPolicyID is the port's own QoS policy, empty for none; it is read by Client.Port only.
	QoSPolicyID string
}

// FixedIP is one address of a port.
type FixedIP struct {
	SubnetID string
	Address  netip.Addr
}

// VIPPort says which port a load balancer is to have.
type VIPPort struct {
	// LoadBalancerID is the load balancer's id, from which the port's name and device are made.
	LoadBalancerID string
	// ProjectID is the project that owns the load balancer, and so the port.
	ProjectID string
	NetworkID string
	// SubnetID may be empty: then Neutron chooses among the network's subnets.
	SubnetID string
	// Address may be the zero Addr: then Neutron chooses one of the subnet.
	Address netip.Addr
	// Name is the port's name, "octavia-lb-<load balancer id>" when empty.
	Name string
	// AdminStateUp is false for a port that only reserves the address, as Octavia's driver makes it.
	AdminStateUp bool
	// QoSPolicyID is the port's QoS policy; empty for none.
	QoSPolicyID string
	// SecurityGroupIDs are the port's security groups; none leaves the project's default one.
	SecurityGroupIDs []string
	// Additional is a port beside others of the load balancer, for another of its addresses.
	Additional bool
}

// DeviceOwner marks ports that were made for load balancers, for Neutron and for other tools. It and the two names below
// are those that Octavia's Neutron driver uses (allocate_vip in allowed_address_pairs.py), so that tools made for Octavia
// find the ports.
const DeviceOwner = "Octavia"

// DeviceID is the mark by which the port of a load balancer is found again.
func DeviceID(loadBalancerID string) string { return "lb-" + loadBalancerID }

func portName(loadBalancerID string) string { return "octavia-lb-" + loadBalancerID }

func subnetFrom(s *subnets.Subnet) (Subnet, error) {
	cidr, err := netip.ParsePrefix(s.CIDR)
	if err != nil {
		return Subnet{}, fmt.Errorf("the CIDR of subnet %s: %w", s.ID, err)
	}
	out := Subnet{ID: s.ID, Name: s.Name, NetworkID: s.NetworkID, ProjectID: s.ProjectID, CIDR: cidr, IPVersion: s.IPVersion}
	if s.GatewayIP != "" {
		if out.GatewayIP, err = netip.ParseAddr(s.GatewayIP); err != nil {
			return Subnet{}, fmt.Errorf("the gateway of subnet %s: %w", s.ID, err)
		}
	}
	return out, nil
}

func networkFrom(n *networks.Network) Network {
	return Network{ID: n.ID, Name: n.Name, ProjectID: n.ProjectID, Shared: n.Shared, SubnetIDs: n.Subnets}
}

func portFrom(p *ports.Port) (Port, error) {
	out := Port{
		ID: p.ID, Name: p.Name, NetworkID: p.NetworkID, ProjectID: p.ProjectID,
		DeviceOwner: p.DeviceOwner, DeviceID: p.DeviceID, AdminStateUp: p.AdminStateUp,
	}
	for _, ip := range p.FixedIPs {
		address, err := netip.ParseAddr(ip.IPAddress)
		if err != nil {
			return Port{}, fmt.Errorf("an address of port %s: %w", p.ID, err)
		}
		out.FixedIPs = append(out.FixedIPs, FixedIP{SubnetID: ip.SubnetID, Address: address})
	}
	return out, nil
}

// suits tells whether an existing port is one that the request would have made.
func (want VIPPort) suits(p Port) bool {
	if p.NetworkID != want.NetworkID {
		return false
	}
	if want.SubnetID == "" && !want.Address.IsValid() {
		return true
	}
	for _, ip := range p.FixedIPs {
		if (want.SubnetID == "" || ip.SubnetID == want.SubnetID) && (!want.Address.IsValid() || ip.Address == want.Address) {
			return true
		}
	}
	return false
}
