package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// acceptPause is the wait after a failed accept, which mostly means that the process has no descriptors left.
const acceptPause = 50 * time.Millisecond

// tcpFront passes TCP connections through.
type tcpFront struct {
	vs       *virtualService
	listener *streamListener
	tls      *tls.Config // nil for none
	cancel   context.CancelFunc
}

func openTCP(vs *virtualService, key frontKey) (front, error) {
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := listenStream(ctx, vs, key)
	if err != nil {
		cancel()
		return nil, err
	}
	f := &tcpFront{vs: vs, listener: listener, cancel: cancel}
	if key.tls {
		f.tls = clientTLSConfig(vs, "")
	}
	vs.wg.Go(func() { f.serve(ctx) })
	return f, nil
}

// Close implements front.
func (f *tcpFront) Close() {
	f.cancel()
	_ = f.listener.Close() // the descriptor is gone in any case
}

func (f *tcpFront) serve(ctx context.Context) {
	for {
		conn, err := f.listener.Accept()
		if err == nil {
			f.vs.wg.Go(func() { f.handle(ctx, conn) })
			continue
		}
		if ctx.Err() != nil {
			return
		}
		f.vs.logger.WarnContext(ctx, "accepting a connection failed", slog.Any("error", err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(acceptPause):
		}
	}
}

// handle carries one connection from the client to a server.
func (f *tcpFront) handle(ctx context.Context, conn net.Conn) {
	defer func() { _ = conn.Close() }() // both sides have said what they had to
	client, err := addrPortOf(conn.RemoteAddr())
	if err != nil {
		f.vs.logger.ErrorContext(ctx, "connection without a client address", slog.Any("error", err))
		return
	}
	local, err := addrPortOf(conn.LocalAddr())
	if err != nil {
		f.vs.logger.ErrorContext(ctx, "connection without an address of its own", slog.Any("error", err))
		return
	}
	host := ""
	if f.tls != nil {
		encrypted := tls.Server(conn, f.tls)
		handshake, cancel := context.WithTimeout(ctx, handshakeTimeout)
		err := encrypted.HandshakeContext(handshake)
		cancel()
		if err != nil {
			f.vs.logger.DebugContext(ctx, "client TLS handshake failed", slog.Any("error", err))
			return
		}
		conn, host = encrypted, encrypted.ConnectionState().ServerName
	}
	upstream, l, err := f.connect(ctx, ends{client, local}, host)
	if err != nil {
		f.vs.view.Load().servingFor(host).counters.errors.Add(1)
		f.vs.logger.DebugContext(ctx, "client connection dropped", slog.Any("error", err))
		return
	}
	defer l.release()
	relay(closingIdle(conn, f.vs.view.Load().config.ClientIdle), upstream)
}

// ends are the two addresses of a client's connection.
type ends struct{ client, local netip.AddrPort }

// connect opens a connection to a server for a client that named a host, if any, trying others when one refuses, so that the
// client notices nothing.
func (f *tcpFront) connect(ctx context.Context, from ends, host string) (net.Conn, *lease, error) {
	v := f.vs.view.Load()
	r := request{client: from.client}
	for {
		p := v.servingFor(host).pool
		if p == nil {
			return nil, nil, fmt.Errorf("virtual service %s has no pool: %w", f.vs.uuid, errNoServer)
		}
		l, err := p.acquire(r)
		if now := f.vs.view.Load(); errors.Is(err, errNoServer) && now != v {
			v = now // the servers may be in another pool by now
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		conn, err := l.upstream.connect(ctx, proxyHeader(v.config.ProxyProtocol, from.client, from.local))
		if err == nil {
			return conn, l, nil
		}
		l.release()
		if ctx.Err() != nil {
			return nil, nil, err
		}
		r.tried = append(r.tried, l.server)
	}
}

// relay copies both ways until both sides have ended, passing each side's end on while the other still speaks. When a
// copy fails the whole connection is over.
func relay(client, server net.Conn) {
	var both sync.WaitGroup
	both.Go(func() { pass(server, client) })
	pass(client, server)
	both.Wait()
	_ = server.Close() // the client's side is closed by who accepted it
}

func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if err == nil {
		err = closeWrite(to)
	}
	if err != nil {
		_ = from.Close() // ends the copy in the other direction
		_ = to.Close()
	}
}

func addrPortOf(address net.Addr) (netip.AddrPort, error) {
	tcp, ok := address.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, fmt.Errorf("address %v is a %T", address, address)
	}
	found := tcp.AddrPort()
	return netip.AddrPortFrom(found.Addr().Unmap(), found.Port()), nil
}
