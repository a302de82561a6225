package api_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
)

const descriptionFile = "../../docs/openapi.json"

// description is what a front serves.
func description(t testing.TB, f *front) []byte {
	t.Helper()
	got := f.must(t, "GET", "/openapi.json", "")
	if kind := got.header.Get("Content-Type"); kind != "application/json" {
		t.Fatalf("it is served as %q", kind)
	}
	return append(bytes.TrimSpace(got.body), '\n')
}

func TestTheDescriptionIsUpToDate(t *testing.T) {
	got := description(t, newFront(t))
	if *update {
		if err := os.WriteFile(descriptionFile, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(descriptionFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/openapi.json is not what is served: go test ./internal/api -run Description -update")
	}
}

// checker validates requests and answers against the description.
func checker(t *testing.T, f *front) validator.Validator {
	t.Helper()
	parsed, err := libopenapi.NewDocument(description(t, f))
	if err != nil {
		t.Fatal(err)
	}
	if version := parsed.GetVersion(); version != "3.1.0" {
		t.Fatalf("it is OpenAPI %s", version)
	}
	v, errs := validator.NewValidator(parsed)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return v
}

func TestTheDescriptionIsValid(t *testing.T) {
	if ok, errs := checker(t, newFront(t)).ValidateDocument(); !ok {
		for _, e := range errs {
			t.Errorf("%s: %s %v", e.Message, e.Reason, e.SchemaValidationErrors)
		}
	}
}

// exchanges are requests that reach every operation of a populated front which carries something out.
func exchanges() []struct{ method, path, body string } {
	policy, rule := newID(6), newID(7)
	return []struct{ method, path, body string }{
		{"GET", "/", ""},
		{"GET", "/v2", ""},
		{"GET", "/v2.0", ""},
		{"GET", "/v2/lbaas", ""},
		{"GET", "/v2.0/lbaas", ""},
		{"GET", "/v2/lbaas/loadbalancers", ""},
		{"GET", "/v2/lbaas/loadbalancers?limit=1&sort=name:asc", ""},
		{"GET", "/v2/lbaas/loadbalancers/" + lbID(), ""},
		{"PUT", "/v2/lbaas/loadbalancers/" + lbID(), `{"loadbalancer": {"name": "new", "admin_state_up": false}}`},
		{"GET", "/v2/lbaas/loadbalancers/" + lbID() + "/status", ""},
		{"GET", "/v2/lbaas/loadbalancers/" + lbID() + "/statuses", ""},
		{"GET", "/v2/lbaas/loadbalancers/" + lbID() + "/stats", ""},
		{"GET", "/v2/lbaas/listeners", ""},
		{"GET", "/v2/lbaas/listeners/" + listenerID(), ""},
		{"PUT", "/v2/lbaas/listeners/" + listenerID(), `{"listener": {"connection_limit": 7, "insert_headers": {"X-Forwarded-For": "true"}}}`},
		{"GET", "/v2/lbaas/listeners/" + listenerID() + "/stats", ""},
		{"GET", "/v2/lbaas/pools", ""},
		{"GET", "/v2/lbaas/pools/" + poolID(), ""},
		{"PUT", "/v2/lbaas/pools/" + poolID(), `{"pool": {"session_persistence": {"type": "SOURCE_IP"}}}`},
		{"GET", "/v2/lbaas/pools/" + poolID() + "/members", ""},
		{"GET", "/v2/lbaas/pools/" + poolID() + "/members/" + memberID(), ""},
		{"PUT", "/v2/lbaas/pools/" + poolID() + "/members/" + memberID(), `{"member": {"weight": 3}}`},
		{"GET", "/v2/lbaas/healthmonitors", ""},
		{"GET", "/v2/lbaas/healthmonitors/" + monitorID(), ""},
		{"PUT", "/v2/lbaas/healthmonitors/" + monitorID(), `{"healthmonitor": {"delay": 11}}`},
		{"POST", "/v2/lbaas/l7policies", `{"l7policy": {"listener_id": "` + listenerID() + `", "action": "REJECT"}}`},
		{"POST", "/v2/lbaas/l7policies/" + policy + "/rules", `{"rule": {"type": "PATH", "compare_type": "STARTS_WITH", "value": "/x"}}`},
		{"GET", "/v2/lbaas/l7policies", ""},
		{"GET", "/v2/lbaas/l7policies/" + policy, ""},
		{"PUT", "/v2/lbaas/l7policies/" + policy, `{"l7policy": {"name": "p"}}`},
		{"GET", "/v2/lbaas/l7policies/" + policy + "/rules", ""},
		{"GET", "/v2/lbaas/l7policies/" + policy + "/rules/" + rule, ""},
		{"PUT", "/v2/lbaas/l7policies/" + policy + "/rules/" + rule, `{"rule": {"invert": true}}`},
		{"GET", "/v2/lbaas/providers", ""},
		{"GET", "/v2/lbaas/loadbalancers/" + newID(99), ""},
		{"POST", "/v2/lbaas/loadbalancers", `{"loadbalancer": {}}`},
		{"DELETE", "/v2/lbaas/l7policies/" + policy + "/rules/" + rule, ""},
		{"DELETE", "/v2/lbaas/l7policies/" + policy, ""},
		{"DELETE", "/v2/lbaas/healthmonitors/" + monitorID(), ""},
		{"DELETE", "/v2/lbaas/pools/" + poolID() + "/members/" + memberID(), ""},
		{"DELETE", "/v2/lbaas/pools/" + poolID(), ""},
		{"DELETE", "/v2/lbaas/listeners/" + listenerID(), ""},
		{"DELETE", "/v2/lbaas/loadbalancers/" + lbID() + "?cascade=true", ""},
		{"GET", "/v2/octavia/amphorae", ""},
		{"POST", "/v2/lbaas/loadbalancers", `{"loadbalancer": {"name": "one", "vip_subnet_id": "` + subnetID + `", "vip_address": "203.0.113.51"}}`},
	}
}

// offers are requests of an administrator that reach every operation of flavors, zones, quotas, batches and what is always refused.
func offers() (taken, refused [][3]string) {
	none := newID(99)
	taken = [][3]string{
		{"GET", "/v2/lbaas/flavors", ""},
		{"GET", "/v2/lbaas/flavors/{flavor}", ""},
		{"POST", "/v2/lbaas/flavors", `{"flavor": {"name": "g", "flavor_profile_id": "{profile}", "enabled": false}}`},
		{"PUT", "/v2/lbaas/flavors/{flavor}", `{"flavor": {"description": "d"}}`},
		{"GET", "/v2/lbaas/flavorprofiles", ""},
		{"GET", "/v2/lbaas/flavorprofiles/{profile}", ""},
		{"POST", "/v2/lbaas/flavorprofiles", `{"flavorprofile": {"name": "q", "provider_name": "avi_adc", "flavor_data": "{}"}}`},
		{"PUT", "/v2/lbaas/flavorprofiles/{profile}", `{"flavorprofile": {"name": "r"}}`},
		{"GET", "/v2/lbaas/providers/avi_adc/flavor_capabilities", ""},
		{"GET", "/v2/lbaas/providers/avi_adc/availability_zone_capabilities", ""},
		{"GET", "/v2/lbaas/availabilityzoneprofiles", ""},
		{"GET", "/v2/lbaas/availabilityzoneprofiles/{zoneprofile}", ""},
		{"PUT", "/v2/lbaas/availabilityzoneprofiles/{zoneprofile}", `{"availability_zone_profile": {"name": "zr"}}`},
		{"POST", "/v2/lbaas/availabilityzones", `{"availability_zone": {"name": "az", "availability_zone_profile_id": "{zoneprofile}"}}`},
		{"GET", "/v2/lbaas/availabilityzones", ""},
		{"GET", "/v2/lbaas/availabilityzones/az", ""},
		{"PUT", "/v2/lbaas/availabilityzones/az", `{"availability_zone": {"enabled": false}}`},
		{"DELETE", "/v2/lbaas/availabilityzones/az", ""},
		{"DELETE", "/v2/lbaas/availabilityzoneprofiles/{zoneprofile}", ""},
		{"GET", "/v2/lbaas/quotas", ""},
		{"PUT", "/v2/lbaas/quotas/{project}", `{"quota": {"pool": 50, "member": null}}`},
		{"GET", "/v2/lbaas/quotas", ""},
		{"GET", "/v2/lbaas/quotas/{project}", ""},
		{"GET", "/v2/lbaas/quotas/{project}/default", ""},
		{"DELETE", "/v2/lbaas/quotas/{project}", ""},
		{"GET", "/v2/octavia/amphorae?loadbalancer_id={lb}", ""},
		{"DELETE", "/v2/lbaas/flavors/{flavor}", ""},
	}
	refused = [][3]string{
		{"DELETE", "/v2/lbaas/availabilityzones", ""},
		{"PUT", "/v2/lbaas/quotas", `{"quota": {}}`},
		{"PUT", "/v2/lbaas/loadbalancers/{lb}/failover", ""},
		{"GET", "/v2/octavia/amphorae/" + none, ""},
		{"PUT", "/v2/octavia/amphorae/" + none + "/failover", ""},
		{"DELETE", "/v2/octavia/amphorae", ""},
	}
	return taken, refused
}

// What administrators are answered is as described too, with a real service behind it.
func TestAnswersToAdministratorsAreAsDescribed(t *testing.T) {
	s := newSite(t, nil)
	s.populate(t)
	s.ids["zoneprofile"] = s.zoneProfile(t)
	check := checker(t, s.front)
	taken, refused := offers()
	for i, e := range append(taken, refused...) {
		status := asDescribed(t, check, s.handler, "admin", e[0], s.fillIn(e[1]), s.fillIn(e[2]))
		if success := status < http.StatusMultipleChoices; success != (i < len(taken)) {
			t.Errorf("%s %s answered %d", e[0], e[1], status)
		}
	}
}

// A request for all members at once is taken and answered as described.
func TestABatchIsAsDescribed(t *testing.T) {
	f := newRealFront(t)
	lb := idOf(f.loadBalancer(t, ""))
	pool := idOf(f.make(t, "/v2/lbaas/pools", "pool", `"loadbalancer_id": "`+lb+`", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"`))
	check := checker(t, f.front)
	members := "/v2/lbaas/pools/" + pool + "/members"
	for query, body := range map[string]string{
		"": `{"members": [{"address": "192.0.2.9", "protocol_port": 81, "weight": 2}]}`, "?additive_only=true": `{"members": []}`,
	} {
		if status := asDescribed(t, check, f.handler, "a token", "PUT", members+query, body); status != http.StatusAccepted {
			t.Errorf("PUT %s answered %d", body, status)
		}
		f.settle(t)
	}
}

// Requests that the running service takes, and what it answers, are as described.
func TestAnswersAreAsDescribed(t *testing.T) {
	f := newFront(t)
	check := checker(t, f)
	f.populate(t)
	for _, e := range exchanges() {
		asDescribed(t, check, f.handler, "a token", e.method, e.path, e.body)
	}
}

// asDescribed sends a request, and holds it and its answer to the description.
func asDescribed(t *testing.T, check validator.Validator, handler http.Handler, token, method, path, body string) (status int) {
	t.Helper()
	newRequest := func() *http.Request {
		r := httptest.NewRequest(method, "https://lb.example.org"+path, strings.NewReader(body))
		r.Header.Set("X-Project-Id", project)
		r.Header.Set("X-Auth-Token", token)
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		return r
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, newRequest())
	answer := w.Result()
	if answer.StatusCode >= http.StatusInternalServerError && answer.StatusCode != http.StatusNotImplemented {
		t.Errorf("%s %s answered %d", method, path, answer.StatusCode)
	}
	if ok, errs := check.ValidateHttpRequestResponse(newRequest(), answer); !ok {
		for _, err := range errs {
			t.Errorf("%s %s answered %d: %s: %s %v", method, path, answer.StatusCode, err.Message, err.Reason, err.SchemaValidationErrors)
		}
	}
	return answer.StatusCode
}

// A description of which nothing is asked would be as described too: answers that are not are found out.
func TestAWrongAnswerIsFoundOut(t *testing.T) {
	f := newFront(t)
	check := checker(t, f)
	for _, body := range []string{`{"providers": [{"name": 7, "description": ""}]}`, `{"providers": [{"name": "x"}]}`, `{"others": []}`} {
		r := httptest.NewRequest(http.MethodGet, "https://lb.example.org/v2/lbaas/providers", http.NoBody)
		r.Header.Set("X-Auth-Token", "a token")
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.WriteString(body)
		if ok, _ := check.ValidateHttpRequestResponse(r, w.Result()); ok {
			t.Errorf("%s passes for an answer about providers", body)
		}
	}
}

// Whatever is served is described, and whatever is described is served.
func TestEveryOperationIsDescribed(t *testing.T) {
	f := newFront(t)
	var d struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(description(t, f), &d); err != nil {
		t.Fatal(err)
	}
	inDescription := map[string]bool{}
	for path, item := range d.Paths {
		for method := range item {
			if method != "servers" && method != "parameters" {
				inDescription[strings.ToUpper(method)+" "+path] = true
			}
		}
	}
	served := map[string]bool{}
	for pattern, methods := range api.Served(f.handler) {
		path := strings.ReplaceAll(strings.ReplaceAll(pattern, "{$}", ""), "...}", "}")
		path = strings.Replace(path, "/v2.0/", "/v2/", 1)
		switch {
		case strings.HasPrefix(path, "/v2/octavia/") || path == "/v2/lbaas" && pattern == "/v2.0/lbaas":
			path = strings.Replace(path, "/v2/lbaas", "/v2.0/lbaas", 1)
		case strings.HasPrefix(path, "/v2/") && path != "/v2/lbaas" && !strings.HasPrefix(path, "/v2/lbaas/"):
			path = "/v2/lbaas/" + strings.TrimPrefix(path, "/v2/")
		}
		for _, method := range methods {
			if method != http.MethodHead {
				served[method+" "+path] = true
			}
		}
	}
	for operation := range served {
		if !inDescription[operation] {
			t.Errorf("%s is served and not described", operation)
		}
	}
	for operation := range inDescription {
		if !served[operation] {
			t.Errorf("%s is described and not served", operation)
		}
	}
	if len(served) < 50 {
		t.Errorf("only %d operations are served", len(served))
	}
}
