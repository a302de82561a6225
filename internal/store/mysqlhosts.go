package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"time"
)

// passedOver is how long a host that could not be connected to is tried after the others.
const passedOver = 10 * time.Second

// firstOf connects to the first of several hosts that works, rather than to all of them in turn: at several nodes of a Galera
// cluster, transactions on one row meet at COMMIT only.
type firstOf struct {
	hosts []driver.Connector
	names []string // of the hosts, for errors

	mu     sync.Mutex  // guards what follows
	failed []time.Time // when a host was last found not to work
}

// Connect implements driver.Connector.
func (f *firstOf) Connect(ctx context.Context) (driver.Conn, error) {
	var failures []error
	for _, i := range f.order() {
		conn, err := f.hosts[i].Connect(ctx)
		if err == nil {
			return conn, nil
		}
		failures = append(failures, fmt.Errorf("%s: %w", f.names[i], err))
		if ctx.Err() != nil {
			break
		}
		f.mu.Lock()
		f.failed[i] = time.Now()
		f.mu.Unlock()
	}
	return nil, errors.Join(failures...)
}

// order has the hosts that failed lately behind the others.
func (f *firstOf) order() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	var good, bad []int
	for i, at := range f.failed {
		if time.Since(at) < passedOver {
			bad = append(bad, i)
		} else {
			good = append(good, i)
		}
	}
	return append(good, bad...)
}

// Driver implements driver.Connector.
func (f *firstOf) Driver() driver.Driver { return f.hosts[0].Driver() }

// member makes connections to one host, of a cluster perhaps, and gives each the isolation that Store's transactions count on,
// whatever the server's own default is. The variable has different names at MariaDB and MySQL, the statement has not.
type member struct {
	driver.Connector

	timeout time.Duration // of the making of a connection as a whole: a server that hangs is connected to, and does not greet
	answers *answers
}

// Connect implements driver.Connector.
func (m member) Connect(ctx context.Context) (driver.Conn, error) {
	bounded, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	conn, err := m.connect(bounded)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("no connection within %s: %w", m.timeout, errNoAnswer)
	}
	return conn, err
}

func (m member) connect(ctx context.Context) (driver.Conn, error) {
	misses := m.answers.misses.Load()
	conn, err := m.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	all, ok := conn.(mysqlConn)
	if !ok {
		return nil, errors.Join(errors.New("the MySQL driver cannot do what is needed of it"), conn.Close())
	}
	for _, statement := range []string{
		"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
		// MySQL knows no such limit, and takes what is within the mark for a comment.
		fmt.Sprintf("SET SESSION wait_timeout = @@wait_timeout /*M!100300 , @@session.idle_transaction_timeout = %d */", frozenAfter/time.Second),
		// A node that has lost its cluster takes connections, SET and SELECT 1, and refuses this, which does nothing.
		"COMMIT",
	} {
		if _, err := all.ExecContext(ctx, statement, nil); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return memberConn{mysqlConn: all, answers: m.answers, misses: misses}, nil
}

// mysqlConn is what database/sql makes use of in the driver's connections.
type mysqlConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// memberConn is given up when its node has lost its cluster: there may be another one to connect to.
type memberConn struct {
	mysqlConn

	answers *answers
	misses  int64 // when the connection was made
}

// ResetSession implements driver.SessionResetter.
func (c memberConn) ResetSession(ctx context.Context) error {
	if c.answers.misses.Load() != c.misses {
		return driver.ErrBadConn
	}
	return c.mysqlConn.ResetSession(ctx)
}

// BeginTx implements driver.ConnBeginTx. Nothing has happened when it fails, so that another connection may be tried.
func (c memberConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.mysqlConn.BeginTx(ctx, o)
	return tx, givenUp(err)
}

// QueryContext implements driver.QueryerContext. Of a read that is no part of a transaction the same is true; a transaction ends with
// its connection.
func (c memberConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.mysqlConn.QueryContext(ctx, query, args)
	return rows, givenUp(err)
}

// givenUp has database/sql close a connection whose node does not take part in its cluster at present.
func givenUp(err error) error {
	if err == nil || judgeMySQL(err) != disconnected {
		return err
	}
	return fmt.Errorf("%w: %w", driver.ErrBadConn, err)
}
