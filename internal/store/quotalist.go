package store

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// AllQuotas lists the limits of the projects that have some of their own; more says that the list goes on.
func (t *Tx) AllQuotas(q Query) (page []*ProjectQuotas, more bool, err error) {
	if !asksForLimits(q) {
		return list(t, &quotas, q)
	}
	return t.quotasByLimits(q)
}

// limitNamed is the kind of a limit by its name in lists: today's, or with a line between the words.
func limitNamed(attribute string) (lbaas.QuotaKind, bool) {
	for _, kind := range lbaas.QuotaKinds() {
		if string(kind) == attribute || strings.ReplaceAll(string(kind), "_", "") == attribute {
			return kind, true
		}
	}
	return "", false
}

func asksForLimits(q Query) bool {
	named := func(attribute string) bool { _, ok := limitNamed(attribute); return ok }
	return slices.ContainsFunc(slices.Concat(slices.Collect(maps.Keys(q.Equal)), slices.Collect(maps.Keys(q.OneOf))), named) ||
		slices.ContainsFunc(q.Sort, func(k SortKey) bool { return named(k.Attribute) })
}

// quotasByLimits narrows and orders by limits. They are one column of JSON, which no database is asked to look into; there are no
// more rows than projects with limits of their own.
func (t *Tx) quotasByLimits(q Query) (page []*ProjectQuotas, more bool, err error) {
	rest := Query{Equal: maps.Clone(q.Equal), OneOf: maps.Clone(q.OneOf), Tags: q.Tags}
	maps.DeleteFunc(rest.Equal, func(attribute, _ string) bool { _, ok := limitNamed(attribute); return ok })
	maps.DeleteFunc(rest.OneOf, func(attribute string, _ []string) bool { _, ok := limitNamed(attribute); return ok })
	for _, k := range q.Sort {
		if _, ok := limitNamed(k.Attribute); !ok {
			rest.Sort = append(rest.Sort, k)
		}
	}
	if page, _, err = list(t, &quotas, rest); err != nil {
		return nil, false, err
	}
	page = slices.DeleteFunc(page, func(p *ProjectQuotas) bool { return !p.hasLimits(q) })
	slices.SortStableFunc(page, func(a, b *ProjectQuotas) int { return a.compare(b, q.Sort) })
	if q.Reverse {
		slices.Reverse(page)
	}
	if q.Marker != "" {
		at := slices.IndexFunc(page, func(p *ProjectQuotas) bool { return p.ProjectID == q.Marker })
		if at < 0 {
			return nil, false, markerError(q.Marker, nil)
		}
		page = page[at+1:]
	}
	if q.Limit > 0 && len(page) > q.Limit {
		page, more = page[:q.Limit], true
	}
	if q.Reverse {
		slices.Reverse(page)
	}
	return page, more, nil
}

// hasLimits says whether a project has the limits that a query asks for as its own.
func (p *ProjectQuotas) hasLimits(q Query) bool {
	is := func(attribute string, values ...string) bool {
		kind, ok := limitNamed(attribute)
		if !ok {
			return true
		}
		limit, own := p.Limits[kind]
		return own && slices.ContainsFunc(values, func(value string) bool {
			n, err := strconv.Atoi(value)
			return err == nil && n == limit
		})
	}
	for attribute, value := range q.Equal {
		if !is(attribute, value) {
			return false
		}
	}
	for attribute, values := range q.OneOf {
		if !is(attribute, values...) {
			return false
		}
	}
	return true
}

// compare orders by one key after the other. A limit that is the default comes before all others, as an empty column does.
func (p *ProjectQuotas) compare(other *ProjectQuotas, keys []SortKey) int {
	for _, key := range keys {
		var order int
		switch kind, ok := limitNamed(key.Attribute); {
		case ok:
			order = cmp.Compare(p.rank(kind), other.rank(kind))
		case quotas.filters[key.Attribute] == "id":
			order = cmp.Compare(p.ProjectID, other.ProjectID)
		default:
			order = p.record.CreatedAt.Compare(other.record.CreatedAt)
		}
		if key.Descending {
			order = -order
		}
		if order != 0 {
			return order
		}
	}
	return 0
}

// rank is a limit to be compared; the default is below all.
func (p *ProjectQuotas) rank(kind lbaas.QuotaKind) int {
	if limit, own := p.Limits[kind]; own {
		return limit
	}
	return lbaas.Unlimited - 1
}
