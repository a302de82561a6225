package engine

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"slices"
)

// exchange is one HTTP request on its way to a server and its answer on the way back.
type exchange struct {
	vs     *virtualService
	view   *view
	client netip.AddrPort
	local  netip.AddrPort // where the request came in
	in     *http.Request
	to     *serving
	// pool is where the request goes, nil for nowhere; headers change it on its way there.
	pool    *target
	headers []HeaderAction

	// Set when a server has answered.
	lease *lease
	body  io.Closer // of its answer
}

func newExchange(vs *virtualService, r *http.Request) *exchange {
	client, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil { // net/http fills RemoteAddr from a TCP address
		vs.logger.ErrorContext(r.Context(), "request without a client address", slog.Any("error", err))
	}
	client = netip.AddrPortFrom(client.Addr().Unmap(), client.Port())
	v := vs.view.Load()
	to := v.servingFor(serverName(r))
	x := &exchange{vs: vs, view: v, client: client, in: r, to: to, pool: to.pool}
	if address, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		x.local, _ = addrPortOf(address) // without one, the variables that name it are empty
	}
	return x
}

// serve does what the rules say: answers, or passes the request on to the pool that they chose, or the default one.
func (x *exchange) serve(w http.ResponseWriter, r *http.Request) {
	d := x.to.decide(r, x.client.Addr())
	x.headers = d.headers
	switch rule := d.rule; {
	case rule == nil:
	case rule.PoolUUID != "":
		x.pool = x.to.rulePools[rule.PoolUUID]
	case rule.Redirect != nil:
		w.Header().Set("Location", rule.Redirect.location(r))
		x.answer(w, rule.Redirect.Code)
		return
	default:
		x.answer(w, rule.Answer)
		return
	}
	x.pass(w, r)
}

// answer is the engine's own.
func (x *exchange) answer(w http.ResponseWriter, status int) {
	x.to.counters.respond(status)
	if status == http.StatusNoContent {
		w.WriteHeader(status)
		return
	}
	http.Error(w, fmt.Sprintf("%d %s", status, http.StatusText(status)), status)
}

func (x *exchange) pass(w http.ResponseWriter, r *http.Request) {
	proxy := httputil.ReverseProxy{
		Rewrite:        x.rewrite,
		Transport:      x,
		FlushInterval:  -1, // each piece goes to the client as it comes
		ErrorLog:       slog.NewLogLogger(x.vs.logger.Handler(), slog.LevelDebug),
		ModifyResponse: x.finish,
		ErrorHandler:   x.fail,
	}
	defer x.release()
	proxy.ServeHTTP(w, r)
}

// release gives the server free when the answer has been passed on, or the connection that was upgraded has ended.
// ReverseProxy closes the body in most cases itself, but not that of an upgrade to what was not asked for.
func (x *exchange) release() {
	if x.lease == nil {
		return
	}
	_ = x.body.Close() // what matters has been read
	x.lease.release()
}

// rewrite makes the request for the server. ReverseProxy removes the forwarding headers and unusual queries for safety;
// a service engine leaves them as they came.
func (x *exchange) rewrite(r *httputil.ProxyRequest) {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, found := r.In.Header[name]; found {
			r.Out.Header[name] = slices.Clone(values)
		}
	}
	for _, action := range x.headers {
		action.apply(x, r.Out.Header)
	}
	if x.view.config.XForwardedFor {
		r.Out.Header.Add("X-Forwarded-For", x.client.Addr().String())
	}
	r.Out.URL.RawQuery = r.In.URL.RawQuery
	r.Out.Host = r.In.Host
}

// RoundTrip sends the request to a server, and to others while nothing has been lost by it: when connecting failed, or
// when a request that may be repeated got no answer (RFC 9110, 9.2.2).
func (x *exchange) RoundTrip(out *http.Request) (*http.Response, error) {
	r := request{client: x.client, cookie: x.cookie}
	for {
		if x.pool == nil {
			return nil, fmt.Errorf("virtual service %s has no pool: %w", x.vs.uuid, errNoServer)
		}
		l, err := x.pool.acquire(r)
		if errors.Is(err, errNoServer) && x.decideAgain() {
			continue
		}
		if err != nil {
			return nil, err
		}
		response, err := l.upstream.transport.RoundTrip(addressed(out, l))
		if err == nil {
			x.lease, x.body = l, response.Body
			return response, nil
		}
		l.release()
		if !retryable(out, err) {
			return nil, err
		}
		r.tried = append(r.tried, l.server)
	}
}

// decideAgain chooses the pool anew, and says whether it did: when the virtual service has changed since it was chosen, its servers
// may be in another one by now. Where the rules want an answer instead by now, the choice stays.
func (x *exchange) decideAgain() bool {
	now := x.vs.view.Load()
	if now == x.view {
		return false
	}
	x.view = now
	to := now.servingFor(serverName(x.in))
	switch rule := to.decide(x.in, x.client.Addr()).rule; {
	case rule == nil:
		x.to, x.pool = to, to.pool
	case rule.PoolUUID != "":
		x.to, x.pool = to, to.rulePools[rule.PoolUUID]
	}
	return true
}

// cookie returns the client's cookie of that name, empty when there is none.
func (x *exchange) cookie(name string) string {
	if found := x.in.CookiesNamed(name); len(found) > 0 {
		return found[0].Value
	}
	return ""
}

// addressed is the request as it goes to the lease's server. A failed attempt must not close the client's body, which
// the next one still needs.
func addressed(out *http.Request, l *lease) *http.Request {
	r := out.Clone(out.Context())
	r.URL.Scheme, r.URL.Host = l.upstream.scheme(), l.config.Address.String()
	if l.config.RewriteHost && l.config.Hostname != "" {
		r.Host = l.config.Hostname
	}
	if r.Body != nil {
		r.Body = io.NopCloser(r.Body)
	}
	return r
}

func retryable(out *http.Request, err error) bool {
	if out.Context().Err() != nil {
		return false
	}
	if refused := (*connectError)(nil); errors.As(err, &refused) {
		return true
	}
	if out.Body != nil && out.Body != http.NoBody {
		return false
	}
	switch out.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return true
	}
	return false
}

// finish counts the answer and sees to the cookies of persistence.
func (x *exchange) finish(response *http.Response) error {
	x.to.counters.respond(response.StatusCode)
	x.lease.learn(response.Cookies())
	if value := x.view.config.StrictTransportSecurity; value != "" && x.in.TLS != nil {
		response.Header.Set("Strict-Transport-Security", value)
	}
	if c := x.lease.cookie; c != nil {
		response.Header.Add("Set-Cookie", c.String())
	}
	return nil
}

// fail answers for want of a server, or of an answer from it. A client that has gone gets none.
func (x *exchange) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		panic(http.ErrAbortHandler) // net/http's way to end a connection without an answer
	}
	x.vs.logger.DebugContext(r.Context(), "request not answered by a server", slog.Any("error", err))
	status := http.StatusBadGateway
	if errors.Is(err, errNoServer) {
		status = http.StatusServiceUnavailable
	}
	x.answer(w, status)
}
