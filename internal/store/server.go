package store

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// Dialect is the kind of a database server.
type Dialect string

// The kinds of database servers.
const (
	MySQL      Dialect = "mysql" // MariaDB from 10.5 on, also as a Galera cluster; MySQL from 8.0.13 on
	PostgreSQL Dialect = "postgresql"
)

// Server is a database of a server, and how to reach it.
type Server struct {
	Dialect  Dialect
	Hosts    []Host // tried in this order for each connection; none: Socket
	Socket   string // MySQL: of the file; PostgreSQL: of the directory that it is in. Only without Hosts
	User     string
	Password string
	Database string

	// CAFile holds the certificates to know the server by, CertFile and KeyFile who we are; all PEM. Empty: none.
	CAFile, CertFile, KeyFile string
	// AnyName does not want the name of a MySQL server to be in its certificate.
	AnyName bool
	// SSLMode is PostgreSQL's own setting, by libpq's names; empty is libpq's default, prefer.
	SSLMode string

	// Kept is how many connections stay open, Overflow how many more may be for a while; -1: any number. 0 kept is 10.
	Kept, Overflow int
	// Recycle is the age at which a connection is replaced; 0: never.
	Recycle time.Duration
	// SyncWait is Galera's wsrep_sync_wait of each connection; 0 leaves it as the server has it.
	SyncWait int
}

// Host is one host of a database server, of which a cluster has several.
type Host struct {
	Name string // or its address
	Port int    // 0: the server's usual one
}

// String names the database, without its password.
func (s Server) String() string {
	addresses := []string{s.Socket}
	if len(s.Hosts) > 0 {
		addresses = nil
	}
	for _, h := range s.Hosts {
		addresses = append(addresses, s.address(h))
	}
	return fmt.Sprintf("%s://%s@%s/%s", s.Dialect, s.User, strings.Join(addresses, ","), s.Database)
}

// Format keeps the password out of whatever shows a Server.
func (s Server) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

func (s Server) address(h Host) string { return net.JoinHostPort(h.Name, strconv.Itoa(s.port(h))) }

func (s Server) port(h Host) int {
	if s.Dialect == PostgreSQL {
		return cmp.Or(h.Port, 5432)
	}
	return cmp.Or(h.Port, 3306)
}

// connections are how many stay open and how many may be; 0 is any number.
func (s Server) connections() (kept, most int) {
	kept = cmp.Or(s.Kept, 10)
	if s.Overflow < 0 {
		return kept, 0
	}
	return kept, kept + s.Overflow
}

// connectTimeout bounds the making of one connection to one host; where there are others to try, it is less.
func (s Server) connectTimeout() time.Duration {
	if len(s.Hosts) > 1 {
		return 3 * time.Second
	}
	return 10 * time.Second
}

// frozenAfter is how long the server lets a transaction of ours do nothing before it ends it. There is never more than computation between
// two statements, so whoever is silent for longer has been stopped or has lost its host; the rows that it has locked are others' again.
const frozenAfter = 10 * time.Second

func (s Server) connector(a *answers) (driver.Connector, *dialect, error) {
	switch s.Dialect {
	case MySQL:
		c, err := mysqlConnector(s, a)
		return c, mysqlDialect(), err
	case PostgreSQL:
		c, err := postgresConnector(s, a)
		return c, postgresDialect(), err
	}
	return nil, nil, fmt.Errorf("databases of type %q are not supported", s.Dialect)
}

// tls is how the connection to a host is secured by files of certificates; nil when there are none.
func (s Server) tls(host string) (*tls.Config, error) {
	if s.CAFile == "" {
		return nil, nil //nolint:nilnil // none is a valid answer
	}
	authorities, err := os.ReadFile(s.CAFile)
	if err != nil {
		return nil, fmt.Errorf("certificates to know the server by: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authorities) {
		return nil, fmt.Errorf("certificates to know the server by: no PEM certificate in %s", s.CAFile)
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: host}
	if s.CertFile != "" {
		own, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("our certificate for the server: %w", err)
		}
		c.Certificates = []tls.Certificate{own}
	}
	if s.AnyName {
		c.InsecureSkipVerify = true // the chain is verified below
		c.VerifyConnection = func(state tls.ConnectionState) error { return verifyChain(state, pool) }
	}
	return c, nil
}

// verifyChain is crypto/tls's own check but for the name.
func verifyChain(state tls.ConnectionState, roots *x509.CertPool) error {
	if len(state.PeerCertificates) == 0 {
		return errors.New("the server shows no certificate")
	}
	intermediates := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		intermediates.AddCert(c)
	}
	_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates})
	return err
}
