package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// Observed is what the Controller reports of objects, by their LBaaS ids.
type Observed struct {
	LoadBalancers, Listeners, Pools, Members, HealthMonitors, L7Policies, L7Rules map[string]lbaas.OperatingStatus

	Stats map[string]ListenerStats
}

// ListenerStats are a listener's counters and what they are continued from.
type ListenerStats struct {
	lbaas.Stats
	// Sampled is the poller's own note of how far the sums go.
	Sampled string
}

// Observe stores operating statuses and counters. It changes nothing else, and objects that are gone meanwhile are left out.
func (s *Store) Observe(ctx context.Context, o Observed) error {
	return s.guarded(ctx, func(t *Tx) error {
		for _, table := range []struct {
			name     string
			statuses map[string]lbaas.OperatingStatus
		}{
			{"load_balancers", o.LoadBalancers},
			{"listeners", o.Listeners},
			{"pools", o.Pools},
			{"members", o.Members},
			{"health_monitors", o.HealthMonitors},
			{"l7_policies", o.L7Policies},
			{"l7_rules", o.L7Rules},
		} {
			if err := t.observe(table.name, table.statuses); err != nil {
				return fmt.Errorf("store the operating statuses of %s: %w", table.name, err)
			}
		}
		for id, stats := range o.Stats {
			if err := t.saveStats(id, stats); err != nil {
				return fmt.Errorf("store the counters of listener %s: %w", id, err)
			}
		}
		return nil
	})
}

// observe stores statuses, those of one kind together. Ids are in order, so that two of these never wait for each other.
func (t *Tx) observe(table string, statuses map[string]lbaas.OperatingStatus) error {
	ids := map[lbaas.OperatingStatus][]string{}
	for _, id := range slices.Sorted(maps.Keys(statuses)) {
		ids[statuses[id]] = append(ids[statuses[id]], id)
	}
	for _, status := range slices.Sorted(maps.Keys(ids)) {
		for chunk := range chunks(ids[status]) {
			marks, args := in(chunk)
			_, err := t.exec("UPDATE "+table+" SET operating_status = ? WHERE operating_status <> ? AND id IN ("+marks+")",
				append([]any{status, status}, args...)...)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Tx) saveStats(listenerID string, s ListenerStats) error {
	if _, err := t.exec("DELETE FROM listener_statistics WHERE listener_id = ?", listenerID); err != nil {
		return err
	}
	// Only a listener that is still there gets counters.
	_, err := t.exec(`INSERT INTO listener_statistics (listener_id, bytes_in, bytes_out, active_connections, total_connections,
		request_errors, sampled) SELECT id, ?, ?, ?, ?, ?, ? FROM listeners WHERE id = ?`,
		s.BytesIn, s.BytesOut, s.ActiveConnections, s.TotalConnections, s.RequestErrors, s.Sampled, listenerID)
	return err
}

// Stats reads the counters of listeners; those that have none yet are left out.
func (t *Tx) Stats(listenerIDs []string) (map[string]ListenerStats, error) {
	stats := map[string]ListenerStats{}
	for chunk := range chunks(listenerIDs) {
		if err := t.readStats(chunk, stats); err != nil {
			return nil, fmt.Errorf("read the counters of listeners: %w", err)
		}
	}
	return stats, nil
}

func (t *Tx) readStats(ids []string, into map[string]ListenerStats) error {
	marks, args := in(ids)
	return t.each(`SELECT listener_id, bytes_in, bytes_out, active_connections, total_connections,
		request_errors, sampled FROM listener_statistics WHERE listener_id IN (`+marks+`)`, args, func(rows *sql.Rows) error {
		var id string
		var s ListenerStats
		err := rows.Scan(&id, &s.BytesIn, &s.BytesOut, &s.ActiveConnections, &s.TotalConnections, &s.RequestErrors, &s.Sampled)
		into[id] = s
		return err
	})
}
