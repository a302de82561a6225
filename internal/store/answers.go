package store

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// answerWithin is how long a database server may take over an answer, or parts of one: far longer than any statement of this package
// takes, and short enough that a worker whose database hangs finds another node of the cluster before its lease runs out.
const answerWithin = 15 * time.Second

// errNoAnswer is what a server that hangs comes to. Its kernel goes on to accept connections and to acknowledge what is sent, so
// that nothing else would tell.
var errNoAnswer = errors.New("the database server does not answer")

// answers watches over all connections to a database server. When one of them misses an answer, none of those that were made
// before is used again: they would be to the same host, as a rule, and each would have somebody wait anew.
type answers struct {
	within atomic.Int64 // nanoseconds; 0: as long as it takes
	misses atomic.Int64
}

func newAnswers(within time.Duration) *answers {
	a := &answers{}
	a.within.Store(int64(within))
	return a
}

// awaitAll has answers take as long as they do until the returned function is called: changes of a schema are slow.
func (a *answers) awaitAll() (usual func()) {
	within := a.within.Swap(0)
	return func() { a.within.Store(within) }
}

// dialer makes connections.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// watching has the connections of a dialer watched.
func (a *answers) watching(dial dialer) dialer {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &watchedConn{Conn: conn, answers: a}, nil
	}
}

// watchedConn is a connection that gives up on a server that neither sends nor takes anything.
type watchedConn struct {
	net.Conn

	answers *answers

	mu          sync.Mutex // guards what follows, together with the deadlines of Conn
	read, write time.Time  // deadlines that the driver has set; zero: none
}

// Read implements net.Conn.
func (c *watchedConn) Read(b []byte) (int, error) {
	limited := c.limit(&c.read, c.Conn.SetReadDeadline)
	n, err := c.Conn.Read(b)
	return n, c.judge(err, limited, &c.read, c.Conn.SetReadDeadline)
}

// Write implements net.Conn.
func (c *watchedConn) Write(b []byte) (int, error) {
	limited := c.limit(&c.write, c.Conn.SetWriteDeadline)
	n, err := c.Conn.Write(b)
	return n, c.judge(err, limited, &c.write, c.Conn.SetWriteDeadline)
}

// limit sets our own deadline, unless the driver has one that is its own business.
func (c *watchedConn) limit(driver *time.Time, set func(time.Time) error) bool {
	within := time.Duration(c.answers.within.Load())
	c.mu.Lock()
	defer c.mu.Unlock()
	return within > 0 && driver.IsZero() && set(time.Now().Add(within)) == nil
}

// judge takes our own deadline back and tells whether it was what ended a call.
func (c *watchedConn) judge(err error, limited bool, driver *time.Time, set func(time.Time) error) error {
	if !limited {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !driver.IsZero() {
		return err // the driver has set one meanwhile
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.answers.misses.Add(1)
		return errNoAnswer
	}
	if err == nil {
		err = set(time.Time{})
	}
	return err
}

// SetDeadline implements net.Conn.
func (c *watchedConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read, c.write = t, t
	return c.Conn.SetDeadline(t)
}

// SetReadDeadline implements net.Conn.
func (c *watchedConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.read = t
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline implements net.Conn.
func (c *watchedConn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.write = t
	return c.Conn.SetWriteDeadline(t)
}

// SyscallConn implements syscall.Conn, by which the MySQL driver looks whether an idle connection is still there.
func (c *watchedConn) SyscallConn() (syscall.RawConn, error) {
	raw, ok := c.Conn.(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	return raw.SyscallConn()
}
