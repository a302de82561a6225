package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

// postgresDialect is PostgreSQL's. Its REPEATABLE READ is a snapshot for reads and for UPDATE alike: one that meets a row newer than
// the snapshot ends the transaction with a serialization failure.
func postgresDialect() *dialect {
	return &dialect{
		goose: goose.DialectPostgres, numbered: true, snapshot: sql.LevelRepeatableRead, current: sql.LevelReadCommitted,
		schema: postgresSchema, migrating: postgresLocker, judge: judgePostgres, joined: stringAgg, member: postgresMember,
		tables: "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()",
	}
}

// postgresSchema has texts compared as they are written, in whatever language the database was made.
func postgresSchema(statements string) string {
	return regexp.MustCompile(`\b(VARCHAR\(\d+\)|TEXT)`).ReplaceAllString(statements, `$1 COLLATE "C"`)
}

func postgresConnector(s Server, a *answers) (driver.Connector, error) {
	var settings strings.Builder
	set := func(name, value string) {
		if value != "" {
			value = strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value)
			fmt.Fprintf(&settings, "%s='%s' ", name, value)
		}
	}
	hosts, ports := []string{s.Socket}, []string{strconv.Itoa(s.port(Host{}))}
	if len(s.Hosts) > 0 {
		hosts, ports = nil, nil
	}
	for _, h := range s.Hosts {
		hosts, ports = append(hosts, h.Name), append(ports, strconv.Itoa(s.port(h)))
	}
	set("host", strings.Join(hosts, ","))
	set("port", strings.Join(ports, ","))
	// A standby can be read only.
	set("target_session_attrs", "read-write")
	set("user", s.User)
	set("dbname", s.Database)
	set("sslmode", cmp.Or(s.SSLMode, "prefer"))
	set("sslrootcert", s.CAFile)
	set("sslcert", s.CertFile)
	set("sslkey", s.KeyFile)
	set("connect_timeout", fmt.Sprintf("%.0f", s.connectTimeout().Seconds()))
	set("application_name", "avi-lbaas")
	c, err := pgx.ParseConfig(settings.String())
	if err != nil {
		return nil, err
	}
	c.Password = s.Password
	c.DialFunc = pgconn.DialFunc(a.watching(dialer(c.DialFunc)))
	const madeAt = "missed answers before it was made" // a connection's own note
	return stdlib.GetConnector(*c, stdlib.OptionAfterConnect(func(ctx context.Context, conn *pgx.Conn) error {
		conn.PgConn().CustomData()[madeAt] = a.misses.Load()
		// Not with the startup's parameters: poolers refuse those that they do not know.
		_, err := conn.Exec(ctx, fmt.Sprintf("SET idle_in_transaction_session_timeout = %d", frozenAfter.Milliseconds()))
		return err
	}), stdlib.OptionResetSession(func(_ context.Context, conn *pgx.Conn) error {
		if conn.PgConn().CustomData()[madeAt] != a.misses.Load() {
			return driver.ErrBadConn
		}
		return nil
	})), nil
}

// judgePostgres knows the errors by https://www.postgresql.org/docs/current/errcodes-appendix.html.
func judgePostgres(err error) failure {
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok {
		_, connecting := errors.AsType[*pgconn.ConnectError](err)
		if connecting && !errors.Is(err, context.Canceled) && !isRefusedCertificate(err) {
			return disconnected
		}
		// The driver's own word for a connection that it has seen end, also while an answer was waited for.
		if errors.Is(err, pgconn.ErrConnClosed) {
			return disconnected
		}
		return judgeConnection(err)
	}
	switch e.Code {
	case "23505": // unique_violation
		return duplicate
	case "40001", // serialization_failure
		"40P01", // deadlock_detected
		"55P03": // lock_not_available
		return collided
	case "57P01", // admin_shutdown
		"57P02", // crash_shutdown
		"57P03", // cannot_connect_now
		"25P03", // idle_in_transaction_session_timeout
		"25006", // read_only_sql_transaction: a standby
		"53300": // too_many_connections
		return disconnected
	case "53100", // disk_full
		"53200": // out_of_memory
		return exhausted
	case "22001", // string_data_right_truncation
		"22003", // numeric_value_out_of_range
		"22021": // character_not_in_repertoire
		return unfit
	case "42P01": // undefined_table
		return absent
	}
	if strings.HasPrefix(e.Code, "08") { // connection_exception
		return disconnected
	}
	return broken
}

// postgresMember is dialect.member.
func postgresMember(column, name string) string {
	return "(CAST(NULLIF(" + column + ", '') AS JSON) ->> '" + name + "')"
}
