package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// certificate is an object that several load balancers have.
func certificate() store.Item {
	return store.Item{Type: "sslkeyandcertificate", UUID: "sslkeyandcertificate-1", Tenant: "tenant-1", Shared: true}
}

// insertBare puts a load balancer without anything into the store.
func (b *bed) insertBare(id, provider string) {
	b.t.Helper()
	lb := lbaas.LoadBalancer{Resource: b.resource(id), Provider: provider}
	b.write(func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lb) })
}

// phase is how far a load balancer has got with the shared object.
type phase int

const (
	without     phase = iota // it does not have it
	taken                    // it is in its inventory
	made                     // it has been seen at the Controller, or made there
	used                     // its virtual service refers to it
	unused                   // it is to go
	condemned                // the store said that it is to be deleted
	deletedByUs              // the Controller did so, which is not recorded yet
)

// sharers are load balancers with one object in common, each at a step of its own, and what the Controller has.
type sharers struct {
	*bed
	rt     *rapid.T
	claims map[string]store.Claim
	phases map[string]phase
	exists bool
	// stores are replicas, whose configurations may differ.
	stores []*store.Store
	item   store.Item
	number int // of the case, in everything's name
}

// replica is the one that takes the next step.
func (s *sharers) replica() *store.Store { return rapid.SampledFrom(s.stores).Draw(s.rt, "replica") }

func (s *sharers) reclaim() {
	for _, c := range s.claim("worker") {
		s.claims[c.LoadBalancerID] = c
	}
}

// step takes one load balancer one step on; wants says whether it is to have the object in the end.
func (s *sharers) step(id string, wants bool) {
	ctx, c := s.t.Context(), s.claims[id]
	switch s.phases[id] {
	case without:
		if wants && s.mayBeBusy(s.replica().Intend(ctx, c, []store.Item{s.item})) {
			s.phases[id] = taken
		}
	case taken:
		s.exists = true // it answers "duplicate" when it is there
		s.phases[id] = made
	case made:
		if !s.exists {
			s.rt.Fatalf("%s began to use the object, and it was deleted", id)
		}
		s.phases[id] = used
	case used:
		if !wants {
			s.phases[id] = unused
		}
	case unused:
		if wants {
			s.check(s.replica().Intend(ctx, c, []store.Item{s.item}))
			s.phases[id] = taken
			return
		}
		last, err := s.replica().GiveUp(ctx, c, s.item)
		if !s.mayBeBusy(err) {
			return
		}
		s.phases[id] = without
		if last {
			s.phases[id] = condemned
		}
	case condemned:
		for other, p := range s.phases {
			if other != id && p != without {
				s.rt.Fatalf("%s deletes the object, which %s has", id, other)
			}
		}
		s.exists = false
		s.phases[id] = deletedByUs
	case deletedByUs:
		s.check(s.replica().Retry(ctx, c, []store.Change{{Item: s.item, Gone: true}}, 0, ""))
		s.reclaim()
		s.phases[id] = without
	}
}

func (s *sharers) mayBeBusy(err error) bool {
	if errors.Is(err, store.ErrShareBusy) {
		return false
	}
	s.check(err)
	return true
}

// crash ends every worker at once; others take over when the leases have run out. They see what the inventory says.
func (s *sharers) crash() {
	s.clock.advance(2 * time.Minute)
	s.reclaim()
	for id, p := range s.phases {
		switch p {
		case condemned, deletedByUs:
			s.phases[id] = unused
		case made:
			s.phases[id] = taken
		case without, taken, used, unused:
		}
	}
}

// Whatever the order of the steps of load balancers that take and give up one object, and whoever dies in between: it is never
// deleted while one of them has it, and never left behind by all. So it is for those of one provider, for those of several providers
// of one Controller, and while some replicas know of one provider of the Controller only: they have an older configuration, or are
// an older program.
func TestSharedObjectsAreNeitherLostNorLeft(t *testing.T) {
	b := newBed(t)
	alone, together, apart := b.replica(nil), b.replica(oneController()), b.replica(map[string]string{"avi_adc": "one", "gold": "another"})
	situations := []struct {
		providers []string // of the load balancers
		replicas  []*store.Store
	}{
		{[]string{"avi_adc", "avi_adc", "avi_adc"}, []*store.Store{alone}},
		{[]string{"avi_adc", "gold", "avi_adc"}, []*store.Store{together}},
		{[]string{"avi_adc", "avi_adc", "avi_adc"}, []*store.Store{together, alone}},
		{[]string{"gold", "gold", "gold"}, []*store.Store{together, apart}},
	}
	cases := 0
	rapid.Check(t, func(rt *rapid.T) {
		cases++
		situation := rapid.SampledFrom(situations).Draw(rt, "situation")
		s := &sharers{
			bed: b, rt: rt, claims: map[string]store.Claim{}, phases: map[string]phase{}, stores: situation.replicas,
			item: certificate(), number: cases,
		}
		s.item.UUID += fmt.Sprint(" of case ", cases)
		s.live(situation.providers)
	})
}

