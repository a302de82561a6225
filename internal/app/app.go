package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/audit"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/policy/files"
	"github.com/avi-lbaas/avi-lbaas/internal/poller"
	"github.com/avi-lbaas/avi-lbaas/internal/ratelimit"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/tracing"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

// App is the whole service, ready to run.
type App struct {
	parts
	config    *config.Config
	policy    *files.Source
	registry  *prometheus.Registry
	traces    *tracing.Provider // nil: none
	limits    *ratelimit.Limiter
	api       *http.Server
	listener  net.Listener
	metrics   *http.Server // nil when metrics are not served
	metricsAt net.Listener
	// certificates are those of the API; nil without TLS.
	certificates *certificates
	hooks        []hook
}

// New opens the store, listens, and connects the parts. Nothing is served or worked before Run. No Controller, Keystone or
// Neutron need be up yet.
func New(ctx context.Context, cfg *config.Config, logger *slog.Logger) (_ *App, err error) {
	a := &App{
		parts: newParts(cfg, logger), config: cfg, registry: newRegistry(),
		limits: ratelimit.New(cfg.API.RateLimit, cfg.API.RateLimitBurst),
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close(context.WithoutCancel(ctx)))
		}
	}()
	if err := a.openPolicy(ctx, cfg); err != nil {
		return nil, err
	}
	if a.traces, err = newTraces(ctx, cfg); err != nil {
		return nil, err
	}
	known := StoreOptions(cfg.Database)
	known.Quotas, known.Controllers = quotaDefaults(cfg.Quotas), cfg.Controllers()
	if a.store, err = openStore(ctx, cfg.Database, known, logger); err != nil {
		return nil, err
	}
	a.registry.MustRegister(newPoolMetrics(a.store), worker.NewCertificateMetrics(a.store, a.logger.With("component", "worker")))
	if err := a.connectControllers(cfg, newControllerMetrics(a.registry)); err != nil {
		return nil, err
	}
	network, networkAs, err := a.connectNetwork(cfg)
	if err != nil {
		return nil, err
	}
	keys, err := a.connectKeys(cfg)
	if err != nil {
		return nil, err
	}
	authenticator, err := a.connectIdentity(cfg)
	if err != nil {
		return nil, err
	}
	a.poller = poller.New(poller.Options{
		Store: a.store, Controllers: pollerControllers(a.controllers), Logger: a.logger.With("component", "poller"),
		Metrics:  poller.NewMetrics(a.registry),
		Interval: cfg.Worker.StatusInterval, Job: a.job(cfg, "statuses", cfg.Worker.StatusInterval),
	})
	options := a.workerOptions(cfg, network, keys, a.registry)
	options.Tracer = a.traces.Tracer()
	if options.Projects, err = a.connectProjects(cfg); err != nil {
		return nil, err
	}
	a.worker = worker.New(options)
	a.auditor = a.newAuditor(cfg, audit.NewMetrics(a.registry))
	a.api = newServer(api.New(api.Options{
		Service:       service.New(a.serviceOptions(cfg, network, networkAs, keys)),
		Authenticator: authenticator,
		Policy:        a.policy,
		Logger:        logger.With("component", "api"),
		Registerer:    a.registry,
		BaseURI:       cfg.API.BaseURI,
		MaxBodyBytes:  int64(cfg.API.MaxBodySize),
		MaxPage:       cmp.Or(cfg.API.PaginationMaxLimit, math.MaxInt32),
		Healthcheck:   a.newHealthcheck(cfg),
		Limits:        a.limits,
		Tracer:        a.traces.Tracer(),
		Lists:         listRules(&cfg.API),
	}), logger)
	return a, a.listen(ctx, cfg)
}

// Address is where the API listens.
func (a *App) Address() net.Addr { return a.listener.Addr() }

// grace is how long requests and convergences that are under way may take to finish after the end was asked for.
const grace = 30 * time.Second

// Run serves and works until ctx ends, then drains: requests that were accepted get their answer, convergences under way
// finish, and what is still to be done is in the store. It closes the App.
func (a *App) Run(ctx context.Context) error {
	background := context.WithoutCancel(ctx)
	working, stopWorking := context.WithCancel(background)
	defer stopWorking()
	finishing, stopFinishing := context.WithCancel(background)
	defer stopFinishing()

	var parts errgroup.Group
	failed, fail := context.WithCancelCause(ctx)
	run := func(what string, f func() error) {
		parts.Go(func() error {
			err := f()
			if err != nil {
				err = fmt.Errorf("%s: %w", what, err)
				fail(err)
			}
			return err
		})
	}
	run("API", func() error { return serve(a.api, a.listener) })
	if a.metrics != nil {
		run("metrics", func() error { return serve(a.metrics, a.metricsAt) })
	}
	run("worker", func() error { return a.worker.Run(working, finishing) })
	run("poller", func() error { return a.poller.Run(working) })
	run("audit", func() error { return a.auditor.Run(working) })
	run("policy", func() error { return a.watchPolicy(working) })
	run("quotas", func() error { return a.recountQuotas(working) })
	a.logger.InfoContext(ctx, "serving", "address", a.Address().String())

	<-failed.Done()
	a.logger.InfoContext(background, "draining", "at_most", grace.String())
	deadline := time.AfterFunc(grace, stopFinishing)
	defer deadline.Stop()
	errs := []error{a.shutDown(finishing, a.api), a.shutDown(finishing, a.metrics)}
	stopWorking()
	errs = append(errs, parts.Wait(), a.Close(background))
	fail(nil)
	a.logger.InfoContext(background, "stopped")
	return errors.Join(errs...)
}

// shutDown lets a server finish its requests, and cuts off those that do not finish in time.
func (a *App) shutDown(ctx context.Context, s *http.Server) error {
	if s == nil {
		return nil
	}
	if err := s.Shutdown(ctx); err != nil {
		a.logger.WarnContext(ctx, "requests did not finish in time", "error", err)
		return s.Close()
	}
	return nil
}

// Close frees everything that New took. After Run it has been called already.
func (a *App) Close(ctx context.Context) error {
	closing, cancel := context.WithTimeout(ctx, farewell)
	defer cancel()
	if err := a.traces.Close(closing); err != nil {
		a.logger.WarnContext(ctx, "some traces are lost", "error", err)
	}
	var errs []error
	for _, l := range []net.Listener{a.listener, a.metricsAt} {
		if l != nil {
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(append(errs, a.close(ctx))...)
}

func (a *App) connectIdentity(cfg *config.Config) (api.Authenticator, error) {
	if cfg.API.AuthStrategy == config.AuthNone {
		return api.NoAuth{}, nil
	}
	session, err := a.session(cfg.Auth)
	if err != nil {
		return nil, fmt.Errorf("[keystone_authtoken]: %w", err)
	}
	return api.KeystoneAuth{Validator: keystone.NewValidator(session), PublicURI: cfg.Auth.WWWAuthenticateURI, ServiceType: cfg.Auth.ServiceType}, nil
}
