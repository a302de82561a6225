package store

import (
	"context"
	"fmt"
	"iter"
	"strings"
)

// Item is one object at the Controller that was made, or is about to be made, for a load balancer.
type Item struct {
	Type, UUID, Tenant string
	// Actual is the uuid that the object has at the Controller when that is another; empty otherwise.
	Actual string
	// Applied are the fields that were last written, as JSON. It is empty if and only if it is not known what the Controller
	// holds: a write was begun whose end was not recorded.
	Applied string
	// Shared says that other load balancers may have the object too. It is not stored: the type tells.
	Shared bool
}

// Change is the new state of an item after it was worked on.
type Change struct {
	Item
	// Gone says that the object is not at the Controller any more and not ours any more.
	Gone bool
	// Left says of a shared object that is Gone that the Controller has it still, because something refers to it.
	Left bool
}

// Inventory lists what was made for a load balancer.
func (t *Tx) Inventory(loadBalancerID string) ([]Item, error) {
	items, err := collect(t, func(i *Item) []any { return []any{&i.Type, &i.UUID, &i.Tenant, &i.Actual, &i.Applied} },
		"SELECT type, uuid, tenant, actual_uuid, applied FROM avi_objects WHERE load_balancer_id = ? ORDER BY type, uuid", loadBalancerID)
	if err != nil {
		return nil, fmt.Errorf("read the inventory of load balancer %s: %w", loadBalancerID, err)
	}
	return items, nil
}

// Intend records which objects are about to be written, before the first request leaves: after a crash the next worker looks
// at each of them.
func (s *Store) Intend(ctx context.Context, c Claim, items []Item) error {
	changes := make([]Change, len(items))
	for i, item := range items {
		item.Applied = ""
		changes[i] = Change{Item: item}
	}
	return s.holding(ctx, c, func(t *Tx) error {
		for _, item := range items {
			if !item.Shared {
				continue
			}
			if err := t.take(c.LoadBalancerID, item); err != nil {
				return err
			}
		}
		return t.saveInventory(c.LoadBalancerID, changes)
	})
}

// inventoryBatch bounds the objects of one statement, and inventoryBytes what was written of them: a database server takes no statement
// that is longer than its max_allowed_packet, 16 MiB by itself.
const (
	inventoryBatch = 100
	inventoryBytes = 1 << 20
)

func (t *Tx) saveInventory(loadBalancerID string, changes []Change) error {
	changes = latest(changes)
	for _, c := range changes {
		if !c.Gone || !c.Shared {
			continue
		}
		if err := t.removed(loadBalancerID, c); err != nil {
			return fmt.Errorf("write the inventory of load balancer %s: %w", loadBalancerID, err)
		}
	}
	for batch := range batches(changes) {
		if err := t.replaceInventory(loadBalancerID, batch); err != nil {
			return fmt.Errorf("write the inventory of load balancer %s: %w", loadBalancerID, err)
		}
	}
	return nil
}

// batches cuts changes into pieces for one statement each.
func batches(changes []Change) iter.Seq[[]Change] {
	return func(yield func([]Change) bool) {
		for len(changes) > 0 {
			n, bytes := 1, len(changes[0].Applied)
			for n < min(len(changes), inventoryBatch) && bytes+len(changes[n].Applied) <= inventoryBytes {
				bytes += len(changes[n].Applied)
				n++
			}
			if !yield(changes[:n]) {
				return
			}
			changes = changes[n:]
		}
	}
}

// latest leaves only the last change of each object.
func latest(changes []Change) []Change {
	type object struct{ kind, uuid string }
	at := map[object]int{}
	var last []Change
	for _, c := range changes {
		o := object{c.Type, c.UUID}
		if i, ok := at[o]; ok {
			last[i] = c
			continue
		}
		at[o], last = len(last), append(last, c)
	}
	return last
}

func (t *Tx) replaceInventory(loadBalancerID string, changes []Change) error {
	var which, rows []string
	keys, values := []any{loadBalancerID}, []any{}
	for _, c := range changes {
		which, keys = append(which, "type = ? AND uuid = ?"), append(keys, c.Type, c.UUID)
		if !c.Gone {
			rows = append(rows, "(?, ?, ?, ?, ?, ?)")
			values = append(values, loadBalancerID, c.Type, c.UUID, c.Tenant, c.Actual, c.Applied)
		}
	}
	if _, err := t.exec("DELETE FROM avi_objects WHERE load_balancer_id = ? AND ("+strings.Join(which, " OR ")+")", keys...); err != nil {
		return err
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := t.exec("INSERT INTO avi_objects (load_balancer_id, type, uuid, tenant, actual_uuid, applied) VALUES "+
		strings.Join(rows, ", "), values...)
	return err
}
