package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// script is a database that fails as it is told: statement and commit say what the n-th one gives, nothing once they are used up.
type script struct {
	statement, commit []error
	statements        int
	commits           int
}

func (s *script) Connect(context.Context) (driver.Conn, error) { return s, nil }
func (s *script) Driver() driver.Driver                        { return nil }
func (s *script) Prepare(string) (driver.Stmt, error)          { return nil, errors.New("not prepared") }
func (s *script) Close() error                                 { return nil }
func (s *script) Begin() (driver.Tx, error)                    { return s, nil }
func (s *script) Rollback() error                              { return nil }

func (s *script) BeginTx(context.Context, driver.TxOptions) (driver.Tx, error) { return s, nil }

func (s *script) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	s.statements++
	return driver.RowsAffected(1), nth(s.statement, s.statements)
}

func (s *script) Commit() error {
	s.commits++
	return nth(s.commit, s.commits)
}

func nth(errs []error, n int) error {
	if n <= len(errs) {
		return errs[n-1]
	}
	return nil
}

func TestWhatIsRunAgain(t *testing.T) {
	deadlock := &mysql.MySQLError{Number: 1213}
	for _, c := range []struct {
		name     string
		script   script
		runs     int
		wantKind lbaas.Kind // empty: it succeeds
	}{
		{"all is well", script{}, 1, ""},
		{"a deadlock at a statement", script{statement: []error{deadlock, deadlock}}, 3, ""},
		{"a certification failure at COMMIT", script{commit: []error{deadlock}}, 2, ""},
		{"a lost connection before COMMIT", script{statement: []error{mysql.ErrInvalidConn, io.ErrUnexpectedEOF}}, 3, ""},
		{"the answer to COMMIT is lost", script{commit: []error{mysql.ErrInvalidConn}}, 1, lbaas.KindUnavailable},
		{"deadlocks without end", script{statement: repeat(deadlock, 100)}, tries, lbaas.KindUnavailable},
		{"the load balancer was changed meanwhile", script{statement: []error{errMoved}}, 2, ""},
		{"a value that does not fit", script{statement: []error{&mysql.MySQLError{Number: 1406}}}, 1, lbaas.KindInvalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := sql.OpenDB(&c.script)
				s := &Store{dialect: mysqlDialect(), write: db, read: db, now: time.Now}
				runs := 0
				err := s.Write(t.Context(), func(tx *Tx) error {
					runs++
					_, err := tx.exec("UPDATE x SET y = ?", 1)
					return err
				})
				if runs != c.runs {
					t.Errorf("it was run %d times, want %d", runs, c.runs)
				}
				_, kind, _ := lbaas.MessageFor(err)
				if c.wantKind == "" && err != nil || c.wantKind != "" && kind != c.wantKind {
					t.Errorf("it ends with %v (kind %q), want kind %q", err, kind, c.wantKind)
				}
				if lost := len(c.script.commit) > 0 && errors.Is(c.script.commit[0], mysql.ErrInvalidConn); errors.Is(err, ErrUncertain) != lost {
					t.Errorf("it ends with %v, want it to be uncertain: %t", err, lost)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func repeat(err error, n int) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// A PostgreSQL server that is restarted ends its connections, and pgx says so in words of its own.
func TestAServerThatEndsItsConnections(t *testing.T) {
	for _, c := range []struct {
		name          string
		script        script
		runs          int
		wantUncertain bool
	}{
		{"before COMMIT", script{statement: []error{pgconn.ErrConnClosed}}, 2, false},
		{"during COMMIT", script{commit: []error{pgconn.ErrConnClosed}}, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db := sql.OpenDB(&c.script)
				s := &Store{dialect: postgresDialect(), write: db, read: db, now: time.Now}
				runs := 0
				err := s.Write(t.Context(), func(tx *Tx) error {
					runs++
					_, err := tx.exec("UPDATE x SET y = ?", 1)
					return err
				})
				if runs != c.runs || errors.Is(err, ErrUncertain) != c.wantUncertain || (err == nil) == c.wantUncertain {
					t.Errorf("it was run %d times and ended with %v, want %d and uncertain %t", runs, err, c.runs, c.wantUncertain)
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestWhoGivesUpIsNotKeptWaiting(t *testing.T) {
	db := sql.OpenDB(&script{statement: repeat(&mysql.MySQLError{Number: 1213}, 100)})
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	s := &Store{dialect: mysqlDialect(), write: db, read: db, now: time.Now}
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	err := s.Write(ctx, func(tx *Tx) error {
		runs++
		_, err := tx.exec("UPDATE x SET y = ?", 1)
		cancel()
		return err
	})
	if runs != 1 || err == nil {
		t.Errorf("it was run %d times and ended with %v, want one failure", runs, err)
	}
}

func TestWhatErrorsMean(t *testing.T) {
	for _, c := range []struct {
		judge func(error) failure
		err   error
		want  failure
	}{
		{judgeMySQL, &mysql.MySQLError{Number: 1062}, duplicate},
		{judgeMySQL, &mysql.MySQLError{Number: 1205}, collided},
		{judgeMySQL, &mysql.MySQLError{Number: 1020}, collided},
		{judgeMySQL, &mysql.MySQLError{Number: 1047}, disconnected},
		{judgeMySQL, &mysql.MySQLError{Number: 1146}, absent},
		{judgeMySQL, &mysql.MySQLError{Number: 1114}, exhausted},
		{judgeMySQL, &mysql.MySQLError{Number: 1064}, broken},
		{judgeMySQL, driver.ErrBadConn, disconnected},
		{judgeMySQL, context.Canceled, broken},
		{judgePostgres, &pgconn.PgError{Code: "23505"}, duplicate},
		{judgePostgres, &pgconn.PgError{Code: "40001"}, collided},
		{judgePostgres, &pgconn.PgError{Code: "40P01"}, collided},
		{judgePostgres, &pgconn.PgError{Code: "57P01"}, disconnected},
		{judgePostgres, &pgconn.PgError{Code: "08006"}, disconnected},
		{judgePostgres, &pgconn.PgError{Code: "53100"}, exhausted},
		{judgePostgres, &pgconn.PgError{Code: "22001"}, unfit},
		{judgePostgres, &pgconn.PgError{Code: "42P01"}, absent},
		{judgePostgres, &pgconn.PgError{Code: "42601"}, broken},
		{judgePostgres, io.ErrUnexpectedEOF, disconnected},
		{judgePostgres, pgconn.ErrConnClosed, disconnected},
		{judgePostgres, lbaas.NotFound("Pool", "x"), broken},
	} {
		if got := c.judge(fmt.Errorf("wrapped: %w", c.err)); got != c.want {
			t.Errorf("%v means %d, want %d", c.err, got, c.want)
		}
	}
}

func TestMarksAreNumberedForPostgreSQL(t *testing.T) {
	const query = "SELECT a FROM b WHERE c = ? AND d IN (?, ?)"
	if got, want := postgresDialect().rebind(query), "SELECT a FROM b WHERE c = $1 AND d IN ($2, $3)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := mysqlDialect().rebind(query); got != query {
		t.Errorf("MySQL's marks were changed: %s", got)
	}
}

func TestAServerIsNamedWithoutItsPassword(t *testing.T) {
	s := Server{Dialect: MySQL, Hosts: []Host{{Name: "db"}}, User: "avi", Password: "hunter2", Database: "lbaas"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, s); got != "mysql://avi@db:3306/lbaas" {
			t.Errorf("%s shows %s", format, got)
		}
	}
}
