package service

import (
	"context"
	"maps"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// listOwn gives a page of what the caller may see of one kind: page finds it, by one statement, and view is what is shown of it.
func listOwn[T, V any](
	ctx context.Context, s *Service, c Caller, q Query, page func(*store.Tx, store.Query) ([]*T, bool, error), view func(*T) V,
) (Page[V], error) {
	scoped, nothing := c.scope(q)
	if nothing {
		return Page[V]{}, nil
	}
	return listAll(ctx, s, scoped, page, view)
}

// listAll gives a page of what a query that is scoped already matches.
func listAll[T, V any](
	ctx context.Context, s *Service, q store.Query, page func(*store.Tx, store.Query) ([]*T, bool, error), view func(*T) V,
) (found Page[V], err error) {
	err = s.store.Peek(ctx, func(tx *store.Tx) (err error) {
		found, err = readPage(tx, q, page, view)
		return err
	})
	return found, err
}

// readPage is listAll within a transaction.
func readPage[T, V any](
	tx *store.Tx, q store.Query, page func(*store.Tx, store.Query) ([]*T, bool, error), view func(*T) V,
) (Page[V], error) {
	objects, more, err := page(tx, q)
	if err != nil {
		return Page[V]{}, err
	}
	views := make([]V, len(objects))
	for i, o := range objects {
		views[i] = view(o)
	}
	return Page[V]{Items: views, More: more}, nil
}

// showOwn gives what is shown of one object, which get finds by one statement, if the caller may see it.
func showOwn[T, V any, P interface {
	*T
	Base() *lbaas.Resource
}](ctx context.Context, s *Service, c Caller, id string, get func(*store.Tx, string) (T, error), view func(*T) V) (V, error) {
	return show(ctx, s, id, get, func(_ *store.Tx, found *T) error { return c.allow(P(found).Base().ProjectID) }, view)
}

// show is showOwn for objects that are found within others: allow says who may see them, and where.
func show[T, V any](
	ctx context.Context, s *Service, id string,
	get func(*store.Tx, string) (T, error), allow func(*store.Tx, *T) error, view func(*T) V,
) (shown V, err error) {
	err = s.store.Peek(ctx, func(tx *store.Tx) error {
		found, err := get(tx, id)
		if err != nil {
			return err
		}
		if err := allow(tx, &found); err != nil {
			return err
		}
		shown = view(&found)
		return nil
	})
	return shown, err
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
