package worker_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

// interruption does something in the middle of a request to the Controller, once.
type interruption struct {
	mu    sync.Mutex
	count int // requests so far
	at    int // 0: never
	phase string
	do    func()
}

func (i *interruption) onRequest(_ int, _ *http.Request, phase string) {
	i.mu.Lock()
	if phase == avisim.PhaseBefore {
		i.count++
	}
	do := i.do
	if do == nil || i.count != i.at || phase != i.phase {
		do = nil
	} else {
		i.do = nil
	}
	i.mu.Unlock()
	if do != nil {
		do()
	}
}

// arm has do happen at a request from now on.
func (i *interruption) arm(at int, phase string, do func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.count, i.at, i.phase, i.do = 0, at, phase, do
}

// happened says whether it did.
func (i *interruption) happened() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.do == nil
}

// sharing is two load balancers of one project, the second worked by another replica, and one certificate.
type sharing struct {
	*tlsStory
	in      *interruption
	replica *worker.Worker
	ref     string
}

func beginSharing(t *testing.T) *sharing {
	t.Helper()
	s := &sharing{in: &interruption{}}
	s.tlsStory = beginTLS(t, func(o *testbed.Options) {
		o.Simulator.Engine, o.Simulator.OnRequest = nil, s.in.onRequest
		o.Clouds = map[string]string{gold: "Default-Cloud"}
	})
	options := s.Worker.Options
	options.Owner = "replica"
	s.replica = worker.New(options)
	s.ref = s.contain(s.ca.issue("shared", "www.example.com"))
	return s
}

// gold is another provider of the same Controller.
const gold = "gold"

// another makes a load balancer of a provider with its own address; uses gives one a listener with the certificate.
func (s *sharing) another(provider, address string) string {
	s.t.Helper()
	lb, err := s.Service.CreateLoadBalancer(s.t.Context(), s.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given(address), Provider: lbaas.Given(provider),
	})
	s.settled(err)
	return lb.ID
}

func (s *sharing) uses(lb string) {
	s.t.Helper()
	in := s.listenerInput(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(s.ref)})
	in.LoadBalancerID, in.DefaultPoolID = lbaas.Given(lb), lbaas.Attr[string]{}
	_, err := s.Service.CreateListener(s.t.Context(), s.Caller, in)
	s.ok(err)
}

func (s *sharing) drop(lb string) {
	s.t.Helper()
	s.ok(s.Service.DeleteLoadBalancer(s.t.Context(), s.Caller, lb, true))
}

// failures are requests that the Controller refused because an object was missing, or still in use.
func (s *sharing) failures() []string {
	var failed []string
	for _, r := range s.Sim.Requests() {
		missing := r.Method == http.MethodPost && r.Status != http.StatusCreated && r.Status != http.StatusConflict
		if missing || r.Method == http.MethodDelete && r.Status != http.StatusNoContent {
			failed = append(failed, fmt.Sprintf("%s %s: %d", r.Method, r.Type, r.Status))
		}
	}
	return failed
}

// Two load balancers, of one provider or of two providers of one Controller, meet over one certificate, at every request and in every
// way: one gives it up while the other begins to use it, begins while the other gives up, or gives it up too. It is there for whoever
// uses it, is never missed, and goes with the last.
func TestSharersMeetAtEveryRequest(t *testing.T) {
	t.Parallel()
	s := beginSharing(t)
	s.drop(s.lb) // the story's own
	s.settled(nil)
	for name, meet := range map[string]meeting{
		"one gives up, the other begins": func(first, second string) (func(), func()) {
			s.uses(first)
			s.settled(nil)
			return func() { s.drop(first) }, func() { s.uses(second) }
		},
		"one begins, the other gives up": func(first, second string) (func(), func()) {
			s.uses(second)
			s.settled(nil)
			return func() { s.uses(first) }, func() { s.drop(second) }
		},
		"both give up": func(first, second string) (func(), func()) {
			s.uses(first)
			s.uses(second)
			s.settled(nil)
			return func() { s.drop(first) }, func() { s.drop(second) }
		},
	} {
		meetings := 0
		for at := 1; s.meetAt(name, at, avisim.PhaseBefore, meet) && s.meetAt(name, at, avisim.PhaseAfter, meet); at += stride {
			meetings++
		}
		if meetings*stride < 2 {
			t.Errorf("%s: they met at %d requests only", name, meetings)
		}
	}
}

