package app

import (
	"context"

	"github.com/avi-lbaas/avi-lbaas/internal/audit"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// newAuditor needs the Controllers and the worker to be connected; metrics may be nil.
func newAuditor(a *App, cfg *config.Config, metrics *audit.Metrics) *audit.Auditor {
	o := audit.Options{
		Store:     a.store,
		Providers: map[string]audit.Provider{},
		Logger:    a.logger.With("component", "audit"),
		Metrics:   metrics,
		Interval:  cfg.Worker.AuditInterval,
		Job:       a.job(cfg, "audit", cfg.Worker.AuditInterval),
		Wake:      a.worker.Wake,
		Wanted: func(ctx context.Context, work store.Work) ([]plan.Object, error) {
			_, wanted, err := a.worker.Wanted(ctx, work)
			return wanted, err
		},
	}
	controllers := cfg.Controllers()
	for _, p := range cfg.Providers {
		o.Providers[p.Name] = audit.Provider{
			Controller: a.controllers[p.Name], ControllerName: controllers[p.Name], Cloud: p.Cloud,
			Enforce: p.DriftPolicy == config.DriftEnforce,
		}
	}
	return audit.New(o)
}
