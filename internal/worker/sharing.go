package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// adoptShared makes what another load balancer has brought to the Controller already known for a new one too, without a request.
func (w *Worker) adoptShared(
	ctx context.Context, c store.Claim, lb *lbaas.LoadBalancer, known []converge.Known,
) ([]converge.Known, error) {
	uuid := translate.VRFContextUUID(lb.VRFKey)
	is := func(k converge.Known) bool { return k.Type == translate.TypeVRFContext && k.UUID == uuid }
	if lb.Doomed || lb.VRFKey == "" || slices.ContainsFunc(known, is) {
		return nil, nil
	}
	item, found, err := w.Store.SharedItem(ctx, translate.TypeVRFContext, uuid, lb.ID)
	if err != nil || !found {
		return nil, err
	}
	if err := w.Store.TakeShared(ctx, c, item); err != nil {
		return nil, err
	}
	return KnownOf([]store.Item{item}), nil
}

// giveUp asks the inventory whether a shared object is to be deleted.
func (w *Worker) giveUp(c store.Claim) func(context.Context, converge.Known) (last bool, err error) {
	return func(ctx context.Context, k converge.Known) (bool, error) {
		return w.Store.GiveUp(ctx, c, itemOf(k))
	}
}

// intend records in the inventory what is about to be written for a load balancer.
func (w *Worker) intend(c store.Claim) func(context.Context, []converge.Known) error {
	return func(ctx context.Context, objects []converge.Known) error {
		items := make([]store.Item, len(objects))
		for i, k := range objects {
			items[i] = itemOf(k)
		}
		return w.Store.Intend(ctx, c, items)
	}
}

func itemOf(k converge.Known) store.Item {
	return store.Item{
		Type: k.Type, UUID: k.UUID, Tenant: k.Tenant, Actual: k.Actual, Applied: k.Applied, Shared: translate.Shared(k.Type),
	}
}

// maxLeftovers bounds how many are looked at in one sweep.
const maxLeftovers = 50

// SweepLeftovers deletes shared objects that no load balancer has any more, and that could not be deleted when the last one gave
// them up.
func (w *Worker) SweepLeftovers(ctx context.Context) error {
	claimed, err := w.Store.ClaimLeftovers(ctx, maxLeftovers)
	if err != nil {
		return err
	}
	var failures []error
	for _, l := range claimed {
		if err := w.sweepLeftover(ctx, l); err != nil {
			failures = append(failures, fmt.Errorf("%s %s of provider %s: %w", l.Type, l.UUID, l.Provider, err))
		}
	}
	return errors.Join(failures...)
}

// sweepLeftover deletes one, if the Controller lets it go. When it cannot be asked, the claim runs out.
func (w *Worker) sweepLeftover(ctx context.Context, l store.Leftover) error {
	provider, ok := w.Providers[l.Provider]
	if !ok {
		return w.Store.LeftoverStays(ctx, l) // until the provider is configured again
	}
	err := provider.Controller.Delete(ctx, l.Tenant, l.Type, cmp.Or(l.Actual, l.UUID))
	switch {
	case err == nil, errors.Is(err, avi.NotFound), errors.Is(err, avi.TenantMissing):
		w.Logger.InfoContext(ctx, "deleted an object that was left over", "type", l.Type, "uuid", l.UUID)
		return w.Store.LeftoverGone(ctx, l)
	case errors.Is(err, avi.Referred):
		return w.Store.LeftoverStays(ctx, l)
	}
	return err
}
