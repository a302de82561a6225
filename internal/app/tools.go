package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/audit"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/poller"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

// Tools are what operators' commands need of the service, beside one that runs: its database, its Controllers and its network
// service. Nothing listens and nothing works the queue.
type Tools struct {
	parts
	network   *neutron.Client // nil when there is none
	temporary string          // directory to remove at the end; empty when there is none
}

// AbsentDatabase says what to do when there is no database yet.
type AbsentDatabase int

// The ways to do without a database.
const (
	RefuseAbsent  AbsentDatabase = iota // it is a mistake: no load balancer would be in it
	PretendAbsent                       // work with an empty one that is forgotten at the end
	CreateAbsent                        // make it
)

// NewTools opens the database and makes the clients.
func NewTools(ctx context.Context, cfg *config.Config, logger *slog.Logger, absent AbsentDatabase) (_ *Tools, err error) {
	t := &Tools{parts: newParts(cfg, logger)}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close(context.WithoutCancel(ctx)))
		}
	}()
	registry := prometheus.NewRegistry()
	database, err := t.database(cfg.Database, absent)
	if err != nil {
		return nil, err
	}
	known := StoreOptions(database)
	known.Controllers = cfg.Controllers()
	if t.store, err = openStore(ctx, database, known, logger); err != nil {
		return nil, err
	}
	if err := t.connectControllers(cfg, newControllerMetrics(registry)); err != nil {
		return nil, err
	}
	if t.network, _, err = t.connectNetwork(cfg); err != nil {
		return nil, err
	}
	t.poller = poller.New(poller.Options{Store: t.store, Logger: logger, Interval: cfg.Worker.StatusInterval})
	keys, err := t.connectKeys(cfg)
	if err != nil {
		return nil, err
	}
	t.worker = worker.New(t.workerOptions(cfg, t.network, keys, registry))
	t.auditor = t.newAuditor(cfg, nil)
	return t, nil
}

// database says which database to open: opening an SQLite file makes one that is not there. That of a server has to be there.
func (t *Tools) database(d config.Database, absent AbsentDatabase) (config.Database, error) {
	if absent == CreateAbsent {
		return d, nil
	}
	err := Present(d)
	if err == nil || absent == RefuseAbsent {
		return d, err
	}
	if t.temporary, err = os.MkdirTemp("", "avi-lbaas-"); err != nil {
		return d, fmt.Errorf("make a database to be forgotten: %w", err)
	}
	d.Path = filepath.Join(t.temporary, "empty.sqlite")
	return d, nil
}

// Present is an error when an SQLite database is not there: opening would make one, with nothing in it.
func Present(d config.Database) error {
	if d.Dialect != config.SQLite {
		return nil
	}
	if _, err := os.Stat(d.Path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database %s: is this the configuration that the service runs with?", d.Path)
	}
	return nil
}

// Close frees everything that NewTools took.
func (t *Tools) Close(ctx context.Context) error {
	err := t.close(ctx)
	if t.temporary != "" {
		err = errors.Join(err, os.RemoveAll(t.temporary))
	}
	return err
}

// NewNetwork makes a client of the network service alone; nil when the configuration has none.
func NewNetwork(cfg *config.Config, logger *slog.Logger) (_ *neutron.Client, closeIt func(), err error) {
	p := newParts(cfg, logger)
	network, _, err := p.connectNetwork(cfg)
	return network, func() {
		for _, s := range p.sessions {
			s.Close()
		}
	}, err
}

// Audit compares load balancers with the Controllers.
func (t *Tools) Audit(ctx context.Context, scope audit.Scope) (audit.Report, error) {
	return t.auditor.Audit(ctx, scope)
}

// Plan is what the next convergence of a load balancer would do, and what else differs.
type Plan struct {
	LoadBalancer lbaas.LoadBalancer
	Effects      []converge.Effect
}

// Plan compares one load balancer with its Controller, object by object; KindNotFound when there is none.
func (t *Tools) Plan(ctx context.Context, id string) (Plan, error) {
	standing, err := t.store.Standing(ctx, id)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{LoadBalancer: standing.Tree.LoadBalancer}
	_, wanted, err := t.worker.Wanted(ctx, standing.Work)
	if err != nil {
		return p, err
	}
	p.Effects, err = converge.Preview(ctx, t.controllers[p.LoadBalancer.Provider], wanted, worker.KnownOf(standing.Inventory))
	return p, err
}
