package store

import (
	"context"
	"fmt"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
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

// KeepPort records that the port has its load balancer, which the same transaction stores. KindUnavailable when the port was taken for
// a leftover meanwhile, as whoever made it was away for too long.
func (t *Tx) KeepPort(loadBalancerID string) error {
	n, err := t.exec("DELETE FROM port_intents WHERE load_balancer_id = ? AND created_at <> ?", loadBalancerID, abandoned)
	if err == nil && n == 0 {
		err = &lbaas.Error{Kind: lbaas.KindUnavailable, Message: "The request took too long, and its VIP port was removed. Please try again."}
	}
	return err
}

// abandoned is the time of an intent whose port is being removed: longer ago than any age.
const abandoned = 0

// AbandonPort says that the port of a load balancer that was never stored is being removed. It is false when the load balancer is
// stored after all; else it will not be.
func (s *Store) AbandonPort(ctx context.Context, loadBalancerID string) (abandon bool, err error) {
	err = s.guarded(ctx, func(t *Tx) error {
		n, err := t.exec("UPDATE port_intents SET created_at = ? WHERE load_balancer_id = ?", abandoned, loadBalancerID)
		abandon = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("record that the VIP port of load balancer %s is being removed: %w", loadBalancerID, err)
	}
	return abandon, nil
}

// ForgetPortIntent records that the port is gone.
func (t *Tx) ForgetPortIntent(loadBalancerID string) error {
	_, err := t.exec("DELETE FROM port_intents WHERE load_balancer_id = ?", loadBalancerID)
	return err
}

// StalePortIntents are the ids of load balancers for which a port was to be made longer ago than age and which were never
// stored.
func (s *Store) StalePortIntents(ctx context.Context, age time.Duration) (ids []string, err error) {
	err = s.Read(ctx, func(t *Tx) (err error) {
		ids, err = collect(t, func(id *string) []any { return []any{id} }, `SELECT load_balancer_id FROM port_intents WHERE created_at < ?
			AND load_balancer_id NOT IN (SELECT id FROM load_balancers)`, micros(t.now.Add(-age)))
		return err
	})
	return ids, err
}
