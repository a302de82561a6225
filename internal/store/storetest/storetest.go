package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	_ "github.com/go-sql-driver/mysql" // the drivers that the store uses are used here to make databases
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Variable is the environment variable that names the server.
const Variable = "AVI_LBAAS_TEST_DATABASE"

// OnServer says whether the databases are those of a server.
func OnServer() bool { return os.Getenv(Variable) != "" }

// Options gives a test a database of its own, which has the schema and nothing in it, and is gone after the test.
func Options(t testing.TB) store.Options {
	t.Helper()
	if OnServer() {
		o := Blank(t)
		s, err := store.Open(t.Context(), o)
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	path := filepath.Join(t.TempDir(), "store.sqlite")
	file, err := blank()
	if err == nil {
		err = os.WriteFile(path, file, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return store.Options{Path: path}
}

// Clustered says whether the server has several nodes.
func Clustered() bool {
	server, err := parse(os.Getenv(Variable))
	return err == nil && len(server.Hosts) > 1
}

// URLs gives a test a database of its own on the server, as the configuration names it, for each of n replicas: of a cluster each
// has another node before the others. There has to be a server.
func URLs(t testing.TB, n int) []string {
	t.Helper()
	if !OnServer() {
		t.Fatalf("this test needs a database server: set %s", Variable)
	}
	server := Options(t).Server
	urls := make([]string, n)
	for i := range urls {
		hosts := make([]string, len(server.Hosts))
		for j := range hosts {
			host := server.Hosts[(i+j)%len(hosts)]
			hosts[j] = net.JoinHostPort(host.Name, strconv.Itoa(host.Port))
		}
		urls[i] = fmt.Sprintf("%s://%s:%s@%s/%s", server.Dialect, server.User, server.Password, strings.Join(hosts, ","), server.Database)
	}
	return urls
}

// Blank is Options without the schema.
func Blank(t testing.TB) store.Options {
	t.Helper()
	if !OnServer() {
		return store.Options{Path: filepath.Join(t.TempDir(), "store.sqlite")}
	}
	server, err := parse(os.Getenv(Variable))
	if err != nil {
		t.Fatalf("%s: %v", Variable, err)
	}
	server.Database = "t_" + strings.ToLower(rand.Text())
	if err := administer(t.Context(), server, "CREATE DATABASE "+server.Database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := administer(context.Background(), server, "DROP DATABASE "+server.Database); err != nil {
			t.Error(err)
		}
	})
	return store.Options{Server: &server}
}

// parse reads the URL of a server, scheme://user:password@host:port; commas separate the hosts of a cluster. Errors do not show it, as
// it has a password.
func parse(text string) (store.Server, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	who, hosts, found := strings.Cut(strings.TrimSuffix(rest, "/"), "@")
	if !found {
		return store.Server{}, errors.New("not of the form scheme://user:password@host:port")
	}
	// The connection of one test must not wait for those of others: the server bounds them all together.
	server := store.Server{Dialect: store.Dialect(scheme), Kept: 8}
	server.User, server.Password, _ = strings.Cut(who, ":")
	for address := range strings.SplitSeq(hosts, ",") {
		name, text, err := net.SplitHostPort(address)
		if err != nil {
			return store.Server{}, errors.New("a host has no port")
		}
		port, err := strconv.Atoi(text)
		if err != nil {
			return store.Server{}, errors.New("a port is no number")
		}
		server.Hosts = append(server.Hosts, store.Host{Name: name, Port: port})
	}
	return server, nil
}

// administer runs a statement beside the database: at each host that answers, as a node of a cluster that has carried it out has also
// carried out what the others had before. One has to answer.
func administer(ctx context.Context, server store.Server, statement string) error {
	var failures []error
	for _, host := range server.Hosts {
		failures = append(failures, administerHost(ctx, server, host, statement))
	}
	if slices.Contains(failures, nil) {
		return nil
	}
	return errors.Join(failures...)
}

func administerHost(ctx context.Context, server store.Server, host store.Host, statement string) (err error) {
	address := net.JoinHostPort(host.Name, strconv.Itoa(host.Port))
	driver, dsn := "mysql", fmt.Sprintf("%s:%s@tcp(%s)/", server.User, server.Password, address)
	if server.Dialect == store.PostgreSQL {
		driver, dsn = "pgx", (&url.URL{
			Scheme: "postgres", User: url.UserPassword(server.User, server.Password), Host: address, Path: "postgres",
		}).String()
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	_, err = db.ExecContext(ctx, statement) //nolint:gosec // a name that we drew
	return err
}

// blank is the file of an empty store, made once: migrating takes most of a test's time otherwise.
var blank = sync.OnceValues(func() ([]byte, error) { //nolint:gochecknoglobals // a constant that takes long to compute
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "blank.sqlite")
	s, err := store.Open(context.Background(), store.Options{Path: path})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path) //nolint:gosec // our own file
})
