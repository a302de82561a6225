//go:build deb

package verify_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDebianPackage unpacks the package that DEBIAN_PACKAGE names into an empty root and does there what its scripts do.
func TestDebianPackage(t *testing.T) {
	file := os.Getenv("DEBIAN_PACKAGE")
	if file == "" {
		t.Fatal("DEBIAN_PACKAGE has to name the package: make deb builds it")
	}
	root := filepath.Join(t.TempDir(), "root")
	run := func(want string, program string, arguments ...string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), program, arguments...).CombinedOutput()
		if !strings.Contains(string(out), want) || want == "" && err != nil {
			t.Errorf("%s %v: %v, want %q\n%s", program, arguments, err, want, out)
		}
	}
	run("", "dpkg-deb", "--extract", file, root)
	for name, mode := range map[string]os.FileMode{
		"usr/bin/avi-lbaas": 0o755, "etc/avi-lbaas": 0o750 | os.ModeDir, "etc/avi-lbaas/avi-lbaas.conf": 0o640,
		"lib/systemd/system/avi-lbaas.service": 0o644, "usr/lib/sysusers.d/avi-lbaas.conf": 0o644, "usr/lib/tmpfiles.d/avi-lbaas.conf": 0o644,
	} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
		} else if got := info.Mode() & (os.ModePerm | os.ModeDir); got != mode {
			t.Errorf("/%s has mode %v, want %v", name, got, mode)
		}
	}
	// The user is made, and may read the configuration.
	run("Creating user 'avi-lbaas'", "systemd-sysusers", "--root="+root, "avi-lbaas.conf")
	run("", "systemd-tmpfiles", "--root="+root, "--create", "avi-lbaas.conf")
	group := groupOf(t, root, "avi-lbaas")
	run(fmt.Sprint("0 ", group, " 640"), "stat", "--format=%u %g %a", filepath.Join(root, "etc/avi-lbaas/avi-lbaas.conf"))
	// A configuration that is delivered has no mistakes, only gaps.
	program, configuration := filepath.Join(root, "usr/bin/avi-lbaas"), filepath.Join(root, "etc/avi-lbaas/avi-lbaas.conf")
	run("[avi_adc] address: required", program, "config", "check", "--config-file", configuration)

	scripts := filepath.Join(t.TempDir(), "scripts")
	run("", "dpkg-deb", "--control", file, scripts)
	run("/etc/avi-lbaas/avi-lbaas.conf", "cat", filepath.Join(scripts, "conffiles"))
	run("systemd-sysusers", "cat", filepath.Join(scripts, "postinst"))
	started, err := os.ReadFile(filepath.Join(scripts, "postinst"))
	if err != nil || strings.Contains(string(started), "deb-systemd-invoke start") || strings.Contains(string(started), "restart") {
		t.Errorf("the installation starts the service (%v):\n%s", err, started)
	}
	if lintian, err := exec.LookPath("lintian"); err == nil {
		run("", lintian, "--allow-root", "--fail-on=error,warning", file)
	}
}

// groupOf reads the id of a group from a root's /etc/group.
func groupOf(t *testing.T, root, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "etc", "group"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(line, ":"); fields[0] == name {
			return fields[2]
		}
	}
	t.Fatalf("there is no group %s", name)
	return ""
}
