package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/policy"
	"github.com/avi-lbaas/avi-lbaas/internal/policy/files"
)

// How often policy files are looked at, and the objects of projects are counted anew.
const (
	policyInterval  = 2 * time.Second
	recountInterval = time.Hour
)

// PolicyOptions are the settings of the policy and its files.
func PolicyOptions(c config.Policy, logger *slog.Logger) files.Options {
	return files.Options{
		File: c.File, Required: c.FileRequired, Dirs: c.Dirs, Logger: logger,
		Rules: policy.Options{Roles: RoleSet(c.Roles()), EnforceScope: c.EnforceScope, DefaultRule: c.DefaultRule},
	}
}

// RoleSet is a set of roles as the policy knows it.
func RoleSet(roles config.DefaultRoles) policy.RoleSet {
	switch roles {
	case config.RolesKeystone:
		return policy.KeystoneRoles
	case config.RolesBoth:
		return policy.BothRoles
	case config.RolesLoadBalancer:
	}
	return policy.LoadBalancerRoles
}

func (a *App) openPolicy(ctx context.Context, cfg *config.Config) (err error) {
	a.policy, err = files.Open(ctx, PolicyOptions(cfg.Policy, a.logger.With("component", "policy")))
	if err != nil {
		return fmt.Errorf("[oslo_policy]: %w", err)
	}
	return nil
}

// watchPolicy has the policy files read again when they change.
func (a *App) watchPolicy(ctx context.Context) error {
	a.policy.Watch(ctx, policyInterval)
	return nil
}

// recountQuotas puts right, every so often, how many objects projects are taken to have.
func (a *App) recountQuotas(ctx context.Context) error {
	ticker := time.NewTicker(recountInterval)
	defer ticker.Stop()
	for {
		wrong, err := a.store.Recount(ctx)
		if err != nil && ctx.Err() == nil {
			a.logger.WarnContext(ctx, "cannot count the objects of projects anew", "error", err)
		}
		for _, m := range wrong {
			a.logger.WarnContext(ctx, "a project's number of objects was wrong and is put right",
				"project_id", m.ProjectID, "kind", string(m.Kind), "was", m.Used, "is", m.Found)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func quotaDefaults(q config.Quotas) lbaas.Quotas {
	return lbaas.Quotas{
		lbaas.QuotaLoadBalancer: q.LoadBalancer, lbaas.QuotaListener: q.Listener, lbaas.QuotaMember: q.Member, lbaas.QuotaPool: q.Pool,
		lbaas.QuotaHealthMonitor: q.HealthMonitor, lbaas.QuotaL7Policy: q.L7Policy, lbaas.QuotaL7Rule: q.L7Rule,
	}
}
