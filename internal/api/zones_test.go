package api_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
)

const (
	zonesPath    = "/v2/lbaas/availabilityzones"
	profilesPath = "/v2/lbaas/availabilityzoneprofiles"
)

func zoneProfileBody(provider, data string) string {
	return fmt.Sprintf(`{"availability_zone_profile": {"name": "p", "provider_name": %q, "availability_zone_data": %q}}`, provider, data)
}

// makeZone makes a profile and a zone of it, and gives the profile's id.
func (f *realFront) makeZone(t *testing.T, name, data string) string {
	t.Helper()
	made := f.must(t, "POST", profilesPath, zoneProfileBody("avi_adc", data)).object(t)
	profile := idOf(made["availability_zone_profile"].(map[string]any))
	f.must(t, "POST", zonesPath, fmt.Sprintf(`{"availability_zone": {"name": %q, "availability_zone_profile_id": %q}}`, name, profile))
	return profile
}

func TestZonesAreShownAsOctaviaShowsThem(t *testing.T) {
	f := newRealFront(t)
	const data = `{"cloud": "east"}`
	profile := f.makeZone(t, "az 1", data)
	shown := func(description string, enabled bool) map[string]any {
		return map[string]any{"name": "az 1", "description": description, "enabled": enabled, "availability_zone_profile_id": profile}
	}
	profileShown := func(name string) map[string]any {
		return map[string]any{"id": profile, "name": name, "provider_name": "avi_adc", "availability_zone_data": data}
	}
	for _, test := range []struct {
		method, path, body string
		want               map[string]any
	}{
		{"GET", zonesPath + "/az%201", "", map[string]any{"availability_zone": shown("", true)}},
		{"GET", "/v2.0/lbaas/availabilityzones?name=az+1", "", map[string]any{
			"availability_zones": []any{shown("", true)}, "availability_zones_links": []any{},
		}},
		{"GET", "/v2/availabilityzones?enabled=false", "", map[string]any{"availability_zones": []any{}, "availability_zones_links": []any{}}},
		{"PUT", zonesPath + "/az%201", `{"availability_zone": {"enabled": false, "description": "closed"}}`, map[string]any{
			"availability_zone": shown("closed", false),
		}},
		{"GET", profilesPath, "", map[string]any{
			"availability_zone_profiles": []any{profileShown("p")}, "availability_zone_profile_links": []any{},
		}},
		{"PUT", profilesPath + "/" + profile, `{"availability_zone_profile": {"name": "q"}}`, map[string]any{"availability_zone_profile": profileShown("q")}},
		{"GET", profilesPath + "/" + profile, "", map[string]any{"availability_zone_profile": profileShown("q")}},
	} {
		if diff := cmp.Diff(test.want, f.must(t, test.method, test.path, test.body).object(t)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.method, test.path, diff)
		}
	}
	known := f.must(t, "GET", "/v2/lbaas/providers/avi_adc/availability_zone_capabilities?fields=name", "").object(t)
	want := map[string]any{"availability_zone_capabilities": []any{
		map[string]any{"name": "cloud"},
		map[string]any{"name": "compute_zone"},
		map[string]any{"name": "management_network"},
		map[string]any{"name": "se_group_ref"},
		map[string]any{"name": "valid_vip_networks"},
		map[string]any{"name": "vrf_context_ref"},
		map[string]any{"name": "vrf_ref"},
	}}
	if diff := cmp.Diff(want, known); diff != "" {
		t.Errorf("the capabilities (-want +got):\n%s", diff)
	}
}

