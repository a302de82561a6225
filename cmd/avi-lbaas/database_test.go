package main

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheSchemaIsUpgradedByCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "store.sqlite")
	configuration := writeFile(t, strings.Join([]string{
		"[api_settings]", "auth_strategy = noauth", "bind_port = 0", "[avi_adc]", "address = 127.0.0.1", "password = pw",
		"[database]", "connection = sqlite:///" + file, "auto_upgrade = false",
	}, "\n"))
	db := func(code int, says string, command ...string) {
		t.Helper()
		r := runCommand(t, append(command, "--config-file", configuration)...)
		if r.code != code || !strings.Contains(r.stdout+r.stderr, says) {
			t.Errorf("avi-lbaas %s: ended with %d and said\n%s%s\nwant %d and %q", strings.Join(command, " "), r.code, r.stdout, r.stderr, code, says)
		}
	}
	db(exitFailed, "there is no database "+file, "db", "check")
	db(exitFailed, `run "avi-lbaas db upgrade"`, "serve")
	db(exitFailed, `run "avi-lbaas db upgrade"`, "db", "check")
	db(exitOK, "version 0\n", "db", "version")
	db(exitOK, "Applied 0001_initial.sql.\n", "db", "upgrade")
	db(exitOK, "the program can work with it", "db", "check")
	db(exitOK, "The schema has version ", "db", "upgrade")
	alter(t, file, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
	db(exitOK, "the program can work with it", "db", "check")
	db(exitFailed, "upgrade it with the program that is to run on it", "db", "upgrade")
	alter(t, file, "INSERT INTO goose_db_version (version_id, is_applied) VALUES (1000, 1)")
	db(exitFailed, "install the newer program", "db", "check")
	db(exitFailed, "install the newer program", "db", "upgrade")
}

func TestTheDatabaseOfAnotherProgramIsRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "neutron.sqlite")
	configuration := writeFile(t, strings.Join([]string{
		"[api_settings]", "auth_strategy = noauth", "bind_port = 0", "[avi_adc]", "address = 127.0.0.1", "password = pw",
		"[database]", "connection = sqlite:///" + file,
	}, "\n"))
	alter(t, file, "CREATE TABLE networks (id VARCHAR(36))")
	alter(t, file, "CREATE TABLE ports (id VARCHAR(36))")
	for _, command := range [][]string{{"db", "upgrade"}, {"db", "check"}, {"db", "version"}, {"serve"}} {
		r := runCommand(t, append(command, "--config-file", configuration)...)
		const says = "the database is another program's: it has 2 tables, such as networks, and none of ours"
		if r.code != exitFailed || !strings.Contains(r.stderr, says) {
			t.Errorf("avi-lbaas %s: ended with %d and said\n%s%s", strings.Join(command, " "), r.code, r.stdout, r.stderr)
		}
	}
}

// alter changes an SQLite file, which it makes when there is none.
func alter(t *testing.T, file, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err == nil {
		_, err = db.ExecContext(t.Context(), statement)
		err = errors.Join(err, db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}
