package store_test

import (
	"errors"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// A slip of the pen in the configuration is no reason to put twenty tables into Neutron's database.
func TestADatabaseOfSomebodyElseIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, statements := range map[string][]string{
		"neutron": {"CREATE TABLE ports (id VARCHAR(36))", "CREATE TABLE networks (id VARCHAR(36))"},
		"a program that has the same library for its migrations": {
			"CREATE TABLE networks (id VARCHAR(36))",
			"CREATE TABLE goose_db_version (id INTEGER, version_id BIGINT, is_applied BOOLEAN)",
			"INSERT INTO goose_db_version (id, version_id) VALUES (1, 7)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := storetest.Blank(t)
			o.Schema = store.AnySchema
			s, err := store.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}()
			for _, statement := range statements {
				if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.Exec(statement) }); err != nil {
					t.Fatal(err)
				}
			}
			names, upgraded := s.Upgrade(t.Context())
			if len(names) > 0 {
				t.Errorf("%v were applied", names)
			}
			for doing, err := range map[string]error{"upgrade": upgraded, "check": s.CheckSchema(t.Context())} {
				if foreign, ok := errors.AsType[*store.ForeignError](err); !ok || foreign.Table != "networks" {
					t.Errorf("%s: %v, want a *store.ForeignError that names networks", doing, err)
				}
			}
		})
	}
}

// A program that is older than the database by a generation leaves it alone. Within a generation it has nothing to upgrade.
func TestADatabaseOfANewerProgramIsLeftAlone(t *testing.T) {
	b := newBed(t)
	for _, version := range []int{999, 1000} {
		b.write(func(tx *store.Tx) error { return tx.PretendSchema(version) })
		newer := version >= 1000
		names, err := b.Upgrade(b.ctx())
		if _, refused := errors.AsType[*store.SchemaError](err); refused != newer || err != nil && !newer || len(names) > 0 {
			t.Errorf("the upgrade of a database of version %d applied %v, %v", version, names, err)
		}
	}
}
