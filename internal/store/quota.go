package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// ProjectQuotas are the limits that a project has of its own.
type ProjectQuotas struct {
	ProjectID string
	// Limits that are missing are the defaults.
	Limits lbaas.Quotas
	record lbaas.Resource // the row's time
}

//nolint:gochecknoglobals // tables that are never written
var (
	quotas = table[ProjectQuotas]{
		name: "quotas", resource: "Quotas", columns: []string{"id", "limits", "created_at"},
		fields: func(q *ProjectQuotas) []any {
			return []any{&q.ProjectID, jsonValue[lbaas.Quotas]{&q.Limits}, timeColumn{&q.record.CreatedAt}}
		},
		filters: map[string]string{"id": "id", "project_id": "id", "created_at": "created_at"},
	}
	// counted says which table has the objects of a kind, in the order of lbaas.QuotaKinds.
	counted = []struct {
		kind  lbaas.QuotaKind
		table string
		shown string
	}{
		{lbaas.QuotaLoadBalancer, loadBalancers.name, loadBalancers.resource},
		{lbaas.QuotaListener, listeners.name, listeners.resource},
		{lbaas.QuotaMember, members.name, members.resource},
		{lbaas.QuotaPool, pools.name, pools.resource},
		{lbaas.QuotaHealthMonitor, healthMonitors.name, healthMonitors.resource},
		{lbaas.QuotaL7Policy, l7Policies.name, l7Policies.resource},
		{lbaas.QuotaL7Rule, l7Rules.name, l7Rules.resource},
	}
)

// Quotas reads the limits of a project; found is false when it has none of its own.
func (t *Tx) Quotas(projectID string) (q ProjectQuotas, found bool, err error) {
	q, err = quotas.get(t, projectID)
	if errors.Is(err, lbaas.KindNotFound) {
		return ProjectQuotas{ProjectID: projectID, Limits: lbaas.Quotas{}}, false, nil
	}
	if q.Limits == nil { // all of them were put back to the defaults
		q.Limits = lbaas.Quotas{}
	}
	return q, err == nil, err
}

// AllQuotas lists the limits of the projects that have some of their own; more says that the list goes on.
func (t *Tx) AllQuotas(q Query) (page []ProjectQuotas, more bool, err error) {
	return list(t, &quotas, q)
}

// SetQuotas writes the limits of a project. They bind what is made from now on: what a project has beyond them it keeps.
func (t *Tx) SetQuotas(q ProjectQuotas) error {
	old, found, err := t.Quotas(q.ProjectID)
	if err != nil {
		return err
	}
	if found {
		// Two changes at the same moment, each of another kind, must both be there in the end.
		n, err := t.exec("UPDATE quotas SET limits = ? WHERE id = ? AND limits = ?",
			jsonValue[lbaas.Quotas]{&q.Limits}, q.ProjectID, jsonValue[lbaas.Quotas]{&old.Limits})
		if err == nil && n == 0 {
			err = errMoved
		}
		return err
	}
	q.record.CreatedAt = t.now
	return quotas.insert(t, &q)
}

// DeleteQuotas puts a project back to the defaults; KindNotFound when it has never had limits or objects, as with Octavia, which
// keeps the project's row.
func (t *Tx) DeleteQuotas(projectID string) error {
	q, found, err := t.Quotas(projectID)
	switch {
	case err != nil:
		return err
	case found:
		q.Limits = lbaas.Quotas{}
		return t.SetQuotas(q)
	}
	_, err = t.Usage(projectID, lbaas.QuotaLoadBalancer)
	if _, unknown := errors.AsType[*uncountedError](err); unknown {
		return lbaas.NotFound(quotas.resource, projectID)
	}
	return err
}

// DefaultQuotas are the limits of projects that have none of their own, of every kind.
func (s *Store) DefaultQuotas() lbaas.Quotas { return s.quotas.Over(nil) }

