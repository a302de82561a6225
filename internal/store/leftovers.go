package store

import (
	"context"
	"fmt"
	"time"
)

// leftOverPause is how long something that is left over is let be before its deletion is tried again.
const leftOverPause = time.Hour

// Leftover is a shared object that no load balancer has any more, and that could not be deleted because the Controller has
// something else that refers to it.
type Leftover struct {
	Item

	Provider string
	seq      int64
}

// ClaimLeftovers gives up to limit leftovers whose time has come to their only finder: for removalLease nobody else gets them,
// and no load balancer takes them. Each is to be followed by LeftoverGone or LeftoverStays.
func (s *Store) ClaimLeftovers(ctx context.Context, limit int) ([]Leftover, error) {
	var claimed []Leftover
	err := s.Write(ctx, func(t *Tx) error {
		claimed = claimed[:0]
		due, err := t.dueLeftovers(limit)
		if err != nil {
			return err
		}
		for _, l := range due {
			n, err := t.exec(`UPDATE shared_objects SET seq = seq + 1, removing_by = ?, busy_until = ?
				WHERE provider = ? AND type = ? AND uuid = ? AND seq = ?`,
				sweeping, micros(t.now.Add(removalLease)), l.Provider, l.Type, l.UUID, l.seq)
			if err != nil {
				return err
			}
			if n == 1 {
				l.seq++
				claimed = append(claimed, l)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for objects that are left over: %w", err)
	}
	return claimed, nil
}

func (t *Tx) dueLeftovers(limit int) ([]Leftover, error) {
	fields := func(l *Leftover) []any { return []any{&l.Provider, &l.Type, &l.UUID, &l.Tenant, &l.Actual, &l.seq} }
	return collect(t, fields, `SELECT provider, type, uuid, tenant, actual_uuid, seq FROM shared_objects
		WHERE removing_by IN (?, ?) AND busy_until <= ? ORDER BY busy_until, uuid LIMIT ?`, leftOver, sweeping, micros(t.now), limit)
}

// LeftoverGone forgets a claimed leftover, which has been deleted.
func (s *Store) LeftoverGone(ctx context.Context, l Leftover) error {
	return s.Write(ctx, func(t *Tx) error {
		_, err := t.exec("DELETE FROM shared_objects WHERE provider = ? AND type = ? AND uuid = ? AND seq = ?", l.Provider, l.Type, l.UUID, l.seq)
		return err
	})
}

// LeftoverStays lets a claimed leftover be for a while.
func (s *Store) LeftoverStays(ctx context.Context, l Leftover) error {
	return s.Write(ctx, func(t *Tx) error {
		_, err := t.exec(`UPDATE shared_objects SET seq = seq + 1, removing_by = ?, busy_until = ?
			WHERE provider = ? AND type = ? AND uuid = ? AND seq = ?`,
			leftOver, micros(t.now.Add(leftOverPause)), l.Provider, l.Type, l.UUID, l.seq)
		return err
	})
}
