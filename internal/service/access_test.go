package service_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

const notAllowed = "Policy does not allow this request to be performed."

func TestATenantTouchesOnlyItsOwn(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	before := b.statuses(s.lb)
	ctx := b.ctx()
	drop := func(_ any, err error) error { return err }
	reads := []operation{
		{"load balancer", func(c service.Caller) error { return drop(b.LoadBalancer(ctx, c, s.lb)) }},
		{"load balancer's version", func(c service.Caller) error { return drop(b.LoadBalancerVersion(ctx, c, s.lb)) }},
		{"load balancer's tree", func(c service.Caller) error { return drop(b.LoadBalancerTree(ctx, c, s.lb)) }},
		{"load balancer's counters", func(c service.Caller) error { return drop(b.LoadBalancerStats(ctx, c, s.lb)) }},
		{"listener", func(c service.Caller) error { return drop(b.Listener(ctx, c, s.listener)) }},
		{"listener's counters", func(c service.Caller) error { return drop(b.ListenerStats(ctx, c, s.listener)) }},
		{"pool", func(c service.Caller) error { return drop(b.Pool(ctx, c, s.pool)) }},
		{"member", func(c service.Caller) error { return drop(b.Member(ctx, c, s.pool, s.member)) }},
		{"members", func(c service.Caller) error { return drop(b.Members(ctx, c, s.pool, service.Query{})) }},
		{"health monitor", func(c service.Caller) error { return drop(b.HealthMonitor(ctx, c, s.monitor)) }},
	}
	for _, o := range append(b.changes(s), reads...) {
		for _, stranger := range []service.Caller{bob, {}} {
			b.refused(o.name, o.run(stranger), lbaas.KindForbidden, notAllowed)
		}
	}
	if after := b.statuses(s.lb); after != before {
		t.Errorf("a refused request changed the tree from\n%s to\n%s", before, after)
	}
	for _, o := range reads {
		for _, allowed := range []service.Caller{alice, admin} {
			if err := o.run(allowed); err != nil {
				t.Errorf("%s by %s: %v", o.name, allowed.UserID, err)
			}
		}
	}
}

func TestATenantSeesOnlyItsOwnInLists(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	lists := map[string]func(service.Caller, service.Query) ([]string, error){
		"load balancers": func(c service.Caller, q service.Query) ([]string, error) {
			return idsOf(b.LoadBalancers(b.ctx(), c, q, nil))(func(o service.LoadBalancerEntry) string { return o.ID })
		},
		"listeners": func(c service.Caller, q service.Query) ([]string, error) {
			return idsOf(b.Listeners(b.ctx(), c, q))(func(o service.Listener) string { return o.ID })
		},
		"pools": func(c service.Caller, q service.Query) ([]string, error) {
			return idsOf(b.Pools(b.ctx(), c, q))(func(o service.Pool) string { return o.ID })
		},
		"health monitors": func(c service.Caller, q service.Query) ([]string, error) {
			return idsOf(b.HealthMonitors(b.ctx(), c, q))(func(o service.HealthMonitor) string { return o.ID })
		},
	}
	ids := map[string]string{"load balancers": s.lb, "listeners": s.listener, "pools": s.pool, "health monitors": s.monitor}
	of := func(project string) service.Query {
		return service.Query{Equal: map[string]string{"project_id": project}}
	}
	for name, list := range lists {
		for _, c := range []struct {
			who  service.Caller
			q    service.Query
			sees bool
		}{
			{alice, service.Query{}, true},
			{alice, of(alice.ProjectID), true},
			{alice, of(bob.ProjectID), false},
			{bob, service.Query{}, false},
			{bob, of(alice.ProjectID), false},
			{service.Caller{}, service.Query{}, false},
			{admin, service.Query{}, true},
			{admin, of(alice.ProjectID), true},
			{admin, of(admin.ProjectID), false},
		} {
			var want []string
			if c.sees {
				want = []string{ids[name]}
			}
			got, err := list(c.who, c.q)
			b.check(err)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s for %q with %v (-want +got):\n%s", name, c.who.UserID, c.q.Equal, diff)
			}
		}
	}
	if q := of(alice.ProjectID); true {
		_, err := b.LoadBalancers(b.ctx(), admin, q, nil)
		b.check(err)
		if len(q.Equal) != 1 {
			t.Errorf("the caller's query was changed: %v", q)
		}
	}
}

