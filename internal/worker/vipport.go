package worker

import (
	"context"
	"fmt"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// removeVIPPorts removes the ports that hold the address of a load balancer that is gone: those that bear our mark, and the one
// that it is known to have, which bears another's when the load balancer was adopted.
func (w *Worker) removeVIPPorts(ctx context.Context, lb *lbaas.LoadBalancer) error {
	ports, err := w.Ports.VIPPorts(ctx, lb.ID)
	if err != nil {
		return fmt.Errorf("look for the VIP ports of load balancer %s: %w", lb.ID, err)
	}
	ids := make([]string, len(ports), len(ports)+1)
	for i, port := range ports {
		ids[i] = port.ID
	}
	if lb.VIP.PortID != "" && !slices.Contains(ids, lb.VIP.PortID) {
		ids = append(ids, lb.VIP.PortID)
	}
	for _, id := range ids {
		if err := w.Ports.DeletePort(ctx, id); err != nil {
			return fmt.Errorf("delete VIP port %s: %w", id, err)
		}
		w.Logger.InfoContext(ctx, "deleted VIP port", "load_balancer_id", lb.ID, "port_id", id)
	}
	return nil
}
