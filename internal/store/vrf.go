package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// VRFKeyTaken says whether a VRF context of this key is that of another project's load balancers.
func (t *Tx) VRFKeyTaken(key, projectID string) (bool, error) {
	return t.any("SELECT COUNT(*) FROM load_balancers WHERE vrf_key = ? AND project_id <> ?", key, projectID)
}

// SharedItem is what the inventory of another load balancer knows of an object; found is false when none knows what it holds.
// Only load balancers of the same provider count: others have another Controller.
func (s *Store) SharedItem(ctx context.Context, typ, uuid, loadBalancerID string) (item Item, found bool, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		err := t.tx.QueryRowContext(ctx, `SELECT o.type, o.uuid, o.tenant, o.applied FROM avi_objects o
			JOIN load_balancers b ON b.id = o.load_balancer_id JOIN load_balancers own ON own.provider = b.provider
			WHERE o.type = ? AND o.uuid = ? AND own.id = ? AND b.id <> own.id AND o.applied <> '' LIMIT 1`, typ, uuid, loadBalancerID).
			Scan(&item.Type, &item.UUID, &item.Tenant, &item.Applied)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		found = err == nil
		return err
	})
	if err != nil {
		err = fmt.Errorf("look who has %s %s: %w", typ, uuid, err)
	}
	return item, found, err
}
