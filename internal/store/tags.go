package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// tagged are the objects that may have tags: those of the domain that embed a Resource.
type tagged interface{ Base() *lbaas.Resource }

// ReplaceTags stores the tags of an object of a load balancer's tree in the place of those that it had.
func (t *Tx) ReplaceTags(loadBalancerID string, r *lbaas.Resource) error {
	if _, err := t.exec("DELETE FROM tags WHERE resource_id = ?", r.ID); err != nil {
		return fmt.Errorf("forget the tags of %s: %w", r.ID, err)
	}
	return t.insertTags(loadBalancerID, r)
}

func (t *Tx) insertTags(loadBalancerID string, r *lbaas.Resource) error {
	for _, tag := range r.Tags {
		_, err := t.exec("INSERT INTO tags (resource_id, tag, load_balancer_id) VALUES (?, ?, ?)", r.ID, tag, loadBalancerID)
		if err != nil {
			return fmt.Errorf("store a tag of %s: %w", r.ID, err)
		}
	}
	return nil
}

// insertRowTags stores the tags of a row that was inserted just now, if it has any.
func (tb *table[T]) insertRowTags(t *Tx, row *T) error {
	object, ok := any(row).(tagged)
	if !ok || len(object.Base().Tags) == 0 {
		return nil
	}
	r := object.Base()
	root := r.ID
	if i := slices.Index(tb.columns, "load_balancer_id"); i >= 0 {
		id, ok := tb.fields(row)[i].(*string)
		if !ok {
			return errors.New("the load balancer of " + tb.name + " is no text")
		}
		root = *id
	}
	return t.insertTags(root, r)
}

// forgetTags removes the tags of objects of a tree that are gone.
func (t *Tx) forgetTags(loadBalancerID string) error {
	var gone strings.Builder
	for _, name := range childTables {
		gone.WriteString(" AND NOT EXISTS (SELECT 1 FROM " + name + " WHERE " + name + ".id = tags.resource_id)")
	}
	_, err := t.exec("DELETE FROM tags WHERE load_balancer_id = ? AND resource_id <> load_balancer_id"+gone.String(), loadBalancerID)
	if err != nil {
		return fmt.Errorf("forget the tags of what is gone of load balancer %s: %w", loadBalancerID, err)
	}
	return nil
}

// tagConditions are the conditions that a filter by tags puts on the rows of a table.
func tagConditions(tableName string, f lbaas.TagFilter) (conditions []string, args []any) {
	has := "EXISTS (SELECT 1 FROM tags WHERE tags.resource_id = " + tableName + ".id AND tags.tag "
	each := func(tags []string) string {
		terms := make([]string, len(tags))
		for i, tag := range tags {
			terms[i], args = has+"= ?)", append(args, tag)
		}
		return strings.Join(terms, " AND ")
	}
	oneOf := func(tags []string) string {
		marks, values := in(tags)
		args = append(args, values...)
		return has + "IN (" + marks + "))"
	}
	if len(f.All) > 0 {
		conditions = append(conditions, each(f.All))
	}
	if len(f.Any) > 0 {
		conditions = append(conditions, oneOf(f.Any))
	}
	if len(f.NotAll) > 0 {
		conditions = append(conditions, "NOT ("+each(f.NotAll)+")")
	}
	if len(f.NotAny) > 0 {
		conditions = append(conditions, "NOT "+oneOf(f.NotAny))
	}
	return conditions, args
}
