package store

import (
	"fmt"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// MonitorOfPool is the health monitor of a pool; nil when it has none, or only one that is doomed.
func (t *Tx) MonitorOfPool(poolID string) (*lbaas.HealthMonitor, error) {
	rows, err := healthMonitors.all(t, "WHERE pool_id = ? AND doomed = 0", poolID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0].HealthMonitor, nil
}

// AnyMonitoredElsewhere says whether a member of a pool names where its checks go. It tells without reading all of them.
func (t *Tx) AnyMonitoredElsewhere(poolID string) (bool, error) {
	monitored, err := t.any(
		"SELECT COUNT(*) FROM members WHERE pool_id = ? AND doomed = 0 AND (monitor_port <> 0 OR monitor_address <> '')", poolID)
	if err != nil {
		return false, fmt.Errorf("count the members of pool %s that are monitored elsewhere: %w", poolID, err)
	}
	return monitored, nil
}
