package plan_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

type (
	fields = map[string]any
	list   = []any
)

// object is an object of some type with the given fields.
func object(f fields) plan.Object {
	return plan.Object{Type: "pool", UUID: "pool-1", Tenant: "tenant-1", Fields: f}
}

// servers is a list whose entries are told apart by address and port.
func servers(entries ...fields) plan.List {
	return plan.List{Key: []string{"ip.addr", "port"}, Entries: entries}
}

// server is an entry of servers.
func server(addr string, port, ratio int) fields {
	return fields{"ip": fields{"addr": addr, "type": "V4"}, "port": port, "ratio": ratio}
}

// positional is a list whose entries are matched by their place.
func positional(entries ...fields) plan.List { return plan.List{Entries: entries} }

// reporter is a test or one case of a property.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

// parsed is a JSON object as the Controller's client decodes it.
func parsed(t reporter, text string) fields {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var out fields
	if err := d.Decode(&out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return out
}

// sent is a value after a journey over the wire.
func sent(t reporter, value fields) fields {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("%v: %v", value, err)
	}
	return parsed(t, string(text))
}

func applied(t reporter, o plan.Object) string {
	t.Helper()
	text, err := o.Applied()
	if err != nil {
		t.Fatalf("%v", err)
	}
	return text
}

func change(t *testing.T, from, to plan.Object) plan.Change {
	t.Helper()
	c, err := to.ChangeFrom(applied(t, from))
	if err != nil {
		t.Fatal(err)
	}
	return c
}
