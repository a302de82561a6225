package worker

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// The first API versions that have what is written only to Controllers that speak them.
const (
	markersSince = "20.1.5" // markers on all types that we make (controller facts 4.1)
	http2Since   = "20.1.1" // schema: Service.enable_http2
)

// Wanted says which objects a load balancer should have, in the order of their creation, and which provider's Controller has
// them. It only reads, so that others can compare instead of converge.
func (w *Worker) Wanted(ctx context.Context, work store.Work) (Provider, []plan.Object, error) {
	provider, objects, _, err := w.wanted(ctx, work, w.Logger)
	return provider, objects, err
}

// wanted is Wanted, and what is to be remembered of the key manager's containers that were read for it.
func (w *Worker) wanted(ctx context.Context, work store.Work, logger *slog.Logger) (
	provider Provider, objects []plan.Object, containers []store.Container, err error,
) {
	name := work.Tree.LoadBalancer.Provider
	provider, ok := w.Providers[name]
	if !ok {
		return Provider{}, nil, nil, fmt.Errorf("provider %q: %w", name, errUnknownProvider)
	}
	in := translate.Input{
		Options: provider.Translate, Tree: work.Tree.Wanted(), VsVipMade: hasVsVip(work.Inventory), Made: madeIn(work.Inventory),
	}
	if in.Material, containers, err = w.fetch(ctx, &in.Tree, work, logger); err != nil {
		return Provider{}, nil, nil, err
	}
	version, err := provider.Controller.Version(ctx)
	if err != nil {
		return Provider{}, nil, nil, err
	}
	in.Markers = avi.CompareVersions(version, markersSince) >= 0
	in.HTTP2 = avi.CompareVersions(version, http2Since) >= 0
	if in.Subnets, err = w.fetchSubnets(ctx, in.Options, &in.Tree, logger); err != nil {
		return Provider{}, nil, nil, err
	}
	return provider, translate.Objects(in), containers, nil
}

// madeIn are the uuids of an inventory.
func madeIn(items []store.Item) map[string]bool {
	made := make(map[string]bool, len(items))
	for _, i := range items {
		made[i.UUID] = true
	}
	return made
}

func hasVsVip(items []store.Item) bool {
	for _, i := range items {
		if i.Type == translate.TypeVsVip {
			return true
		}
	}
	return false
}
