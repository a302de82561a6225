package neutron_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
)

func TestFlavorWithItsProfile(t *testing.T) {
	s := start(t)
	made := s.AddFlavor(cloudsim.Flavor{Name: "gold", Metainfo: "{'se_group_ref': '/api/serviceenginegroup?name=gold'}"})
	got, err := s.Flavor(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	want := neutron.Flavor{ID: made.ID, ServiceType: "LOADBALANCERV2", Enabled: true, ServiceProfileIDs: []string{made.ProfileID}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("flavor (-want +got):\n%s", diff)
	}
	profile, err := s.ServiceProfile(t.Context(), made.ProfileID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(neutron.ServiceProfile{ID: made.ProfileID, Enabled: true, Metainfo: made.Metainfo}, profile); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
	for _, id := range []string{"4f3c8c2f-1b8e-4c0f-9d51-0f3d2a6b7c11", "..", ""} {
		if _, err := s.Flavor(t.Context(), id); !errors.Is(err, neutron.ErrNotFound) {
			t.Errorf("flavor %q: %v, want ErrNotFound", id, err)
		}
		if _, err := s.ServiceProfile(t.Context(), id); !errors.Is(err, neutron.ErrNotFound) {
			t.Errorf("service profile %q: %v, want ErrNotFound", id, err)
		}
	}
}

// A Neutron without the plugin has no such path, which must not pass for an outage: a flavor's id is simply wrong there.
func TestNeutronWithoutFlavors(t *testing.T) {
	s := start(t)
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusNotFound)
		body := `{"message": "The resource could not be found.<br /><br />\n\n\n", "code": "404 Not Found", "title": "Not Found"}`
		if r.URL.Path == "/v2.0/extensions/flavors" {
			body = `{"NeutronError": {"type": "HTTPNotFound", "message": "Extension with alias flavors does not exist", "detail": ""}}`
		}
		_, _ = w.Write([]byte(body))
	}))
	defer old.Close()
	client := neutron.New(neutron.Config{EndpointOverride: old.URL}, s.session, slog.New(slog.DiscardHandler))
	if _, err := client.Flavor(t.Context(), "4f3c8c2f-1b8e-4c0f-9d51-0f3d2a6b7c11"); !errors.Is(err, neutron.ErrNotFound) {
		t.Errorf("%v, want ErrNotFound", err)
	}
}

func TestQoSPolicies(t *testing.T) {
	s := start(t)
	policy := s.AddQoSPolicy("slow", "demo")
	if err := s.CheckQoSPolicy(t.Context(), policy); err != nil {
		t.Error(err)
	}
	if err := s.CheckQoSPolicy(t.Context(), "4f3c8c2f-1b8e-4c0f-9d51-0f3d2a6b7c11"); !errors.Is(err, neutron.ErrNotFound) {
		t.Errorf("no such policy: %v", err)
	}
	port, err := s.CreateVIPPort(t.Context(), s.vip(func(v *neutron.VIPPort) { v.QoSPolicyID = policy }))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{policy, "", policy} {
		if i > 0 {
			if err := s.SetPortQoS(t.Context(), port.ID, want); err != nil {
				t.Fatal(err)
			}
		}
		looked, err := s.Port(t.Context(), port.ID)
		if err != nil || looked.QoSPolicyID != want || looked.ID != port.ID || len(looked.FixedIPs) != 1 {
			t.Errorf("the port is %+v (%v), want QoS policy %q", looked, err, want)
		}
	}
	if err := s.SetPortQoS(t.Context(), port.ID, "4f3c8c2f-1b8e-4c0f-9d51-0f3d2a6b7c11"); !errors.Is(err, neutron.ErrNotFound) {
		t.Errorf("a policy that there is not: %v", err)
	}
}
