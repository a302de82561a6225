package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

func TestChangeFrom(t *testing.T) {
	one, two := server("10.0.0.1", 80, 1), server("10.0.0.2", 8080, 1)
	for _, c := range []struct {
		name     string
		from, to fields
		want     plan.Change
	}{
		{"nothing", fields{"a": 1, "servers": servers(one)}, fields{"a": 1, "servers": servers(one)}, plan.Change{}},
		{"keyed entries in another order", fields{"servers": servers(one, two)}, fields{"servers": servers(two, one)}, plan.Change{}},
		{"a scalar", fields{"a": 1, "b": 1}, fields{"a": 2, "b": 1}, plan.Change{
			Verb: plan.PatchReplace, Fields: []string{"a"}, Body: fields{"a": num("2")},
		}},
		{"several scalars, and a list of texts", fields{"a": 1, "b": true, "l": list{"x"}}, fields{"a": 2, "b": false, "l": list{"x", "y"}}, plan.Change{
			Verb: plan.PatchReplace, Fields: []string{"a", "b", "l"}, Body: fields{"a": num("2"), "b": false, "l": list{"x", "y"}},
		}},
		{"a reference put on", fields{"pool_ref": nil}, fields{"pool_ref": "/api/pool/pool-1"}, plan.Change{
			Verb: plan.PatchReplace, Fields: []string{"pool_ref"}, Body: fields{"pool_ref": "/api/pool/pool-1"},
		}},
		{"a reference taken off names what goes", fields{"pool_ref": "/api/pool/pool-1"}, fields{"pool_ref": nil}, plan.Change{
			Verb: plan.PatchDelete, Fields: []string{"pool_ref"}, Body: fields{"pool_ref": "/api/pool/pool-1"},
		}},
		{"all references taken off", fields{"refs": list{"x"}}, fields{"refs": list{}}, plan.Change{
			Verb: plan.PatchDelete, Fields: []string{"refs"}, Body: fields{"refs": list{"x"}},
		}},
		{"one server more is one entry", fields{"servers": servers(one)}, fields{"servers": servers(one, two)}, plan.Change{
			Verb: plan.PatchAdd, Fields: []string{"servers"}, Body: fields{"servers": list{two}},
		}},
		{"a changed server is one entry", fields{"servers": servers(one, two)}, fields{"servers": servers(one, server("10.0.0.2", 8080, 7))}, plan.Change{
			Verb: plan.PatchAdd, Fields: []string{"servers"}, Body: fields{"servers": list{server("10.0.0.2", 8080, 7)}},
		}},
		{"one server less is one key", fields{"servers": servers(one, two)}, fields{"servers": servers(two)}, plan.Change{
			Verb: plan.PatchDelete, Fields: []string{"servers"},
			Body: fields{"servers": list{fields{"ip": fields{"addr": "10.0.0.1", "type": "V4"}, "port": num("80")}}},
		}},
		{"a server exchanged cannot be said in one PATCH", fields{"servers": servers(one)}, fields{"servers": servers(two)}, put("servers")},
		{"a field of a server that goes cannot be said", fields{"servers": servers(one)}, fields{"servers": servers(fields{
			"ip": one["ip"], "port": 80, "ratio": nil,
		})}, put("servers")},
		{"fields that want different verbs", fields{"a": 1, "r": "x"}, fields{"a": 2, "r": nil}, put("a", "r")},
		{"a field within a message is too deep", fields{"m": fields{"x": 1}}, fields{"m": fields{"x": 2}}, put("m")},
		{"a message taken off", fields{"m": fields{"x": 1}}, fields{"m": nil}, put("m")},
		{"an entry by its place is too deep", fields{"l": positional(fields{"port": 80})}, fields{"l": positional(fields{"port": 81})}, put("l")},
		{"a field that is exposed from now on", fields{}, fields{"a": 1}, plan.Change{
			Verb: plan.PatchReplace, Fields: []string{"a"}, Body: fields{"a": num("1")},
		}},
		{"a list of texts that is exposed from now on", fields{}, fields{"refs": list{}}, plan.Change{
			Verb: plan.PatchReplace, Fields: []string{"refs"}, Body: fields{"refs": list{}},
		}},
		{"a keyed list that is exposed from now on", fields{}, fields{"servers": servers()}, put("servers")},
		{"a field that is exposed no more goes back to its default", fields{"a": 1}, fields{}, plan.Change{
			Verb: plan.PatchDelete, Fields: []string{"a"}, Body: fields{"a": num("1")},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, change(t, object(c.from), object(c.to))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestChangeFromSomethingUnreadableIsAnError(t *testing.T) {
	o := object(fields{"a": 1})
	for _, text := range []string{"{", "[]", "7"} {
		if _, err := o.ChangeFrom(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func TestANameThatHadToGiveWayStaysWhileTheWantedOneIsTheSame(t *testing.T) {
	o := object(fields{"name": "web", "a": 1})
	o.AlternativeName = "web-1234"
	remembered := o.Renamed()

	if c := change(t, remembered, o); c.Verb != plan.Nothing {
		t.Errorf("the same name: %+v, want nothing", c)
	}
	changed := object(fields{"name": "web", "a": 2})
	changed.AlternativeName = "web-1234"
	if c := change(t, remembered, changed); c.Verb != plan.PatchReplace || len(c.Fields) != 1 || c.Fields[0] != "a" {
		t.Errorf("another field: %+v, want that field only", c)
	}
	if kept := changed.Kept(applied(t, remembered)); kept.Name() != "web-1234" {
		t.Errorf("kept the name %q", kept.Name())
	}
	renamed := object(fields{"name": "shop", "a": 1})
	renamed.AlternativeName = "shop-1234"
	if c := change(t, remembered, renamed); c.Verb != plan.PatchReplace || c.Body["name"] != "shop" {
		t.Errorf("another name: %+v, want that name", c)
	}
	if kept := renamed.Kept(applied(t, remembered)); kept.Name() != "shop" {
		t.Errorf("kept the name %q", kept.Name())
	}
}

func put(names ...string) plan.Change { return plan.Change{Verb: plan.ReadAndReplace, Fields: names} }
