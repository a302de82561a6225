package avisim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testTenant = "tenant-9f1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"
	testSecret = "correct horse"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

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

// client talks to a Controller's handler as the SDKs do.
type client struct {
	t       testing.TB
	handler http.Handler
	cookies map[string]string
	version string
	tenant  string // X-Avi-Tenant-UUID
	header  map[string]string
}

type answer struct {
	t      testing.TB
	status int
	header http.Header
	text   string
}

func newServer(t testing.TB, options Options) *Server {
	t.Helper()
	options.Password = testSecret
	options.Tenants = append(options.Tenants, Tenant{UUID: testTenant, Name: "shop"})
	s, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newClient(t testing.TB, s *Server) *client {
	t.Helper()
	c := &client{t: t, handler: s.Handler(), cookies: map[string]string{}, version: "30.2.1", tenant: testTenant, header: map[string]string{}}
	if got := c.login(testSecret); got.status != http.StatusOK {
		t.Fatalf("login: %d %s", got.status, got.text)
	}
	return c
}

func (c *client) login(password string) answer {
	c.t.Helper()
	body, _ := json.Marshal(map[string]string{"username": "admin", "password": password})
	request := httptest.NewRequest(http.MethodPost, "https://controller.example.com/login", bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	return c.send(request)
}

func (c *client) send(request *http.Request) answer {
	c.t.Helper()
	recorder := httptest.NewRecorder()
	c.handler.ServeHTTP(recorder, request)
	result := recorder.Result()
	for _, cookie := range result.Cookies() {
		c.cookies[cookie.Name] = cookie.Value
	}
	text, err := io.ReadAll(result.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{c.t, result.StatusCode, result.Header, string(text)}
}

func (c *client) request(method, path, body string) *http.Request {
	request := httptest.NewRequest(method, "https://controller.example.com"+path, strings.NewReader(body))
	for name, value := range c.cookies {
		request.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	request.Header.Set("X-CSRFToken", c.cookies[csrfCookie])
	request.Header.Set("Referer", "https://controller.example.com")
	request.Header.Set("Content-Type", "application/json")
	if c.version != "" {
		request.Header.Set("X-Avi-Version", c.version)
	}
	if c.tenant != "" {
		request.Header.Set("X-Avi-Tenant-UUID", c.tenant)
	}
	for name, value := range c.header {
		request.Header.Set(name, value)
	}
	return request
}

func (c *client) do(method, path, body string) answer {
	c.t.Helper()
	return c.send(c.request(method, path, body))
}

// must is do for a request that has to succeed.
func (c *client) must(method, path, body string) answer {
	c.t.Helper()
	got := c.do(method, path, body)
	if got.status >= 300 {
		c.t.Fatalf("%s %s: %d %s", method, path, got.status, got.text)
	}
	return got
}

// make posts an object with a chosen uuid.
func (c *client) make(kind, uuid, body string) answer {
	c.t.Helper()
	c.header["Slug"] = uuid
	defer delete(c.header, "Slug")
	return c.do(http.MethodPost, "/api/"+kind, body)
}

func (c *client) mustMake(kind, uuid, body string) answer {
	c.t.Helper()
	got := c.make(kind, uuid, body)
	if got.status != http.StatusCreated {
		c.t.Fatalf("POST %s %s: %d %s", kind, uuid, got.status, got.text)
	}
	return got
}

func (c *client) get(path string) map[string]any {
	c.t.Helper()
	return c.must(http.MethodGet, path, "").object()
}

func (a answer) object() map[string]any {
	a.t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(a.text), &out); err != nil {
		a.t.Fatalf("answer %q is no object: %v", a.text, err)
	}
	return out
}

// wants checks the status and that the text is a part of the answer.
func (a answer) wants(status int, text string) {
	a.t.Helper()
	if a.status != status || !strings.Contains(a.text, text) {
		a.t.Errorf("answer is %d %s, want %d with %q", a.status, a.text, status, text)
	}
}

// at follows a dotted path, with numbers for list entries.
func at(t testing.TB, value any, path string) any {
	t.Helper()
	for part := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[part]
		case []any:
			var i int
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(v) {
				t.Fatalf("no entry %s of %v in %s", part, v, path)
			}
			value = v[i]
		default:
			t.Fatalf("nothing at %s of %s", part, path)
		}
	}
	return value
}

// Bodies that most tests start from.
const (
	simpleVIP  = `{"name":"vip","vip":[{"ip_address":{"addr":"127.0.0.10","type":"V4"}}]}`
	simplePool = `{"name":"pool","servers":[{"ip":{"addr":"127.0.0.20","type":"V4"},"port":8080},{"ip":{"addr":"127.0.0.21","type":"V4"},"port":8080}]}`
	simpleVS   = `{"name":"vs","vsvip_ref":"/api/vsvip/vsvip-1","services":[{"port":80}],"pool_ref":"/api/pool/pool-1"}`
)

// lone makes a VsVip, a pool and a virtual service.
func (c *client) lone() {
	c.t.Helper()
	c.mustMake("vsvip", "vsvip-1", simpleVIP)
	c.mustMake("pool", "pool-1", simplePool)
	c.mustMake("virtualservice", "virtualservice-1", simpleVS)
}

func named(name string) string { return "?" + url.Values{"name": {name}}.Encode() }
