package worker_test

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// site is a bed beside a cloud: Neutron and Keystone over HTTP.
type site struct {
	*testbed.Bed
	*cloudsim.Cloud
	t *testing.T
}

// Subnets of the site's projects: two of red have the same CIDR.
const (
	red, blue  = "red", "blue"
	subnetA    = "11111111-1111-4111-8111-11111111111a"
	subnetB    = "11111111-1111-4111-8111-11111111111b"
	subnetSix  = "11111111-1111-4111-8111-111111111116"
	subnetRoom = "11111111-1111-4111-8111-111111111117"
	sharedOne  = "22222222-2222-4222-8222-22222222222a"
)

func newSite(t *testing.T, o testbed.Options) *site {
	t.Helper()
	subnet := func(id, cidr string) cloudsim.Subnet {
		return cloudsim.Subnet{ID: id, Name: id, CIDR: netip.MustParsePrefix(cidr)}
	}
	cloud, err := cloudsim.New(cloudsim.Options{
		Projects: []cloudsim.Project{{Name: "service"}, {Name: red}, {Name: blue}},
		Users: []cloudsim.User{{
			Name: "avi-lbaas", Password: "pw", Grants: []cloudsim.Grant{{Role: "admin", Project: "service"}},
		}},
		Networks: []cloudsim.Network{
			{Name: "a", Project: red, Subnets: []cloudsim.Subnet{subnet(subnetSix, "2001:db8:1::/64"), subnet(subnetA, "10.0.0.0/24")}},
			{Name: "b", Project: red, Subnets: []cloudsim.Subnet{subnet(subnetB, "10.0.0.0/24")}},
			{Name: "empty", Project: red},
			// One address is left in the first subnet, which a test takes.
			{Name: "full", Project: red, Subnets: []cloudsim.Subnet{
				{
					Name: "full", CIDR: netip.MustParsePrefix("10.2.0.0/30"), Gateway: netip.MustParseAddr("10.2.0.1"),
					PoolStart: netip.MustParseAddr("10.2.0.2"), PoolEnd: netip.MustParseAddr("10.2.0.2"),
				},
				subnet(subnetRoom, "2001:db8:2::/64"),
			}},
			{Name: "shared", Project: "service", Shared: true, Subnets: []cloudsim.Subnet{subnet(sharedOne, "10.1.0.0/24")}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	session, err := keystone.NewSession(keystone.Config{
		AuthURL: cloud.IdentityURL(), Username: "avi-lbaas", Password: "pw", ProjectName: "service", Timeout: 5 * time.Second,
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
	network := neutron.New(neutron.Config{}, session, slog.New(slog.DiscardHandler))
	o.Network, o.Ports, o.Subnets, o.PortQoS, o.PortGroups, o.Projects = network, network, network, network, network, session
	return &site{Bed: testbed.New(t, o), Cloud: cloud, t: t}
}

// create makes a load balancer of a project and waits until it is settled.
func (s *site) create(projectName string, in lbaas.LoadBalancerInput) (string, error) {
	s.t.Helper()
	in.ProjectID = lbaas.Given(s.ProjectID(projectName))
	lb, err := s.Service.CreateLoadBalancer(s.t.Context(), s.Caller, in)
	if err == nil {
		s.Settle(s.t)
	}
	return lb.ID, err
}

// onFirst makes a load balancer on the first subnet of the project red; it has to become ACTIVE.
func (s *site) onFirst() string {
	s.t.Helper()
	id, err := s.create(red, lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetA)})
	if err != nil {
		s.t.Fatal(err)
	}
	s.mustBeActive(id)
	return id
}

func (s *site) mustBeActive(id string) {
	s.t.Helper()
	lb := s.Tree(s.t, id).LoadBalancer
	if lb.ProvisioningStatus != lbaas.Active {
		s.t.Fatalf("load balancer is %s: %s", lb.ProvisioningStatus, lb.StatusReason)
	}
}

// listen gives a load balancer a listener.
func (s *site) listen(id string, port int) string {
	s.t.Helper()
	l, err := s.Service.CreateListener(s.t.Context(), s.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(id), Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(port),
	})
	s.must(err)
	s.Settle(s.t)
	s.mustBeActive(id)
	return l.ID
}

// pool gives a listener a pool.
func (s *site) pool(listenerID string) string {
	s.t.Helper()
	p, err := s.Service.CreatePool(s.t.Context(), s.Caller, lbaas.PoolInput{
		ListenerID: lbaas.Given(listenerID), Protocol: lbaas.Given(lbaas.PoolHTTP), Algorithm: lbaas.Given(lbaas.RoundRobin),
	})
	s.must(err)
	s.Settle(s.t)
	return p.ID
}

// member gives a pool a member; subnetID may be empty.
func (s *site) member(poolID, address, subnetID string) string {
	s.t.Helper()
	in := lbaas.MemberInput{PoolID: lbaas.Given(poolID), Address: lbaas.Given(address), ProtocolPort: lbaas.Given(80)}
	if subnetID != "" {
		in.SubnetID = lbaas.Given(subnetID)
	}
	m, err := s.Service.CreateMember(s.t.Context(), s.Caller, in)
	s.must(err)
	s.Settle(s.t)
	return m.ID
}

func (s *site) delete(id string) {
	s.t.Helper()
	s.must(s.Service.DeleteLoadBalancer(s.t.Context(), s.Caller, id, true))
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// requests are those of one action, as "METHOD type".
func (s *site) requests(action func()) []string {
	s.Sim.ResetRequests()
	action()
	var sent []string
	for _, r := range s.Sim.Requests() {
		if r.Type == "" {
			continue // the login
		}
		sent = append(sent, r.Method+" "+r.Type)
	}
	return sent
}

// settleTogether works the queue with several workers at once.
func (s *site) settleTogether() {
	s.t.Helper()
	var drains errgroup.Group
	for range 3 {
		drains.Go(func() error { return s.Worker.Drain(s.t.Context()) })
	}
	s.must(drains.Wait())
	s.Settle(s.t)
}

// nothingLeft wants neither objects at the Controller nor ports in Neutron.
func (s *site) nothingLeft() {
	s.t.Helper()
	for key := range s.Objects() {
		s.t.Errorf("%s is left at the Controller", key)
	}
	for _, p := range s.Ports() {
		s.t.Errorf("port %s is left in Neutron", p.Name)
	}
}
