package service_test

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// network is a network service in memory. Port ids are made of the load balancers'.
type network struct {
	subnets  map[string]neutron.Subnet
	networks map[string]neutron.Network
	ports    map[string]neutron.Port

	createErr, deleteErr error
	// made, when set, runs after a port was made.
	made func()
}

// newNetwork has a network with an IPv6 and an IPv4 subnet, and a port of a user's with an address of each.
func newNetwork() *network {
	return &network{
		subnets: map[string]neutron.Subnet{
			"v6": {ID: "v6", NetworkID: "net", CIDR: netip.MustParsePrefix("2001:db8::/64"), IPVersion: 6},
			"v4": {ID: "v4", NetworkID: "net", CIDR: netip.MustParsePrefix("10.0.0.0/24"), IPVersion: 4},
		},
		networks: map[string]neutron.Network{
			"net":   {ID: "net", SubnetIDs: []string{"v6", "v4"}},
			"empty": {ID: "empty"},
		},
		ports: map[string]neutron.Port{
			"mine": {ID: "mine", NetworkID: "net", FixedIPs: []neutron.FixedIP{
				{SubnetID: "v4", Address: netip.MustParseAddr("10.0.0.7")},
				{SubnetID: "v6", Address: netip.MustParseAddr("2001:db8::7")},
			}},
			"single": {ID: "single", NetworkID: "net", FixedIPs: []neutron.FixedIP{
				{SubnetID: "v4", Address: netip.MustParseAddr("10.0.0.8")},
			}},
			"used": {ID: "used", NetworkID: "net", DeviceID: "vm"},
		},
	}
}

func find[T any](objects map[string]T, id string) (T, error) {
	object, ok := objects[id]
	if !ok {
		return object, &neutron.Error{Kind: neutron.ErrNotFound, Doing: "reading " + id}
	}
	return object, nil
}

func (n *network) Subnet(_ context.Context, id string) (neutron.Subnet, error) {
	return find(n.subnets, id)
}

func (n *network) Network(_ context.Context, id string) (neutron.Network, error) {
	return find(n.networks, id)
}

func (n *network) Port(_ context.Context, id string) (neutron.Port, error) { return find(n.ports, id) }

func (n *network) CreateVIPPort(_ context.Context, want neutron.VIPPort) (neutron.Port, error) {
	if n.createErr != nil {
		return neutron.Port{}, n.createErr
	}
	id := "port-of-" + want.LoadBalancerID
	if port, ok := n.ports[id]; ok {
		return port, nil
	}
	address := want.Address
	if !address.IsValid() {
		address = n.subnets[want.SubnetID].CIDR.Addr().Next()
	}
	port := neutron.Port{
		ID: id, NetworkID: want.NetworkID, ProjectID: want.ProjectID,
		FixedIPs: []neutron.FixedIP{{SubnetID: want.SubnetID, Address: address}},
	}
	n.ports[id] = port
	if n.made != nil {
		n.made()
	}
	return port, nil
}

func (n *network) DeletePort(_ context.Context, id string) error {
	if n.deleteErr == nil {
		delete(n.ports, id)
	}
	return n.deleteErr
}

// bed is a service over a store of its own.
type bed struct {
	*service.Service
	t       *testing.T
	store   *store.Store
	network *network
	now     time.Time
	woken   int
}

var (
	alice = service.Caller{UserID: "alice", ProjectID: "project-a"}
	bob   = service.Caller{UserID: "bob", ProjectID: "project-b"}
	admin = service.Caller{UserID: "admin", ProjectID: "project-c", Global: true}
)

