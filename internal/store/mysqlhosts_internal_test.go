package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"
)

// node is a host of a cluster in a test, and the only connection to it.
type node struct {
	mysqlConn
	away    error // what connecting gives
	hangs   bool  // connecting gives nothing
	refuses error // what statements and transactions give
	closed  int
}

func (n *node) Driver() driver.Driver              { return nil }
func (n *node) Ping(context.Context) error         { return nil }
func (n *node) ResetSession(context.Context) error { return nil }
func (n *node) IsValid() bool                      { return true }

func (n *node) Connect(ctx context.Context) (driver.Conn, error) {
	if n.hangs {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return n, n.away
}

func (n *node) Close() error {
	n.closed++
	return nil
}

func (n *node) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(0), n.refuses
}

func (n *node) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return nothing{}, n.refuses
}

func (n *node) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) { return n, n.refuses }
func (n *node) Commit() error                                                { return n.refuses }
func (n *node) Rollback() error                                              { return nil }

// nothing is an answer without rows.
type nothing struct{}

func (nothing) Columns() []string         { return nil }
func (nothing) Close() error              { return nil }
func (nothing) Next([]driver.Value) error { return io.EOF }

var errNotReady = &mysql.MySQLError{Number: 1047, Message: "WSREP has not yet prepared node for application use"}

func hosts(watch *answers, a, b *node) *firstOf {
	of := func(n *node) member { return member{Connector: n, timeout: 3 * time.Second, answers: watch} }
	return &firstOf{hosts: []driver.Connector{of(a), of(b)}, names: []string{"a", "b"}, failed: make([]time.Time, 2)}
}

func TestConnectionsGoToTheFirstHostThatWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := &node{}, &node{}
		f := hosts(newAnswers(0), a, b)
		expect := func(when string, want *node) {
			t.Helper()
			conn, err := f.Connect(t.Context())
			if err != nil || conn.(memberConn).mysqlConn != mysqlConn(want) {
				t.Errorf("%s: the connection is to another host (%v)", when, err)
			}
		}
		expect("both work", a)
		a.away = errors.New("refused")
		expect("the first is away", b)
		a.away = nil
		expect("the first was away a moment ago", b)
		<-time.After(passedOver)
		expect("the first has been back for a while", a)
		a.refuses = errNotReady
		expect("the first has lost its cluster", b)
		if a.closed != 1 {
			t.Errorf("the connection that was of no use was closed %d times", a.closed)
		}
		a.refuses, a.hangs = nil, true
		<-time.After(passedOver)
		expect("the first takes connections and says nothing", b)
		b.away = errors.New("refused")
		if _, err := f.Connect(t.Context()); judgeMySQL(err) != disconnected || !strings.Contains(err.Error(), "b: refused") {
			t.Errorf("with no host that works: %v, want one that is tried again, and names each host", err)
		}
	})
}

// A pool keeps connections; those to a node that has lost its cluster are of no use, though they are open.
func TestConnectionsToANodeThatLostItsClusterAreGivenUp(t *testing.T) {
	for name, use := range map[string]func(*sql.DB) error{
		"a transaction": func(db *sql.DB) error {
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				return err
			}
			return tx.Commit()
		},
		"a statement by itself": func(db *sql.DB) (err error) {
			rows, err := db.QueryContext(t.Context(), "SELECT 1")
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, rows.Close()) }()
			return rows.Err()
		},
	} {
		a, b := &node{}, &node{}
		db := sql.OpenDB(hosts(newAnswers(0), a, b))
		if err := db.PingContext(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.refuses = errNotReady
		if err := use(db); err != nil {
			t.Errorf("%s, with another host that works: %v", name, err)
		}
		b.refuses = errNotReady
		if err := use(db); judgeMySQL(err) != disconnected || !strings.Contains(err.Error(), "WSREP") {
			t.Errorf("%s, with no host that works: %v, want one that is tried again, and says why", name, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
