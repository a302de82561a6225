package avisim

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestControlRequests(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	stranger := &client{t: t, handler: s.Handler(), cookies: map[string]string{}}
	stranger.must(http.MethodDelete, "/sim/requests", "")
	c.mustMake("pool", "pool-1", simplePool)
	c.must(http.MethodGet, "/api/pool?name=pool", "")

	report := stranger.must(http.MethodGet, "/sim/requests", "").object()
	if diff := cmp.Diff(map[string]any{"GET pool": 1.0, "POST pool": 1.0}, report["counts"]); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	last := at(t, report, "requests.1").(map[string]any)
	if last["path"] != "/api/pool?name=pool" || last["tenant"] != testTenant || last["status"] != 200.0 || last["n"] != 2.0 {
		t.Errorf("the last request is %v", last)
	}
	listed := stranger.must(http.MethodGet, "/sim/objects", "").object()
	if got := at(t, listed, "objects.1.object.servers.0.ip.addr"); got != "127.0.0.20" {
		t.Errorf("objects: %v", listed)
	}

	stranger.must(http.MethodPost, "/sim/faults", `{"type":"pool","action":"fail","status":418,"body":"{}","count":1}`)
	c.do(http.MethodGet, "/api/pool", "").wants(http.StatusTeapot, "{}")
	stranger.must(http.MethodPost, "/sim/faults", `{"action":"delay","delay":"1h"}`)
	stranger.must(http.MethodDelete, "/sim/faults", "")
	c.must(http.MethodGet, "/api/pool", "")

	stranger.must(http.MethodPost, "/sim/knobs", `{"idle_timeout":"1m30s","referred_by_status":400}`)
	if k := s.currentKnobs(); k.IdleTimeout != 90*time.Second || k.ReferredByStatus != 400 || k.NameLimit != 255 {
		t.Errorf("knobs are %+v", k)
	}
	stranger.must(http.MethodPost, "/sim/password", `{"password":"other"}`)
	c.do(http.MethodGet, "/api/pool", "").wants(419, "")

	for _, test := range []step{
		{"POST", "faults", `{"action":"explode"}`, 400, "unknown action"},
		{"POST", "faults", `{"made_up":1}`, 400, "unknown field"},
		{"POST", "knobs", `{"idle_timeout":"-1s"}`, 400, "negative"},
		{"POST", "knobs", `{"idle_timeout":5}`, 400, ""},
		{"POST", "knobs", `{"made_up":true}`, 400, "unknown field"},
		{"POST", "password", `{}`, 400, "empty"},
		{"POST", "password", `[]`, 400, ""},
		{"GET", "nothing", "", 404, ""},
		{"GET", "", "", 404, ""},
	} {
		stranger.do(test.method, "/sim/"+test.path, test.body).wants(test.status, test.text)
	}
}

func TestObjects(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	if got := s.Objects(); len(got) != 1 || got[0].Type != "tenant" {
		t.Errorf("at first there are %v, want the test's tenant only", got)
	}
	certificate, key := pair(t, "a")
	c.mustMake("sslkeyandcertificate", "cert-1", certificateBody("web", certificate, key))
	c.mustMake("pool", "pool-1", `{"name":"p","health_monitor_refs":["/api/healthmonitor?name=System-TCP"]}`)
	got := s.Objects()
	if got[1].Type != "sslkeyandcertificate" || got[1].Object["key"] != nil {
		t.Errorf("the certificate is %v", got[1])
	}
	want := "/api/healthmonitor/" + systemUUID("HealthMonitor", "System-TCP")
	if got[2].Tenant != testTenant || at(t, got[2].Object, "health_monitor_refs.0") != want {
		t.Errorf("the pool is %v", got[2])
	}
}
