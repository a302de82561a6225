package store

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// errFilter refuses a filter by what objects cannot be told apart by, in Octavia's words.
func errFilter() error {
	return &lbaas.Error{Kind: lbaas.KindInvalid, Message: "One or more arguments are either duplicate or invalid"}
}

// condition is what the rows of a table have to fulfil.
type condition struct {
	sql  string
	args []any
}

// never is the condition of a filter that can match nothing, say by a port that is no number.
func never() condition { return condition{sql: "1 = 0"} }

// filter gives the condition of one filter. Attributes are looked for among the columns first.
func (tb *table[T]) filter(attribute, value string) (condition, error) {
	if column, ok := tb.filters[attribute]; ok {
		return tb.columnIs(column, value), nil
	}
	var c condition
	known := false
	switch tb.name {
	case loadBalancers.name:
		c, known = loadBalancerFilter(attribute, value)
	case listeners.name:
		c, known = listenerFilter(attribute, value)
	case pools.name:
		c, known = poolFilter(attribute, value)
	}
	if !known {
		return c, errFilter()
	}
	return c, nil
}

// filterOneOf gives the condition that an attribute has one of several values.
func (tb *table[T]) filterOneOf(attribute string, values []string) (condition, error) {
	var all condition
	terms := make([]string, len(values))
	for i, value := range values {
		c, err := tb.filter(attribute, value)
		if err != nil {
			return c, err
		}
		terms[i], all.args = c.sql, append(all.args, c.args...)
	}
	all.sql = "(" + strings.Join(terms, " OR ") + ")"
	return all, nil
}

// columnIs compares a column with the text of a filter, in the column's type: databases differ in what they make of a text there.
// Booleans arrive in OpenStack's spellings, times as LBaaS v2 shows them, to the second. A text that is no value of the column
// matches nothing.
func (tb *table[T]) columnIs(column, value string) condition {
	if value == "" && column != "name" && column != "description" {
		return never() // what an object does not have is shown as null, which no text is
	}
	switch tb.field(column).(type) {
	case *bool:
		return condition{column + " = ?", []any{isTrue(value)}}
	case *int:
		n, err := strconv.ParseInt(value, 10, 32)
		if err != nil || n == 0 && slices.Contains([]string{"monitor_port", "redirect_http_code", "max_retries_down"}, column) {
			return never() // 0 is how these keep that there is none
		}
		return condition{column + " = ?", []any{n}}
	case timeColumn:
		second, err := time.Parse(timeLayout, value)
		if err != nil {
			return never()
		}
		return condition{column + " BETWEEN ? AND ?", []any{micros(second), micros(second.Add(time.Second)) - 1}}
	}
	return condition{column + " = ?", []any{value}}
}

// field is what a column is read into; nil when the table has no such column.
func (tb *table[T]) field(column string) any {
	i := slices.Index(tb.columns, column)
	if i < 0 {
		return nil
	}
	var row T
	return tb.fields(&row)[i]
}

// timeLayout is how LBaaS v2 writes a time, in UTC.
const timeLayout = "2006-01-02T15:04:05"

// isTrue reads a boolean as oslo.utils does, to which every other word is false.
func isTrue(value string) bool {
	return slices.Contains([]string{"true", "1", "t", "yes", "y", "on"}, strings.ToLower(strings.TrimSpace(value)))
}

func loadBalancerFilter(attribute, value string) (condition, bool) {
	switch attribute {
	case "listeners", "pools":
		return condition{"id IN (SELECT load_balancer_id FROM " + attribute + " WHERE id = ?)", []any{value}}, true
	}
	return condition{}, false
}

func listenerFilter(attribute, value string) (condition, bool) {
	switch attribute {
	case "load_balancer_id":
		return condition{attribute + " = ?", []any{value}}, true
	case "l7policies":
		return condition{"id IN (SELECT listener_id FROM l7_policies WHERE id = ?)", []any{value}}, true
	case "client_authentication":
		if value == string(lbaas.ClientAuthNone) {
			return lacks("tls", `"client_authentication":`), true
		}
		return hasMember("tls", attribute, value), true
	case "timeout_client_data", "timeout_member_data":
		return timeoutIs(attribute, value, lbaas.DefaultTimeoutClientData), true
	case "timeout_member_connect":
		return timeoutIs(attribute, value, lbaas.DefaultTimeoutMemberConnect), true
	case "insert_headers":
		return never(), true // no text is a set of headers
	case "allowed_cidrs":
		return has("allowed_cidrs", quoted(value)), true
	case "hsts_max_age":
		return hasNumber("tls", attribute, value), true
	case "hsts_include_subdomains", "hsts_preload":
		return isSet("tls", attribute, isTrue(value)), true
	case "default_tls_container_ref", "client_ca_tls_container_ref", "client_crl_container_ref", "tls_ciphers":
		return hasMember("tls", attribute, value), true
	case "tls_versions", "alpn_protocols":
		return has("tls", quoted(value)), true
	}
	return condition{}, false
}

// timeoutIs compares a timeout whose default is stored as 0.
func timeoutIs(column, value string, standard int) condition {
	switch value {
	case strconv.Itoa(standard):
		value = "0"
	case "0":
		return never()
	}
	return listeners.columnIs(column, value)
}

func poolFilter(attribute, value string) (condition, bool) {
	switch attribute {
	case "load_balancer_id":
		return condition{attribute + " = ?", []any{value}}, true
	case "healthmonitor_id":
		return condition{"id IN (SELECT pool_id FROM health_monitors WHERE id = ?)", []any{value}}, true
	case "members":
		return condition{"id IN (SELECT pool_id FROM members WHERE id = ?)", []any{value}}, true
	case "listeners":
		return condition{"id IN (SELECT default_pool_id FROM listeners WHERE id = ?)", []any{value}}, true
	case "tls_enabled":
		return isSet("tls", attribute, isTrue(value)), true
	case "tls_container_ref", "ca_tls_container_ref", "crl_container_ref", "tls_ciphers":
		return hasMember("tls", attribute, value), true
	case "tls_versions", "alpn_protocols":
		return has("tls", quoted(value)), true
	}
	return condition{}, false
}

// has is the condition that the JSON of a column has a piece. A quotation mark within a text is escaped there, so that a piece
// with quotation marks is no part of a text. REPLACE tells upper from lower case in every database, as LIKE does not.
func has(column, piece string) condition {
	return condition{column + " <> REPLACE(" + column + ", ?, '')", []any{piece}}
}

// lacks is the opposite of has.
func lacks(column, piece string) condition {
	return condition{column + " = REPLACE(" + column + ", ?, '')", []any{piece}}
}

// hasMember is the condition that the JSON object of a column has a text under a name.
func hasMember(column, name, value string) condition {
	return has(column, `"`+name+`":`+quoted(value))
}

// hasNumber is the condition that the JSON object of a column has a whole number under a name.
func hasNumber(column, name, value string) condition {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return never()
	}
	piece := `"` + name + `":` + strconv.FormatInt(n, 10)
	last, notLast := has(column, piece+"}"), has(column, piece+",")
	return condition{"(" + last.sql + " OR " + notLast.sql + ")", append(last.args, notLast.args...)}
}

// isSet is the condition that the JSON object of a column says true under a name, or does not.
func isSet(column, name string, want bool) condition {
	piece := `"` + name + `":true`
	if want {
		return has(column, piece)
	}
	return lacks(column, piece)
}

// quoted is a text as the columns' JSON has it.
func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		return "" // a text always encodes
	}
	return string(data)
}
