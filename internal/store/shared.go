package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Objects that several load balancers have (certificates, VRF contexts) go with the last one. Two things must not happen: that
// all of them give such an object up at the same moment, each because the others still have it; and that one removes it which
// another has just begun to use. So an object has rows of its own. Whoever takes it into an inventory, and whoever gives it up,
// writes them by compare-and-set in the transaction that does so: of two at the same moment one is refused and comes back.
// Whoever is the last marks the rows before the object is deleted, and while the mark lasts nobody takes it.
//
// An object is one Controller's. Several providers may be of one Controller, so that it has a row for each of them, and all are
// written. No row says which Controller it is about: which providers meet there is a matter of the configuration (Options.Controllers).
// So an address that changes changes no row, and a replica with an older configuration, or an older program, which writes its own
// provider's row only, is still told in an order with those who write that row too.

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

// mark says who is removing a shared object; the zero value says nobody.
type mark struct {
	removingBy string // a load balancer's id, or a word of those above
	busyUntil  int64
}

// sharedRow is the row that a shared object has for one provider.
type sharedRow struct {
	mark

	provider string
	own      bool  // it is for the load balancer's own provider
	seq      int64 // 0 if and only if there is none yet
}

// groupProviders gives, by each provider, all that are of its Controller, in the order of their names.
func groupProviders(controllers map[string]string) map[string][]string {
	of := map[string][]string{}
	for _, provider := range slices.Sorted(maps.Keys(controllers)) {
		of[controllers[provider]] = append(of[controllers[provider]], provider)
	}
	groups := map[string][]string{}
	for provider, controller := range controllers {
		groups[provider] = of[controller]
	}
	return groups
}

// sharers are the providers whose load balancers may have the same objects as one load balancer, its own among them.
func (t *Tx) sharers(loadBalancerID string) (own string, all []string, err error) {
	if err := t.tx.QueryRowContext(t.ctx, "SELECT provider FROM load_balancers WHERE id = ?", loadBalancerID).Scan(&own); err != nil {
		return "", nil, fmt.Errorf("read the provider of load balancer %s: %w", loadBalancerID, err)
	}
	if group, ok := t.groups[own]; ok {
		return own, group, nil
	}
	return own, []string{own}, nil
}

// sharedRows reads the rows of an object that a load balancer shares, in the order of their providers: always in the same order, so
// that those who write them wait for each other and not in a circle.
func (t *Tx) sharedRows(loadBalancerID string, i Item) ([]sharedRow, error) {
	own, providers, err := t.sharers(loadBalancerID)
	if err != nil {
		return nil, err
	}
	rows := make([]sharedRow, len(providers))
	for n, provider := range providers {
		r := &rows[n]
		r.provider, r.own = provider, provider == own
		err := t.tx.QueryRowContext(t.ctx, "SELECT seq, removing_by, busy_until FROM shared_objects WHERE provider = ? AND type = ? AND uuid = ?",
			provider, i.Type, i.UUID).Scan(&r.seq, &r.removingBy, &r.busyUntil)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("read shared %s %s of provider %s: %w", i.Type, i.UUID, provider, err)
		}
	}
	return rows, nil
}

