package avisim

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestLoginAnswersAsTheSDKsExpect(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	form := httptest.NewRequest(http.MethodPost, "https://controller.example.com/login", strings.NewReader("username=admin&password=correct+horse"))
	form.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got := c.send(form)
	got.wants(http.StatusOK, `"session_cookie_name":"avi-sessionid"`)
	if version := at(t, got.object(), "version.Version"); version != "30.2.1" {
		t.Errorf("version.Version is %v", version)
	}
	if header := got.header.Values("AVI_API_VERSION"); len(header) != 1 || header[0] != "16_4_2" {
		t.Errorf("AVI_API_VERSION is %v, a login's is always 16_4_2", got.header)
	}
	for _, name := range []string{"csrftoken", "avi-sessionid", "sessionid"} {
		if c.cookies[name] == "" {
			t.Errorf("no cookie %s", name)
		}
	}
	if c.cookies["avi-sessionid"] != c.cookies["sessionid"] || len(c.cookies["csrftoken"]) != 32 {
		t.Errorf("cookies %v", c.cookies)
	}
}

func TestWritesNeedTheCSRFToken(t *testing.T) {
	tests := []struct {
		name   string
		break_ func(*http.Request)
	}{
		{"no header", func(r *http.Request) { r.Header.Del("X-CSRFToken") }},
		{"another token", func(r *http.Request) { r.Header.Set("X-CSRFToken", strings.Repeat("a", 32)) }},
		{"no referer", func(r *http.Request) { r.Header.Del("Referer") }},
		{"another site's referer", func(r *http.Request) { r.Header.Set("Referer", "https://evil.example.com") }},
		{"a referer without TLS", func(r *http.Request) { r.Header.Set("Referer", "http://controller.example.com") }},
	}
	c := newClient(t, newServer(t, Options{}))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request := c.request(http.MethodPost, "/api/pool", `{"name":"p"}`)
			test.break_(request)
			got := c.send(request)
			if got.status != http.StatusUnauthorized || got.text != "CSRF token missing or incorrect." {
				t.Errorf("answer is %d %q", got.status, got.text)
			}
			if got.header.Get("Content-Type") != "application/json" {
				t.Errorf("Content-Type is %q: the plain text pretends to be JSON", got.header.Get("Content-Type"))
			}
		})
	}
	request := c.request(http.MethodGet, "/api/pool", "")
	request.Header.Del("X-CSRFToken")
	request.Header.Del("Referer")
	c.send(request).wants(http.StatusOK, `"count":0`)
}

func TestCSRFTokenRotates(t *testing.T) {
	c := newClient(t, newServer(t, Options{Knobs: Knobs{CSRFRotation: true}}))
	before := c.cookies[csrfCookie]
	c.must(http.MethodGet, "/api/pool", "")
	if c.cookies[csrfCookie] == before {
		t.Error("the token is the same after a request")
	}
	c.must(http.MethodPost, "/api/pool", `{"name":"with the new token"}`)
	for range keptCSRFTokens {
		c.must(http.MethodGet, "/api/pool", "")
	}
	c.cookies[csrfCookie] = before
	c.do(http.MethodPost, "/api/pool", `{"name":"with the old token"}`).wants(http.StatusUnauthorized, "CSRF")
}

func TestSessionsEnd(t *testing.T) {
	steps := func(c *client, clk *clock, step time.Duration, n int) answer {
		var got answer
		for range n {
			clk.advance(step)
			got = c.do(http.MethodGet, "/api/pool", "")
		}
		return got
	}
	tests := []struct {
		name   string
		knobs  Knobs
		step   time.Duration
		n      int
		status int
	}{
		{"in use", Knobs{}, 14 * time.Minute, 10, 200},
		{"idle for 15 minutes", Knobs{}, 15 * time.Minute, 1, 401},
		{"24 hours after the login", Knobs{}, 10 * time.Minute, 6 * 24, 401},
		{"idle by the knob", Knobs{IdleTimeout: time.Second}, time.Second, 1, 401},
		{"forced by the knob", Knobs{ForcedTimeout: 2 * time.Second}, time.Second, 2, 401},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			clk := newClock()
			c := newClient(t, newServer(t, Options{Now: clk.Now, Knobs: test.knobs}))
			if got := steps(c, clk, test.step, test.n); got.status != test.status {
				t.Errorf("answer is %d %s, want %d", got.status, got.text, test.status)
			}
		})
	}
}

func TestLogoutAndPasswordChange(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	c.must(http.MethodPost, "/logout", "")
	c.do(http.MethodGet, "/api/pool", "").wants(http.StatusUnauthorized, "credentials")

	c = newClient(t, s)
	if err := s.ChangePassword("new secret"); err != nil {
		t.Fatal(err)
	}
	c.do(http.MethodGet, "/api/pool", "").wants(419, "password")
	c.login(testSecret).wants(http.StatusUnauthorized, "Invalid credentials")
	c.login("new secret").wants(http.StatusOK, "")
	c.do(http.MethodGet, "/api/pool", "").wants(http.StatusOK, "")
}

func TestAccountLocksAfterTwentyFailures(t *testing.T) {
	clk := newClock()
	c := newClient(t, newServer(t, Options{Now: clk.Now}))
	for range maxLoginFailures {
		c.login("wrong").wants(http.StatusUnauthorized, "Invalid credentials")
	}
	clk.advance(accountLockTime - time.Second)
	c.login(testSecret).wants(http.StatusUnauthorized, "Invalid credentials")
	clk.advance(time.Second)
	c.login(testSecret).wants(http.StatusOK, "")
}

func TestBasicAuthenticationIsOffByDefault(t *testing.T) {
	for _, test := range []struct {
		allow  bool
		status int
	}{{false, 401}, {true, 201}} {
		s := newServer(t, Options{Knobs: Knobs{AllowBasicAuthentication: test.allow}})
		request := httptest.NewRequest(http.MethodPost, "https://controller.example.com/api/pool", bytes.NewReader([]byte(`{"name":"p"}`)))
		request.SetBasicAuth("admin", testSecret)
		c := &client{t: t, handler: s.Handler(), cookies: map[string]string{}}
		if got := c.send(request); got.status != test.status {
			t.Errorf("allowed %v: answer is %d %s", test.allow, got.status, got.text)
		}
	}
}

func TestPathsWithoutASession(t *testing.T) {
	s := newServer(t, Options{})
	c := &client{t: t, handler: s.Handler(), cookies: map[string]string{}}
	for path, status := range map[string]int{
		"/api/initial-data": 200, "/api/cluster/status": 200, "/api/cluster/runtime": 401, "/api/pool": 401, "/nothing": 401, "/login": 405,
	} {
		if got := c.do(http.MethodGet, path, ""); got.status != status {
			t.Errorf("GET %s is %d, want %d", path, got.status, status)
		}
	}
}