// oneController is what a store knows of two providers of one Controller.
func oneController() map[string]string { return map[string]string{"avi_adc": "one", "gold": "one"} }

// replica is one more store of the bed's database.
func (b *bed) replica(controllers map[string]string) *store.Store {
	b.t.Helper()
	o := b.options
	o.Controllers = controllers
	s, err := store.Open(b.t.Context(), o)
	b.check(err)
	b.t.Cleanup(func() { b.check(s.Close()) })
	return s
}

// live has new load balancers of providers take steps in any order, and then all get rid of the object.
func (s *sharers) live(providers []string) {
	ids := make([]string, len(providers))
	for i, provider := range providers {
		ids[i] = fmt.Sprintf("lb-%d-%d", s.number, i)
		s.insertBare(ids[i], provider)
	}
	s.reclaim()
	for i := range rapid.IntRange(10, 60).Draw(s.rt, "steps") {
		if rapid.IntRange(0, 15).Draw(s.rt, fmt.Sprint("crash ", i)) == 0 {
			s.crash()
			continue
		}
		s.step(rapid.SampledFrom(ids).Draw(s.rt, fmt.Sprint("who ", i)), rapid.Bool().Draw(s.rt, fmt.Sprint("wants ", i)))
	}
	for range 100 {
		for _, id := range ids {
			s.step(id, false)
		}
	}
	for _, id := range ids {
		if s.phases[id] != without {
			s.rt.Fatalf("%s does not get rid of the object", id)
		}
	}
	if s.exists {
		s.rt.Fatal("all have given the object up, and it is there")
	}
	s.clock.advance(time.Hour)
	s.settle()
}

// What something else refers to is tried again later, by one sweeper at a time, and whoever wants it meanwhile gets it.
func TestLeftoversAreTriedAgain(t *testing.T) {
	b := newBed(t)
	b.insertBare("lb", "avi_adc")
	leave := func() {
		t.Helper()
		c := b.claimOne("worker")
		b.check(b.Intend(t.Context(), c, []store.Item{certificate()}))
		last, err := b.GiveUp(t.Context(), c, certificate())
		b.check(err)
		if !last {
			t.Fatal("somebody else is said to have it")
		}
		b.check(b.Retry(t.Context(), c, []store.Change{{Item: certificate(), Gone: true, Left: true}}, 0, ""))
	}
	claimed := func() []store.Leftover {
		t.Helper()
		found, err := b.ClaimLeftovers(t.Context(), 10)
		b.check(err)
		return found
	}
	leave()
	if found := claimed(); len(found) != 0 {
		t.Errorf("it is tried again at once: %v", found)
	}
	b.clock.advance(time.Hour)
	found := claimed()
	want := certificate()
	want.Shared = false
	if len(found) != 1 || found[0].Provider != "avi_adc" || cmp.Diff(want, found[0].Item) != "" {
		t.Fatalf("found %+v", found)
	}
	if again := claimed(); len(again) != 0 {
		t.Errorf("two sweepers have it: %v", again)
	}
	c := b.claimOne("worker")
	if err := b.Intend(t.Context(), c, []store.Item{certificate()}); !errors.Is(err, store.ErrShareBusy) {
		t.Errorf("while it is being deleted it can be taken: %v", err)
	}
	b.check(b.LeftoverStays(t.Context(), found[0]))
	b.check(b.Intend(t.Context(), c, []store.Item{certificate()}))
	b.clock.advance(2 * time.Hour)
	if found := claimed(); len(found) != 0 {
		t.Errorf("what a load balancer has is swept away: %v", found)
	}
	b.check(b.Retry(t.Context(), b.claimOne("worker"), nil, 0, ""))
	leave()
	b.clock.advance(time.Hour)
	found = claimed()
	if len(found) != 1 {
		t.Fatalf("found %v", found)
	}
	// A sweeper that dies is followed by another one.
	b.clock.advance(10 * time.Minute)
	found = claimed()
	if len(found) != 1 {
		t.Fatalf("after the sweeper's death: %v", found)
	}
	b.check(b.LeftoverGone(t.Context(), found[0]))
	b.clock.advance(2 * time.Hour)
	if found := claimed(); len(found) != 0 {
		t.Errorf("what is gone is found: %v", found)
	}
}

