package worker

import (
	"context"
	"errors"
	"fmt"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// PortQoS gives ports QoS policies. *neutron.Client implements it.
type PortQoS interface {
	SetPortQoS(ctx context.Context, portID, policyID string) error
}

// errNetworkRefuses is final: the user has to ask for something else.
var errNetworkRefuses = errors.New("the network service refuses")

// applyQoS gives the VIP's port the QoS policy that is wanted, also a port of the user's, as Octavia does.
func (w *Worker) applyQoS(ctx context.Context, c store.Claim, lb *lbaas.LoadBalancer) error {
	vip := &lb.VIP
	if lb.Doomed || vip.PortID == "" || vip.QoSPolicyID == vip.QoSApplied || w.PortQoS == nil {
		return nil
	}
	err := w.PortQoS.SetPortQoS(ctx, vip.PortID, vip.QoSPolicyID)
	switch {
	case errors.Is(err, neutron.ErrNotFound), errors.Is(err, neutron.ErrInvalid), errors.Is(err, neutron.ErrConflict):
		return fmt.Errorf("%w: %w", errNetworkRefuses, err)
	case err != nil:
		return fmt.Errorf("put QoS policy %q on VIP port %s: %w", vip.QoSPolicyID, vip.PortID, err)
	}
	return w.Store.QoSApplied(ctx, c, vip.QoSPolicyID)
}
