package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// ours is avi-lbaas as a process of its own, with the stand-ins that it needs in this one.
type ours struct {
	options    ourOptions
	dir        string
	cloud      *cloudsim.Cloud // nil without a stand-in cloud
	controller *avisim.Server
	command    *exec.Cmd
	end        context.CancelFunc // of command: it is asked to end, and in time made to
	address    string             // of the API
}

// ourOptions say how avi-lbaas is to run.
type ourOptions struct {
	binary   string
	standIn  bool    // tokens of a stand-in Keystone, and VIPs of a stand-in Neutron
	account  account // at a real Keystone, when it has an authURL; VIPs bring their addresses
	database string  // a URL for [database] connection; empty for an SQLite file
	// patience is how long it may take to end before it is killed; 0 is endTime.
	patience time.Duration
}

// endTime is longer than avi-lbaas itself gives to what is under way.
const endTime = 40 * time.Second

const controllerPassword = "not a secret"

// startOurs starts everything and waits until the API answers.
func startOurs(ctx context.Context, o ourOptions) (_ *ours, err error) {
	s := &ours{options: o}
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
	if o.standIn {
		if s.cloud, err = cloudsim.New(cloud()); err != nil {
			return nil, err
		}
		if err := s.cloud.Start(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
	}
	if s.address, err = freeAddress(ctx); err != nil {
		return nil, err
	}
	file, err := s.configure()
	if err != nil {
		return nil, err
	}
	return s, s.serve(ctx, file)
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

// freeAddress finds a port that nobody listens on.
func freeAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}

func (s *ours) configure() (string, error) {
	ca := filepath.Join(s.dir, "ca.pem")
	if err := os.WriteFile(ca, s.controller.CAPEM(), 0o600); err != nil {
		return "", fmt.Errorf("write the Controller's certificate authority: %w", err)
	}
	connection := s.options.database
	if connection == "" {
		connection = "sqlite:///" + filepath.Join(s.dir, "bench.sqlite")
	}
	_, port, err := net.SplitHostPort(s.address)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("[DEFAULT]\nhost = bench\nlog_json = true\nmetrics_listen = 127.0.0.1:0\n[database]\nconnection = %s\nauto_upgrade = true\n"+
		"[avi_adc]\naddress = %s\npassword = %s\ncert_verify = true\nca_file = %s\n[api_settings]\nbind_port = %s\n%s",
		connection, s.controller.Addr(), controllerPassword, ca, port, s.identity())
	file := filepath.Join(s.dir, "avi-lbaas.conf")
	return file, os.WriteFile(file, []byte(text), 0o600)
}

// identity is what the configuration says of Keystone and Neutron, from within [api_settings] on.
func (s *ours) identity() string {
	credentials := func(authURL, user, password, project string) string {
		return fmt.Sprintf("auth_strategy = keystone\n[keystone_authtoken]\nauth_url = %s\nusername = %s\npassword = %s\nproject_name = %s\n"+
			"user_domain_name = Default\nproject_domain_name = Default\n", strings.TrimSuffix(authURL, "/v3"), user, password, project)
	}
	switch a := s.options.account; {
	case s.cloud != nil:
		return credentials(s.cloud.IdentityURL(), "avi-lbaas", cloudsim.DemoPassword, "service")
	case a.authURL != "":
		return credentials(a.authURL, a.user, a.password, a.project) + "[controller_worker]\nnetwork_driver = network_noop_driver\n"
	}
	return "auth_strategy = noauth\n"
}

// startTime is how long the service may take to serve.
const startTime = 30 * time.Second

// serve starts the service and waits until it says that it is ready, as it says to systemd.
func (s *ours) serve(ctx context.Context, file string) error {
	var lc net.ListenConfig
	socket := filepath.Join(s.dir, "notify")
	ready, err := lc.ListenPacket(ctx, "unixgram", socket)
	if err != nil {
		return fmt.Errorf("listen for the service's readiness: %w", err)
	}
	defer func() { _ = ready.Close() }() // it was only read from
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return fmt.Errorf("make the service's log: %w", err)
	}
	defer func() { _ = log.Close() }() // the service has its own handle of it
	if err := s.start(ctx, file, log, "NOTIFY_SOCKET="+socket); err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { _ = ready.SetReadDeadline(time.Unix(1, 0)) })()
	if err := ready.SetReadDeadline(time.Now().Add(startTime)); err != nil {
		return err
	}
	for buffer := make([]byte, 256); ; {
		n, _, err := ready.ReadFrom(buffer)
		if err != nil {
			text, readErr := os.ReadFile(log.Name())
			return errors.Join(fmt.Errorf("the service is not ready within %s: %s", startTime, text), readErr)
		}
		if strings.Contains(string(buffer[:n]), "READY=1") {
			return nil
		}
	}
}

// start starts the service. It is ours to the end: it goes when close says so, whatever becomes of ctx, and when this process dies.
func (s *ours) start(ctx context.Context, file string, log *os.File, variable string) error {
	var life context.Context
	life, s.end = context.WithCancel(context.WithoutCancel(ctx))
	s.command = exec.CommandContext(life, s.options.binary, "serve", "--config-file", file) //nolint:gosec // the operator's own choice
	s.command.Cancel = func() error { return s.command.Process.Signal(syscall.SIGTERM) }
	s.command.WaitDelay = cmp.Or(s.options.patience, endTime)
	s.command.SysProcAttr = tied()
	s.command.Stderr = log
	s.command.Env = append(os.Environ(), variable)
	if err := s.command.Start(); err != nil {
		return fmt.Errorf("start %s: %w", s.options.binary, err)
	}
	return nil
}

func (s *ours) target(ctx context.Context) (*target, error) {
	a := s.options.account
	if s.cloud != nil {
		a = account{s.cloud.IdentityURL(), "admin", cloudsim.DemoPassword, "admin"}
	}
	token, err := a.token(ctx)
	if err != nil {
		return nil, err
	}
	t := newTarget("http://"+s.address, token)
	if s.cloud != nil {
		t.subnet = benchSubnet
	}
	return t, nil
}

// close ends what was started.
func (s *ours) close() error {
	var errs []error
	if s.end != nil {
		s.end()
	}
	if s.command != nil && s.command.Process != nil {
		if err := s.command.Wait(); err != nil && !errors.Is(err, context.Canceled) {
			errs = append(errs, fmt.Errorf("end the service: %w", err))
		}
	}
	if s.controller != nil {
		errs = append(errs, s.controller.Close())
	}
	if s.cloud != nil {
		errs = append(errs, s.cloud.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...) //nolint:gosec // the directory that startOurs made
}
