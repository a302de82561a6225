package api_test

import (
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
)

// share is how many requests each party has left.
type share map[string]int

func (s share) Allow(party string) (time.Duration, bool) {
	s[party]--
	return 1500 * time.Millisecond, s[party] >= 0
}

func TestAProjectIsHeldToItsShareOfRequests(t *testing.T) {
	f := newFront(t, func(o *api.Options) { o.Limits = share{project: 2, "user lonely": 1} })
	for n, want := range []int{200, 200, 429, 429} {
		got := f.do("GET", "/v2/lbaas/loadbalancers", "")
		if got.status != want {
			t.Errorf("request %d of a project that has 2 is answered %d, want %d", n+1, got.status, want)
		}
		if want == http.StatusTooManyRequests {
			if after := got.header.Get("Retry-After"); after != "2" {
				t.Errorf("Retry-After is %q, want 1.5 s rounded up", after)
			}
			if text := got.fault(t); text != "Too many requests of this project. Please try again later." {
				t.Errorf("it says %q", text)
			}
		}
	}
	for n, want := range []int{200, 429} {
		if got := f.do("GET", "/v2/lbaas/loadbalancers", "", "X-Project-Id: ", "X-User-Id: lonely"); got.status != want {
			t.Errorf("request %d of somebody without a project is answered %d, want %d", n+1, got.status, want)
		}
	}
	for _, path := range []string{"/", "/v2", "/healthcheck"} {
		if got := f.do("GET", path, ""); got.status != http.StatusOK {
			t.Errorf("%s, which needs no token, is answered %d, want 200", path, got.status)
		}
	}
}

func TestHealthcheckIsServedWhereItIsGiven(t *testing.T) {
	f := newFront(t)
	if got := f.do("GET", "/healthcheck", ""); got.status != http.StatusOK || string(got.body) != "OK" {
		t.Errorf("it answers %d %q", got.status, got.body)
	}
	if got := f.do("HEAD", "/healthcheck", ""); got.status != http.StatusNoContent {
		t.Errorf("HEAD answers %d, want 204", got.status)
	}
	without := newFront(t, func(o *api.Options) { o.Healthcheck, o.Logger = nil, slog.New(slog.DiscardHandler) })
	if got := without.do("GET", "/healthcheck", ""); got.status != http.StatusNotFound {
		t.Errorf("without one it answers %d, want 404", got.status)
	}
}