// newBed has a network service when network is not nil.
func newBed(t *testing.T, n *network) *bed {
	t.Helper()
	t.Parallel()
	b := &bed{t: t, network: n, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	options := storetest.Options(t)
	options.Now = func() time.Time { return b.now }
	var err error
	b.store, err = store.Open(t.Context(), options)
	b.check(err)
	t.Cleanup(func() { b.check(b.store.Close()) })
	o := service.Options{
		Store: b.store, Providers: []service.Provider{{Name: "avi_adc"}, {Name: "other"}}, Wake: func() { b.woken++ },
	}
	if n != nil {
		o.Network = n
	}
	b.Service = service.New(o)
	return b
}

func (b *bed) check(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bed) ctx() context.Context { return b.t.Context() }

// settle makes whatever is pending ACTIVE, and removes what is doomed.
func (b *bed) settle() {
	b.t.Helper()
	claims, err := b.store.Claim(b.ctx(), "settle", time.Minute, 100)
	b.check(err)
	for _, c := range claims {
		b.check(b.store.Succeed(b.ctx(), c, nil))
	}
	b.now = b.now.Add(time.Second) // what is made next is younger
}

// fail puts whatever is pending into ERROR.
func (b *bed) fail() {
	b.t.Helper()
	claims, err := b.store.Claim(b.ctx(), "fail", time.Minute, 100)
	b.check(err)
	for _, c := range claims {
		b.check(b.store.Fail(b.ctx(), c, nil, "why"))
	}
}

// refused wants an operation refused with a kind and a text for the user.
func (b *bed) refused(what string, err error, kind lbaas.Kind, want string) {
	b.t.Helper()
	if message, got, _ := lbaas.MessageFor(err); got != kind || message != want {
		b.t.Errorf("%s: the user is told (%q, %q), want (%q, %q); the log: %v", what, message, got, want, kind, err)
	}
}

// site is alice's load balancer with everything on it, ACTIVE.
type site struct{ lb, listener, pool, member, monitor string }

func (b *bed) site() site {
	b.t.Helper()
	var s site
	lb, err := b.CreateLoadBalancer(b.ctx(), alice, lbaas.LoadBalancerInput{VIPAddress: lbaas.Given("10.0.0.9"), VIPSubnetID: lbaas.Given("v4")})
	b.check(err)
	s.lb = lb.ID
	b.settle()
	s.listener = b.listener(s.lb, 80).ID
	s.pool = b.pool(lbaas.PoolInput{ListenerID: lbaas.Given(s.listener)}).ID
	s.member = b.member(s.pool, "10.0.0.21").ID
	monitor, err := b.CreateHealthMonitor(b.ctx(), alice, monitorOf(s.pool))
	b.check(err)
	s.monitor = monitor.ID
	b.settle()
	return s
}

// listener, pool and member make one more, ACTIVE.
func (b *bed) listener(lb string, port int) service.Listener {
	b.t.Helper()
	l, err := b.CreateListener(b.ctx(), alice, listenerOn(lb, port))
	b.check(err)
	b.settle()
	return l
}

func (b *bed) pool(in lbaas.PoolInput) service.Pool {
	b.t.Helper()
	in.Protocol, in.Algorithm = lbaas.Given(lbaas.PoolHTTP), lbaas.Given(lbaas.RoundRobin)
	p, err := b.CreatePool(b.ctx(), alice, in)
	b.check(err)
	b.settle()
	return p
}

func (b *bed) member(pool, address string) service.Member {
	b.t.Helper()
	m, err := b.CreateMember(b.ctx(), alice, memberOf(pool, address))
	b.check(err)
	b.settle()
	return m
}

func listenerOn(lb string, port int) lbaas.ListenerInput {
	return lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(lb), Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(port),
	}
}

func poolOn(lb string) lbaas.PoolInput {
	return lbaas.PoolInput{
		LoadBalancerID: lbaas.Given(lb), Protocol: lbaas.Given(lbaas.PoolHTTP), Algorithm: lbaas.Given(lbaas.RoundRobin),
	}
}

func memberOf(pool, address string) lbaas.MemberInput {
	return lbaas.MemberInput{PoolID: lbaas.Given(pool), Address: lbaas.Given(address), ProtocolPort: lbaas.Given(80)}
}

