package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// IntendPort records that a VIP port is about to be made for a load balancer that is not stored yet.
func (t *Tx) IntendPort(loadBalancerID string) error {
	if err := t.ForgetPortIntent(loadBalancerID); err != nil {
		return err
	}
	_, err := t.exec("INSERT INTO port_intents (load_balancer_id, created_at) VALUES (?, ?)", loadBalancerID, micros(t.now))
	if err != nil {
		return fmt.Errorf("record that a VIP port is being made for load balancer %s: %w", loadBalancerID, err)
	}
	return nil
}

// ForgetPortIntent records that the port has its load balancer, or is gone.
func (t *Tx) ForgetPortIntent(loadBalancerID string) error {
	_, err := t.exec("DELETE FROM port_intents WHERE load_balancer_id = ?", loadBalancerID)
	return err
}

// StalePortIntents are the ids of load balancers for which a port was to be made longer ago than age and which were never
// stored.
func (s *Store) StalePortIntents(ctx context.Context, age time.Duration) (ids []string, err error) {
	err = s.Read(ctx, func(t *Tx) (err error) {
		ids = nil
		rows, err := t.tx.QueryContext(ctx, `SELECT load_balancer_id FROM port_intents WHERE created_at < ?
			AND load_balancer_id NOT IN (SELECT id FROM load_balancers)`, micros(t.now.Add(-age)))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	return ids, err
}
