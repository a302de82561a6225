package worker

import (
	"context"
	"fmt"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// Wanted says which objects a load balancer should have, in the order of their creation, and which provider's Controller has
// them. It only reads, so that others can compare instead of converge.
func (w *Worker) Wanted(ctx context.Context, work store.Work) (Provider, []plan.Object, error) {
	name := work.Tree.LoadBalancer.Provider
	provider, ok := w.Providers[name]
	if !ok {
		return Provider{}, nil, fmt.Errorf("provider %q: %w", name, errUnknownProvider)
	}
	in := translate.Input{Options: provider.Translate, Tree: work.Tree.Wanted(), VsVipMade: hasVsVip(work.Inventory)}
	version, err := provider.Controller.Version(ctx)
	if err != nil {
		return Provider{}, nil, err
	}
	in.Markers = avi.CompareVersions(version, markersSince) >= 0
	if in.Subnets, err = w.fetchSubnets(ctx, in.Options, &in.Tree, w.Logger); err != nil {
		return Provider{}, nil, err
	}
	return provider, translate.Objects(in), nil
}

// KnownOf is an inventory in converge's terms.
func KnownOf(items []store.Item) []converge.Known { return knownOf(items) }
