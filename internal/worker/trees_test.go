package worker_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// memberAt is a member of a request.
func memberAt(address string) lbaas.MemberInput {
	return lbaas.MemberInput{Address: lbaas.Given(address), ProtocolPort: lbaas.Given(80)}
}

// treeInput is a load balancer with a listener, its pool with members and a monitor, and an L7 policy to another pool.
func treeInput() lbaas.LoadBalancerInput {
	pool := func(name string, members ...lbaas.MemberInput) lbaas.PoolInput {
		return lbaas.PoolInput{
			Name: lbaas.Given(name), Protocol: lbaas.Given(lbaas.PoolHTTP), Algorithm: lbaas.Given(lbaas.RoundRobin), Members: lbaas.Given(members),
			Monitor: lbaas.Given(lbaas.HealthMonitorInput{
				Type: lbaas.Given(lbaas.MonitorTCP), Delay: lbaas.Given(5), Timeout: lbaas.Given(3), MaxRetries: lbaas.Given(2),
			}),
		}
	}
	return lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given("10.0.0.10"),
		Listeners: lbaas.Given([]lbaas.ListenerInput{{
			Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(80),
			DefaultPool: lbaas.Given(pool("servers", memberAt("10.0.0.21"), memberAt("10.0.0.22"))),
			L7Policies: lbaas.Given([]lbaas.L7PolicyInput{{
				Action: lbaas.Given(lbaas.L7RedirectToPool), RedirectPool: lbaas.Given(lbaas.PoolInput{Name: lbaas.Given("images")}),
				Rules: lbaas.Given([]lbaas.L7RuleInput{path(lbaas.L7StartsWith, "/img")}),
			}}),
		}}),
		Pools: lbaas.Given([]lbaas.PoolInput{pool("images", memberAt("10.0.0.23"))}),
	}
}

// A whole tree is one convergence: each object is created once, and nothing is changed afterwards.
func TestATreeIsOneConvergence(t *testing.T) {
	t.Parallel()
	s := &story{Bed: testbed.New(t, testbed.Options{}), t: t}
	s.Sim.ResetRequests()
	lb, err := s.Service.CreateLoadBalancer(t.Context(), s.Caller, treeInput())
	s.settled(err)
	s.lb = lb.ID
	s.mustBeActive()
	var written []string
	for _, r := range s.Sim.Requests() {
		if r.Type != "" && r.Method != http.MethodGet {
			written = append(written, r.Method+" "+r.Type)
		}
	}
	slices.Sort(written)
	want := []string{
		"POST healthmonitor", "POST healthmonitor", "POST httppolicyset", "POST pool", "POST pool", "POST virtualservice", "POST vsvip",
	}
	if diff := cmp.Diff(want, written); diff != "" {
		t.Errorf("written at the Controller (-want +got):\n%s", diff)
	}
	for _, p := range s.Tree(t, lb.ID).Pools {
		if p.ProvisioningStatus != lbaas.Active {
			t.Errorf("pool %s is %s", p.Name, p.ProvisioningStatus)
		}
	}
	s.settled(s.Service.DeleteLoadBalancer(t.Context(), s.Caller, lb.ID, true))
	for key := range s.Objects() {
		t.Errorf("%s is left at the Controller", key)
	}
}

// A new list of members costs at most one request that reads and one that writes for each copy of the pool.
func TestAMemberListIsFewRequests(t *testing.T) {
	t.Parallel()
	s := begin(t, testbed.Options{})
	many := func(from, to int) []lbaas.MemberInput {
		var list []lbaas.MemberInput
		for n := from; n < to; n++ {
			list = append(list, memberAt(fmt.Sprintf("10.0.1.%d", n)))
		}
		return list
	}
	for _, step := range []struct {
		name     string
		members  []lbaas.MemberInput
		additive bool
		want     []string
		servers  int
	}{
		{"more", many(1, 100), true, []string{"PATCH pool"}, 101},
		{"others", many(50, 150), false, []string{"GET pool", "PUT pool"}, 100},
		{"fewer", many(60, 150), false, []string{"PATCH pool"}, 90},
		{"the same", many(60, 150), false, nil, 90},
		{"none", nil, false, []string{"PATCH pool"}, 0},
	} {
		s.Sim.ResetRequests()
		s.settled(s.Service.ReplaceMembers(t.Context(), s.Caller, s.pool, step.members, step.additive))
		var sent []string
		for _, r := range s.Sim.Requests() {
			if r.Type != "" {
				sent = append(sent, r.Method+" "+r.Type)
			}
		}
		if diff := cmp.Diff(step.want, sent); diff != "" {
			t.Errorf("%s: sent (-want +got):\n%s", step.name, diff)
		}
		servers, _ := s.get("pool", s.poolUUID())["servers"].([]any)
		if len(servers) != step.servers {
			t.Errorf("%s: %d servers, want %d", step.name, len(servers), step.servers)
		}
	}
}

// zone makes an availability zone with this data.
func (s *site) zone(name, data string) {
	s.t.Helper()
	profile, err := s.Service.CreateZoneProfile(s.t.Context(), s.Caller, lbaas.ZoneProfileInput{
		Name: lbaas.Given(name), Provider: lbaas.Given(testbed.Provider), Data: lbaas.Given(data),
	})
	s.must(err)
	_, err = s.Service.CreateZone(s.t.Context(), s.Caller, lbaas.ZoneInput{Name: lbaas.Given(name), ProfileID: lbaas.Given(profile.ID)})
	s.must(err)
}

