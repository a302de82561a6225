//go:build verify

package realcloud

import (
	"context"
	"fmt"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/rbacpolicies"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"
)

// Network is a network with one subnet.
type Network struct{ ID, SubnetID string }

// Network is Neutron's API as the user.
func (u *User) Network() *gophercloud.ServiceClient {
	url := u.cloud.NetworkURL + "/"
	return &gophercloud.ServiceClient{ProviderClient: u.provider, Endpoint: url, ResourceBase: url + "v2.0/", Type: "network"}
}

// AddNetwork makes a network with a subnet. Without DHCP Neutron takes loopback addresses for the subnet, which the simulated
// Controller needs to carry traffic. shared lets all projects use it, which only admins may ask for.
func (u *User) AddNetwork(ctx context.Context, name, cidr string, shared bool) (Network, error) {
	options := networks.CreateOpts{Name: name}
	if shared {
		options.Shared = &shared
	}
	network, err := networks.Create(ctx, u.Network(), options).Extract()
	if err != nil {
		return Network{}, fmt.Errorf("make network %s: %w", name, err)
	}
	noDHCP := false
	subnet, err := subnets.Create(ctx, u.Network(), subnets.CreateOpts{
		Name: name + "-subnet", NetworkID: network.ID, CIDR: cidr, IPVersion: gophercloud.IPv4, EnableDHCP: &noDHCP,
	}).Extract()
	if err != nil {
		return Network{}, fmt.Errorf("make the subnet of network %s: %w", name, err)
	}
	return Network{ID: network.ID, SubnetID: subnet.ID}, nil
}

// Share lets another project use a network.
func (u *User) Share(ctx context.Context, network Network, projectID string) error {
	_, err := rbacpolicies.Create(ctx, u.Network(), rbacpolicies.CreateOpts{
		Action: rbacpolicies.ActionAccessShared, ObjectType: "network", ObjectID: network.ID, TargetTenant: projectID,
	}).Extract()
	if err != nil {
		return fmt.Errorf("share network %s with project %s: %w", network.ID, projectID, err)
	}
	return nil
}

// AddPort makes a port with an address of the network's subnet, for a device unless that is empty.
func (u *User) AddPort(ctx context.Context, network Network, device string) (*ports.Port, error) {
	port, err := ports.Create(ctx, u.Network(), ports.CreateOpts{
		NetworkID: network.ID, DeviceID: device, FixedIPs: []ports.IP{{SubnetID: network.SubnetID}},
	}).Extract()
	if err != nil {
		return nil, fmt.Errorf("make a port on network %s: %w", network.ID, err)
	}
	return port, nil
}

// Ports are the ports of a network that the user sees.
func (u *User) Ports(ctx context.Context, networkID string) ([]ports.Port, error) {
	pages, err := ports.List(u.Network(), ports.ListOpts{NetworkID: networkID}).AllPages(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the ports of network %s: %w", networkID, err)
	}
	return ports.ExtractPorts(pages)
}

// RemoveSubnet deletes the network's subnet; Neutron refuses that while a port has an address of it.
func (u *User) RemoveSubnet(ctx context.Context, network Network) error {
	if err := subnets.Delete(ctx, u.Network(), network.SubnetID).ExtractErr(); err != nil {
		return fmt.Errorf("delete subnet %s: %w", network.SubnetID, err)
	}
	return nil
}
