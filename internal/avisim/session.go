package avisim

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	maxLoginFailures = 20               // UserAccountProfile.max_login_failure_count (controller facts 1.1)
	accountLockTime  = 30 * time.Minute // UserAccountProfile.account_lock_timeout
	keptCSRFTokens   = 32               // how many rotated tokens stay valid
	statusSessionEnd = 419              // the password changed since the login (controller facts 1.4)
	csrfCookie       = "csrftoken"
	sessionCookie    = "avi-sessionid"
	oldSessionCookie = "sessionid"
	// The SDKs send no version when they log in, so the answer always says the oldest (controller facts 1.1).
	defaultVersion = "16_4_2"
)

type session struct {
	id         string
	csrf       []string // newest last
	created    time.Time
	used       time.Time
	generation int // of the password that opened it
}

// sessions authenticates the one user.
type sessions struct {
	user string
	now  func() time.Time

	mu          sync.Mutex
	password    string
	generation  int // counts password changes
	open        map[string]*session
	failures    int
	lockedUntil time.Time
	swept       time.Time
}

func newSessions(user, password string, now func() time.Time) *sessions {
	return &sessions{user: user, password: password, now: now, open: map[string]*session{}}
}

// login opens a session. A wrong password counts towards the lock of the account; a locked account refuses the right
// one too.
func (s *sessions) login(user, password string, knobs Knobs) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if !s.check(user, password, now) {
		return nil, refuse(knobs.InvalidCredentialsStatus, "Invalid credentials")
	}
	s.sweep(now, knobs)
	opened := &session{id: randomToken(), csrf: []string{randomToken()}, created: now, used: now, generation: s.generation}
	s.open[opened.id] = opened
	return opened, nil
}

// sweep forgets expired sessions, now and then.
func (s *sessions) sweep(now time.Time, knobs Knobs) {
	if now.Sub(s.swept) < time.Minute {
		return
	}
	s.swept = now
	maps.DeleteFunc(s.open, func(_ string, old *session) bool { return expired(old, now, knobs) })
}

func (s *sessions) check(user, password string, now time.Time) bool {
	if now.Before(s.lockedUntil) {
		return false
	}
	right := subtle.ConstantTimeCompare([]byte(user), []byte(s.user))&
		subtle.ConstantTimeCompare([]byte(password), []byte(s.password)) == 1
	if right {
		s.failures = 0
		return true
	}
	if s.failures++; s.failures >= maxLoginFailures {
		s.failures, s.lockedUntil = 0, now.Add(accountLockTime)
	}
	return false
}

func expired(s *session, now time.Time, knobs Knobs) bool {
	return now.Sub(s.used) >= knobs.IdleTimeout || now.Sub(s.created) >= knobs.ForcedTimeout
}

// authenticate finds the request's session and checks its CSRF token, and returns the cookies to set with the answer.
func (s *sessions) authenticate(r *http.Request, knobs Knobs) ([]*http.Cookie, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if user, password, ok := r.BasicAuth(); ok && knobs.AllowBasicAuthentication {
		if !s.check(user, password, now) {
			return nil, refuse(http.StatusUnauthorized, "Invalid credentials")
		}
		return nil, nil
	}
	found := s.find(r)
	if found == nil {
		return nil, notLoggedIn()
	}
	if found.generation != s.generation {
		return nil, refuse(statusSessionEnd, "Session ended: the password was changed")
	}
	if expired(found, now, knobs) {
		delete(s.open, found.id)
		return nil, notLoggedIn()
	}
	if isWrite(r.Method) && !found.csrfValid(r) {
		return nil, &apiError{status: http.StatusUnauthorized, text: "CSRF token missing or incorrect.", plain: true}
	}
	found.used = now
	if knobs.CSRFRotation {
		found.csrf = append(found.csrf, randomToken())
		if len(found.csrf) > keptCSRFTokens {
			found.csrf = slices.Delete(found.csrf, 0, 1)
		}
	}
	return found.cookies(knobs), nil
}

func (s *sessions) find(r *http.Request) *session {
	for _, name := range []string{sessionCookie, oldSessionCookie} {
		if cookie, err := r.Cookie(name); err == nil && s.open[cookie.Value] != nil {
			return s.open[cookie.Value]
		}
	}
	return nil
}

func (s *sessions) logout(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.find(r); found != nil {
		delete(s.open, found.id)
	}
}

// changePassword ends every session with 419 at its next request.
func (s *sessions) changePassword(password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.password = password
	s.generation++
	s.failures, s.lockedUntil = 0, time.Time{}
}

func notLoggedIn() *apiError {
	return &apiError{status: http.StatusUnauthorized, text: "Authentication credentials were not provided.", detail: true}
}

func isWrite(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// csrfValid asks for the token both as a cookie and as a header, and for a Referer of the same host (controller facts 1.2).
func (s *session) csrfValid(r *http.Request) bool {
	cookie, err := r.Cookie(csrfCookie)
	if err != nil || cookie.Value != r.Header.Get("X-CSRFToken") || !slices.Contains(s.csrf, cookie.Value) {
		return false
	}
	referer, err := url.Parse(r.Header.Get("Referer"))
	return err == nil && referer.Scheme == "https" && sameHost(referer.Host, r.Host)
}

func sameHost(a, b string) bool {
	return strings.TrimSuffix(a, ":443") == strings.TrimSuffix(b, ":443")
}

func (s *session) cookies(knobs Knobs) []*http.Cookie {
	cookie := func(name, value string, maxAge time.Duration, httpOnly bool) *http.Cookie {
		return &http.Cookie{ //nolint:gosec // clients must read the CSRF token: a real one is not HttpOnly either
			Name: name, Value: value, Path: "/", MaxAge: int(maxAge.Seconds()), Secure: true, HttpOnly: httpOnly, SameSite: http.SameSiteLaxMode,
		}
	}
	const year = 365 * 24 * time.Hour
	return []*http.Cookie{
		cookie(csrfCookie, s.csrf[len(s.csrf)-1], year, false),
		cookie(sessionCookie, s.id, knobs.ForcedTimeout, true),
		cookie(oldSessionCookie, s.id, knobs.ForcedTimeout, true),
	}
}

// randomToken is 32 characters long, as a real CSRF token is.
func randomToken() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails: it ends the program instead
	return hex.EncodeToString(raw[:])
}

// credentials reads a login's body: JSON as the Go SDK sends it, or a form as the Python SDK does (controller facts 1.1).
func credentials(contentType string, body []byte) (user, password string, err error) {
	mediaType, _, _ := mime.ParseMediaType(contentType)
	if mediaType == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return "", "", badRequest("Form parse error - %v", err)
		}
		return form.Get("username"), form.Get("password"), nil
	}
	fields, err := decodeObject(body)
	if err != nil {
		return "", "", err
	}
	return text(fields, "username"), text(fields, "password"), nil
}
