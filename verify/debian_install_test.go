//go:build deb

package verify_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestDebianPackageInstalled installs the package in an empty Debian 12, boots that as a container with a network of its own, and does
// there what docs/operations.md says; then come an upgrade, the removal, and what is left. It wants root, debootstrap and
// systemd-nspawn, and downloads Debian's packages.
func TestDebianPackageInstalled(t *testing.T) {
	d := bootstrap(t)
	older := d.repack(debianPackage(t), "0.0.0~older")

	// Nothing is mounted there yet, not even /proc: so images are built.
	d.chroot("dpkg", "--install", older)
	d.wantFile("etc/avi-lbaas", "root:avi-lbaas 750")
	d.wantFile("etc/avi-lbaas/avi-lbaas.conf", "root:avi-lbaas 640")
	d.wantFile("var/lib/avi-lbaas", "avi-lbaas:avi-lbaas 700")

	d.boot()
	if got := d.try("systemctl", "is-enabled", "avi-lbaas"); got != "disabled" {
		t.Errorf("after the installation the service is %s, want it to wait for a configuration", got)
	}
	d.in("systemd-run", "--unit=controller", "--", "avi-lbaas", "simulator", "--no-engine", "--listen=127.0.0.1:9443", "--ca-file=/root/ca.pem")
	d.eventually("the stand-in Controller's certificate", func() bool { return d.succeeds("test", "-s", "/root/ca.pem") })
	d.in("install", "-m", "0644", "/root/ca.pem", "/etc/avi-lbaas/controller-ca.pem")
	const configuration = "[api_settings]\nauth_strategy = noauth\n[avi_adc]\naddress = 127.0.0.1\nport = 9443\npassword = avi-simulator\n" +
		"cert_verify = true\nca_file = /etc/avi-lbaas/controller-ca.pem\n"
	d.configure(configuration)
	d.in("avi-lbaas", "config", "check")
	d.in("avi-lbaas", "db", "upgrade")
	d.in("systemctl", "enable", "--now", "avi-lbaas")
	before := d.process()
	if got := d.in("stat", "--format=%U", "/proc/"+before); got != "avi-lbaas" {
		t.Errorf("the service runs as %s, want avi-lbaas", got)
	}
	d.in("systemctl", "reload", "avi-lbaas")
	d.wantServing()

	d.copyIn(debianPackage(t), "newer.deb")
	d.in("dpkg", "--install", "/root/newer.deb")
	if got := d.in("cat", "/etc/avi-lbaas/avi-lbaas.conf"); got != strings.TrimSpace(configuration) {
		t.Errorf("after the upgrade the configuration is\n%s", got)
	}
	if got := d.process(); got != before {
		t.Errorf("the upgrade has restarted or stopped the service: process %s, want %s", got, before)
	}
	d.in("avi-lbaas", "db", "upgrade")
	d.in("systemctl", "restart", "avi-lbaas")
	if d.process() == before {
		t.Error("the service was not restarted")
	}
	d.wantServing()

	d.in("dpkg", "--remove", "avi-lbaas")
	if got := d.try("systemctl", "is-active", "avi-lbaas"); got != "inactive" {
		t.Errorf("after the removal the service is %s, want inactive", got)
	}
	d.wantFile("etc/avi-lbaas/avi-lbaas.conf", "root:avi-lbaas 640")
	d.in("rm", "/etc/avi-lbaas/controller-ca.pem")
	d.in("dpkg", "--purge", "avi-lbaas")
	if left := d.in("find", "/", "-xdev", "-name", "*avi-lbaas*", "-not", "-path", "/var/lib/private/*"); left != "" {
		t.Errorf("after the purge there are still\n%s", left)
	}
}

// debian is a Debian 12 in a directory.
type debian struct {
	t      *testing.T
	root   string
	leader string // the process id of its systemd, once it is booted
}

func bootstrap(t *testing.T) *debian {
	t.Helper()
	d := &debian{t: t, root: filepath.Join(t.TempDir(), "debian")}
	d.host("debootstrap", "--variant=minbase", "--include=systemd,curl", "bookworm", d.root)
	return d
}

