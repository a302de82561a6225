package avisim

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestLifeOfAnObject(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	made := c.must(http.MethodPost, "/api/pool", `{"name":"my pool"}`)
	pool := made.object()
	uuid := pool["uuid"].(string)
	if !regexp.MustCompile(`^pool-[0-9a-f]{8}-[0-9a-f]{4}-4`).MatchString(uuid) {
		t.Errorf("uuid is %q", uuid)
	}
	url := "https://controller.example.com/api/pool/" + uuid
	if made.status != http.StatusCreated || made.header.Get("Location") != url+"#my pool" || pool["url"] != url+"#my pool" {
		t.Errorf("%d, Location %q, url %q", made.status, made.header.Get("Location"), pool["url"])
	}
	read := c.get("/api/pool/" + uuid)
	if read["url"] != url || strings.Contains(read["vrf_ref"].(string), "#") {
		t.Errorf("a plain GET shows names: %v %v", read["url"], read["vrf_ref"])
	}
	if with := c.get("/api//pool/" + uuid + "/?include_name"); with["vrf_ref"] != pool["vrf_ref"] {
		t.Errorf("include_name shows %v", with["vrf_ref"])
	}
	changed := c.must(http.MethodPut, "/api/pool/"+uuid, `{"name":"renamed"}`).object()
	if changed["_last_modified"] == read["_last_modified"] || changed["name"] != "renamed" {
		t.Errorf("after PUT: %v", changed)
	}
	gone := c.do(http.MethodDelete, "/api/pool/"+uuid, "")
	if gone.status != http.StatusNoContent || gone.text != "" || gone.header.Get("Content-Type") != "application/json" {
		t.Errorf("DELETE: %d %q", gone.status, gone.text)
	}
	for _, method := range []string{http.MethodGet, http.MethodDelete} {
		c.do(method, "/api/pool/"+uuid, "").wants(http.StatusNotFound, `{"error":"Pool object not found!"}`)
	}
	c.do(http.MethodPut, "/api/pool/"+uuid, `{"name":"x"}`).wants(http.StatusNotFound, "Pool object not found!")
}

func TestPutReplacesAll(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.mustMake("pool", "pool-1", `{"name":"p","description":"d","lb_algorithm":"LB_ALGORITHM_ROUND_ROBIN","servers":[{"ip":{"addr":"10.0.0.1","type":"V4"}}]}`)
	got := c.must(http.MethodPut, "/api/pool/pool-1", `{"name":"p"}`).object()
	if got["description"] != nil || got["servers"] != nil || got["lb_algorithm"] != "LB_ALGORITHM_LEAST_CONNECTIONS" {
		t.Errorf("fields that were left out survive: %v", got)
	}
}

func TestWhatWasReadCanBeWrittenBack(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.lone()
	for _, path := range []string{"/api/virtualservice/virtualservice-1", "/api/pool/pool-1", "/api/vsvip/vsvip-1"} {
		c.must(http.MethodPut, path, c.must(http.MethodGet, path, "").text)
		c.must(http.MethodPut, path, c.must(http.MethodGet, path+"?include_name&skip_default=true", "").text)
	}
}

func TestStaleWritesAreRefused(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	first := c.mustMake("vsvip", "vsvip-1", simpleVIP).object()["_last_modified"]
	body := func(stamp any) string {
		return strings.Replace(simpleVIP, "{", fmt.Sprintf(`{"_last_modified":"%v",`, stamp), 1)
	}
	second := c.must(http.MethodPut, "/api/vsvip/vsvip-1", body(first)).object()["_last_modified"]
	c.do(http.MethodPut, "/api/vsvip/vsvip-1", body(first)).wants(http.StatusPreconditionFailed, "Need to reload object data VsVip")
	c.must(http.MethodPut, "/api/vsvip/vsvip-1", body(second))
	c.must(http.MethodPut, "/api/vsvip/vsvip-1", simpleVIP)
}

func TestSlugFixesTheUUID(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	if got := c.mustMake("pool", "pool-force-42", `{"name":"p","uuid":"ignored"}`).object(); got["uuid"] != "pool-force-42" {
		t.Errorf("uuid is %v", got["uuid"])
	}
	c.make("pool", "pool-force-42", `{"name":"another"}`).wants(http.StatusConflict, "already exists")
	if err := s.SetKnobs(Knobs{UseUUIDFromInput: true}); err != nil {
		t.Fatal(err)
	}
	if got := c.must(http.MethodPost, "/api/pool", `{"name":"q","uuid":"pool-mine"}`).object(); got["uuid"] != "pool-mine" {
		t.Errorf("uuid is %v", got["uuid"])
	}
}

func TestNamesAreUnique(t *testing.T) {
	c := newClient(t, newServer(t, Options{Tenants: []Tenant{{UUID: "tenant-other", Name: "other"}}}))
	c.lone()
	for kind, test := range map[string]struct{ body, text string }{
		"pool":           {simplePool, "Pool with this Name, Tenant ref and Cloud ref already exists."},
		"virtualservice": {strings.Replace(simpleVS, "80", "81", 1), "Virtual service with this Name, Tenant ref and Cloud ref already exists."},
		"vsvip":          {simpleVIP, "Vs vip with this Name, Tenant ref and Cloud ref already exists."},
	} {
		c.do(http.MethodPost, "/api/"+kind, test.body).wants(http.StatusConflict, test.text)
	}
	monitor := `{"name":"hm","type":"HEALTH_MONITOR_TCP"}`
	c.mustMake("healthmonitor", "hm-1", monitor)
	c.do(http.MethodPost, "/api/healthmonitor", monitor).wants(http.StatusConflict, "Health monitor with this Name and Tenant ref already exists.")
	c.mustMake("healthmonitor", "hm-2", `{"name":"hm2","type":"HEALTH_MONITOR_TCP"}`)
	c.do(http.MethodPut, "/api/healthmonitor/hm-2", monitor).wants(http.StatusConflict, "Health monitor")
	c.tenant = "tenant-other"
	c.must(http.MethodPost, "/api/pool", simplePool)
}

