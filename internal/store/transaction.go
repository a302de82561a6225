package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// Tx is a transaction. Its clock stands still.
type Tx struct {
	ctx context.Context //nolint:containedctx // a transaction lives within one call, like sql.Tx
	tx  statements
	now time.Time
	// quotas are the default limits; unlimited lifts all limits, and objects are still counted.
	quotas    lbaas.Quotas
	unlimited bool
	// groups are the store's.
	groups map[string][]string
	// inPlace says that what is inserted takes the place of what goes in the same transaction.
	inPlace bool
	// slot is where the transaction accounts for objects, see quotaSlots.
	slot int
}

// Now is the time of the transaction.
func (t *Tx) Now() time.Time { return t.now }

// exec runs a statement and gives the number of rows that its condition matched, changed or not.
func (t *Tx) exec(query string, args ...any) (int64, error) {
	result, err := t.tx.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// each runs a query and calls f for each row of the answer.
func (t *Tx) each(query string, args []any, f func(*sql.Rows) error) (err error) {
	rows, err := t.tx.QueryContext(t.ctx, query, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// collect runs a query and gives the rows of the answer; fields are where the columns of one go.
func collect[T any](t *Tx, fields func(*T) []any, query string, args ...any) ([]T, error) {
	var all []T
	err := t.each(query, args, func(rows *sql.Rows) error {
		var one T
		err := rows.Scan(fields(&one)...)
		all = append(all, one)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// any says that a count is not 0.
func (t *Tx) any(query string, args ...any) (bool, error) {
	var n int
	if err := t.tx.QueryRowContext(t.ctx, query, args...).Scan(&n); err != nil {
		return false, fmt.Errorf("count: %w", err)
	}
	return n > 0, nil
}

// remove deletes one row; KindNotFound when there is none.
func (t *Tx) remove(tableName, resource, id string) error {
	n, err := t.exec("DELETE FROM "+tableName+" WHERE id = ?", id)
	if err != nil {
		return fmt.Errorf("delete %s %s: %w", resource, id, err)
	}
	if n == 0 {
		return lbaas.NotFound(resource, id)
	}
	return nil
}

// statements runs SQL of the common subset in the dialect of the database.
type statements struct {
	tx      database
	dialect *dialect
}

// database is where statements go: a *sql.Tx, or a *sql.DB, with which each is a transaction by itself.
type database interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// ExecContext is sql.Tx's.
func (s statements) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	values, err := plain(args)
	if err != nil {
		return nil, fmt.Errorf("arguments: %w", err)
	}
	result, err := s.tx.ExecContext(ctx, s.dialect.rebind(query), values...)
	if err != nil && s.dialect.judge(err) == duplicate {
		return nil, &duplicateError{err: err}
	}
	return result, err
}

// duplicateError says that a unique index refused a row, whatever the dialect.
type duplicateError struct{ err error }

func (e *duplicateError) Error() string { return e.err.Error() }

func (e *duplicateError) Unwrap() error { return e.err }

// QueryContext is sql.Tx's.
func (s statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	values, err := plain(args)
	if err != nil {
		return nil, fmt.Errorf("arguments: %w", err)
	}
	return s.tx.QueryContext(ctx, s.dialect.rebind(query), values...)
}

// QueryRowContext is sql.Tx's.
func (s statements) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	values, err := plain(args)
	if err != nil {
		values = args // the driver refuses them again, and the row says so
	}
	return s.tx.QueryRowContext(ctx, s.dialect.rebind(query), values...)
}