// repack makes a package of another version with the same in it.
func (d *debian) repack(file, version string) (inside string) {
	d.t.Helper()
	tree := filepath.Join(d.t.TempDir(), "tree")
	d.host("dpkg-deb", "--raw-extract", file, tree)
	d.host("sed", "-i", "s/^Version: .*/Version: "+version+"/", filepath.Join(tree, "DEBIAN", "control"))
	d.host("dpkg-deb", "-Znone", "--build", tree, filepath.Join(d.root, "root", "older.deb"))
	return "/root/older.deb"
}

// boot starts the container and waits until its systemd has started what it starts.
func (d *debian) boot() {
	d.t.Helper()
	// Not of the test's context: the Cleanup has it power off.
	cmd := exec.Command("systemd-nspawn", "--directory="+d.root, "--register=no", "--keep-unit", "--private-network", "--boot")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		// The test's context is over.
		if err := exec.Command("nsenter", d.inside([]string{"systemctl", "poweroff"})...).Run(); err != nil {
			_ = cmd.Process.Kill() // nothing that it has is kept
		}
		if err := cmd.Wait(); err != nil {
			d.t.Errorf("systemd-nspawn: %v\n%s", err, log.String())
		}
	})
	children := filepath.Join("/proc", strconv.Itoa(cmd.Process.Pid), "task", strconv.Itoa(cmd.Process.Pid), "children")
	d.eventually("the container's first process", func() bool {
		text, err := os.ReadFile(children)
		d.leader = strings.TrimSpace(string(text))
		return err == nil && d.leader != ""
	})
	d.eventually("the container to be up", func() bool {
		state := d.try("systemctl", "is-system-running")
		return state == "running" || state == "degraded" // a container has no use for some of the units
	})
}

// host runs a program outside, chroot in the directory, in in the booted container. What it prints comes back, without white space
// around it.
func (d *debian) host(program string, arguments ...string) string {
	d.t.Helper()
	out, err := exec.CommandContext(d.t.Context(), program, arguments...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s %v: %v\n%s", program, arguments, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (d *debian) chroot(command ...string) string {
	d.t.Helper()
	return d.host("chroot", append([]string{d.root}, command...)...)
}

func (d *debian) in(command ...string) string {
	d.t.Helper()
	return d.host("nsenter", d.inside(command)...)
}

// try is in for a command that may fail.
func (d *debian) try(command ...string) string {
	out, _ := exec.CommandContext(d.t.Context(), "nsenter", d.inside(command)...).Output()
	return strings.TrimSpace(string(out))
}

func (d *debian) succeeds(command ...string) bool {
	return exec.CommandContext(d.t.Context(), "nsenter", d.inside(command)...).Run() == nil
}

func (d *debian) inside(command []string) []string {
	return append([]string{
		"--target=" + d.leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd=/", "--",
		"env", "--ignore-environment", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive",
	}, command...)
}

// configure writes the configuration as an editor does: the file stays the one that it was.
func (d *debian) configure(text string) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.root, "etc/avi-lbaas/avi-lbaas.conf"), []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *debian) copyIn(file, name string) {
	d.t.Helper()
	d.host("cp", file, filepath.Join(d.root, "root", name))
}

// process is the process id of the service, "0" when it does not run.
func (d *debian) process() string {
	d.t.Helper()
	return d.in("systemctl", "show", "--property=MainPID", "--value", "avi-lbaas")
}

func (d *debian) wantServing() {
	d.t.Helper()
	if got := d.in("curl", "--silent", "--show-error", "--max-time", "10", "http://127.0.0.1:9876/healthcheck"); got != "OK" {
		d.t.Errorf("the health check answers %q, want OK", got)
	}
}

func (d *debian) wantFile(name, want string) {
	d.t.Helper()
	if got := d.chroot("stat", "--format=%U:%G %a", "/"+name); got != want {
		d.t.Errorf("/%s is of %s, want %s", name, got, want)
	}
}

func (d *debian) eventually(what string, holds func() bool) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 2*time.Minute)
	defer cancel()
	for tick := time.Tick(200 * time.Millisecond); !holds(); {
		select {
		case <-tick:
		case <-ctx.Done():
			d.t.Fatalf("waited in vain for %s", what)
		}
	}
}
