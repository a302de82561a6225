package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// How many objects of a kind a project has is the sum over some slots. A transaction that adds objects where there is no limit
// changes the slot of its own, and meets no other one. Where there is a limit all of them change slot 0, one after the other.
//
// The two must not meet: who compares with a limit counts on it that nobody adds to other slots. So whoever sets limits raises the
// epoch of all slots, and who has seen an older epoch begins anew, with the limits that hold now. Objects may go by any slot at any
// time: that only makes room.
const quotaSlots = 8

// uncountedError says that nobody has counted a project's objects yet: Store.Write does, and begins anew.
type uncountedError struct{ projectID string }

func (e *uncountedError) Error() string {
	return "the objects of project " + e.projectID + " were not counted yet"
}

// limitsAndEpoch are what a transaction has to know before it adds objects, by its own slot alone.
func (t *Tx) limitsAndEpoch(projectID string, kind lbaas.QuotaKind) (own lbaas.Quotas, epoch int64, err error) {
	err = t.tx.QueryRowContext(t.ctx, `SELECT s.epoch, COALESCE(q.limits, '{}') FROM quota_slots s
		LEFT JOIN quotas q ON q.id = s.project_id WHERE s.project_id = ? AND s.kind = ? AND s.slot = ?`, projectID, kind, t.slot).
		Scan(&epoch, jsonValue[lbaas.Quotas]{&own})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, &uncountedError{projectID}
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read how many %s project %s may have: %w", kind, projectID, err)
	}
	return own, epoch, nil
}

// usage is how many objects there are, by slot.
type usage [quotaSlots]int

func (u usage) sum() (all int) {
	for _, n := range u {
		all += n
	}
	return all
}

// readUsage gives an uncountedError when nobody has counted yet.
func (t *Tx) readUsage(projectID string, kind lbaas.QuotaKind) (u usage, err error) {
	counted := false
	query := "SELECT slot, used FROM quota_slots WHERE project_id = ? AND kind = ?"
	err = t.each(query, []any{projectID, kind}, func(rows *sql.Rows) error {
		var slot, used int
		if err := rows.Scan(&slot, &used); err != nil {
			return err
		}
		u[slot], counted = used, true
		return nil
	})
	if err == nil && !counted {
		err = &uncountedError{projectID}
	}
	if err != nil {
		err = fmt.Errorf("read how many %s project %s has: %w", kind, projectID, err)
	}
	return u, err
}

// Usage is how many objects of a kind a project has, those that are still being deleted among them.
func (t *Tx) Usage(projectID string, kind lbaas.QuotaKind) (int, error) {
	u, err := t.readUsage(projectID, kind)
	return u.sum(), err
}

// addUsage accounts for n more objects, if the epoch is still the one that was seen.
func (t *Tx) addUsage(projectID string, kind lbaas.QuotaKind, n int, epoch int64) error {
	return t.changeUsage(projectID, kind, n, "slot = ? AND epoch = ?", t.slot, epoch)
}

// addUsageBelow is addUsage that leaves slot 0 at no more than most.
func (t *Tx) addUsageBelow(projectID string, kind lbaas.QuotaKind, n int, epoch int64, most int) error {
	return t.changeUsage(projectID, kind, n, "slot = 0 AND epoch = ? AND used <= ?", epoch, most)
}

// changeUsage changes a slot; when it is not as was seen, somebody else was there in between, and the transaction runs again.
func (t *Tx) changeUsage(projectID string, kind lbaas.QuotaKind, n int, where string, args ...any) error {
	changed, err := t.exec("UPDATE quota_slots SET used = used + ? WHERE project_id = ? AND kind = ? AND "+where,
		append([]any{n, projectID, kind}, args...)...)
	if err == nil && changed == 0 {
		err = errMoved
	}
	if err != nil {
		return fmt.Errorf("count %d more %s of project %s: %w", n, kind, projectID, err)
	}
	return nil
}

// nextEpoch has all who are about to add objects of a project look at its limits again.
func (t *Tx) nextEpoch(projectID string) error {
	changed, err := t.exec("UPDATE quota_slots SET epoch = epoch + 1 WHERE project_id = ?", projectID)
	if err != nil {
		return fmt.Errorf("have the limits of project %s looked at again: %w", projectID, err)
	}
	if changed == 0 {
		return &uncountedError{projectID}
	}
	return nil
}

