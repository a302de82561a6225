package api_test

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
)

const path = "/v2/lbaas/loadbalancers/00000000-0000-4000-8000-000000000001"

func TestErrorsOfTheService(t *testing.T) {
	cause := errors.New("the cause, with a secret in it")
	for _, test := range []struct {
		name   string
		err    error
		status int
		code   string
		text   string
	}{
		{"invalid", lbaas.Invalidf("no"), 400, "Client", "Validation failure: no"},
		{"not found", lbaas.NotFound("Pool", "x"), 404, "Client", "Pool x not found."},
		{"conflict", lbaas.Conflictf("taken"), 409, "Client", "taken"},
		{"immutable", lbaas.Immutable("Pool", "x"), 409, "Client", "Pool x is immutable and cannot be updated."},
		{"wrapped", fmt.Errorf("doing: %w", lbaas.Conflictf("taken")), 409, "Client", "taken"},
		{"unsupported", lbaas.Unsupportedf("avi", "it"), 501, "Server", "Provider 'avi' does not support a requested option: it"},
		{"forbidden", &lbaas.Error{Kind: lbaas.KindForbidden, Message: "no"}, 403, "Client", "no"},
		{"unavailable", &lbaas.Error{Kind: lbaas.KindUnavailable, Message: "later", Err: cause}, 503, "Server", "later"},
		{"internal", cause, 500, "Server", "An internal error occurred."},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFront(t)
			f.memory.failWith = test.err
			got := f.do("GET", path, "")
			if got.status != test.status {
				t.Errorf("answered %d, want %d", got.status, test.status)
			}
			body := got.object(t)
			if body["faultcode"] != test.code || !strings.HasPrefix(body["faultstring"].(string), test.text) {
				t.Errorf("answered %s, want %s: %s", got.body, test.code, test.text)
			}
			if strings.Contains(string(got.body), "secret") {
				t.Errorf("the cause is shown: %s", got.body)
			}
			if retry := got.header.Get("Retry-After"); (retry != "") != (test.status == http.StatusServiceUnavailable) {
				t.Errorf("Retry-After = %q with %d", retry, test.status)
			}
			id := got.header.Get(requestid.Header)
			if test.status == http.StatusInternalServerError && (!strings.Contains(string(got.body), id) ||
				!strings.Contains(f.log.String(), "secret") || !strings.Contains(f.log.String(), "request_id="+id)) {
				t.Errorf("the answer %s and the log do not lead to one another:\n%s", got.body, f.log)
			}
		})
	}
}

// Every kind that the domain declares has a status of its own: none is taken for an internal error.
func TestEveryKindHasAStatus(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../lbaas/errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	ast.Inspect(file, func(n ast.Node) bool {
		value, ok := n.(*ast.ValueSpec)
		if !ok || len(value.Values) == 0 {
			return true
		}
		if kind, ok := value.Type.(*ast.Ident); !ok || kind.Name != "Kind" {
			return true
		}
		seen++
		text := strings.Trim(value.Values[0].(*ast.BasicLit).Value, `"`)
		f := newFront(t)
		f.memory.failWith = &lbaas.Error{Kind: lbaas.Kind(text), Message: "m"}
		if got := f.do("GET", path, ""); got.status == http.StatusInternalServerError {
			t.Errorf("%s answered 500", value.Names[0])
		}
		return true
	})
	if seen < 7 {
		t.Errorf("found %d kinds, which cannot be all", seen)
	}
}

func TestPanicsAreOneRequestsOwn(t *testing.T) {
	f := newFront(t)
	f.memory.onGet = func(context.Context) { panic("oh") }
	got := f.do("GET", path, "")
	if got.status != http.StatusInternalServerError || strings.Contains(string(got.body), "oh") {
		t.Errorf("answered %d %s", got.status, got.body)
	}
	if !strings.Contains(f.log.String(), "panic=oh") {
		t.Errorf("the panic is not in the log:\n%s", f.log)
	}
	f.memory.onGet = nil
	if got := f.do("GET", path, ""); got.status != http.StatusNotFound {
		t.Errorf("the next request answered %d, want 404", got.status)
	}
}

func TestAClientThatWentAwayIsNoErrorOfOurs(t *testing.T) {
	f := newFront(t)
	f.memory.failWith = fmt.Errorf("read: %w", context.Canceled)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	got := f.send(httptest.NewRequestWithContext(ctx, "GET", path, http.NoBody))
	if got.status != 499 || len(got.body) != 0 {
		t.Errorf("answered %d %q, want 499 with nothing", got.status, got.body)
	}
	if strings.Contains(f.log.String(), "level=ERROR") {
		t.Errorf("it is logged as an error:\n%s", f.log)
	}
}

func TestRequestsHaveATimeLimit(t *testing.T) {
	f := newFront(t, func(o *api.Options) { o.RequestTimeout = time.Millisecond })
	f.memory.onGet = func(ctx context.Context) { <-ctx.Done() }
	f.memory.failWith = context.DeadlineExceeded
	if got := f.do("GET", path, ""); got.status != http.StatusServiceUnavailable || got.header.Get("Retry-After") == "" {
		t.Errorf("answered %d, want 503 with Retry-After: %s", got.status, got.body)
	}
}

func TestRequestsAreAccountedFor(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	f.log.Reset()
	first := f.do("GET", "/v2/lbaas/loadbalancers/"+lbID(), "")
	second := f.do("GET", "/v2/lbaas/loadbalancers/"+newID(99)+"/", "")
	f.do("GET", "/no/such/"+newID(98), "")
	f.do("BREW", "/", "")
	if first.header.Get(requestid.Header) == second.header.Get(requestid.Header) {
		t.Error("two requests have one id")
	}
	for _, want := range []string{
		"level=INFO msg=request method=GET route=/v2/lbaas/loadbalancers/{id} status=200",
		"project_id=" + project, "request_id=" + first.header.Get(requestid.Header),
		"method=GET route=none status=404", "method=BREW route=/{$} status=405",
	} {
		if !strings.Contains(f.log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, f.log)
		}
	}
	want := map[string]float64{
		"200 GET /v2/lbaas/loadbalancers/{id}":    1,
		"404 GET /v2/lbaas/loadbalancers/{id}":    1,
		"404 GET none":                            1,
		"405 other /{$}":                          1,
		"201 POST /v2/lbaas/healthmonitors":       1,
		"201 POST /v2/lbaas/listeners":            1,
		"201 POST /v2/lbaas/loadbalancers":        1,
		"201 POST /v2/lbaas/pools":                1,
		"201 POST /v2/lbaas/pools/{pool}/members": 1,
	}
	if diff := cmp.Diff(want, f.counted(t)); diff != "" {
		t.Errorf("avi_lbaas_api_requests_total (-want +got):\n%s", diff)
	}
}

// counted are the requests that the metrics know of, by "code method route".
func (f *front) counted(t *testing.T) map[string]float64 {
	t.Helper()
	families, err := f.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]float64{}
	for _, family := range families {
		if family.GetName() != "avi_lbaas_api_requests_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			labels := make([]string, 0, 3)
			for _, l := range m.GetLabel() { // in the order of their names
				labels = append(labels, l.GetValue())
			}
			counted[strings.Join(labels, " ")] = m.GetCounter().GetValue()
		}
	}
	return counted
}
