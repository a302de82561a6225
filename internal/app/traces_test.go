package app_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

// recorder takes spans as a collector does, over OTLP/HTTP.
type recorder struct {
	mu    sync.Mutex
	spans []*traces.Span
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	var batch collector.ExportTraceServiceRequest
	if err != nil || request.URL.Path != "/v1/traces" || proto.Unmarshal(body, &batch) != nil {
		http.Error(w, "no spans", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, resource := range batch.GetResourceSpans() {
		for _, scope := range resource.GetScopeSpans() {
			r.spans = append(r.spans, scope.GetSpans()...)
		}
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// named are the spans of a name.
func (r *recorder) named(name string) (found []*traces.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.spans {
		if s.GetName() == name {
			found = append(found, s)
		}
	}
	return found
}

func attributeOf(s *traces.Span, name string) string {
	for _, a := range s.GetAttributes() {
		if a.GetKey() == name {
			return a.GetValue().GetStringValue()
		}
	}
	return ""
}

// lines is a log that may be written to and read at the same time.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// with are the lines that contain all of the texts.
func (l *lines) with(texts ...string) (found []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		all := true
		for _, text := range texts {
			all = all && strings.Contains(line, text)
		}
		if all {
			found = append(found, line)
		}
	}
	return found
}

const tracedConfiguration = `
[DEFAULT]
host = test
[api_settings]
auth_strategy = noauth
bind_port = 0
[database]
connection = sqlite:///%[1]s/store.sqlite
%[2]s
[avi_adc]
address = %[3]s
password = ` + controllerPassword + `
cert_verify = true
ca_file = %[1]s/ca.pem
`

// work is a service that was asked for a load balancer with a listener, by requests with a trace of the client's, and did it.
type work struct {
	requestID    string // of the listener's creation
	log          *lines
	toController map[string]bool // request ids that came with requests to the Controller
}

// globalRequest is the id that the client, a service itself, gives to all that it does for its own user.
const globalRequest = "req-0f0e0d0c-0b0a-0908-0706-050403020100"

const clientTrace = "0af7651916cd43dd8448eb211c80319c"

// doWork runs a service until it has made a load balancer with a listener.
func doWork(t *testing.T, tracing string) work {
	t.Helper()
	w := work{log: &lines{}, toController: map[string]bool{}}
	var mu sync.Mutex
	sim, err := avisim.New(avisim.Options{
		Password: controllerPassword, AutoTenants: true, OnRequest: func(_ int, r *http.Request, _ string) {
			mu.Lock()
			defer mu.Unlock()
			w.toController[r.Header.Get("X-Openstack-Request-Id")] = true
		},
	})
	if err == nil {
		err = sim.Start(context.WithoutCancel(t.Context()))
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sim.Close() }()
	d := &door{t: t, dir: t.TempDir()}
	d.write("ca.pem", sim.CAPEM())
	d.write("traced.conf", fmt.Appendf(nil, tracedConfiguration, d.dir, tracing, sim.Addr()))
	cfg, err := config.Load([]string{filepath.Join(d.dir, "traced.conf")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.app, err = app.New(t.Context(), cfg, slog.New(slog.NewTextHandler(w.log, nil))); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- d.app.Run(ctx) }()
	id, _ := d.post("/v2/lbaas/loadbalancers", `{"loadbalancer": {"vip_address": "127.0.0.9", "project_id": "2626b20a89c15d8d91f2bf38e8c63813"}}`)
	w.wait(t, "load balancer is as wanted", 1)
	_, w.requestID = d.post("/v2/lbaas/listeners", `{"listener": {"loadbalancer_id": "`+id+`", "protocol": "HTTP", "protocol_port": 80}}`)
	w.wait(t, "load balancer is as wanted", 2)
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *work) wait(t *testing.T, text string, times int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); len(w.log.with(text)) < times; <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the log does not say %q %d times:\n%s", text, times, w.log.text.String())
		}
	}
}

// post gives the id of what was made and of the request.
func (d *door) post(path, body string) (id, requestID string) {
	d.t.Helper()
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, "http://"+d.app.Address().String()+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	request.Header.Set("Traceparent", "00-"+clientTrace+"-b7ad6b7169203331-01")
	request.Header.Set("X-Openstack-Request-Id", globalRequest)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusCreated {
		d.t.Fatalf("POST %s: %s %v %s", path, answer.Status, err, text)
	}
	_, rest, _ := bytes.Cut(text, []byte(`"id":"`))
	return string(rest[:36]), answer.Header.Get("X-Openstack-Request-Id")
}

func TestARequestIsTracedToTheController(t *testing.T) {
	r := &recorder{}
	server := httptest.NewServer(r)
	defer server.Close()
	w := doWork(t, "[tracing]\notlp_endpoint = "+server.URL)

	accepted := r.named("POST /v2/lbaas/listeners")
	if len(accepted) != 1 || attributeOf(accepted[0], "request_id") != w.requestID {
		t.Fatalf("the span of the request is %v, want one of request %s", accepted, w.requestID)
	}
	if got := hex.EncodeToString(accepted[0].GetTraceId()); got != clientTrace {
		t.Errorf("its trace is %s, want the client's", got)
	}
	if !hasChild(r.named("store transaction"), accepted[0]) {
		t.Error("no transaction is below it")
	}
	var done *traces.Span
	for _, s := range r.named("reconcile load balancer") {
		if attributeOf(s, "request_id") == w.requestID {
			done = s
		}
	}
	if done == nil || len(done.GetLinks()) != 1 || hex.EncodeToString(done.GetLinks()[0].GetTraceId()) != clientTrace {
		t.Fatalf("the worker's span is %v, want one that is linked to the request's trace", done)
	}
	if !hasChild(r.named("Controller POST virtualservice"), done) {
		t.Error("no request to the Controller that makes a virtual service is below it")
	}
}

func hasChild(spans []*traces.Span, parent *traces.Span) bool {
	for _, s := range spans {
		if bytes.Equal(s.GetParentSpanId(), parent.GetSpanId()) && bytes.Equal(s.GetTraceId(), parent.GetTraceId()) {
			return true
		}
	}
	return false
}

func TestARequestsIdIsInEveryLogOfItsWork(t *testing.T) {
	w := doWork(t, "")
	for _, text := range []string{"msg=request", "load balancer is as wanted"} {
		if len(w.log.with(text, " request_id="+w.requestID, " global_request_id="+globalRequest)) == 0 {
			t.Errorf("no line %q has the ids %s and %s:\n%s", text, w.requestID, globalRequest, w.log.text.String())
		}
	}
	if !w.toController[w.requestID] {
		t.Errorf("the Controller's requests came with the ids %v, want %s", w.toController, w.requestID)
	}
}
