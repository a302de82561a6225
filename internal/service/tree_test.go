package service_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

func TestANewObjectIsPendingAndItsParentsAreUpdated(t *testing.T) {
	b := newBed(t, newNetwork())
	lb, err := b.CreateLoadBalancer(b.ctx(), alice, vip("", "", "v4", ""))
	b.check(err)
	if lb.ID == "" || lb.OperatingStatus != lbaas.Offline || lb.CreatedAt != b.now || !lb.UpdatedAt.IsZero() || !lb.AdminStateUp {
		t.Errorf("got %+v", lb)
	}
	b.expect(lb.ID, "lb PENDING_CREATE")
	b.settle()

	l, err := b.CreateListener(b.ctx(), alice, listenerOn(lb.ID, 80))
	b.check(err)
	b.expect(lb.ID, "lb PENDING_UPDATE, listener PENDING_CREATE")
	b.settle()

	in := poolOn(lb.ID)
	in.ListenerID = lbaas.Given(l.ID)
	p, err := b.CreatePool(b.ctx(), alice, in)
	b.check(err)
	b.expect(lb.ID, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool PENDING_CREATE")
	b.settle()

	m, err := b.CreateMember(b.ctx(), alice, memberOf(p.ID, "10.0.0.21"))
	b.check(err)
	if m.OperatingStatus != lbaas.NoMonitor {
		t.Errorf("a new member is %s", m.OperatingStatus)
	}
	b.expect(lb.ID, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool PENDING_UPDATE, member PENDING_CREATE")
	b.settle()

	h, err := b.CreateHealthMonitor(b.ctx(), alice, monitorOf(p.ID))
	b.check(err)
	b.expect(lb.ID, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool PENDING_UPDATE, member ACTIVE, monitor PENDING_CREATE")
	b.settle()

	for id, project := range map[string]string{l.ID: l.ProjectID, p.ID: p.ProjectID, m.ID: m.ProjectID, h.ID: h.ProjectID} {
		if project != alice.ProjectID {
			t.Errorf("%s is of project %q", id, project)
		}
	}
	pool, err := b.Pool(b.ctx(), alice, p.ID)
	b.check(err)
	if diff := cmp.Diff([]string{l.ID}, pool.ListenerIDs); diff != "" {
		t.Errorf("the pool's listeners (-want +got):\n%s", diff)
	}
	if len(pool.MemberIDs) != 1 || pool.MemberIDs[0] != m.ID || pool.MonitorID != h.ID {
		t.Errorf("the pool shows members %v and monitor %q", pool.MemberIDs, pool.MonitorID)
	}
	view, err := b.LoadBalancer(b.ctx(), alice, lb.ID)
	b.check(err)
	if len(view.ListenerIDs) != 1 || view.ListenerIDs[0] != l.ID || len(view.PoolIDs) != 1 || view.PoolIDs[0] != p.ID {
		t.Errorf("the load balancer shows listeners %v and pools %v", view.ListenerIDs, view.PoolIDs)
	}
}

func TestAnUpdateMarksWhatItTouches(t *testing.T) {
	b := newBed(t, newNetwork())
	for _, c := range []struct {
		name string
		run  func(site) error
		want string
	}{
		{"load balancer", func(s site) error {
			_, err := b.UpdateLoadBalancer(b.ctx(), alice, s.lb, lbaas.LoadBalancerInput{Name: lbaas.Given("x")})
			return err
		}, "lb PENDING_UPDATE, listener ACTIVE, pool ACTIVE, member ACTIVE, monitor ACTIVE"},
		{"listener", func(s site) error {
			_, err := b.UpdateListener(b.ctx(), alice, s.listener, lbaas.ListenerInput{Name: lbaas.Given("x")})
			return err
		}, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool ACTIVE, member ACTIVE, monitor ACTIVE"},
		{"pool", func(s site) error {
			_, err := b.UpdatePool(b.ctx(), alice, s.pool, lbaas.PoolInput{Name: lbaas.Given("x")})
			return err
		}, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool PENDING_UPDATE, member ACTIVE, monitor ACTIVE"},
		{"member", func(s site) error {
			_, err := b.UpdateMember(b.ctx(), alice, s.pool, s.member, lbaas.MemberInput{Weight: lbaas.Given(7)})
			return err
		}, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool PENDING_UPDATE, member PENDING_UPDATE, monitor ACTIVE"},
		{"health monitor", func(s site) error {
			_, err := b.UpdateHealthMonitor(b.ctx(), alice, s.monitor, lbaas.HealthMonitorInput{Delay: lbaas.Given(7)})
			return err
		}, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool PENDING_UPDATE, member ACTIVE, monitor PENDING_UPDATE"},
		{"delete a listener", func(s site) error {
			return b.DeleteListener(b.ctx(), alice, s.listener)
		}, "lb PENDING_UPDATE, listener PENDING_DELETE, pool ACTIVE, member ACTIVE, monitor ACTIVE"},
		{"delete a pool", func(s site) error {
			return b.DeletePool(b.ctx(), alice, s.pool)
		}, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool PENDING_DELETE, member PENDING_DELETE, monitor PENDING_DELETE"},
		{"delete a member", func(s site) error {
			return b.DeleteMember(b.ctx(), alice, s.pool, s.member)
		}, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool PENDING_UPDATE, member PENDING_DELETE, monitor ACTIVE"},
		{"delete a health monitor", func(s site) error {
			return b.DeleteHealthMonitor(b.ctx(), alice, s.monitor)
		}, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool PENDING_UPDATE, member ACTIVE, monitor PENDING_DELETE"},
	} {
		s := b.site()
		if err := c.run(s); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := b.statuses(s.lb); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestAnUpdateIsShownAndStoredWithItsTime(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	b.now = b.now.Add(time.Hour)
	m, err := b.UpdateMember(b.ctx(), alice, s.pool, s.member, lbaas.MemberInput{Weight: lbaas.Given(7)})
	b.check(err)
	if m.Weight != 7 || m.UpdatedAt != b.now || m.ProvisioningStatus != lbaas.PendingUpdate {
		t.Errorf("shown: %+v", m)
	}
	stored, err := b.Member(b.ctx(), alice, s.pool, s.member)
	b.check(err)
	if diff := cmp.Diff(m, stored); diff != "" {
		t.Errorf("stored (-shown +stored):\n%s", diff)
	}
	b.settle()
	_, err = b.UpdateMember(b.ctx(), alice, s.pool, s.member, lbaas.MemberInput{Weight: lbaas.Given(-1)})
	b.refused("a wrong value", err, lbaas.KindInvalid,
		"Invalid input for field/attribute weight. Value: '-1'. Value should be greater or equal to 0")
	b.expect(s.lb, "lb ACTIVE, listener ACTIVE, pool ACTIVE, member ACTIVE, monitor ACTIVE")
}

func TestTheSameOnceMoreIsAConflict(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	_, err := b.CreateListener(b.ctx(), alice, listenerOn(s.lb, 80))
	b.refused("the port", err, lbaas.KindConflict, "Another Listener on this Load Balancer is already using protocol HTTP and protocol_port 80")
	_, err = b.CreateMember(b.ctx(), alice, memberOf(s.pool, "10.0.0.21"))
	b.refused("the address", err, lbaas.KindConflict, "Another member on this pool is already using ip 10.0.0.21 on protocol_port 80")
	_, err = b.CreateHealthMonitor(b.ctx(), alice, monitorOf(s.pool))
	b.refused("the monitor", err, lbaas.KindConflict, "This pool already has a health monitor")
	in := poolOn(s.lb)
	in.ListenerID = lbaas.Given(s.listener)
	_, err = b.CreatePool(b.ctx(), alice, in)
	b.refused("the default pool", err, lbaas.KindConflict, "This listener already has a default pool")
	in = poolOn(s.lb)
	in.ID = lbaas.Given(s.pool)
	_, err = b.CreatePool(b.ctx(), alice, in)
	b.refused("the id", err, lbaas.KindConflict, "Already an entity with that specified id.")
	b.expect(s.lb, "lb ACTIVE, listener ACTIVE, pool ACTIVE, member ACTIVE, monitor ACTIVE")
}

func TestDefaultPools(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	other := b.site()
	spare := b.pool(poolOn(s.lb))
	set := func(listener string, pool lbaas.Attr[string]) error {
		_, err := b.UpdateListener(b.ctx(), alice, listener, lbaas.ListenerInput{DefaultPoolID: pool})
		return err
	}
	defaultPool := func() string {
		l, err := b.Listener(b.ctx(), alice, s.listener)
		b.check(err)
		return l.DefaultPoolID
	}

	b.check(set(s.listener, lbaas.Given(spare.ID)))
	b.expect(s.lb, "lb PENDING_UPDATE, listener PENDING_UPDATE, pool ACTIVE, pool PENDING_UPDATE, member ACTIVE, monitor ACTIVE")
	b.settle()
	if got := defaultPool(); got != spare.ID {
		t.Errorf("the default pool is %q, want the spare one", got)
	}
	b.check(set(s.listener, lbaas.GivenNull[string]()))
	b.settle()
	if got := defaultPool(); got != "" {
		t.Errorf("the default pool is %q, want none", got)
	}

	b.refused("an unknown pool", set(s.listener, lbaas.Given("x")), lbaas.KindNotFound, "Pool x not found.")
	b.refused("another load balancer's pool", set(s.listener, lbaas.Given(other.pool)), lbaas.KindNotFound, "Pool "+other.pool+" not found.")
	in := listenerOn(s.lb, 81)
	in.Protocol, in.DefaultPoolID = lbaas.Given(lbaas.ListenerUDP), lbaas.Given(s.pool)
	_, err := b.CreateListener(b.ctx(), alice, in)
	b.refused("a pool of another protocol", err, lbaas.KindInvalid,
		"Validation failure: The pool protocol 'HTTP' is invalid while the listener protocol is 'UDP'.")

	p := poolOn(s.lb)
	p.ListenerID = lbaas.Given(other.listener)
	_, err = b.CreatePool(b.ctx(), alice, p)
	b.refused("another load balancer's listener", err, lbaas.KindNotFound, "Listener "+other.listener+" not found.")
}

func TestAPoolThatServesAListenerHasToFitIt(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	in := listenerOn(s.lb, 443)
	in.Protocol, in.DefaultPoolID = lbaas.Given(lbaas.ListenerTCP), lbaas.Given(s.pool)
	_, err := b.CreateListener(b.ctx(), alice, in)
	b.check(err)
	b.settle()
	_, err = b.UpdatePool(b.ctx(), alice, s.pool, lbaas.PoolInput{
		Persistence: lbaas.Given(lbaas.PersistenceInput{Type: lbaas.Given(lbaas.PersistHTTPCookie)}),
	})
	b.refused("cookies", err, lbaas.KindUnsupported,
		"Provider 'avi' does not support a requested option: session persistence of type HTTP_COOKIE behind a TCP listener")
}

func TestMonitorsHaveToFitTheirPool(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	p := b.pool(poolOn(s.lb))
	in := monitorOf(p.ID)
	in.Type = lbaas.Given(lbaas.MonitorUDPConnect)
	_, err := b.CreateHealthMonitor(b.ctx(), alice, in)
	b.refused("UDP-CONNECT", err, lbaas.KindInvalid,
		"Validation failure: The UDP-CONNECT type is only supported for pools of type UDP/SCTP.")
}

func TestMemberSubnets(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	in := memberOf(s.pool, "10.0.0.22")
	in.SubnetID = lbaas.Given("x")
	_, err := b.CreateMember(b.ctx(), alice, in)
	b.refused("an unknown subnet", err, lbaas.KindInvalid, "Subnet x not found.")
	in.SubnetID = lbaas.Given("v4")
	m, err := b.CreateMember(b.ctx(), alice, in)
	b.check(err)
	if m.SubnetID != "v4" {
		t.Errorf("the member's subnet is %q", m.SubnetID)
	}
}

func TestDeletingALoadBalancer(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	b.refused("without cascade", b.DeleteLoadBalancer(b.ctx(), alice, s.lb, false), lbaas.KindInvalid,
		"Validation failure: Cannot delete Load Balancer "+s.lb+" - it has children")
	b.expect(s.lb, "lb ACTIVE, listener ACTIVE, pool ACTIVE, member ACTIVE, monitor ACTIVE")

	b.check(b.DeleteLoadBalancer(b.ctx(), alice, s.lb, true))
	b.expect(s.lb, "lb PENDING_DELETE, listener PENDING_DELETE, pool PENDING_DELETE, member PENDING_DELETE, monitor PENDING_DELETE")
	b.refused("again, while pending", b.DeleteLoadBalancer(b.ctx(), alice, s.lb, true), lbaas.KindImmutable,
		"Invalid state PENDING_DELETE of loadbalancer resource "+s.lb)

	b.fail()
	for _, o := range b.changes(s) {
		if o.name == "delete load balancer" {
			continue
		}
		if message, kind, _ := lbaas.MessageFor(o.run(alice)); kind != lbaas.KindImmutable {
			t.Errorf("%s of a load balancer whose deletion failed: (%q, %q)", o.name, message, kind)
		}
	}
	b.check(b.DeleteLoadBalancer(b.ctx(), alice, s.lb, false))
	b.settle()
	_, err := b.LoadBalancer(b.ctx(), alice, s.lb)
	b.refused("what was deleted", err, lbaas.KindNotFound, "Load Balancer "+s.lb+" not found.")

	empty, err := b.CreateLoadBalancer(b.ctx(), alice, vip("", "", "v4", ""))
	b.check(err)
	b.settle()
	b.check(b.DeleteLoadBalancer(b.ctx(), alice, empty.ID, false))
}

func TestWhatIsDoomedCanOnlyBeDeletedAgain(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	for _, doom := range []func() error{
		func() error { return b.DeletePool(b.ctx(), alice, s.pool) },
		func() error { return b.DeleteListener(b.ctx(), alice, s.listener) },
	} {
		b.check(doom())
		b.fail()
	}
	immutable := func(resource, id string) string { return resource + " " + id + " is immutable and cannot be updated." }
	want := map[string]string{
		"update listener": immutable("Listener", s.listener), "update pool": immutable("Pool", s.pool),
		"create member": immutable("Pool", s.pool), "update member": immutable("Member", s.member),
		"create health monitor": immutable("Pool", s.pool), "update health monitor": immutable("Health Monitor", s.monitor),
	}
	for _, o := range b.changes(s) {
		if message, ok := want[o.name]; ok {
			b.refused(o.name, o.run(alice), lbaas.KindImmutable, message)
		}
	}
	in := listenerOn(s.lb, 81)
	in.DefaultPoolID = lbaas.Given(s.pool)
	_, err := b.CreateListener(b.ctx(), alice, in)
	b.refused("a doomed default pool", err, lbaas.KindNotFound, "Pool "+s.pool+" not found.")
	p := poolOn(s.lb)
	p.ListenerID = lbaas.Given(s.listener)
	_, err = b.CreatePool(b.ctx(), alice, p)
	b.refused("a doomed listener", err, lbaas.KindNotFound, "Listener "+s.listener+" not found.")

	b.check(b.DeletePool(b.ctx(), alice, s.pool))
	b.settle()
	b.expect(s.lb, "lb ACTIVE")
}

func TestDeletingAPoolLeavesItsListeners(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	b.check(b.DeletePool(b.ctx(), alice, s.pool))
	b.settle()
	b.expect(s.lb, "lb ACTIVE, listener ACTIVE")
	l, err := b.Listener(b.ctx(), alice, s.listener)
	b.check(err)
	if l.DefaultPoolID != "" {
		t.Errorf("the listener still has the default pool %s", l.DefaultPoolID)
	}
}

func TestCounters(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	second := b.listener(s.lb, 81)
	b.check(b.store.Observe(b.ctx(), store.Observed{Stats: map[string]store.ListenerStats{
		s.listener: {Stats: lbaas.Stats{BytesIn: 1, TotalConnections: 10}},
		second.ID:  {Stats: lbaas.Stats{BytesIn: 2, TotalConnections: 20}},
	}}))
	one, err := b.ListenerStats(b.ctx(), alice, second.ID)
	b.check(err)
	sum, err := b.LoadBalancerStats(b.ctx(), alice, s.lb)
	b.check(err)
	if one.BytesIn != 2 || sum.BytesIn != 3 || sum.TotalConnections != 30 {
		t.Errorf("the listener's are %+v, the load balancer's %+v", one, sum)
	}
}

func TestListsArePassedOn(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	second := b.member(s.pool, "10.0.0.22")
	page, err := b.Members(b.ctx(), alice, s.pool, service.Query{
		Sort: []service.SortKey{{Attribute: "address", Descending: true}}, Limit: 1,
	})
	b.check(err)
	if len(page.Items) != 1 || page.Items[0].ID != second.ID || !page.More {
		t.Errorf("the first page is %+v", page)
	}
	page, err = b.Members(b.ctx(), alice, s.pool, service.Query{
		Sort: []service.SortKey{{Attribute: "address", Descending: true}}, Marker: second.ID,
	})
	b.check(err)
	if len(page.Items) != 1 || page.Items[0].ID != s.member || page.More {
		t.Errorf("the second page is %+v", page)
	}
	_, err = b.Members(b.ctx(), alice, s.pool, service.Query{Marker: "x"})
	b.refused("an unknown marker", err, lbaas.KindInvalid, "Supplied pagination marker 'x' is not valid.")
}
