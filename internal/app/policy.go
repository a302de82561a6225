package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/policy"
	"github.com/avi-lbaas/avi-lbaas/internal/policy/files"
)

// policyInterval is how often policy files are looked at.
const policyInterval = 2 * time.Second

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
