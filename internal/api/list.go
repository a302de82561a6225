package api

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// parseList reads the filters, order and page of a list. The attributes themselves are the service's to know.
func parseList(values url.Values, maxPage int) (service.Query, error) {
	q := service.Query{Equal: map[string]string{}}
	if values.Has("project_id") && values.Has("tenant_id") {
		return q, errFilter()
	}
	if err := checkTexts(values); err != nil {
		return q, err
	}
	aside := slices.Concat(pageParameters(), sortParameters(), []string{"fields"}) // are no filters, and read below
	for name, given := range values {
		if slices.Contains(aside, name) {
			continue
		}
		if tags := tagsOf(&q.Tags, name); tags != nil {
			for _, list := range given {
				*tags = append(*tags, strings.Split(list, ",")...)
			}
			continue
		}
		name = currentName(name)
		switch {
		case len(given) == 1:
			q.Equal[name] = given[0]
		case name == "project_id":
			return q, errFilter()
		default: // Neutron's way to ask for one of several; Octavia fails
			if q.OneOf == nil {
				q.OneOf = map[string][]string{}
			}
			q.OneOf[name] = given
		}
	}
	for _, name := range append(pageParameters(), "sort") {
		if len(values[name]) > 1 {
			return q, errFilter()
		}
	}
	if values.Has("marker") {
		if q.Marker = values.Get("marker"); q.Marker == "" {
			return q, &lbaas.Error{Kind: lbaas.KindInvalid, Message: "Supplied pagination marker '' is not valid."}
		}
	}
	var err error
	if q.Limit, err = parseLimit(values, maxPage); err != nil {
		return q, err
	}
	if q.Sort, err = parseSort(values); err != nil {
		return q, err
	}
	q.Reverse, err = switchedOn(values, "page_reverse")
	return q, err
}

// checkTexts refuses what no database compares with.
func checkTexts(values url.Values) error {
	for name, given := range values {
		for _, text := range given {
			if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
				return invalid(excerpt(name), strings.ToValidUTF8(text, "\uFFFD"), "Value should be valid UTF-8 without NUL characters.")
			}
		}
	}
	return nil
}

// tagsOf is where the tags of one of Octavia's four filters by tags go; nil for other parameters. The filters may be repeated, and
// each may name several tags, separated by commas.
func tagsOf(f *lbaas.TagFilter, parameter string) *[]string {
	switch parameter {
	case "tags":
		return &f.All
	case "tags-any":
		return &f.Any
	case "not-tags":
		return &f.NotAll
	case "not-tags-any":
		return &f.NotAny
	}
	return nil
}

// currentName is what an attribute is called now: Neutron LBaaS v2's tenants are projects.
func currentName(attribute string) string {
	if attribute == "tenant_id" {
		return "project_id"
	}
	return attribute
}

func errFilter() error {
	return &lbaas.Error{Kind: lbaas.KindInvalid, Message: "One or more arguments are either duplicate or invalid"}
}

// parseLimit is Octavia's: "infinite" and all below 1 are the most there may be.
func parseLimit(values url.Values, maxPage int) (int, error) {
	text := values.Get("limit")
	if !values.Has("limit") || text == "infinite" {
		return maxPage, nil
	}
	limit, err := strconv.Atoi(strings.TrimSpace(text))
	if errors.Is(err, strconv.ErrRange) {
		return maxPage, nil // a number all the same
	}
	if err != nil {
		return 0, malformed("Supplied pagination limit '"+excerpt(text)+"' is not valid.", err)
	}
	if limit < 1 {
		return maxPage, nil
	}
	return min(limit, maxPage), nil
}

// switchedOn reads a parameter that is true or false, in OpenStack's spellings; false when it is not given, or empty.
func switchedOn(values url.Values, parameter string) (bool, error) {
	word := values.Get(parameter)
	if word == "" {
		return false, nil
	}
	on, ok := parseBool(strings.ToLower(word))
	if !ok {
		return false, invalid(parameter, word, "Value not an unambiguous boolean")
	}
	return on, nil
}

// parseSort reads the order in either of its forms: sort=name:asc,id, or sort_key=name,id with sort_dir=asc.
func parseSort(values url.Values) ([]service.SortKey, error) {
	var keys []service.SortKey
	if sort := values.Get("sort"); sort != "" {
		for part := range strings.SplitSeq(sort, ",") {
			name, direction, _ := strings.Cut(part, ":")
			if strings.Contains(direction, ":") {
				return nil, malformed("Supplied sort key '"+excerpt(part)+"' is not valid.", nil)
			}
			key, err := sortKey(name, direction, strings.Contains(part, ":"))
			if err != nil {
				return nil, err
			}
			keys = append(keys, key)
		}
		return keys, nil
	}
	names := strings.Join(values["sort_key"], ",") // Neutron repeats the parameter
	if names == "" {
		return nil, nil
	}
	var directions []string
	if given := strings.Join(values["sort_dir"], ","); given != "" {
		directions = strings.Split(given, ",")
	}
	for i, name := range strings.Split(names, ",") {
		direction := ""
		if i < len(directions) {
			direction = directions[i]
		}
		key, err := sortKey(name, direction, i < len(directions))
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func sortKey(name, direction string, directed bool) (service.SortKey, error) {
	key := service.SortKey{Attribute: currentName(name)}
	if name == "" {
		return key, malformed("Supplied sort key '' is not valid.", nil)
	}
	if !directed {
		return key, nil
	}
	switch strings.ToLower(direction) {
	case "asc":
	case "desc":
		key.Descending = true
	default:
		return key, malformed("Supplied sort direction '"+excerpt(direction)+"' is not valid.", nil)
	}
	return key, nil
}

// pageLinks are the ways on and back from a page. They repeat the whole question, filters and fields included, so that who
// follows them goes on with the same list (Octavia's links forget the filters).
func pageLinks(address string, values url.Values, q service.Query, ids []string, more bool) []link {
	links := []link{}
	if len(ids) == 0 {
		return links
	}
	// Whoever came here by a marker can go back to where it came from.
	backward, forward := q.Marker != "", more
	if q.Reverse {
		backward, forward = more, q.Marker != ""
	}
	to := func(rel, marker string, reverse bool) {
		next := maps.Clone(values)
		next.Set("limit", strconv.Itoa(q.Limit))
		next.Set("marker", marker)
		next.Del("page_reverse")
		if reverse {
			next.Set("page_reverse", "True")
		}
		links = append(links, link{Href: address + "?" + next.Encode(), Rel: rel})
	}
	if backward {
		to("previous", ids[0], true)
	}
	if forward {
		to("next", ids[len(ids)-1], false)
	}
	return links
}
