package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// ours is avi-lbaas as a process of its own, with the stand-ins that it needs in this one.
type ours struct {
	dir        string
	cloud      *cloudsim.Cloud // nil with noauth
	controller *avisim.Server
	command    *exec.Cmd
	address    string // of the API
}

// ourOptions say how avi-lbaas is to run.
type ourOptions struct {
	binary   string
	keystone bool   // tokens of a stand-in Keystone, and VIPs of a stand-in Neutron
	database string // a URL for [database] connection; empty for an SQLite file
}

const controllerPassword = "not a secret"

// startOurs starts everything and waits until the API answers.
func startOurs(ctx context.Context, o ourOptions) (_ *ours, err error) {
	s := &ours{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "avi-lbaas-bench-"); err != nil {
		return nil, fmt.Errorf("make a directory for the service: %w", err)
	}
	if s.controller, err = avisim.New(avisim.Options{Password: controllerPassword, AutoTenants: true}); err != nil {
		return nil, err
	}
	if err := s.controller.Start(context.WithoutCancel(ctx)); err != nil {
		return nil, err
	}
	if o.keystone {
		if s.cloud, err = cloudsim.New(cloud()); err != nil {
			return nil, err
		}
		if err := s.cloud.Start(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
	}
	file, err := s.configure(o)
	if err != nil {
		return nil, err
	}
	return s, s.serve(ctx, o.binary, file)
}

// cloud has room for many load balancers in one subnet.
func cloud() cloudsim.Options {
	o := cloudsim.Demo()
	o.Networks = []cloudsim.Network{{
		Name: "bench", Project: "admin", Shared: true,
		Subnets: []cloudsim.Subnet{{ID: benchSubnet, Name: "bench", CIDR: netip.MustParsePrefix("10.128.0.0/12")}},
	}}
	return o
}

const benchSubnet = "11111111-2222-4333-8444-555555555555"

func (s *ours) configure(o ourOptions) (string, error) {
	ca := filepath.Join(s.dir, "ca.pem")
	if err := os.WriteFile(ca, s.controller.CAPEM(), 0o600); err != nil {
		return "", fmt.Errorf("write the Controller's certificate authority: %w", err)
	}
	connection := o.database
	if connection == "" {
		connection = "sqlite:///" + filepath.Join(s.dir, "bench.sqlite")
	}
	identity, strategy := "", "noauth"
	if s.cloud != nil {
		strategy = "keystone"
		identity = fmt.Sprintf("[keystone_authtoken]\nauth_url = %s\nusername = avi-lbaas\npassword = %s\nuser_domain_name = Default\n"+
			"project_name = service\nproject_domain_name = Default\n", strings.TrimSuffix(s.cloud.IdentityURL(), "/v3"), cloudsim.DemoPassword)
	}
	text := fmt.Sprintf("[DEFAULT]\nhost = bench\nlog_json = true\nmetrics_listen = 127.0.0.1:0\n[api_settings]\nbind_port = 0\nauth_strategy = %s\n"+
		"[database]\nconnection = %s\nauto_upgrade = true\n%s[avi_adc]\naddress = %s\npassword = %s\ncert_verify = true\nca_file = %s\n",
		strategy, connection, identity, s.controller.Addr(), controllerPassword, ca)
	file := filepath.Join(s.dir, "avi-lbaas.conf")
	return file, os.WriteFile(file, []byte(text), 0o600)
}

// serving is what the service logs when it listens.
var serving = regexp.MustCompile(`"msg":"serving","address":"([^"]+)"`)

func (s *ours) serve(ctx context.Context, binary, file string) error {
	s.command = exec.CommandContext(context.WithoutCancel(ctx), binary, "serve", "--config-file", file) //nolint:gosec // the operator's own choice
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return fmt.Errorf("make the service's log: %w", err)
	}
	defer func() { _ = log.Close() }() // the service has its own handle of it
	s.command.Stderr = log
	if err := s.command.Start(); err != nil {
		return fmt.Errorf("start %s: %w", binary, err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if address, found := firstMatch(log.Name(), serving); found {
			s.address = address
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, err := os.ReadFile(log.Name())
	return errors.Join(fmt.Errorf("the service does not serve: %s", text), err)
}

func firstMatch(path string, pattern *regexp.Regexp) (string, bool) {
	file, err := os.Open(path) //nolint:gosec // our own file
	if err != nil {
		return "", false
	}
	defer func() { _ = file.Close() }() // only read
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if m := pattern.FindStringSubmatch(lines.Text()); m != nil {
			return m[1], true
		}
	}
	return "", false
}

func (s *ours) target(ctx context.Context) (*target, error) {
	if s.cloud == nil {
		return newTarget("http://"+s.address, ""), nil
	}
	token, err := account{s.cloud.IdentityURL(), "admin", cloudsim.DemoPassword, "admin"}.token(ctx)
	if err != nil {
		return nil, err
	}
	t := newTarget("http://"+s.address, token)
	t.subnet = benchSubnet
	return t, nil
}

// memory is the resident set of a process now and at its peak, in bytes.
func memory(pid int) (now, peak int64, err error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0, 0, fmt.Errorf("read the memory of process %d: %w", pid, err)
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			continue
		}
		switch name {
		case "VmRSS":
			now = kilobytes << 10
		case "VmHWM":
			peak = kilobytes << 10
		}
	}
	return now, peak, nil
}

// close ends what was started.
func (s *ours) close() error {
	var errs []error
	if s.command != nil && s.command.Process != nil {
		errs = append(errs, s.command.Process.Signal(syscall.SIGTERM), s.command.Wait())
	}
	if s.controller != nil {
		errs = append(errs, s.controller.Close())
	}
	if s.cloud != nil {
		errs = append(errs, s.cloud.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}
