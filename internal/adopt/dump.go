package adopt

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Tables are the tables of a neutron-lbaas that a dump needs, each in a file <table>.tsv: what "mysql --batch" writes for
// "SELECT * FROM <table>". A table without rows is an empty file.
func Tables() []string {
	return []string{
		"lbaas_loadbalancers", "lbaas_listeners", "lbaas_pools", "lbaas_members", "lbaas_healthmonitors",
		"lbaas_sessionpersistences", "lbaas_sni", "lbaas_l7policies",
	}
}

// RulesTable is needed where there are L7 policies.
const RulesTable = "lbaas_l7rules"

// ProvidersTable may be in a dump too; without it every load balancer is taken to be of the provider that the caller names.
const ProvidersTable = "providerresourceassociations"

// ReadDump reads a directory with the dump of a neutron-lbaas database.
func ReadDump(dir fs.FS) (Export, error) {
	tables := map[string][]Object{}
	var errs []error
	for _, name := range append(Tables(), RulesTable, ProvidersTable) {
		text, err := fs.ReadFile(dir, name+".tsv")
		if errors.Is(err, fs.ErrNotExist) && !slices.Contains(Tables(), name) {
			continue
		}
		if err == nil {
			tables[name], err = parseTable(string(text))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("read the dump of table %s: %w", name, err))
		}
	}
	if len(errs) > 0 {
		return Export{}, errors.Join(errs...)
	}
	return fromTables(tables)
}

// parseTable reads "mysql --batch": a line of column names, then one for each row, columns separated by tabs, special characters
// escaped by backslashes, NULL for null.
func parseTable(text string) ([]Object, error) {
	lines := strings.Split(strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), "\n")
	if lines[0] == "" {
		if len(lines) > 1 {
			return nil, errors.New("the first line has no column names")
		}
		return nil, nil
	}
	columns := strings.Split(lines[0], "\t")
	if !slices.Contains(columns, "id") && !slices.Contains(columns, "pool_id") && !slices.Contains(columns, "listener_id") &&
		!slices.Contains(columns, "resource_id") {
		return nil, fmt.Errorf("the first line has no column names: %q", lines[0])
	}
	var rows []Object
	for n, line := range lines[1:] {
		values := strings.Split(line, "\t")
		if len(values) != len(columns) {
			return nil, fmt.Errorf("line %d has %d columns, not %d", n+2, len(values), len(columns))
		}
		row := Object{}
		for i, column := range columns {
			if values[i] == "NULL" {
				row[column] = nil
				continue
			}
			value, err := parseValue(column, unescaped(values[i]))
			if err != nil {
				return nil, fmt.Errorf("line %d, column %s: %w", n+2, column, err)
			}
			row[column] = value
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// numbers are the columns that hold integers; admin_state_up and invert are 0 or 1.
var numbers = []string{ //nolint:gochecknoglobals // a table that never changes
	"protocol_port", "connection_limit", "weight", "delay", "timeout", "max_retries", "max_retries_down", "position",
}

// unescaped takes the escapes of "mysql --batch" back.
func unescaped(text string) string {
	return strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\0`, "\x00").Replace(text)
}

// parseValue gives a column's text the API's type.
func parseValue(column, text string) (any, error) {
	switch {
	case column == "admin_state_up", column == "invert":
		if text != "0" && text != "1" {
			return nil, fmt.Errorf("%q is neither 0 nor 1", text)
		}
		return text == "1", nil
	case slices.Contains(numbers, column):
		if _, err := strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("%q is not a number", text)
		}
		return json.Number(text), nil
	}
	return text, nil
}

// fromTables puts rows into the form of the API.
func fromTables(tables map[string][]Object) (Export, error) {
	if _, has := tables[RulesTable]; !has && len(tables["lbaas_l7policies"]) > 0 {
		return Export{}, fmt.Errorf("the dump has L7 policies, but no table %s with their rules", RulesTable)
	}
	e := Export{
		L7Policies: tables["lbaas_l7policies"], L7Rules: tables[RulesTable],
		LoadBalancers: tables["lbaas_loadbalancers"], Listeners: tables["lbaas_listeners"], Pools: tables["lbaas_pools"],
		Members: tables["lbaas_members"], HealthMonitors: tables["lbaas_healthmonitors"],
	}
	providers := byColumn(tables[ProvidersTable], "resource_id")
	for _, lb := range e.LoadBalancers {
		if rows := providers[lb.text("id")]; len(rows) > 0 {
			lb["provider"] = rows[0].text("provider_name")
		}
	}
	names := byColumn(tables["lbaas_sni"], "listener_id")
	for _, l := range e.Listeners {
		id := l.text("id")
		l["default_tls_container_ref"] = l["default_tls_container_id"]
		delete(l, "default_tls_container_id")
		slices.SortStableFunc(names[id], func(a, b Object) int { return position(a) - position(b) })
		l["sni_container_refs"] = attributesOf(names[id], "tls_container_id")
	}
	persistences := byColumn(tables["lbaas_sessionpersistences"], "pool_id")
	monitored := map[string]string{}
	for _, p := range e.Pools {
		id := p.text("id")
		for _, row := range persistences[id] {
			p["session_persistence"] = map[string]any{"type": row["type"], "cookie_name": row["cookie_name"]}
		}
		if monitor := p.text("healthmonitor_id"); monitor != "" {
			monitored[monitor] = id
		}
	}
	for _, h := range e.HealthMonitors {
		h["pool_id"] = monitored[h.text("id")]
	}
	return e, nil
}

func byColumn(rows []Object, column string) map[string][]Object {
	found := map[string][]Object{}
	for _, row := range rows {
		found[row.text(column)] = append(found[row.text(column)], row)
	}
	return found
}

func position(row Object) int {
	n, _ := strconv.Atoi(row.text("position"))
	return n
}

func attributesOf(rows []Object, column string) []any {
	values := []any{}
	for _, row := range rows {
		values = append(values, row[column])
	}
	return values
}