func monitorOf(pool string) lbaas.HealthMonitorInput {
	return lbaas.HealthMonitorInput{
		PoolID: lbaas.Given(pool), Type: lbaas.Given(lbaas.MonitorHTTP), Delay: lbaas.Given(5), Timeout: lbaas.Given(3),
		MaxRetries: lbaas.Given(2),
	}
}

// statuses are the provisioning statuses of a load balancer's tree, as "type: status", in the order of the tree.
func (b *bed) statuses(lb string) string {
	b.t.Helper()
	tree, err := b.LoadBalancerTree(b.ctx(), admin, lb)
	b.check(err)
	lines := []string{fmt.Sprint("lb ", tree.LoadBalancer.ProvisioningStatus)}
	for i := range tree.Listeners {
		lines = append(lines, fmt.Sprint("listener ", tree.Listeners[i].ProvisioningStatus))
	}
	for i := range tree.Pools {
		lines = append(lines, fmt.Sprint("pool ", tree.Pools[i].ProvisioningStatus))
	}
	for i := range tree.Members {
		lines = append(lines, fmt.Sprint("member ", tree.Members[i].ProvisioningStatus))
	}
	for i := range tree.Monitors {
		lines = append(lines, fmt.Sprint("monitor ", tree.Monitors[i].ProvisioningStatus))
	}
	return strings.Join(lines, ", ")
}

// expect wants the statuses of a tree.
func (b *bed) expect(lb, want string) {
	b.t.Helper()
	if got := b.statuses(lb); got != want {
		b.t.Errorf("got  %s\nwant %s", got, want)
	}
}

// operation is one change of a site, by whomever.
type operation struct {
	name string
	run  func(service.Caller) error
}

// changes are all operations that change something of a site.
func (b *bed) changes(s site) []operation {
	ctx := b.ctx()
	drop := func(_ any, err error) error { return err }
	return []operation{
		{"update load balancer", func(c service.Caller) error {
			return drop(b.UpdateLoadBalancer(ctx, c, s.lb, lbaas.LoadBalancerInput{}))
		}},
		{"delete load balancer", func(c service.Caller) error { return b.DeleteLoadBalancer(ctx, c, s.lb, true) }},
		{"create listener", func(c service.Caller) error { return drop(b.CreateListener(ctx, c, listenerOn(s.lb, 81))) }},
		{"update listener", func(c service.Caller) error {
			return drop(b.UpdateListener(ctx, c, s.listener, lbaas.ListenerInput{}))
		}},
		{"delete listener", func(c service.Caller) error { return b.DeleteListener(ctx, c, s.listener) }},
		{"create pool", func(c service.Caller) error { return drop(b.CreatePool(ctx, c, poolOn(s.lb))) }},
		{"update pool", func(c service.Caller) error { return drop(b.UpdatePool(ctx, c, s.pool, lbaas.PoolInput{})) }},
		{"delete pool", func(c service.Caller) error { return b.DeletePool(ctx, c, s.pool) }},
		{"create member", func(c service.Caller) error { return drop(b.CreateMember(ctx, c, memberOf(s.pool, "10.0.0.22"))) }},
		{"update member", func(c service.Caller) error {
			return drop(b.UpdateMember(ctx, c, s.pool, s.member, lbaas.MemberInput{}))
		}},
		{"delete member", func(c service.Caller) error { return b.DeleteMember(ctx, c, s.pool, s.member) }},
		{"create health monitor", func(c service.Caller) error { return drop(b.CreateHealthMonitor(ctx, c, monitorOf(s.pool))) }},
		{"update health monitor", func(c service.Caller) error {
			return drop(b.UpdateHealthMonitor(ctx, c, s.monitor, lbaas.HealthMonitorInput{}))
		}},
		{"delete health monitor", func(c service.Caller) error { return b.DeleteHealthMonitor(ctx, c, s.monitor) }},
	}
}

func newID() string { return uuid.NewString() }
