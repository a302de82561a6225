package app

import (
	"context"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// recountInterval is how often the objects of projects are counted anew.
const recountInterval = time.Hour

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
