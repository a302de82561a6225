package engine

import (
	"net"
	"time"
)

// idleConn is a connection that fails when nothing has passed in either direction for some time, as that of a TCP proxy profile with
// CLOSE_IDLE does.
type idleConn struct {
	net.Conn
	timeout time.Duration
}

// closingIdle is the connection itself where it may be idle for ever.
func closingIdle(conn net.Conn, timeout time.Duration) net.Conn {
	if timeout <= 0 {
		return conn
	}
	c := &idleConn{Conn: conn, timeout: timeout}
	c.used()
	return c
}

// used moves the end on, also for the other direction.
func (c *idleConn) used() {
	_ = c.SetDeadline(time.Now().Add(c.timeout)) // fails on a closed connection only, whose next use says so
}

func (c *idleConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.used()
	}
	return n, err
}

func (c *idleConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if n > 0 {
		c.used()
	}
	return n, err
}

// CloseWrite tells the other side that no more will come.
func (c *idleConn) CloseWrite() error { return closeWrite(c.Conn) }
