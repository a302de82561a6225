package service

import (
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// checkMonitored holds the members of a pool, as they are stored, to where its health monitor can check them; nil is none. Whoever
// changes either calls it afterwards.
func checkMonitored(tx *store.Tx, h *lbaas.HealthMonitor, poolID string) error {
	if h == nil {
		return nil
	}
	elsewhere, err := tx.AnyMonitoredElsewhere(poolID)
	if err != nil || !elsewhere {
		return err
	}
	members, err := tx.MembersOfPool(poolID)
	if err != nil {
		return err
	}
	return lbaas.CheckMonitored(h, slices.DeleteFunc(members, func(m lbaas.Member) bool { return m.Doomed }))
}