func TestZonesOfLoadBalancers(t *testing.T) {
	f := newRealFront(t)
	profile := f.makeZone(t, "az1", `{"cloud": "east", "se_group_ref": "/api/serviceenginegroup?name=big"}`)
	lb := f.loadBalancer(t, `, "availability_zone": "az1"`)
	if lb["availability_zone"] != "az1" || lb["provider"] != "avi_adc" {
		t.Errorf("the load balancer is in %v of %v, want az1 of avi_adc", lb["availability_zone"], lb["provider"])
	}
	inZone := f.must(t, "GET", "/v2/lbaas/loadbalancers?availability_zone=az1", "").object(t)["loadbalancers"].([]any)
	if len(inZone) != 1 {
		t.Errorf("the filter by zone gives %v", inZone)
	}
	post := func(more string) string {
		return `{"loadbalancer": {"vip_address": "203.0.113.51", "vip_subnet_id": "` + subnetID + `", ` + more + `}}`
	}
	for _, test := range []struct {
		method, path, body string
		status             int
		fault              string
	}{
		{"POST", "/v2/lbaas/loadbalancers", post(`"availability_zone": "nix"`), 400, "Validation failure: Invalid availability zone."},
		{"POST", "/v2/lbaas/loadbalancers", post(`"availability_zone": null`), 400, "Validation failure: Invalid availability zone."},
		{"POST", "/v2/lbaas/loadbalancers", post(`"availability_zone": "az1", "provider": "avi_west"`), 400, "Availability zone 'az1' is not compatible with provider 'avi_west'"},
		{"PUT", "/v2/lbaas/loadbalancers/" + idOf(lb), `{"loadbalancer": {"availability_zone": "az1"}}`, 400, "Unknown attribute for argument load_balancer.loadbalancer: availability_zone"},
		{"DELETE", zonesPath + "/az1", "", 409, "Availability Zone az1 is in use and cannot be modified."},
		{"DELETE", zonesPath + "/nix", "", 404, "Availability Zone nix not found."},
		{"GET", zonesPath + "/nix", "", 404, "Availability Zone nix not found."},
		{"PUT", zonesPath + "/nix", `{"availability_zone": {"enabled": false}}`, 404, "Availability Zone nix not found."},
		{"PUT", zonesPath + "/az1", `{"availability_zone": {"name": "n"}}`, 400, "Unknown attribute for argument availability_zone_.availability_zone: name"},
		{"PUT", zonesPath + "/az1", `{"availability_zone": {"enabled": null}}`, 400, "None is not a valid option for enabled"},
		{"POST", zonesPath, `{"availability_zone": {"name": "az1", "availability_zone_profile_id": "` + profile + `"}}`, 409, "A availability zone of az1 already exists."},
		{"POST", zonesPath, `{"availability_zone": {"name": "az2"}}`, 400, "Invalid input for field/attribute availability_zone_profile_id. Value: 'None'. Mandatory field missing."},
		{"POST", zonesPath, `{"availability_zone": {"name": "az2", "availability_zone_profile_id": "` + lbID() + `"}}`, 400, "Availability Zone Profile " + lbID() + " not found."},
		{"DELETE", profilesPath + "/" + profile, "", 409, "Availability Zone Profile " + profile + " is in use and cannot be modified."},
		{"PUT", profilesPath + "/" + profile, `{"availability_zone_profile": {"availability_zone_data": "{}"}}`, 409, "Availability Zone Profile " + profile + " is in use and cannot be modified."},
		{"GET", profilesPath + "/" + lbID(), "", 404, "Availability Zone Profile " + lbID() + " not found."},
		{"POST", profilesPath, zoneProfileBody("nix", "{}"), 400, "Provider 'nix' is not enabled."},
		{"POST", profilesPath, zoneProfileBody("avi_adc", `{"color": 1}`), 400, "Validation failure: availability zone data: there is no key color; the keys are cloud, compute_zone, management_network, se_group_ref, valid_vip_networks, vrf_context_ref, vrf_ref."},
		{"POST", profilesPath, zoneProfileBody("avi_adc", `{"se_group_ref": "big"}`), 400, `Validation failure: availability zone data: se_group_ref is "big", which is no reference to a serviceenginegroup: give /api/serviceenginegroup?name=NAME or /api/serviceenginegroup/UUID.`},
		{"GET", "/v2/lbaas/providers/nix/availability_zone_capabilities", "", 400, "Provider 'nix' is not enabled."},
	} {
		f.do(test.method, test.path, test.body).refused(t, test.method+" "+test.path+" "+test.body, test.status, test.fault)
	}
	f.must(t, "PUT", zonesPath+"/az1", `{"availability_zone": {"enabled": false}}`)
	f.do("POST", "/v2/lbaas/loadbalancers", post(`"availability_zone": "az1"`)).
		refused(t, "a disabled zone", 400, "The selected availability_zone is not allowed in this deployment: az1")
	f.must(t, "DELETE", "/v2/lbaas/loadbalancers/"+idOf(lb), "")
	f.settle(t)
	f.must(t, "DELETE", zonesPath+"/az1", "")
	f.must(t, "DELETE", profilesPath+"/"+profile, "")
}

