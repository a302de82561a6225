package service_test

import (
	"context"

	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
)

// The network of these tests has one security group, and neither flavors nor QoS policies: those of the worker's tests, over a real
// Neutron API, do.

func (n *network) Flavor(_ context.Context, id string) (neutron.Flavor, error) {
	return find(map[string]neutron.Flavor{}, id)
}

func (n *network) ServiceProfile(_ context.Context, id string) (neutron.ServiceProfile, error) {
	return find(map[string]neutron.ServiceProfile{}, id)
}

func (n *network) CheckQoSPolicy(_ context.Context, id string) error {
	_, err := find(map[string]struct{}{}, id)
	return err
}

func (n *network) CheckSecurityGroup(_ context.Context, id string) error {
	_, err := find(map[string]struct{}{"web": {}}, id)
	return err
}