func TestVerboseNames(t *testing.T) {
	for model, want := range map[string]string{
		"VrfContext": "Vrf context", "SSLKeyAndCertificate": "Ssl key and certificate", "HTTPPolicySet": "Http policy set",
		"VSDataScriptSet": "Vs data script set", "Pool": "Pool", "L4PolicySet": "L4 policy set",
	} {
		if got := verboseName(model); got != want {
			t.Errorf("verboseName(%s) = %q, want %q", model, got, want)
		}
	}
}

func TestObjectsInUseStay(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	c.lone()
	c.do(http.MethodDelete, "/api/pool/pool-1", "").wants(http.StatusForbidden, "Cannot delete, object is referred by: ['VirtualService vs']")
	if err := s.SetKnobs(Knobs{ReferredByStatus: 400, ReferredByPlain: true}); err != nil {
		t.Fatal(err)
	}
	c.do(http.MethodDelete, "/api/vsvip/vsvip-1", "").wants(http.StatusBadRequest, "referred by: [VirtualService vs]")
	c.must(http.MethodDelete, "/api/virtualservice/virtualservice-1", "")
	c.must(http.MethodDelete, "/api/pool/pool-1", "")
	c.must(http.MethodDelete, "/api/vsvip/vsvip-1", "")
}

func TestStoredViewShowsMore(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.lone()
	vip := c.get("/api/vsvip/vsvip-1")
	if got := at(t, vip, "vs_refs.0"); got != "https://controller.example.com/api/virtualservice/virtualservice-1" {
		t.Errorf("vs_refs.0 is %v", got)
	}
	if listed := at(t, c.get("/api/vsvip"), "results.0").(map[string]any); listed["vs_refs"] != nil {
		t.Error("lists show vs_refs")
	}
	vs := c.must(http.MethodGet, "/api/virtualservice/virtualservice-1", "").text
	if !strings.HasPrefix(vs, `{"_last_modified":`) {
		t.Errorf("a stored virtual service is not sorted by key: %.80s", vs)
	}
	if !strings.HasPrefix(c.must(http.MethodGet, "/api/pool/pool-1", "").text, `{"url":`) {
		t.Error("a pool does not begin with its url")
	}
	if !strings.Contains(vs, `"version":"1"`) {
		t.Error("a stored virtual service has no version as a text")
	}
}

func TestReadsLagBehindWrites(t *testing.T) {
	clk := newClock()
	c := newClient(t, newServer(t, Options{Now: clk.Now, Knobs: Knobs{ReadLag: time.Second}}))
	c.mustMake("pool", "pool-1", `{"name":"before"}`)
	c.do(http.MethodGet, "/api/pool/pool-1", "").wants(http.StatusNotFound, "")
	c.do(http.MethodGet, "/api/pool", "").wants(http.StatusOK, `"count":0`)
	clk.advance(time.Second)
	c.must(http.MethodPut, "/api/pool/pool-1", `{"name":"after"}`)
	if got := c.get("/api/pool/pool-1")["name"]; got != "before" {
		t.Errorf("name is %v at once after the write", got)
	}
	clk.advance(time.Second)
	if got := c.get("/api/pool/pool-1")["name"]; got != "after" {
		t.Errorf("name is %v long after the write", got)
	}
}

func TestPathsAndMethods(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.mustMake("pool", "pool-1", simplePool)
	for _, test := range []struct {
		method, path, body string
		status             int
		text               string
	}{
		{"GET", "/api/nosuchtype", "", 404, `{"detail":"Not found."}`},
		{"GET", "/elsewhere", "", 404, `"detail"`},
		{"POST", "/api/macro", "{}", 404, `"detail"`},
		{"GET", "/api/user-token", "", 404, `"detail"`},
		{"DELETE", "/api/systemconfiguration", "", 405, `{"detail":"Method 'DELETE' not allowed."}`},
		{"DELETE", "/api/pool", "", 405, `"detail"`},
		{"POST", "/api/pool/pool-1", "{}", 405, `"detail"`},
		{"POST", "/api/analyticsprofile", "{}", 405, `"detail"`},
		{"GET", "/api/pool/pool-1/nothing", "", 404, `"detail"`},
		{"OPTIONS", "/api/pool", "", 200, ""},
		{"GET", "/api/systemconfiguration", "", 200, "portal_configuration"},
		{"GET", "/api/controllerproperties", "", 200, "api_idle_timeout"},
		{"GET", "/api/cluster", "", 200, `"uuid":"cluster-`},
		{"GET", "/api/cluster/version", "", 200, `"Version":"30.2.1"`},
		{"GET", "/api/cluster/runtime", "", 200, "CLUSTER_UP_NO_HA"},
	} {
		c.do(test.method, test.path, test.body).wants(test.status, test.text)
	}
	if allow := c.do(http.MethodGet, "/api/pool", "").header.Get("Allow"); allow != "HEAD, POST, GET, OPTIONS" {
		t.Errorf("Allow of a collection is %q", allow)
	}
}
