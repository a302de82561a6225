package api_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// newFlavorFront is an API whose flavors are kept in a real store.
func newFlavorFront(t *testing.T, change ...func(*api.Options)) *front {
	t.Helper()
	f := newFront(t, change...)
	kept, err := store.Open(t.Context(), storetest.Options(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	f.memory.FlavorService = service.New(service.Options{
		Store: kept, Providers: []service.Provider{{Name: "avi_adc"}, {Name: "avi_west"}}, Wake: func() {},
	})
	return f
}

func profileBody(data string) string {
	return fmt.Sprintf(`{"flavorprofile": {"name": "p", "provider_name": "avi_adc", "flavor_data": %q}}`, data)
}

// makeFlavor makes a profile and a flavor and gives their paths.
func (f *front) makeFlavor(t *testing.T, name string) (profile, flavor string) {
	t.Helper()
	made := f.must(t, "POST", "/v2/lbaas/flavorprofiles", profileBody(`{"traffic_enabled": false}`)).object(t)
	profileID, _ := made["flavorprofile"].(map[string]any)["id"].(string)
	body := fmt.Sprintf(`{"flavor": {"name": %q, "flavor_profile_id": %q}}`, name, profileID)
	flavorID, _ := f.must(t, "POST", "/v2/lbaas/flavors", body).object(t)["flavor"].(map[string]any)["id"].(string)
	return "/v2/lbaas/flavorprofiles/" + profileID, "/v2/lbaas/flavors/" + flavorID
}

func TestFlavorsAreShownAsOctaviaShowsThem(t *testing.T) {
	f := newFlavorFront(t)
	profile, flavor := f.makeFlavor(t, "gold")
	profileID, flavorID := filepath.Base(profile), filepath.Base(flavor)
	wantProfile := map[string]any{"id": profileID, "name": "p", "provider_name": "avi_adc", "flavor_data": `{"traffic_enabled": false}`}
	wantFlavor := map[string]any{"id": flavorID, "name": "gold", "description": "", "enabled": true, "flavor_profile_id": profileID}
	for _, test := range []struct {
		method, path, body string
		want               map[string]any
	}{
		{"GET", profile, "", map[string]any{"flavorprofile": wantProfile}},
		{"GET", "/v2/lbaas/flavorprofiles", "", map[string]any{"flavorprofiles": []any{wantProfile}, "flavorprofile_links": []any{}}},
		{"GET", flavor, "", map[string]any{"flavor": wantFlavor}},
		{"GET", "/v2.0/lbaas/flavors?name=gold", "", map[string]any{"flavors": []any{wantFlavor}, "flavors_links": []any{}}},
		{"GET", "/v2/flavors?enabled=False", "", map[string]any{"flavors": []any{}, "flavors_links": []any{}}},
		{"GET", "/v2/flavors?fields=name", "", map[string]any{"flavors": []any{map[string]any{"name": "gold"}}, "flavors_links": []any{}}},
		{"PUT", flavor, `{"flavor": {"enabled": false, "description": "out of stock"}}`, map[string]any{"flavor": map[string]any{
			"id": flavorID, "name": "gold", "description": "out of stock", "enabled": false, "flavor_profile_id": profileID,
		}}},
		{"PUT", profile, `{"flavorprofile": {"name": "renamed"}}`, map[string]any{"flavorprofile": map[string]any{
			"id": profileID, "name": "renamed", "provider_name": "avi_adc", "flavor_data": `{"traffic_enabled": false}`,
		}}},
	} {
		if diff := cmp.Diff(test.want, f.must(t, test.method, test.path, test.body).object(t)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.method, test.path, diff)
		}
	}
}

func TestFlavorRefusals(t *testing.T) {
	f := newFlavorFront(t)
	profile, flavor := f.makeFlavor(t, "gold")
	const profiles, flavors = "/v2/lbaas/flavorprofiles", "/v2/lbaas/flavors"
	long := strings.Repeat("x", 256)
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		want                     string
	}{
		{"no name", "POST", profiles, `{"flavorprofile": {"provider_name": "avi_adc", "flavor_data": "{}"}}`, 400, "field/attribute name. Value: 'None'. Mandatory field missing."},
		{"no data", "POST", profiles, `{"flavorprofile": {"name": "p", "provider_name": "avi_adc"}}`, 400, "flavor_data. Value: 'None'. Mandatory field missing."},
		{"no such provider", "POST", profiles, `{"flavorprofile": {"name": "p", "provider_name": "x", "flavor_data": "{}"}}`, 400, "Provider 'x' is not enabled."},
		{"data not JSON", "POST", profiles, profileBody(`{'a': 1}`), 400, "{'a': 1} is not a valid option for flavor_data"},
		{"data not a dict", "POST", profiles, profileBody(`[]`), 400, "[] is not a valid option for flavor_data"},
		{"an unknown key", "POST", profiles, profileBody(`{"compute_flavor": "m1"}`), 400, "there is no key compute_flavor; the keys are analytics_profile_ref, "},
		{"a wrong type", "POST", profiles, profileBody(`{"vrf_context_per_subnet": "yes"}`), 400, "vrf_context_per_subnet has to be true or false"},
		{"a number for a reference", "POST", profiles, profileBody(`{"se_group_ref": 1}`), 400, "se_group_ref has to be a text"},
		{"no reference", "POST", profiles, profileBody(`{"se_group_ref": "gold"}`), 400, `se_group_ref is "gold", which is no reference to a serviceenginegroup: give /api/serviceenginegroup?name=NAME`},
		{"a reference of another type", "POST", profiles, profileBody(`{"vrf_ref": "/api/pool?name=x"}`), 400, "vrf_ref"},
		{"two names that differ", "POST", profiles, profileBody(`{"vrf_ref": "/api/vrfcontext?name=a", "vrf_context_ref": "/api/vrfcontext?name=b"}`), 400, "two names of one key"},
		{"both VRF keys", "POST", profiles, profileBody(`{"vrf_ref": "/api/vrfcontext?name=a", "vrf_context_per_subnet": true}`), 400, "exclude each other"},
		{"a long name", "POST", profiles, `{"flavorprofile": {"name": "` + long + `", "provider_name": "avi_adc", "flavor_data": "{}"}}`, 400, "maximum character requirement of 255"},
		{"an unknown attribute", "POST", profiles, `{"flavorprofile": {"description": "x"}}`, 400, "Unknown attribute for argument flavor_profile_.flavorprofile: description"},
		{"null for a name", "PUT", profile, `{"flavorprofile": {"name": null}}`, 400, "None is not a valid option for name"},
		{"data of a profile in use", "PUT", profile, `{"flavorprofile": {"flavor_data": "{}"}}`, 409, "Flavor profile " + filepath.Base(profile) + " is in use and cannot be modified."},
		{"provider of a profile in use", "PUT", profile, `{"flavorprofile": {"provider_name": "avi_west"}}`, 409, "in use"},
		{"a profile in use", "DELETE", profile, "", 409, "is in use and cannot be modified."},
		{"no such profile", "GET", profiles + "/" + newID(9), "", 404, "Flavor Profile " + newID(9) + " not found."},
		{"a flavor without a name", "POST", flavors, `{"flavor": {"flavor_profile_id": "` + newID(9) + `"}}`, 400, "Mandatory field missing."},
		{"a flavor without a profile", "POST", flavors, `{"flavor": {"name": "x"}}`, 400, "flavor_profile_id. Value: 'None'"},
		{"a flavor of no such profile", "POST", flavors, `{"flavor": {"name": "x", "flavor_profile_id": "` + newID(9) + `"}}`, 400, "Flavor Profile " + newID(9) + " not found."},
		{"a name that is taken", "POST", flavors, `{"flavor": {"name": "gold", "flavor_profile_id": "` + filepath.Base(profile) + `"}}`, 409, "A flavor of gold already exists."},
		{"another profile", "PUT", flavor, `{"flavor": {"flavor_profile_id": "` + newID(9) + `"}}`, 400, "Unknown attribute for argument flavor_.flavor: flavor_profile_id"},
		{"null for enabled", "PUT", flavor, `{"flavor": {"enabled": null}}`, 400, "None is not a valid option for enabled"},
		{"a wrong enabled", "PUT", flavor, `{"flavor": {"enabled": "perhaps"}}`, 400, "enabled. Value: 'perhaps'"},
		{"no such flavor", "DELETE", flavors + "/" + newID(9), "", 404, "Flavor " + newID(9) + " not found."},
		{"Octavia's nil flavor", "GET", flavors + "/00000000-0000-0000-0000-000000000000", "", 404, "not found"},
		{"capabilities of no provider", "GET", "/v2/lbaas/providers/x/flavor_capabilities", "", 400, "Provider 'x' is not enabled."},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := f.do(test.method, test.path, test.body)
			if got.status != test.status {
				t.Fatalf("answered %d, want %d: %s", got.status, test.status, got.body)
			}
			if text := got.fault(t); !strings.Contains(text, test.want) {
				t.Errorf("said %q, want it to contain %q", text, test.want)
			}
		})
	}
	f.must(t, "DELETE", flavor, "")
	f.must(t, "PUT", profile, `{"flavorprofile": {"flavor_data": "{}", "provider_name": "avi_west"}}`)
	f.must(t, "DELETE", profile, "")
	if got := f.do("GET", profile, ""); got.status != http.StatusNotFound {
		t.Errorf("a deleted profile answered %d", got.status)
	}
}

