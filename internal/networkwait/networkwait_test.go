package networkwait_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/networkwait"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a cloud with our client of its network service.
type site struct {
	*cloudsim.Cloud
	neutron *neutron.Client
	t       *testing.T
}

func begin(t *testing.T) site {
	t.Helper()
	cloud, err := cloudsim.New(cloudsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	session, err := keystone.NewSession(keystone.Config{
		AuthURL: cloud.IdentityURL(), Username: "avi-lbaas", Password: cloudsim.DemoPassword, ProjectName: "service",
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		session.Close()
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	return site{cloud, neutron.New(neutron.Config{}, session, slog.New(slog.DiscardHandler)), t}
}

// Token makes the site a source of tokens for the simulated Controller.
func (s site) Token(context.Context) (string, error) { return s.Cloud.Token("avi-lbaas", "service") }

// waitFor waits until a condition of the cloud's ports holds.
func (s site) waitFor(what string, holds func([]cloudsim.PortInfo) bool) {
	s.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !holds(s.Ports()) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s: the ports are %+v", what, s.Ports())
		}
		<-time.After(time.Millisecond)
	}
}

func hasEnginePort(ports []cloudsim.PortInfo) bool {
	return slices.ContainsFunc(ports, func(p cloudsim.PortInfo) bool { return strings.HasPrefix(p.Name, "Avi-se") })
}

func kinds(p networkwait.Progress) string {
	var all []string
	for _, h := range p.Holders {
		all = append(all, string(h.Kind))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// The whole story of the mission's rule 7: the network is held by a load balancer, then by the Controller's garbage collection,
// and then by nothing.
func TestDeleteWaitsForTheGarbageCollection(t *testing.T) {
	t.Parallel()
	s := begin(t)
	bed := testbed.New(t, testbed.Options{
		Network: s.neutron, Ports: s.neutron,
		Simulator: avisim.Options{
			Neutron: &avisim.Neutron{Endpoint: s.NetworkURL(), Token: s}, Knobs: avisim.Knobs{PortGCDelay: 200 * time.Millisecond},
		},
	})
	ctx := t.Context()
	lb, err := bed.Service.CreateLoadBalancer(ctx, bed.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(s.ProjectID("demo")), VIPSubnetID: lbaas.Given(s.SubnetID("demo-subnet")),
	})
	if err != nil {
		t.Fatal(err)
	}
	bed.Settle(t)
	for port := 80; port < 82; port++ {
		_, err := bed.Service.CreateListener(ctx, bed.Caller, lbaas.ListenerInput{
			LoadBalancerID: lbaas.Given(lb.ID), Protocol: lbaas.Given(lbaas.ListenerTCP), ProtocolPort: lbaas.Given(port),
		})
		if err != nil {
			t.Fatal(err)
		}
		bed.Settle(t)
	}
	s.waitFor("the service engine has no port", hasEnginePort)

	var seen []string
	o := networkwait.Options{
		Network: s.neutron, Timeout: 30 * time.Millisecond, Interval: 10 * time.Millisecond, Delete: true,
		Progress: func(p networkwait.Progress) { seen = append(seen, kinds(p)) },
	}
	_, err = networkwait.Wait(ctx, o, "demo-net")
	timeout, up := errors.AsType[*networkwait.TimeoutError](err)
	if !up || kinds(timeout.Last) != "load balancer, service engine" {
		t.Fatalf("while the load balancer is there: %v", err)
	}
	if !strings.Contains(timeout.Last.Refusal, "ports still in use on the network") {
		t.Errorf("Neutron's refusal is %q", timeout.Last.Refusal)
	}
	for _, h := range timeout.Last.Holders {
		if h.Kind == networkwait.LoadBalancer && h.LoadBalancerID != lb.ID {
			t.Errorf("the load balancer's port is said to be of %q", h.LoadBalancerID)
		}
	}

	if err := bed.Service.DeleteLoadBalancer(ctx, bed.Caller, lb.ID, true); err != nil {
		t.Fatal(err)
	}
	bed.Settle(t)
	seen, o.Timeout = nil, 20*time.Second
	result, err := networkwait.Wait(ctx, o, "demo-net")
	if err != nil || !result.Deleted {
		t.Fatalf("after the load balancer has gone: %+v, %v", result, err)
	}
	if seen = slices.Compact(seen); !cmp.Equal(seen, []string{"service engine"}) {
		t.Errorf("on the way the network was held by %q", seen)
	}
	if s.NetworkID("demo-net") != "" {
		t.Error("the network is still there")
	}
	if _, err := networkwait.Wait(ctx, o, "demo-net"); !errors.Is(err, neutron.ErrNotFound) {
		t.Errorf("once more: %v", err)
	}
}

// A subnet that is used again before the collection came keeps its port.
func TestGarbageCollectionSparesWhatIsUsedAgain(t *testing.T) {
	t.Parallel()
	s := begin(t)
	bed := testbed.New(t, testbed.Options{
		Network: s.neutron, Ports: s.neutron,
		Simulator: avisim.Options{Neutron: &avisim.Neutron{Endpoint: s.NetworkURL(), Token: s}, Knobs: avisim.Knobs{PortGCDelay: time.Hour}},
	})
	ctx := t.Context()
	lb, err := bed.Service.CreateLoadBalancer(ctx, bed.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(s.ProjectID("demo")), VIPSubnetID: lbaas.Given(s.SubnetID("demo-subnet")),
	})
	if err != nil {
		t.Fatal(err)
	}
	bed.Settle(t)
	for range 2 {
		l, err := bed.Service.CreateListener(ctx, bed.Caller, lbaas.ListenerInput{
			LoadBalancerID: lbaas.Given(lb.ID), Protocol: lbaas.Given(lbaas.ListenerTCP), ProtocolPort: lbaas.Given(80),
		})
		if err != nil {
			t.Fatal(err)
		}
		bed.Settle(t)
		s.waitFor("the service engine has no port", hasEnginePort)
		if err := bed.Service.DeleteListener(ctx, bed.Caller, l.ID); err != nil {
			t.Fatal(err)
		}
		bed.Settle(t)
	}
	engine := slices.DeleteFunc(s.Ports(), func(p cloudsim.PortInfo) bool { return p.DeviceOwner != "compute:nova" })
	if len(engine) != 1 {
		t.Errorf("the service engine's ports are %+v", engine)
	}
	o := networkwait.Options{Network: s.neutron, Timeout: time.Millisecond, Interval: time.Millisecond}
	if _, err := networkwait.Wait(ctx, o, s.NetworkID("demo-net")); err == nil {
		t.Error("the network is said to be free")
	}
	if err := bed.Sim.SetKnobs(avisim.Knobs{}); err != nil {
		t.Fatal(err)
	}
	if err := bed.Service.DeleteLoadBalancer(ctx, bed.Caller, lb.ID, false); err != nil {
		t.Fatal(err)
	}
	bed.Settle(t) // a write, at which the collection looks again
	o.Timeout = 20 * time.Second
	if result, err := networkwait.Wait(ctx, o, s.NetworkID("demo-net")); err != nil || result.Deleted || result.Gone {
		t.Errorf("a wait that does not delete: %+v, %v", result, err)
	}
}

// Passing failures are waited for; what nobody can get over ends the wait.
func TestWaitThroughFailures(t *testing.T) {
	t.Parallel()
	s := begin(t)
	ctx := t.Context()
	looks := 0
	o := networkwait.Options{
		Network: s.neutron, Timeout: 20 * time.Second, Interval: time.Millisecond, Delete: true,
		Progress: func(p networkwait.Progress) {
			if looks++; p.Refusal == "" {
				t.Errorf("look %d is silent about the failure", looks)
			}
		},
	}
	id := s.NetworkID("alt-net")
	if _, err := s.neutron.FindNetwork(ctx, id); err != nil {
		t.Fatal(err) // logged in, before the network service fails
	}
	o.Network = failing{s.neutron, func() { s.FailNetwork(2, http.StatusServiceUnavailable) }}
	if result, err := networkwait.Wait(ctx, o, id); err != nil || !result.Deleted || looks == 0 {
		t.Errorf("a network service that fails twice: %+v, %v after %d looks", result, err, looks)
	}

	cancelled, cancel := context.WithCancel(ctx)
	o.Network, o.Progress = gone{s.neutron}, func(networkwait.Progress) { cancel() }
	if result, err := networkwait.Wait(ctx, o, s.NetworkID("shared-net")); err != nil || !result.Gone {
		t.Errorf("a network that someone else deletes: %+v, %v", result, err)
	}
	o.Network = refusing{s.neutron}
	if _, err := networkwait.Wait(cancelled, o, s.NetworkID("shared-net")); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted wait: %v", err)
	}
}

