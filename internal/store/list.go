package store

import (
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// Query narrows, orders and pages a list. Attributes are LBaaS v2's.
type Query struct {
	Equal   map[string]string
	OneOf   map[string][]string // of each attribute one of the values
	Tags    lbaas.TagFilter
	Sort    []SortKey
	Limit   int // 0: no limit
	Marker  string
	Reverse bool
}

// SortKey is one attribute to order by.
type SortKey struct {
	Attribute  string
	Descending bool
}

// list reads a page.
func list[T any](t *Tx, tb *table[T], q Query) (page []*T, more bool, err error) {
	rows, err := tb.selection(t, q)
	if err != nil {
		return nil, false, err
	}
	return readPage(t, tb, &rows)
}

// readPage reads the rows of a page. They are large: each is copied once, and from then on pointed to.
func readPage[T any](t *Tx, tb *table[T], rows *selection) (page []*T, more bool, err error) {
	limit := rows.limit
	if limit > 0 {
		limit++ // to know whether the list goes on
	}
	tail, args := rows.tail(limit)
	err = tb.each(t, tail, args, func(row *T) {
		kept := *row
		page = append(page, &kept)
	})
	if err != nil {
		return nil, false, err
	}
	if rows.limit > 0 && len(page) > rows.limit {
		page, more = page[:rows.limit], true
	}
	if rows.reverse {
		slices.Reverse(page)
	}
	return page, more, nil
}

// selection is which rows of a table are on a page of a list, and their order.
type selection struct {
	where []string
	args  []any
	order string
	limit int // 0: none
	// reverse says that the rows come in the opposite of the list's order.
	reverse bool
}

// selection finds the rows of a query.
func (tb *table[T]) selection(t *Tx, q Query) (selection, error) {
	s := selection{limit: q.Limit, reverse: q.Reverse}
	require := func(sql string, args ...any) { s.where, s.args = append(s.where, sql), append(s.args, args...) }
	for attribute, value := range q.Equal {
		c, err := tb.filter(attribute, value)
		if err != nil {
			return s, err
		}
		require(c.sql, c.args...)
	}
	for attribute, values := range q.OneOf {
		c, err := tb.filterOneOf(attribute, values)
		if err != nil {
			return s, err
		}
		require(c.sql, c.args...)
	}
	conditions, values := tagConditions(tb.name, q.Tags)
	s.where, s.args = append(s.where, conditions...), append(s.args, values...)
	keys, err := tb.sortColumns(t.tx.dialect, q)
	if err != nil {
		return s, err
	}
	s.order = orderBy(keys)
	if q.Marker != "" {
		clause, args, err := tb.after(t, q.Marker, keys)
		if err != nil {
			return s, err
		}
		require(clause, args...)
	}
	return s, nil
}

// tail is the rest of a statement that reads up to so many of the rows: "WHERE …". 0 is all.
func (s *selection) tail(limit int) (string, []any) {
	tail, args := "ORDER BY "+s.order, s.args
	if len(s.where) > 0 {
		tail = "WHERE " + strings.Join(s.where, " AND ") + " " + tail
	}
	if limit > 0 {
		tail, args = tail+" LIMIT ?", append(slices.Clip(args), limit)
	}
	return tail, args
}

// sortColumns are the columns to order by, so that the order is total: created_at, where objects show it, and id
// always come last. A reversed page reads the list backwards.
func (tb *table[T]) sortColumns(d *dialect, q Query) ([]SortKey, error) {
	keys := make([]SortKey, 0, len(q.Sort)+2)
	seen := map[string]bool{}
	sort := slices.Clip(q.Sort)
	if _, dated := tb.filters["created_at"]; dated {
		sort = append(sort, SortKey{Attribute: "created_at"})
	}
	for _, k := range sort {
		column, ok := tb.filters[k.Attribute]
		if by, derived := tb.orders[k.Attribute]; derived {
			column, ok = by(d), true
		}
		if !ok {
			return nil, &lbaas.Error{Kind: lbaas.KindInvalid, Message: "Supplied sort key '" + k.Attribute + "' is not valid."}
		}
		if seen[column] {
			continue
		}
		seen[column] = true
		keys = append(keys, SortKey{Attribute: column, Descending: k.Descending != q.Reverse})
	}
	if !seen["id"] {
		keys = append(keys, SortKey{Attribute: "id", Descending: q.Reverse})
	}
	return keys, nil
}

// markerError refuses a marker that no object of the list has.
func markerError(marker string, err error) error {
	return &lbaas.Error{Kind: lbaas.KindInvalid, Message: "Supplied pagination marker '" + marker + "' is not valid.", Err: err}
}

// after is the condition for the rows that come after a marker in the order of keys: lexicographic comparison, spelled out.
func (tb *table[T]) after(t *Tx, marker string, keys []SortKey) (string, []any, error) {
	row, err := tb.get(t, marker)
	if err != nil {
		return "", nil, markerError(marker, err)
	}
	values := map[string]any{}
	fields := tb.fields(&row)
	for i, column := range tb.columns {
		values[column] = fields[i]
	}
	// at is what the marker has there: what was read of it, or what the database works out of it as it does for the other rows.
	at := func(order string) (string, any) {
		if value, read := values[order]; read {
			return "?", value
		}
		return "(SELECT " + order + " FROM " + tb.name + " WHERE id = ?)", marker
	}
	var alternatives []string
	var args []any
	for i, key := range keys {
		var terms []string
		for _, equal := range keys[:i] {
			mark, value := at(equal.Attribute)
			terms, args = append(terms, equal.Attribute+" = "+mark), append(args, value)
		}
		operator := " > "
		if key.Descending {
			operator = " < "
		}
		mark, value := at(key.Attribute)
		terms, args = append(terms, key.Attribute+operator+mark), append(args, value)
		alternatives = append(alternatives, "("+strings.Join(terms, " AND ")+")")
	}
	return "(" + strings.Join(alternatives, " OR ") + ")", args, nil
}

func orderBy(keys []SortKey) string {
	terms := make([]string, len(keys))
	for i, k := range keys {
		terms[i] = k.Attribute
		if k.Descending {
			terms[i] += " DESC"
		}
	}
	return strings.Join(terms, ", ")
}
