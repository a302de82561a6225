package avi_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

const tenant = "tenant-3f2a9c1e-0000-4000-8000-000000000001"

func TestVerbsOnTheWire(t *testing.T) {
	session := map[string]string{
		"Cookie":            "avi-sessionid=sid-1; csrftoken=token-1; sessionid=sid-1",
		"X-CSRFToken":       "token-1",
		"X-Avi-Version":     "30.2.1",
		"X-Avi-Tenant-UUID": tenant,
		"X-Avi-Tenant":      "",
		"X-Avi-UserAgent":   "avi-lbaas/test",
		"User-Agent":        "avi-lbaas/test",
		"Content-Type":      "application/json",
		"Slug":              "",
	}
	slugged := map[string]string{"Slug": "pool-1", "X-CSRFToken": "token-1", "X-Avi-Tenant-UUID": tenant}
	stored := avi.Object{"uuid": "pool-1", "name": "web", "_last_modified": "1700000000000001", "future_field": json.Number("18446744073709551615")}
	const answer = `{"uuid":"pool-1","name":"web","_last_modified":"1700000000000001","future_field":18446744073709551615}`

	tests := []struct {
		name string
		step step
		do   func(context.Context, *avi.Client) (avi.Object, error)
		want avi.Object
	}{
		{
			"get asks for names in references",
			step{request: "GET /api/pool/pool-1?include_name=true", header: session, answer: answer},
			func(ctx context.Context, c *avi.Client) (avi.Object, error) {
				return c.Get(ctx, tenant, "pool", "pool-1")
			},
			stored,
		},
		{
			"create fixes the uuid",
			step{request: "POST /api/pool?include_name=true", header: slugged, body: `{"name":"web"}`, status: 201, answer: answer},
			func(ctx context.Context, c *avi.Client) (avi.Object, error) {
				return c.Create(ctx, tenant, "pool", "pool-1", avi.Object{"name": "web"})
			},
			stored,
		},
		{
			"create leaves the uuid to the Controller",
			step{request: "POST /api/pool?include_name=true", header: session, body: `{"name":"web"}`, status: 201, answer: answer},
			func(ctx context.Context, c *avi.Client) (avi.Object, error) {
				return c.Create(ctx, tenant, "pool", "", avi.Object{"name": "web"})
			},
			stored,
		},
		{
			"replace sends back what nobody here knows",
			step{request: "PUT /api/pool/pool-1?include_name=true", header: session, body: answer, answer: answer},
			func(ctx context.Context, c *avi.Client) (avi.Object, error) {
				return c.Replace(ctx, tenant, "pool", "pool-1", stored)
			},
			stored,
		},
		{
			"patch names its verb",
			step{request: "PATCH /api/pool/pool-1?include_name=true", header: session, body: `{"delete":{"servers":[{"port":80}]}}`, answer: answer},
			func(ctx context.Context, c *avi.Client) (avi.Object, error) {
				return c.Patch(ctx, tenant, "pool", "pool-1", avi.PatchDelete, avi.Object{"servers": []any{avi.Object{"port": 80}}})
			},
			stored,
		},
		{
			"delete expects no answer",
			step{request: "DELETE /api/pool/pool-1", header: session, status: 204},
			func(ctx context.Context, c *avi.Client) (avi.Object, error) {
				return nil, c.Delete(ctx, tenant, "pool", "pool-1")
			},
			nil,
		},
		{
			"a uuid is any text",
			step{request: "GET /api/pool/a%3Fb%20c%23d?include_name=true", answer: answer},
			func(ctx context.Context, c *avi.Client) (avi.Object, error) {
				return c.Get(ctx, tenant, "pool", "a?b c#d")
			},
			stored,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := play(t, login(), tt.step).client()
			got, err := tt.do(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("object (-want +got):\n%s", diff)
			}
		})
	}
}

func TestObjectIdentity(t *testing.T) {
	o := avi.Object{"uuid": "pool-1", "name": "web"}
	if o.UUID() != "pool-1" || o.Name() != "web" {
		t.Errorf("got %q, %q", o.UUID(), o.Name())
	}
	if none := (avi.Object{"uuid": 3}); none.UUID() != "" || none.Name() != "" {
		t.Errorf("an object without identity has %q, %q", none.UUID(), none.Name())
	}
}

