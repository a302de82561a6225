package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// Store is the desired state and the inventory. It is safe for concurrent use by several goroutines, and with a database server
// by several processes.
type Store struct {
	dialect *dialect
	answers *answers // nil with SQLite
	write   *sql.DB
	read    *sql.DB // the same as write, but with SQLite, where a single connection writes
	now     func() time.Time
	// quotas are the limits of projects that have none of their own; what is missing has no limit.
	quotas lbaas.Quotas
	// groups are, by a provider, all that are of its Controller.
	groups map[string][]string
	// turn has transactions take quota slots in turn: those at one moment have different ones.
	turn atomic.Uint32
}

// Options of a store.
type Options struct {
	// Path of the SQLite database file; it is created when absent. Not with Server.
	Path string
	// Server is the database server that keeps the store; nil: SQLite does.
	Server *Server
	// Schema says what to do about a schema that is not this program's.
	Schema Schema
	// Now is the clock; nil is the system's.
	Now func() time.Time
	// Quotas are the limits of projects that have none of their own; what is missing has no limit.
	Quotas lbaas.Quotas
	// Controllers gives each provider's Controller a name: providers whose Controllers have one name share objects there. A provider
	// that is not in it shares with none.
	Controllers map[string]string
}

// Schema is what Open does about the version of the database's schema.
type Schema int

const (
	// UpgradeSchema brings the schema up to date.
	UpgradeSchema Schema = iota
	// RequireSchema refuses a schema that is older than the program, or too new for it, with a *SchemaError.
	RequireSchema
	// AnySchema leaves it as it is: for those who want to look at it, or upgrade it.
	AnySchema
)

// Open opens the database and sees to its schema. A database server has to be there.
func Open(ctx context.Context, o Options) (_ *Store, err error) {
	s := &Store{now: o.Now, quotas: o.Quotas, groups: groupProviders(o.Controllers)}
	if s.now == nil {
		s.now = time.Now
	}
	s.turn.Store(rand.Uint32()) //nolint:gosec // keeps replicas out of step, no secret depends on it
	if o.Server != nil {
		err = s.connect(*o.Server)
	} else {
		err = s.openFile(o.Path)
	}
	if err != nil {
		return nil, err
	}
	switch o.Schema {
	case UpgradeSchema:
		_, err = s.Upgrade(ctx)
	case RequireSchema:
		err = s.CheckSchema(ctx)
	case AnySchema:
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes the database.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.write.Close(), s.read.Close())
}

// isDuplicate says that a unique index refused a row.
func isDuplicate(err error) bool {
	_, ok := errors.AsType[*duplicateError](err)
	return ok
}

// connect opens a database server's database.
func (s *Store) connect(server Server) error {
	s.answers = newAnswers(answerWithin)
	connector, dialect, err := server.connector(s.answers)
	if err != nil {
		return fmt.Errorf("database %s: %w", server, err)
	}
	db := sql.OpenDB(connector)
	// Without a bound a burst of requests would take every connection that the server has. Connections are kept, as making one
	// takes longer than most transactions.
	kept, most := server.connections()
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(kept)
	db.SetConnMaxLifetime(server.Recycle)
	s.dialect, s.write, s.read = dialect, db, db
	return nil
}
