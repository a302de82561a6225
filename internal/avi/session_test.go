package avi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

// silent swallows what an HTTP server logs of connections broken on purpose.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }

// get is a request that is answered.
func get(header map[string]string) step {
	return step{request: "GET /api/pool/pool-1?include_name=true", header: header, answer: `{"uuid":"pool-1"}`}
}

// refused is a request that is answered with status and text.
func refused(status int, text string) step {
	s := get(nil)
	s.status, s.answer = status, text
	return s
}

// loginAs is a login with cookies of its own.
func loginAs(n string) step {
	s := login()
	s.cookies = map[string]string{"csrftoken": "token-" + n, "sessionid": "sid-" + n}
	return s
}

func read(t *testing.T, c *avi.Client) error {
	t.Helper()
	_, err := c.Get(t.Context(), tenant, "pool", "pool-1")
	return err
}

func TestSessionIsKept(t *testing.T) {
	c := play(t, login(), get(nil), get(nil)).client()
	for range 2 {
		if err := read(t, c); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCookiesOfEveryAnswerCount(t *testing.T) {
	rotating := get(map[string]string{"X-CSRFToken": "token-1"})
	rotating.cookies = map[string]string{"csrftoken": "token-2", "sessionid": ""}
	failing := refused(404, `{"error":"Pool object not found!"}`)
	failing.header = map[string]string{"X-CSRFToken": "token-2", "Cookie": "avi-sessionid=sid-1; csrftoken=token-2"}
	failing.cookies = map[string]string{"csrftoken": "token-3"}
	last := get(map[string]string{"X-CSRFToken": "token-3", "Cookie": "avi-sessionid=sid-1; csrftoken=token-3"})

	c := play(t, login(), rotating, failing, last).client()
	for _, want := range []error{nil, avi.NotFound, nil} {
		if err := read(t, c); !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
}

func TestSessionIsRenewedOnce(t *testing.T) {
	tests := []struct {
		name   string
		status int
		text   string
	}{
		{"expired", 401, `{"detail":"Authentication credentials were not provided."}`},
		{"token lost", 401, "CSRF token missing or incorrect."},
		{"password changed", 419, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			put := step{request: "PUT /api/pool/pool-1?include_name=true", body: `{"name":"web"}`, status: tt.status, answer: tt.text}
			// Cookies of a refusal belong to nobody's session.
			put.cookies = map[string]string{"csrftoken": "token-of-nobody"}
			again := put
			again.status, again.answer, again.cookies = 200, `{"uuid":"pool-1"}`, nil
			again.header = map[string]string{"X-CSRFToken": "token-2", "Cookie": "csrftoken=token-2; sessionid=sid-2"}
			c := play(t, login(), put, loginAs("2"), again).client()
			if _, err := c.Replace(t.Context(), tenant, "pool", "pool-1", avi.Object{"name": "web"}); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("still refused", func(t *testing.T) {
		c := play(t, login(), refused(401, ``), loginAs("2"), refused(401, ``)).client()
		err := read(t, c)
		failure, ok := errors.AsType[*avi.Error](err)
		if !ok || failure.Kind != avi.Unauthorized || !failure.Temporary() {
			t.Errorf("got %v", err)
		}
	})
}

// A token that another request's answer rotated is no reason for a new login.
func TestRotatedTokenNeedsNoLogin(t *testing.T) {
	var c *avi.Client
	arrived, rotated := make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	server := httptest.NewTLSServer(mux)
	defer server.Close()
	var logins atomic.Int32
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, _ *http.Request) {
		logins.Add(1)
		http.SetCookie(w, &http.Cookie{Name: "csrftoken", Value: "old"})
		http.SetCookie(w, &http.Cookie{Name: "sessionid", Value: "sid"})
		_, _ = io.WriteString(w, `{"version":{"Version":"30.2.1"}}`)
	})
	mux.HandleFunc("DELETE /api/pool/slow", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-CSRFToken") == "old" {
			close(arrived)
			<-rotated
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, "CSRF token missing or incorrect.")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /api/pool/fast", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "csrftoken", Value: "new"})
		_, _ = io.WriteString(w, `{}`)
	})
	c = newClient(t, configFor(server))

	deleted := make(chan error, 1)
	go func() { deleted <- c.Delete(t.Context(), tenant, "pool", "slow") }()
	<-arrived
	if _, err := c.Get(t.Context(), tenant, "pool", "fast"); err != nil {
		t.Error(err)
	}
	close(rotated)
	if err := <-deleted; err != nil {
		t.Error(err)
	}
	if n := logins.Load(); n != 1 {
		t.Errorf("%d logins, want 1", n)
	}
}

// lobby is a Controller whose login waits until it is told to go on.
type lobby struct {
	logins  atomic.Int32
	expired atomic.Int32  // the last login whose session is lost
	waiting chan struct{} // one value for each login that came in
	release chan int      // the status to answer with
}

func newLobby(t *testing.T) (*lobby, *httptest.Server) {
	t.Helper()
	l := &lobby{waiting: make(chan struct{}, 100), release: make(chan int, 100)}
	server := httptest.NewTLSServer(l)
	t.Cleanup(server.Close)
	return l, server
}

// expire makes the Controller forget the sessions that it gave.
func (l *lobby) expire() { l.expired.Store(l.logins.Load()) }

func (l *lobby) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/login" {
		n := l.logins.Load()
		if n == l.expired.Load() || r.Header.Get("Cookie") != fmt.Sprintf("csrftoken=token-%d; sessionid=sid", n) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"uuid":"pool-1"}`)
		return
	}
	_, _ = io.Copy(io.Discard, r.Body) // lets the server notice that the caller left
	l.waiting <- struct{}{}
	select {
	case <-r.Context().Done():
		panic(http.ErrAbortHandler) // or it would count as an answer
	case status := <-l.release:
		if status != http.StatusOK {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"error":"Invalid credentials"}`)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "csrftoken", Value: fmt.Sprintf("token-%d", l.logins.Add(1))})
		http.SetCookie(w, &http.Cookie{Name: "sessionid", Value: "sid"})
		_, _ = io.WriteString(w, `{"version":{"Version":"30.2.1"}}`)
	}
}

