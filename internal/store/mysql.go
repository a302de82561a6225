package store

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/pressly/goose/v3"
)

// mysqlDialect is that of MariaDB and MySQL, alone or as a Galera cluster.
//
// REPEATABLE READ is a snapshot for reads there, but not for UPDATE, which works on the newest rows. Tx.Lock compares the two. In a
// Galera cluster, two transactions that change one row at two nodes both go on until COMMIT, where the second one gets a deadlock:
// nothing may rely on a lock, only on rows that both change.
func mysqlDialect() *dialect {
	return &dialect{
		goose: goose.DialectMySQL, snapshot: sql.LevelDefault, current: sql.LevelReadCommitted,
		schema: mysqlSchema, migrating: mysqlLocker, judge: judgeMySQL, joined: groupConcat, member: mysqlMember,
		tables: "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()",
	}
}

// groupConcat is the aggregate of texts that MariaDB and MySQL have.
func groupConcat(texts string) string { return "GROUP_CONCAT(" + texts + ")" }

// mysqlMember is dialect.member.
func mysqlMember(column, name string) string {
	return "JSON_UNQUOTE(JSON_EXTRACT(NULLIF(" + column + ", ''), '$." + name + "'))"
}

// mysqlSchema gives tables a collation that compares texts as they are written, and texts room for more than 64 KiB.
func mysqlSchema(statements string) string {
	statements = strings.ReplaceAll(statements, "\n);", "\n) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;")
	return regexp.MustCompile(`\bTEXT\b`).ReplaceAllString(statements, "MEDIUMTEXT")
}

func mysqlConnector(s Server, a *answers) (driver.Connector, error) {
	if len(s.Hosts) == 0 {
		return memberConnector(s, a, "unix", s.Socket, "")
	}
	f := &firstOf{failed: make([]time.Time, len(s.Hosts))}
	for _, h := range s.Hosts {
		m, err := memberConnector(s, a, "tcp", s.address(h), h.Name)
		if err != nil {
			return nil, err
		}
		f.hosts, f.names = append(f.hosts, m), append(f.names, s.address(h))
	}
	return f, nil
}

// maxJoined is how many bytes the ids or tags of one object may be together: those of 100,000 members are some six million.
const maxJoined = 16 << 20

// memberConnector connects to one host; name is how its certificate names it.
func memberConnector(s Server, a *answers, network, address, name string) (driver.Connector, error) {
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName = s.User, s.Password, s.Database
	c.Net, c.Addr = network, address
	var err error
	if c.TLS, err = s.tls(name); err != nil {
		return nil, err
	}
	c.DialFunc = a.watching((&net.Dialer{}).DialContext)
	c.Collation = "utf8mb4_bin"
	// A row that an UPDATE matches counts, changed or not: compare-and-set asks whether the row was there.
	c.ClientFoundRows = true
	// One round trip for each statement rather than three. The character set is one in which it is safe.
	c.InterpolateParams = true
	// After a failover the former primary refuses to write: connections to it are dropped.
	c.RejectReadOnly = true
	c.ParseTime = true // goose's lock has times
	c.Params = map[string]string{"sql_mode": "'TRADITIONAL'", "time_zone": "'+00:00'"}
	// Texts that are joined are cut off there: MySQL's default is that of three ids, MariaDB's that of some 20,000.
	c.Params["group_concat_max_len"] = strconv.Itoa(maxJoined)
	if s.SyncWait > 0 {
		c.Params["wsrep_sync_wait"] = strconv.Itoa(s.SyncWait)
	}
	c.Logger = &mysql.NopLogger{} // every error that it would log is returned as well
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return member{Connector: connector, timeout: s.connectTimeout(), answers: a}, nil
}

// judgeMySQL knows the errors by https://mariadb.com/docs/server/reference/error-codes.
func judgeMySQL(err error) failure {
	e, ok := errors.AsType[*mysql.MySQLError](err)
	if !ok {
		return judgeConnection(err)
	}
	switch e.Number {
	case 1062, // ER_DUP_ENTRY
		1586: // ER_DUP_ENTRY_WITH_KEY_NAME
		return duplicate
	case 1213, // ER_LOCK_DEADLOCK, also when Galera's certification fails
		1205, // ER_LOCK_WAIT_TIMEOUT
		1020, // ER_CHECKREAD, with innodb_snapshot_isolation
		3101: // ER_TRANSACTION_ROLLBACK_DURING_COMMIT, when the certification of MySQL's group replication fails
		return collided
	case 1047, // ER_UNKNOWN_COM_ERROR: a Galera node that is not in the primary component
		1180, // ER_ERROR_DURING_COMMIT: a Galera node that fell out of it meanwhile; what became of the transaction is not known
		1053, // ER_SERVER_SHUTDOWN
		1927, // ER_CONNECTION_KILLED
		1040, // ER_CON_COUNT_ERROR
		1203, // ER_TOO_MANY_USER_CONNECTIONS
		1226: // ER_USER_LIMIT_REACHED
		return disconnected
	case 1021, // ER_DISK_FULL
		1114: // ER_RECORD_FILE_FULL
		return exhausted
	case 1406, // ER_DATA_TOO_LONG
		1264, // ER_WARN_DATA_OUT_OF_RANGE
		1366: // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
		return unfit
	case 1146: // ER_NO_SUCH_TABLE
		return absent
	}
	return broken
}

// judgeConnection knows the loss of a connection, whatever the database.
func judgeConnection(err error) failure {
	if isRefusedCertificate(err) {
		return broken
	}
	for _, lost := range []error{
		errNoAnswer, driver.ErrBadConn, mysql.ErrInvalidConn, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
		syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EPIPE, syscall.ENOENT,
	} {
		if errors.Is(err, lost) {
			return disconnected
		}
	}
	if _, ok := errors.AsType[net.Error](err); ok && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return disconnected
	}
	return broken
}

// isRefusedCertificate says that the server's certificate is not what it should be: waiting does not mend that.
func isRefusedCertificate(err error) bool {
	_, refused := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	return refused || unknown || invalid
}
