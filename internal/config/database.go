package config

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// Dialect is a kind of database.
type Dialect string

// The kinds of databases.
const (
	SQLite     Dialect = "sqlite"
	MySQL      Dialect = "mysql" // MariaDB too
	PostgreSQL Dialect = "postgresql"
)

// Database is [database].
type Database struct {
	Dialect Dialect
	Path    string         // of the SQLite file; relative to the working directory unless absolute
	Server  DatabaseServer // of the other dialects

	MaxPoolSize int           // connections that are kept
	MaxOverflow int           // connections beyond those, at most; -1: any number
	Recycle     time.Duration // age at which a connection is replaced; 0: never
	// MaxRetries is how often, and RetryInterval how long after one another, a server that does not answer at the start is tried
	// again; -1 tries for ever.
	MaxRetries    int
	RetryInterval time.Duration
	// SyncWait is Galera's wsrep_sync_wait; 0 leaves the server's own.
	SyncWait int
	// AutoUpgrade is the schema's upgrade at the start; nil: with SQLite.
	AutoUpgrade *bool
}

// DatabaseServer is where a database server is, and who we are there.
type DatabaseServer struct {
	// Hosts are tried in this order for each connection: of a cluster all of them may be named. None: Socket.
	Hosts    []DatabaseHost
	Socket   string // file of MySQL's socket, directory of PostgreSQL's
	User     string
	Password Secret
	Name     string // of the database

	CAFile, CertFile, KeyFile string // PEM files; empty: none
	AnyName                   bool   // MySQL: the server's certificate need not have its name
	SSLMode                   string // PostgreSQL: libpq's sslmode; empty: libpq's default
}

// DatabaseHost is one host of a database server.
type DatabaseHost struct {
	Name string // or its address
	Port int    // 0: the usual one
}

// String is the host as in a URL.
func (h DatabaseHost) String() string {
	if h.Port == 0 {
		return h.Name
	}
	return net.JoinHostPort(h.Name, strconv.Itoa(h.Port))
}

// String names the database without its password.
func (d Database) String() string {
	if d.Dialect == SQLite {
		return "sqlite:///" + d.Path
	}
	hosts := []string{d.Server.Socket}
	if len(d.Server.Hosts) > 0 {
		hosts = nil
	}
	for _, h := range d.Server.Hosts {
		hosts = append(hosts, h.String())
	}
	return fmt.Sprintf("%s://%s@%s/%s", d.Dialect, d.Server.User, strings.Join(hosts, ","), d.Server.Name)
}

// UpgradesItself says whether the schema is brought up to date at the start.
func (d Database) UpgradesItself() bool {
	if d.AutoUpgrade != nil {
		return *d.AutoUpgrade
	}
	return d.Dialect == SQLite
}

func databaseSettings(d *Database) []setting {
	c := connection{database: d}
	const day = 24 * time.Hour
	return []setting{
		{
			Option: Option{
				Name: "connection", Aliases: []string{"sql_connection"}, Type: "database URL", Secret: true, Default: c.text(),
				Allowed: "sqlite:////absolute/path, sqlite:///relative/path, mysql+pymysql://user:password@host:port/database?options, " +
					"postgresql://user:password@host:port/database?options",
				Help: "The database, as SQLAlchemy writes it: SQLite, MariaDB, MySQL or PostgreSQL. Several replicas need one of the latter three. " +
					"Of a cluster several hosts may be named: host:port,host:port; the first that answers is used.",
			},
			set: c.set,
		},
		{
			Option: Option{
				Name: "auto_upgrade", Type: "boolean", Allowed: oslo.BooleanTexts,
				Help: "Bring the schema up to date at the start, rather than refuse to start. Without it: true with SQLite, false with others.",
			},
			set: func(text string) error {
				if strings.TrimSpace(text) == "" {
					d.AutoUpgrade = nil
					return nil
				}
				value, err := oslo.Boolean(text)
				if err == nil {
					d.AutoUpgrade = &value
				}
				return err
			},
		},
		integer("max_pool_size", &d.MaxPoolSize, 1, 1000, "How many connections to a server are kept open.").also("sql_max_pool_size"),
		integer("max_overflow", &d.MaxOverflow, -1, 10000, "How many more may be open for a while; -1: any number.").also("sql_max_overflow"),
		seconds("connection_recycle_time", &d.Recycle, 0, 7*day, "The age at which a connection is replaced; 0: never.").
			also("idle_timeout", "sql_idle_timeout"),
		integer("max_retries", &d.MaxRetries, -1, 10000, "How often a server that does not answer at the start is tried again; -1: for ever.").
			also("sql_max_retries"),
		seconds("retry_interval", &d.RetryInterval, time.Second/10, time.Hour, "How long after one another.").also("reconnect_interval"),
		integer("mysql_wsrep_sync_wait", &d.SyncWait, 0, 15,
			"Galera's wsrep_sync_wait for our connections: 1 has a replica see at once what another one has written at another node; 0: the server's own."),
		{
			Option: Option{Name: "slave_connection"},
			reason: "reads are not sent to another server by this service",
		},
		{
			Option: Option{Name: "min_pool_size", Aliases: []string{"sql_min_pool_size"}},
			reason: "connections are not opened ahead of time by this service",
		},
		{
			Option: Option{Name: "connection_parameters"},
			reason: "parameters belong at the end of connection, after ?",
		},
	}
}

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
	d := c.database
	// A driver may follow the dialect, as in mysql+pymysql.
	dialect, _, _ := strings.Cut(scheme, "+")
	switch dialect {
	case "sqlite":
		path, err := sqlitePath(rest)
		if err != nil {
			return err
		}
		d.Dialect, d.Path, d.Server = SQLite, path, DatabaseServer{}
		return nil
	case "mysql", "mariadb":
		return d.setServer(MySQL, rest, mysqlOption)
	case "postgresql", "postgres":
		return d.setServer(PostgreSQL, rest, postgresOption)
	}
	return fmt.Errorf("databases of type %q are not supported, only sqlite, mysql, mariadb and postgresql", dialect)
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
