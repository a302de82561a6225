package worker_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

func withPlacement() testbed.Options {
	return testbed.Options{Translate: translate.Options{PlacementNetworks: true}}
}

// placement are a pool's placement networks as "network subnet/mask", by the names of the site's networks.
func (s *site) placement(poolUUID string) []string {
	s.t.Helper()
	names := map[string]string{}
	for _, name := range []string{"a", "b", "shared"} {
		names[s.NetworkID(name)] = name
	}
	list, _ := s.read("pool", poolUUID)["placement_networks"].([]any)
	var found []string
	for _, entry := range list {
		ref, _ := at(entry, "network_ref").(string)
		id := ref[strings.LastIndex(ref, "/")+1 : strings.LastIndex(ref, "#")]
		mask := at(entry, "subnet", "mask")
		number, _ := mask.(interface{ String() string })
		found = append(found, names[id]+" "+at(entry, "subnet", "ip_addr", "addr").(string)+"/"+number.String())
	}
	return found
}

// The members' subnets are the pool's placement networks: each once, without those of members that name none, and gone with the
// last member of a subnet. Where they do not change, a member still costs one PATCH; where they do, the GET and PUT that the
// Python driver sent for every member.
func TestPlacementNetworks(t *testing.T) {
	s := newSite(t, withPlacement())
	l := s.listen(s.onFirst(), 80)
	pool := s.pool(l)
	uuid := translate.PoolUUID(pool, l)
	var six string
	for _, step := range []struct {
		name string
		do   func()
		sent []string
		want []string
	}{
		{"no subnet", func() { s.member(pool, "10.0.0.20", "") }, []string{"PATCH pool"}, nil},
		{"the first of a subnet", func() { s.member(pool, "10.0.0.21", subnetA) }, []string{"GET pool", "PUT pool"}, []string{"a 10.0.0.0/24"}},
		{"the second of a subnet", func() { s.member(pool, "10.0.0.22", subnetA) }, []string{"PATCH pool"}, []string{"a 10.0.0.0/24"}},
		{"IPv6", func() { six = s.member(pool, "2001:db8:1::21", subnetSix) }, []string{"GET pool", "PUT pool"}, []string{"a 2001:db8:1::/64", "a 10.0.0.0/24"}},
		{"the same CIDR again", func() { s.member(pool, "10.0.0.23", subnetB) }, []string{"GET pool", "PUT pool"}, []string{"a 2001:db8:1::/64", "a 10.0.0.0/24", "b 10.0.0.0/24"}},
		{"one goes", func() {
			s.must(s.Service.DeleteMember(t.Context(), s.Caller, pool, six))
			s.Settle(t)
		}, []string{"GET pool", "PUT pool"}, []string{"a 10.0.0.0/24", "b 10.0.0.0/24"}},
		{"a weight", func() {
			m := s.Tree(t, lbOf(t, s)).Members[1]
			_, err := s.Service.UpdateMember(t.Context(), s.Caller, pool, m.ID, lbaas.MemberInput{Weight: lbaas.Given(100)})
			s.must(err)
			s.Settle(t)
		}, []string{"PATCH pool"}, []string{"a 10.0.0.0/24", "b 10.0.0.0/24"}},
		{"all go", func() {
			for _, m := range s.Tree(t, lbOf(t, s)).Members {
				s.must(s.Service.DeleteMember(t.Context(), s.Caller, pool, m.ID))
				s.Settle(t)
			}
		}, []string{"PATCH pool", "PATCH pool", "GET pool", "PUT pool", "GET pool", "PUT pool"}, nil},
	} {
		sent := s.requests(step.do)
		if diff := cmp.Diff(step.sent, sent); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", step.name, diff)
		}
		if diff := cmp.Diff(sorted(step.want), sorted(s.placement(uuid))); diff != "" {
			t.Errorf("%s: placement networks (-want +got):\n%s", step.name, diff)
		}
	}
}

// lbOf is the site's only load balancer.
func lbOf(t *testing.T, s *site) string {
	t.Helper()
	page, err := s.Service.LoadBalancers(t.Context(), s.Caller, service.Query{}, nil)
	s.must(err)
	return page.Items[0].ID
}

func sorted(texts []string) []string {
	out := slices.Clone(texts)
	slices.Sort(out)
	return out
}

