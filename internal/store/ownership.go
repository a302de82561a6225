package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// ForeignError says that a database is somebody else's: it has tables, and none of them is ours.
type ForeignError struct {
	// Table is the first of them, by name; Tables is how many there are.
	Table  string
	Tables int
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("the database is another program's: it has %d tables, such as %s, and none of ours. "+
		"Make an empty database for this program, and name that one in [database] connection", e.Tables, e.Table)
}

// ownTable is the first table that our first migration makes: a database that has it is ours, even if that migration was cut short.
const ownTable = "load_balancers"

// checkOwner is a *ForeignError when the database has tables, and none of ours. A table of versions alone says nothing: other
// programs have one of the same name.
func (s *Store) checkOwner(ctx context.Context) error {
	var tables []string
	err := s.Read(ctx, func(t *Tx) error {
		tables = nil
		return t.each(s.dialect.tables, nil, func(rows *sql.Rows) error {
			var name string
			err := rows.Scan(&name)
			if name != "goose_db_version" && name != lockTable {
				tables = append(tables, name)
			}
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("list the tables of the database: %w", err)
	}
	if len(tables) == 0 || slices.Contains(tables, ownTable) {
		return nil
	}
	slices.Sort(tables)
	return &ForeignError{Table: tables[0], Tables: len(tables)}
}
