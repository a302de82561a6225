package worker_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// What passes by itself is waited for: the load balancer stays PENDING, says why, and gets there in the end.
func TestPassingTroubleIsWaitedFor(t *testing.T) {
	t.Parallel()
	fail := func(status int, body string) avisim.Fault {
		return avisim.Fault{Action: avisim.FaultFail, Status: status, Body: body}
	}
	tests := map[string]avisim.Fault{
		"connection refused":            {Action: avisim.FaultDropBefore},
		"answer lost":                   {Action: avisim.FaultDropAfter},
		"slow beyond the timeout":       {Action: avisim.FaultDelay, Delay: 700 * time.Millisecond},
		"session expired":               fail(http.StatusUnauthorized, `{"error":"Authentication credentials were not provided."}`),
		"password changed, 419":         fail(419, `{"error":"session expired"}`),
		"starting up, plain text":       fail(http.StatusServiceUnavailable, "503 Service Temporarily Unavailable"),
		"bad gateway, HTML":             fail(http.StatusBadGateway, "<html><body><h1>502 Bad Gateway</h1></body></html>"),
		"upgrade":                       fail(http.StatusForbidden, `{"error":"Configuration is disallowed during upgrade"}`),
		"record not found":              fail(http.StatusInternalServerError, `{"error":"record not found"}`),
		"tenant not imported yet":       fail(http.StatusForbidden, `{"error":"tenant uuid tenant-x does not exist"}`),
		"no address free yet":           fail(http.StatusBadRequest, `{"error":"No available free IPs"}`),
		"too many requests":             fail(http.StatusTooManyRequests, ""),
		"referenced object not there":   fail(http.StatusBadRequest, `{"error":"VrfContext object not found!"}`),
		"someone else writes, 412":      fail(http.StatusPreconditionFailed, `{"error":"Need to reload object data Pool"}`),
		"concurrent creation, name 409": fail(http.StatusConflict, `{"error":"Pool with this Name, Tenant ref and Cloud ref already exists."}`),
	}
	for name, fault := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, testbed.Options{RequestTimeout: 500 * time.Millisecond})
			fault.Type, fault.Count = "pool", 2
			if err := s.Sim.AddFault(fault); err != nil {
				t.Fatal(err)
			}
			s.addMember("10.0.0.23")
			s.updatePool(lbaas.PoolInput{Description: lbaas.Given("after the trouble")})
			s.mustBeActive()
			o := s.get("pool", s.poolUUID())
			if n := len(at(o, "servers").([]any)); n != 3 {
				t.Errorf("%d servers, want 3", n)
			}
			if o["description"] != "after the trouble" {
				t.Errorf("description is %v", o["description"])
			}
		})
	}
}

// While it waits, the load balancer is PENDING and refuses changes, and the reason can be read.
func TestPendingSaysWhy(t *testing.T) {
	s := begin(t, testbed.Options{})
	if err := s.Sim.AddFault(avisim.Fault{Type: "pool", Action: avisim.FaultFail, Status: 503, Body: "Controller is initializing"}); err != nil {
		t.Fatal(err)
	}
	in := lbaas.PoolInput{Description: lbaas.Given("x")}
	if _, err := s.Service.UpdatePool(t.Context(), s.Caller, s.pool, in); err != nil {
		t.Fatal(err)
	}
	if err := s.Worker.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	status, reason := s.status()
	if status != lbaas.PendingUpdate || !strings.Contains(reason, "Controller is initializing") {
		t.Errorf("status %s, reason %q", status, reason)
	}
	_, err := s.Service.UpdatePool(t.Context(), s.Caller, s.pool, in)
	if message, kind, ok := lbaas.MessageFor(err); !ok || kind != lbaas.KindImmutable {
		t.Errorf("a change meanwhile: %v %q", kind, message)
	}
	if n, err := testutil.GatherAndCount(s.Metrics, "avi_lbaas_reconcile_attempts_total"); err != nil || n < 2 {
		t.Errorf("the metric has %d outcomes (%v), want ok and the failure", n, err)
	}
	s.Sim.ClearFaults()
	s.Settle(t)
	s.mustBeActive()
	if _, reason := s.status(); reason != "" {
		t.Errorf("the reason outlives the trouble: %q", reason)
	}
}

// What cannot pass by itself ends in ERROR, in the Controller's own words; the next update or a resync repairs it.
func TestRefusalIsAnErrorUntilRepaired(t *testing.T) {
	t.Parallel()
	repairs := map[string]func(*story){
		"the user's next update": func(s *story) { s.updateMember(s.memberA, lbaas.MemberInput{Weight: lbaas.Given(9)}) },
		"an update of another object": func(s *story) {
			s.updateListener(lbaas.ListenerInput{ConnectionLimit: lbaas.Given(9)})
		},
		"an operator's resync": func(s *story) { s.settled(s.Store.Resync(s.t.Context(), s.lb)) },
	}
	for name, repair := range repairs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, testbed.Options{})
			words := "Pool p1: the operator of this Controller forbids it"
			err := s.Sim.AddFault(avisim.Fault{Type: "pool", Action: avisim.FaultFail, Status: 400, Body: `{"error":"` + words + `"}`})
			if err != nil {
				t.Fatal(err)
			}
			s.updatePool(lbaas.PoolInput{Description: lbaas.Given("new")})
			status, reason := s.status()
			if status != lbaas.ErrorStatus || !strings.Contains(reason, words) {
				t.Errorf("status %s, reason %q", status, reason)
			}
			s.Sim.ClearFaults()
			repair(s)
			s.mustBeActive()
			if got := s.get("pool", s.poolUUID())["description"]; got != "new" {
				t.Errorf("the change that failed is not made up for: %v", got)
			}
		})
	}
}

