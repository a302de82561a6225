package store

import (
	"database/sql"
	"database/sql/driver"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// dialect is what one kind of database needs of its own; everything else is the same text for all.
type dialect struct {
	goose goose.Dialect
	// numbered says that the marks of arguments are $1, $2, … instead of ?.
	numbered bool
	// snapshot is the isolation of a transaction that reads: all its reads see one state. current is that of a transaction whose
	// first statement takes the row that guards what it does: what it reads is the newest.
	snapshot, current sql.IsolationLevel
	// schema adapts the portable types of a migration.
	schema func(statements string) string
	// migrating keeps two migrations apart; nil where the database is one process's own.
	migrating func() (lock.Locker, error)
	// tables lists the names of the database's tables.
	tables string
	// joined is the aggregate that joins texts with commas, NULL of none.
	joined func(texts string) string
	// member is the text of a member of the JSON object in a column; NULL when it has none, or the column is empty.
	member func(column, name string) string
	// judge says what an error of the driver means.
	judge func(error) failure
}

// failure is what an error of the database means for the transaction that it ends.
type failure int

const (
	// broken is everything that trying again cannot mend.
	broken failure = iota
	// duplicate: a unique index refused a row.
	duplicate
	// collided: the transaction got in the way of another one and was rolled back. It can be run again.
	collided
	// disconnected: the database went away, or does not take part in its cluster at present.
	disconnected
	// exhausted: the database has no room left, or is kept from writing. Nothing was stored, and only an operator can mend it.
	exhausted
	// unfit: a value does not fit its column.
	unfit
	// absent: there is no such table.
	absent
)

// rebind writes the marks of arguments as the dialect wants them. No statement of this package has a question mark in a text.
func (d *dialect) rebind(query string) string {
	if !d.numbered {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	for n := 1; ; n++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(n))
		query = after
	}
}

// stringAgg is SQL's own aggregate of texts, as PostgreSQL and SQLite have it.
func stringAgg(texts string) string { return "STRING_AGG(" + texts + ", ',')" }

// plain turns arguments into what every driver takes alike: 64-bit integers, texts and NULL. Truth is 1 or 0.
func plain(args []any) ([]any, error) {
	values := make([]any, len(args))
	for i, arg := range args {
		value, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, err
		}
		if truth, ok := value.(bool); ok {
			value = int64(0)
			if truth {
				value = int64(1)
			}
		}
		values[i] = value
	}
	return values, nil
}
