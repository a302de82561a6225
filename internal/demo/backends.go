package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// backend is one of the small HTTP servers that the load balancer sends its requests to. It answers its name.
type backend struct {
	name    string
	address netip.AddrPort

	server *http.Server
	served chan error
}

// backendNames are the backends in order; their addresses follow firstBackend.
func backendNames() []string { return []string{"apple", "banana", "cherry"} }

// firstBackend is in the demonstration's subnet, behind the addresses that the network service gives out.
func firstBackend() netip.Addr { return netip.AddrFrom4([4]byte{127, 77, 0, 251}) }

// start listens and serves until stop. A port that was picked once is kept for another start.
func (b *backend) start(ctx context.Context) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", b.address.String())
	if err != nil {
		return fmt.Errorf("start backend %s: %w", b.name, err)
	}
	if b.address, err = netip.ParseAddrPort(listener.Addr().String()); err != nil {
		return errors.Join(fmt.Errorf("start backend %s: %w", b.name, err), listener.Close())
	}
	b.server = &http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second}
	b.served = make(chan error, 1)
	go func() { b.served <- b.server.Serve(listener) }()
	return nil
}

// ServeHTTP answers the backend's name, to users and health checks alike.
func (b *backend) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	// A client that went away needs no answer.
	_, _ = io.WriteString(w, b.name+"\n")
}

// stop closes the listener, lets requests under way finish, and waits for all of it. Stopping twice does nothing.
func (b *backend) stop(ctx context.Context) error {
	if b.server == nil {
		return nil
	}
	err := b.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, b.server.Close())
	}
	if served := <-b.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	b.server = nil
	if err != nil {
		return fmt.Errorf("stop backend %s: %w", b.name, err)
	}
	return nil
}
