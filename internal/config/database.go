package config

import (
	"errors"
	"fmt"
	"strings"
)

// Dialect is a kind of database.
type Dialect string

// SQLite is the only dialect of this version.
const SQLite Dialect = "sqlite"

// connection is the wire form of Database: a database URL as SQLAlchemy writes
// them. Errors never show it, as it may hold a password.
type connection struct{ database *Database }

func (c connection) text() string {
	// Three slashes end the URL's empty host; an absolute path brings a fourth.
	return string(c.database.Dialect) + ":///" + c.database.Path
}

func (c connection) set(text string) error {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return errors.New("not a database URL")
	}
	// A driver may follow the dialect, as in mysql+pymysql.
	dialect, _, _ := strings.Cut(scheme, "+")
	switch Dialect(dialect) {
	case SQLite:
		path, err := sqlitePath(rest)
		if err != nil {
			return err
		}
		*c.database = Database{Dialect: SQLite, Path: path}
		return nil
	default:
		return fmt.Errorf("databases of type %q are not supported by this version, only %q", dialect, SQLite)
	}
}

func sqlitePath(rest string) (string, error) {
	if rest == "" || rest == "/" || rest == "/:memory:" {
		return "", errors.New("a database in memory would lose everything at a restart; give a file")
	}
	path, ok := strings.CutPrefix(rest, "/")
	if !ok {
		return "", errors.New("SQLite has no host: three slashes begin a relative path, four an absolute one")
	}
	if strings.Contains(path, "?") {
		return "", errors.New("parameters after ? are not supported")
	}
	return path, nil
}
