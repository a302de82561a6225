package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite" // also registers the "sqlite" driver
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/avi-lbaas/avi-lbaas/internal/tracing"
)

//go:embed migrations
var migrations embed.FS

// Store is the desired state and the inventory. It is safe for concurrent use by several goroutines.
type Store struct {
	write *sql.DB // one connection, whose transactions take the write lock at once
	read  *sql.DB
	now   func() time.Time
}

// Options of a store.
type Options struct {
	// Path of the SQLite database file; it is created when absent.
	Path string
	// Now is the clock; nil is the system's.
	Now func() time.Time
}

// Open opens the database and brings its schema up to date.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{now: o.Now}
	err := create(o.Path)
	if err != nil {
		return nil, err
	}
	if s.write, err = open(o.Path, "immediate", 1); err != nil {
		return nil, err
	}
	if s.read, err = open(o.Path, "deferred", 8); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate database %s: %w", o.Path, err), s.Close())
	}
	return s, nil
}

// create makes the file when there is none, for our own eyes only; SQLite by itself would let everybody read it.
func create(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator's own setting
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return file.Close()
}

func open(path, txlock string, conns int) (*sql.DB, error) {
	q := url.Values{"_txlock": {txlock}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func (s *Store) migrate(ctx context.Context) error {
	files, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.write, files)
	if err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

// Close closes the database.
func (s *Store) Close() error { return errors.Join(s.write.Close(), s.read.Close()) }

// Tx is a transaction. Its clock stands still.
type Tx struct {
	ctx context.Context //nolint:containedctx // a transaction lives within one call, like sql.Tx
	tx  *sql.Tx
	now time.Time
}

// Read runs f in a read-only snapshot.
func (s *Store) Read(ctx context.Context, f func(*Tx) error) error { return s.run(ctx, s.read, f) }

// Write runs f in a transaction that is committed if and only if f returns nil. f may run more than once.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) error { return s.run(ctx, s.write, f) }

func (s *Store) run(ctx context.Context, db *sql.DB, f func(*Tx) error) (err error) {
	ctx, end := tracing.Start(ctx, "store transaction")
	defer func() { end(err) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() {
		if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = errors.Join(err, rollback)
		}
	}()
	if err := f(&Tx{ctx: ctx, tx: tx, now: s.now().UTC().Truncate(time.Microsecond)}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// Now is the time of the transaction.
func (t *Tx) Now() time.Time { return t.now }

// exec runs a statement and gives the number of rows that it changed.
func (t *Tx) exec(query string, args ...any) (int64, error) {
	result, err := t.tx.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// isDuplicate says that a unique index refused a row.
func isDuplicate(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && (e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}
