package engine

import (
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// request is what the choice of a server depends on.
type request struct {
	client netip.AddrPort
	// cookie reads a cookie of an HTTP request; nil for everything that is not HTTP, which only persists by address.
	cookie func(name string) string
	// tried servers are not given again.
	tried []*server
}

// lease is one server given to one connection or request, until release.
type lease struct {
	pool     *pool
	server   *server
	upstream *upstream
	config   Server
	// id is the client in the persistence table, nil when it is not kept there.
	id *clientID
	// cookieName names the engine's own cookie when the HTTP answer is to set it, and cookie is that then.
	cookieName string
	cookie     *http.Cookie
	// appCookie names the servers' cookie whose values are to be learned; empty for none.
	appCookie string

	release func()
}

// acquire gives out a server: the one that the client persists on, or else the algorithm's choice. The error is
// errNoServer. The caller must call the lease's release.
func (p *pool) acquire(r request) (*lease, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.candidates = p.candidates[:0]
	if p.stopped {
		return nil, errNoServer
	}
	for _, s := range p.servers {
		if p.available(s) && !slices.Contains(r.tried, s) {
			p.candidates = append(p.candidates, s)
		}
	}
	if len(p.candidates) == 0 {
		return nil, errNoServer
	}
	now := p.now()
	l := &lease{pool: p}
	l.server = p.persistent(r, l, now)
	if l.server == nil {
		l.server = choose(p.config.Algorithm, p.candidates, r.client, p.random)
	}
	l.upstream, l.config = l.server.upstream, l.server.config
	if l.id != nil {
		p.clients.remember(*l.id, l.config.Address, now)
	}
	if l.cookieName != "" {
		l.cookie = persistenceCookie(l.cookieName, l.config.Address, now, p.config.Persistence.Timeout)
	}
	l.server.open++
	l.release = sync.OnceFunc(l.giveBack)
	return l, nil
}

// available says whether the server may take one more connection.
func (p *pool) available(s *server) bool {
	limit := p.config.MaxConnectionsPerServer
	return p.serving(s) && (limit <= 0 || s.open < limit)
}

// serving says whether the server is up and the pool's own still.
func (p *pool) serving(s *server) bool {
	return !p.stopped && s.health.State == StateUp && p.byAddress[s.config.Address] == s
}

// persistent returns the candidate that the client is to stay at, nil when there is none, and notes in the lease how
// the client will be known next time.
func (p *pool) persistent(r request, l *lease, now time.Time) *server {
	persistence := p.config.Persistence
	if persistence == nil || (persistence.Kind != PersistenceClientIP && r.cookie == nil) {
		return nil
	}
	switch persistence.Kind {
	case PersistenceClientIP:
		l.id = &clientID{address: persistence.client(r.client.Addr())}
	case PersistenceAppCookie:
		l.appCookie = persistence.CookieName
		value := r.cookie(persistence.CookieName)
		if value == "" {
			return nil
		}
		l.id = &clientID{cookie: value}
	case PersistenceHTTPCookie:
		return p.ownCookie(r, l, now)
	}
	address, found := p.clients.lookup(*l.id, now)
	if !found {
		return nil
	}
	return p.candidate(address)
}

// ownCookie reads the engine's own cookie. A session cookie is set once; one with a time-out with every answer, so
// that the time counts from the last use.
func (p *pool) ownCookie(r request, l *lease, now time.Time) *server {
	persistence := p.config.Persistence
	name := persistence.CookieName
	if name == "" {
		name = defaultCookieName
	}
	var preferred *server
	address, used, err := decodeCookie(r.cookie(name))
	if err == nil && (persistence.Timeout <= 0 || now.Sub(used) <= persistence.Timeout) {
		preferred = p.candidate(address)
	}
	if preferred == nil || persistence.Timeout > 0 {
		l.cookieName = name
	}
	return preferred
}

func (p *pool) candidate(address netip.AddrPort) *server {
	s := p.byAddress[address]
	if s == nil || !slices.Contains(p.candidates, s) {
		return nil
	}
	return s
}

// giveBack is the lease's release, which calls it once.
func (l *lease) giveBack() {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	l.server.open--
	if l.id != nil && l.pool.clients != nil {
		l.pool.clients.touch(*l.id, l.config.Address, l.pool.now())
	}
}

// learn remembers the client by the cookie that its server set, for PersistenceAppCookie.
func (l *lease) learn(set []*http.Cookie) {
	if l.appCookie == "" {
		return
	}
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	for _, c := range set {
		if c.Name == l.appCookie && c.Value != "" && l.pool.clients != nil {
			l.pool.clients.remember(clientID{cookie: c.Value}, l.config.Address, l.pool.now())
		}
	}
}

// serving says whether the leased server is still one to send to.
func (l *lease) serving() bool {
	l.pool.mu.Lock()
	defer l.pool.mu.Unlock()
	return l.pool.serving(l.server)
}
