package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// maxDatagram is the most that one UDP datagram holds.
const maxDatagram = 65535

// udpFront passes datagrams through, in a session for each client address.
type udpFront struct {
	vs     *virtualService
	conn   *net.UDPConn
	cancel context.CancelFunc

	mu       sync.Mutex
	sessions map[netip.AddrPort]*udpSession
	closed   bool
}

func openUDP(vs *virtualService, key frontKey) (front, error) {
	ctx, cancel := context.WithCancel(context.Background())
	packets, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", key.address.String())
	if err != nil {
		cancel()
		return nil, fmt.Errorf("virtual service %s: %w", vs.uuid, err)
	}
	conn, ok := packets.(*net.UDPConn)
	if !ok {
		cancel()
		return nil, errors.Join(fmt.Errorf("virtual service %s: listening made a %T", vs.uuid, packets), packets.Close())
	}
	f := &udpFront{vs: vs, conn: conn, cancel: cancel, sessions: make(map[netip.AddrPort]*udpSession)}
	vs.wg.Go(func() { f.serve(ctx) })
	return f, nil
}

// Close implements front.
func (f *udpFront) Close() {
	f.cancel()
	_ = f.conn.Close() // the descriptor is gone in any case
	f.mu.Lock()
	f.closed = true
	open := make([]*udpSession, 0, len(f.sessions))
	for _, s := range f.sessions {
		open = append(open, s)
	}
	f.mu.Unlock()
	for _, s := range open {
		s.end()
	}
}

func (f *udpFront) serve(ctx context.Context) {
	datagram := make([]byte, maxDatagram)
	for {
		n, client, err := f.conn.ReadFromUDPAddrPort(datagram)
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			f.vs.logger.WarnContext(ctx, "receiving a datagram failed", slog.Any("error", err))
			continue
		}
		f.vs.counters.bytesIn.Add(uint64(n)) //nolint:gosec // a count of bytes read is not negative
		client = netip.AddrPortFrom(client.Addr().Unmap(), client.Port())
		if s := f.session(ctx, client); s != nil {
			s.send(ctx, datagram[:n])
		}
	}
}

// session returns the client's session, a new one if need be; nil when none can be had.
func (f *udpFront) session(ctx context.Context, client netip.AddrPort) *udpSession {
	f.mu.Lock()
	s := f.sessions[client]
	f.mu.Unlock()
	if s != nil && !s.ended() {
		return s
	}
	if !f.vs.view.Load().admits(client.Addr()) {
		return nil
	}
	if !f.vs.counters.admit(f.vs.view.Load().config.MaxConnections) {
		return nil
	}
	s = &udpSession{front: f, client: client, used: time.Now()}
	if err := s.connect(ctx); err != nil {
		f.vs.counters.finish()
		f.vs.counters.errors.Add(1)
		f.vs.logger.DebugContext(ctx, "datagram dropped", slog.Any("error", err))
		return nil
	}
	f.mu.Lock()
	f.sessions[client] = s
	closed := f.closed
	f.mu.Unlock()
	if closed { // Close came between and has not seen this session
		s.end()
	}
	f.vs.wg.Go(func() { s.receive(ctx) })
	return s
}

// forget ends a session's place in the table and the counters.
func (f *udpFront) forget(s *udpSession) {
	f.mu.Lock()
	if f.sessions[s.client] == s {
		delete(f.sessions, s.client)
	}
	f.mu.Unlock()
	f.vs.counters.finish()
}
