package worker_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

func (s *site) tenant(projectName string) string {
	return translate.TenantUUID(s.ProjectID(projectName))
}

// vrfOf is the VRF context that a virtual service, its VsVip and its pool are in; they have to agree.
func (s *site) vrfOf(loadBalancerID, listenerID, poolID string) string {
	s.t.Helper()
	lb := s.Tree(s.t, loadBalancerID).LoadBalancer
	refs := map[string]bool{}
	for _, o := range []struct{ typ, uuid, field string }{
		{"virtualservice", translate.VirtualServiceUUID(listenerID), "vrf_context_ref"},
		{"vsvip", translate.VsVipUUID(loadBalancerID), "vrf_context_ref"},
		{"pool", translate.PoolUUID(poolID, listenerID), "vrf_ref"},
	} {
		got, err := s.Client.Get(s.t.Context(), translate.TenantUUID(lb.ProjectID), o.typ, o.uuid)
		s.must(err)
		ref, _ := got[o.field].(string)
		refs[ref[strings.LastIndex(ref, "/")+1:strings.LastIndex(ref, "#")]] = true
	}
	if len(refs) != 1 {
		s.t.Errorf("load balancer %s is in several VRF contexts: %v", loadBalancerID, refs)
	}
	return slices.Collect(maps.Keys(refs))[0]
}

func perSubnet() testbed.Options { return testbed.Options{VRFContextPerSubnet: true} }

// Load balancers of one subnet share a VRF context, for no more than one request, and the last one takes it away.
func TestVRFContextIsShared(t *testing.T) {
	s := newSite(t, perSubnet())
	var first, second string
	if diff := cmp.Diff([]string{"POST vrfcontext"}, s.requests(func() { first = s.onFirst() })); diff != "" {
		t.Errorf("the first (-want +got):\n%s", diff)
	}
	if sent := s.requests(func() { second = s.onFirst() }); len(sent) != 0 {
		t.Errorf("the second sent %v", sent)
	}
	l := s.listen(first, 80)
	if got := s.vrfOf(first, l, s.pool(l)); got != "vrfcontext-"+subnetA {
		t.Errorf("it is in %s", got)
	}
	vs, err := s.Client.Get(t.Context(), s.tenant(red), "virtualservice", translate.VirtualServiceUUID(l))
	if err != nil || vs["ign_pool_net_reach"] != true {
		t.Errorf("ign_pool_net_reach is %v (%v)", vs["ign_pool_net_reach"], err)
	}
	s.delete(first)
	s.Settle(t)
	if _, there := s.Objects()["vrfcontext/vrfcontext-"+subnetA]; !there {
		t.Error("the VRF context is gone while a load balancer is there")
	}
	l = s.listen(second, 80)
	s.vrfOf(second, l, s.pool(l))
	s.delete(second)
	s.Settle(t)
	s.nothingLeft()
}

// Two subnets with the same CIDR in one tenant: the same address in both, each in a VRF context of its own.
func TestSameCIDRTwice(t *testing.T) {
	s := newSite(t, perSubnet())
	var contexts []string
	for _, subnet := range []string{subnetA, subnetB} {
		id, err := s.create(red, lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnet), VIPAddress: lbaas.Given("10.0.0.10")})
		s.must(err)
		l := s.listen(id, 80)
		p := s.pool(l)
		s.member(p, "10.0.0.21", subnet)
		contexts = append(contexts, s.vrfOf(id, l, p))
	}
	if diff := cmp.Diff([]string{"vrfcontext-" + subnetA, "vrfcontext-" + subnetB}, contexts); diff != "" {
		t.Errorf("VRF contexts (-want +got):\n%s", diff)
	}
}

// Providers of one Controller share the VRF context of a subnet too, if they are of one cloud: it goes with the last of all, in
// whichever order they go. A VRF context is one cloud's, so that in another cloud the subnet has another one.
func TestVRFContextOfTwoProviders(t *testing.T) {
	t.Parallel()
	for name, goldCloud := range map[string]string{"in one cloud": "Default-Cloud", "in two clouds": "Second-Cloud"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, testbed.Options{VRFContextPerSubnet: true, Clouds: map[string]string{gold: goldCloud}})
			s.provide(map[string]avi.Object{"cloud": {"name": "Second-Cloud", "vtype": "CLOUD_NONE"}})
			for _, order := range [][]int{{0, 1, 2}, {2, 0, 1}, {1, 2, 0}} {
				var ids []string
				contexts := map[string][]string{}
				for _, provider := range []string{testbed.Provider, gold, gold} {
					id, err := s.create(red, lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetA), Provider: lbaas.Given(provider)})
					s.must(err)
					s.mustBeActive(id)
					l := s.listen(id, 80)
					ids = append(ids, id)
					context := s.vrfOf(id, l, s.pool(l))
					contexts[context] = append(contexts[context], provider)
				}
				of := contexts["vrfcontext-"+subnetA]
				if want := map[bool]int{true: 3, false: 1}[goldCloud == "Default-Cloud"]; len(of) != want {
					t.Errorf("VRF contexts are of %v", contexts)
				}
				for n, i := range order {
					s.delete(ids[i])
					s.Settle(t)
					if _, err := s.Service.LoadBalancerTree(t.Context(), s.Caller, ids[i]); !errors.Is(err, lbaas.KindNotFound) {
						t.Fatalf("the deletion of number %d in the order %v: %v", n, order, err)
					}
				}
				s.nothingLeftBut("cloud")
			}
		})
	}
}

