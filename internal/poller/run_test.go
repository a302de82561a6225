package poller_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// rounds counts the rounds so far.
func (b *bed) rounds() int {
	n := 0
	for _, request := range b.controller.seen() {
		if request == "* "+virtualServices {
			n++
		}
	}
	return n
}

func TestRunReadsEverySoOftenAndSoonWhenNudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t)
		b.insert(shop())
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- b.Run(ctx) }()
		for _, step := range []struct {
			name  string
			wait  time.Duration
			nudge bool
			want  int
		}{
			{name: "at once", want: 1},
			{name: "not before the interval", wait: time.Minute - time.Millisecond, want: 1},
			{name: "after the interval", wait: time.Millisecond, want: 2},
			{name: "not sooner than a second when nudged", nudge: true, wait: time.Second - time.Millisecond, want: 2},
			{name: "a second after the last time when nudged", wait: time.Millisecond, want: 3},
			{name: "once for a nudge", nudge: true, wait: 10 * time.Second, want: 4},
			{name: "at once when nudged late", nudge: true, want: 5},
		} {
			if step.nudge {
				b.Nudge()
			}
			<-time.After(step.wait)
			synctest.Wait()
			if got := b.rounds(); got != step.want {
				t.Errorf("%s: %d rounds, want %d", step.name, got, step.want)
			}
		}
		cancel()
		b.check(<-ended)
	})
}
