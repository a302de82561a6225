package avi_test

import (
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// step is one request that the Controller expects, and its answer.
type step struct {
	request string            // method and request URI: "GET /api/pool/p?x=y"
	header  map[string]string // headers that must be so; "" = must be absent
	body    string            // JSON that must be sent, "" = none

	status  int // 0 = 200
	cookies map[string]string
	answer  string
	hook    func(w http.ResponseWriter, r *http.Request) // answers instead
}

// login is the request that opens a session, answered as a 30.2.1 Controller does.
func login() step {
	return step{
		request: "POST /login",
		header:  map[string]string{"Content-Type": "application/json", "X-Avi-Version": "", "X-CSRFToken": "", "Cookie": ""},
		body:    `{"username":"admin","password":"s3cret-pw"}`,
		cookies: map[string]string{"csrftoken": "token-1", "avi-sessionid": "sid-1", "sessionid": "sid-1"},
		answer:  `{"session_cookie_name":"avi-sessionid","version":{"Version":"30.2.1","build":9001}}`,
	}
}

// controller plays steps in order over TLS.
type controller struct {
	t      *testing.T
	server *httptest.Server

	mu    sync.Mutex
	steps []step
}

// play starts a Controller that expects exactly these requests.
func play(t *testing.T, steps ...step) *controller {
	t.Helper()
	c := &controller{t: t, steps: steps}
	c.server = httptest.NewTLSServer(c)
	t.Cleanup(func() {
		c.server.Close()
		for _, left := range c.steps {
			t.Errorf("expected, but not made: %s", left.request)
		}
	})
	return c
}

func (c *controller) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	got := r.Method + " " + r.URL.RequestURI()
	if len(c.steps) == 0 {
		c.t.Errorf("unexpected request: %s", got)
		w.WriteHeader(http.StatusTeapot)
		return
	}
	want := c.steps[0]
	c.steps = c.steps[1:]
	if got != want.request {
		c.t.Errorf("request: %s, want %s", got, want.request)
	}
	for name, value := range want.header {
		if diff := cmp.Diff(value, r.Header.Get(name)); diff != "" {
			c.t.Errorf("%s: header %s (-want +got):\n%s", got, name, diff)
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		c.t.Errorf("%s: read the body: %v", got, err)
	}
	if diff := cmp.Diff(jsonValue(c.t, want.body), jsonValue(c.t, string(body))); diff != "" {
		c.t.Errorf("%s: body (-want +got):\n%s", got, diff)
	}
	if want.hook != nil {
		want.hook(w, r)
		return
	}
	for name, value := range want.cookies {
		http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", Secure: true, HttpOnly: name != "csrftoken"})
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(max(want.status, http.StatusOK))
	_, _ = io.WriteString(w, want.answer)
}

func jsonValue(t *testing.T, text string) any {
	t.Helper()
	if text == "" {
		return nil
	}
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%q is no JSON: %v", text, err)
	}
	return v
}

// config trusts the Controller and logs in as admin.
func (c *controller) config() avi.Config { return configFor(c.server) }

func configFor(server *httptest.Server) avi.Config {
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return avi.Config{
		Address: server.URL, User: "admin", Password: "s3cret-pw", RootCAs: roots,
		Timeout: 5 * time.Second, UserAgent: "avi-lbaas/test",
	}
}

// client returns a client of the Controller. It does not log out.
func (c *controller) client() *avi.Client { return newClient(c.t, c.config()) }

// newClient makes a client whose connections end with the test.
func newClient(t *testing.T, cfg avi.Config) *avi.Client {
	t.Helper()
	client, err := avi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// clock is a clock that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// observed collects what Config.Observe is told, without the durations.
type observed struct {
	mu       sync.Mutex
	requests []avi.Request
}

func (o *observed) add(r avi.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	r.Duration = 0
	o.requests = append(o.requests, r)
}

func (o *observed) all() []avi.Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.requests)
}