func TestFlavorCapabilities(t *testing.T) {
	f := newFlavorFront(t)
	list := func(query string) []any {
		all, _ := f.must(t, "GET", "/v2/lbaas/providers/avi_adc/flavor_capabilities"+query, "").object(t)["flavor_capabilities"].([]any)
		return all
	}
	if all := list(""); len(all) != 10 {
		t.Errorf("%d capabilities: %v", len(all), all)
	}
	want := []any{map[string]any{"name": "se_group_ref"}}
	if diff := cmp.Diff(want, list("?name=se_group_ref&fields=name")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Octavia's policy: admins make flavors, everybody looks at them, and profiles are for admins alone.
func TestWhoMayDoWhatWithFlavors(t *testing.T) {
	for role, may := range map[string]struct{ look, make bool }{
		"admin":                         {look: true, make: true},
		"load-balancer_admin":           {look: true, make: true},
		"member":                        {look: true},
		"reader":                        {look: true},
		"load-balancer_global_observer": {look: true},
		"stranger":                      {},
	} {
		f := newFlavorFront(t, func(o *api.Options) { o.Authenticator = as(role) })
		for _, test := range []struct {
			method, path, body string
			allowed            bool
		}{
			{"GET", "/v2/lbaas/flavors", "", may.look},
			{"POST", "/v2/lbaas/flavors", "{}", may.make},
			{"DELETE", "/v2/lbaas/flavors/" + newID(1), "", may.make},
			{"GET", "/v2/lbaas/flavorprofiles", "", may.make},
			{"POST", "/v2/lbaas/flavorprofiles", profileBody("{}"), may.make},
			{"GET", "/v2/lbaas/providers/avi_adc/flavor_capabilities", "", may.make},
		} {
			got := f.do(test.method, test.path, test.body)
			if allowed := got.status != http.StatusForbidden; allowed != test.allowed {
				t.Errorf("%s: %s %s answered %d", role, test.method, test.path, got.status)
			}
		}
	}
}

// A load balancer's flavor and QoS policy are shown, and the flavor stays what it is.
func TestFlavorAndQoSOfALoadBalancer(t *testing.T) {
	f := newFront(t)
	body := `{"loadbalancer": {"vip_subnet_id": "` + subnetID + `", "flavor_id": "` + newID(7) + `", "vip_qos_policy_id": "` + newID(8) + `"}}`
	made, _ := f.must(t, "POST", "/v2/lbaas/loadbalancers", body).object(t)["loadbalancer"].(map[string]any)
	if made["flavor_id"] != newID(7) || made["vip_qos_policy_id"] != newID(8) {
		t.Errorf("flavor %v, QoS policy %v", made["flavor_id"], made["vip_qos_policy_id"])
	}
	path := "/v2/lbaas/loadbalancers/" + lbID()
	got := f.do("PUT", path, `{"loadbalancer": {"flavor_id": null}}`)
	if want := "Unknown attribute for argument load_balancer.loadbalancer: flavor_id"; got.status != 400 || !strings.Contains(got.fault(t), want) {
		t.Errorf("changing the flavor answered %d: %s", got.status, got.body)
	}
	changed, _ := f.must(t, "PUT", path, `{"loadbalancer": {"vip_qos_policy_id": null}}`).object(t)["loadbalancer"].(map[string]any)
	if changed["vip_qos_policy_id"] != nil {
		t.Errorf("the QoS policy is still %v", changed["vip_qos_policy_id"])
	}
}