// Without the option placement networks are nobody's but an operator's.
func TestPlacementNetworksSetByHandSurvive(t *testing.T) {
	s := newSite(t, testbed.Options{})
	l := s.listen(s.onFirst(), 80)
	pool := s.pool(l)
	uuid := translate.PoolUUID(pool, l)
	o := s.read("pool", uuid)
	o["placement_networks"] = []any{map[string]any{
		"network_ref": "/api/network/" + s.NetworkID("b"),
		"subnet":      map[string]any{"ip_addr": map[string]any{"addr": "10.0.0.0", "type": "V4"}, "mask": 24},
	}}
	_, err := s.Client.Replace(t.Context(), s.tenant(red), "pool", uuid, o)
	s.must(err)
	s.member(pool, "10.0.0.21", subnetA)
	s.must(s.Store.Resync(t.Context(), lbOf(t, s)))
	s.Settle(t)
	if diff := cmp.Diff([]string{"b 10.0.0.0/24"}, s.placement(uuid)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A network service that is away is waited for, and one that has lost a subnet does not stop the rest.
func TestPlacementNetworksAndTroubleInNeutron(t *testing.T) {
	s := newSite(t, withPlacement())
	l := s.listen(s.onFirst(), 80)
	pool := s.pool(l)
	uuid := translate.PoolUUID(pool, l)
	_, err := s.Service.CreateMember(t.Context(), s.Caller, lbaas.MemberInput{
		PoolID: lbaas.Given(pool), Address: lbaas.Given("10.0.0.21"), ProtocolPort: lbaas.Given(80), SubnetID: lbaas.Given(subnetB),
	})
	s.must(err)
	s.FailNetwork(2, http.StatusServiceUnavailable)
	s.Settle(t)
	s.mustBeActive(lbOf(t, s))
	if diff := cmp.Diff([]string{"b 10.0.0.0/24"}, s.placement(uuid)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.RemoveSubnet(subnetB)
	s.member(pool, "10.0.0.22", subnetA)
	s.mustBeActive(lbOf(t, s))
	if diff := cmp.Diff([]string{"a 10.0.0.0/24"}, s.placement(uuid)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The Avi tenant of a project that the Controller has not imported is made where the option says so.
func TestCreateTenants(t *testing.T) {
	s := newSite(t, testbed.Options{CreateTenants: true})
	name := func(projectName string) (string, any) {
		o, err := s.Client.Get(t.Context(), "", "tenant", s.tenant(projectName))
		s.must(err)
		return o.Name(), o["local"]
	}
	id := s.onFirst()
	s.listen(id, 80)
	if got, local := name(red); got != red || local != false {
		t.Errorf("the tenant is %q, local %v", got, local)
	}
	// Its name may be another's.
	_, err := s.Client.Create(t.Context(), "", "tenant", "", avi.Object{"name": blue})
	s.must(err)
	other, err := s.create(blue, lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(sharedOne)})
	s.must(err)
	s.listen(other, 80)
	if got, _ := name(blue); got != blue+"-"+s.ProjectID(blue) {
		t.Errorf("the tenant is %q", got)
	}
	if sent := s.requests(func() { s.listen(id, 81) }); len(sent) != 1 {
		t.Errorf("with the tenant there a listener cost %v", sent)
	}
}

// A project that Keystone does not tell of gets a tenant with its id for a name.
func TestCreateTenantOfAnUnknownProject(t *testing.T) {
	bed := testbed.New(t, testbed.Options{CreateTenants: true})
	lb, err := bed.Service.CreateLoadBalancer(t.Context(), bed.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given("10.0.0.10"),
	})
	if err != nil {
		t.Fatal(err)
	}
	bed.Settle(t)
	_, err = bed.Service.CreateListener(t.Context(), bed.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(lb.ID), Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(80),
	})
	if err != nil {
		t.Fatal(err)
	}
	bed.Settle(t)
	o, err := bed.Client.Get(t.Context(), "", "tenant", tenant())
	if err != nil || o.Name() != project {
		t.Errorf("the tenant is %q (%v)", o.Name(), err)
	}
}

// The QoS policy of a VIP is put on its port: on ours when it is made, on either later.
func TestVIPQoSPolicy(t *testing.T) {
	s := newSite(t, testbed.Options{})
	slow, fast := s.AddQoSPolicy("slow", red), s.AddQoSPolicy("fast", red)
	onPort := func(id string) string {
		for _, p := range s.Ports() {
			if p.ID == s.Tree(t, id).LoadBalancer.VIP.PortID {
				return p.QoSPolicyID
			}
		}
		return "no such port"
	}
	id, err := s.create(red, lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetA), VIPQoSPolicy: lbaas.Given(slow)})
	s.must(err)
	for _, step := range []struct {
		change lbaas.Attr[string]
		want   string
	}{
		{lbaas.Attr[string]{}, slow},
		{lbaas.Given(fast), fast},
		{lbaas.GivenNull[string](), ""},
		{lbaas.Given(slow), slow},
	} {
		_, err := s.Service.UpdateLoadBalancer(t.Context(), s.Caller, id, lbaas.LoadBalancerInput{VIPQoSPolicy: step.change})
		s.must(err)
		s.Settle(t)
		s.mustBeActive(id)
		lb := s.Tree(t, id).LoadBalancer
		if got := onPort(id); got != step.want || lb.VIP.QoSPolicyID != step.want {
			t.Errorf("the port has QoS policy %q and the load balancer %q, want %q", got, lb.VIP.QoSPolicyID, step.want)
		}
	}

	// A port of the user's keeps its own policy unless the request says otherwise, and is left alone at the end.
	port := s.Ports()[0].ID
	kept, changed := s.AddPort("kept", "b", slow), s.AddPort("changed", "b", slow)
	for portID, qos := range map[string]lbaas.Attr[string]{kept: {}, changed: lbaas.Given(fast)} {
		id, err := s.create(red, lbaas.LoadBalancerInput{VIPPortID: lbaas.Given(portID), VIPQoSPolicy: qos})
		s.must(err)
		s.mustBeActive(id)
		want := qos.Or(slow)
		if lb := s.Tree(t, id).LoadBalancer; onPort(id) != want || lb.VIP.QoSPolicyID != want {
			t.Errorf("the port has QoS policy %q and the load balancer %q, want %q", onPort(id), lb.VIP.QoSPolicyID, want)
		}
		s.delete(id)
	}
	s.Settle(t)
	if left := s.Ports(); len(left) != 3 || left[0].ID != port {
		t.Errorf("the ports are %+v", left)
	}

	nobodys := "4f3c8c2f-1b8e-4c0f-9d51-0f3d2a6b7c11"
	_, err = s.create(red, lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetA), VIPQoSPolicy: lbaas.Given(nobodys)})
	s.refused(err, lbaas.KindInvalid, "qos_policy "+nobodys+" not found.")
	_, err = s.Service.UpdateLoadBalancer(t.Context(), s.Caller, id, lbaas.LoadBalancerInput{VIPQoSPolicy: lbaas.Given(nobodys)})
	s.refused(err, lbaas.KindInvalid, "qos_policy "+nobodys+" not found.")

	bed := testbed.New(t, testbed.Options{})
	_, err = bed.Service.CreateLoadBalancer(t.Context(), bed.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given("10.0.0.10"), VIPQoSPolicy: lbaas.Given(slow),
	})
	s.refused(err, lbaas.KindInvalid, "VIP QoS policy is not allowed in this deployment.")
}

// A policy that vanishes before it is applied is a clear end, not an endless wait.
func TestVIPQoSPolicyThatVanishes(t *testing.T) {
	s := newSite(t, testbed.Options{})
	slow := s.AddQoSPolicy("slow", red)
	id := s.onFirst()
	_, err := s.Service.UpdateLoadBalancer(t.Context(), s.Caller, id, lbaas.LoadBalancerInput{VIPQoSPolicy: lbaas.Given(slow)})
	s.must(err)
	s.RemoveQoSPolicy(slow)
	s.Settle(t)
	lb := s.Tree(t, id).LoadBalancer
	if lb.ProvisioningStatus != lbaas.ErrorStatus || !strings.Contains(lb.StatusReason, "could not be found") {
		t.Errorf("it is %s: %s", lb.ProvisioningStatus, lb.StatusReason)
	}
	_, err = s.Service.UpdateLoadBalancer(t.Context(), s.Caller, id, lbaas.LoadBalancerInput{VIPQoSPolicy: lbaas.GivenNull[string]()})
	s.must(err)
	s.Settle(t)
	s.mustBeActive(id)
}
