package avisim

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// filter says whether a list shows an object.
type filter func(listed) bool

// shapingParameters change how a list is shown, not which objects it has.
var shapingParameters = map[string]bool{ //nolint:gochecknoglobals // a table that never changes
	"page": true, "page_size": true, "sort": true, "limit_by": true, "fields": true, "include_name": true,
	"skip_default": true, "join_subresources": true, "join": true, "include": true, "include_refs": true,
	"duration": true, "start": true, "stop": true, "limit": true, "step": true,
	"exclude": true, "label_key": true, "label_value": true,
}

// filters reads the query parameters of a list (controller facts 2.7). All of them must match.
func (s *Server) filters(c *call, model *schema.Message) ([]filter, error) {
	var out []filter
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		if shapingParameters[name] {
			continue
		}
		f, err := s.parameterFilter(c, model, name, c.query.Get(name))
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	if key := c.query.Get("label_key"); key != "" {
		out = append(out, labelled(key, c.query["label_value"]))
	}
	return out, nil
}

func (s *Server) parameterFilter(c *call, model *schema.Message, name, value string) (filter, error) {
	switch name {
	case "uuid.in":
		wanted := strings.Split(value, ",")
		exclude := c.query.Get("exclude") == "uuid.in"
		return func(item listed) bool { return slices.Contains(wanted, item.record.uuid) != exclude }, nil
	case "cloud_uuid":
		return func(item listed) bool { return item.record.cloud == value }, nil
	case "refers_to", "referred_by":
		return s.relationFilter(name, value)
	case "search", "isearch":
		return s.searchFilter(value, name == "isearch")
	}
	field, operator := name, ""
	for _, known := range []string{".contains", ".icontains", ".in"} {
		if before, found := strings.CutSuffix(name, known); found {
			field, operator = before, known
		}
	}
	path := strings.Split(field, ".")
	if model.Field(path[0]) == nil {
		// A filter on a field that the type does not have finds nothing, without an error (controller facts 2.7).
		return func(listed) bool { return false }, nil
	}
	return func(item listed) bool { return compare(s.valueAt(item, path), operator, value) }, nil
}

func compare(value any, operator, wanted string) bool {
	if entries, ok := value.([]any); ok {
		return slices.ContainsFunc(entries, func(entry any) bool { return compare(entry, operator, wanted) })
	}
	text := scalarText(value)
	if ref, ok := value.(schema.Ref); ok && operator == "" {
		reference, err := url.Parse(wanted)
		return wanted == ref.UUID || err == nil && strings.HasSuffix(reference.Path, ref.Path())
	}
	switch operator {
	case ".contains":
		return strings.Contains(text, wanted)
	case ".icontains":
		return strings.Contains(strings.ToLower(text), strings.ToLower(wanted))
	case ".in":
		return slices.Contains(strings.Split(wanted, ","), text)
	}
	return text == wanted
}

// relationFilter reads "pool:pool-1": objects that refer to it, or that it refers to.
func (s *Server) relationFilter(name, value string) (filter, error) {
	kind, id, ok := strings.Cut(value, ":")
	model := s.models[strings.ToLower(kind)]
	if !ok || model == nil {
		return nil, badRequest("%s must be <type>:<uuid>, not %q", name, value)
	}
	other := schema.Ref{Type: model.Name, UUID: id}
	if name == "refers_to" {
		return func(item listed) bool {
			_, refers := s.store.referrers[other][item.record]
			return refers
		}, nil
	}
	return func(item listed) bool {
		r := s.store.byRef[other]
		if r == nil {
			return false
		}
		_, refers := s.store.referrers[item.record.ref()][r]
		return refers
	}, nil
}

// searchFilter reads "(field,text)|(field,text)": any of them contained.
func (s *Server) searchFilter(value string, ignoreCase bool) (filter, error) {
	type term struct {
		path []string
		text string
	}
	var terms []term
	for part := range strings.SplitSeq(value, "|") {
		inner, ok := strings.CutPrefix(part, "(")
		inner, closed := strings.CutSuffix(inner, ")")
		field, wanted, comma := strings.Cut(inner, ",")
		if !ok || !closed || !comma {
			return nil, badRequest("search must be (field,text), not %q", part)
		}
		terms = append(terms, term{strings.Split(field, "."), wanted})
	}
	operator := ".contains"
	if ignoreCase {
		operator = ".icontains"
	}
	return func(item listed) bool {
		return slices.ContainsFunc(terms, func(t term) bool { return compare(s.valueAt(item, t.path), operator, t.text) })
	}, nil
}

// labelled finds objects by a marker's key, and value if any is given.
func labelled(key string, values []string) filter {
	return func(item listed) bool {
		for _, marker := range objects(item.body, "markers") {
			if text(marker, "key") != key {
				continue
			}
			if len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return compare(marker["values"], "", v) }) {
				return true
			}
		}
		return false
	}
}