func TestZoneShapesTheObjects(t *testing.T) {
	s := newSite(t, testbed.Options{})
	s.provide(map[string]avi.Object{"cloud": {"name": "east", "vtype": "CLOUD_NONE"}})
	s.provide(map[string]avi.Object{
		"serviceenginegroup": {"name": "big", "cloud_ref": "/api/cloud?name=east"},
		"vrfcontext":         {"name": "blue", "cloud_ref": "/api/cloud?name=east"},
	})
	s.zone("az1", `{"cloud": "east", "se_group_ref": "/api/serviceenginegroup?name=big", "vrf_ref": "/api/vrfcontext?name=blue"}`)
	in := lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetA), AvailabilityZone: lbaas.Given("az1")}
	id, err := s.create(red, in)
	s.must(err)
	l := s.listen(id, 80)
	p := s.pool(l)
	for _, o := range []struct{ typ, uuid, cloud, vrf string }{
		{"virtualservice", translate.VirtualServiceUUID(l), "cloud_ref", "vrf_context_ref"},
		{"vsvip", translate.VsVipUUID(id), "cloud_ref", "vrf_context_ref"},
		{"pool", translate.PoolUUID(p, l), "cloud_ref", "vrf_ref"},
	} {
		object := s.read(o.typ, o.uuid)
		for field, want := range map[string]string{o.cloud: "east", o.vrf: "blue"} {
			if ref := fmt.Sprint(object[field]); !strings.HasSuffix(ref, "#"+want) {
				t.Errorf("%s of the %s is %s, want one to %s", field, o.typ, ref, want)
			}
		}
	}
	if ref := fmt.Sprint(s.read("virtualservice", translate.VirtualServiceUUID(l))["se_group_ref"]); !strings.HasSuffix(ref, "#big") {
		t.Errorf("the service engine group is %s, want big", ref)
	}
	s.delete(id)
	s.Settle(t)
	s.nothingLeftBut("cloud", "serviceenginegroup", "vrfcontext")
}

// nothingLeftBut is nothingLeft but for the operator's own objects.
func (s *site) nothingLeftBut(types ...string) {
	s.t.Helper()
	for key := range s.Objects() {
		if typ, _, _ := strings.Cut(key, "/"); !slices.Contains(types, typ) {
			s.t.Errorf("%s is left at the Controller", key)
		}
	}
}

func TestZoneRefusals(t *testing.T) {
	s := newSite(t, testbed.Options{})
	s.provide(map[string]avi.Object{"serviceenginegroup": {"name": "gold"}})
	s.zone("missing", `{"se_group_ref": "/api/serviceenginegroup?name=nix"}`)
	s.zone("nowhere", `{"cloud": "nix"}`)
	s.zone("narrow", `{"valid_vip_networks": ["`+s.NetworkID("b")+`"]}`)
	s.zone("silver", `{"se_group_ref": "/api/serviceenginegroup?name=Default-Group"}`)
	for _, test := range []struct{ zone, flavor, message string }{
		{"missing", "", "Availability zone missing names se_group_ref /api/serviceenginegroup?name=nix, which does not exist at the Controller."},
		{"nowhere", "", "Availability zone nowhere names cloud /api/cloud?name=nix, which does not exist at the Controller."},
		{"narrow", "", "Supplied VIP network_id is not allowed by the configuration of this deployment."},
		{"silver", s.flavor("gold", `{"se_group_ref": "/api/serviceenginegroup?name=gold"}`), "name different objects as se_group_ref"},
	} {
		in := lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetA), AvailabilityZone: lbaas.Given(test.zone)}
		if test.flavor != "" {
			in.FlavorID = lbaas.Given(test.flavor)
		}
		_, err := s.create(red, in)
		s.refused(err, lbaas.KindInvalid, test.message)
	}
	id, err := s.create(red, lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetB), AvailabilityZone: lbaas.Given("narrow")})
	s.must(err)
	s.mustBeActive(id)
}

// A monitor with a domain name asks for that host, in HTTP/1.1; the server that expects it is up.
func TestMonitorAsksForADomain(t *testing.T) {
	t.Parallel()
	e := engine.New(engine.Options{Seed: 1})
	t.Cleanup(func() { _ = e.Close() })
	s := &story{Bed: testbed.New(t, testbed.Options{Simulator: avisim.Options{Engine: e}}), t: t}
	asked := make(chan string, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- r.Proto + " " + r.Host:
		default:
		}
		_, _ = io.WriteString(w, "up")
	})}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	in := treeInput()
	in.VIPAddress = lbaas.Given("127.0.0.1")
	in.Pools, in.Listeners.Value[0].L7Policies = lbaas.Attr[[]lbaas.PoolInput]{}, lbaas.Attr[[]lbaas.L7PolicyInput]{}
	in.Listeners.Value[0].ProtocolPort = lbaas.Given(freePort(t))
	pool := &in.Listeners.Value[0].DefaultPool.Value
	port := listener.Addr().(*net.TCPAddr).Port
	pool.Members = lbaas.Given([]lbaas.MemberInput{{Address: lbaas.Given("127.0.0.1"), ProtocolPort: lbaas.Given(port)}})
	pool.Monitor = lbaas.Given(lbaas.HealthMonitorInput{
		Type: lbaas.Given(lbaas.MonitorHTTP), Delay: lbaas.Given(2), Timeout: lbaas.Given(1), MaxRetries: lbaas.Given(1),
		HTTPVersion: lbaas.Given(1.1), DomainName: lbaas.Given("shop.example.org"),
	})
	_, err = s.Service.CreateLoadBalancer(t.Context(), s.Caller, in)
	s.settled(err)
	select {
	case got := <-asked:
		if got != "HTTP/1.1 shop.example.org" {
			t.Errorf("the monitor asks for %q, want HTTP/1.1 shop.example.org", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("the monitor asks for nothing")
	}
}