// InsertMemberInPlace adds a member in the place of one that goes in the same transaction: it counts, and is not held to the quota,
// though the other one counts as well until it is gone. For the rest it is InsertMember.
func (t *Tx) InsertMemberInPlace(loadBalancerID string, m *lbaas.Member) error {
	before := t.unlimited
	t.unlimited = true
	defer func() { t.unlimited = before }()
	return t.InsertMember(loadBalancerID, m)
}

// uncountedError says that nobody has counted a project's objects yet: Store.Write does, and begins anew.
type uncountedError struct{ projectID string }

func (e *uncountedError) Error() string {
	return "the objects of project " + e.projectID + " were not counted yet"
}

// TakeQuota accounts for n more objects of a kind, and refuses them (KindForbidden) when the project may not have so many. It is
// part of every insertion; only who inserts by other ways has to call it. The number is compared and set by one statement, so
// that requests at the same moment cannot both have the last one.
func (t *Tx) TakeQuota(projectID string, kind lbaas.QuotaKind, n int) error {
	limit, err := t.quotaLimit(projectID, kind)
	if err != nil {
		return err
	}
	statement, args := "UPDATE quota_usage SET used = used + ? WHERE project_id = ? AND kind = ?", []any{n, projectID, kind}
	if limit != lbaas.Unlimited {
		statement, args = statement+" AND used <= ?", append(args, limit-n)
	}
	changed, err := t.exec(statement, args...)
	if err != nil {
		return fmt.Errorf("count %d more %s of project %s: %w", n, kind, projectID, err)
	}
	if changed > 0 {
		return nil
	}
	if _, err := t.Usage(projectID, kind); err != nil {
		return err
	}
	return lbaas.OverQuota(shownKind(kind))
}

// CheckQuota says in advance what TakeQuota would, as far as that can be known; it changes nothing.
func (t *Tx) CheckQuota(projectID string, kind lbaas.QuotaKind, n int) error {
	limit, err := t.quotaLimit(projectID, kind)
	if err != nil || limit == lbaas.Unlimited {
		return err
	}
	used, err := t.Usage(projectID, kind)
	if _, unknown := errors.AsType[*uncountedError](err); unknown {
		return nil
	}
	if err == nil && used > limit-n {
		err = lbaas.OverQuota(shownKind(kind))
	}
	return err
}

func (t *Tx) quotaLimit(projectID string, kind lbaas.QuotaKind) (int, error) {
	if t.unlimited {
		return lbaas.Unlimited, nil
	}
	own, _, err := t.Quotas(projectID)
	return own.Limits.Over(t.quotas)[kind], err
}

// Usage is how many objects of a kind a project has, those that are still being deleted among them.
func (t *Tx) Usage(projectID string, kind lbaas.QuotaKind) (used int, err error) {
	err = t.tx.QueryRowContext(t.ctx, "SELECT used FROM quota_usage WHERE project_id = ? AND kind = ?", projectID, kind).Scan(&used)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, &uncountedError{projectID}
	}
	if err != nil {
		return 0, fmt.Errorf("read how many %s project %s has: %w", kind, projectID, err)
	}
	return used, nil
}

// giveBack accounts for objects that are gone.
func (t *Tx) giveBack(projectID string, kind lbaas.QuotaKind, n int) error {
	changed, err := t.exec(`UPDATE quota_usage SET used = CASE WHEN used > ? THEN used - ? ELSE 0 END
		WHERE project_id = ? AND kind = ?`, n, n, projectID, kind)
	if err != nil {
		return fmt.Errorf("count %d fewer %s of project %s: %w", n, kind, projectID, err)
	}
	if changed == 0 {
		return &uncountedError{projectID}
	}
	return nil
}

func shownKind(kind lbaas.QuotaKind) string {
	for _, c := range counted {
		if c.kind == kind {
			return c.shown
		}
	}
	return string(kind)
}

