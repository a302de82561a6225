package service

import (
	"context"
	"maps"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Quotas are the limits of a project.
type Quotas struct {
	ProjectID string
	// Limits by kind; one that is missing is the default, which only lists leave out.
	Limits lbaas.Quotas
}

// Quotas shows the limits that hold for a project, whether it has some of its own or not.
func (s *Service) Quotas(ctx context.Context, c Caller, projectID string) (Quotas, error) {
	if err := c.allow(projectID); err != nil {
		return Quotas{}, err
	}
	var found store.ProjectQuotas
	err := s.store.Peek(ctx, func(tx *store.Tx) (err error) {
		found, _, err = tx.Quotas(projectID)
		return err
	})
	return Quotas{ProjectID: projectID, Limits: found.Limits.Over(s.store.DefaultQuotas())}, err
}

// DefaultQuotas shows the limits of a project that has none of its own.
func (s *Service) DefaultQuotas(_ context.Context, c Caller, projectID string) (Quotas, error) {
	return Quotas{ProjectID: projectID, Limits: s.store.DefaultQuotas()}, c.allow(projectID)
}

// AllQuotas lists the projects that have limits of their own, each with those.
func (s *Service) AllQuotas(ctx context.Context, c Caller, q Query) (Page[Quotas], error) {
	return listOwn(ctx, s, c, q, (*store.Tx).AllQuotas, func(p *store.ProjectQuotas) Quotas {
		return Quotas{ProjectID: p.ProjectID, Limits: p.Limits}
	})
}

// UpdateQuotas changes some limits of a project; null is the default again. It gives the limits that hold then.
func (s *Service) UpdateQuotas(ctx context.Context, c Caller, projectID string, in map[lbaas.QuotaKind]*int) (Quotas, error) {
	if err := c.allow(projectID); err != nil {
		return Quotas{}, err
	}
	var limits lbaas.Quotas
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		found, _, err := tx.Quotas(projectID)
		if err != nil {
			return err
		}
		limits = maps.Clone(found.Limits)
		for kind, limit := range in {
			if limit == nil {
				delete(limits, kind)
			} else {
				limits[kind] = *limit
			}
		}
		if err := limits.Check(); err != nil {
			return err
		}
		found.Limits = limits
		return tx.SetQuotas(found)
	})
	return Quotas{ProjectID: projectID, Limits: limits.Over(s.store.DefaultQuotas())}, wrapf(err, "set the quotas of project %s", projectID)
}

// DeleteQuotas puts a project back to the defaults; KindNotFound when it has never had limits or objects.
func (s *Service) DeleteQuotas(ctx context.Context, c Caller, projectID string) error {
	if err := c.allow(projectID); err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx *store.Tx) error { return tx.DeleteQuotas(projectID) })
}

// checkTreeQuotas refuses early what the insertions of a tree would refuse, before other services are asked for something.
func (s *Service) checkTreeQuotas(ctx context.Context, t *lbaas.Tree) error {
	return s.store.Peek(ctx, func(tx *store.Tx) error {
		for _, wanted := range []struct {
			kind lbaas.QuotaKind
			n    int
		}{
			{lbaas.QuotaLoadBalancer, 1},
			{lbaas.QuotaPool, len(t.Pools)},
			{lbaas.QuotaHealthMonitor, len(t.Monitors)},
			{lbaas.QuotaMember, len(t.Members)},
			{lbaas.QuotaListener, len(t.Listeners)},
			{lbaas.QuotaL7Policy, len(t.L7Policies)},
			{lbaas.QuotaL7Rule, len(t.L7Rules)},
		} {
			if wanted.n == 0 {
				continue
			}
			if err := tx.CheckQuota(t.LoadBalancer.ProjectID, wanted.kind, wanted.n); err != nil {
				return err
			}
		}
		return nil
	})
}
