package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
)

// udpSession is one client's datagrams to one server and back, through a socket of its own. It ends when it has been
// idle for long enough, and moves to another server when its own refuses or goes down.
type udpSession struct {
	front  *udpFront
	client netip.AddrPort

	mu       sync.Mutex
	upstream *net.UDPConn
	lease    *lease
	used     time.Time // last datagram in either direction
	// unanswered is the last datagram since the server last spoke; another server gets it when this one refuses it.
	unanswered []byte
	refused    []*server // those that have refused it
	closed     bool
}

// connect finds a server for the session. It is called before the session is known to others or under its lock.
func (s *udpSession) connect(ctx context.Context) error {
	p := s.front.vs.view.Load().pool
	if p == nil {
		return fmt.Errorf("virtual service %s has no pool: %w", s.front.vs.uuid, errNoServer)
	}
	l, err := p.acquire(request{client: s.client, tried: s.refused})
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", l.config.Address.String())
	if err != nil {
		l.release()
		return fmt.Errorf("opening a socket to server %s: %w", l.config.Address, err)
	}
	upstream, ok := conn.(*net.UDPConn)
	if !ok {
		l.release()
		return errors.Join(fmt.Errorf("opening a socket to server %s made a %T", l.config.Address, conn), conn.Close())
	}
	s.upstream, s.lease = upstream, l
	return nil
}

// send passes a datagram from the client on.
func (s *udpSession) send(ctx context.Context, datagram []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.used = time.Now()
	s.unanswered = slices.Clone(datagram)
	moved := !s.front.vs.view.Load().pool.has(s.lease.pool) || !s.lease.serving()
	if !moved {
		_, err := s.upstream.Write(datagram)
		if err == nil {
			return
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			s.front.vs.logger.DebugContext(ctx, "sending a datagram to a server failed", slog.Any("error", err))
			return
		}
		s.refused = append(s.refused, s.lease.server)
	}
	s.move(ctx)
}

// move takes the session to another server and repeats the unanswered datagram there; without another server the
// session ends. It is called under the session's lock.
func (s *udpSession) move(ctx context.Context) {
	s.lease.release()
	_ = s.upstream.Close() // wakes receive, which goes on with the new one
	if err := s.connect(ctx); err != nil {
		s.closed = true
		s.front.vs.counters.errors.Add(1)
		s.front.vs.logger.DebugContext(ctx, "session ended", slog.Any("error", err))
		return
	}
	if s.unanswered != nil {
		_, _ = s.upstream.Write(s.unanswered) // a refusal comes back to receive
	}
}

// receive passes the server's datagrams to the client until the session ends.
func (s *udpSession) receive(ctx context.Context) {
	defer s.front.forget(s)
	defer s.end()
	datagram := make([]byte, maxDatagram)
	for {
		upstream, deadline, open := s.current()
		if !open {
			return
		}
		_ = upstream.SetReadDeadline(deadline) // fails on a closed socket only, where Read does too
		n, err := upstream.Read(datagram)
		switch {
		case err == nil:
			s.answered()
			if _, err := s.front.conn.WriteToUDPAddrPort(datagram[:n], s.client); err == nil {
				s.front.vs.counters.bytesOut.Add(uint64(n)) //nolint:gosec // a count of bytes read is not negative
			}
		case errors.Is(err, os.ErrDeadlineExceeded):
			if s.idle() {
				return
			}
		case errors.Is(err, syscall.ECONNREFUSED):
			s.refuse(ctx, upstream)
		case errors.Is(err, net.ErrClosed):
			// The session has moved or ended; current tells.
		default:
			s.front.vs.logger.DebugContext(ctx, "receiving a datagram from a server failed", slog.Any("error", err))
			return
		}
	}
}

// current returns the socket to receive from and how long to wait, or false at the end of the session.
func (s *udpSession) current() (upstream *net.UDPConn, deadline time.Time, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.upstream, s.used.Add(s.front.vs.udpIdle), !s.closed
}

// answered notes that the server has spoken.
func (s *udpSession) answered() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used, s.unanswered, s.refused = time.Now(), nil, nil
}

// refuse moves the session away from a server that has no socket at its port.
func (s *udpSession) refuse(ctx context.Context, upstream *net.UDPConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.upstream != upstream {
		return
	}
	s.refused = append(s.refused, s.lease.server)
	s.move(ctx)
}

// idle ends the session if nothing has passed for the idle time.
func (s *udpSession) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.used) < s.front.vs.udpIdle {
		return false
	}
	s.closed = true
	return true
}

// ended says whether the session is over, if not out of the table yet.
func (s *udpSession) ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// end ends the session: receive returns, and counts its end.
func (s *udpSession) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.lease.release()
	_ = s.upstream.Close() // may be closed already
}
