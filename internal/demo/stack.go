package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

// Files in the state directory, and whom the service logs in as at the Controller.
const (
	configFile     = "avi-lbaas.conf"
	databaseFile   = "avi-lbaas.sqlite"
	caFile         = "controller-ca.pem"
	controllerUser = "admin"
)

// stack is everything that runs: the stand-ins, the backends and the service itself.
type stack struct {
	options   Options
	dir       string
	temporary bool
	died      context.CancelCauseFunc // called when the service ends by itself

	cloud      *cloudsim.Cloud
	engine     *engine.Engine
	controller *avisim.Server
	password   string // of the Controller's user, made for this run
	backends   []*backend
	service    *service
}

// service is the real thing, running.
type service struct {
	api, metrics string // host:port
	stop         context.CancelFunc
	ended        chan error
}

// newStack makes the state directory; nothing runs yet.
func newStack(o Options, died context.CancelCauseFunc) (*stack, error) {
	s := &stack{options: o, died: died, dir: o.StateDir, password: rand.Text()}
	for i, address := 0, firstBackend(); i < len(backendNames()); i, address = i+1, address.Next() {
		s.backends = append(s.backends, &backend{
			name: backendNames()[i], address: netip.AddrPortFrom(address, uint16(o.BackendPort)), //nolint:gosec // validated
		})
	}
	var err error
	if s.dir == "" {
		s.temporary = true
		if s.dir, err = os.MkdirTemp("", "avi-lbaas-demo-"); err != nil {
			return nil, fmt.Errorf("make the state directory: %w", err)
		}
		return s, nil
	}
	if s.dir, err = filepath.Abs(s.dir); err != nil {
		return nil, fmt.Errorf("find the state directory: %w", err)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the state directory: %w", err)
	}
	return s, s.clear()
}

// clear removes what an earlier demonstration has left in the state directory. The stand-in cloud remembers nothing, so its
// database would speak of ports that are not there.
func (s *stack) clear() error {
	for _, name := range []string{configFile, caFile, databaseFile, databaseFile + "-wal", databaseFile + "-shm"} {
		if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("clear the state directory: %w", err)
		}
	}
	return nil
}

func (s *stack) startCloud(ctx context.Context) error {
	o := cloudsim.Demo()
	o.Listen, o.Logger = s.options.CloudListen, s.options.Logger.With("component", "cloudsim")
	cloud, err := cloudsim.New(o)
	if err != nil {
		return err
	}
	if err := cloud.Start(ctx); err != nil {
		return err
	}
	s.cloud = cloud
	return nil
}

func (s *stack) startController(ctx context.Context) error {
	s.engine = engine.New(engine.Options{Logger: s.options.Logger.With("component", "engine")})
	controller, err := avisim.New(avisim.Options{
		Listen: s.options.ControllerListen, User: controllerUser, Password: s.password, Engine: s.engine, AutoTenants: true,
		Logger: s.options.Logger.With("component", "avisim"),
	})
	if err != nil {
		return err
	}
	// Its end is close's, after the service has said good-bye to it.
	if err := controller.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	s.controller = controller
	if err := os.WriteFile(filepath.Join(s.dir, caFile), controller.CAPEM(), 0o600); err != nil {
		return fmt.Errorf("write the Controller's certificate authority: %w", err)
	}
	return nil
}

func (s *stack) startBackends(ctx context.Context) error {
	for _, b := range s.backends {
		if err := b.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// startService writes a configuration file and does with it what "serve" does.
func (s *stack) startService(ctx context.Context) error {
	metrics, err := fixed(ctx, s.options.MetricsListen)
	if err != nil {
		return err
	}
	text, err := s.configuration(metrics)
	if err != nil {
		return err
	}
	path := filepath.Join(s.dir, configFile)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("write the service's configuration: %w", err)
	}
	cfg, err := config.Load([]string{path}, nil)
	if err != nil {
		return fmt.Errorf("load %s: %w", path, err)
	}
	a, err := app.New(ctx, cfg, s.options.Logger)
	if err != nil {
		return err
	}
	// It ends with close and not with ctx, so that the stand-ins outlive it.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.service = &service{api: a.Address().String(), metrics: metrics, stop: stop, ended: make(chan error, 1)}
	ended := s.service.ended
	go func() {
		err := a.Run(serving)
		if err != nil && serving.Err() == nil {
			s.died(fmt.Errorf("the service has ended by itself: %w", err))
		}
		ended <- err
	}()
	s.cloud.SetLoadBalancerURL("http://" + s.service.api)
	return nil
}

// configuration is the file of an ordinary installation; only the addresses are odd.
func (s *stack) configuration(metrics string) (string, error) {
	api, err := netip.ParseAddrPort(s.options.APIListen)
	if err != nil {
		return "", fmt.Errorf("address for the API: %w", err)
	}
	identity := strings.TrimSuffix(s.cloud.IdentityURL(), "/v3")
	return fmt.Sprintf(`# Written by the demonstration; avi-lbaas serve would read it as it is.
[DEFAULT]
host = demo
metrics_listen = %s

[api_settings]
bind_host = %s
bind_port = %d

[worker]
status_interval = 1

[database]
connection = sqlite:///%s

[keystone_authtoken]
auth_url = %s
username = avi-lbaas
password = %s
user_domain_name = Default
project_name = service
project_domain_name = Default

[avi_adc]
address = %s
user = %s
password = %s
cert_verify = true
ca_file = %s
`, metrics, api.Addr(), api.Port(), literal(filepath.Join(s.dir, databaseFile)), identity, literal(cloudsim.DemoPassword),
		s.controller.Addr(), controllerUser, literal(s.password), literal(filepath.Join(s.dir, caFile))), nil
}

// literal keeps oslo.config from taking a dollar sign for the start of an option's name.
func literal(text string) string { return strings.ReplaceAll(text, "$", "$$") }

// closeTimeout bounds the end of the backends; the other parts have bounds of their own.
const closeTimeout = 5 * time.Second

// close ends what runs, in the order in which one part needs another. It may be called whatever has been started.
func (s *stack) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTimeout)
	defer cancel()
	var errs []error
	if s.service != nil {
		s.service.stop()
		errs = append(errs, <-s.service.ended)
	}
	if s.controller != nil {
		errs = append(errs, s.controller.Close())
	}
	if s.engine != nil {
		errs = append(errs, s.engine.Close())
	}
	for _, b := range s.backends {
		errs = append(errs, b.stop(ctx))
	}
	if s.cloud != nil {
		errs = append(errs, s.cloud.Close())
	}
	if s.temporary {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// fixed is the address with a free port in place of port 0, for what must be said before anything listens there. Another
// process could take the port in between; then listening fails and says so.
func fixed(ctx context.Context, address string) (string, error) {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return "", fmt.Errorf("address to listen on: %w", err)
	}
	if parsed.Port() != 0 {
		return address, nil
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("look for a free port at %s: %w", parsed.Addr(), err)
	}
	defer func() { _ = listener.Close() }() // nobody has connected
	return listener.Addr().String(), nil
}
