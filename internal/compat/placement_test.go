package compat_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
)

// subnets is what Neutron says of a vector's subnets, by id.
type subnets map[string]struct {
	CIDR      netip.Prefix `json:"cidr"`
	NetworkID string       `json:"network_id"`
}

func (s subnets) Subnet(_ context.Context, id string) (neutron.Subnet, error) {
	found, ok := s[id]
	if !ok {
		return neutron.Subnet{}, neutron.ErrNotFound
	}
	return neutron.Subnet{ID: id, NetworkID: found.NetworkID, CIDR: found.CIDR}, nil
}

// inOrder sorts placement networks by their addresses.
func inOrder(networks []any) []any {
	address := func(network any) string {
		entry, _ := network.(map[string]any)
		subnet, _ := entry["subnet"].(map[string]any)
		return fmt.Sprint(subnet["ip_addr"])
	}
	return slices.SortedFunc(slices.Values(networks), func(a, b any) int { return strings.Compare(address(a), address(b)) })
}
