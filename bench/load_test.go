package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestALoopCountsWhatWasAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := closedLoop(t.Context(), "asked", 4, time.Second, func(context.Context) error {
			<-time.After(100 * time.Millisecond) // by the clock of the bubble
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		want := result{
			Name: "asked", Clients: 4, Count: 40, Rate: 40,
			P50: 100 * time.Millisecond, P90: 100 * time.Millisecond, P99: 100 * time.Millisecond, Longest: 100 * time.Millisecond,
		}
		if r != want {
			t.Errorf("got %+v\nwant %+v", r, want)
		}
	})
}

func TestPercentiles(t *testing.T) {
	var times tally
	for n := 100; n > 0; n-- {
		times.add(time.Duration(n) * time.Millisecond)
	}
	r := times.result("", 1, 2*time.Second)
	if r.P50 != 50*time.Millisecond || r.P90 != 90*time.Millisecond || r.P99 != 99*time.Millisecond || r.Longest != 100*time.Millisecond {
		t.Errorf("of 1 to 100 ms: p50 %s, p90 %s, p99 %s, longest %s", r.P50, r.P90, r.P99, r.Longest)
	}
	if r.Rate != 50 {
		t.Errorf("100 requests in 2 s are %v a second", r.Rate)
	}
	if nothing := new(tally).result("", 1, time.Second); nothing.Rate != 0 || nothing.P50 != 0 {
		t.Errorf("of no requests: %+v", nothing)
	}
}

// A service that refuses quickly must not look fast.
func TestAFailureEndsALoop(t *testing.T) {
	refused := errors.New("refused")
	for name, from := range map[string]int64{"at once": 1, "while warm": warmUp*3 + 5} {
		var asked atomic.Int64
		_, err := closedLoop(t.Context(), "asked", 3, time.Minute, func(context.Context) error {
			if asked.Add(1) >= from {
				return refused
			}
			return nil
		})
		if !errors.Is(err, refused) || !strings.HasPrefix(err.Error(), "asked: ") {
			t.Errorf("refused %s: %v", name, err)
		}
	}
}

func TestALoopEndsWhenThereIsNothingLeft(t *testing.T) {
	var left atomic.Int64
	left.Store(10 + warmUp*2)
	r, err := closedLoop(t.Context(), "asked", 2, time.Hour, func(context.Context) error {
		if left.Add(-1) < 0 {
			return errDone
		}
		return nil
	})
	if err != nil || r.Count != 10 {
		t.Errorf("%d requests counted, want 10: %v", r.Count, err)
	}
}
