package engine

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// errNoServer means that no server may take another request: none is up, or all are full or have been tried.
var errNoServer = errors.New("no server available")

// pool is one running pool: it knows which servers are up and gives them out.
type pool struct {
	uuid   string
	logger *slog.Logger
	now    func() time.Time
	wg     *sync.WaitGroup // the engine's: every check runs under it

	mu      sync.Mutex
	config  Pool
	stopped bool
	health  Health
	// turned is when the pool last went from up to not up or back, which is what its virtual services care about.
	turned     time.Time
	servers    []*server // in the order of the configuration
	byAddress  map[netip.AddrPort]*server
	clients    *persistenceTable // nil unless the persistence kind keeps one
	random     *rand.Rand
	candidates []*server // scratch space of acquire
}

func newPool(uuid string, seed uint64, logger *slog.Logger, now func() time.Time, wg *sync.WaitGroup) *pool {
	return &pool{
		uuid:      uuid,
		logger:    logger.With(slog.String("pool_uuid", uuid)),
		now:       now,
		wg:        wg,
		turned:    now(),
		byAddress: make(map[netip.AddrPort]*server),
		random:    rand.New(rand.NewPCG(seed, seed)), //nolint:gosec // balancing is no secret, and tests repeat it
	}
}

// update makes the pool carry out config. Servers and monitors that it has in common with the configuration before
// keep their health and counters; of servers listed twice the first counts (controller facts 4.2).
func (p *pool) update(config Pool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.updatePersistence(config.Persistence)
	p.config = config

	before := p.byAddress
	p.byAddress = make(map[netip.AddrPort]*server, len(config.Servers))
	p.servers = make([]*server, 0, len(config.Servers))
	for _, c := range config.Servers {
		if p.byAddress[c.Address] != nil {
			continue
		}
		s := before[c.Address]
		if s == nil {
			s = &server{
				health: Health{State: StateUnknown, Changed: p.now()},
				checks: make(map[string]*check),
			}
		}
		p.byAddress[c.Address] = s
		p.servers = append(p.servers, s)
		p.updateServer(s, c)
	}
	for address, s := range before {
		if p.byAddress[address] == nil {
			retire(s)
		}
	}
	p.refreshPool()
}

// updatePersistence keeps the clients' table as long as its entries mean the same.
func (p *pool) updatePersistence(next *Persistence) {
	if next == nil || next.Kind == PersistenceHTTPCookie {
		p.clients = nil
		return
	}
	last := p.config.Persistence
	if p.clients == nil || last == nil || last.Kind != next.Kind || last.CookieName != next.CookieName ||
		last.MaskBits != next.MaskBits {
		p.clients = newPersistenceTable(next.Timeout)
	}
	p.clients.timeout = next.Timeout
}

// updateServer makes one server carry out its configuration. Its checks start or stop here.
func (p *pool) updateServer(s *server, config Server) {
	s.config = config
	if u := s.upstream; u == nil || u.hostname != config.Hostname || u.tls != p.config.TLS || u.idle != p.config.ServerIdle {
		if u != nil {
			u.transport.CloseIdleConnections()
		}
		s.upstream = newUpstream(config, p.config)
	}
	wanted := make(map[string]Monitor, len(p.config.Monitors))
	if s.probed(p.config.Enabled) {
		for _, m := range p.config.Monitors {
			wanted[m.UUID] = m
		}
	}
	target := checkTarget{address: config.Address, hostname: config.Hostname}
	for uuid, c := range s.checks {
		if m, keep := wanted[uuid]; !keep || !c.same(m, target) {
			c.stop()
			delete(s.checks, uuid)
		}
	}
	for uuid, m := range wanted {
		if s.checks[uuid] == nil {
			s.checks[uuid] = p.startCheck(s, m, target)
		}
	}
	p.refreshServer(s)
}

// retire ends what a server that is no longer in the pool still does. Connections in progress may finish.
func retire(s *server) {
	for uuid, c := range s.checks {
		c.stop()
		delete(s.checks, uuid)
	}
	s.upstream.transport.CloseIdleConnections()
}

// stop ends the pool: no checks, no more servers given out.
func (p *pool) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	for _, s := range p.servers {
		retire(s)
	}
}

// refreshServer brings the server's health up to date after something that it depends on has changed.
func (p *pool) refreshServer(s *server) {
	state, reason := s.assess(p.config.Enabled)
	s.health.Reason = reason
	if state == s.health.State {
		return
	}
	p.logger.Info("server health changed", slog.String("server_address", s.config.Address.String()),
		slog.String("state_before", string(s.health.State)), slog.String("state", string(state)),
		slog.String("reason", reason))
	s.health.State, s.health.Changed = state, p.now()
	if state != StateUp {
		s.upstream.transport.CloseIdleConnections()
	}
}

// refreshPool brings the pool's health up to date after its servers'.
func (p *pool) refreshPool() {
	state, reason := p.assess()
	p.health.Reason = reason
	if state == p.health.State {
		return
	}
	now := p.now()
	if (state == StateUp) != (p.health.State == StateUp) {
		p.turned = now
	}
	p.health.State, p.health.Changed = state, now
}

func (p *pool) assess() (State, string) {
	if !p.config.Enabled {
		return StateDisabled, "The pool is disabled"
	}
	if len(p.servers) == 0 {
		return StateDown, "The pool has no servers"
	}
	disabled := 0
	for _, s := range p.servers {
		switch s.health.State {
		case StateUp:
			return StateUp, ""
		case StateDisabled:
			disabled++
		case StateDown, StateUnknown, StateResources:
		}
	}
	if disabled == len(p.servers) {
		return StateDisabled, "All servers are disabled"
	}
	return StateDown, fmt.Sprintf("None of %d enabled servers is up", len(p.servers)-disabled)
}

// condition is the pool's health, and when it last turned up or not up.
func (p *pool) condition() (health Health, turned time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.health, p.turned
}

// status is a snapshot of the pool's health and its servers'.
func (p *pool) status() PoolStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := PoolStatus{Health: p.health, Servers: make(map[netip.AddrPort]Health, len(p.servers))}
	for _, s := range p.servers {
		status.Servers[s.config.Address] = s.health
	}
	return status
}

// sweep forgets clients whose persistence has expired.
func (p *pool) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clients != nil {
		p.clients.sweep(p.now())
	}
}
