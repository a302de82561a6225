package lbaas_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestFlavorSettings(t *testing.T) {
	got, err := lbaas.NewFlavorSettings(map[string]any{
		"vrf_context_ref": "/api/vrfcontext?name=blue", "vrf_ref": "/api/vrfcontext?name=blue", "traffic_enabled": false,
		"se_group_ref": "https://controller/api/serviceenginegroup/serviceenginegroup-1#gold", "ssl_profile_ref": nil,
		"vrf_context_per_subnet": false, "network_profile_ref": "/api/networkprofile/?name=fast",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := lbaas.FlavorSettings{
		VRFRef: "/api/vrfcontext?name=blue", TrafficDisabled: true, NetworkProfileRef: "/api/networkprofile/?name=fast",
		SEGroupRef: "https://controller/api/serviceenginegroup/serviceenginegroup-1#gold",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	refs := []lbaas.FlavorReference{
		{Key: "network_profile_ref", Type: "networkprofile", Reference: want.NetworkProfileRef},
		{Key: "se_group_ref", Type: "serviceenginegroup", Reference: want.SEGroupRef},
		{Key: "vrf_ref", Type: "vrfcontext", Reference: want.VRFRef},
	}
	if diff := cmp.Diff(refs, got.References()); diff != "" {
		t.Errorf("references (-want +got):\n%s", diff)
	}
}

func TestFlavorSettingsRefuse(t *testing.T) {
	for name, data := range map[string]map[string]any{
		"topology":       {"topology": nil},
		"SINGLE or":      {"loadbalancer_topology": "TRIPLE"},
		"se_group_ref":   {"se_group_ref": "/api/serviceenginegroup"},
		"vrf_ref":        {"vrf_ref": "/api/vrfcontext/a/b"},
		"ssl_profile":    {"ssl_profile_ref": "/api/sslprofile/x?name=y"},
		"network":        {"network_profile_ref": ""},
		"analytics":      {"analytics_profile_ref": "/api/analyticsprofile?name=" + strings.Repeat("x", 300)},
		"traffic":        {"traffic_enabled": "no"},
		"exclude":        {"vrf_ref": "/api/vrfcontext?name=a", "vrf_context_per_subnet": true},
		"application":    {"application_profile_ref": []any{}},
		"vrf_context_pe": {"vrf_context_per_subnet": json.Number("1")},
	} {
		_, err := lbaas.NewFlavorSettings(data)
		if !errors.Is(err, lbaas.KindInvalid) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v", data, err)
		}
	}
}

// Whatever the data, it is read or refused with a key's name, and what was read survives being stored.
func TestFlavorSettingsSurviveStorage(t *testing.T) {
	keys := []string{"x"}
	for _, c := range lbaas.FlavorCapabilities() {
		keys = append(keys, c.Name)
	}
	value := rapid.OneOf(
		rapid.Just[any](nil), rapid.Just[any](true), rapid.Just[any](false), rapid.Just[any]("/api/vrfcontext?name=a"),
		rapid.Just[any]("/api/sslprofile/b"), rapid.Map(rapid.String(), func(s string) any { return s }),
	)
	rapid.Check(t, func(t *rapid.T) {
		data := rapid.MapOf(rapid.SampledFrom(keys), value).Draw(t, "data")
		settings, err := lbaas.NewFlavorSettings(data)
		if err != nil {
			if !errors.Is(err, lbaas.KindInvalid) {
				t.Fatalf("%v: %v", data, err)
			}
			return
		}
		text, err := json.Marshal(settings)
		if err != nil {
			t.Fatal(err)
		}
		var back lbaas.FlavorSettings
		if err := json.Unmarshal(text, &back); err != nil || back != settings {
			t.Fatalf("%+v was stored as %s and read as %+v (%v)", settings, text, back, err)
		}
	})
}
