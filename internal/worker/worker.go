package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// Controller is what the worker needs of a Controller. *avi.Client implements it.
type Controller interface {
	converge.Controller
	// Version is the API version in use; the first call logs in.
	Version(ctx context.Context) (string, error)
}

// Provider is one Controller with the settings that shape its objects.
type Provider struct {
	Controller Controller
	Translate  translate.Options
	// CreateTenants makes tenants that the Controller does not have, rather than wait until it imports them.
	CreateTenants bool
}

// Options of a Worker.
type Options struct {
	Store     *store.Store
	Providers map[string]Provider
	// Ports is nil when there is no network service.
	Ports Ports
	// Subnets, PortQoS and PortGroups are nil when there is no network service, Projects without Keystone, Keys without a key
	// manager.
	Subnets    Subnets
	PortQoS    PortQoS
	PortGroups PortGroups
	Projects   Projects
	Keys       Keys
	Logger     *slog.Logger
	Metrics    *Metrics
	// Tracer records what is done for each load balancer; nil records nothing.
	Tracer trace.Tracer
	// Owner names this process in the leases that it takes.
	Owner string
	// Concurrency is how many load balancers are worked at the same time.
	Concurrency int
	// Lease is how long a load balancer stays this worker's without a sign of life.
	Lease time.Duration
	// Sweeps shares the search for leftovers of crashes with other replicas; nil: there are none.
	Sweeps *store.Job
	// RetryInitial and RetryMax bound the pause between two attempts; it doubles with each.
	RetryInitial, RetryMax time.Duration
	// Settled is called with each load balancer whose work has ended well, so that its status can be read soon; may be nil.
	Settled func()
}

// Worker works the queue.
type Worker struct {
	Options
	woken chan struct{}
}

// New makes a Worker.
func New(o Options) *Worker {
	return &Worker{Options: o, woken: make(chan struct{}, 1)}
}

// Wake has the worker look at the queue now. It never blocks.
func (w *Worker) Wake() {
	select {
	case w.woken <- struct{}{}:
	default:
	}
}

const (
	// idle is how long the worker waits for a call of Wake before it looks at the queue by itself: retries come due, and other
	// processes accept requests.
	idle = time.Second
	// janitorInterval is how often leftovers of crashes are looked for, and portIntentAge how old they have to be: longer than
	// any request lasts.
	janitorInterval = time.Minute
	portIntentAge   = 5 * time.Minute
	// concludeWithin is how long the database may take to store how an attempt ended.
	concludeWithin = time.Minute
)

// Run works the queue until ctx ends. Then nothing new is begun, and what is under way has until grace ends to finish; what
// does not finish is taken up again at the next start.
func (w *Worker) Run(ctx, grace context.Context) error {
	if err := w.Store.ReleaseAll(ctx, w.Owner); err != nil && ctx.Err() == nil {
		return fmt.Errorf("release the leases of a former life: %w", err)
	}
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { w.sweep(ctx) })
	under := &underWay{of: map[string]int{}}
	for {
		err := w.claim(ctx, under, func(c store.Claim) {
			running.Go(func() {
				defer func() { under.end(c); w.Wake() }()
				w.process(grace, c)
			})
		})
		if err != nil && ctx.Err() == nil {
			w.Logger.ErrorContext(ctx, "cannot read the queue", "error", err)
		}
		next := w.observeQueue(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-w.woken:
		case <-time.After(next):
		}
	}
}

// Drain works the queue until nothing is due any more: what Run does, for tests that want to look in between.
func (w *Worker) Drain(ctx context.Context) error {
	for {
		claims, err := w.Store.Claim(ctx, w.Owner, w.Lease, w.Concurrency)
		if err != nil || len(claims) == 0 {
			return err
		}
		for _, c := range claims {
			w.process(ctx, c)
		}
	}
}

// process works one load balancer, renewing its lease meanwhile, and stores how it ended.
func (w *Worker) process(ctx context.Context, c store.Claim) {
	started := time.Now()
	ctx, end := w.onBehalfOf(ctx, c)
	logger := w.Logger.With("load_balancer_id", c.LoadBalancerID, "attempt", c.Attempts+1)
	working, stop := context.WithCancel(ctx)
	var renewing sync.WaitGroup
	renewing.Go(func() { w.renew(working, stop, c, logger) })
	changes, err := w.reconcile(working, c, logger)
	defer func() { end(err) }()
	lost := working.Err() != nil && ctx.Err() == nil
	stop()
	renewing.Wait()
	if lost || errors.Is(err, store.ErrLeaseLost) {
		logger.WarnContext(ctx, "another worker has taken the load balancer over")
		return
	}
	// Also when the process ends, but not without end: whoever finds the lease run out begins anew.
	concluding, enough := context.WithTimeout(context.WithoutCancel(ctx), concludeWithin)
	defer enough()
	w.conclude(concluding, c, changes, err, logger)
	w.Metrics.reconciled(err, time.Since(started))
}

// renew keeps the lease until ctx ends. When it is lost, stop ends the work; also when it cannot be renewed before it runs out, as
// another replica may have it then.
func (w *Worker) renew(ctx context.Context, stop context.CancelFunc, c store.Claim, logger *slog.Logger) {
	expiry := time.AfterFunc(w.Lease, stop)
	defer expiry.Stop()
	tick := time.NewTicker(w.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			begun := time.Now()
			err := w.Store.Renew(ctx, c, w.Lease)
			if errors.Is(err, store.ErrLeaseLost) {
				stop()
				return
			}
			if err == nil {
				expiry.Reset(w.Lease - time.Since(begun))
			} else if ctx.Err() == nil {
				logger.ErrorContext(ctx, "cannot renew the lease", "error", err)
			}
		}
	}
}

// pause is the time until the next attempt: it doubles with each, and half of it is random, so that the load balancers of a
// Controller that was away do not all come back at once.
func (w *Worker) pause(attempts int) time.Duration {
	pause := w.RetryMax
	if attempts < 16 {
		pause = min(w.RetryInitial<<attempts, w.RetryMax)
	}
	return pause/2 + rand.N(pause/2+1) //nolint:gosec // no secret depends on it
}

// sweep looks for leftovers of crashes every so often, until ctx ends.
func (w *Worker) sweep(ctx context.Context) {
	tick := time.NewTicker(janitorInterval)
	defer tick.Stop()
	for {
		_, err := w.Sweeps.Try(ctx, func(ctx context.Context) error { return w.SweepPorts(ctx, portIntentAge) })
		if err != nil && ctx.Err() == nil {
			w.Logger.ErrorContext(ctx, "cannot remove VIP ports that were left over", "error", err)
		}
		if err := w.SweepLeftovers(ctx); err != nil && ctx.Err() == nil {
			w.Logger.ErrorContext(ctx, "cannot remove objects that were left over", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
