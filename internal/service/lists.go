package service

import (
	"context"
	"maps"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// listOwn gives a page of what the caller may see of one kind: page finds the objects, view adds what is shown with them.
func listOwn[T, V any](
	ctx context.Context, s *Service, c Caller, q Query,
	page func(*store.Tx, store.Query) ([]T, bool, error), view func(*store.Tx, []T, store.Parents) ([]V, error),
) (Page[V], error) {
	scoped, nothing := c.scope(q)
	if nothing {
		return Page[V]{}, nil
	}
	return listAll(ctx, s, scoped, page, view)
}

// listAll gives a page of what a query that is scoped already matches.
func listAll[T, V any](
	ctx context.Context, s *Service, q store.Query,
	page func(*store.Tx, store.Query) ([]T, bool, error), view func(*store.Tx, []T, store.Parents) ([]V, error),
) (found Page[V], err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) (err error) {
		found, err = readPage(tx, q, page, view)
		return err
	})
	return found, err
}

// readPage is listAll within a transaction.
func readPage[T, V any](
	tx *store.Tx, q store.Query,
	page func(*store.Tx, store.Query) ([]T, bool, error), view func(*store.Tx, []T, store.Parents) ([]V, error),
) (Page[V], error) {
	objects, more, err := page(tx, q)
	if err != nil || len(objects) == 0 {
		return Page[V]{}, err // nothing hangs from nothing: no need to ask
	}
	items, err := view(tx, objects, store.PageOf(q))
	return Page[V]{Items: items, More: more}, err
}

// each is the view of a kind that shows nothing but itself.
func each[T, V any](view func(T) V) func(*store.Tx, []T, store.Parents) ([]V, error) {
	return func(_ *store.Tx, objects []T, _ store.Parents) ([]V, error) {
		views := make([]V, len(objects))
		for i, o := range objects {
			views[i] = view(o)
		}
		return views, nil
	}
}

// scope narrows a list to what the caller may see; nothing says that the query can match nothing.
func (c Caller) scope(q Query) (scoped store.Query, nothing bool) {
	scoped = store.Query{Equal: map[string]string{}, Limit: q.Limit, Marker: q.Marker, Reverse: q.Reverse, Tags: q.Tags, OneOf: q.OneOf}
	maps.Copy(scoped.Equal, q.Equal)
	for _, k := range q.Sort {
		scoped.Sort = append(scoped.Sort, store.SortKey{Attribute: k.Attribute, Descending: k.Descending})
	}
	if c.Global {
		return scoped, false
	}
	if wanted, ok := scoped.Equal["project_id"]; ok && wanted != c.ProjectID || c.ProjectID == "" {
		return scoped, true
	}
	scoped.Equal["project_id"] = c.ProjectID
	return scoped, false
}