// meeting says, of two new load balancers, what the first is worked for, and what happens in the middle of that.
type meeting func(first, second string) (begin, interrupt func())

// meetAt has the second load balancer worked in the middle of a request that is made for the first; false when the first makes
// fewer requests.
func (s *sharing) meetAt(name string, at int, phase string, meet meeting) bool {
	s.t.Helper()
	other := testbed.Provider
	if (at%2 == 0) == (phase == avisim.PhaseBefore) {
		other = gold
	}
	first, second := s.another(testbed.Provider, "127.0.0.1"), s.another(other, "127.0.0.2")
	begin, interrupt := meet(first, second)
	s.Sim.ResetRequests()
	begin()
	s.in.arm(at, phase, func() {
		interrupt()
		s.ok(s.replica.Drain(s.t.Context()))
	})
	s.settled(nil)
	happened := s.in.happened()
	s.in.arm(0, "", nil)
	s.wantCertificateOfUsers(name, at, phase, first, second)
	return happened
}

// wantCertificateOfUsers wants the certificate to be there if and only if one of the load balancers uses it, and ends them.
func (s *sharing) wantCertificateOfUsers(name string, at int, phase string, ids ...string) {
	s.t.Helper()
	if failed := s.failures(); len(failed) > 0 {
		s.t.Errorf("%s, %s request %d: the Controller refused %s", name, phase, at, strings.Join(failed, ", "))
	}
	wanted := 0
	for _, id := range ids {
		tree, err := s.Service.LoadBalancerTree(s.t.Context(), s.Caller, id)
		if err == nil && len(tree.Listeners) > 0 {
			wanted = 1
			if tree.LoadBalancer.ProvisioningStatus != lbaas.Active {
				s.t.Errorf("%s, %s request %d: %s is %s", name, phase, at, id, tree.LoadBalancer.StatusReason)
			}
		}
		if err == nil {
			defer s.settled(nil)
			defer s.drop(id)
		}
	}
	if n := len(s.ofType("sslkeyandcertificate")); n != wanted {
		s.t.Fatalf("%s, %s request %d: %d certificates, want %d", name, phase, at, n, wanted)
	}
}

// A certificate that somebody's own virtual service refers to stays when the last load balancer goes, and goes when that does.
func TestCertificatesThatAreUsedByHandGoLater(t *testing.T) {
	s := beginTLS(t)
	s.addListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(s.contain(s.ca.issue("www", "www.example.com")))})
	s.mustBeActive()
	tenant := translate.TenantUUID(project)
	var uuid string
	for found := range s.ofType("sslkeyandcertificate") {
		uuid = found // there is one
	}
	own, err := s.Client.Create(t.Context(), tenant, "virtualservice", "", avi.Object{
		"name": "by hand", "vip": []any{map[string]any{"vip_id": "0", "ip_address": map[string]any{"addr": "127.0.0.3", "type": "V4"}}}, "services": []any{map[string]any{"port": 443, "enable_ssl": true}},
		"ssl_key_and_certificate_refs": []any{"/api/sslkeyandcertificate/" + uuid},
	})
	s.ok(err)
	s.settled(s.Service.DeleteLoadBalancer(t.Context(), s.Caller, s.lb, true))
	there := func() bool { return s.Objects()["sslkeyandcertificate/"+uuid] != nil }
	if !there() {
		t.Fatal("the certificate is gone, and a virtual service refers to it")
	}
	s.ok(s.Worker.SweepLeftovers(t.Context()))
	db, err := sql.Open("sqlite", s.DatabasePath)
	s.ok(err)
	defer db.Close()
	later := func() {
		_, err := db.ExecContext(t.Context(), "UPDATE shared_objects SET busy_until = 0")
		s.ok(err)
	}
	later()
	s.ok(s.Worker.SweepLeftovers(t.Context()))
	if !there() {
		t.Fatal("the sweep removed what is in use")
	}
	s.ok(s.Client.Delete(t.Context(), tenant, "virtualservice", own.UUID()))
	later()
	s.ok(s.Worker.SweepLeftovers(t.Context()))
	if there() {
		t.Error("the certificate is still there, and nothing refers to it")
	}
	s.Sim.ResetRequests()
	later()
	s.ok(s.Worker.SweepLeftovers(t.Context()))
	if sent := s.Sim.Requests(); len(sent) != 0 {
		t.Errorf("what is gone is looked for again: %v", sent)
	}
}
