package store

import "strconv"

// order gives what a list is ordered by for an attribute whose values are in no column as they are shown, in the database's words.
type order func(*dialect) string

// byColumn orders by a column that has another name, or whose texts have an order though nobody asks for one of them.
func byColumn(column string) order {
	return func(*dialect) string { return column }
}

// byTimeout orders by a timeout whose default is stored as 0.
func byTimeout(column string, standard int) order {
	return byColumn("CASE WHEN " + column + " = 0 THEN " + strconv.Itoa(standard) + " ELSE " + column + " END")
}

// byText orders by a member of the JSON object in a column. An object that has none is where standard would be: the empty text is
// before all others, as null is in Octavia's database.
func byText(column, member, standard string) order {
	return func(d *dialect) string { return "COALESCE(" + d.member(column, member) + ", '" + standard + "')" }
}

// withTLS adds the attributes of TLS, which are the members of one column.
func withTLS(orders map[string]order, attributes ...string) map[string]order {
	for _, a := range attributes {
		orders[a] = byText("tls", a, "")
	}
	return orders
}
