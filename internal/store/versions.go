package store

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// versionColumn is the version of a load balancer: as long as it is the same, so is what users are shown.
//
// Every transaction that changes what is shown changes one of these too. Users' changes of the tree raise the revision (Tx.Lock), the
// end of the worker's work is a new status (settle), and what the Controller observes is one as well (Observe). The time of creation is
// for ids that are used again: what was deleted here can be adopted once more.
const versionColumn = "CONCAT(revision, ' ', provisioning_status, ' ', operating_status, ' ', updated_at, ' ', created_at)"

// versioned are the views of load balancers with their versions.
func versioned(tb table[LoadBalancerView]) table[LoadBalancerView] {
	fields, at := tb.fields, len(tb.columns)
	tb.columns = append(slices.Clip(tb.columns), versionColumn)
	tb.fields = func(v *LoadBalancerView) []any { return slices.Insert(fields(v), at, any(&v.Version)) }
	return tb
}

// LoadBalancerEntry is a load balancer on a page of a list.
type LoadBalancerEntry struct {
	ID      string
	Version string // opaque, and never empty
	// Kept is what the reader of the list keeps of this version; View is nil if and only if that is something.
	Kept []byte
	View *LoadBalancerView
}

// LoadBalancers lists load balancers. Of those of which its caller keeps something, only ids and versions are read: a tenth of the work.
// kept says what, nil for nothing; it may be nil itself, may be asked again about the same load balancer, and must not use the
// transaction.
func (t *Tx) LoadBalancers(q Query, kept func(id, version string) []byte) (page []*LoadBalancerEntry, more bool, err error) {
	if kept == nil {
		return t.wholeLoadBalancers(q)
	}
	rows, err := loadBalancers.selection(t, q)
	if err != nil {
		return nil, false, err
	}
	page, more, err = readPage(t, &loadBalancerVersions, &rows)
	if err != nil {
		return nil, false, err
	}
	missing := map[string]*LoadBalancerEntry{}
	for _, entry := range page {
		if entry.Kept = kept(entry.ID, entry.Version); entry.Kept == nil {
			missing[entry.ID] = entry
		}
	}
	// To name most of a page costs more than to read all of it.
	if 2*len(missing) > len(page) {
		return t.wholeLoadBalancers(q)
	}
	same, err := t.readViews(missing)
	if err != nil {
		return nil, false, err
	}
	if !same {
		return t.wholeLoadBalancers(q)
	}
	return page, more, nil
}

//nolint:gochecknoglobals // a table that is never written
var loadBalancerVersions = table[LoadBalancerEntry]{
	name: loadBalancers.name, resource: loadBalancers.resource, columns: []string{"id", versionColumn},
	fields: func(e *LoadBalancerEntry) []any { return []any{&e.ID, &e.Version} },
}

// LoadBalancerVersion reads the version of one load balancer and whose it is; KindNotFound when there is none.
func (t *Tx) LoadBalancerVersion(id string) (version, projectID string, err error) {
	err = t.tx.QueryRowContext(t.ctx, "SELECT "+versionColumn+", project_id FROM load_balancers WHERE id = ?", id).Scan(&version, &projectID)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", lbaas.NotFound(loadBalancers.resource, id)
	}
	if err != nil {
		return "", "", fmt.Errorf("read the version of load balancer %s: %w", id, err)
	}
	return version, projectID, nil
}

// wholeLoadBalancers is LoadBalancers by one statement.
func (t *Tx) wholeLoadBalancers(q Query) ([]*LoadBalancerEntry, bool, error) {
	views, more, err := list(t, &loadBalancerViews, q)
	page := make([]*LoadBalancerEntry, len(views))
	for i, v := range views {
		page[i] = &LoadBalancerEntry{ID: v.ID, Version: v.Version, View: v}
	}
	return page, more, err
}

// readViews reads the views of the entries of a page, by their ids, and says whether each is still in the version that the page was
// found with. Else the page would be of two states.
func (t *Tx) readViews(entries map[string]*LoadBalancerEntry) (same bool, err error) {
	found := 0
	for chunk := range chunks(slices.Collect(maps.Keys(entries))) {
		marks, args := in(chunk)
		err := loadBalancerViews.each(t, "WHERE id IN ("+marks+")", args, func(v *LoadBalancerView) {
			if entry := entries[v.ID]; entry.Version == v.Version {
				view := *v
				entry.View = &view
				found++
			}
		})
		if err != nil {
			return false, err
		}
	}
	return found == len(entries), nil
}
