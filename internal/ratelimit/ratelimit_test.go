package ratelimit

import (
	"fmt"
	"testing"
	"time"
)

// clocked is a limiter whose time stands still until it is moved.
func clocked(perSecond float64, burst int) (*Limiter, func(time.Duration)) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	l := New(perSecond, burst)
	l.now = func() time.Time { return now }
	return l, func(d time.Duration) { now = now.Add(d) }
}

func allowed(l *Limiter, party string, tries int) (count int) {
	for range tries {
		if _, ok := l.Allow(party); ok {
			count++
		}
	}
	return count
}

func TestABurstAndThenTheRate(t *testing.T) {
	l, pass := clocked(2, 5)
	if got := allowed(l, "a", 100); got != 5 {
		t.Errorf("at once %d requests are allowed, want the burst of 5", got)
	}
	if wait, ok := l.Allow("a"); ok || wait != 500*time.Millisecond {
		t.Errorf("then one more is allowed %v after %v, want false after 0.5 s", ok, wait)
	}
	pass(500 * time.Millisecond)
	if got := allowed(l, "a", 100); got != 1 {
		t.Errorf("half a second later %d are allowed, want 1: those that were refused took nothing", got)
	}
	pass(time.Hour)
	if got := allowed(l, "a", 100); got != 5 {
		t.Errorf("after a rest %d are allowed, want the burst of 5 and no more", got)
	}
}

func TestOnePartyDoesNotTakeFromAnother(t *testing.T) {
	l, _ := clocked(1, 3)
	allowed(l, "a", 100)
	if got := allowed(l, "b", 100); got != 3 {
		t.Errorf("%d requests of another party are allowed, want 3", got)
	}
}

func TestNoLimit(t *testing.T) {
	l, _ := clocked(0, 1)
	if got := allowed(l, "a", 1000); got != 1000 || len(l.parties) != 0 {
		t.Errorf("%d of 1000 are allowed, and %d parties remembered", got, len(l.parties))
	}
}

func TestLimitsCanBeChanged(t *testing.T) {
	l, _ := clocked(1, 2)
	allowed(l, "a", 100)
	l.Set(1, 2)
	if got := allowed(l, "a", 100); got != 0 {
		t.Errorf("%d are allowed after a change that is none, want 0", got)
	}
	l.Set(1, 7)
	if got := allowed(l, "a", 100); got != 7 {
		t.Errorf("%d are allowed after a change, want the new burst of 7", got)
	}
	l.Set(0, 7)
	if got := allowed(l, "a", 100); got != 100 {
		t.Errorf("%d of 100 are allowed without a limit", got)
	}
}

func TestTheIdleAreForgotten(t *testing.T) {
	l, pass := clocked(1, 1)
	for n := range most {
		l.Allow(fmt.Sprint(n))
	}
	pass(time.Hour)
	l.Allow("busy")
	if got := len(l.parties); got != 1 {
		t.Errorf("%d parties are remembered, want the one that is not idle", got)
	}
}