// giveBack accounts for objects that are gone.
func (t *Tx) giveBack(projectID string, kind lbaas.QuotaKind, n int) error {
	changed, err := t.exec("UPDATE quota_slots SET used = used - ? WHERE project_id = ? AND kind = ? AND slot = ?",
		n, projectID, kind, t.slot)
	if err != nil {
		return fmt.Errorf("count %d fewer %s of project %s: %w", n, kind, projectID, err)
	}
	if changed == 0 {
		return &uncountedError{projectID}
	}
	return nil
}

// counting runs a transaction, and counts the objects of projects that it finds uncounted.
func (s *Store) counting(ctx context.Context, transaction func() error) error {
	before := map[string]bool{}
	for {
		err := transaction()
		missing, ok := errors.AsType[*uncountedError](err)
		if !ok || before[missing.projectID] {
			return err
		}
		before[missing.projectID] = true
		if err := s.count(ctx, missing.projectID); err != nil {
			return err
		}
	}
}

// count makes a project's slots. Until they are there no transaction can change the number of its objects, so that the count is
// exact; who makes them second finds the first one's.
func (s *Store) count(ctx context.Context, projectID string) error {
	err := s.run(ctx, s.write, sql.TxOptions{Isolation: s.dialect.current}, func(t *Tx) error {
		var rows []string
		var args []any
		for _, c := range counted {
			n, err := t.rowsOf(c.table, projectID)
			if err != nil {
				return err
			}
			for slot := range quotaSlots {
				rows, args = append(rows, "(?, ?, ?, ?, 0)"), append(args, projectID, c.kind, slot, n)
				n = 0 // the first slot has them all
			}
		}
		_, err := t.exec("INSERT INTO quota_slots (project_id, kind, slot, used, epoch) VALUES "+strings.Join(rows, ", "), args...)
		return err
	})
	if err != nil && !isDuplicate(err) {
		return fmt.Errorf("count the objects of project %s: %w", projectID, err)
	}
	return nil
}

func (t *Tx) rowsOf(table, projectID string) (n int, err error) {
	err = t.tx.QueryRowContext(t.ctx, "SELECT COUNT(*) FROM "+table+" WHERE project_id = ?", projectID).Scan(&n)
	return n, err
}

// Miscount is a number of objects that was wrong.
type Miscount struct {
	ProjectID   string
	Kind        lbaas.QuotaKind
	Used, Found int
}

// Recount counts the objects of all projects anew, one project and kind at a time, and gives the numbers that it put right. There
// should never be any: it is for rows that somebody changed by hand.
func (s *Store) Recount(ctx context.Context) ([]Miscount, error) {
	known, err := s.usages(ctx)
	if err != nil {
		return nil, err
	}
	var wrong []Miscount
	for _, m := range known {
		err := s.guarded(ctx, func(t *Tx) error {
			m.Found = m.Used
			return t.recount(&m)
		})
		if err != nil {
			return wrong, fmt.Errorf("recount the %s of project %s: %w", m.Kind, m.ProjectID, err)
		}
		if m.Found != m.Used {
			wrong = append(wrong, m)
		}
	}
	return wrong, nil
}

// recount begins with a change of all slots, which keeps everybody away who adds or removes objects of the kind until the end.
func (t *Tx) recount(m *Miscount) error {
	_, err := t.exec("UPDATE quota_slots SET epoch = epoch + 1 WHERE project_id = ? AND kind = ?", m.ProjectID, m.Kind)
	if err != nil {
		return err
	}
	if m.Used, err = t.Usage(m.ProjectID, m.Kind); err != nil {
		return err
	}
	for _, c := range counted {
		if c.kind != m.Kind {
			continue
		}
		if m.Found, err = t.rowsOf(c.table, m.ProjectID); err != nil {
			return err
		}
	}
	if m.Found == m.Used {
		return nil
	}
	return t.changeUsage(m.ProjectID, m.Kind, m.Found-m.Used, "slot = 0")
}

// usages are all numbers there are, as Miscounts that are none.
func (s *Store) usages(ctx context.Context) (all []Miscount, err error) {
	err = s.Read(ctx, func(t *Tx) (err error) {
		all, err = collect(t, func(m *Miscount) []any { return []any{&m.ProjectID, &m.Kind, &m.Used} },
			"SELECT project_id, kind, SUM(used) FROM quota_slots GROUP BY project_id, kind ORDER BY project_id, kind")
		if err != nil {
			err = fmt.Errorf("read how many objects projects have: %w", err)
		}
		return err
	})
	return all, err
}
