package worker_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// sctp makes a listener, a pool and a monitor that speak SCTP.
func (s *story) sctp() (listener, pool, monitor error) {
	ctx := s.t.Context()
	l, listener := s.Service.CreateListener(ctx, s.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(s.lb), Protocol: lbaas.Given(lbaas.ListenerSCTP), ProtocolPort: lbaas.Given(80),
	})
	s.Settle(s.t)
	in := lbaas.PoolInput{LoadBalancerID: lbaas.Given(s.lb), Protocol: lbaas.Given(lbaas.PoolSCTP), Algorithm: lbaas.Given(lbaas.RoundRobin)}
	if listener == nil {
		s.listener, in.ListenerID = l.ID, lbaas.Given(l.ID)
	}
	p, pool := s.Service.CreatePool(ctx, s.Caller, in)
	s.Settle(s.t)
	if pool == nil {
		s.pool = p.ID
	}
	h, monitor := s.Service.CreateHealthMonitor(ctx, s.Caller, lbaas.HealthMonitorInput{
		PoolID: lbaas.Given(s.pool), Type: lbaas.Given(lbaas.MonitorSCTP), Delay: lbaas.Given(5), Timeout: lbaas.Given(3), MaxRetries: lbaas.Given(2),
	})
	s.Settle(s.t)
	s.monitor = h.ID
	return listener, pool, monitor
}

func TestSCTP(t *testing.T) {
	s := begin(t, testbed.Options{})
	if err := errors.Join(all(s.sctp())...); err != nil {
		t.Fatal(err)
	}
	s.mustBeActive()
	if ref, _ := s.get("virtualservice", s.vsUUID())["network_profile_ref"].(string); !strings.HasSuffix(ref, "#System-SCTP-Proxy") {
		t.Errorf("the virtual service has the network profile %s", ref)
	}
	if typ := s.get("healthmonitor", s.monitorUUID())["type"]; typ != "HEALTH_MONITOR_SCTP" {
		t.Errorf("the monitor is a %v", typ)
	}
}

func all(errs ...error) []error { return errs }

// What the Controller's version lacks is refused by its name and by the version that has it.
func TestWhatAVersionLacksIsRefused(t *testing.T) {
	s := begin(t, testbed.Options{Simulator: avisim.Options{Version: "20.1.6"}})
	listener, pool, monitor := s.sctp()
	policy := s.addPolicy(reject(), path(lbaas.L7EqualTo, "/a"))
	withQuery := lbaas.L7PolicyInput{
		ListenerID: lbaas.Given(s.listener), Action: lbaas.Given(lbaas.L7RedirectToURL), RedirectURL: lbaas.Given("http://a.example.org/?b=c"),
	}
	_, create := s.Service.CreateL7Policy(t.Context(), s.Caller, withQuery)
	_, update := s.Service.UpdateL7Policy(t.Context(), s.Caller, policy, lbaas.L7PolicyInput{RedirectURL: withQuery.RedirectURL})
	for _, test := range []struct {
		err  error
		text string
	}{
		{listener, "a listener with protocol SCTP before Avi's API version 22.1.3"},
		{pool, "a pool with protocol SCTP before Avi's API version 22.1.3"},
		{monitor, "a health monitor of type SCTP before Avi's API version 22.1.3"},
		{create, "a query (?…) in redirect_url of an L7 policy before Avi's API version 21.1.1"},
		{update, "a query (?…) in redirect_url of an L7 policy before Avi's API version 21.1.1"},
	} {
		if message, _, _ := lbaas.MessageFor(test.err); !errors.Is(test.err, lbaas.KindUnsupported) || !strings.HasSuffix(message, test.text) {
			t.Errorf("said %q, want %q", message, test.text)
		}
	}
	s.updatePolicy(policy, lbaas.L7PolicyInput{RedirectURL: lbaas.Given("http://a.example.org/b")})
	s.mustBeActive()
}
