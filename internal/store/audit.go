package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// Standing is a load balancer as it stands: what is wanted, what was made, and the revision that this is of.
type Standing struct {
	Work
	// Revision grows with every accepted request.
	Revision int64
}

// Standings reads up to limit load balancers, ordered by id, that come after one.
func (s *Store) Standings(ctx context.Context, after string, limit int) ([]Standing, error) {
	var standings []Standing
	err := s.Read(ctx, func(t *Tx) error {
		trees, err := t.Trees(after, limit)
		if err != nil {
			return err
		}
		standings = make([]Standing, len(trees))
		for i := range trees {
			standings[i].Tree = trees[i]
		}
		return t.stand(standings)
	})
	return standings, err
}

// Standing reads one load balancer; KindNotFound when there is none.
func (s *Store) Standing(ctx context.Context, id string) (Standing, error) {
	standings := make([]Standing, 1)
	err := s.Read(ctx, func(t *Tx) (err error) {
		if standings[0].Tree, err = t.Tree(id); err != nil {
			return err
		}
		return t.stand(standings)
	})
	return standings[0], err
}

func (t *Tx) stand(standings []Standing) error {
	ids := make([]string, len(standings))
	for i := range standings {
		ids[i] = standings[i].Tree.LoadBalancer.ID
	}
	revisions, err := t.revisions(ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		standings[i].Revision = revisions[id]
		if standings[i].Inventory, err = t.Inventory(id); err != nil {
			return err
		}
		if standings[i].Containers, err = t.containers(id); err != nil {
			return err
		}
	}
	return nil
}

// Revisions finds the revisions of load balancers as of now; those that are gone are not in it.
func (s *Store) Revisions(ctx context.Context, ids []string) (revisions map[string]int64, err error) {
	err = s.Read(ctx, func(t *Tx) (err error) {
		revisions, err = t.revisions(ids)
		return err
	})
	return revisions, err
}

func (t *Tx) revisions(ids []string) (map[string]int64, error) {
	revisions := map[string]int64{}
	for chunk := range chunks(ids) {
		marks, args := in(chunk)
		err := t.each("SELECT id, revision FROM load_balancers WHERE id IN ("+marks+")", args, func(rows *sql.Rows) error {
			var id string
			var revision int64
			if err := rows.Scan(&id, &revision); err != nil {
				return err
			}
			revisions[id] = revision
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read the revisions of %d load balancers: %w", len(ids), err)
		}
	}
	return revisions, nil
}

// Recorded says which of some objects are, as of now, in the inventory of a load balancer: made for it, or about to be made.
func (s *Store) Recorded(ctx context.Context, uuids []string) (map[string]bool, error) {
	recorded := map[string]bool{}
	err := s.Read(ctx, func(t *Tx) error {
		for chunk := range chunks(uuids) {
			marks, args := in(chunk)
			query := "SELECT uuid, actual_uuid FROM avi_objects WHERE uuid IN (" + marks + ") OR actual_uuid IN (" + marks + ")"
			err := t.each(query, slices.Concat(args, args), func(rows *sql.Rows) error {
				var uuid, actual string
				err := rows.Scan(&uuid, &actual)
				recorded[cmp.Or(actual, uuid)] = true
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for %d objects in the inventory: %w", len(uuids), err)
	}
	return recorded, nil
}
