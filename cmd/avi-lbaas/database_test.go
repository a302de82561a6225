package main

import (
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
}
