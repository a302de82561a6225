package store

import (
	"context"
	"fmt"
)

// SecurityGroupsApplied records which security groups the ports of a load balancer were given.
func (s *Store) SecurityGroupsApplied(ctx context.Context, c Claim, ids []string) error {
	return s.holding(ctx, c, func(t *Tx) error {
		_, err := t.exec("UPDATE load_balancers SET vip_sg_applied = ? WHERE id = ?", valueColumn[[]string]{&ids}, c.LoadBalancerID)
		if err != nil {
			return fmt.Errorf("record the security groups of load balancer %s: %w", c.LoadBalancerID, err)
		}
		return nil
	})
}

// QoSApplied records which QoS policy the VIP's port was given.
func (s *Store) QoSApplied(ctx context.Context, c Claim, policyID string) error {
	return s.holding(ctx, c, func(t *Tx) error {
		_, err := t.exec("UPDATE load_balancers SET vip_qos_applied = ? WHERE id = ?", policyID, c.LoadBalancerID)
		return err
	})
}