func TestWhoMayDoWhatWithZonesAndAmphorae(t *testing.T) {
	f := newRealFront(t)
	profile := f.makeZone(t, "az1", `{}`)
	lb := idOf(f.loadBalancer(t, ""))
	member := newFront(t, func(o *api.Options) { o.Service, o.Authenticator = f.service, as("load-balancer_member") })
	for _, test := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", zonesPath, "", 200},
		{"GET", zonesPath + "/az1", "", 200},
		{"PUT", zonesPath + "/az1", `{"availability_zone": {"enabled": false}}`, 403},
		{"POST", zonesPath, `{"availability_zone": {"name": "z", "availability_zone_profile_id": "` + profile + `"}}`, 403},
		{"DELETE", zonesPath + "/az1", "", 403},
		{"GET", profilesPath, "", 403},
		{"GET", profilesPath + "/" + profile, "", 403},
		{"GET", "/v2/lbaas/providers/avi_adc/availability_zone_capabilities", "", 403},
		{"GET", "/v2/octavia/amphorae", "", 403},
		{"PUT", "/v2/lbaas/loadbalancers/" + lb + "/failover", "", 403},
	} {
		if got := member.do(test.method, test.path, test.body); got.status != test.want {
			t.Errorf("a member: %s %s answered %d, want %d: %s", test.method, test.path, got.status, test.want, got.body)
		}
	}
}

// There are no amphorae, and nothing is wrong about that.
func TestAmphorae(t *testing.T) {
	f := newRealFront(t)
	for _, version := range []string{"/v2", "/v2.0"} {
		path := version + "/octavia/amphorae"
		want := map[string]any{"amphorae": []any{}, "amphorae_links": []any{}}
		if diff := cmp.Diff(want, f.must(t, "GET", path, "").object(t)); diff != "" {
			t.Errorf("GET %s (-want +got):\n%s", path, diff)
		}
		one := path + "/" + lbID()
		f.do("GET", one, "").refused(t, one, 404, "Amphora "+lbID()+" not found.")
		f.do("DELETE", one, "").refused(t, one, 404, "Amphora "+lbID()+" not found.")
		f.do("PUT", one+"/failover", "").refused(t, one, 404, "Amphora "+lbID()+" not found.")
		f.do("PUT", one+"/config", "").refused(t, one, 404, "Amphora "+lbID()+" not found.")
		f.do("GET", one+"/stats", "").refused(t, one, 404, "Amphora stats for "+lbID()+" not found.")
		f.do("GET", path+"/zz", "").refused(t, "zz", 404, "Amphora zz not found.")
	}
}

func TestFailoverIsTheControllersAffair(t *testing.T) {
	f := newRealFront(t)
	lb := idOf(f.loadBalancer(t, ""))
	path := "/v2/lbaas/loadbalancers/" + lb + "/failover"
	f.do("PUT", path, "").refused(t, "ACTIVE", http.StatusNotImplemented,
		"Provider 'avi_adc' does not support a requested action: This provider does not support failing over load balancers.")
	if status := f.must(t, "GET", "/v2/lbaas/loadbalancers/"+lb, "").object(t)["loadbalancer"].(map[string]any)["provisioning_status"]; status != "ACTIVE" {
		t.Errorf("afterwards the load balancer is %v", status)
	}
	f.must(t, "PUT", "/v2/lbaas/loadbalancers/"+lb, `{"loadbalancer": {"name": "n"}}`)
	f.do("PUT", path, "").refused(t, "pending", http.StatusConflict, "Invalid state PENDING_UPDATE of loadbalancer resource "+lb)
	f.do("PUT", "/v2/lbaas/loadbalancers/"+subnetID+"/failover", "").refused(t, "unknown", http.StatusNotFound, "Load Balancer "+subnetID+" not found.")
}