// An object of one tenant cannot be used by another: on a shared subnet each project gets a VRF context of its own.
func TestVRFContextsOfProjectsOnASharedSubnet(t *testing.T) {
	s := newSite(t, perSubnet())
	var ids []string
	contexts := map[string]bool{}
	for _, projectName := range []string{red, blue, blue} {
		id, err := s.create(projectName, lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(sharedOne)})
		s.must(err)
		s.mustBeActive(id)
		l := s.listen(id, 80)
		contexts[s.vrfOf(id, l, s.pool(l))] = true
		ids = append(ids, id)
	}
	if len(contexts) != 2 || !contexts["vrfcontext-"+sharedOne] {
		t.Errorf("VRF contexts are %v", contexts)
	}
	for _, id := range ids {
		s.delete(id)
	}
	s.Settle(t)
	s.nothingLeft()
}

// Whatever the order in which load balancers of a subnet come, get listeners and go, one by one or at once: nothing is left.
func TestLoadBalancersOfASubnetLeaveNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t, perSubnet())
	rapid.Check(t, func(rt *rapid.T) {
		var live []string
		for i := range rapid.IntRange(2, 8).Draw(rt, "steps") {
			switch rapid.IntRange(0, 4).Draw(rt, fmt.Sprint("step ", i)) {
			case 0, 1:
				id, err := s.create(red, lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetA)})
				s.must(err)
				live = append(live, id)
			case 2:
				if len(live) > 0 {
					id := rapid.SampledFrom(live).Draw(rt, "listens")
					if len(s.Tree(t, id).Listeners) == 0 {
						s.listen(id, 80)
					}
				}
			case 3:
				// One goes and is worked at once.
				if len(live) > 0 {
					at := rapid.IntRange(0, len(live)-1).Draw(rt, "goes")
					s.delete(live[at])
					s.Settle(t)
					live = slices.Delete(live, at, at+1)
				}
			case 4:
				// Several go together; some attempts fail in between.
				if rapid.Bool().Draw(rt, "trouble") {
					s.must(s.Sim.AddFault(avisim.Fault{
						Type: rapid.SampledFrom([]string{"vsvip", "vrfcontext"}).Draw(rt, "at"), Method: "DELETE",
						Action: avisim.FaultFail, Status: 503, Body: "away", Count: 1,
					}))
				}
				for n := rapid.IntRange(0, len(live)).Draw(rt, "go together"); n > 0; n-- {
					at := rapid.IntRange(0, len(live)-1).Draw(rt, "which")
					s.delete(live[at])
					live = slices.Delete(live, at, at+1)
				}
				s.settleTogether()
				s.Sim.ClearFaults()
			}
			for _, id := range live {
				s.mustBeActive(id)
			}
		}
		for _, i := range rapid.Permutation(indexes(len(live))).Draw(rt, "order") {
			s.delete(live[i])
			if rapid.Bool().Draw(rt, "settle") {
				s.Settle(t)
			}
		}
		s.Settle(t)
		s.nothingLeft()
		if t.Failed() {
			rt.FailNow()
		}
	})
}

func indexes(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// The Controller has room for few VRF contexts: the user learns that in its own words, and can delete what did not fit.
func TestVRFLimit(t *testing.T) {
	s := newSite(t, testbed.Options{VRFContextPerSubnet: true, Simulator: avisim.Options{Knobs: avisim.Knobs{VRFLimit: 3}}})
	s.onFirst() // beside global and management
	id, err := s.create(red, lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetB)})
	s.must(err)
	lb := s.Tree(t, id).LoadBalancer
	if lb.ProvisioningStatus != lbaas.ErrorStatus || !strings.Contains(lb.StatusReason, "System limit exceeded: at most 3 VRF contexts") {
		t.Errorf("it is %s: %s", lb.ProvisioningStatus, lb.StatusReason)
	}
	s.delete(id)
	s.Settle(t)
	if n := len(s.Objects()); n != 1 {
		t.Errorf("%d objects are there: %v", n, slices.Collect(maps.Keys(s.Objects())))
	}
}

// Without a subnet there is nothing that the VRF context could be of.
func TestVRFContextNeedsASubnet(t *testing.T) {
	bed := testbed.New(t, perSubnet())
	_, err := bed.Service.CreateLoadBalancer(t.Context(), bed.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given("10.0.0.10"),
	})
	if message, kind, _ := lbaas.MessageFor(err); kind != lbaas.KindInvalid || !strings.Contains(message, "give vip_subnet_id") {
		t.Errorf("%v", err)
	}
}

// What somebody removed at the Controller under a load balancer without listeners is made again when it is needed.
func TestVRFContextComesBack(t *testing.T) {
	s := newSite(t, perSubnet())
	id := s.onFirst()
	s.must(s.Client.Delete(t.Context(), s.tenant(red), "vrfcontext", "vrfcontext-"+subnetA))
	l := s.listen(id, 80)
	if got := s.vrfOf(id, l, s.pool(l)); got != "vrfcontext-"+subnetA {
		t.Errorf("it is in %s", got)
	}
}
