package store

import (
	"context"
	"fmt"
)

// Ping says whether the database answers a question. One that cannot be connected to, or has no room for another connection before
// ctx ends, does not.
func (s *Store) Ping(ctx context.Context) error {
	return s.Read(ctx, func(t *Tx) error {
		var one int
		if err := t.tx.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
			return fmt.Errorf("ask the database: %w", err)
		}
		return nil
	})
}