func TestOneLoginForManyCalls(t *testing.T) {
	const callers = 20
	l, server := newLobby(t)
	c := newClient(t, configFor(server))

	// Twice: the first login, and the one after all sessions were lost.
	for round := range int32(2) {
		var group sync.WaitGroup
		for range callers {
			group.Go(func() {
				if err := read(t, c); err != nil {
					t.Error(err)
				}
			})
		}
		<-l.waiting
		l.release <- http.StatusOK
		group.Wait()
		if n := l.logins.Load(); n != round+1 {
			t.Errorf("%d logins, want %d", n, round+1)
		}
		if round == 0 {
			l.expire()
		}
	}
}

func TestRefusedLoginIsSharedAndPaused(t *testing.T) {
	const callers = 10
	l, server := newLobby(t)
	clk := newClock()
	cfg := configFor(server)
	cfg.Now = clk.Now
	c := newClient(t, cfg)

	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			if err := read(t, c); !errors.Is(err, avi.InvalidCredentials) {
				t.Errorf("got %v, want %v", err, avi.InvalidCredentials)
			}
		})
	}
	<-l.waiting
	l.release <- http.StatusUnauthorized
	group.Wait()
	if extra := len(l.waiting); extra != 0 {
		t.Errorf("%d further logins were tried", extra)
	}
}