func idsOf[T any](page service.Page[T], err error) func(func(T) string) ([]string, error) {
	return func(id func(T) string) ([]string, error) {
		var ids []string
		for _, item := range page.Items {
			ids = append(ids, id(item))
		}
		return ids, err
	}
}

func TestWhoMayMakeALoadBalancerForWhom(t *testing.T) {
	b := newBed(t, nil)
	create := func(c service.Caller, project string) (service.LoadBalancer, error) {
		in := lbaas.LoadBalancerInput{VIPAddress: lbaas.Given("10.0.0.1")}
		if project != "" {
			in.ProjectID = lbaas.Given(project)
		}
		return b.CreateLoadBalancer(b.ctx(), c, in)
	}
	for _, c := range []struct {
		who           service.Caller
		project, want string
	}{
		{alice, "", alice.ProjectID},
		{alice, alice.ProjectID, alice.ProjectID},
		{admin, "", admin.ProjectID},
		{admin, alice.ProjectID, alice.ProjectID},
	} {
		lb, err := create(c.who, c.project)
		b.check(err)
		if lb.ProjectID != c.want {
			t.Errorf("%s for %q: project %q, want %q", c.who.UserID, c.project, lb.ProjectID, c.want)
		}
	}
	_, err := create(alice, bob.ProjectID)
	b.refused("for another project", err, lbaas.KindForbidden, notAllowed)
	_, err = create(service.Caller{Global: true}, "")
	b.refused("for no project", err, lbaas.KindInvalid, "Missing project ID in request where one is required.")
}

func TestNothingOfAPendingTreeCanBeChanged(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	_, err := b.UpdateLoadBalancer(b.ctx(), alice, s.lb, lbaas.LoadBalancerInput{Name: lbaas.Given("x")})
	b.check(err)
	before, woken := b.statuses(s.lb), b.woken
	for _, o := range b.changes(s) {
		want := "Load Balancer " + s.lb + " is immutable and cannot be updated."
		if strings.HasSuffix(o.name, "load balancer") {
			want = "Invalid state PENDING_UPDATE of loadbalancer resource " + s.lb
		}
		b.refused(o.name, o.run(alice), lbaas.KindImmutable, want)
	}
	if after := b.statuses(s.lb); after != before || b.woken != woken {
		t.Errorf("a refused request changed the tree from\n%s to\n%s, or woke the worker", before, after)
	}
	b.settle()
	for _, o := range b.changes(s) {
		// The site has a health monitor already, and what was deleted is gone.
		if strings.HasPrefix(o.name, "update") {
			if err := o.run(alice); err != nil {
				t.Errorf("%s of a settled tree: %v", o.name, err)
			}
			b.settle()
		}
	}
}

func TestEachAcceptedChangeWakesTheWorker(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	for _, o := range b.changes(s) {
		if o.name == "create health monitor" || strings.HasPrefix(o.name, "delete") {
			continue
		}
		woken := b.woken
		b.check(o.run(alice))
		if b.woken != woken+1 {
			t.Errorf("%s: the worker was woken %d times, want once", o.name, b.woken-woken)
		}
		b.settle()
	}
}

func TestWhatIsNotThere(t *testing.T) {
	b := newBed(t, newNetwork())
	s := b.site()
	unknown := site{lb: newID(), listener: newID(), pool: newID(), member: newID(), monitor: newID()}
	ids := map[string]string{
		"load balancer": "Load Balancer " + unknown.lb, "listener": "Listener " + unknown.listener, "pool": "Pool " + unknown.pool,
		"member": "Member " + unknown.member, "health monitor": "Health Monitor " + unknown.monitor,
		"create listener": "Load Balancer " + unknown.lb, "create pool": "Load Balancer " + unknown.lb,
		"create member": "Pool " + unknown.pool, "create health monitor": "Pool " + unknown.pool,
	}
	for _, o := range b.changes(unknown) {
		want, ok := ids[o.name]
		if !ok {
			_, typ, _ := strings.Cut(o.name, " ")
			want = ids[typ]
		}
		b.refused(o.name, o.run(alice), lbaas.KindNotFound, want+" not found.")
	}
	second := b.pool(poolOn(s.lb))
	_, err := b.Member(b.ctx(), alice, second.ID, s.member)
	b.refused("a member in a pool that it is not in", err, lbaas.KindNotFound, "Member "+s.member+" not found.")
}
