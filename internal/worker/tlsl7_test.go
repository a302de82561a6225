package worker_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

// What a listener asks of requests holds whichever certificate serves the client: children have none of their parent's policies
// at the Controller, and pools of their own.
func TestPoliciesHoldForEveryCertificate(t *testing.T) {
	s := beginTLS(t)
	shop := s.contain(s.ca.issue("shop", "shop.example.com"))
	s.addListener(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef: lbaas.Given(s.contain(s.ca.issue("default", "www.example.com"))),
		SNIContainerRefs:       lbaas.Given([]string{shop}),
	})
	other := s.otherPool()
	s.addPolicy(reject(), "/admin")
	s.addPolicy(toPool(other), "/other")
	_, err := s.Service.UpdateListener(t.Context(), s.Caller, s.listener, lbaas.ListenerInput{
		InsertHeaders: lbaas.Given(map[string]string{"X-Forwarded-Proto": "true", "X-Forwarded-For": "true"}),
		AllowedCIDRs:  lbaas.Given([]string{"127.0.0.0/8"}),
	})
	s.settled(err)
	s.mustBeActive()
	for _, name := range []string{"www.example.com", "shop.example.com"} {
		for path, want := range map[string]struct {
			status int
			body   string
		}{
			"/":        {http.StatusOK, "hello"},
			"/admin/x": {http.StatusForbidden, ""},
			"/other":   {http.StatusOK, "other, by https for 127.0.0.1"},
		} {
			got, err := s.getPath(name, path)
			if err != nil || got.status != want.status || !strings.HasPrefix(got.body, want.body) {
				t.Errorf("%s%s: %d %q (%v), want %d %q", name, path, got.status, got.body, err, want.status, want.body)
			}
		}
	}
	if sets, policies := s.ofType(translate.TypePolicySet), s.ofType(translate.TypeNetworkSecurity); len(sets) != 2 || len(policies) != 1 {
		t.Errorf("%d policy sets and %d network security policies, want 2 and 1", len(sets), len(policies))
	}
	// The network security policy lets clients in, or not, before it is known whom they want.
	_, err = s.Service.UpdateListener(t.Context(), s.Caller, s.listener, lbaas.ListenerInput{
		AllowedCIDRs: lbaas.Given([]string{"192.0.2.0/24"}),
	})
	s.settled(err)
	for _, name := range []string{"www.example.com", "shop.example.com"} {
		if got, err := s.getPath(name, "/"); err == nil {
			t.Errorf("%s: %d for a client from elsewhere", name, got.status)
		}
	}
	s.mustBeAsPlanned()
	s.updateListener(lbaas.ListenerTLSInput{SNIContainerRefs: lbaas.GivenNull[[]string]()})
	s.mustBeActive()
	if sets, pools := s.ofType(translate.TypePolicySet), s.ofType(translate.TypePool); len(sets) != 1 || len(pools) != 2 {
		t.Errorf("%d policy sets and %d pools are left of one virtual service, want 1 and 2", len(sets), len(pools))
	}
	s.settled(s.Service.DeleteLoadBalancer(t.Context(), s.Caller, s.lb, true))
	if left := s.Objects(); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

// otherPool is a pool whose one member tells what it heard of the client.
func (s *tlsStory) otherPool() string {
	s.t.Helper()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "other, by "+r.Header.Get("X-Forwarded-Proto")+" for "+r.Header.Get("X-Forwarded-For"))
	}))
	s.t.Cleanup(backend.Close)
	pool, err := s.Service.CreatePool(s.t.Context(), s.Caller, lbaas.PoolInput{
		LoadBalancerID: lbaas.Given(s.lb), Protocol: lbaas.Given(lbaas.PoolHTTP), Algorithm: lbaas.Given(lbaas.RoundRobin),
	})
	s.settled(err)
	address := netip.MustParseAddrPort(backend.Listener.Addr().String())
	_, err = s.Service.CreateMember(s.t.Context(), s.Caller, lbaas.MemberInput{
		PoolID: lbaas.Given(pool.ID), Address: lbaas.Given(address.Addr().String()), ProtocolPort: lbaas.Given(int(address.Port())),
	})
	s.settled(err)
	return pool.ID
}

// addPolicy gives the listener a policy for paths with that beginning.
func (s *tlsStory) addPolicy(in lbaas.L7PolicyInput, prefix string) {
	s.t.Helper()
	in.ListenerID = lbaas.Given(s.listener)
	p, err := s.Service.CreateL7Policy(s.t.Context(), s.Caller, in)
	s.settled(err)
	rule := path(lbaas.L7StartsWith, prefix)
	rule.PolicyID = lbaas.Given(p.ID)
	_, err = s.Service.CreateL7Rule(s.t.Context(), s.Caller, rule)
	s.settled(err)
}

// mustBeAsPlanned wants a preview to find nothing that differs, with what the store remembers alone.
func (s *tlsStory) mustBeAsPlanned() {
	s.t.Helper()
	standing, err := s.Store.Standing(s.t.Context(), s.lb)
	s.ok(err)
	_, wanted, err := s.Worker.Wanted(s.t.Context(), standing.Work)
	s.ok(err)
	effects, err := converge.Preview(s.t.Context(), s.Client, wanted, worker.KnownOf(standing.Inventory))
	s.ok(err)
	if len(effects) != 0 {
		s.t.Errorf("a plan of what was just carried out: %+v", effects)
	}
}