func TestPauseAfterRefusedLogin(t *testing.T) {
	no := login()
	no.status, no.answer, no.cookies = 401, `{"error":"Invalid credentials"}`, nil
	controller := play(t, no, no, no, no, no, no, login(), get(nil), refused(401, ``), no, no)
	clk := newClock()
	cfg := controller.config()
	cfg.Now = clk.Now
	c := newClient(t, cfg)

	// tries makes a call at the clock's time, which must fail and say that the
	// next login is tried after pause.
	fails := func(t *testing.T, notBefore time.Time) {
		t.Helper()
		err := read(t, c)
		failure, ok := errors.AsType[*avi.Error](err)
		switch {
		case !ok || failure.Kind != avi.InvalidCredentials || !failure.Temporary():
			t.Fatalf("got %v, want %v", err, avi.InvalidCredentials)
		case !failure.NotBefore.Equal(notBefore):
			t.Errorf("next login at %v, want %v", failure.NotBefore, notBefore)
		case failure.Type != "pool" || failure.UUID != "pool-1":
			t.Errorf("the error does not name the object: %v", err)
		case strings.Count(err.Error(), notBefore.Format(time.RFC3339)) != 1:
			t.Errorf("the message must say once when the next login is tried: %v", err)
		}
	}
	for _, minutes := range []int{1, 2, 4, 8, 10, 10} {
		pause := time.Duration(minutes) * time.Minute
		notBefore := clk.Now().Add(pause)
		fails(t, notBefore) // tries and is refused
		clk.advance(pause - time.Second)
		fails(t, notBefore) // does not try
		clk.advance(time.Second)
	}
	if err := read(t, c); err != nil { // the password was put right
		t.Fatal(err)
	}
	fails(t, clk.Now().Add(time.Minute)) // and changed again: counted anew
	clk.advance(time.Minute)
	fails(t, clk.Now().Add(2*time.Minute)) // the lost session is not tried
}

// Who waits for another caller's login logs in itself when that one gives up.
func TestAbandonedLogin(t *testing.T) {
	l, server := newLobby(t)
	c := newClient(t, configFor(server))
	first, cancel := context.WithCancel(t.Context())
	gaveUp := make(chan error, 1)
	go func() {
		_, err := c.Version(first)
		gaveUp <- err
	}()
	<-l.waiting
	second := make(chan error, 1)
	go func() { second <- read(t, c) }()
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) || !errors.Is(err, avi.Canceled) {
		t.Errorf("got %v", err)
	}
	<-l.waiting
	l.release <- http.StatusOK
	if err := <-second; err != nil {
		t.Error(err)
	}
}

// Who waits for another caller's login may stop waiting.
func TestWaitingForALoginEnds(t *testing.T) {
	l, server := newLobby(t)
	c := newClient(t, configFor(server))
	first := make(chan error, 1)
	go func() { first <- read(t, c) }()
	<-l.waiting
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Get(ctx, tenant, "pool", "pool-1"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	l.release <- http.StatusOK
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestLoginAnswers(t *testing.T) {
	tests := []struct {
		name   string
		status int
		answer string
		bare   bool // sets no cookies
		want   avi.Kind
	}{
		{"wrong password", 401, `{"error":"Invalid credentials"}`, true, avi.InvalidCredentials},
		{"wrong password, some versions", 403, `{"error":"Invalid credentials"}`, true, avi.InvalidCredentials},
		{"too many sessions", 403, `{"error":"Maximum concurrent sessions reached"}`, true, avi.InvalidCredentials},
		{"upgrade", 403, `{"error":"Configuration is disallowed during upgrade"}`, true, avi.Upgrading},
		{"starting", 503, `{"error":"Controller is initializing"}`, true, avi.Upgrading},
		{"front end only", 502, `<html><head><title>502 Bad Gateway</title></head></html>`, true, avi.Unavailable},
		{"no Controller there", 404, `<html><title>Not Found</title></html>`, true, avi.Unavailable},
		{"a 404 is never about the object", 404, `{"error":"Pool object not found!"}`, true, avi.Unavailable},
		{"throttled", 429, ``, true, avi.Throttled},
		{"page of a portal", 200, `<html></html>`, false, avi.Unavailable},
		{"no cookies", 200, `{"version":{"Version":"30.2.1"}}`, true, avi.Unavailable},
		{"too old", 200, `{"version":{"Version":"17.2.14"}}`, false, avi.VersionMismatch},
		{"no version", 200, `{}`, false, avi.VersionMismatch},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := login()
			s.status, s.answer = tt.status, tt.answer
			if tt.bare {
				s.cookies = nil
			}
			err := play(t, s).client().Delete(t.Context(), tenant, "pool", "pool-1")
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if failure, ok := errors.AsType[*avi.Error](err); !ok || !failure.Temporary() {
				t.Errorf("%v is not temporary", err)
			}
		})
	}
}

