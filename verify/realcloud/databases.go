//go:build verify

package realcloud

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
)

// Database is a database server for tests, whose user may make databases.
type Database struct {
	host *host
	// URL of the server, as mysql://user:password@host:port.
	URL string
}

// StartMariaDB starts a MariaDB.
func StartMariaDB(ctx context.Context) (*Database, error) {
	return startServer(ctx, func(ctx context.Context, h *host, address, password string) (string, error) {
		_, err := h.startMariaDB(ctx, mariaDB{name: "mariadb", address: address, script: userScript(password, "")})
		return "mysql", err
	})
}

// StartPostgreSQL starts a PostgreSQL.
func StartPostgreSQL(ctx context.Context) (*Database, error) {
	return startServer(ctx, func(ctx context.Context, h *host, address, password string) (string, error) {
		return "postgresql", h.startPostgreSQL(ctx, address, password)
	})
}

// Close ends the server and removes everything that it wrote.
func (d *Database) Close() error { return d.host.close() }

func startServer(
	ctx context.Context, start func(ctx context.Context, h *host, address, password string) (scheme string, err error),
) (_ *Database, err error) {
	h, err := newHost()
	if err != nil {
		return nil, err
	}
	d := &Database{host: h}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	password := rand.Text()
	scheme, err := start(ctx, h, address, password)
	d.URL = fmt.Sprintf("%s://%s:%s@%s", scheme, databaseUser, password, address)
	return d, err
}

// userScript makes the databases' user for MariaDB; requiring is what that user's connections have to be.
func userScript(password, requiring string) string {
	return fmt.Sprintf("CREATE USER '%[1]s'@'127.0.0.1' IDENTIFIED BY '%[2]s' %[3]s;\nGRANT ALL ON *.* TO '%[1]s'@'127.0.0.1';\n",
		databaseUser, password, requiring)
}

// startPostgreSQL makes a cluster of its own. Nothing of it has to survive the machine, so it need not wait for disks.
func (h *host) startPostgreSQL(ctx context.Context, address, password string, settings ...string) error {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil || len(found) == 0 {
		return errors.Join(errors.New("there is no PostgreSQL"), err)
	}
	bin := slices.Max(found)
	data := h.path("postgresql")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	secret, err := h.write(password, "postgresql-password")
	if err != nil {
		return err
	}
	var as []string // it does not want to run as root
	if os.Geteuid() == 0 {
		as = []string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"}
	}
	if err := errors.Join(give(data, "postgres"), give(secret, "postgres")); err != nil {
		return err
	}
	initialise := slices.Concat(as, []string{
		bin + "/initdb", "--pgdata=" + data, "--username=" + databaseUser, "--pwfile=" + secret,
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
	})
	if err := h.run(ctx, "postgresql-install", nil, initialise[0], initialise[1:]...); err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	serve := slices.Concat(as, []string{bin + "/postgres", "-D", data})
	for _, setting := range append(settings,
		"listen_addresses="+host, "port="+port, "unix_socket_directories="+data, "fsync=off", "synchronous_commit=off",
		"full_page_writes=off", "max_connections=300",
	) {
		serve = append(serve, "-c", setting)
	}
	p, err := h.start(ctx, "postgresql", nil, serve[0], serve[1:]...)
	if err != nil {
		return err
	}
	return h.awaitPort(ctx, p, address)
}
