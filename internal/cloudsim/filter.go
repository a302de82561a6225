package cloudsim

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// listQuery are the parameters of a list that are not filters.
//
//nolint:gochecknoglobals // a table
var listQuery = []string{"fields", "limit", "marker", "sort_key", "sort_dir"}

// list filters, sorts and pages a collection of resource bodies (all of the same keys) as Neutron does with its
// filter-validation extension: unknown filters are refused. Values of one filter are alternatives, different filters must
// all match.
func (n *network) list(r *http.Request, collection string, all []map[string]any, known []string) (reply, error) {
	query := r.URL.Query()
	var invalid []string
	for name := range query {
		if !slices.Contains(known, name) && !slices.Contains(listQuery, name) {
			invalid = append(invalid, "'"+name+"'")
		}
	}
	if len(invalid) > 0 {
		slices.Sort(invalid)
		return reply{}, badRequest(fmt.Sprintf("[%s] is invalid attribute for filtering", strings.Join(invalid, ", ")))
	}
	kept := make([]map[string]any, 0, len(all))
	for _, object := range all {
		if matches(object, query) {
			kept = append(kept, object)
		}
	}
	if err := sortBy(kept, query, known); err != nil {
		return reply{}, err
	}
	page, more, err := pageOf(kept, query)
	if err != nil {
		return reply{}, err
	}
	body := map[string]any{}
	if more {
		next := url.Values{}
		maps.Copy(next, query)
		next.Set("marker", fmt.Sprint(page[len(page)-1]["id"]))
		body[collection+"_links"] = []map[string]string{{"rel": "next", "href": n.service.baseURL(r) + r.URL.Path + "?" + next.Encode()}}
	}
	for i, object := range page {
		page[i] = only(object, query["fields"])
	}
	body[collection] = page
	return reply{status: http.StatusOK, body: body}, nil
}

func matches(object map[string]any, query url.Values) bool {
	for name, wanted := range query {
		switch {
		case slices.Contains(listQuery, name):
		case name == "fixed_ips":
			if !matchesFixedIPs(object["fixed_ips"].([]fixedIP), wanted) {
				return false
			}
		case !slices.ContainsFunc(wanted, func(value string) bool { return equalsText(object[name], value) }):
			return false
		}
	}
	return true
}

// equalsText compares an attribute with a query's text; booleans are spelled in any case, and null is the empty text.
func equalsText(attribute any, text string) bool {
	switch v := attribute.(type) {
	case nil:
		return text == ""
	case bool:
		got, err := strconv.ParseBool(strings.ToLower(text))
		return err == nil && got == v
	default:
		return fmt.Sprint(v) == text
	}
}

// matchesFixedIPs handles fixed_ips=subnet_id=X and fixed_ips=ip_address=Y: all kinds given must match, each by any of its
// values.
func matchesFixedIPs(ips []fixedIP, wanted []string) bool {
	byKind := map[string][]string{}
	for _, w := range wanted {
		kind, value, _ := strings.Cut(w, "=")
		byKind[kind] = append(byKind[kind], value)
	}
	for kind, values := range byKind {
		if !slices.ContainsFunc(ips, func(ip fixedIP) bool { return fixedIPHas(ip, kind, values) }) {
			return false
		}
	}
	return true
}

func fixedIPHas(ip fixedIP, kind string, values []string) bool {
	switch kind {
	case "subnet_id":
		return slices.Contains(values, ip.SubnetID)
	case "ip_address":
		return slices.Contains(values, ip.Address.String())
	case "ip_address_substr":
		return slices.ContainsFunc(values, func(v string) bool { return strings.Contains(ip.Address.String(), v) })
	default:
		return false
	}
}

func sortBy(objects []map[string]any, query url.Values, known []string) error {
	keys, directions := query["sort_key"], query["sort_dir"]
	if len(directions) > 0 && len(directions) != len(keys) {
		return badRequest("The number of sort_keys and sort_dirs must be same")
	}
	for i, key := range keys {
		if !slices.Contains(known, key) {
			return badRequest(fmt.Sprintf("['%s'] is invalid attribute for sort_key", key))
		}
		if i < len(directions) && directions[i] != "asc" && directions[i] != "desc" {
			return badRequest("sort_dirs must be 'asc' or 'desc'")
		}
	}
	slices.SortStableFunc(objects, func(a, b map[string]any) int {
		for i, key := range keys {
			order := cmp.Compare(fmt.Sprint(a[key]), fmt.Sprint(b[key]))
			if i < len(directions) && directions[i] == "desc" {
				order = -order
			}
			if order != 0 {
				return order
			}
		}
		return 0
	})
	return nil
}

// pageOf is the part of objects after the marker, at most limit of them; more tells whether some are left.
func pageOf(objects []map[string]any, query url.Values) (page []map[string]any, more bool, err error) {
	if marker := query.Get("marker"); marker != "" {
		at := slices.IndexFunc(objects, func(o map[string]any) bool { return o["id"] == marker })
		if at < 0 {
			return nil, false, badRequest(fmt.Sprintf("Marker %s could not be found", marker))
		}
		objects = objects[at+1:]
	}
	if text := query.Get("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 0 {
			return nil, false, badRequest("The limit must be an integer of 0 or more")
		}
		if limit > 0 && limit < len(objects) {
			return objects[:limit], true, nil
		}
	}
	return objects, false, nil
}

func only(object map[string]any, fields []string) map[string]any {
	if len(fields) == 0 {
		return object
	}
	kept := map[string]any{}
	for _, field := range fields {
		if value, found := object[field]; found {
			kept[field] = value
		}
	}
	return kept
}
