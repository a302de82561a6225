package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/audit"
	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/poller"
	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

// parts are what a service that runs and operators' commands beside it are both made of.
type parts struct {
	logger      *slog.Logger
	owner       string // this process in the leases that it takes
	store       *store.Store
	controllers map[string]*avi.Client // by provider
	sessions    []*keystone.Session
	worker      *worker.Worker
	poller      *poller.Poller
	auditor     *audit.Auditor
}

func newParts(cfg *config.Config, logger *slog.Logger) parts {
	// What is done for a request says so, in whichever part.
	logger = slog.New(requestid.NewLogHandler(logger.Handler()))
	return parts{logger: logger, owner: owner(cfg), controllers: map[string]*avi.Client{}}
}

// farewell bounds the good-bye to a Controller, and to the collector of traces.
const farewell = 2 * time.Second

// close ends the sessions and closes the store; it may be called again.
func (p *parts) close(ctx context.Context) error {
	for name, c := range p.controllers {
		logout, cancel := context.WithTimeout(ctx, farewell)
		if err := c.Close(logout); err != nil {
			p.logger.DebugContext(ctx, "cannot log out at the Controller", "provider", name, "error", err)
		}
		cancel()
	}
	clear(p.controllers)
	for _, s := range p.sessions {
		s.Close()
	}
	if p.store == nil {
		return nil
	}
	err := p.store.Close()
	p.store = nil
	return err
}

// connectNetwork gives the network service as our own user and as users see it; nil when there is none.
func (p *parts) connectNetwork(cfg *config.Config) (*neutron.Client, func(token string) service.NetworkReader, error) {
	if !cfg.NetworkEnabled() {
		return nil, nil, nil
	}
	identity := identityConfig(cfg.ServiceAuth)
	identity.Services = &keystone.Trust{CAFile: cfg.Network.CAFile, Insecure: cfg.Network.Insecure}
	session, err := p.open(identity)
	if err != nil {
		return nil, nil, fmt.Errorf("[service_auth], [neutron]: %w", err)
	}
	logger := p.logger.With("component", "neutron")
	as := func(token string) service.NetworkReader {
		return neutron.New(networkConfig(cfg), session.As(token), logger)
	}
	return neutron.New(networkConfig(cfg), session, logger), as, nil
}

func (p *parts) session(auth config.Auth) (*keystone.Session, error) {
	return p.open(identityConfig(auth))
}

// open makes a session that close ends.
func (p *parts) open(identity keystone.Config) (*keystone.Session, error) {
	session, err := keystone.NewSession(identity, p.logger.With("component", "keystone"))
	if err == nil {
		p.sessions = append(p.sessions, session)
	}
	return session, err
}

// job shares what one replica does for all; nil where there are no replicas.
func (p *parts) job(cfg *config.Config, name string, every time.Duration) *store.Job {
	if cfg.Database.Dialect == config.SQLite {
		return nil
	}
	return p.store.Job(name, p.owner, every)
}

// owner names this process in its leases. An SQLite file is one process's own, which takes up what it left in its former life; of
// several replicas none may take another for its former self, so that each life has a name of its own.
func owner(cfg *config.Config) string {
	if cfg.Database.Dialect == config.SQLite {
		return cfg.Default.Host
	}
	return cfg.Default.Host + "/" + strings.ToLower(rand.Text()[:8])
}
