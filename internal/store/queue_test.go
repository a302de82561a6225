package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

func TestAClaimIsALease(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	first := b.claimOne("one")
	if claims := b.claim("two"); len(claims) != 0 {
		t.Fatalf("claimed although it is leased: %v", claims)
	}
	b.clock.advance(50 * time.Second)
	b.check(b.Renew(b.ctx(), first, time.Minute))
	b.clock.advance(50 * time.Second)
	if claims := b.claim("two"); len(claims) != 0 {
		t.Fatalf("claimed although the lease was renewed: %v", claims)
	}
	b.clock.advance(11 * time.Second)
	second := b.claimOne("two")

	for name, f := range map[string]func() error{
		"Renew":   func() error { return b.Renew(b.ctx(), first, time.Minute) },
		"Intend":  func() error { return b.Intend(b.ctx(), first, []store.Item{{Type: "pool", UUID: "x"}}) },
		"Succeed": func() error { return b.Succeed(b.ctx(), first, nil) },
		"Fail":    func() error { return b.Fail(b.ctx(), first, nil, "why") },
		"Retry":   func() error { return b.Retry(b.ctx(), first, nil, 0, "why") },
	} {
		if err := f(); !errors.Is(err, store.ErrLeaseLost) {
			t.Errorf("%s with the lost lease: %v, want %v", name, err, store.ErrLeaseLost)
		}
	}
	if lb := b.tree("a").LoadBalancer; lb.ProvisioningStatus != lbaas.PendingCreate {
		t.Errorf("a worker without lease changed the status to %s", lb.ProvisioningStatus)
	}
	b.check(b.Succeed(b.ctx(), second, nil))
}

