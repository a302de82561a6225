//go:build deb

package verify_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// debianPackage is the file of the package that make deb has built.
func debianPackage(t *testing.T) string {
	t.Helper()
	file := os.Getenv("DEBIAN_PACKAGE")
	if file == "" {
		t.Fatal("DEBIAN_PACKAGE has to name the package: make deb builds it")
	}
	return file
}

// TestDebianPackage looks at what is in the package.
func TestDebianPackage(t *testing.T) {
	file := debianPackage(t)
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
		"usr/bin/avi-lbaas": 0o755, "usr/share/avi-lbaas/avi-lbaas.conf.sample": 0o644,
		"lib/systemd/system/avi-lbaas.service": 0o644, "usr/lib/sysusers.d/avi-lbaas.conf": 0o644,
	} {
		info, err := os.Stat(filepath.Join(root, name))
		if err != nil {
			t.Error(err)
		} else if got := info.Mode() & (os.ModePerm | os.ModeDir); got != mode {
			t.Errorf("/%s has mode %v, want %v", name, got, mode)
		}
	}
	// A configuration that is delivered has no mistakes, only gaps.
	program, configuration := filepath.Join(root, "usr/bin/avi-lbaas"), filepath.Join(root, "usr/share/avi-lbaas/avi-lbaas.conf.sample")
	run("[avi_adc] address: required", program, "config", "check", "--config-file", configuration)

	if lintian, err := exec.LookPath("lintian"); err == nil {
		run("", lintian, "--allow-root", "--fail-on=error,warning", file)
	}
}
