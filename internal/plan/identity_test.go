package plan_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

func TestSecretsAreSentAndForgotten(t *testing.T) {
	o := plan.Object{
		Type: "sslkeyandcertificate", UUID: "u", Fields: map[string]any{"name": "n", "http": map[string]any{"a": 1}},
		Once:   map[string]any{"http": map[string]any{"b": 2}, "type": "T"},
		Secret: func() map[string]any { return map[string]any{"key": "PRIVATE"} },
	}
	want := map[string]any{"uuid": "u", "name": "n", "key": "PRIVATE", "type": "T", "http": map[string]any{"a": 1, "b": 2}}
	if diff := cmp.Diff(want, o.Body()); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	applied, err := o.Applied()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{applied, fmt.Sprintf("%v %+v %#v", o, o, o)} {
		if strings.Contains(text, "PRIVATE") {
			t.Errorf("the secret shows: %s", text)
		}
	}
}

func TestIsSame(t *testing.T) {
	const pem = "-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n"
	o := plan.Object{
		Fields: map[string]any{"name": "n"}, Same: map[string]any{"certificate": map[string]any{"certificate": pem}},
	}
	for name, test := range map[string]struct {
		actual string
		want   bool
	}{
		"the same":         {pem, true},
		"laid out anew":    {"-----BEGIN CERTIFICATE-----\r\nAAAABBBB\r\n-----END CERTIFICATE-----", true},
		"with its chain":   {pem + "-----BEGIN CERTIFICATE-----\nCCCC\n-----END CERTIFICATE-----\n", true},
		"another":          {strings.ReplaceAll(pem, "B", "C"), false},
		"behind its chain": {"-----BEGIN CERTIFICATE-----\nCCCC\n-----END CERTIFICATE-----\n" + pem, false},
		"nothing":          {"", false},
	} {
		actual := map[string]any{"name": "n", "certificate": map[string]any{"certificate": test.actual}}
		if got := o.IsSame(actual); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if o.IsSame(map[string]any{"name": "other", "certificate": map[string]any{"certificate": pem}}) {
		t.Error("another name counts as the same")
	}
	if (&plan.Object{Fields: map[string]any{"name": "n"}}).IsSame(map[string]any{"name": "n"}) {
		t.Error("an object that recognises nothing recognised something")
	}
}

func TestReferencesAreLedElsewhere(t *testing.T) {
	o := plan.Object{
		Fields: map[string]any{
			"ref": "/api/t/ours", "refs": []any{"/api/t/ours", "/api/t?name=ours", "/api/t/other"}, "text": "ours",
			"list": plan.List{Entries: []map[string]any{{"ca_ref": "/api/t/ours", "gone": nil}}}, "gone": nil,
		},
	}
	got := o.Redirected(map[string]string{"ours": "theirs"})
	want := map[string]any{
		"ref": "/api/t/theirs", "refs": []any{"/api/t/theirs", "/api/t?name=ours", "/api/t/other"}, "text": "ours",
		"list": plan.List{Entries: []map[string]any{{"ca_ref": "/api/t/theirs", "gone": nil}}}, "gone": nil,
	}
	if diff := cmp.Diff(want, got.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if o.Fields["ref"] != "/api/t/ours" {
		t.Error("the object itself was changed")
	}
}

func TestRefers(t *testing.T) {
	text, err := json.Marshal(map[string]any{"ref": "/api/virtualservice/virtualservice-1"})
	if err != nil {
		t.Fatal(err)
	}
	if !plan.Refers(string(text), "virtualservice-1") || plan.Refers(string(text), "virtualservice") || plan.Refers("", "x") {
		t.Error("who refers to what is not told")
	}
}
