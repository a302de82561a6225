package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

const (
	// connectTimeout bounds connecting to a server, the TLS handshake included.
	connectTimeout = 3 * time.Second
	// idleServerConnTimeout is how long a keep-alive connection to a server is kept unused.
	idleServerConnTimeout = 30 * time.Second
	maxIdleServerConns    = 64
)

// server is one running server of a pool. Everything in it is guarded by the pool's lock.
type server struct {
	config Server
	health Health
	checks map[string]*check // by monitor UUID
	// open counts TCP connections, UDP sessions and HTTP requests in progress.
	open int
	// currentWeight is smoothRoundRobin's memory.
	currentWeight int
	upstream      *upstream
}

// upstream is how to reach one server. It does not change: a server that is reached otherwise gets another one.
type upstream struct {
	address   netip.AddrPort
	hostname  string
	tls       bool
	idle      time.Duration // Pool.ServerIdle
	transport *http.Transport
}

// connectError is a failure to connect: nothing has been sent, so another server may be tried.
type connectError struct{ err error }

func (e *connectError) Error() string { return e.err.Error() }
func (e *connectError) Unwrap() error { return e.err }

func newUpstream(server Server, pool Pool) *upstream {
	u := &upstream{address: server.Address, hostname: server.Hostname, tls: pool.TLS, idle: pool.ServerIdle}
	connect := func(ctx context.Context, _, _ string) (net.Conn, error) { return u.connect(ctx, nil) }
	u.transport = &http.Transport{
		DialContext:           connect,
		DialTLSContext:        connect,
		DisableCompression:    true, // the client's Accept-Encoding goes through as it is
		MaxIdleConnsPerHost:   maxIdleServerConns,
		IdleConnTimeout:       idleServerConnTimeout,
		ExpectContinueTimeout: time.Second,
	}
	return u
}

// connect opens a TCP connection to the server, encrypted when the pool says so, which begins with a preamble in clear. Its errors
// are *connectError.
func (u *upstream) connect(ctx context.Context, preamble []byte) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.address.String())
	if err != nil {
		return nil, &connectError{fmt.Errorf("connecting to server %s: %w", u.address, err)}
	}
	conn = closingIdle(conn, u.idle)
	if _, err := conn.Write(preamble); err != nil {
		return nil, &connectError{errors.Join(fmt.Errorf("greeting server %s: %w", u.address, err), conn.Close())}
	}
	if !u.tls {
		return conn, nil
	}
	encrypted := tls.Client(conn, serverTLSConfig(u.hostname))
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, &connectError{errors.Join(fmt.Errorf("TLS handshake with server %s: %w", u.address, err), conn.Close())}
	}
	return encrypted, nil
}

// scheme is the URL scheme that makes the transport's choice between DialContext and DialTLSContext.
func (u *upstream) scheme() string {
	if u.tls {
		return "https"
	}
	return "http"
}

// serverTLSConfig is for connections to servers, which are encrypted but not verified (Pool.TLS).
func serverTLSConfig(hostname string) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: hostname} //nolint:gosec // the contract of Pool.TLS
}

// assess says what the server's health is now, from its configuration and the last word of each check. poolEnabled is
// Pool.Enabled.
func (s *server) assess(poolEnabled bool) (State, string) {
	switch {
	case !poolEnabled:
		return StateDisabled, "The pool is disabled"
	case !s.config.Enabled:
		return StateDisabled, "The server is disabled"
	case !isLoopback(s.config.Address.Addr()):
		return StateDown, "Address is not a loopback address: the simulated service engine sends nothing there"
	}
	pending := false
	for _, c := range s.checks {
		switch c.verdict.state {
		case StateDown:
			return StateDown, c.verdict.reason
		case StateUnknown:
			pending = true
		case StateUp, StateDisabled, StateResources:
		}
	}
	// A monitor that was added or changed takes nothing away from a server that was up until its first answer.
	if pending && s.health.State != StateUp {
		return StateUnknown, "No health check has finished yet"
	}
	return StateUp, ""
}

// probed says whether the server's monitors are to run: neither disabled servers nor those of disabled pools are
// probed (controller facts 4.2), and nothing but loopback ever is.
func (s *server) probed(poolEnabled bool) bool {
	return poolEnabled && s.config.Enabled && isLoopback(s.config.Address.Addr())
}

func isLoopback(address netip.Addr) bool { return address.Unmap().IsLoopback() }
