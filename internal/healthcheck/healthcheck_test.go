package healthcheck

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fixed is a check that always finds the same.
type fixed Result

func (fixed) Class() string                       { return classResult }
func (f fixed) Check(context.Context, int) Result { return Result(f) }

func ask(h http.Handler, method string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/healthcheck", http.NoBody)
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func accepting(header string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Accept", header) }
}

func TestAllChecksMustSucceed(t *testing.T) {
	good, bad := fixed{Available: true, Reason: "OK"}, fixed{Reason: "DISABLED BY FILE"}
	for name, test := range map[string]struct {
		checks    []Check
		get, head int
		text      string
	}{
		"none":     {nil, 200, 204, "OK"},
		"one":      {[]Check{good}, 200, 204, "OK"},
		"two":      {[]Check{good, good}, 200, 204, "OK\nOK"},
		"one bad":  {[]Check{bad}, 503, 503, "DISABLED BY FILE"},
		"last bad": {[]Check{good, bad}, 503, 503, "OK\nDISABLED BY FILE"},
		"all bad":  {[]Check{bad, bad}, 503, 503, "DISABLED BY FILE\nDISABLED BY FILE"},
	} {
		h := New(Options{Checks: test.checks})
		if got := ask(h, http.MethodGet); got.Code != test.get || got.Body.String() != test.text {
			t.Errorf("%s: GET answered %d %q, want %d %q", name, got.Code, got.Body, test.get, test.text)
		}
		if got := ask(h, http.MethodHead); got.Code != test.head || got.Body.Len() != 0 {
			t.Errorf("%s: HEAD answered %d %q, want %d and no body", name, got.Code, got.Body, test.head)
		}
	}
}

func TestFormsOfAnAnswer(t *testing.T) {
	h := New(Options{Checks: []Check{fixed{Available: true, Reason: "O<K"}}})
	for accept, want := range map[string]string{
		"":                                   textPlain,
		"*/*":                                textPlain,
		"image/png":                          textPlain,
		"text/html":                          textHTML,
		"text/*;q=0.5, application/json":     textJSON,
		"application/json;q=.2, text/html":   textHTML,
		"application/json;q=0, text/*;q=.1":  textPlain,
		"text/plain;q=0.1, application/json": textJSON,
		"application/json;q=nonsense":        textPlain,
	} {
		got := ask(h, http.MethodGet, accepting(accept))
		if kind, _, _ := strings.Cut(got.Header().Get("Content-Type"), ";"); kind != want {
			t.Errorf("Accept %q is answered with %q, want %q", accept, kind, want)
		}
	}
	if got := ask(h, http.MethodGet, accepting(textHTML)).Body.String(); !strings.Contains(got, "<TD>O&lt;K</TD>") || strings.Contains(got, "hostname") {
		t.Errorf("the page is %s", got)
	}
	var short map[string]any
	if err := json.Unmarshal(ask(h, http.MethodGet, accepting(textJSON)).Body.Bytes(), &short); err != nil || len(short) != 2 || short["detailed"] != false {
		t.Errorf("JSON is %v, %v", short, err)
	}
}

func TestDetailsAreShownWhereTheyAreAskedForOnly(t *testing.T) {
	checks := []Check{fixed{Available: true, Reason: "OK", Details: "of the inner life"}}
	for _, accept := range []string{textPlain, textHTML, textJSON} {
		if got := ask(New(Options{Checks: checks}), http.MethodGet, accepting(accept)).Body.String(); strings.Contains(got, "inner life") {
			t.Errorf("%s shows details: %s", accept, got)
		}
	}
	detailed := New(Options{Checks: checks, Detailed: true})
	for _, accept := range []string{textHTML, textJSON} {
		got := ask(detailed, http.MethodGet, accepting(accept)).Body.String()
		if !strings.Contains(got, "of the inner life") || !strings.Contains(got, classResult) {
			t.Errorf("%s in detail is %s", accept, got)
		}
	}
}

func TestWhoIsAnswered(t *testing.T) {
	from := func(address string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = address } }
	proxied := func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.1") }
	held := New(Options{AllowedSources: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("::1/128")}})
	for address, want := range map[string]int{
		"192.0.2.77:999": 200, "[::ffff:192.0.2.77]:999": 200, "[::1]:1": 200, "198.51.100.1:999": 404, "nonsense": 404,
	} {
		if got := ask(held, http.MethodGet, from(address)).Code; got != want {
			t.Errorf("a request from %s is answered %d, want %d", address, got, want)
		}
	}
	if got := ask(New(Options{IgnoreProxied: true}), http.MethodGet, proxied).Code; got != http.StatusNotFound {
		t.Errorf("a request by a proxy is answered %d, want 404", got)
	}
	if got := ask(New(Options{}), http.MethodGet, proxied).Code; got != http.StatusOK {
		t.Errorf("a request by a proxy is answered %d where proxies are welcome, want 200", got)
	}
}

func TestFilesTakeOutOfService(t *testing.T) {
	dir := t.TempDir()
	there, missing := filepath.Join(dir, "there"), filepath.Join(dir, "missing")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		check     Check
		available bool
		reason    string
	}{
		"no path":              {DisableByFile{}, true, "OK"},
		"disabled":             {DisableByFile{Path: there}, false, "DISABLED BY FILE"},
		"not disabled":         {DisableByFile{Path: missing}, true, "OK"},
		"cannot be looked at":  {DisableByFile{Path: filepath.Join(there, "below")}, false, "DISABLED BY FILE"},
		"disabled at its port": {DisableByFilesPorts{Paths: map[int]string{80: there}}, false, "DISABLED BY FILE"},
		"at another port":      {DisableByFilesPorts{Paths: map[int]string{81: there}}, true, "OK"},
		"enabled":              {EnableByFiles{Paths: []string{there}}, true, "OK"},
		"not enabled":          {EnableByFiles{Paths: []string{there, missing}}, false, "FILE PATH MISSING"},
	} {
		local := context.WithValue(t.Context(), http.LocalAddrContextKey, &net.TCPAddr{Port: 80})
		r := httptest.NewRequest(http.MethodGet, "/healthcheck", http.NoBody).WithContext(local)
		if got := test.check.Check(local, portOf(r)); got.Available != test.available || got.Reason != test.reason {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// database is one that is there or not, and counts how often it is asked.
type database struct {
	err   error
	asked int
}

func (d *database) Ping(ctx context.Context) error {
	d.asked++
	if d.err != nil {
		return d.err
	}
	return ctx.Err()
}

func TestDatabaseIsAskedOnceInAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &database{}
		check := NewDatabase(d, 5*time.Second)
		gone, cancel := context.WithCancel(t.Context())
		cancel() // a client that has gone away must not make the database look dead
		if got := check.Check(gone, 0); !got.Available || got.Reason != "OK" {
			t.Errorf("it is %+v", got)
		}
		d.err = errors.New("connection refused")
		if got := check.Check(t.Context(), 0); !got.Available || d.asked != 1 {
			t.Errorf("within the interval it is %+v, asked %d times", got, d.asked)
		}
		<-time.After(5 * time.Second) // on the clock of the bubble: it is over at once
		got := check.Check(t.Context(), 0)
		if got.Available || got.Reason != "The Octavia database is unavailable." || got.Details != "connection refused" || d.asked != 2 {
			t.Errorf("after the interval it is %+v, asked %d times", got, d.asked)
		}
	})
}
