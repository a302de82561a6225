package worker_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// tlsLife takes a listener through everything that makes, changes and removes TLS objects. look is called whenever all is settled.
func tlsLife(s *tlsStory, look func(step string)) {
	a, b, c := s.contain(s.ca.issue("a", "a.example.com")), s.contain(s.ca.issue("b", "b.example.com")), s.contain(s.ca.issue("c", "c.example.com"))
	ca := s.keep(s.ca.pem(), false)
	s.addListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(a), SNIContainerRefs: lbaas.Given([]string{b})})
	look("created")
	s.updateListener(lbaas.ListenerTLSInput{
		SNIContainerRefs: lbaas.Given([]string{c}), ClientCATLSContainerRef: lbaas.Given(ca), HSTSMaxAge: lbaas.Given(0),
		ClientAuthentication: lbaas.Given(lbaas.ClientAuthOptional), TLSVersions: lbaas.Given([]lbaas.TLSVersion{lbaas.TLSv13}),
	})
	look("another SNI container, profiles")
	s.renew(a, s.ca.issue("a2", "a.example.com"))
	s.updateListener(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef: lbaas.Given(a), SNIContainerRefs: lbaas.GivenNull[[]string](), HSTSMaxAge: lbaas.GivenNull[int](),
		ClientAuthentication: lbaas.GivenNull[lbaas.ClientAuthentication](), TLSVersions: lbaas.GivenNull[[]lbaas.TLSVersion](),
	})
	look("renewed, no SNI, no profiles")
	s.settled(s.Service.DeleteLoadBalancer(s.t.Context(), s.Caller, s.lb, true))
	look("deleted")
}

// counts are the numbers of our objects by type.
func (s *tlsStory) counts() map[string]int {
	counts := map[string]int{}
	for key := range s.Objects() {
		typ, _, _ := strings.Cut(key, "/")
		counts[typ]++
	}
	return counts
}

// A process that dies in the middle leaves objects of which nothing is known but that they may be there: the same end.
func TestTLSObjectsSurviveCrashes(t *testing.T) {
	var want, got []map[string]int
	undisturbed := beginTLS(t)
	tlsLife(undisturbed, func(string) { want = append(want, undisturbed.counts()) })
	s := beginTLS(t)
	db, err := sql.Open("sqlite", s.DatabasePath)
	s.ok(err)
	defer db.Close()
	s.accepted = func() {
		_, err := db.ExecContext(t.Context(), "UPDATE avi_objects SET applied = ''")
		s.ok(err)
	}
	tlsLife(s, func(step string) {
		if step != "deleted" {
			s.mustBeActive()
		}
		got = append(got, s.counts())
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whichever answer is lost, and whichever request never arrives, the end is the same, and nothing is left over.
func TestTLSObjectsSurviveLostRequests(t *testing.T) {
	t.Parallel()
	var want []map[string]int
	undisturbed := beginTLS(t)
	undisturbed.Sim.ResetRequests()
	tlsLife(undisturbed, func(string) { want = append(want, undisturbed.counts()) })
	requests := len(undisturbed.Sim.Requests())
	for _, action := range []avisim.FaultAction{avisim.FaultDropAfter, avisim.FaultDropBefore} {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			for n := 1; n <= requests; n += stride * (1 + n%2) {
				s := beginTLS(t)
				s.ok(s.Sim.AddFault(avisim.Fault{Action: action, Nth: n, Count: 1}))
				var got []map[string]int
				tlsLife(s, func(step string) {
					if step != "deleted" {
						s.mustBeActive()
					}
					got = append(got, s.counts())
				})
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("request %d disturbed (-want +got):\n%s", n, diff)
				}
			}
		})
	}
}
