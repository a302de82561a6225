package avisim

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

const (
	defaultPageSize = 25 // controller facts 2.7
	maxPageSize     = 200
)

// listed is one object as a list shows it.
type listed struct {
	record   *record
	body     schema.Object
	modified int64
}

// list answers GET of a collection.
func (s *Server) list(c *call, model *schema.Message) (*response, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, err := s.selected(c, model)
	if err != nil {
		return nil, err
	}
	page, next, err := paginate(c, found)
	if err != nil {
		return nil, err
	}
	view := s.view(c, wantsNames(c))
	view.sorted = comesSorted(model)
	var health *health
	if c.query.Get("join_subresources") == "runtime" {
		health = s.newHealth(c.now)
	}
	items := make([]func([]byte) []byte, len(page))
	for i, item := range page {
		items[i] = func(dst []byte) []byte {
			extra := s.storedView(c, item.record, item.body, false)
			if health != nil {
				extra["runtime"] = s.runtimeOf(health, item.record)
			}
			return view.appendObject(dst, model, item.record.shown(item.body, item.modified, http.MethodGet), extra)
		}
	}
	return jsonResponse(http.StatusOK, appendPage(len(found), items, next)), nil
}

// appendPage writes a collection's answer (controller facts 2.1).
func appendPage(count int, items []func([]byte) []byte, next string) []byte {
	dst := make([]byte, 0, 256+1024*len(items))
	dst = append(dst, `{"count":`...)
	dst = strconv.AppendInt(dst, int64(count), 10)
	dst = append(dst, `,"results":[`...)
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = item(dst)
	}
	dst = append(dst, ']')
	if next != "" {
		dst = append(dst, `,"next":`...)
		dst = appendString(dst, next)
	}
	return append(dst, '}')
}

// paginate cuts the page out that the request wants, and gives the url of the next one, empty on the last.
func paginate(c *call, found []listed) (page []listed, next string, err error) {
	size, err := intParameter(c.query, "page_size", defaultPageSize)
	if err != nil {
		return nil, "", err
	}
	number, err := intParameter(c.query, "page", 1)
	if err != nil {
		return nil, "", err
	}
	if size > maxPageSize {
		return nil, "", badRequest("page_size %d is greater than %d", size, maxPageSize)
	}
	start := min((number-1)*size, len(found))
	end := min(start+size, len(found))
	if start >= len(found) && number > 1 {
		return nil, "", &apiError{status: http.StatusNotFound, text: "Invalid page.", detail: true}
	}
	if end < len(found) {
		query := c.request.URL.Query()
		query.Set("page", strconv.Itoa(number+1))
		next = c.base + strings.TrimRight(c.request.URL.EscapedPath(), "/") + "?" + query.Encode()
	}
	return found[start:end], next, nil
}

func intParameter(query url.Values, name string, fallback int) (int, error) {
	value := query.Get(name)
	if value == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > 1<<20 {
		return 0, badRequest("%s must be a positive number, not %q", name, value)
	}
	return n, nil
}

// selected are the objects that the request may see and asks for, sorted and limited.
func (s *Server) selected(c *call, model *schema.Message) ([]listed, error) {
	filters, err := s.filters(c, model)
	if err != nil {
		return nil, err
	}
	var found []listed
	for _, r := range s.store.byModel[model.Name] {
		if !c.all && !r.visible(c.tenant) {
			continue
		}
		body, modified := r.seen(c.now)
		if body == nil {
			continue
		}
		item := listed{r, body, modified}
		if matchesAll(filters, item) {
			found = append(found, item)
		}
	}
	if order := c.query.Get("sort"); order != "" {
		s.sortBy(found, order)
	}
	limit, err := intParameter(c.query, "limit_by", len(found)+1)
	if err != nil {
		return nil, err
	}
	return found[:min(limit, len(found))], nil
}

func matchesAll(filters []filter, item listed) bool {
	for _, f := range filters {
		if !f(item) {
			return false
		}
	}
	return true
}

// sortBy sorts by a field, downwards with "-" before it.
func (s *Server) sortBy(found []listed, order string) {
	field, descending := strings.CutPrefix(order, "-")
	path := strings.Split(field, ".")
	slices.SortStableFunc(found, func(a, b listed) int {
		result := compareValues(s.valueAt(a, path), s.valueAt(b, path))
		if descending {
			return -result
		}
		return result
	})
}

func compareValues(a, b any) int {
	x, okX := a.(int64)
	y, okY := b.(int64)
	if okX && okY {
		return cmp.Compare(x, y)
	}
	return strings.Compare(scalarText(a), scalarText(b))
}

// valueAt follows a dotted path through sub-messages and references: "cloud_ref.name".
func (s *Server) valueAt(item listed, path []string) any {
	var value any = item.body
	if len(path) == 1 && path[0] == "_last_modified" {
		return item.modified
	}
	for _, name := range path {
		switch v := value.(type) {
		case schema.Object:
			value = v[name]
		case schema.Ref:
			target := s.store.byRef[v]
			if target == nil {
				return nil
			}
			value = target.body[name]
		default:
			return nil
		}
	}
	return value
}

// scalarText is how a value compares with a query parameter.
func scalarText(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case schema.Ref:
		return v.UUID
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}
