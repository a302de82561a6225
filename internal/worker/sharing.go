package worker

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// splitShared takes the VRF context, which others may have too, out of what is known of a load balancer that is being deleted.
func splitShared(lb *lbaas.LoadBalancer, known []converge.Known) (own, shared []converge.Known) {
	for _, k := range known {
		if lb.Doomed && k.Type == translate.TypeVRFContext {
			shared = append(shared, k)
		} else {
			own = append(own, k)
		}
	}
	return own, shared
}

// adoptShared makes what another load balancer has brought to the Controller already known for a new one too, without a request.
func (w *Worker) adoptShared(ctx context.Context, lb *lbaas.LoadBalancer, known []converge.Known) ([]converge.Known, error) {
	uuid := translate.VRFContextUUID(lb.VRFKey)
	is := func(k converge.Known) bool { return k.Type == translate.TypeVRFContext && k.UUID == uuid }
	if lb.Doomed || lb.VRFKey == "" || slices.ContainsFunc(known, is) {
		return nil, nil
	}
	item, found, err := w.Store.SharedItem(ctx, translate.TypeVRFContext, uuid, lb.ID)
	if err != nil || !found {
		return nil, err
	}
	return knownOf([]store.Item{item}), nil
}

// releaseShared ends what a deleted load balancer has in common with others, after all that is its own is gone.
//
// While another one stays that has the VRF context, it stays and becomes that one's concern alone. Otherwise it is removed. When
// the others are being deleted as well, their VsVips may still be in it, and the Controller refuses: that is no failure, because
// each of them comes here after its own VsVip has gone, and the last one succeeds. Both rest on this order: others are looked
// at only when our own VsVip is gone.
func (w *Worker) releaseShared(
	ctx context.Context, c store.Claim, controller Controller, lb *lbaas.LoadBalancer, shared []converge.Known, logger *slog.Logger,
) ([]converge.Known, error) {
	if len(shared) == 0 {
		return nil, nil
	}
	holders, err := w.Store.VRFHolders(ctx, lb.VRFKey, lb.ID)
	if err != nil {
		return nil, fmt.Errorf("look who else has VRF context %s: %w", translate.VRFContextUUID(lb.VRFKey), err)
	}
	for i := range shared {
		shared[i].Gone, shared[i].Shared = holders.Live, holders.Doomed
	}
	if holders.Live {
		return shared, nil
	}
	return converge.Run(ctx, controller, logger, nil, shared, w.intend(c))
}

// intend records in the inventory what is about to be written for a load balancer.
func (w *Worker) intend(c store.Claim) converge.Intend {
	return func(ctx context.Context, objects []converge.Known) error {
		items := make([]store.Item, len(objects))
		for i, k := range objects {
			items[i] = store.Item{Type: k.Type, UUID: k.UUID, Tenant: k.Tenant, Actual: k.Actual}
		}
		return w.Store.Intend(ctx, c, items)
	}
}
