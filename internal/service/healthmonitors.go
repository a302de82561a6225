package service

import (
	"context"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// CreateHealthMonitor accepts a new health monitor of a pool.
func (s *Service) CreateHealthMonitor(ctx context.Context, c Caller, in lbaas.HealthMonitorInput) (HealthMonitor, error) {
	h, err := lbaas.NewHealthMonitor(in)
	if err != nil {
		return HealthMonitor{}, orMissing(err, lookFor(ctx, c, in.PoolID.Or(""), s.Pool))
	}
	if err := s.disabled.check(nil, []lbaas.HealthMonitor{h}); err != nil {
		return HealthMonitor{}, err
	}
	if err := s.checkNeeds(ctx, monitorNeeds(&h), ofPool(h.PoolID)); err != nil {
		return HealthMonitor{}, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		p, err := lockPool(tx, c, h.PoolID)
		if err != nil {
			return err
		}
		if err := growable("Pool", &p.Resource); err != nil {
			return err
		}
		h.ID = in.ID.Or("")
		if err := insertHealthMonitor(tx, &p, &h); err != nil {
			return err
		}
		return tx.TouchPool(p.ID)
	})
	return HealthMonitor{h}, err
}

// insertHealthMonitor stores a new health monitor of a pool.
func insertHealthMonitor(tx *store.Tx, p *lbaas.Pool, h *lbaas.HealthMonitor) error {
	if err := lbaas.CheckMonitorPool(h, p); err != nil {
		return err
	}
	if err := begin(tx, &h.Resource, p.ProjectID); err != nil {
		return err
	}
	if err := tx.InsertHealthMonitor(p.LoadBalancerID, h); err != nil {
		return err
	}
	return checkMonitored(tx, h, p.ID)
}

// HealthMonitor shows one health monitor.
func (s *Service) HealthMonitor(ctx context.Context, c Caller, id string) (HealthMonitor, error) {
	return showOwn(ctx, s, c, id, (*store.Tx).HealthMonitorView, viewHealthMonitor)
}

// HealthMonitors lists health monitors.
func (s *Service) HealthMonitors(ctx context.Context, c Caller, q Query) (Page[HealthMonitor], error) {
	return listOwn(ctx, s, c, q, (*store.Tx).HealthMonitors, viewHealthMonitor)
}

func viewHealthMonitor(h *lbaas.HealthMonitor) HealthMonitor { return HealthMonitor{*h} }

// UpdateHealthMonitor accepts a change of a health monitor.
func (s *Service) UpdateHealthMonitor(ctx context.Context, c Caller, id string, in lbaas.HealthMonitorInput) (HealthMonitor, error) {
	var h lbaas.HealthMonitor
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		var loadBalancerID string
		if h, loadBalancerID, err = lockHealthMonitor(tx, c, id); err != nil {
			return sooner(err, func() error { return h.Update(in) })
		}
		if err := mutable("Health Monitor", &h.Resource); err != nil {
			return err
		}
		if err := h.Update(in); err != nil {
			return err
		}
		touch(tx, &h.Resource)
		if err := tx.UpdateHealthMonitor(loadBalancerID, &h); err != nil {
			return err
		}
		if err := replaceTags(tx, loadBalancerID, &h.Resource, in.Tags); err != nil {
			return err
		}
		if err := tx.TouchPool(h.PoolID); err != nil {
			return err
		}
		h, err = tx.HealthMonitorView(h.ID)
		return err
	})
	return HealthMonitor{h}, err
}

// DeleteHealthMonitor accepts the deletion of a health monitor.
func (s *Service) DeleteHealthMonitor(ctx context.Context, c Caller, id string) error {
	return s.change(ctx, func(tx *store.Tx) error {
		h, loadBalancerID, err := lockHealthMonitor(tx, c, id)
		if err != nil {
			return err
		}
		h.Doomed, h.ProvisioningStatus = true, lbaas.PendingDelete
		if err := tx.UpdateHealthMonitor(loadBalancerID, &h); err != nil {
			return err
		}
		return tx.TouchPool(h.PoolID)
	})
}

// lockHealthMonitor finds a health monitor that the caller may change and reserves its load balancer.
func lockHealthMonitor(tx *store.Tx, c Caller, id string) (lbaas.HealthMonitor, string, error) {
	h, loadBalancerID, err := tx.HealthMonitor(id)
	if err != nil {
		return h, "", err
	}
	_, err = lockAllowed(tx, c, loadBalancerID)
	return h, loadBalancerID, err
}
