package avi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// csrfCookie holds the token that the X-CSRFToken header must repeat.
const csrfCookie = "csrftoken"

// session is one login. Requests in parallel share it.
type session struct {
	version string // the API version negotiated at login

	mu      sync.Mutex
	cookies map[string]string // changes with the Controller's answers
}

// adopt takes over the cookies of an answer: the Controller may rotate the token
// with any of them (controller facts 1.1).
func (s *session) adopt(cookies []*http.Cookie) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range cookies {
		if c.MaxAge < 0 || c.Value == "" {
			delete(s.cookies, c.Name)
			continue
		}
		s.cookies[c.Name] = c.Value
	}
}

func (s *session) token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cookies[csrfCookie]
}

// header returns what the session adds to a request for a tenant, and the token in
// it. Cookie and token are of one moment, since the Controller compares them.
func (s *session) header(tenant string) (header http.Header, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pairs := make([]string, 0, len(s.cookies))
	for _, name := range slices.Sorted(maps.Keys(s.cookies)) {
		pairs = append(pairs, name+"="+s.cookies[name])
	}
	token = s.cookies[csrfCookie]
	header = http.Header{}
	header.Set("Cookie", strings.Join(pairs, "; "))
	header.Set("X-CSRFToken", token)
	header.Set("X-Avi-Version", s.version)
	switch tenant {
	case "":
		header.Set("X-Avi-Tenant", "admin")
	case AllTenants:
		header.Set("X-Avi-Tenant", AllTenants)
	default:
		header.Set("X-Avi-Tenant-UUID", tenant)
	}
	return header, token
}

const (
	// firstPause follows the first refused login, doubling up to longestPause:
	// the default account profile locks for 30 minutes after 20 failures
	// (controller facts 1.1).
	firstPause   = time.Minute
	longestPause = 10 * time.Minute
)

// sessions logs in when a session is needed. At most one login is under way.
type sessions struct {
	wire           *wire
	user, password string
	configured     string // API version, "" for the newest both sides know
	log            *slog.Logger

	mu      sync.Mutex
	current *session // nil when the next request has to log in
	flight  *flight  // nil when no login is under way
	refusal *refusal // nil when the last login was not refused
}

// flight is a login under way. Its fields are written before done is closed and
// read after.
type flight struct {
	done    chan struct{}
	session *session
	err     *Error
	// abandoned is set when whoever made the login gave up: nothing is known then,
	// and who waits for it tries itself.
	abandoned bool
}

// refusal remembers a login that a person has to make possible.
type refusal struct {
	err   *Error
	pause time.Duration
}

// get returns a session that is not stale, logging in if there is none. stale is
// the session that a request just failed with, or nil.
func (s *sessions) get(ctx context.Context, stale *session) (*session, *Error) {
	for {
		s.mu.Lock()
		if s.current != nil && s.current != stale {
			defer s.mu.Unlock()
			return s.current, nil
		}
		s.current = nil
		if s.refusal != nil && s.wire.now().Before(s.refusal.err.NotBefore) {
			defer s.mu.Unlock()
			return nil, s.refusal.err
		}
		f := s.flight
		if f == nil {
			f = &flight{done: make(chan struct{})}
			s.flight = f
			s.mu.Unlock()
			s.run(ctx, f)
			return f.session, f.err
		}
		s.mu.Unlock()
		select {
		case <-f.done:
			if !f.abandoned {
				return f.session, f.err
			}
		case <-ctx.Done():
			return nil, s.loginCall().failed(stopKind(ctx.Err()), ctx.Err())
		}
	}
}

// renew returns the session to repeat a request with that the Controller refused
// within used and with token: used itself when another request's answer rotated its
// token meanwhile, else another one.
func (s *sessions) renew(ctx context.Context, used *session, token string) (*session, *Error) {
	s.mu.Lock()
	rotated := s.current == used && used.token() != token
	s.mu.Unlock()
	if rotated {
		return used, nil
	}
	return s.get(ctx, used)
}

// run makes the login of f, on behalf of all who wait for it.
func (s *sessions) run(ctx context.Context, f *flight) {
	f.session, f.err = s.login(ctx)
	f.abandoned = f.err != nil && ctx.Err() != nil && errors.Is(f.err, ctx.Err())

	s.mu.Lock()
	s.flight = nil
	if !f.abandoned {
		s.current = f.session
		s.settle(f.err)
	}
	s.mu.Unlock()
	close(f.done)

	switch {
	case f.err == nil:
		s.log.InfoContext(ctx, "logged in to the controller", "user", s.user, "api_version", f.session.version)
	case !f.err.NotBefore.IsZero():
		s.log.WarnContext(ctx, "the controller refused the login", "user", s.user, "error", f.err)
	}
}

// settle updates the refusal by a login's outcome. s.mu is held.
func (s *sessions) settle(err *Error) {
	switch {
	case err == nil:
		s.refusal = nil
	case err.Kind == InvalidCredentials, err.Kind == VersionMismatch:
		pause := firstPause
		if s.refusal != nil {
			pause = min(2*s.refusal.pause, longestPause)
		}
		err.NotBefore = s.wire.now().Add(pause)
		s.refusal = &refusal{err: err, pause: pause}
	}
}

// loginAnswer is what is read of a login's answer.
type loginAnswer struct {
	Version struct {
		Version string `json:"Version"`
	} `json:"version"`
}

func (s *sessions) loginCall() *call {
	return &call{method: http.MethodPost, path: "/login", typ: loginType}
}

func (s *sessions) login(ctx context.Context) (*session, *Error) {
	c := s.loginCall()
	var err error
	c.body, err = json.Marshal(map[string]string{"username": s.user, "password": s.password})
	if err != nil {
		return nil, c.failed(Invalid, fmt.Errorf("encode the login: %w", err))
	}
	// No X-Avi-Version: it is known only afterwards.
	a, failure := s.wire.send(ctx, c, http.Header{})
	if failure != nil {
		return nil, failure
	}
	var said loginAnswer
	if err := decode(a.body, &said); err != nil {
		return nil, c.failed(Unavailable, fmt.Errorf("this is no Controller's answer: %w", err))
	}
	version, err := negotiate(s.configured, said.Version.Version)
	if err != nil {
		return nil, c.failed(VersionMismatch, err)
	}
	made := &session{version: version, cookies: map[string]string{}}
	made.adopt(a.cookies)
	if made.token() == "" || len(made.cookies) < 2 {
		return nil, c.failed(Unavailable, errors.New("the answer sets no session cookies"))
	}
	return made, nil
}

// end forgets the session and logs it out.
func (s *sessions) end(ctx context.Context) error {
	s.mu.Lock()
	last := s.current
	s.current = nil
	s.mu.Unlock()
	if last == nil {
		return nil
	}
	header, _ := last.header("")
	c := &call{method: http.MethodPost, path: "/logout", typ: "logout"}
	if a, failure := s.wire.send(ctx, c, header); failure != nil && !sessionRefused(a.status) {
		return failure
	}
	return nil
}
