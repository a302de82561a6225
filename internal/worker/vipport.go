package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Ports is what the worker asks of the network service. *neutron.Client implements it.
type Ports interface {
	// VIPPorts are all ports that were made for a load balancer: two, when one whose answer was lost came into being late.
	VIPPorts(ctx context.Context, loadBalancerID string) ([]neutron.Port, error)
	DeletePort(ctx context.Context, id string) error
}

// removeVIPPorts removes the ports that hold the address of a load balancer that is gone: those that bear our mark, and the one
// that it is known to have (empty for none), which bears another's when the load balancer was adopted.
func (w *Worker) removeVIPPorts(ctx context.Context, loadBalancerID, knownPort string) error {
	ports, err := w.Ports.VIPPorts(ctx, loadBalancerID)
	if err != nil {
		return fmt.Errorf("look for the VIP ports of load balancer %s: %w", loadBalancerID, err)
	}
	ids := make([]string, len(ports), len(ports)+1)
	for i, port := range ports {
		ids[i] = port.ID
	}
	if knownPort != "" && !slices.Contains(ids, knownPort) {
		ids = append(ids, knownPort)
	}
	for _, id := range ids {
		if err := w.Ports.DeletePort(ctx, id); err != nil {
			return fmt.Errorf("delete VIP port %s: %w", id, err)
		}
		w.Logger.InfoContext(ctx, "deleted VIP port", "load_balancer_id", loadBalancerID, "port_id", id)
	}
	return nil
}

// SweepPorts removes VIP ports that were made, longer ago than age, for load balancers that were then never stored.
func (w *Worker) SweepPorts(ctx context.Context, age time.Duration) error {
	if w.Ports == nil {
		return nil
	}
	ids, err := w.Store.StalePortIntents(ctx, age)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := w.removeLeftoverPort(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func (w *Worker) removeLeftoverPort(ctx context.Context, loadBalancerID string) error {
	if abandon, err := w.Store.AbandonPort(ctx, loadBalancerID); err != nil || !abandon {
		return err
	}
	if err := w.removeVIPPorts(ctx, loadBalancerID, ""); err != nil {
		return err
	}
	return w.Store.Write(ctx, func(tx *store.Tx) error { return tx.ForgetPortIntent(loadBalancerID) })
}
