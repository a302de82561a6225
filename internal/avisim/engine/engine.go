package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// upkeepInterval is how often the engine tries again what could not be placed and forgets expired clients.
	upkeepInterval = time.Second
	// defaultUDPIdleTimeout ends a UDP session, as the default of a UDP fast path profile does.
	defaultUDPIdleTimeout = 10 * time.Second
)

// ErrClosed is what Apply returns after Close.
var ErrClosed = errors.New("the service engine is closed")

// Options make an Engine. Every field may be left out.
type Options struct {
	// Logger gets changes of health at Info, placement problems at Warn and failed connections at Debug.
	Logger *slog.Logger
	// Seed of everything random; 0 takes one at random.
	Seed uint64
	// Now is the clock of Health.Changed and of persistence time-outs.
	Now func() time.Time
	// UDPIdleTimeout ends a UDP session after the last datagram in either direction; 0 is 10 seconds.
	UDPIdleTimeout time.Duration
}

// Engine carries out a Config. All methods may be called at the same time.
type Engine struct {
	options Options
	done    chan struct{}  // closed by Close
	wg      sync.WaitGroup // of every goroutine

	mu              sync.Mutex
	closed          bool
	pools           map[string]*pool
	virtualServices map[string]*virtualService
	order           []*virtualService // as configured: who comes first gets a contested port
	seeds           *rand.Rand
}

// New starts an engine that has nothing to do yet. Close ends it.
func New(options Options) *Engine {
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Seed == 0 {
		options.Seed = rand.Uint64() //nolint:gosec // balancing is no secret
	}
	if options.UDPIdleTimeout == 0 {
		options.UDPIdleTimeout = defaultUDPIdleTimeout
	}
	e := &Engine{
		options:         options,
		done:            make(chan struct{}),
		pools:           make(map[string]*pool),
		virtualServices: make(map[string]*virtualService),
		seeds:           rand.New(rand.NewPCG(options.Seed, 0)), //nolint:gosec // balancing is no secret
	}
	e.wg.Go(e.upkeep)
	return e
}

// Apply makes the engine carry out config, whatever it did before. What has not changed goes on undisturbed: listeners
// with their connections, health, counters, persistence. Connections to a server that has gone may finish; those of a
// listener that has gone are closed. Apply opens and closes listeners before it returns, but does not wait for the
// first health checks.
//
// The engine keeps config's slices: the caller must not change them afterwards. An error means that config contradicts
// itself or that the engine is closed (ErrClosed), and that nothing has changed; that a virtual service cannot be
// placed is not an error but its status.
func (e *Engine) Apply(config Config) error {
	if err := config.validate(); err != nil {
		return fmt.Errorf("service engine configuration: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	pools := e.applyPools(config.Pools)
	e.applyVirtualServices(config.VirtualServices, targetsOf(pools, config.Groups))
	for uuid, p := range e.pools {
		if pools[uuid] == nil {
			p.stop()
		}
	}
	e.pools = pools
	return nil
}

// applyPools updates the pools and starts new ones. Those that are gone still run: virtual services may use them.
func (e *Engine) applyPools(configs []Pool) map[string]*pool {
	next := make(map[string]*pool, len(configs))
	for _, c := range configs {
		p := e.pools[c.UUID]
		if p == nil {
			p = newPool(c.UUID, e.seeds.Uint64(), e.options.Logger, e.options.Now, &e.wg)
		}
		p.update(c)
		next[c.UUID] = p
	}
	return next
}

// applyVirtualServices closes every listener that is no longer wanted before it opens the first new one, because a port
// may go from one virtual service to another.
func (e *Engine) applyVirtualServices(configs []VirtualService, pools map[string]*target) {
	next := make(map[string]*virtualService, len(configs))
	e.order = make([]*virtualService, 0, len(configs))
	for _, c := range configs {
		vs := e.virtualServices[c.UUID]
		if vs == nil {
			vs = &virtualService{
				uuid:    c.UUID,
				logger:  e.options.Logger.With(slog.String("virtual_service_uuid", c.UUID)),
				udpIdle: e.options.UDPIdleTimeout,
				wg:      &e.wg,
				fronts:  make(map[frontKey]front),
			}
		}
		vs.view.Store(newView(c, &vs.counters, pools, vs.view.Load()))
		next[c.UUID] = vs
		e.order = append(e.order, vs)
	}
	for uuid, vs := range e.virtualServices {
		if next[uuid] == nil {
			vs.close()
		}
	}
	for _, vs := range e.order {
		vs.closeUnwanted()
	}
	for _, vs := range e.order {
		vs.place(e.options.Now())
	}
	e.virtualServices = next
}

// Status is a snapshot of everything that the last applied configuration names.
func (e *Engine) Status() Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	status := Status{
		VirtualServices: make(map[string]VirtualServiceStatus, len(e.virtualServices)),
		Pools:           make(map[string]PoolStatus, len(e.pools)),
	}
	for _, vs := range e.virtualServices {
		maps.Copy(status.VirtualServices, vs.statuses())
	}
	for uuid, p := range e.pools {
		status.Pools[uuid] = p.status()
	}
	return status
}

// Close ends all listeners, connections and checks and waits for everything that the engine has started. The error is
// always nil; more calls than one do no harm.
func (e *Engine) Close() error {
	e.mu.Lock()
	if !e.closed {
		e.closed = true
		close(e.done)
	}
	for _, vs := range e.virtualServices {
		vs.close()
	}
	for _, p := range e.pools {
		p.stop()
	}
	e.mu.Unlock()
	e.wg.Wait()
	return nil
}

// upkeep retries what could not be placed: a port that another process held may be free now.
func (e *Engine) upkeep() {
	ticker := time.NewTicker(upkeepInterval)
	defer ticker.Stop()
	for {
		select {
		case <-e.done:
			return
		case <-ticker.C:
			e.upkeepOnce()
		}
	}
}

func (e *Engine) upkeepOnce() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	for _, vs := range e.order {
		if vs.placement.State == StateResources {
			vs.place(e.options.Now())
		}
	}
	for _, p := range e.pools {
		p.sweep()
	}
}
