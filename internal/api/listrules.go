package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// ListRules are what an operator leaves out of the conventions of lists: Octavia's allow_pagination, allow_sorting,
// allow_filtering and allow_field_selection, turned round. As there, what is left out is not looked at.
type ListRules struct {
	// NoPagination gives every list whole, with null in the place of its links.
	NoPagination bool
	// NoSorting keeps every list in the order of creation.
	NoSorting bool
	// NoFiltering leaves nothing of the filters but project_id, which says whose objects are meant.
	NoFiltering bool
	// NoFieldSelection gives every object whole.
	NoFieldSelection bool
}

// The parameters of lists that are not filters.
func pageParameters() []string { return []string{"limit", "marker", "page_reverse"} }
func sortParameters() []string { return []string{"sort", "sort_key", "sort_dir"} }

// parse reads the question of a list as far as the rules let it be asked.
func (rules ListRules) parse(values url.Values, maxPage int) (service.Query, error) {
	values = maps.Clone(values)
	if rules.NoPagination {
		remove(values, pageParameters())
	}
	if rules.NoSorting {
		remove(values, sortParameters())
	}
	if rules.NoFiltering {
		kept := slices.Concat(pageParameters(), sortParameters(), []string{"project_id", "tenant_id"})
		maps.DeleteFunc(values, func(name string, _ []string) bool { return !slices.Contains(kept, name) })
	}
	query, err := parseList(values, maxPage)
	if rules.NoPagination {
		query.Limit = 0
	}
	return query, err
}

func remove(values url.Values, names []string) {
	for _, name := range names {
		values.Del(name)
	}
}

// withFields gives the request without its selection of fields where that is not allowed.
func (rules ListRules) withFields(r *http.Request) *http.Request {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if !rules.NoFieldSelection || err != nil || !values.Has("fields") {
		return r // a query that cannot be read is refused later
	}
	values.Del("fields")
	whole := *r.URL
	whole.RawQuery = values.Encode()
	r = r.Clone(r.Context())
	r.URL = &whole
	return r
}
