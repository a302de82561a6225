package api_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/healthcheck"
)

const (
	project      = "e3cd678b11784734bc366148aa37580e"
	otherProject = "0f0e7a2bb0f84f1a8d5c3f6f6c6d0a11"
	subnetID     = "d4af86e1-0051-488c-b7a0-527f97490c9a"
)

// front is an API over a memory, with its log and its metrics.
type front struct {
	handler http.Handler
	memory  *memory
	log     *bytes.Buffer
	metrics *prometheus.Registry
}

func newFront(t testing.TB, change ...func(*api.Options)) *front {
	t.Helper()
	f := &front{memory: &memory{}, log: &bytes.Buffer{}, metrics: prometheus.NewRegistry()}
	o := api.Options{
		Service: f.memory, Authenticator: api.NoAuth{}, Registerer: f.metrics, BaseURI: "https://lb.example.org",
		Healthcheck: healthcheck.New(healthcheck.Options{}),
		Logger:      slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, c := range change {
		c(&o)
	}
	f.handler = api.New(o)
	return f
}

// reply is an answer with its body read.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// object is the body as JSON.
func (r reply) object(t testing.TB) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal(r.body, &object); err != nil {
		t.Fatalf("the body is not a JSON object: %v\n%s", err, r.body)
	}
	return object
}

// fault is the text of an error body.
func (r reply) fault(t testing.TB) string {
	t.Helper()
	text, ok := r.object(t)["faultstring"].(string)
	if !ok {
		t.Fatalf("the body has no faultstring: %s", r.body)
	}
	return text
}

func (f *front) send(r *http.Request) reply {
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	return reply{status: w.Code, header: w.Header(), body: w.Body.Bytes()}
}

// do sends a request of an admin of the project. Headers are "Name: value".
func (f *front) do(method, path, body string, headers ...string) reply {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("X-Project-Id", project)
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return f.send(r)
}

// must sends a request that has to succeed.
func (f *front) must(t testing.TB, method, path, body string, headers ...string) reply {
	t.Helper()
	got := f.do(method, path, body, headers...)
	if got.status >= http.StatusMultipleChoices {
		t.Fatalf("%s %s answered %d: %s", method, path, got.status, got.body)
	}
	return got
}

// The ids of what populate makes.
func lbID() string       { return newID(1) }
func listenerID() string { return newID(2) }
func poolID() string     { return newID(3) }
func memberID() string   { return newID(4) }
func monitorID() string  { return newID(5) }

// populate makes one object of each kind.
func (f *front) populate(t testing.TB) {
	t.Helper()
	f.must(t, "POST", "/v2/lbaas/loadbalancers", `{"loadbalancer": {"name": "web", "vip_subnet_id": "`+subnetID+`",
		"vip_address": "203.0.113.50", "description": "shop"}}`)
	f.must(t, "POST", "/v2/lbaas/listeners", `{"listener": {"name": "http", "loadbalancer_id": "`+lbID()+`",
		"protocol": "HTTP", "protocol_port": 80}}`)
	f.must(t, "POST", "/v2/lbaas/pools", `{"pool": {"name": "web servers", "listener_id": "`+listenerID()+`", "protocol": "HTTP",
		"lb_algorithm": "ROUND_ROBIN", "session_persistence": {"type": "APP_COOKIE", "cookie_name": "sid"}}}`)
	f.must(t, "POST", "/v2/lbaas/pools/"+poolID()+"/members", `{"member": {"address": "192.0.2.16", "protocol_port": 8080}}`)
	f.must(t, "POST", "/v2/lbaas/healthmonitors", `{"healthmonitor": {"pool_id": "`+poolID()+`", "type": "HTTP", "delay": 10,
		"timeout": 5, "max_retries": 1}}`)
}
