package worker_test

import (
	"flag"
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// TestMain sets how many cases a property is tried on; the command line may say otherwise.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", cases); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

const project = "9f1b2c3d4e5f40718293a4b5c6d7e8f9"

// story is a load balancer with an HTTP listener, a pool with a monitor, and two members, and the steps that a user takes with
// it. Every step ends with the load balancer settled.
type story struct {
	*testbed.Bed
	t *testing.T

	lb, listener, pool, monitor, memberA, memberB string
}

// begin tells the story up to where everything is ACTIVE.
func begin(t *testing.T, o testbed.Options) *story {
	t.Helper()
	s := &story{Bed: testbed.New(t, o), t: t}
	lb, err := s.Service.CreateLoadBalancer(t.Context(), s.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), Name: lbaas.Given("web"), VIPAddress: lbaas.Given("10.0.0.10"),
	})
	s.settled(err)
	s.lb = lb.ID
	s.addListener()
	s.addPool()
	s.addMonitor()
	s.memberA, s.memberB = s.addMember("10.0.0.21"), s.addMember("10.0.0.22")
	return s
}

func (s *story) settled(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
	s.Settle(s.t)
}

func (s *story) addListener() {
	s.t.Helper()
	l, err := s.Service.CreateListener(s.t.Context(), s.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(s.lb), Name: lbaas.Given("l1"), Protocol: lbaas.Given(lbaas.ListenerHTTP),
		ProtocolPort: lbaas.Given(80),
	})
	s.settled(err)
	s.listener = l.ID
}

func (s *story) addPool() {
	s.t.Helper()
	p, err := s.Service.CreatePool(s.t.Context(), s.Caller, lbaas.PoolInput{
		ListenerID: lbaas.Given(s.listener), Name: lbaas.Given("p1"), Protocol: lbaas.Given(lbaas.PoolHTTP),
		Algorithm: lbaas.Given(lbaas.RoundRobin),
	})
	s.settled(err)
	s.pool = p.ID
}

func (s *story) addMonitor() {
	s.t.Helper()
	h, err := s.Service.CreateHealthMonitor(s.t.Context(), s.Caller, lbaas.HealthMonitorInput{
		PoolID: lbaas.Given(s.pool), Type: lbaas.Given(lbaas.MonitorHTTP), Delay: lbaas.Given(5), Timeout: lbaas.Given(3),
		MaxRetries: lbaas.Given(2), MaxRetriesDown: lbaas.Given(3),
	})
	s.settled(err)
	s.monitor = h.ID
}

func (s *story) addMember(address string) string {
	s.t.Helper()
	m, err := s.Service.CreateMember(s.t.Context(), s.Caller, lbaas.MemberInput{
		PoolID: lbaas.Given(s.pool), Address: lbaas.Given(address), ProtocolPort: lbaas.Given(8080),
	})
	s.settled(err)
	return m.ID
}

func (s *story) updateLoadBalancer(in lbaas.LoadBalancerInput) {
	s.t.Helper()
	_, err := s.Service.UpdateLoadBalancer(s.t.Context(), s.Caller, s.lb, in)
	s.settled(err)
}

func (s *story) updateListener(in lbaas.ListenerInput) {
	s.t.Helper()
	_, err := s.Service.UpdateListener(s.t.Context(), s.Caller, s.listener, in)
	s.settled(err)
}

func (s *story) updatePool(in lbaas.PoolInput) {
	s.t.Helper()
	_, err := s.Service.UpdatePool(s.t.Context(), s.Caller, s.pool, in)
	s.settled(err)
}

func (s *story) updateMonitor(in lbaas.HealthMonitorInput) {
	s.t.Helper()
	_, err := s.Service.UpdateHealthMonitor(s.t.Context(), s.Caller, s.monitor, in)
	s.settled(err)
}

func (s *story) updateMember(id string, in lbaas.MemberInput) {
	s.t.Helper()
	_, err := s.Service.UpdateMember(s.t.Context(), s.Caller, s.pool, id, in)
	s.settled(err)
}

func (s *story) deleteMember(id string) {
	s.t.Helper()
	s.settled(s.Service.DeleteMember(s.t.Context(), s.Caller, s.pool, id))
}

// status of the load balancer, with the reason for it.
func (s *story) status() (lbaas.ProvisioningStatus, string) {
	s.t.Helper()
	lb := s.Tree(s.t, s.lb).LoadBalancer
	return lb.ProvisioningStatus, lb.StatusReason
}

// mustBeActive wants the load balancer and all that hangs from it ACTIVE.
func (s *story) mustBeActive() {
	s.t.Helper()
	const want = lbaas.Active
	tree := s.Tree(s.t, s.lb)
	if got := tree.LoadBalancer.ProvisioningStatus; got != want {
		s.t.Errorf("load balancer is %s (%s), not %s", got, tree.LoadBalancer.StatusReason, want)
	}
	for _, l := range tree.Listeners {
		if l.ProvisioningStatus != want {
			s.t.Errorf("listener is %s, not %s", l.ProvisioningStatus, want)
		}
	}
	for _, p := range tree.Pools {
		if p.ProvisioningStatus != want {
			s.t.Errorf("pool is %s, not %s", p.ProvisioningStatus, want)
		}
	}
}

// The uuids of the story's objects at the Controller.
func (s *story) vsUUID() string      { return translate.VirtualServiceUUID(s.listener) }
func (s *story) poolUUID() string    { return translate.PoolUUID(s.pool, s.listener) }
func (s *story) monitorUUID() string { return translate.HealthMonitorUUID(s.monitor) }
func (s *story) vsVipUUID() string   { return translate.VsVipUUID(s.lb) }

func tenant() string { return translate.TenantUUID(project) }

// get reads an object at the Controller.
func (s *story) get(typ, uuid string) avi.Object {
	s.t.Helper()
	o, err := s.Client.Get(s.t.Context(), tenant(), typ, uuid)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

// edit changes an object by hand, as an operator does at the Controller.
func (s *story) edit(typ, uuid string, change func(avi.Object)) {
	s.t.Helper()
	o := s.get(typ, uuid)
	change(o)
	if _, err := s.Client.Replace(s.t.Context(), tenant(), typ, uuid, o); err != nil {
		s.t.Fatalf("edit by hand: %v", err)
	}
}

// at walks into an object: names for messages, numbers for list entries.
func at(value any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			switch m := value.(type) {
			case map[string]any:
				value = m[p]
			case avi.Object:
				value = m[p]
			default:
				return nil
			}
		case int:
			list, _ := value.([]any)
			if p >= len(list) {
				return nil
			}
			value = list[p]
		}
	}
	return value
}

// scalar is a value of an object as a text.
func scalar(value any) string { return fmt.Sprint(value) }

func put(value any, to any, path ...any) {
	last := path[len(path)-1].(string)
	switch m := at(value, path[:len(path)-1]...).(type) {
	case map[string]any:
		m[last] = to
	case avi.Object:
		m[last] = to
	}
}
