package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/healthcheck"
)

// The limits of one connection. A client that sends slowly, or does not take its answer, does not hold a connection for ever; a
// request itself takes at most a minute (api.DefaultRequestTimeout).
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = time.Minute
	writeTimeout      = 2*time.Minute + readTimeout // from the end of the header on
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10 // tokens are of 8 KiB at most
)

func newServer(h http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

func serve(s *http.Server, l net.Listener) error {
	run := s.Serve
	if s.TLSConfig != nil {
		run = func(l net.Listener) error { return s.ServeTLS(l, "", "") }
	}
	if err := run(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// certificates are what the API shows and asks for in handshakes. They may be exchanged at any time: connections that are there
// stay, new ones see the new ones.
type certificates struct{ current atomic.Pointer[tls.Config] }

// newCertificates gives nil without TLS.
func newCertificates(s config.Serving) (*certificates, error) {
	c := &certificates{}
	if !s.TLSEnabled() {
		return nil, nil
	}
	return c, c.load(s)
}

// load reads the files. When they are wrong, what there was stays.
func (c *certificates) load(s config.Serving) error {
	read, err := s.ServerTLS()
	if err != nil {
		return err
	}
	c.current.Store(read)
	return nil
}

// server is the configuration that asks for the current one in each handshake. Session tickets are off: they would let a client
// whose authority was taken away come back.
func (c *certificates) server() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, SessionTicketsDisabled: true,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			current := c.current.Load().Clone()
			current.SessionTicketsDisabled = true
			return current, nil
		},
	}
}

// newHealthcheck gives nil when none is to be served.
func (a *App) newHealthcheck(cfg *config.Config) http.Handler {
	if !cfg.API.HealthcheckEnabled {
		return nil
	}
	h := cfg.Healthcheck
	o := healthcheck.Options{Detailed: h.Detailed, AllowedSources: h.AllowedSources, IgnoreProxied: h.IgnoreProxied}
	for _, name := range h.Backends {
		switch name {
		case config.HealthDatabase:
			o.Checks = append(o.Checks, healthcheck.NewDatabase(a.store, cfg.API.HealthcheckRefresh))
		case config.HealthDisableByFile:
			o.Checks = append(o.Checks, healthcheck.DisableByFile{Path: h.DisableByFile})
		case config.HealthDisableByFilesPorts:
			o.Checks = append(o.Checks, healthcheck.DisableByFilesPorts{Paths: h.DisableByFilesPorts})
		case config.HealthEnableByFiles:
			o.Checks = append(o.Checks, healthcheck.EnableByFiles{Paths: h.EnableByFiles})
		}
	}
	return healthcheck.New(o)
}

func (a *App) listen(ctx context.Context, cfg *config.Config) (err error) {
	if a.certificates, err = newCertificates(cfg.API.Serving); err != nil {
		return err
	}
	if a.certificates != nil {
		a.api.TLSConfig = a.certificates.server()
	}
	var lc net.ListenConfig
	if a.listener, err = lc.Listen(ctx, "tcp", cfg.API.ListenAddress()); err != nil {
		return fmt.Errorf("listen for the API: %w", err)
	}
	if cfg.Default.MetricsListen == "" {
		return nil
	}
	if a.metricsAt, err = lc.Listen(ctx, "tcp", cfg.Default.MetricsListen); err != nil {
		return fmt.Errorf("listen for metrics: %w", err)
	}
	a.metrics = newServer(metricsHandler(a.registry), a.logger)
	return nil
}