func TestClaimsAreLimitedAndInTheOrderOfBeingDue(t *testing.T) {
	b := newBed(t)
	for _, id := range []string{"c", "a", "b"} {
		b.insert(id)
		b.clock.advance(time.Second)
	}
	var ids []string
	for range 2 {
		claims, err := b.Claim(b.ctx(), "worker", time.Minute, 2)
		b.check(err)
		for _, c := range claims {
			ids = append(ids, c.LoadBalancerID)
		}
	}
	if diff := cmp.Diff([]string{"c", "a", "b"}, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSucceedMakesEverythingActive(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	b.check(b.Succeed(b.ctx(), b.claimOne("worker"), nil))
	if diff := cmp.Diff(all("a", "ACTIVE"), statuses(b.tree("a"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.clock.advance(time.Hour)
	if claims := b.claim("worker"); len(claims) != 0 {
		t.Errorf("still due: %v", claims)
	}
}

// As in Octavia: who made something sees by updated_at that it is there, and what nobody observes is ONLINE then.
func TestSucceedIsAnUpdateOfWhatWasMade(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	b.clock.advance(time.Second)
	settled := b.clock.Now()
	b.settle()
	tree := b.tree("a")
	for _, r := range []lbaas.Resource{
		tree.LoadBalancer.Resource, tree.Listeners[0].Resource, tree.Pools[0].Resource, tree.Members[0].Resource, tree.Monitors[0].Resource,
	} {
		if r.UpdatedAt != settled {
			t.Errorf("%s was updated at %v, want %v", r.ID, r.UpdatedAt, settled)
		}
	}
	if got := tree.Monitors[0].OperatingStatus; got != lbaas.Online {
		t.Errorf("the monitor is %s", got)
	}
	if got := tree.Listeners[0].OperatingStatus; got != lbaas.Offline {
		t.Errorf("the listener, which nobody has looked at yet, is %s", got)
	}

	b.clock.advance(time.Second)
	b.write(func(tx *store.Tx) error {
		_, err := tx.Lock("a")
		h := tree.Monitors[0]
		h.AdminStateUp, h.ProvisioningStatus = false, lbaas.PendingUpdate
		return errors.Join(err, tx.UpdateHealthMonitor("a", &h))
	})
	b.settle()
	tree = b.tree("a")
	if got := tree.Monitors[0].OperatingStatus; got != lbaas.Offline {
		t.Errorf("the monitor that was turned off is %s", got)
	}
	if got := tree.Listeners[0].UpdatedAt; got != settled {
		t.Errorf("the listener, which was not changed, was updated at %v", got)
	}
}

func TestSucceedRemovesWhatIsDoomed(t *testing.T) {
	b := newBed(t)
	b.active("a")
	b.write(func(tx *store.Tx) error {
		_, err := tx.Lock("a")
		return errors.Join(err, tx.DoomPool("a-p"))
	})
	b.check(b.Succeed(b.ctx(), b.claimOne("worker"), nil))
	want := map[string]string{"a": "ACTIVE", "a-l0": "ACTIVE", "a-l1": "ACTIVE"}
	if diff := cmp.Diff(want, statuses(b.tree("a"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSucceedRemovesADoomedTree(t *testing.T) {
	b := newBed(t)
	b.active("a")
	b.active("b")
	b.check(b.Observe(b.ctx(), store.Observed{Stats: map[string]store.ListenerStats{"a-l0": {Sampled: "x"}}}))
	b.write(func(tx *store.Tx) error {
		_, err := tx.Doom("a")
		return errors.Join(err, tx.DoomTree("a"))
	})
	if diff := cmp.Diff(all("a", "PENDING_DELETE†"), statuses(b.tree("a"))); diff != "" {
		t.Errorf("doomed (-want +got):\n%s", diff)
	}
	c := b.claimOne("worker")
	b.check(b.Intend(b.ctx(), c, []store.Item{{Type: "pool", UUID: "pool-1"}}))
	b.check(b.Succeed(b.ctx(), c, nil))
	if _, err := b.Load(b.ctx(), c); !errors.Is(err, lbaas.KindNotFound) {
		t.Errorf("it is still there: %v", err)
	}
	b.read(func(tx *store.Tx) error {
		for _, id := range []string{"a-l0", "a-l1"} {
			if _, err := tx.Listener(id); !errors.Is(err, lbaas.KindNotFound) {
				t.Errorf("%s is still there: %v", id, err)
			}
		}
		items, err := tx.Inventory("a")
		stats, errStats := tx.Stats([]string{"a-l0"})
		b.check(errors.Join(err, errStats))
		if len(items) > 0 || len(stats) > 0 {
			t.Errorf("left: inventory %v, counters %v", items, stats)
		}
		return nil
	})
	if diff := cmp.Diff(all("b", "ACTIVE"), statuses(b.tree("b"))); diff != "" {
		t.Errorf("the other one (-want +got):\n%s", diff)
	}
}

func TestFailPutsWhatWasChangingIntoError(t *testing.T) {
	b := newBed(t)
	b.active("a")
	b.write(func(tx *store.Tx) error {
		_, err := tx.Lock("a")
		return errors.Join(err, tx.TouchPool("a-p"))
	})
	b.check(b.Retry(b.ctx(), b.claimOne("worker"), nil, 0, "not yet"))
	b.check(b.Fail(b.ctx(), b.claimOne("worker"), nil, "the Controller refuses"))
	want := all("a", "ACTIVE")
	want["a"], want["a-p"], want["a-l0"], want["a-l1"] = "ERROR", "ERROR", "ERROR", "ERROR"
	if diff := cmp.Diff(want, statuses(b.tree("a"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if lb := b.tree("a").LoadBalancer; lb.StatusReason != "the Controller refuses" {
		t.Errorf("the reason is %q", lb.StatusReason)
	}
	b.clock.advance(time.Hour)
	if claims := b.claim("worker"); len(claims) != 0 {
		t.Errorf("still due: %v", claims)
	}
	b.write(func(tx *store.Tx) error {
		_, err := tx.Lock("a")
		return err
	})
	if c := b.claimOne("worker"); c.Attempts != 0 {
		t.Errorf("%d attempts after another request, want 0", c.Attempts)
	}
}

func TestADoomedObjectStaysDoomedInError(t *testing.T) {
	b := newBed(t)
	b.active("a")
	b.write(func(tx *store.Tx) error {
		_, err := tx.Lock("a")
		return errors.Join(err, tx.DoomPool("a-p"))
	})
	b.check(b.Fail(b.ctx(), b.claimOne("worker"), nil, "why"))
	if got := statuses(b.tree("a"))["a-p"]; got != "ERROR†" {
		t.Errorf("got %s", got)
	}
}

func TestRetryIsDueLater(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	for attempt := range 3 {
		c := b.claimOne("worker")
		if c.Attempts != attempt {
			t.Errorf("claim %d tells of %d attempts", attempt, c.Attempts)
		}
		b.check(b.Retry(b.ctx(), c, nil, 10*time.Second, "not yet"))
		b.clock.advance(9 * time.Second)
		if claims := b.claim("worker"); len(claims) != 0 {
			t.Fatalf("due too early: %v", claims)
		}
		b.clock.advance(time.Second)
	}
	if lb := b.tree("a").LoadBalancer; lb.ProvisioningStatus != lbaas.PendingCreate || lb.StatusReason != "not yet" {
		t.Errorf("got %+v", lb)
	}
}

// A clock that was ahead, by its time zone say, and was put right must not have anybody wait for the time that it showed.
func TestAClockThatIsPutRightKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{time.Hour, 365 * 24 * time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			b := newBed(t)
			b.insert("never tried")
			b.clock.advance(-ahead)
			c := b.claimOne("worker")
			if ahead > 25*time.Hour {
				b.clock.advance(ahead)
				b.check(b.Retry(b.ctx(), c, nil, time.Minute, "not yet"))
				b.clock.advance(-ahead)
				b.claimOne("worker")
				b.clock.advance(-ahead)
				b.claimOne("another worker, as the lease is of a time that cannot be")
			}
			job := b.Job("statuses", "one", time.Minute)
			for range 2 {
				if ran, err := job.Try(b.ctx(), func(context.Context) error { return nil }); !ran || err != nil {
					t.Errorf("the job is done: %t, %v", ran, err)
				}
				b.clock.advance(-ahead)
			}
		})
	}
}

func TestReleaseAllGivesUpTheLeasesOfAFormerLife(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	b.insert("b")
	if n := len(b.claim("one")); n != 2 {
		t.Fatalf("%d claims", n)
	}
	b.check(b.ReleaseAll(b.ctx(), "two"))
	if claims := b.claim("three"); len(claims) != 0 {
		t.Errorf("another owner's leases were given up: %v", claims)
	}
	b.check(b.ReleaseAll(b.ctx(), "one"))
	if n := len(b.claim("three")); n != 2 {
		t.Errorf("%d claims, want 2", n)
	}
}

func TestResync(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	c := b.claimOne("worker")
	b.check(b.Succeed(b.ctx(), c, []store.Change{{Item: store.Item{Type: "pool", UUID: "pool-1", Applied: "{}"}}}))
	b.check(b.Resync(b.ctx(), "a"))
	work, err := b.Load(b.ctx(), b.claimOne("worker"))
	b.check(err)
	if diff := cmp.Diff([]store.Item{{Type: "pool", UUID: "pool-1"}}, work.Inventory); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := work.Tree.LoadBalancer.ProvisioningStatus; got != lbaas.PendingUpdate {
		t.Errorf("its status is %s", got)
	}
	if err := b.Resync(b.ctx(), "a"); !errors.Is(err, lbaas.KindImmutable) {
		t.Errorf("while it is worked on: %v", err)
	}
	if err := b.Resync(b.ctx(), "x"); !errors.Is(err, lbaas.KindNotFound) {
		t.Errorf("an unknown one: %v", err)
	}
}

func TestResyncOfADoomedLoadBalancerDeletesItAgain(t *testing.T) {
	b := newBed(t)
	b.active("a")
	b.write(func(tx *store.Tx) error {
		_, err := tx.Doom("a")
		return err
	})
	b.check(b.Fail(b.ctx(), b.claimOne("worker"), nil, "why"))
	b.check(b.Resync(b.ctx(), "a"))
	if lb := b.tree("a").LoadBalancer; lb.ProvisioningStatus != lbaas.PendingDelete || !lb.Doomed {
		t.Errorf("got %+v", lb)
	}
}

func TestQueue(t *testing.T) {
	b := newBed(t)
	expect := func(want store.QueueState) {
		t.Helper()
		got, err := b.Queue(b.ctx())
		b.check(err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	expect(store.QueueState{})
	b.insert("a")
	oldest := b.clock.Now()
	b.clock.advance(time.Second)
	b.insert("b")
	expect(store.QueueState{Depth: 2, Oldest: oldest})
	b.check(b.Retry(b.ctx(), b.claim("worker")[1], nil, time.Minute, "why"))
	expect(store.QueueState{Depth: 2, Retrying: 1, Oldest: oldest, Next: b.clock.Now().Add(time.Minute)})
}

func TestTwoWorkersNeverClaimTheSameLoadBalancer(t *testing.T) {
	b := newBed(t)
	const n = 30
	for i := range n {
		id := fmt.Sprintf("lb%02d", i)
		b.write(func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lbaas.LoadBalancer{Resource: b.resource(id)}) })
	}
	var mu sync.Mutex
	claimed := map[string]int{}
	var workers sync.WaitGroup
	for w := range 3 {
		workers.Go(func() {
			for range n + 1 {
				claims, err := b.Claim(b.ctx(), fmt.Sprint(w), time.Minute, 2)
				if err != nil {
					t.Error(err)
				}
				if len(claims) == 0 {
					return
				}
				mu.Lock()
				for _, c := range claims {
					claimed[c.LoadBalancerID]++
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	for id, times := range claimed {
		if times != 1 {
			t.Errorf("%s was claimed %d times", id, times)
		}
	}
	if len(claimed) != n {
		t.Errorf("%d were claimed, want %d", len(claimed), n)
	}
}
