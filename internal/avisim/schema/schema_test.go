package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func load(t testing.TB) *Schema {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read decodes text as an object of the message, at the newest version, with references taken as they are.
func read(t testing.TB, s *Schema, message, text string) (Object, error) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var raw map[string]any
	if err := decoder.Decode(&raw); err != nil {
		t.Fatal(err)
	}
	d := Decoder{Version: s.Version, Resolve: func(refType, text string) (Ref, error) { return Ref{refType, text}, nil }}
	return d.Object(s.Message(message), raw)
}

func TestPublishedSchema(t *testing.T) {
	s := load(t)
	if len(s.Roots()) != 23 || s.Version != (Version{30, 2, 1}) {
		t.Errorf("%d roots of %s", len(s.Roots()), s.Version)
	}
	port := s.Message("Service").Field("port_range_end")
	if port.Kind != KindInt || !port.allowed.contains(65535) || port.allowed.contains(0) || port.special[0] != 0 {
		t.Errorf("Service.port_range_end is %+v", port)
	}
	monitors := s.Message("Pool").Field("health_monitor_refs")
	if monitors.Kind != KindRef || !monitors.List || monitors.MaxItems != 50 || monitors.RefType != "HealthMonitor" {
		t.Errorf("Pool.health_monitor_refs is %+v", monitors)
	}
	if !s.Message("Pool").CloudBound() || s.Message("HealthMonitor").CloudBound() || s.Message("Nothing") != nil {
		t.Error("pools are in clouds, health monitors are not")
	}
}

func TestDefaultsSatisfyTheirOwnSchema(t *testing.T) {
	s := load(t)
	for _, m := range s.messages {
		for _, f := range m.Fields {
			if f.Default == nil {
				continue
			}
			value, ok := f.Default, true
			switch f.Kind {
			case KindString:
				_, ok = value.(string)
			case KindBool:
				_, ok = value.(bool)
			case KindInt:
				_, ok = value.(int64)
			case KindFloat:
				_, ok = value.(float64)
			case KindRef, KindMessage:
				ok = false
			}
			if !ok {
				t.Errorf("%s.%s: default %v is a %T", m.Name, f.Name, value, value)
			}
		}
	}
}

func TestVersions(t *testing.T) {
	for _, text := range []string{"", "x", "1", "1.2.3.4", "1.-2.3", "1.2.70000", "v1.2.3", "1..2"} {
		if v, err := ParseVersion(text); err == nil {
			t.Errorf("%q is read as %s", text, v)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.IntRange(0, 100)
		a := Version{part.Draw(t, "a1"), part.Draw(t, "a2"), part.Draw(t, "a3")}
		b := Version{part.Draw(t, "b1"), part.Draw(t, "b2"), part.Draw(t, "b3")}
		if back, err := ParseVersion(a.String()); err != nil || back != a {
			t.Fatalf("%s is read as %s, %v", a, back, err)
		}
		less, more := a.Less(b), b.Less(a)
		if less && more || !less && !more && a != b {
			t.Fatalf("%s < %s: %v, the other way round: %v", a, b, less, more)
		}
	})
}

func TestIntervals(t *testing.T) {
	for text, want := range map[string][2][]int64{
		"1-50": {{1, 50}, {0, 51}}, "0 - 100": {{0, 100}, {-1, 101}}, "0,1,2,4,8,16": {{0, 8, 16}, {3, 17}},
	} {
		in, err := parseInterval(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range want[0] {
			if !in.contains(n) {
				t.Errorf("%s lacks %d", text, n)
			}
		}
		for _, n := range want[1] {
			if in.contains(n) {
				t.Errorf("%s has %d", text, n)
			}
		}
	}
	for _, text := range []string{"", "a-b", "1-", "1,x"} {
		if _, err := parseInterval(text); err == nil {
			t.Errorf("interval %q is read", text)
		}
	}
}

func TestDecode(t *testing.T) {
	s := load(t)
	tests := []struct {
		message, text string
		want          Object
	}{
		{"Server", `{"ip":{"addr":"a","type":"V4"},"port":80,"unknown":{"x":1},"ratio":null}`, Object{"ip": Object{"addr": "a", "type": "V4"}, "port": int64(80)}},
		{"Pool", `{"url":"read-only","vrf_ref":"x","health_monitor_refs":["a","b"]}`, Object{
			"vrf_ref": Ref{"VrfContext", "x"}, "health_monitor_refs": []any{Ref{"HealthMonitor", "a"}, Ref{"HealthMonitor", "b"}},
		}},
		{"HTTPApplicationProfile", `{"hsts_max_age":"10","xff_enabled":false}`, Object{"hsts_max_age": int64(10), "xff_enabled": false}},
	}
	for _, test := range tests {
		got, err := read(t, s, test.message, test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	s := load(t)
	tests := []struct{ message, text, want string }{
		{"VirtualService", `{"weight":0}`, `Field check for weight failed: 0 is not in the allowed range 1-128`},
		{"VirtualService", `{"services":[{"port":70000}]}`, `{"services":"{"port":"Field check for port failed: 70000 is not in the allowed range 0-65535"}"}`},
		{"VirtualService", `{"services":5}`, `Field check for services failed: expected a list, got the number 5`},
		{"VirtualService", `{"enabled":[]}`, `Field check for enabled failed: expected a boolean, got a list`},
	}
	for _, test := range tests {
		_, err := read(t, s, test.message, test.text)
		var field *FieldError
		if !errors.As(err, &field) || err.Error() != test.want {
			t.Errorf("%s: %v\nwant %s", test.text, err, test.want)
		}
	}
}

func TestCompleteIsIdempotent(t *testing.T) {
	s := load(t)
	o, err := read(t, s, "Pool", `{"name":"p","servers":[{"ip":{"addr":"10.0.0.1","type":"V4"}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if err := Complete(s.Message("Pool"), o); err != nil {
		t.Fatal(err)
	}
	before, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := Complete(s.Message("Pool"), o); err != nil {
		t.Fatal(err)
	}
	if after, err := json.Marshal(o); err != nil || !bytes.Equal(before, after) {
		t.Errorf("completing again changes %s to %s, %v", before, after, err)
	}
	server := o["servers"].([]any)[0].(Object)
	if o["enabled"] != true || server["ratio"] != int64(1) || server["static"] != false {
		t.Errorf("defaults are missing: %v", o)
	}
}

func TestMinimalMessages(t *testing.T) {
	m := Minimal("AnalyticsProfile")
	if !m.Root || m.CloudBound() || m.Field("name") == nil || !m.Field("url").ReadOnly {
		t.Errorf("minimal message: %+v", m)
	}
}

// FuzzDecode: no object makes decoding or completing panic, and what they accept they accept again.
func FuzzDecode(f *testing.F) {
	s := load(f)
	for _, text := range []string{`{"name":"p"}`, `{"servers":[{"ip":{"addr":"a","type":"V4"}}]}`, `{"default_server_port":1e2}`, `{"servers":[null]}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var raw map[string]any
		if decoder.Decode(&raw) != nil {
			return
		}
		for _, m := range s.Roots() {
			d := Decoder{Version: s.Version, Resolve: func(refType, text string) (Ref, error) { return Ref{refType, text}, nil }}
			o, err := d.Object(m, raw)
			if err != nil || Complete(m, o) != nil {
				continue
			}
			if err := Complete(m, o); err != nil {
				t.Errorf("%s: complete at first, then %v", m.Name, err)
			}
		}
	})
}
