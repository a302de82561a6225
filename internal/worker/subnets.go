package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// Subnets is what the worker asks of the network service about members' subnets. *neutron.Client implements it.
type Subnets interface {
	Subnet(ctx context.Context, id string) (neutron.Subnet, error)
}

// errNoNetwork is final: only an operator can mend it.
var errNoNetwork = errors.New("use_placement_network_for_pool needs a network service, and this deployment has none")

// fetchSubnets reads the subnets of the members that are wanted, each once; nil when the provider does not need them. A subnet
// that is gone is left out: nothing can be placed in it.
func (w *Worker) fetchSubnets(ctx context.Context, o translate.Options, tree *lbaas.Tree, logger *slog.Logger) (map[string]translate.Subnet, error) {
	if !o.PlacementNetworks {
		return nil, nil
	}
	found := map[string]translate.Subnet{}
	gone := map[string]bool{}
	for _, m := range tree.Members {
		if _, known := found[m.SubnetID]; known || gone[m.SubnetID] || m.SubnetID == "" {
			continue
		}
		if w.Subnets == nil {
			return nil, errNoNetwork
		}
		s, err := w.Subnets.Subnet(ctx, m.SubnetID)
		switch {
		case errors.Is(err, neutron.ErrNotFound):
			logger.WarnContext(ctx, "the subnet of a member is gone", "subnet_id", m.SubnetID, "member_id", m.ID)
			gone[m.SubnetID] = true
		case err != nil:
			return nil, fmt.Errorf("read subnet %s of member %s: %w", m.SubnetID, m.ID, err)
		default:
			found[m.SubnetID] = translate.Subnet{NetworkID: s.NetworkID, CIDR: s.CIDR}
		}
	}
	return found, nil
}
