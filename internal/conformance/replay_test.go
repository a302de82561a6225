package conformance_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/conformance"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

const (
	baseURI   = "https://lb.example.org"
	unsettled = "noop_driver" // the provider whose load balancers stay pending in the reference
)

// callers believes the names of a script's callers.
type callers struct{}

func (callers) Authenticate(_ context.Context, r *http.Request) (api.Identity, error) {
	switch caller := r.Header.Get("X-Auth-Token"); caller {
	case conformance.Member:
		return api.Identity{UserID: caller, ProjectID: "project-of-members", Roles: []string{"load-balancer_member", "member"}}, nil
	case conformance.Other:
		return api.Identity{UserID: caller, ProjectID: "project-of-others", Roles: []string{"load-balancer_member", "member"}}, nil
	case conformance.Admin:
		return api.Identity{UserID: caller, ProjectID: "project-of-members", Roles: []string{"admin", "load-balancer_admin"}}, nil
	}
	return api.Identity{}, &api.UnauthenticatedError{}
}

// stage is the API with everything behind it down to the database, and nothing of Avi's.
type stage struct {
	t       *testing.T
	handler http.Handler
	store   *store.Store
}

func newStage(t *testing.T) *stage {
	t.Helper()
	kept, err := store.Open(t.Context(), storetest.Options(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	// Those of the reference, by name and description.
	providers := []service.Provider{
		{Name: "amphora", Description: "The Octavia Amphora driver."},
		{Name: "octavia", Description: "Deprecated alias of the Octavia Amphora driver."},
		{Name: "amphorav2", Description: "The Octavia Amphora driver that uses taskflow jobboard persistence."},
		{Name: unsettled, Description: "The no-op provider driver."},
	}
	handler := api.New(api.Options{
		Service:       service.New(service.Options{Store: kept, Network: network{}, Providers: providers, Wake: func() {}}),
		Authenticator: callers{}, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
		BaseURI: baseURI,
	})
	return &stage{t: t, handler: handler, store: kept}
}

// settle makes ACTIVE whatever is pending, and removes what is to go, but for the load balancers that stay pending.
func (s *stage) settle() {
	s.t.Helper()
	claims, err := s.store.Claim(s.t.Context(), "settle", time.Minute, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, claim := range claims {
		work, err := s.store.Load(s.t.Context(), claim)
		if err == nil && work.Tree.LoadBalancer.Provider == unsettled {
			err = s.store.Retry(s.t.Context(), claim, nil, time.Hour, "")
		} else if err == nil {
			err = s.store.Succeed(s.t.Context(), claim, nil)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// answer sends one request.
func (s *stage) answer(variables conformance.Variables, q conformance.Request) conformance.Answer {
	s.t.Helper()
	path, err := variables.Expand(q.Path)
	s.check(q, err)
	body, err := variables.Expand(q.Body)
	s.check(q, err)
	r := httptest.NewRequestWithContext(s.t.Context(), q.Method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	maps.Copy(r.Header, q.Header)
	if q.Caller != conformance.Nobody {
		r.Header.Set("X-Auth-Token", q.Caller)
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	value, err := variables.Read(q, w.Body.Bytes())
	s.check(q, err)
	if w.Code < http.StatusMultipleChoices && q.Method != http.MethodGet {
		s.settle()
	}
	return conformance.Answer{Request: q.Text, Status: w.Code, Body: variables.Neutral(value)}
}

func (s *stage) check(q conformance.Request, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("line %d: %v", q.Line, err)
	}
}

// The API answers every request of the scripts as the reference has, but for the differences that the scripts give reasons for.
func TestAnswersAreTheReferences(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("testdata/*.requests")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range scripts {
		name := strings.TrimSuffix(filepath.Base(path), ".requests")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requests, recorded := read(t, path)
			s := newStage(t)
			variables := conformance.Variables{"api": baseURI, "project": "project-of-members", "other": "project-of-others"}
			for i, q := range requests {
				for _, difference := range compare(q, recorded[i], s.answer(variables, q)) {
					t.Errorf("%s.requests:%d: %s\n    %s", name, q.Line, q.Text, difference)
				}
			}
		})
	}
}

// read gives a script and what the reference answered, request by request.
func read(t *testing.T, path string) ([]conformance.Request, []conformance.Answer) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	requests, err := conformance.Parse(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	text, err := os.ReadFile(strings.TrimSuffix(path, ".requests") + ".answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var recorded []conformance.Answer
	if err := json.Unmarshal(text, &recorded); err != nil {
		t.Fatal(err)
	}
	for i, q := range requests {
		if i >= len(recorded) || recorded[i].Request != q.Text {
			t.Fatalf("%s:%d was changed after the answers were recorded", path, q.Line)
		}
	}
	return requests, recorded
}
