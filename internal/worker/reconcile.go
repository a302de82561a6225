package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// errUnknownProvider is final: only an operator can bring the provider back.
var errUnknownProvider = errors.New("the configuration has no such provider")

// errPanicked is a bug of ours.
var errPanicked = errors.New("the worker stumbled")

// reconcile closes the difference between what is wanted of one load balancer and what is at the Controller. It looks at states
// only, never at what was asked for when. The changes are to be kept whether it fails or not.
func (w *Worker) reconcile(ctx context.Context, c store.Claim, logger *slog.Logger) (_ []store.Change, err error) {
	defer func() {
		// One load balancer that we stumble over is not to take the others down with it.
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanicked, p, debug.Stack())
		}
	}()
	work, err := w.Store.Load(ctx, c)
	if err != nil {
		return nil, err
	}
	lb := work.Tree.LoadBalancer
	provider, wanted, containers, err := w.wanted(ctx, work, logger)
	if err != nil {
		return nil, err
	}
	if err := w.rememberContainers(ctx, c, work, containers); err != nil {
		return nil, err
	}
	known := KnownOf(work.Inventory)
	adopted, err := w.adoptShared(ctx, c, &lb, known)
	if err != nil {
		return nil, err
	}
	known = append(known, adopted...)
	run := func() ([]converge.Known, error) {
		return converge.Run(ctx, provider.Controller, logger, converge.Task{
			Wanted: wanted, Known: known, Intend: w.intend(c), GiveUp: w.giveUp(c),
		})
	}
	changes, err := run()
	if errors.Is(err, avi.TenantMissing) && provider.CreateTenants {
		if err = w.createTenant(ctx, provider.Controller, lb.ProjectID); err == nil {
			changes, err = run()
		}
	}
	if err == nil {
		err = w.applyQoS(ctx, c, &lb)
	}
	if err == nil {
		err = w.applySecurityGroups(ctx, c, &lb)
	}
	if err == nil && lb.Doomed && lb.VIP.OwnsPort && w.Ports != nil {
		err = w.removeVIPPorts(ctx, lb.ID, lb.VIP.PortID)
	}
	return append(changesOf(adopted), changesOf(changes)...), err
}

// KnownOf is an inventory in converge's terms.
func KnownOf(items []store.Item) []converge.Known {
	known := make([]converge.Known, len(items))
	for i, item := range items {
		known[i] = converge.Known{
			Type: item.Type, UUID: item.UUID, Tenant: item.Tenant, Actual: item.Actual, Applied: item.Applied,
			Shared: translate.Shared(item.Type),
		}
	}
	return known
}

func changesOf(known []converge.Known) []store.Change {
	changes := make([]store.Change, len(known))
	for i, k := range known {
		changes[i] = store.Change{Item: itemOf(k), Gone: k.Gone, Left: k.Left}
	}
	return changes
}

// conclude stores how an attempt ended.
func (w *Worker) conclude(ctx context.Context, c store.Claim, changes []store.Change, err error, logger *slog.Logger) {
	var stored error
	switch verdict := judge(err, c.Attempts); verdict {
	case done:
		if stored = w.Store.Succeed(ctx, c, changes); stored == nil {
			logger.InfoContext(ctx, "load balancer is as wanted", "objects_changed", len(changes))
			w.Metrics.carriedOut(c.AcceptedAt)
			if w.Settled != nil {
				w.Settled()
			}
		}
	case gone:
		return
	case retry, interrupted:
		pause := w.pause(c.Attempts)
		if verdict == interrupted {
			pause = 0
		}
		logger.WarnContext(ctx, "load balancer stays pending", "reason", err.Error(), "next_attempt_in", pause.String())
		stored = w.Store.Retry(ctx, c, changes, pause, reasonFor(err))
	case final:
		logger.ErrorContext(ctx, "load balancer is in error until the user or an operator acts", "reason", err.Error())
		stored = w.Store.Fail(ctx, c, changes, reasonFor(err))
	}
	if stored != nil {
		// The lease runs out, and whoever takes over finds the objects that were intended.
		logger.ErrorContext(ctx, "cannot store how the attempt ended", "error", stored)
	}
}

type verdict int

const (
	done        verdict = iota
	retry               // trying again may help
	interrupted         // this process ends; nothing was wrong
	final               // trying again cannot help
	gone                // the load balancer is not there any more
)

// patience is how often something is tried that looks as if only a person could mend it, but may be a race with one: about ten
// minutes with the default pauses.
const patience = 15

func judge(err error, attempts int) verdict {
	switch {
	case err == nil:
		return done
	case errors.Is(err, lbaas.KindNotFound):
		return gone
	case errors.Is(err, context.Canceled):
		return interrupted
	case errors.Is(err, errUnknownProvider), errors.Is(err, errUnreadable), errors.Is(err, errNoNetwork),
		errors.Is(err, errNetworkRefuses):
		return final
	}
	e, ok := errors.AsType[*avi.Error](err)
	switch {
	case errors.Is(err, errPanicked) && attempts >= patience:
		return final
	case !ok:
		return retry // the network service or the database: both come back
	case !e.Temporary():
		return final
	case attempts >= patience && (errors.Is(err, avi.Referred) || errors.Is(err, avi.ReferenceMissing) || errors.Is(err, avi.Stale)):
		return final
	}
	return retry
}

// reasonFor is what the user may know of a failure: the Controller's own words, or that it cannot be reached.
func reasonFor(err error) string {
	if errors.Is(err, errPanicked) {
		return errPanicked.Error() + ": see the log"
	}
	if e, ok := errors.AsType[*avi.Error](err); ok {
		return e.Error()
	}
	return err.Error()
}
