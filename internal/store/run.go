package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/tracing"
)

// A transaction that collides with another one, or whose connection is lost, is run again from its beginning: up to tries times,
// with pauses that double from firstPause to longestPause, of which a random part is waited. That is about three seconds in all.
const (
	tries        = 20
	firstPause   = 4 * time.Millisecond
	longestPause = 500 * time.Millisecond
)

// errMoved says that what a transaction has read is not the newest any more.
var errMoved = errors.New("it was changed meanwhile")

// ErrUncertain says that nobody here knows whether a transaction took place. Who has done something for it elsewhere must not undo that:
// if it did take place, it counts on it.
var ErrUncertain = errors.New("it is not known whether the change was stored")

// uncertainError is the loss of the connection during COMMIT.
type uncertainError struct{ err error }

func (e *uncertainError) Error() string {
	return "the answer to COMMIT was lost, and with it whether the change was stored: " + e.err.Error()
}

func (e *uncertainError) Unwrap() []error { return []error{ErrUncertain, e.err} }

// Read runs f in a read-only snapshot. f may run more than once.
func (s *Store) Read(ctx context.Context, f func(*Tx) error) error {
	return s.run(ctx, s.read, sql.TxOptions{Isolation: s.dialect.snapshot, ReadOnly: true}, f)
}

// Peek runs f without a transaction: each of its statements sees a state of its own. It is for an f that takes what matters from one
// statement, which spares it two round trips to a database server. f must not write, and may run more than once.
func (s *Store) Peek(ctx context.Context, f func(*Tx) error) error {
	return s.again(ctx, func() (err error) {
		ctx, end := tracing.Start(ctx, "store statement")
		defer func() { end(err) }()
		return f(s.begun(ctx, s.read))
	})
}

// Write runs f in a transaction that is committed if and only if f returns nil. f may run more than once. What f reads is one
// snapshot; Tx.Lock makes sure that the load balancer's tree in it is the newest.
//
// When the answer to COMMIT is lost, f is not run again: it may have been committed. The error is of KindUnavailable and says so.
func (s *Store) Write(ctx context.Context, f func(*Tx) error) error {
	return s.counting(ctx, func() error { return s.run(ctx, s.write, sql.TxOptions{Isolation: s.dialect.snapshot}, f) })
}

// guarded is Write for an f whose first statement changes the row that guards all that it does: it sees the newest state, and does
// not collide with those that change other rows.
func (s *Store) guarded(ctx context.Context, f func(*Tx) error) error {
	return s.counting(ctx, func() error { return s.run(ctx, s.write, sql.TxOptions{Isolation: s.dialect.current}, f) })
}

func (s *Store) run(ctx context.Context, db *sql.DB, o sql.TxOptions, f func(*Tx) error) error {
	return s.again(ctx, func() error { return s.once(ctx, db, &o, f) })
}

// again runs once until it succeeds, or fails for good.
func (s *Store) again(ctx context.Context, once func() error) error {
	pause := firstPause
	for try := 1; ; try++ {
		err := once()
		if err == nil {
			return nil
		}
		meaning := s.judge(err)
		// After a duplicate f may find who was first, and say what it is that is there twice.
		again := (meaning == collided || meaning == disconnected || meaning == duplicate && try == 1) && try < tries && ctx.Err() == nil
		if !again {
			return explain(err, meaning)
		}
		select {
		case <-ctx.Done():
			return explain(err, meaning)
		case <-time.After(rand.N(pause)): //nolint:gosec // no secret depends on it
		}
		pause = min(2*pause, longestPause)
	}
}

func (s *Store) judge(err error) failure {
	if _, uncertain := errors.AsType[*uncertainError](err); uncertain {
		return broken
	}
	if errors.Is(err, errMoved) {
		return collided
	}
	return s.dialect.judge(err)
}

// explain gives users an error that is nobody's fault but the database's in words.
func explain(err error, meaning failure) error {
	_, uncertain := errors.AsType[*uncertainError](err)
	switch {
	case uncertain:
		return &lbaas.Error{
			Kind: lbaas.KindUnavailable, Err: err,
			Message: "The database did not say whether it stored the change. Look before you repeat the request.",
		}
	case meaning == disconnected || meaning == collided:
		return &lbaas.Error{Kind: lbaas.KindUnavailable, Message: "The database is not available at present. Please try again.", Err: err}
	case meaning == exhausted:
		return &lbaas.Error{Kind: lbaas.KindUnavailable, Message: "The database cannot store anything at present. Please try again later.", Err: err}
	case meaning == unfit:
		return &lbaas.Error{
			Kind: lbaas.KindInvalid, Message: "A value is too long or too large, or has characters that cannot be stored.", Err: err,
		}
	}
	return err
}

func (s *Store) once(ctx context.Context, db *sql.DB, o *sql.TxOptions, f func(*Tx) error) (err error) {
	ctx, end := tracing.Start(ctx, "store transaction")
	defer func() { end(err) }()
	tx, err := db.BeginTx(ctx, o)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() {
		// The rollback of a transaction that the database has ended, or whose connection is gone, says nothing new.
		if rollback := tx.Rollback(); rollback != nil && err == nil && !errors.Is(rollback, sql.ErrTxDone) {
			err = rollback
		}
	}()
	if err := f(s.begun(ctx, tx)); err != nil {
		return err
	}
	if o.ReadOnly {
		return nil
	}
	if err := tx.Commit(); err != nil {
		err = fmt.Errorf("commit transaction: %w", err)
		if s.dialect.judge(err) == disconnected || ctx.Err() != nil {
			return &uncertainError{err: err}
		}
		return err
	}
	return nil
}

// begun is a transaction that begins now.
func (s *Store) begun(ctx context.Context, db database) *Tx {
	return &Tx{
		ctx: ctx, tx: statements{tx: db, dialect: s.dialect}, now: s.now().UTC().Truncate(time.Microsecond), quotas: s.quotas,
		slot: int(s.turn.Add(1) % quotaSlots), groups: s.groups,
	}
}