// failing fails after the network was found.
type failing struct {
	*neutron.Client
	start func()
}

func (f failing) FindNetwork(ctx context.Context, id string) (neutron.Network, error) {
	defer f.start()
	return f.Client.FindNetwork(ctx, id)
}

// gone loses the network before it is deleted.
type gone struct{ *neutron.Client }

func (gone) DeleteNetwork(context.Context, string) error {
	return &neutron.Error{Kind: neutron.ErrNotFound}
}

// refusing never deletes, though no port is seen.
type refusing struct{ *neutron.Client }

func (refusing) DeleteNetwork(context.Context, string) error {
	return &neutron.Error{Kind: neutron.ErrConflict, Message: "in use"}
}

func TestHoldersByTheirMarks(t *testing.T) {
	t.Parallel()
	ports := []neutron.Port{
		{ID: "dhcp", DeviceOwner: "network:dhcp"},
		{ID: "dvr", DeviceOwner: "network:distributed"},
		{ID: "ours", DeviceOwner: "Octavia", DeviceID: "lb-1"},
		{ID: "neutron-lbaas", DeviceOwner: "neutron:LOADBALANCERV2", DeviceID: "2"},
		{ID: "engine", DeviceOwner: "compute:nova", Name: "Avi-se-qxyz"},
		{ID: "vip by Avi", DeviceOwner: "network:avi"},
		{ID: "vm", DeviceOwner: "compute:az1", FixedIPs: []neutron.FixedIP{{Address: netip.MustParseAddr("10.0.0.1")}}},
		{ID: "router", DeviceOwner: "network:router_interface"},
		{ID: "stray"},
	}
	var got []string
	for _, h := range networkwait.HoldersOf(ports) {
		got = append(got, fmt.Sprintf("%s: %s %s", h.Port.ID, h.Kind, h.LoadBalancerID))
	}
	want := []string{
		"ours: load balancer 1", "neutron-lbaas: load balancer 2", "engine: service engine ",
		"vip by Avi: service engine ", "vm: server ", "router: router ", "stray: other ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("holders (-want +got):\n%s", diff)
	}
}