// Two Controllers are two: what has the same uuid at both is not the same.
func TestNothingIsSharedBetweenControllers(t *testing.T) {
	b := newBed(t)
	b.insertBare("one", "avi_adc")
	b.insertBare("other", "another")
	claims := b.claim("worker")
	for _, c := range claims {
		b.check(b.Intend(t.Context(), c, []store.Item{certificate()}))
	}
	for _, c := range claims {
		last, err := b.GiveUp(t.Context(), c, certificate())
		b.check(err)
		if !last {
			t.Errorf("%s is said to share it", c.LoadBalancerID)
		}
	}
}

// Nothing that is kept names a Controller: when its address changes, who shares what does not.
func TestAnotherAddressChangesNoSharer(t *testing.T) {
	b := newBed(t)
	before, after := b.replica(oneController()), b.replica(map[string]string{"avi_adc": "moved", "gold": "moved"})
	b.insertBare("one", "avi_adc")
	b.insertBare("other", "gold")
	claims := b.claim("worker")
	for _, c := range claims {
		b.check(before.Intend(t.Context(), c, []store.Item{certificate()}))
	}
	for i, c := range claims {
		last, err := after.GiveUp(t.Context(), c, certificate())
		b.check(err)
		if last != (i == 1) {
			t.Errorf("number %d to give it up is said to be the last: %t", i+1, last)
		}
	}
}

// A provider can find left over what another provider of its Controller could not delete; whoever takes it has it swept no more.
func TestLeftoversOfOtherProvidersAreTaken(t *testing.T) {
	b := newBed(t)
	s := b.replica(oneController())
	b.insertBare("one", "avi_adc")
	c := b.claimOne("worker")
	b.check(s.Intend(t.Context(), c, []store.Item{certificate()}))
	last, err := s.GiveUp(t.Context(), c, certificate())
	b.check(err)
	if !last {
		t.Fatal("somebody else is said to have it")
	}
	b.check(s.Succeed(t.Context(), c, []store.Change{{Item: certificate(), Gone: true, Left: true}}))
	b.insertBare("other", "gold")
	b.clock.advance(2 * time.Hour)
	claimed, err := s.ClaimLeftovers(t.Context(), 10)
	b.check(err)
	if len(claimed) != 1 || claimed[0].Provider != "avi_adc" {
		t.Fatalf("left over are %+v", claimed)
	}
	c = b.claimOne("worker")
	if err := s.Intend(t.Context(), c, []store.Item{certificate()}); !errors.Is(err, store.ErrShareBusy) {
		t.Errorf("while it is being deleted, the other provider can take it: %v", err)
	}
	b.check(s.LeftoverStays(t.Context(), claimed[0]))
	b.check(s.Intend(t.Context(), c, []store.Item{certificate()}))
	b.clock.advance(2 * time.Hour)
	if claimed, err = s.ClaimLeftovers(t.Context(), 10); err != nil || len(claimed) != 0 {
		t.Errorf("what the other provider has is swept away: %v, %v", claimed, err)
	}
}

// What load balancers of another provider have brought to the Controller is known there, and of another Controller it is not.
func TestWhatIsSharedIsKnownAtItsController(t *testing.T) {
	b := newBed(t)
	s := b.replica(map[string]string{"avi_adc": "one", "gold": "one", "far": "another"})
	for _, provider := range []string{"avi_adc", "gold", "far"} {
		b.insertBare("of "+provider, provider)
	}
	for _, c := range b.claim("worker") {
		if c.Provider == "avi_adc" {
			made := certificate()
			made.Applied = `{"name":"www"}`
			b.check(s.Retry(t.Context(), c, []store.Change{{Item: made}}, 0, ""))
		}
	}
	for provider, want := range map[string]bool{"avi_adc": false, "gold": true, "far": false} {
		item, found, err := s.SharedItem(t.Context(), certificate().Type, certificate().UUID, "of "+provider)
		b.check(err)
		if found != want || found && item.Applied != `{"name":"www"}` {
			t.Errorf("the load balancer of %s finds %t: %+v", provider, found, item)
		}
	}
}
