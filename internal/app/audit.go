package app

import (
	"context"

	"github.com/avi-lbaas/avi-lbaas/internal/audit"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// newAuditor needs the Controllers and the worker to be connected; metrics may be nil.
func (p *parts) newAuditor(cfg *config.Config, metrics *audit.Metrics) *audit.Auditor {
	o := audit.Options{
		Store:     p.store,
		Providers: map[string]audit.Provider{},
		Logger:    p.logger.With("component", "audit"),
		Metrics:   metrics,
		Interval:  cfg.Worker.AuditInterval,
		Job:       p.job(cfg, "audit", cfg.Worker.AuditInterval),
		Wake:      p.worker.Wake,
		Wanted: func(ctx context.Context, work store.Work) ([]plan.Object, error) {
			_, wanted, err := p.worker.Wanted(ctx, work)
			return wanted, err
		},
	}
	controllers := cfg.Controllers()
	for _, provider := range cfg.Providers {
		o.Providers[provider.Name] = audit.Provider{
			Controller: p.controllers[provider.Name], ControllerName: controllers[provider.Name], Cloud: provider.Cloud,
			Enforce: provider.DriftPolicy == config.DriftEnforce,
		}
	}
	return audit.New(o)
}
