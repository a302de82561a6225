package store

import (
	"context"
	"fmt"
)

// Container is what is remembered of something in the key manager that a load balancer refers to, so that the load balancer can
// be worked on while the key manager is away. Nothing of it is secret.
type Container struct {
	Ref string
	// Summary is the worker's own note: names and fingerprints of certificates, and the text of authorities and revocation lists.
	Summary string
}

// RememberContainers replaces what is remembered for a load balancer.
func (s *Store) RememberContainers(ctx context.Context, c Claim, containers []Container) error {
	return s.holding(ctx, c, func(t *Tx) error {
		if _, err := t.exec("DELETE FROM tls_containers WHERE load_balancer_id = ?", c.LoadBalancerID); err != nil {
			return fmt.Errorf("forget containers: %w", err)
		}
		for _, item := range containers {
			if _, err := t.exec("INSERT INTO tls_containers (load_balancer_id, ref, summary) VALUES (?, ?, ?)",
				c.LoadBalancerID, item.Ref, item.Summary); err != nil {
				return fmt.Errorf("remember container %s: %w", item.Ref, err)
			}
		}
		return nil
	})
}

// RememberedContainers are those of all load balancers, in the order of their references. A container of several load balancers comes
// once for each different note of it.
func (s *Store) RememberedContainers(ctx context.Context) ([]Container, error) {
	var found []Container
	err := s.Read(ctx, func(t *Tx) (err error) {
		found, err = collect(t, containerFields, "SELECT DISTINCT ref, summary FROM tls_containers ORDER BY ref")
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what is remembered of containers: %w", err)
	}
	return found, nil
}

func (t *Tx) containers(loadBalancerID string) ([]Container, error) {
	found, err := collect(t, containerFields,
		"SELECT ref, summary FROM tls_containers WHERE load_balancer_id = ? ORDER BY ref", loadBalancerID)
	if err != nil {
		return nil, fmt.Errorf("read the containers of load balancer %s: %w", loadBalancerID, err)
	}
	return found, nil
}

func containerFields(c *Container) []any { return []any{&c.Ref, &c.Summary} }