// A deletion that failed is not forgotten: the object is not brought back, and the next attempt deletes it.
func TestFailedDeletionIsTakenUpAgain(t *testing.T) {
	s := begin(t, testbed.Options{})
	err := s.Sim.AddFault(avisim.Fault{Method: "DELETE", Type: "virtualservice", Action: avisim.FaultFail, Status: 400, Body: `{"error":"not now"}`})
	if err != nil {
		t.Fatal(err)
	}
	s.settled(s.Service.DeleteListener(t.Context(), s.Caller, s.listener))
	if status, _ := s.status(); status != lbaas.ErrorStatus {
		t.Fatalf("status %s", status)
	}
	s.Sim.ClearFaults()
	s.updateLoadBalancer(lbaas.LoadBalancerInput{Description: lbaas.Given("go on")})
	for key := range s.Objects() {
		if strings.HasPrefix(key, "virtualservice/") || strings.HasPrefix(key, "pool/") {
			t.Errorf("%s is still there", key)
		}
	}
	if n := len(s.Tree(t, s.lb).Listeners); n != 0 {
		t.Errorf("%d listeners are left", n)
	}
}

// An object of ours that someone removed at the Controller comes back with a resync, and what refers to it too.
func TestResyncBringsBackWhatWasRemoved(t *testing.T) {
	s := begin(t, testbed.Options{})
	for _, o := range []struct{ typ, uuid string }{{"virtualservice", s.vsUUID()}, {"pool", s.poolUUID()}, {"healthmonitor", s.monitorUUID()}} {
		if err := s.Client.Delete(t.Context(), tenant(), o.typ, o.uuid); err != nil {
			t.Fatal(err)
		}
	}
	s.settled(s.Store.Resync(t.Context(), s.lb))
	s.mustBeActive()
	if n := len(at(s.get("pool", s.poolUUID()), "servers").([]any)); n != 2 {
		t.Errorf("the pool came back with %d servers", n)
	}
	s.get("virtualservice", s.vsUUID())
}

// Accounts lock after some failed logins: a wrong password is not tried again and again.
func TestWrongPasswordIsNotHammered(t *testing.T) {
	s := begin(t, testbed.Options{})
	s.Sim.ResetRequests()
	if err := s.Sim.ChangePassword("another one"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Service.UpdatePool(t.Context(), s.Caller, s.pool, lbaas.PoolInput{Description: lbaas.Given("x")}); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(200 * time.Millisecond); time.Now().Before(deadline); {
		if err := s.Worker.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	logins := 0
	for _, r := range s.Sim.Requests() {
		if strings.Contains(r.Path, "login") {
			logins++
		}
	}
	if logins != 1 {
		t.Errorf("%d logins with the wrong password, want 1", logins)
	}
	if status, reason := s.status(); status != lbaas.PendingUpdate || !strings.Contains(strings.ToLower(reason), "credentials") {
		t.Errorf("status %s, reason %q", status, reason)
	}
}

// Names are the user's; two load balancers of one name in a project both work.
func TestEqualNamesDoNotCollide(t *testing.T) {
	s := begin(t, testbed.Options{})
	first := s.vsUUID()
	lb, err := s.Service.CreateLoadBalancer(t.Context(), s.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), Name: lbaas.Given("web"), VIPAddress: lbaas.Given("10.0.0.11"),
	})
	s.settled(err)
	s.lb = lb.ID
	s.addListener()
	s.mustBeActive()
	if got := s.get("virtualservice", first)["name"]; got != "web:l1" {
		t.Errorf("the first one's name changed to %v", got)
	}
	if got, want := s.get("virtualservice", s.vsUUID())["name"], "web:l1-"+s.listener[:8]; got != want {
		t.Errorf("the second one's name is %v, want %v", got, want)
	}
	if got, want := s.get("vsvip", s.vsVipUUID())["name"], "vsvip-web-"+s.lb[:8]; got != want {
		t.Errorf("the second one's VsVip is %v, want %v", got, want)
	}
	s.Sim.ResetRequests()
	s.updateListener(lbaas.ListenerInput{ConnectionLimit: lbaas.Given(5)})
	for _, r := range s.Sim.Requests() {
		if r.Status == http.StatusConflict {
			t.Errorf("the free name is tried again at each update: %s %s", r.Method, r.Path)
		}
	}
}

// What a version lacks is not sent; our mark is where the version has a place for it.
func TestOldestVersion(t *testing.T) {
	for version, marked := range map[string]bool{avi.OldestAPIVersion: false, "20.1.5": true, "": true} {
		t.Run("version "+version, func(t *testing.T) {
			s := begin(t, testbed.Options{APIVersion: version})
			s.mustBeActive()
			if got := s.get("pool", s.poolUUID())["created_by"]; got != "avi-lbaas" {
				t.Errorf("created_by is %v", got)
			}
			if got := at(s.get("healthmonitor", s.monitorUUID()), "markers", 0, "key") != nil; got != marked {
				t.Errorf("markers: %v, want %v", got, marked)
			}
		})
	}
}
