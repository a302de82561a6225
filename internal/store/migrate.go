package store

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// generation is the number of schema versions that programs of one kind can share: within a generation (versions 1 to 999, 1000 to
// 1999, …) migrations only add, with defaults for what they add, so that an older program goes on with a newer schema while the
// replicas of a service are replaced one by one.
const generation = 1000

// SchemaError says that the schema of a database is not one that this program can work with.
type SchemaError struct {
	// Version of the database; 0: nothing of ours is in it.
	Version int64
	// Wanted is the version of this program.
	Wanted int64
}

func (e *SchemaError) Error() string {
	switch {
	case e.Version == 0:
		return `the database has no schema: run "avi-lbaas db upgrade" with this configuration`
	case e.Version > e.Wanted:
		return fmt.Sprintf("the database has schema version %d, which this program, of version %d, does not know: install the newer program",
			e.Version, e.Wanted)
	}
	return fmt.Sprintf(`the database has schema version %d, this program needs %d: run "avi-lbaas db upgrade" with this configuration`,
		e.Version, e.Wanted)
}

// SchemaVersion gives the version that the database has (0: none) and the newest that this program knows. It changes nothing. A
// database of somebody else's is a *ForeignError.
func (s *Store) SchemaVersion(ctx context.Context) (version, newest int64, err error) {
	version, _, newest, err = s.schemaState(ctx)
	return version, newest, err
}

// schemaState also says whether migrations of this program have not been applied.
func (s *Store) schemaState(ctx context.Context) (version int64, pending bool, newest int64, err error) {
	provider, err := s.migrator(nil)
	if err != nil {
		return 0, false, 0, err
	}
	if err := s.checkOwner(ctx); err != nil {
		return 0, false, 0, err
	}
	applied, err := s.applied(ctx)
	if err != nil {
		return 0, false, 0, err
	}
	for _, source := range provider.ListSources() {
		newest = max(newest, source.Version)
		pending = pending || !applied[source.Version]
	}
	if len(applied) > 0 {
		version = slices.Max(slices.Collect(maps.Keys(applied)))
	}
	return version, pending, newest, nil
}

// CheckSchema is a *SchemaError when the program cannot work with the database's schema, a *ForeignError when that is not ours.
func (s *Store) CheckSchema(ctx context.Context) error {
	version, pending, newest, err := s.schemaState(ctx)
	if err != nil {
		return err
	}
	if pending || tooNew(version, newest) {
		return &SchemaError{Version: version, Wanted: newest}
	}
	return nil
}

func tooNew(version, newest int64) bool { return version/generation > newest/generation }

// applied are the versions of the migrations that the database has had.
func (s *Store) applied(ctx context.Context) (map[int64]bool, error) {
	var applied map[int64]bool
	err := s.Read(ctx, func(t *Tx) error {
		applied = map[int64]bool{}
		return t.each("SELECT version_id, is_applied FROM goose_db_version ORDER BY id", nil, func(rows *sql.Rows) error {
			var version int64
			var is bool
			err := rows.Scan(&version, &is)
			if is && version > 0 {
				applied[version] = true
			} else {
				delete(applied, version)
			}
			return err
		})
	})
	if err != nil && s.dialect.judge(err) == absent {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the version of the schema: %w", err)
	}
	return applied, nil
}

// Upgrade brings the schema up to date and says which migrations that took. Several may run at a time, from several hosts: one goes
// first, the others wait for it, and then find nothing to do. The lock is a row with a lease, which also holds in a Galera cluster,
// where the locks of a session do not.
//
// It changes nothing in a database of somebody else's (*ForeignError) or of a program of a later generation (*SchemaError).
func (s *Store) Upgrade(ctx context.Context) (names []string, err error) {
	version, pending, newest, err := s.schemaState(ctx)
	switch {
	case err != nil:
		return nil, err
	case tooNew(version, newest):
		return nil, &SchemaError{Version: version, Wanted: newest}
	case !pending:
		// Most starts find nothing to do, and need no lock for that.
		return nil, nil
	}
	var locker lock.Locker
	if s.dialect.migrating != nil {
		if locker, err = s.dialect.migrating(); err != nil {
			return nil, fmt.Errorf("upgrade the schema of the database: %w", err)
		}
	}
	provider, err := s.migrator(locker)
	if err != nil {
		return nil, err
	}
	if s.answers != nil {
		defer s.answers.awaitAll()()
	}
	done, err := provider.Up(ctx)
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		done = partial.Applied
	}
	for _, m := range done {
		names = append(names, m.Source.Path)
	}
	if err != nil {
		return names, fmt.Errorf("upgrade the schema of the database: %w", err)
	}
	return names, nil
}

func (s *Store) migrator(locker lock.Locker) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if locker != nil {
		options = append(options, goose.WithLocker(locker))
	}
	return goose.NewProvider(s.dialect.goose, s.write, adapted{FS: files, adapt: s.dialect.schema}, options...)
}

// The lock of a migration is tried for every second, for five minutes, and runs out half a minute after its holder has died.
const (
	lockEvery = time.Second
	lockTries = 300
	lockTable = "schema_lock"
)

func mysqlLocker() (lock.Locker, error) {
	return lock.NewMySQLTableLocker(lock.WithTableName(lockTable), lock.WithTableLockTimeout(lockEvery, lockTries),
		lock.WithTableLogger(slog.New(slog.DiscardHandler)))
}

func postgresLocker() (lock.Locker, error) {
	return lock.NewPostgresTableLocker(lock.WithTableName(lockTable), lock.WithTableLockTimeout(lockEvery, lockTries),
		lock.WithTableLogger(slog.New(slog.DiscardHandler)))
}

// adapted are the migrations in the words of one dialect.
type adapted struct {
	fs.FS
	adapt func(string) string
}

// Open implements fs.FS.
func (a adapted) Open(name string) (fs.File, error) {
	file, err := a.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := file.Stat(); err != nil || info.IsDir() {
		return file, err
	}
	text, err := fs.ReadFile(a.FS, name)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return adaptedFile{File: file, Reader: bytes.NewReader([]byte(a.adapt(string(text))))}, nil
}

// adaptedFile has another text than the file that it stands for.
type adaptedFile struct {
	fs.File
	*bytes.Reader
}

// Read implements fs.File.
func (f adaptedFile) Read(p []byte) (int, error) { return f.Reader.Read(p) }
