package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// PortGroups gives ports security groups. *neutron.Client implements it.
type PortGroups interface {
	// SetPortSecurityGroups takes no groups for the default one of the port's project.
	SetPortSecurityGroups(ctx context.Context, portID string, ids []string) error
}

// applySecurityGroups gives the ports of a load balancer's addresses the security groups that are wanted, also a port of the
// user's, as Octavia does.
func (w *Worker) applySecurityGroups(ctx context.Context, c store.Claim, lb *lbaas.LoadBalancer) error {
	if lb.Doomed || lb.VIP.PortID == "" || slices.Equal(lb.SecurityGroupIDs, lb.GroupsApplied) || w.PortGroups == nil {
		return nil
	}
	ports := []string{lb.VIP.PortID}
	for _, more := range lb.AdditionalVIPs {
		if more.PortID != "" && !slices.Contains(ports, more.PortID) {
			ports = append(ports, more.PortID)
		}
	}
	for _, id := range ports {
		err := w.PortGroups.SetPortSecurityGroups(ctx, id, lb.SecurityGroupIDs)
		switch {
		case errors.Is(err, neutron.ErrNotFound), errors.Is(err, neutron.ErrInvalid), errors.Is(err, neutron.ErrConflict):
			return fmt.Errorf("%w: %w", errNetworkRefuses, err)
		case err != nil:
			return fmt.Errorf("put security groups on VIP port %s: %w", id, err)
		}
	}
	return w.Store.SecurityGroupsApplied(ctx, c, lb.SecurityGroupIDs)
}
