package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite" // also registers the "sqlite" driver
	sqlite3 "modernc.org/sqlite/lib"
)

// openFile opens an SQLite database: one connection writes, and its transactions take the write lock at once, so that they come one
// after the other. Readers see the state before them.
func (s *Store) openFile(path string) (err error) {
	s.dialect = &dialect{
		goose: goose.DialectSQLite3, schema: asItIs, judge: judgeSQLite, joined: stringAgg, member: sqliteMember,
		tables: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
	}
	if err := create(path); err != nil {
		return err
	}
	if s.write, err = openSQLite(path, "immediate", 1); err != nil {
		return err
	}
	if s.read, err = openSQLite(path, "deferred", readers); err != nil {
		return errors.Join(err, s.write.Close())
	}
	return nil
}

func asItIs(statements string) string { return statements }

// create makes the file when there is none, for our own eyes only; SQLite by itself would let everybody read it. Made by root, as by
// "db upgrade" before the first start, it belongs to whose directory it is in: else the service could not open it.
func create(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the operator's own setting
	switch {
	case err == nil && os.Geteuid() == 0:
		err = handOver(file)
	case errors.Is(err, os.ErrExist):
		file, err = os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the operator's own setting
	}
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	return file.Close()
}

// handOver gives a new file to the owner of its directory. What SQLite puts beside it has the owner of the file.
func handOver(file *os.File) error {
	directory, err := os.Stat(filepath.Dir(file.Name()))
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	owner, ok := directory.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if err := file.Chown(int(owner.Uid), int(owner.Gid)); err != nil {
		return errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return nil
}

// readers is how many connections read at the same time: a few keep the processors busy, as no request waits for a network.
const readers = 4

// openSQLite gives each connection a small cache of its own: what is not in it comes from the system's, which all share.
func openSQLite(path, txlock string, conns int) (*sql.DB, error) {
	q := url.Values{"_txlock": {txlock}, "_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "cache_size(-256)",
	}}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

func judgeSQLite(err error) failure {
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return broken
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return duplicate
	case sqlite3.SQLITE_ERROR:
		if strings.Contains(e.Error(), "no such table") {
			return absent
		}
	}
	switch e.Code() & 0xff { // the rest says more exactly where it happened
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN,
		sqlite3.SQLITE_BUSY: // by another program, for longer than busy_timeout
		return exhausted
	case sqlite3.SQLITE_IOERR: // at COMMIT nobody knows what is on the disk
		return disconnected
	}
	return broken
}

// sqliteMember is dialect.member.
func sqliteMember(column, name string) string {
	return "CAST(json_extract(NULLIF(" + column + ", ''), '$." + name + "') AS TEXT)"
}
