package poller

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Controller is what the poller needs of a Controller. *avi.Client implements it.
type Controller interface {
	List(ctx context.Context, tenant, path string, query url.Values) iter.Seq2[avi.Object, error]
	Call(ctx context.Context, method, tenant, path string, query url.Values, in, out any) error
}

// Options of a Poller.
type Options struct {
	Store       *store.Store
	Controllers map[string]Controller // by the provider's name
	Logger      *slog.Logger
	// Interval between two readings.
	Interval time.Duration
	// Job shares the reading with other replicas; nil: there are none.
	Job *store.Job
	// Metrics may be nil.
	Metrics *Metrics
}

// Poller reads the Controllers every so often.
type Poller struct {
	Options
	nudged chan struct{}
}

// New makes a Poller.
func New(o Options) *Poller { return &Poller{Options: o, nudged: make(chan struct{}, 1)} }

// Nudge has the poller read soon, because something has changed. It never blocks.
func (p *Poller) Nudge() {
	select {
	case p.nudged <- struct{}{}:
	default:
	}
}

// soon is the shortest time between two readings, however often the poller is nudged.
const soon = time.Second

// Run reads until ctx ends.
func (p *Poller) Run(ctx context.Context) error {
	pause := p.Interval
	if p.Job != nil {
		pause = min(soon, p.Interval) // the job knows when it is time
	}
	for {
		if _, err := p.Job.Try(ctx, p.Poll); err != nil && ctx.Err() == nil {
			p.Logger.WarnContext(ctx, "cannot read what the Controller observes; statuses and counters stay as they are", "error", err)
		}
		earliest := time.After(min(soon, p.Interval))
		select {
		case <-ctx.Done():
			return nil
		case <-p.nudged:
			if err := p.Job.Hurry(ctx); err != nil && ctx.Err() == nil {
				p.Logger.WarnContext(ctx, "statuses and counters will be read at their usual time only", "error", err)
			}
		case <-time.After(pause):
		}
		select {
		case <-ctx.Done():
			return nil
		case <-earliest:
		}
	}
}

// Poll reads all Controllers once and stores what they observe. A Controller that cannot be read leaves its load balancers'
// statuses as they are.
func (p *Poller) Poll(ctx context.Context) error {
	var failures []error
	trees := map[string][]lbaas.Tree{}
	for tree, err := range p.trees(ctx) {
		if err != nil {
			return err
		}
		provider := tree.LoadBalancer.Provider
		trees[provider] = append(trees[provider], tree)
	}
	// Side by side: one that does not answer has each request last until its time limit.
	var polling sync.WaitGroup
	var mu sync.Mutex // guards failures
	for provider, itsTrees := range trees {
		polling.Go(func() {
			if err := p.pollProvider(ctx, provider, itsTrees); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failures = append(failures, fmt.Errorf("provider %s: %w", provider, err))
			}
		})
	}
	polling.Wait()
	return errors.Join(failures...)
}

// pollProvider reads one Controller and stores what it observes of its load balancers.
func (p *Poller) pollProvider(ctx context.Context, provider string, trees []lbaas.Tree) error {
	controller, ok := p.Controllers[provider]
	if !ok {
		return nil // the worker says so where it matters
	}
	r, err := readReport(ctx, controller)
	if err != nil {
		return err
	}
	// Counters are a service of their own at the Controller; without them the statuses are still to be had.
	uncounted := r.readSamples(ctx, controller)
	if err := p.store(ctx, controller, r, trees); err != nil {
		return errors.Join(uncounted, err)
	}
	p.Metrics.stored(provider)
	return uncounted
}

// batch is how many load balancers are read and stored at a time.
const batch = 200

func (p *Poller) trees(ctx context.Context) iter.Seq2[lbaas.Tree, error] {
	return func(yield func(lbaas.Tree, error) bool) {
		after := ""
		for {
			var trees []lbaas.Tree
			err := p.Store.Read(ctx, func(tx *store.Tx) (err error) {
				trees, err = tx.Trees(after, batch)
				return err
			})
			if err != nil {
				yield(lbaas.Tree{}, err)
				return
			}
			for _, tree := range trees {
				if !yield(tree, nil) {
					return
				}
				after = tree.LoadBalancer.ID
			}
			if len(trees) < batch {
				return
			}
		}
	}
}

// unanswered is how many requests for servers may stay without an answer in one reading. What a single pool is answered with does not
// matter to the others, but a Controller that has gone away has each request last until its time limit.
const unanswered = 3

// store turns a report into the operating statuses and counters of load balancers. Those with a pool whose servers cannot be read keep
// their statuses; the error names these pools.
func (p *Poller) store(ctx context.Context, c Controller, r *report, trees []lbaas.Tree) error {
	var failures []error
	silent := 0
	for len(trees) > 0 {
		n := min(batch, len(trees))
		observed := store.Observed{
			LoadBalancers: statuses{}, Listeners: statuses{}, Pools: statuses{}, Members: statuses{}, HealthMonitors: statuses{},
			L7Policies: statuses{}, L7Rules: statuses{},
			Stats: map[string]store.ListenerStats{},
		}
		var listeners []lbaas.Listener
		for i := range trees[:n] {
			listeners = append(listeners, trees[i].Listeners...)
			if err := r.readServers(ctx, c, &trees[i]); err != nil {
				if ctx.Err() != nil || noAnswer(err) && silent >= unanswered {
					return errors.Join(append(failures, err)...)
				}
				if noAnswer(err) {
					silent++
				}
				failures = append(failures, err)
				continue
			}
			r.observe(&trees[i], &observed)
		}
		if err := p.addStats(ctx, r, listeners, &observed); err != nil {
			return err
		}
		if err := p.Store.Observe(ctx, observed); err != nil {
			return err
		}
		trees = trees[n:]
	}
	return errors.Join(failures...)
}

// noAnswer says that the Controller did not answer at all.
func noAnswer(err error) bool {
	e, ok := errors.AsType[*avi.Error](err)
	return ok && e.Status == 0
}

type statuses = map[string]lbaas.OperatingStatus
