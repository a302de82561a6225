package plan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// fromWire is an object as the Controller's client hands it over.
func fromWire(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var o map[string]any
	if err := d.Decode(&o); err != nil {
		t.Fatal(err)
	}
	return o
}

func pool(fields map[string]any) *plan.Object {
	return &plan.Object{Type: "pool", UUID: "pool-1", Fields: fields}
}

func serverList(entries ...map[string]any) plan.List {
	return plan.List{Key: []string{"ip.addr", "port"}, Entries: entries}
}

func serverEntry(address string, port, ratio int) map[string]any {
	return map[string]any{"ip": map[string]any{"addr": address, "type": "V4"}, "port": port, "ratio": ratio}
}

func TestDifferencesNamePlaces(t *testing.T) {
	t.Parallel()
	const actual = `{"name":"p","enabled":true,"servers":[
		{"ip":{"addr":"10.0.0.1","type":"V4"},"port":80,"ratio":1,"hostname":"kept out"},
		{"ip":{"addr":"10.0.0.9","type":"V4"},"port":80,"ratio":7,"hostname":"kept out"}],
		"nested":{"ours":1,"theirs":2},"cloud_ref":"https://c/api/cloud/cloud-1#Default-Cloud"}`
	o := pool(map[string]any{
		"name": "q", "enabled": true, "cloud_ref": "/api/cloud?name=Default-Cloud", "nested": map[string]any{"ours": 3},
		"description": nil,
		"servers":     serverList(serverEntry("10.0.0.1", 80, 4), serverEntry("10.0.0.2", 80, 1)),
	})
	want := []plan.Difference{
		{Path: "name", Actual: "p", Wanted: "q"},
		{Path: "nested.ours", Actual: json.Number("1"), Wanted: json.Number("3")},
		{Path: "servers[10.0.0.1,80].ratio", Actual: json.Number("1"), Wanted: json.Number("4")},
		{Path: "servers[10.0.0.2,80]", Wanted: map[string]any{
			"ip": map[string]any{"addr": "10.0.0.2", "type": "V4"}, "port": json.Number("80"), "ratio": json.Number("1"),
		}},
		{Path: "servers[10.0.0.9,80]", Actual: map[string]any{
			"ip": map[string]any{"addr": "10.0.0.9", "type": "V4"}, "port": json.Number("80"), "ratio": json.Number("7"),
		}},
	}
	if diff := cmp.Diff(want, o.Differences(fromWire(t, actual))); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

func TestInitialNamesEveryValue(t *testing.T) {
	t.Parallel()
	o := pool(map[string]any{
		"name": "p", "description": "", "enabled": true, "gone": nil, "servers": serverList(serverEntry("10.0.0.1", 80, 1)),
		"vip": plan.List{Entries: []map[string]any{{"enabled": true}}},
	})
	o.Once = map[string]any{"created_by": "avi-lbaas"}
	var got []string
	for _, d := range o.Initial() {
		got = append(got, d.Path+"="+plan.Text(d.Wanted))
	}
	want := []string{
		`created_by="avi-lbaas"`, `enabled=true`, `name="p"`, `servers[10.0.0.1,80].ip.addr="10.0.0.1"`,
		`servers[10.0.0.1,80].ip.type="V4"`, `servers[10.0.0.1,80].port=80`, `servers[10.0.0.1,80].ratio=1`, `vip[0].enabled=true`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	const pem = "-----BEGIN EC PRIVATE KEY-----\nZZZ\n-----END EC PRIVATE KEY-----"
	o := &plan.Object{Type: "sslkeyandcertificate", Fields: map[string]any{
		"key": "ZZZ", "key_passphrase": "ZZZ", "name": "cert", "text": pem, "nested": map[string]any{"password": "ZZZ"},
		"list": []any{map[string]any{"client_secret": "ZZZ"}}, "texts": []string{pem},
	}}
	actual := map[string]any{"key": "ZZZ-old", "text": pem + "ZZZ"}
	text := fmt.Sprint(o.Differences(actual), o.Initial())
	if strings.Contains(text, "ZZZ") {
		t.Errorf("a secret shows in %s", text)
	}
	for _, want := range []string{"{key (secret) (secret)}", "{name <nil> cert}"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in %s", want, text)
		}
	}
	if got := plan.Text(plan.Masked); got != plan.Masked {
		t.Errorf("a mask reads %s", got)
	}
	markers := pool(map[string]any{"markers": []any{map[string]any{"key": "created_by"}}})
	if got := fmt.Sprint(markers.Initial()); !strings.Contains(got, "created_by") {
		t.Errorf("a field called key that is no secret is masked: %s", got)
	}
}

// Both ways to compare agree, and putting in what is wanted leaves nothing that differs.
func TestDifferencesAgreeWithDiffers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := pool(drawFields(t, "wanted"))
		actual := wire(t, plain(drawFields(t, "actual")))
		if differs, places := o.Differs(actual), o.Differences(actual); (len(differs) == 0) != (len(places) == 0) {
			t.Fatalf("Differs says %v, Differences %v", differs, places)
		}
		merged := wire(t, o.Merged(actual))
		if places := o.Differences(merged); len(places) > 0 {
			t.Fatalf("after the merge there is still %v", places)
		}
	})
}

func drawFields(t *rapid.T, label string) map[string]any {
	entry := rapid.Custom(func(t *rapid.T) map[string]any {
		e := serverEntry(fmt.Sprintf("10.0.0.%d", rapid.IntRange(1, 3).Draw(t, "host")), rapid.IntRange(80, 81).Draw(t, "port"),
			rapid.IntRange(0, 2).Draw(t, "ratio"))
		if rapid.Bool().Draw(t, "has enabled") {
			e["enabled"] = rapid.Bool().Draw(t, "enabled")
		}
		return e
	})
	byKey := func(e map[string]any) string { return fmt.Sprint(e["ip"], e["port"]) }
	fields := map[string]any{
		"name":    rapid.SampledFrom([]any{"a", "b", "", nil}).Draw(t, label+" name"),
		"nested":  map[string]any{"x": rapid.IntRange(0, 2).Draw(t, label+" x")},
		"servers": serverList(rapid.SliceOfNDistinct(entry, 0, 4, byKey).Draw(t, label+" servers")...),
		"plain":   rapid.SliceOfN(rapid.SampledFrom([]string{"p", "q"}), 0, 2).Draw(t, label+" plain"),
		"ordered": plan.List{Entries: rapid.SliceOfN(entry, 0, 2).Draw(t, label+" ordered")},
	}
	if rapid.Bool().Draw(t, label+" lacks nested") {
		delete(fields, "nested")
	}
	return fields
}

func plain(fields map[string]any) map[string]any {
	o := plan.Object{Fields: fields}
	return o.Body()
}

// wire sends an object through JSON, as the Controller does.
func wire(t *rapid.T, o map[string]any) map[string]any {
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}
