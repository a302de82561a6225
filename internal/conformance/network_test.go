package conformance_test

import (
	"context"
	"net/netip"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
)

// network is a network service in which every subnet exists, as the reference's no-op driver pretends.
type network struct{}

func (network) Subnet(_ context.Context, id string) (neutron.Subnet, error) {
	return neutron.Subnet{
		ID: id, NetworkID: "c0de0002-0000-4000-8000-000000000001", CIDR: netip.MustParsePrefix("203.0.113.0/24"), IPVersion: 4,
	}, nil
}

func (network) Network(_ context.Context, id string) (neutron.Network, error) {
	return neutron.Network{ID: id, SubnetIDs: []string{"c0de0001-0000-4000-8000-000000000001"}}, nil
}

func (network) Port(_ context.Context, id string) (neutron.Port, error) {
	return neutron.Port{}, &neutron.Error{Kind: neutron.ErrNotFound, Doing: "reading port " + id}
}

func (network) CreateVIPPort(_ context.Context, want neutron.VIPPort) (neutron.Port, error) {
	return neutron.Port{
		ID: uuid.NewString(), NetworkID: want.NetworkID,
		FixedIPs: []neutron.FixedIP{{SubnetID: want.SubnetID, Address: want.Address}},
	}, nil
}

func (network) DeletePort(context.Context, string) error { return nil }

func (network) Flavor(_ context.Context, id string) (neutron.Flavor, error) {
	return neutron.Flavor{}, &neutron.Error{Kind: neutron.ErrNotFound, Doing: "reading flavor " + id}
}

func (network) ServiceProfile(_ context.Context, id string) (neutron.ServiceProfile, error) {
	return neutron.ServiceProfile{}, &neutron.Error{Kind: neutron.ErrNotFound, Doing: "reading service profile " + id}
}

func (network) CheckQoSPolicy(context.Context, string) error { return nil }

func (network) CheckSecurityGroup(context.Context, string) error { return nil }
