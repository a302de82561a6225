package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Objects that several load balancers have (certificates, VRF contexts) go with the last one. Two things must not happen: that
// all of them give such an object up at the same moment, each because the others still have it; and that one removes it which
// another has just begun to use. So an object has a row of its own. Whoever takes it into an inventory, and whoever gives it up,
// writes that row by a compare-and-set in the transaction that does so: of two at the same moment one is refused and comes back.
// Whoever is the last marks the row before the object is deleted, and while the mark lasts nobody takes it.

// ErrShareBusy says that another load balancer gives a shared object up, or takes it, at this moment. Trying again soon helps.
var ErrShareBusy = errors.New("another load balancer is giving up or taking an object that they share")

// removalLease is how long a mark lasts without a sign of life: longer than a deletion at the Controller takes, with its
// repetitions.
const removalLease = 2 * time.Minute

// Words in the place of a load balancer's id in removing_by.
const (
	leftOver = "left over" // it was to go, but the Controller has something that refers to it
	sweeping = "sweeper"   // what was left over is being deleted
)

// sharedRow is the row of a shared object.
type sharedRow struct {
	provider, removingBy string
	seq, busyUntil       int64
}

// sharedRow reads the row of an object that a load balancer shares; found is false when there is none yet.
func (t *Tx) sharedRow(loadBalancerID string, i Item) (r sharedRow, found bool, err error) {
	if err = t.tx.QueryRowContext(t.ctx, "SELECT provider FROM load_balancers WHERE id = ?", loadBalancerID).Scan(&r.provider); err != nil {
		return r, false, fmt.Errorf("read the provider of load balancer %s: %w", loadBalancerID, err)
	}
	err = t.tx.QueryRowContext(t.ctx, "SELECT seq, removing_by, busy_until FROM shared_objects WHERE provider = ? AND type = ? AND uuid = ?",
		r.provider, i.Type, i.UUID).Scan(&r.seq, &r.removingBy, &r.busyUntil)
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("read shared %s %s: %w", i.Type, i.UUID, err)
	}
	return r, true, nil
}

// setShared writes the row as it is to be, if it is still as it was read.
func (t *Tx) setShared(i Item, r sharedRow, found bool) error {
	if !found {
		_, err := t.exec(`INSERT INTO shared_objects (provider, type, uuid, tenant, actual_uuid, seq, removing_by, busy_until)
			VALUES (?, ?, ?, ?, ?, 1, ?, ?)`, r.provider, i.Type, i.UUID, i.Tenant, i.Actual, r.removingBy, r.busyUntil)
		if isDuplicate(err) {
			return busy(i)
		}
		return err
	}
	n, err := t.exec(`UPDATE shared_objects SET tenant = ?, actual_uuid = ?, seq = seq + 1, removing_by = ?, busy_until = ?
		WHERE provider = ? AND type = ? AND uuid = ? AND seq = ?`,
		i.Tenant, i.Actual, r.removingBy, r.busyUntil, r.provider, i.Type, i.UUID, r.seq)
	if err == nil && n == 0 {
		return busy(i)
	}
	return err
}

func busy(i Item) error { return fmt.Errorf("%s %s: %w", i.Type, i.UUID, ErrShareBusy) }

// busyFor says that somebody else has marked the object, and may still be deleting it.
func (r sharedRow) busyFor(loadBalancerID string, now time.Time) bool {
	switch r.removingBy {
	case "", leftOver, loadBalancerID:
		return false
	}
	return r.busyUntil > micros(now) && r.busyUntil <= micros(now.Add(removalLease+clockError))
}

// take has a load balancer be among those that have a shared object; ErrShareBusy while another one removes it.
func (t *Tx) take(loadBalancerID string, i Item) error {
	r, found, err := t.sharedRow(loadBalancerID, i)
	if err != nil {
		return err
	}
	if r.busyFor(loadBalancerID, t.now) {
		return busy(i)
	}
	r.removingBy, r.busyUntil = "", 0
	return t.setShared(i, r, found)
}

// TakeShared adds an object to a load balancer's inventory that another one has made.
func (s *Store) TakeShared(ctx context.Context, c Claim, i Item) error {
	return s.holding(ctx, c, func(t *Tx) error {
		if err := t.take(c.LoadBalancerID, i); err != nil {
			return err
		}
		return t.saveInventory(c.LoadBalancerID, []Change{{Item: i}})
	})
}

// GiveUp takes a shared object out of a load balancer's inventory when others have it too. When none has it, the object is to be
// deleted: it is marked, and stays in the inventory until its deletion is recorded.
func (s *Store) GiveUp(ctx context.Context, c Claim, i Item) (last bool, err error) {
	err = s.holding(ctx, c, func(t *Tx) error {
		r, found, err := t.sharedRow(c.LoadBalancerID, i)
		if err != nil {
			return err
		}
		if r.busyFor(c.LoadBalancerID, t.now) {
			return busy(i)
		}
		others, err := t.any(`SELECT COUNT(*) FROM avi_objects o JOIN load_balancers b ON b.id = o.load_balancer_id
			WHERE o.type = ? AND o.uuid = ? AND o.load_balancer_id <> ? AND b.provider = ?`, i.Type, i.UUID, c.LoadBalancerID, r.provider)
		if err != nil {
			return err
		}
		last = !others
		if last {
			r.removingBy, r.busyUntil = c.LoadBalancerID, micros(t.now.Add(removalLease))
			return t.setShared(i, r, found)
		}
		r.removingBy, r.busyUntil = "", 0
		if err := t.setShared(i, r, found); err != nil {
			return err
		}
		return t.saveInventory(c.LoadBalancerID, []Change{{Item: i, Gone: true}})
	})
	return last, err
}

// removed ends the mark of a shared object: it is gone, or left over.
func (t *Tx) removed(loadBalancerID string, c Change) error {
	r, found, err := t.sharedRow(loadBalancerID, c.Item)
	if err != nil || !found || r.removingBy != loadBalancerID {
		return err // others have it, or it was never made
	}
	if c.Left {
		r.removingBy, r.busyUntil = leftOver, micros(t.now.Add(leftOverPause))
		return t.setShared(c.Item, r, true)
	}
	_, err = t.exec("DELETE FROM shared_objects WHERE provider = ? AND type = ? AND uuid = ? AND seq = ?", r.provider, c.Type, c.UUID, r.seq)
	return err
}

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

func (t *Tx) dueLeftovers(limit int) (_ []Leftover, err error) {
	rows, err := t.tx.QueryContext(t.ctx, `SELECT provider, type, uuid, tenant, actual_uuid, seq FROM shared_objects
		WHERE removing_by IN (?, ?) AND busy_until <= ? ORDER BY busy_until, uuid LIMIT ?`, leftOver, sweeping, micros(t.now), limit)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var due []Leftover
	for rows.Next() {
		var l Leftover
		if err := rows.Scan(&l.Provider, &l.Type, &l.UUID, &l.Tenant, &l.Actual, &l.seq); err != nil {
			return nil, err
		}
		due = append(due, l)
	}
	return due, rows.Err()
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