// setShared writes the rows with a mark, if all are still as they were read.
func (t *Tx) setShared(i Item, rows []sharedRow, m mark) error {
	for _, r := range rows {
		if err := t.setSharedRow(i, r, m); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) setSharedRow(i Item, r sharedRow, m mark) error {
	if r.seq == 0 {
		_, err := t.exec(`INSERT INTO shared_objects (provider, type, uuid, tenant, actual_uuid, seq, removing_by, busy_until)
			VALUES (?, ?, ?, ?, ?, 1, ?, ?)`, r.provider, i.Type, i.UUID, i.Tenant, i.Actual, m.removingBy, m.busyUntil)
		if isDuplicate(err) {
			return busy(i)
		}
		return err
	}
	n, err := t.exec(`UPDATE shared_objects SET tenant = ?, actual_uuid = ?, seq = seq + 1, removing_by = ?, busy_until = ?
		WHERE provider = ? AND type = ? AND uuid = ? AND seq = ?`,
		i.Tenant, i.Actual, m.removingBy, m.busyUntil, r.provider, i.Type, i.UUID, r.seq)
	if err == nil && n == 0 {
		return busy(i)
	}
	return err
}

func busy(i Item) error { return fmt.Errorf("%s %s: %w", i.Type, i.UUID, ErrShareBusy) }

// busyFor says that somebody else has marked the object, and may still be deleting it.
func busyFor(loadBalancerID string, rows []sharedRow, now time.Time) bool {
	return slices.ContainsFunc(rows, func(r sharedRow) bool {
		switch r.removingBy {
		case "", leftOver, loadBalancerID:
			return false
		}
		return r.busyUntil > micros(now) && r.busyUntil <= micros(now.Add(removalLease+clockError))
	})
}

// freeShared reads the rows of an object that a load balancer is to take or to give up; ErrShareBusy while another one removes it.
func (t *Tx) freeShared(loadBalancerID string, i Item) ([]sharedRow, error) {
	rows, err := t.sharedRows(loadBalancerID, i)
	if err == nil && busyFor(loadBalancerID, rows, t.now) {
		err = busy(i)
	}
	return rows, err
}

// take has a load balancer be among those that have a shared object; ErrShareBusy while another one removes it.
func (t *Tx) take(loadBalancerID string, i Item) error {
	rows, err := t.freeShared(loadBalancerID, i)
	if err != nil {
		return err
	}
	return t.setShared(i, rows, mark{})
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
		rows, err := t.freeShared(c.LoadBalancerID, i)
		if err != nil {
			return err
		}
		others, err := t.othersHave(c.LoadBalancerID, i, rows)
		if err != nil {
			return err
		}
		last = !others
		if last {
			return t.setShared(i, rows, mark{c.LoadBalancerID, micros(t.now.Add(removalLease))})
		}
		if err := t.setShared(i, rows, mark{}); err != nil {
			return err
		}
		return t.saveInventory(c.LoadBalancerID, []Change{{Item: i, Gone: true}})
	})
	return last, err
}

// othersHave says whether another load balancer, of one of the rows' providers, has an object.
func (t *Tx) othersHave(loadBalancerID string, i Item, rows []sharedRow) (bool, error) {
	providers := make([]string, len(rows))
	for n, r := range rows {
		providers[n] = r.provider
	}
	marks, args := in(providers)
	return t.any(`SELECT COUNT(*) FROM avi_objects o JOIN load_balancers b ON b.id = o.load_balancer_id
		WHERE o.type = ? AND o.uuid = ? AND o.load_balancer_id <> ? AND b.provider IN (`+marks+")",
		append([]any{i.Type, i.UUID, loadBalancerID}, args...)...)
}

// SharedItem is what the inventory of another load balancer knows of an object; found is false when none knows what it holds.
// Only load balancers of the same Controller count.
func (s *Store) SharedItem(ctx context.Context, typ, uuid, loadBalancerID string) (item Item, found bool, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		_, providers, err := t.sharers(loadBalancerID)
		if err != nil {
			return err
		}
		marks, args := in(providers)
		err = t.tx.QueryRowContext(ctx, `SELECT o.type, o.uuid, o.tenant, o.applied FROM avi_objects o
			JOIN load_balancers b ON b.id = o.load_balancer_id
			WHERE o.type = ? AND o.uuid = ? AND b.id <> ? AND o.applied <> '' AND b.provider IN (`+marks+") LIMIT 1",
			append([]any{typ, uuid, loadBalancerID}, args...)...).
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

// removed ends the mark of a shared object: it is gone, or left over. What is left over is so once, in the row of the load balancer's
// own provider.
func (t *Tx) removed(loadBalancerID string, c Change) error {
	rows, err := t.sharedRows(loadBalancerID, c.Item)
	if err != nil {
		return err
	}
	for _, r := range rows {
		switch {
		case r.removingBy != loadBalancerID: // others have it, or it was never made
		case c.Left && r.own:
			err = t.setSharedRow(c.Item, r, mark{leftOver, micros(t.now.Add(leftOverPause))})
		default:
			_, err = t.exec("DELETE FROM shared_objects WHERE provider = ? AND type = ? AND uuid = ? AND seq = ?",
				r.provider, c.Type, c.UUID, r.seq)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