func TestTenantHeader(t *testing.T) {
	tests := []struct {
		tenant string
		header map[string]string
	}{
		{tenant, map[string]string{"X-Avi-Tenant-UUID": tenant, "X-Avi-Tenant": ""}},
		{"", map[string]string{"X-Avi-Tenant-UUID": "", "X-Avi-Tenant": "admin"}},
		{avi.AllTenants, map[string]string{"X-Avi-Tenant-UUID": "", "X-Avi-Tenant": "*"}},
	}
	for _, tt := range tests {
		t.Run(tt.tenant, func(t *testing.T) {
			c := play(t, login(), step{request: "GET /api/pool/p?include_name=true", header: tt.header, answer: `{}`}).client()
			if _, err := c.Get(t.Context(), tt.tenant, "pool", "p"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCall(t *testing.T) {
	c := play(t, login(),
		step{
			request: "POST /api/analytics/metrics/collection?pad_missing_data=false",
			header:  map[string]string{"X-Avi-Tenant": "*", "X-CSRFToken": "token-1"},
			body:    `{"metric_requests":[]}`, answer: `{"series":{"n":1.50}}`,
		},
		step{request: "GET /api/pool/pool-1/runtime/server/detail/", answer: `[{"port":80}]`},
		step{request: "POST /api/tenant", body: `{"name":"t"}`, status: 201, answer: `not looked at`},
	).client()

	var series struct {
		Series avi.Object `json:"series"`
	}
	in := map[string]any{"metric_requests": []any{}}
	query := url.Values{"pad_missing_data": {"false"}}
	if err := c.Call(t.Context(), http.MethodPost, avi.AllTenants, "analytics/metrics/collection", query, in, &series); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(avi.Object{"n": json.Number("1.50")}, series.Series); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}

	var servers []avi.Object
	if err := c.Call(t.Context(), http.MethodGet, tenant, "pool/pool-1/runtime/server/detail/", nil, nil, &servers); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]avi.Object{{"port": json.Number("80")}}, servers); diff != "" {
		t.Errorf("servers (-want +got):\n%s", diff)
	}

	if err := c.Call(t.Context(), http.MethodPost, "", "tenant", nil, avi.Object{"name": "t"}, nil); err != nil {
		t.Fatal(err)
	}
}

// What cannot be meant is refused before anything is sent, logins included.
func TestRequestsThatAreNotSent(t *testing.T) {
	tests := map[string]func(context.Context, *avi.Client) error{
		"deletion without uuid": func(ctx context.Context, c *avi.Client) error { return c.Delete(ctx, tenant, "pool", "") },
		"deletion of a parent":  func(ctx context.Context, c *avi.Client) error { return c.Delete(ctx, tenant, "pool", "..") },
		"deletion below":        func(ctx context.Context, c *avi.Client) error { return c.Delete(ctx, tenant, "pool", "p/q") },
		"deletion everywhere":   func(ctx context.Context, c *avi.Client) error { return c.Delete(ctx, avi.AllTenants, "pool", "p") },
		"object of no type": func(ctx context.Context, c *avi.Client) error {
			_, err := c.Get(ctx, tenant, "", "p")
			return err
		},
		"uuid with a line break": func(ctx context.Context, c *avi.Client) error {
			_, err := c.Create(ctx, tenant, "pool", "p\r\nX-Evil: 1", avi.Object{})
			return err
		},
		"tenant with a line break": func(ctx context.Context, c *avi.Client) error {
			_, err := c.Get(ctx, "t\n", "pool", "p")
			return err
		},
		"unknown patch verb": func(ctx context.Context, c *avi.Client) error {
			_, err := c.Patch(ctx, tenant, "pool", "p", "json_patch", avi.Object{})
			return err
		},
		"body that is no JSON": func(ctx context.Context, c *avi.Client) error {
			_, err := c.Create(ctx, tenant, "pool", "p", avi.Object{"f": func() {}})
			return err
		},
		"empty path": func(ctx context.Context, c *avi.Client) error {
			return c.Call(ctx, http.MethodGet, tenant, "", nil, nil, nil)
		},
	}
	for name, do := range tests {
		t.Run(name, func(t *testing.T) {
			err := do(t.Context(), play(t).client())
			if !errors.Is(err, avi.Invalid) {
				t.Errorf("got %v, want %v", err, avi.Invalid)
			}
		})
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	tests := map[string]step{
		"page of a proxy": {answer: "<html><title>Welcome</title></html>"},
		"cut off":         {answer: `{"uuid":"pool-1","na`},
		"two values":      {answer: `{}{}`},
		"empty":           {answer: ``},
		"a redirect":      {status: 302, answer: `{"uuid":"pool-1"}`},
		"connection lost in the middle": {hook: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, `{"uuid":"pool-1"}`)
		}},
		"reset": {hook: func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		}},
	}
	for name, s := range tests {
		t.Run(name, func(t *testing.T) {
			s.request, s.body = "PUT /api/pool/pool-1?include_name=true", `{}`
			_, err := play(t, login(), s).client().Replace(t.Context(), tenant, "pool", "pool-1", avi.Object{})
			if !errors.Is(err, avi.Unavailable) {
				t.Errorf("got %v, want %v", err, avi.Unavailable)
			}
		})
	}
}

