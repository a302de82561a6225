package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// relation is one way to hang from a row: the rows c of a table have their parent's id in one column, and in another what is asked
// for of them. Each comes with a number before it.
type relation struct {
	table, parent, child string
	number               string // an expression: what the ids are ordered by, or how long a text is
	only                 string // a further condition
}

const (
	byCreation = "c.created_at"
	byPosition = "c.position"
	itsLength  = "OCTET_LENGTH(c.tag)"
)

//nolint:gochecknoglobals // tables that are never written
var (
	listenersOfLoadBalancer = relation{table: "listeners", parent: "load_balancer_id", child: "id", number: byCreation}
	poolsOfLoadBalancer     = relation{table: "pools", parent: "load_balancer_id", child: "id", number: byCreation}
	listenersOfPool         = relation{table: "listeners", parent: "default_pool_id", child: "id", number: byCreation}
	membersOfPool           = relation{table: "members", parent: "pool_id", child: "id", number: byCreation}
	monitorsOfPool          = relation{table: "health_monitors", parent: "pool_id", child: "id", number: byCreation}
	policiesOfListener      = relation{table: "l7_policies", parent: "listener_id", child: "id", number: byPosition}
	rulesOfPolicy           = relation{table: "l7_rules", parent: "l7policy_id", child: "id", number: byCreation}
	tagsOfObject            = relation{table: "tags", parent: "resource_id", child: "tag", number: itsLength}
	// As Octavia does, a policy counts that is enabled and has rules.
	listenersRedirecting = relation{
		table: "l7_policies", parent: "redirect_pool_id", child: "listener_id", number: byCreation,
		only: " AND c.doomed = 0 AND c.admin_state_up = 1 AND EXISTS (SELECT 1 FROM l7_rules r WHERE r.l7policy_id = c.id)",
	}
)

// column is what hangs from the rows of a table, in one text for each row, or NULL: "number:child,number:child", in no order. Asked
// in this way it comes with the rows, by the same statement. Joining takes a database twice as long, and naming a thousand parents
// in an IN list longer still.
func (r relation) column(d *dialect, parents string) string {
	return "(SELECT " + d.joined("CONCAT("+r.number+", ':', c."+r.child+")") + " FROM " + r.table + " c WHERE c." + r.parent + " = " +
		parents + ".id" + r.only + ")"
}

// idsColumn reads a relation's ids, in the order of their numbers.
type idsColumn struct{ ids *[]string }

// Scan implements sql.Scanner.
func (c idsColumn) Scan(v any) error {
	*c.ids = nil
	if v == nil {
		return nil
	}
	text, err := textOf(v)
	if err != nil {
		return err
	}
	type numbered struct {
		number int64
		id     string
	}
	var all []numbered
	for part := range strings.SplitSeq(string(text), ",") {
		number, id, _ := strings.Cut(part, ":")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return fmt.Errorf("the number of an id: %w", err)
		}
		all = append(all, numbered{n, id})
	}
	slices.SortFunc(all, func(a, b numbered) int { return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.id, b.id)) })
	ids := make([]string, len(all))
	for i, one := range all {
		ids[i] = one.id
	}
	*c.ids = ids
	return nil
}

// textsColumn reads a relation's texts, whatever is in them, by their lengths in bytes. They are sorted here rather than by the
// database, whose order of letters may be another.
type textsColumn struct{ texts *[]string }

// Scan implements sql.Scanner.
func (c textsColumn) Scan(v any) error {
	*c.texts = nil
	if v == nil {
		return nil
	}
	data, err := textOf(v)
	if err != nil {
		return err
	}
	var texts []string
	for rest := string(data); rest != ""; rest = strings.TrimPrefix(rest, ",") {
		number, after, _ := strings.Cut(rest, ":")
		length, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("the length of a text: %w", err)
		}
		if length < 0 || length > len(after) {
			return errors.New("texts that were joined are cut short")
		}
		texts, rest = append(texts, after[:length]), after[length:]
	}
	slices.Sort(texts)
	*c.texts = texts
	return nil
}
