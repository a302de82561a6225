package store

import (
	"errors"
	"fmt"
	"strings"
)

// Children are the ids of what hangs from objects, by the parent's id, in the order of creation.
type Children map[string][]string

// Parents are the objects that children are asked of.
type Parents struct {
	ids  []string
	page *Query
}

// IDs are parents by their ids.
func IDs(ids ...string) Parents { return Parents{ids: ids} }

// PageOf are the parents that a list shows.
func PageOf(q Query) Parents { return Parents{page: &q} }

// relation is one way to hang from something: the rows of table have their parent's id in one column, and in another what is asked
// for of them, in the order of a third.
type relation struct{ table, parent, child, order string }

//nolint:gochecknoglobals // tables that are never written
var (
	listenersOfLoadBalancer = relation{"listeners", "load_balancer_id", "id", "c.created_at"}
	poolsOfLoadBalancer     = relation{"pools", "load_balancer_id", "id", "c.created_at"}
	listenersOfPool         = relation{"listeners", "default_pool_id", "id", "c.created_at"}
	membersOfPool           = relation{"members", "pool_id", "id", "c.created_at"}
	monitorsOfPool          = relation{"health_monitors", "pool_id", "id", "c.created_at"}
	policiesOfListener      = relation{"l7_policies", "listener_id", "id", "c.position"}
	rulesOfPolicy           = relation{"l7_rules", "l7policy_id", "id", "c.created_at"}
	tagsOfObject            = relation{"tags", "resource_id", "tag", "0"}
)

// ChildrenOfLoadBalancers finds the listeners and pools of load balancers.
func (t *Tx) ChildrenOfLoadBalancers(of Parents) (listeners, pools Children, err error) {
	found, err := children(t, &loadBalancers, of, listenersOfLoadBalancer, poolsOfLoadBalancer)
	return found[0], found[1], err
}

// ChildrenOfPools finds the listeners whose default pool each is, and the members and health monitors of pools.
func (t *Tx) ChildrenOfPools(of Parents) (listeners, members, monitors Children, err error) {
	found, err := children(t, &pools, of, listenersOfPool, membersOfPool, monitorsOfPool)
	return found[0], found[1], found[2], err
}

// MonitorsByPool finds the health monitors of pools.
func (t *Tx) MonitorsByPool(of Parents) (Children, error) {
	found, err := children(t, &pools, of, monitorsOfPool)
	return found[0], err
}

// PoliciesByListener finds the L7 policies of listeners, in the order of their positions.
func (t *Tx) PoliciesByListener(of Parents) (Children, error) {
	found, err := children(t, &listeners, of, policiesOfListener)
	return found[0], err
}

// RulesByPolicy finds the rules of L7 policies.
func (t *Tx) RulesByPolicy(of Parents) (Children, error) {
	found, err := children(t, &l7Policies, of, rulesOfPolicy)
	return found[0], err
}

// children finds what hangs from the rows of a table in one or several ways, by one statement. It gives Children for each way, also
// with an error.
func children[T any](t *Tx, tb *table[T], of Parents, ways ...relation) ([]Children, error) {
	found := make([]Children, len(ways))
	for i := range found {
		found[i] = Children{}
	}
	if of.page != nil {
		rows, err := tb.selection(t, *of.page)
		if err == nil {
			err = t.childrenOfPage(found, tb.name, &rows, ways)
		}
		return found, err
	}
	for chunk := range chunks(of.ids) {
		if err := t.childrenOfIDs(found, chunk, ways); err != nil {
			return found, err
		}
	}
	return found, nil
}

func (t *Tx) childrenOfIDs(found []Children, ids []string, ways []relation) error {
	marks, values := in(ids)
	statements := make([]string, len(ways))
	var args []any
	for i, way := range ways {
		statements[i] = way.selected(i) + " WHERE c." + way.parent + " IN (" + marks + ")"
		args = append(args, values...)
	}
	return t.addChildren(found, strings.Join(statements, " UNION ALL "), args)
}

// childrenOfPage finds the parents again by the list's own conditions, within the same snapshot: a statement that names each of a
// thousand ids takes the database longer to read than to carry out.
func (t *Tx) childrenOfPage(found []Children, parents string, rows *selection, ways []relation) error {
	statements := make([]string, len(ways))
	for i, way := range ways {
		statements[i] = way.selected(i) + " JOIN page ON page.id = c." + way.parent
	}
	tail, args := rows.tail(rows.limit)
	return t.addChildren(found, "WITH page AS (SELECT id FROM "+parents+" "+tail+") "+strings.Join(statements, " UNION ALL "), args)
}

// selected begins a statement that gives the children c of the i-th way.
func (r relation) selected(i int) string {
	return fmt.Sprintf("SELECT %d, c.%s, c.%s, %s FROM %s c", i, r.parent, r.child, r.order, r.table)
}

// addChildren adds what a statement of children gives, in their order.
func (t *Tx) addChildren(found []Children, statement string, args []any) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("read what hangs from objects: %w", err)
		}
	}()
	rows, err := t.tx.QueryContext(t.ctx, statement+" ORDER BY 4, 3", args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var way int
		var parent, child string
		var order int64
		if err := rows.Scan(&way, &parent, &child, &order); err != nil {
			return err
		}
		found[way][parent] = append(found[way][parent], child)
	}
	return rows.Err()
}