func TestControllerIsDown(t *testing.T) {
	controller := play(t)
	controller.server.Close()
	_, err := controller.client().Get(t.Context(), tenant, "pool", "pool-1")
	if !errors.Is(err, avi.Unavailable) {
		t.Errorf("got %v, want %v", err, avi.Unavailable)
	}
	failure, ok := errors.AsType[*avi.Error](err)
	if !ok || !failure.Temporary() || failure.UUID != "pool-1" || failure.Status != 0 {
		t.Errorf("got %#v", failure)
	}
}

func TestCertificateIsChecked(t *testing.T) {
	controller := play(t, login())
	controller.server.Config.ErrorLog = silent()
	cfg := controller.config()
	cfg.RootCAs = nil
	if _, err := newClient(t, cfg).Version(t.Context()); !errors.Is(err, avi.Unavailable) {
		t.Errorf("an unknown authority: got %v, want %v", err, avi.Unavailable)
	}
	cfg.InsecureSkipVerify = true
	if _, err := newClient(t, cfg).Version(t.Context()); err != nil {
		t.Errorf("without the check: %v", err)
	}
}

func TestTimeoutAndCancellation(t *testing.T) {
	// hang never answers, and ends when its caller is gone.
	hang := func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	}
	request := "GET /api/pool/pool-1?include_name=true"

	t.Run("the Controller takes too long", func(t *testing.T) {
		controller := play(t, login(), step{request: request, hook: hang})
		cfg := controller.config()
		cfg.Timeout = 100 * time.Millisecond
		_, err := newClient(t, cfg).Get(t.Context(), tenant, "pool", "pool-1")
		if !errors.Is(err, avi.Unavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if !strings.Contains(err.Error(), "no answer within 100ms") {
			t.Errorf("the message does not say how long was waited: %v", err)
		}
	})
	t.Run("the caller gives up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		controller := play(t, login(), step{request: request, hook: func(w http.ResponseWriter, r *http.Request) {
			cancel()
			hang(w, r)
		}})
		_, err := controller.client().Get(ctx, tenant, "pool", "pool-1")
		if !errors.Is(err, avi.Canceled) || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestObserve(t *testing.T) {
	controller := play(t, login(),
		step{request: "GET /api/pool/pool-1/runtime/detail", answer: `{}`},
		step{request: "DELETE /api/pool/pool-1", status: 412, answer: `{"error":"Need to reload object data Pool"}`},
	)
	var seen observed
	cfg := controller.config()
	cfg.Observe = seen.add
	c := newClient(t, cfg)
	if err := c.Call(t.Context(), http.MethodGet, tenant, "pool/pool-1/runtime/detail", nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), tenant, "pool", "pool-1"); !errors.Is(err, avi.Stale) {
		t.Fatalf("got %v, want %v", err, avi.Stale)
	}
	want := []avi.Request{
		{Method: "POST", Type: "login", Status: 200},
		{Method: "GET", Type: "pool", Status: 200},
		{Method: "DELETE", Type: "pool", Status: 412, Err: avi.Stale},
	}
	if diff := cmp.Diff(want, seen.all(), cmpopts.EquateErrors()); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}
