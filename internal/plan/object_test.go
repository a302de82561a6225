package plan_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// num is a number as it comes out of a remembered text.
func num(digits string) json.Number { return json.Number(digits) }

func TestBodyIsWhatIsWantedWithOurMark(t *testing.T) {
	o := object(fields{
		"name": "web", "pool_ref": nil, "enabled": false, "m": fields{"x": 1, "y": nil},
		"servers": servers(fields{"ip": fields{"addr": "10.0.0.1"}, "port": 80, "ratio": nil}),
	})
	o.Once = fields{"created_by": "us", "markers": list{fields{"key": "k"}}}
	want := fields{
		"uuid": "pool-1", "name": "web", "enabled": false, "m": fields{"x": 1}, "created_by": "us", "markers": list{fields{"key": "k"}},
		"servers": list{fields{"ip": fields{"addr": "10.0.0.1"}, "port": 80}},
	}
	if diff := cmp.Diff(want, o.Body()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAppliedRemembersTheFieldsAndNotTheMark(t *testing.T) {
	o := object(fields{"b": 1, "a": nil, "servers": servers(server("10.0.0.1", 80, 1)), "l": positional()})
	o.Once = fields{"created_by": "us"}
	want := `{"b":1,"l":[],"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"port":80,"ratio":1}]}`
	if got := applied(t, o); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAppliedRefusesWhatIsNoJSON(t *testing.T) {
	o := object(fields{"a": func() {}})
	if _, err := o.Applied(); err == nil {
		t.Error("no error")
	}
	if _, err := o.ChangeFrom("{}"); err == nil {
		t.Error("ChangeFrom: no error")
	}
}

func TestListIsSentAsAList(t *testing.T) {
	text, err := json.Marshal(fields{"l": plan.List{}, "k": positional(fields{"x": 1, "y": nil})})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(text), `{"k":[{"x":1}],"l":[]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRenamedLeavesTheObjectAlone(t *testing.T) {
	o := object(fields{"name": "web"})
	o.AlternativeName = "web-1234"
	if r := o.Renamed(); r.Name() != "web-1234" || o.Name() != "web" {
		t.Errorf("renamed %q, the object itself %q", r.Name(), o.Name())
	}
}

func TestKeptWithoutAMemoryIsTheObjectItself(t *testing.T) {
	o := object(fields{"name": "web"})
	o.AlternativeName = "web-1234"
	for _, text := range []string{"", "{", "{}", `{"name":"web"}`} {
		if kept := o.Kept(text); kept.Name() != "web" {
			t.Errorf("%q: kept the name %q", text, kept.Name())
		}
	}
}