// removeChildren removes what hangs from a load balancer, or what is doomed of it, and accounts for that.
func (t *Tx) removeChildren(loadBalancerID string, doomedOnly bool) error {
	where := " WHERE load_balancer_id = ?"
	if doomedOnly {
		where += " AND doomed = 1"
	}
	found, err := t.countChildren(loadBalancerID, where)
	if err != nil {
		return err
	}
	for _, name := range childTables {
		if !slices.ContainsFunc(found, func(c childCount) bool { return c.table == name }) {
			continue
		}
		if _, err := t.exec("DELETE FROM "+name+where, loadBalancerID); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		if err := t.forgetTags(loadBalancerID); err != nil {
			return err
		}
	}
	for _, c := range found {
		if err := t.giveBack(c.projectID, kindOf(c.table), c.n); err != nil {
			return err
		}
	}
	return nil
}

// childCount is how many rows of a table are one project's.
type childCount struct {
	table, projectID string
	n                int
}

func (t *Tx) countChildren(loadBalancerID, where string) (found []childCount, err error) {
	var parts []string
	var args []any
	for _, name := range childTables {
		parts = append(parts, "SELECT '"+name+"', project_id, COUNT(*) FROM "+name+where+" GROUP BY project_id")
		args = append(args, loadBalancerID)
	}
	rows, err := t.tx.QueryContext(t.ctx, strings.Join(parts, " UNION ALL "), args...)
	if err != nil {
		return nil, fmt.Errorf("count what hangs from load balancer %s: %w", loadBalancerID, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c childCount
		if err := rows.Scan(&c.table, &c.projectID, &c.n); err != nil {
			return nil, err
		}
		found = append(found, c)
	}
	return found, rows.Err()
}

func kindOf(table string) lbaas.QuotaKind {
	for _, c := range counted {
		if c.table == table {
			return c.kind
		}
	}
	return ""
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

// count makes a project's rows of quota_usage. Until they are there no transaction can change the number of its objects, so that
// the count is exact; who makes them second finds the first one's.
func (s *Store) count(ctx context.Context, projectID string) error {
	err := s.run(ctx, s.write, sql.TxOptions{Isolation: s.dialect.current}, func(t *Tx) error {
		for _, c := range counted {
			var n int
			row := t.tx.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+c.table+" WHERE project_id = ?", projectID)
			if err := row.Scan(&n); err != nil {
				return err
			}
			if _, err := t.exec("INSERT INTO quota_usage (project_id, kind, used, counted_at) VALUES (?, ?, ?, ?)",
				projectID, c.kind, n, micros(t.now)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !isDuplicate(err) {
		return fmt.Errorf("count the objects of project %s: %w", projectID, err)
	}
	return nil
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

// recount begins with a change of the row, which keeps everybody away who adds or removes objects of the kind until the end.
func (t *Tx) recount(m *Miscount) error {
	_, err := t.exec("UPDATE quota_usage SET counted_at = ? WHERE project_id = ? AND kind = ?", micros(t.now), m.ProjectID, m.Kind)
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
		row := t.tx.QueryRowContext(t.ctx, "SELECT COUNT(*) FROM "+c.table+" WHERE project_id = ?", m.ProjectID)
		if err := row.Scan(&m.Found); err != nil {
			return err
		}
	}
	if m.Found == m.Used {
		return nil
	}
	_, err = t.exec("UPDATE quota_usage SET used = ? WHERE project_id = ? AND kind = ?", m.Found, m.ProjectID, m.Kind)
	return err
}

// usages are all numbers there are, as Miscounts that are none.
func (s *Store) usages(ctx context.Context) (all []Miscount, err error) {
	err = s.Read(ctx, func(t *Tx) (err error) {
		rows, err := t.tx.QueryContext(ctx, "SELECT project_id, kind, used FROM quota_usage ORDER BY project_id, kind")
		if err != nil {
			return fmt.Errorf("read how many objects projects have: %w", err)
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var m Miscount
			if err := rows.Scan(&m.ProjectID, &m.Kind, &m.Used); err != nil {
				return err
			}
			all = append(all, m)
		}
		return rows.Err()
	})
	return all, err
}
