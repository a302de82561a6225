package store

import (
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

// SetQuotas writes the limits of a project. They bind what is made from now on: what a project has beyond them it keeps.
func (t *Tx) SetQuotas(q ProjectQuotas) error {
	old, found, err := t.Quotas(q.ProjectID)
	if err != nil {
		return err
	}
	if err := t.nextEpoch(q.ProjectID); err != nil {
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

// InsertMemberInPlace adds a member in the place of one that goes in the same transaction: it counts, and may go beyond the quota,
// since the other one counts as well until it is gone. For the rest it is InsertMember.
func (t *Tx) InsertMemberInPlace(loadBalancerID string, m *lbaas.Member) error {
	t.inPlace = true
	defer func() { t.inPlace = false }()
	return t.InsertMember(loadBalancerID, m)
}

// TakeQuota accounts for n more objects of a kind, and refuses them (KindForbidden) when the project may not have so many. It is
// part of every insertion; only who inserts by other ways has to call it. The number is compared and set by one statement, so
// that requests at the same moment cannot both have the last one. Where there is no limit they do not meet at all.
func (t *Tx) TakeQuota(projectID string, kind lbaas.QuotaKind, n int) error {
	own, epoch, err := t.limitsAndEpoch(projectID, kind)
	if err != nil {
		return err
	}
	limit := t.limit(own, kind)
	if limit == lbaas.Unlimited {
		return t.addUsage(projectID, kind, n, epoch)
	}
	u, err := t.readUsage(projectID, kind)
	if err != nil {
		return err
	}
	room := limit - n - u.sum()
	if room < 0 && !t.inPlace {
		return lbaas.OverQuota(shownKind(kind))
	}
	return t.addUsageBelow(projectID, kind, n, epoch, u[0]+max(room, 0))
}

// CheckQuota says in advance what TakeQuota would, as far as that can be known; it changes nothing.
func (t *Tx) CheckQuota(projectID string, kind lbaas.QuotaKind, n int) error {
	own, _, err := t.Quotas(projectID)
	limit := t.limit(own.Limits, kind)
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

// limit is what holds for a project with limits of its own, or none.
func (t *Tx) limit(own lbaas.Quotas, kind lbaas.QuotaKind) int {
	if t.unlimited {
		return lbaas.Unlimited
	}
	return own.Over(t.quotas)[kind]
}

func shownKind(kind lbaas.QuotaKind) string {
	for _, c := range counted {
		if c.kind == kind {
			return c.shown
		}
	}
	return string(kind)
}

// removeCounted removes what hangs from a load balancer of the rows that were counted with a condition, and accounts for it.
func (t *Tx) removeCounted(loadBalancerID string, counted []childCount, condition string) error {
	if len(counted) == 0 {
		return nil
	}
	for _, name := range tablesOf(counted) {
		if _, err := t.exec("DELETE FROM "+name+" WHERE load_balancer_id = ?"+condition, loadBalancerID); err != nil {
			return fmt.Errorf("remove %s of load balancer %s: %w", name, loadBalancerID, err)
		}
	}
	if err := t.forgetTags(loadBalancerID); err != nil {
		return err
	}
	for _, c := range counted {
		if err := t.giveBack(c.projectID, kindOf(c.table), c.n); err != nil {
			return err
		}
	}
	return nil
}

// childCount is how many rows of a table are one project's, and doomed or not.
type childCount struct {
	table, projectID string
	doomed           bool
	n                int
}

// countChildren counts what hangs from a load balancer, or what of it meets a further condition.
func (t *Tx) countChildren(loadBalancerID, condition string, values ...any) ([]childCount, error) {
	var parts []string
	var args []any
	for _, name := range childTables {
		parts = append(parts, "SELECT '"+name+"', project_id, doomed, COUNT(*) FROM "+name+" WHERE load_balancer_id = ?"+condition+
			" GROUP BY project_id, doomed")
		args = append(append(args, loadBalancerID), values...)
	}
	found, err := collect(t, func(c *childCount) []any { return []any{&c.table, &c.projectID, &c.doomed, &c.n} },
		strings.Join(parts, " UNION ALL "), args...)
	if err != nil {
		return nil, fmt.Errorf("count what hangs from load balancer %s: %w", loadBalancerID, err)
	}
	return found, nil
}

// doomedOf are the counts of what is doomed.
func doomedOf(counts []childCount) []childCount {
	return slices.DeleteFunc(slices.Clone(counts), func(c childCount) bool { return !c.doomed })
}

// tablesOf are the tables that have something counted, those that refer to others first.
func tablesOf(counts []childCount) []string {
	return slices.DeleteFunc(slices.Clone(childTables), func(name string) bool {
		return !slices.ContainsFunc(counts, func(c childCount) bool { return c.table == name })
	})
}

func kindOf(table string) lbaas.QuotaKind {
	for _, c := range counted {
		if c.table == table {
			return c.kind
		}
	}
	return ""
}