func TestAPIVersion(t *testing.T) {
	tests := []struct {
		configured, controller, want string // "" = refused
	}{
		{"", "22.1.3", "22.1.3"},
		{"", "22.1.3-9096", "22.1.3"},
		{"", "31.1.1", avi.NewestAPIVersion},
		{"", "18.2.6", "18.2.6"},
		{"", "18.2.5", ""},
		{"20.1.1", "30.2.1", "20.1.1"},
		{"v31_1_1", "31.2.1", "31.1.1"},
		{"22.1.3", "22.1.3-9096", "22.1.3"},
		{"22.1.4", "22.1.3", ""},
		{"22.1.4", "unheard of", "22.1.4"},
	}
	for _, tt := range tests {
		t.Run(tt.configured+" at "+tt.controller, func(t *testing.T) {
			s := login()
			s.answer = `{"version":{"Version":"` + tt.controller + `"}}`
			controller := play(t, s)
			cfg := controller.config()
			cfg.APIVersion = tt.configured
			got, err := newClient(t, cfg).Version(t.Context())
			switch {
			case tt.want == "" && !errors.Is(err, avi.VersionMismatch):
				t.Errorf("got %q, %v", got, err)
			case tt.want != "" && (err != nil || got != tt.want):
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestClose(t *testing.T) {
	logout := step{
		request: "POST /logout",
		header:  map[string]string{"X-CSRFToken": "token-1", "Cookie": "avi-sessionid=sid-1; csrftoken=token-1; sessionid=sid-1"},
	}
	t.Run("without a session", func(t *testing.T) {
		if err := play(t).client().Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("ends the session", func(t *testing.T) {
		c := play(t, login(), get(nil), logout, login(), get(nil)).client()
		for _, do := range []func() error{
			func() error { return read(t, c) },
			func() error { return c.Close(t.Context()) },
			func() error { return c.Close(t.Context()) },
			func() error { return read(t, c) }, // logs in again
		} {
			if err := do(); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("expired before", func(t *testing.T) {
		gone := logout
		gone.status = 401
		c := play(t, login(), get(nil), gone).client()
		if err := read(t, c); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("failure", func(t *testing.T) {
		broken := logout
		broken.status = 500
		c := play(t, login(), get(nil), broken).client()
		if err := read(t, c); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(t.Context()); !errors.Is(err, avi.Unavailable) {
			t.Errorf("got %v", err)
		}
	})
}

func TestNothingSecretIsLogged(t *testing.T) {
	put := step{request: "PUT /api/pool/pool-1?include_name=true", body: `{"key":"hidden-body"}`, status: 500, answer: `hidden-answer`}
	no := login()
	no.status, no.answer, no.cookies = 401, `{"error":"Invalid credentials","password":"s3cret-pw"}`, nil
	controller := play(t, login(), put, refused(401, ``), no)
	var out bytes.Buffer
	cfg := controller.config()
	cfg.Logger = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c := newClient(t, cfg)
	if _, err := c.Replace(t.Context(), tenant, "pool", "pool-1", avi.Object{"key": "hidden-body"}); err == nil {
		t.Error("no error")
	}
	if err := read(t, c); !errors.Is(err, avi.InvalidCredentials) {
		t.Errorf("got %v", err)
	}
	for _, secret := range []string{"s3cret-pw", "token-1", "sid-1", "hidden"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, &out)
		}
	}
	for _, wanted := range []string{`"type":"login"`, `"api_version":"30.2.1"`, "refused the login"} {
		if !strings.Contains(out.String(), wanted) {
			t.Errorf("%q is not in the log:\n%s", wanted, &out)
		}
	}
}
