package store_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

func TestAJobIsDoneByOneReplicaAtATime(t *testing.T) {
	b := newBed(t)
	const every = time.Minute
	one, two := b.Job("statuses", "one", every), b.Job("statuses", "two", every)
	try := func(j *store.Job, want bool, when string) {
		t.Helper()
		done := false
		ran, err := j.Try(b.ctx(), func(context.Context) error { done = true; return nil })
		if err != nil || ran != want || done != want {
			t.Errorf("%s: ran %v (says %v), %v; want %v", when, done, ran, err, want)
		}
	}
	ran, err := one.Try(b.ctx(), func(context.Context) error {
		try(two, false, "the other one while it is being done")
		return nil
	})
	if !ran || err != nil {
		t.Errorf("the first time: ran %v, %v", ran, err)
	}
	try(two, false, "the other one when it was just done")
	b.check(two.Hurry(b.ctx()))
	try(one, true, "when it is asked for")
	try(one, false, "when it was asked for and done")
	b.clock.advance(every)
	try(two, true, "the other one when it is time")
	try(b.Job("audit", "one", every), true, "another job")
	try(nil, true, "a process without replicas")

	broken := errors.New("broken")
	b.clock.advance(every)
	if _, err := one.Try(b.ctx(), func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("the job's own failure: got %v", err)
	}
	try(two, false, "after a failure it is not tried at once")
}

func TestTheJobOfADeadReplicaIsTakenOver(t *testing.T) {
	b := newBed(t)
	one, two := b.Job("statuses", "one", time.Hour), b.Job("statuses", "two", time.Hour)
	_, err := one.Try(b.ctx(), func(ctx context.Context) error {
		b.clock.advance(store.JobLease - time.Second)
		ran, err := two.Try(ctx, func(context.Context) error { return nil })
		if ran || err != nil {
			t.Errorf("while the lease lasts: ran %v, %v", ran, err)
		}
		b.clock.advance(time.Second)
		ran, err = two.Try(ctx, func(context.Context) error { return nil })
		if !ran || err != nil {
			t.Errorf("after the lease: ran %v, %v", ran, err)
		}
		return nil
	})
	if err != nil {
		t.Errorf("the one that was taken for dead: %v", err)
	}
}

func TestOfReplicasThatTryAtTheSameMomentOneDoesTheJob(t *testing.T) {
	b := newBed(t)
	var done atomic.Int32
	var running sync.WaitGroup
	for _, owner := range []string{"one", "two", "three", "four"} {
		running.Go(func() {
			if _, err := b.Job("statuses", owner, time.Hour).Try(b.ctx(), func(context.Context) error {
				done.Add(1)
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if n := done.Load(); n != 1 {
		t.Errorf("it was done %d times, want once", n)
	}
}
