package engine

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// clientConn is a client's TCP connection: it counts what passes and reports its own end once.
//
// It hides the ReadFrom and WriteTo of *net.TCPConn on purpose: they would move bytes past the counters.
type clientConn struct {
	net.Conn
	admitted *counters                // of the virtual service that let it in
	counters atomic.Pointer[counters] // where it counts: there, or at the host that it named
	conns    *connSet

	mu     sync.Mutex
	closed bool
}

func newClientConn(conn net.Conn, c *counters, conns *connSet) *clientConn {
	client := &clientConn{Conn: conn, admitted: c, conns: conns}
	client.counters.Store(c)
	return client
}

// handOver has the connection count elsewhere from now on.
func (c *clientConn) handOver(to *counters) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if from := c.counters.Load(); from != to && !c.closed {
		from.handOver(to)
		c.counters.Store(to)
	}
}

func (c *clientConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.counters.Load().bytesIn.Add(uint64(n)) //nolint:gosec // a Reader never returns a negative count
	return n, err
}

func (c *clientConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.counters.Load().bytesOut.Add(uint64(n)) //nolint:gosec // a Writer never returns a negative count
	return n, err
}

// Close ends the connection and its place in the counters; more calls than one do no harm.
func (c *clientConn) Close() error {
	err := c.Conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return err
	}
	c.closed = true
	c.conns.remove(c)
	c.counters.Load().end()
	c.admitted.held.Add(^uint64(0))
	return err
}

// CloseWrite tells the client that no more will come, and still reads what it sends.
func (c *clientConn) CloseWrite() error { return closeWrite(c.Conn) }

// closeWrite half-closes a connection; *net.TCPConn, *tls.Conn and clientConn can.
func closeWrite(c net.Conn) error {
	half, ok := c.(interface{ CloseWrite() error })
	if !ok {
		return fmt.Errorf("half-closing a %T: not possible", c)
	}
	return half.CloseWrite()
}

// connSet holds the open client connections of one listener, so that closing it ends them, hijacked ones included.
type connSet struct {
	mu     sync.Mutex
	conns  map[*clientConn]struct{}
	closed bool
}

// add reports false when the set is closed already; the connection is the caller's to close then.
func (s *connSet) add(c *clientConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.conns == nil {
		s.conns = make(map[*clientConn]struct{})
	}
	s.conns[c] = struct{}{}
	return true
}

func (s *connSet) remove(c *clientConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// closeAll closes every connection, and those that come later are refused.
func (s *connSet) closeAll() {
	s.mu.Lock()
	s.closed = true
	open := make([]*clientConn, 0, len(s.conns))
	for c := range s.conns {
		open = append(open, c)
	}
	s.mu.Unlock()
	for _, c := range open {
		_ = c.Close() // the peer may have gone first; either way it is closed
	}
}
