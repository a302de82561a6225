package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDatabaseURLs(t *testing.T) {
	for _, c := range []struct {
		url  string
		want Database
	}{
		{"sqlite:////var/lib/x.sqlite", Database{Dialect: SQLite, Path: "/var/lib/x.sqlite"}},
		{"mysql+pymysql://avi:secret@db/lbaas", Database{
			Dialect: MySQL, Server: DatabaseServer{Hosts: []DatabaseHost{{Name: "db"}}, User: "avi", Password: "secret", Name: "lbaas"},
		}},
		{"mariadb://avi@[2001:db8::1]:3307/lbaas?charset=utf8mb4", Database{
			Dialect: MySQL, Server: DatabaseServer{Hosts: []DatabaseHost{{Name: "2001:db8::1", Port: 3307}}, User: "avi", Name: "lbaas"},
		}},
		{"mysql://avi:a/b#c:d%40e@db/lbaas", Database{
			Dialect: MySQL, Server: DatabaseServer{Hosts: []DatabaseHost{{Name: "db"}}, User: "avi", Password: "a/b#c:d@e", Name: "lbaas"},
		}},
		{"mysql+mysqldb://avi:x@localhost/lbaas?unix_socket=/run/mysqld/mysqld.sock", Database{
			Dialect: MySQL, Server: DatabaseServer{Socket: "/run/mysqld/mysqld.sock", User: "avi", Password: "x", Name: "lbaas"},
		}},
		{"mysql://avi:x@db/lbaas?ssl_ca=/ca.pem&ssl_cert=/c.pem&ssl_key=/k.pem&ssl_check_hostname=false", Database{
			Dialect: MySQL, Server: DatabaseServer{
				Hosts: []DatabaseHost{{Name: "db"}}, User: "avi", Password: "x", Name: "lbaas", CAFile: "/ca.pem", CertFile: "/c.pem", KeyFile: "/k.pem", AnyName: true,
			},
		}},
		{"postgresql+psycopg2://avi:x@db:6432/lbaas?sslmode=verify-full&sslrootcert=/ca.pem&client_encoding=UTF-8", Database{
			Dialect: PostgreSQL, Server: DatabaseServer{
				Hosts: []DatabaseHost{{Name: "db", Port: 6432}}, User: "avi", Password: "x", Name: "lbaas", SSLMode: "verify-full", CAFile: "/ca.pem",
			},
		}},
		{"mysql+pymysql://avi:x@db1:3307,db2,[2001:db8::1]:3306/lbaas", Database{
			Dialect: MySQL, Server: DatabaseServer{
				Hosts: []DatabaseHost{{Name: "db1", Port: 3307}, {Name: "db2"}, {Name: "2001:db8::1", Port: 3306}},
				User:  "avi", Password: "x", Name: "lbaas",
			},
		}},
		{"postgresql+psycopg2://avi:x@/lbaas?host=db1:6432&host=db2&target_session_attrs=read-write", Database{
			Dialect: PostgreSQL, Server: DatabaseServer{
				Hosts: []DatabaseHost{{Name: "db1", Port: 6432}, {Name: "db2"}}, User: "avi", Password: "x", Name: "lbaas",
			},
		}},
		{"postgresql://avi:x@/lbaas?host=/run/postgresql", Database{
			Dialect: PostgreSQL, Server: DatabaseServer{Socket: "/run/postgresql", User: "avi", Password: "x", Name: "lbaas"},
		}},
	} {
		var got Database
		if err := (connection{&got}).set(c.url); err != nil {
			t.Errorf("%s: %v", c.url, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.url, diff)
		}
	}
}

func TestRefusedDatabaseURLs(t *testing.T) {
	for url, want := range map[string]string{
		"oracle://u:hunter2@h/d":                              "not supported",
		"mysql://u:hunter2@h":                                 "the URL names no database",
		"mysql://h/d":                                         "the URL names no user",
		"mysql://u:hunter2@/d":                                "the URL names no host and no socket",
		"mysql://u:hunter2@h:0/d":                             "the port is not one of 1 to 65535",
		"mysql://u:hunter2@h,/d":                              "a host is not of the form name:port",
		"mysql://u:hunter2@::1/d":                             "a host is not of the form name:port",
		"mysql://u:hunter2%zz@h/d":                            "write it as %25",
		"mysql://u:hunter2@h/d?charset=latin1":                "option charset: only utf8mb4",
		"mysql://u:hunter2@h/d?ssl_capath=/etc/ssl":           "option ssl_capath: not supported",
		"mysql://u:hunter2@h/d?sslmode=require":               "option sslmode: not supported",
		"mysql://u:hunter2@h/d?ssl_ca=/c&ssl_key=/k":          "a certificate of ours needs its key",
		"mysql://u:hunter2@h/d?ssl_cert=/c&ssl_key=/k":        "without ssl_ca",
		"postgresql://u:hunter2@h/d?sslmode=always":           "option sslmode: not one of disable",
		"postgresql://u:hunter2@h/d?target_session=any":       "option target_session: not supported",
		"postgresql://u:hunter2@h/d?target_session_attrs=any": "option target_session_attrs: not one of read-write",
		"postgresql://u:hunter2@/d?host=h&host=/run/pg":       "both hosts and a socket",
		"postgresql://u:hunter2@h/d?client_encoding=sql":      "option client_encoding: only utf8",
	} {
		before := Database{Dialect: SQLite, Path: "/before"}
		got := before
		err := (connection{&got}).set(url)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", url, err, want)
		}
		if diff := cmp.Diff(before, got); diff != "" {
			t.Errorf("%s changes the setting (-before +after):\n%s", url, diff)
		}
	}
}

func TestADatabaseIsNamedWithoutItsPassword(t *testing.T) {
	for url, want := range map[string]string{
		"sqlite:////x":                                 "sqlite:////x",
		"mysql://u:hunter2@h:1/d":                      "mysql://u@h:1/d",
		"mysql://u:hunter2@h:1,g/d":                    "mysql://u@h:1,g/d",
		"postgresql://u:hunter2@/d?host=/run/pg":       "postgresql://u@/run/pg/d",
		"postgresql://u:hunter2@[::1]/d?sslmode=allow": "postgresql://u@::1/d",
	} {
		var d Database
		if err := (connection{&d}).set(url); err != nil || d.String() != want {
			t.Errorf("%s: got %s, %v, want %s", url, d, err, want)
		}
	}
}
