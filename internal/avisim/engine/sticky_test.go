package engine_test

import (
	"io"
	"net/http"
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// clock is a clock that tests set; it may be read by several goroutines.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.nanos.Load()) }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }

func TestClientIPPersistenceKeepsAClientUntilTheTimeout(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"), lineServer(t, "b"))
	s.pool.Persistence = &engine.Persistence{Kind: engine.PersistenceClientIP, Timeout: 5 * time.Minute}
	now := newClock()
	e := startEngine(t, engine.Options{Now: now.now})
	apply(t, e, s.config())
	greeting := func(client string) string {
		conn := dialLinesFrom(t, netip.MustParseAddr(client), s.address())
		name := conn.line()
		_ = conn.Close()
		eventually(t, "the connection is over", func() bool { return vsStatus(e).Counters.OpenConnections == 0 })
		return name
	}
	if got := greeting("127.0.2.1"); got != "a" {
		t.Fatalf("first client went to %q", got)
	}
	if got := greeting("127.0.2.2"); got != "b" {
		t.Fatalf("second client went to %q", got)
	}
	for range 3 {
		now.advance(4 * time.Minute) // each use begins the time anew
		if got := greeting("127.0.2.2"); got != "b" {
			t.Errorf("second client moved to %q", got)
		}
	}
	now.advance(5*time.Minute + 1)
	if got := greeting("127.0.2.2"); got != "a" {
		t.Errorf("after the time-out the second client went to %q, want the turn of a", got)
	}
}

func TestOwnCookieKeepsAClient(t *testing.T) {
	a, b := webServer(t, "a", "127.0.0.1:0"), webServer(t, "b", "127.0.0.1:0")
	s := newScene(t, engine.KindHTTP, addressOf(a), addressOf(b))
	s.pool.Persistence = &engine.Persistence{Kind: engine.PersistenceHTTPCookie, CookieName: "lb"}
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client := newClient(t)
	_, first, set := get(t, client, s.url())
	if len(set) != 1 || set[0].Name != "lb" || set[0].MaxAge != 0 {
		t.Fatalf("cookies %v, want one session cookie lb", set)
	}
	cookie := &http.Cookie{Name: "lb", Value: set[0].Value}
	for range 3 {
		_, name, set := get(t, client, s.url(), cookie)
		if name != first || len(set) != 0 {
			t.Errorf("with the cookie: %q with cookies %v, want %q and none", name, set, first)
		}
	}
	t.Run("until its server is disabled", func(t *testing.T) {
		s.pool.Servers = slices.Clone(s.pool.Servers)
		s.pool.Servers[0].Enabled = false
		apply(t, e, s.config())
		_, name, set := get(t, client, s.url(), cookie)
		if name == first || len(set) != 1 {
			t.Errorf("answered by %q with cookies %v, want another server and its cookie", name, set)
		}
	})
	t.Run("whatever else it says", func(t *testing.T) {
		code, _, set := get(t, client, s.url(), &http.Cookie{Name: "lb", Value: "nonsense"})
		if code != http.StatusOK || len(set) != 1 {
			t.Errorf("answer %d with cookies %v", code, set)
		}
	})
}

func TestOwnCookieExpires(t *testing.T) {
	a, b := webServer(t, "a", "127.0.0.1:0"), webServer(t, "b", "127.0.0.1:0")
	s := newScene(t, engine.KindHTTP, addressOf(a), addressOf(b))
	s.pool.Persistence = &engine.Persistence{Kind: engine.PersistenceHTTPCookie, Timeout: time.Minute}
	now := newClock()
	e := startEngine(t, engine.Options{Now: now.now})
	apply(t, e, s.config())
	client := newClient(t)
	_, first, set := get(t, client, s.url())
	for range 3 {
		now.advance(50 * time.Second)
		cookie := set[0]
		var name string
		_, name, set = get(t, client, s.url(), &http.Cookie{Name: cookie.Name, Value: cookie.Value})
		if name != first || len(set) != 1 || set[0].MaxAge != 60 {
			t.Fatalf("answered by %q with cookies %v", name, set)
		}
	}
	now.advance(61 * time.Second)
	cookie := set[0]
	if _, name, _ := get(t, client, s.url(), &http.Cookie{Name: cookie.Name, Value: cookie.Value}); name == first {
		t.Errorf("after the time-out still %q", name)
	}
}

func TestAppCookieKeepsAClient(t *testing.T) {
	session := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/login" {
				http.SetCookie(w, &http.Cookie{Name: "SESSION", Value: "session-of-" + name})
			}
			_, _ = io.WriteString(w, name)
		})
	}
	a, b := webServerWith(t, "127.0.0.1:0", session("a")), webServerWith(t, "127.0.0.1:0", session("b"))
	s := newScene(t, engine.KindHTTP, addressOf(a), addressOf(b))
	s.pool.Persistence = &engine.Persistence{Kind: engine.PersistenceAppCookie, CookieName: "SESSION", Timeout: time.Minute}
	now := newClock()
	e := startEngine(t, engine.Options{Now: now.now})
	apply(t, e, s.config())
	client := newClient(t)
	_, first, set := get(t, client, s.url()+"/login")
	cookie := set[0]
	for range 3 {
		if _, name, _ := get(t, client, s.url(), cookie); name != first {
			t.Errorf("with the session of %q answered by %q", first, name)
		}
	}
	s.pool.Servers = slices.Clone(s.pool.Servers)
	s.pool.Servers[0].Enabled = false // first is a: nobody came before
	apply(t, e, s.config())
	_, second, _ := get(t, client, s.url(), cookie)
	if second == first {
		t.Fatalf("answered by the disabled %q", second)
	}
	s.pool.Servers = slices.Clone(s.pool.Servers)
	s.pool.Servers[0].Enabled = true
	apply(t, e, s.config())
	for range 3 {
		if _, name, _ := get(t, client, s.url(), cookie); name != second {
			t.Errorf("the client went back to %q, though it had been moved to %q", name, second)
		}
	}
}
