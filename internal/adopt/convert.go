package adopt

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// candidate is a load balancer of the source in the domain's terms.
type candidate struct {
	tree     lbaas.Tree
	source   Object
	provider string // as the source names it; empty when it does not
	// problems are why it cannot be taken over; notes are what an operator should know all the same.
	problems, notes []string
}

func (c *candidate) problem(of string, err error) {
	c.problems = append(c.problems, of+": "+messageOf(err))
}

func (c *candidate) problemsOf(of string, problems []string) {
	for _, p := range problems {
		c.problems = append(c.problems, of+": "+p)
	}
}

// candidates are the load balancers of an export, by id, with what hangs from each.
func candidates(e Export) []*candidate {
	c := converter{
		octavia: e.Octavia, listener: map[string]*candidate{}, pool: map[string]*candidate{}, policy: map[string]*candidate{},
	}
	byID := map[string]*candidate{}
	for _, o := range e.LoadBalancers {
		found := c.loadBalancer(o)
		c.all, byID[o.text("id")] = append(c.all, found), found
	}
	for _, o := range e.Listeners {
		if of := byID[cmp.Or(o.related(loadBalancers), o.text("loadbalancer_id"))]; of != nil {
			c.listener[o.text("id")] = of
			c.addListener(of, o)
		}
	}
	for _, o := range e.Pools {
		of := byID[cmp.Or(o.related(loadBalancers), o.text("loadbalancer_id"))]
		if of == nil {
			of = c.listener[cmp.Or(o.related(listeners), o.text("listener_id"))] // before Newton a pool was a listener's
		}
		if of != nil {
			c.pool[o.text("id")] = of
			c.addPool(of, o)
		}
	}
	for _, o := range e.Members {
		if of := c.pool[o.text("pool_id")]; of != nil {
			c.addMember(of, o)
		}
	}
	for _, o := range e.HealthMonitors {
		if of := c.pool[cmp.Or(o.related(pools), o.text("pool_id"))]; of != nil {
			c.addHealthMonitor(of, o)
		}
	}
	c.addL7(e)
	for _, of := range c.all {
		of.check()
	}
	slices.SortFunc(c.all, func(a, b *candidate) int { return cmp.Compare(a.tree.LoadBalancer.ID, b.tree.LoadBalancer.ID) })
	return c.all
}

type converter struct {
	octavia                bool
	all                    []*candidate
	listener, pool, policy map[string]*candidate // by the object's id
}

// begin fills in what every object has. The statuses are those of something to be looked at.
func begin(r *lbaas.Resource, o Object, projectID string) error {
	r.ID = o.text("id")
	if _, err := uuid.Parse(r.ID); err != nil {
		return errors.New("its id is no UUID, from which the uuids of Avi objects are computed")
	}
	r.ProjectID = cmp.Or(o.text("project_id"), o.text("tenant_id"), projectID)
	if r.ProjectID == "" {
		return errors.New("it has no project")
	}
	r.ProvisioningStatus, r.OperatingStatus = lbaas.PendingUpdate, lbaas.Offline
	// Octavia's times have no zone: they are UTC. Neutron LBaaS v2 has none at all.
	if created, err := time.Parse("2006-01-02T15:04:05", o.text("created_at")); err == nil {
		r.CreatedAt = created
	}
	return nil
}

func (c *converter) loadBalancer(o Object) *candidate {
	found := &candidate{source: o, provider: o.text("provider")}
	label := o.called("load balancer")
	in, problems := decode[lbaas.LoadBalancerInput](o, nil)
	found.problemsOf(label, problems)
	lb, err := lbaas.NewLoadBalancer(in)
	if err == nil {
		err = begin(&lb.Resource, o, "")
	}
	if err == nil && lb.VIP.Address == "" {
		err = errors.New("it has no address")
	}
	for _, vip := range lb.AdditionalVIPs {
		if err == nil && vip.Address == "" {
			err = fmt.Errorf("its additional VIP in subnet %s has no address", vip.SubnetID)
		}
	}
	if err == nil {
		err = lbaas.CheckVIPSubnets(&lb)
	}
	if err != nil {
		found.problem(label, err)
	}
	lb.ID, lb.Name = o.text("id"), o.text("name")
	switch status := o.text("provisioning_status"); status {
	case "PENDING_DELETE", "DELETED":
		found.problem(label, errors.New("it is being deleted at the source"))
	case "", "ACTIVE":
	default:
		found.notes = append(found.notes, "it is "+status+" at the source: what is there may be half of what was asked for")
	}
	found.tree.LoadBalancer = lb
	return found
}

func (c *converter) addListener(of *candidate, o Object) {
	label := o.called("listener")
	// The column of the database; some releases show it beside the attribute.
	in, problems := decode[lbaas.ListenerInput](o, map[string]bool{"default_tls_container_id": true})
	of.problemsOf(label, problems)
	in.LoadBalancerID = lbaas.Given(of.tree.LoadBalancer.ID)
	l, err := lbaas.NewListener(in)
	if err == nil {
		err = begin(&l.Resource, o, of.tree.LoadBalancer.ProjectID)
	}
	if err != nil {
		of.problem(label, err)
		return
	}
	of.tree.Listeners = append(of.tree.Listeners, l)
}

func (c *converter) addPool(of *candidate, o Object) {
	label := o.called("pool")
	in, problems := decode[lbaas.PoolInput](o, nil)
	of.problemsOf(label, problems)
	in.LoadBalancerID, in.ListenerID = lbaas.Given(of.tree.LoadBalancer.ID), lbaas.Attr[string]{}
	p, err := lbaas.NewPool(in)
	if err == nil {
		err = begin(&p.Resource, o, of.tree.LoadBalancer.ProjectID)
	}
	if err != nil {
		of.problem(label, err)
		return
	}
	of.tree.Pools = append(of.tree.Pools, p)
}

func (c *converter) addMember(of *candidate, o Object) {
	label := o.called("member")
	in, problems := decode[lbaas.MemberInput](o, nil)
	of.problemsOf(label, problems)
	m, err := lbaas.NewMember(in)
	if err == nil {
		err = begin(&m.Resource, o, of.tree.LoadBalancer.ProjectID)
	}
	if err != nil {
		of.problem(label, err)
		return
	}
	of.tree.Members = append(of.tree.Members, m)
}

func (c *converter) addHealthMonitor(of *candidate, o Object) {
	label := o.called("health monitor")
	also := map[string]bool{}
	if t := o.text("type"); t != "HTTP" && t != "HTTPS" {
		// Neutron LBaaS v2 keeps their defaults for every type.
		also["http_method"], also["url_path"], also["expected_codes"] = true, true, true
	}
	if !c.octavia {
		// The Python driver never looked at it; its objects stay what they are until a user sets it here.
		also["max_retries_down"] = true
	}
	in, problems := decode[lbaas.HealthMonitorInput](o, also)
	of.problemsOf(label, problems)
	in.PoolID = lbaas.Given(cmp.Or(o.related(pools), o.text("pool_id")))
	h, err := lbaas.NewHealthMonitor(in)
	if err == nil {
		err = begin(&h.Resource, o, of.tree.LoadBalancer.ProjectID)
	}
	if err != nil {
		of.problem(label, err)
		return
	}
	of.tree.Monitors = append(of.tree.Monitors, h)
}

// check looks at what only the whole tree tells.
func (c *candidate) check() {
	t := &c.tree
	for i := range t.Listeners {
		l := &t.Listeners[i]
		if l.DefaultPoolID == "" {
			continue
		}
		label := fmt.Sprintf("listener %s", l.ID)
		p := t.Pool(l.DefaultPoolID)
		if p == nil {
			c.problem(label, fmt.Errorf("its default pool %s cannot be taken over", l.DefaultPoolID))
		} else if err := lbaas.CheckListenerPool(l, p); err != nil {
			c.problem(label, err)
		}
	}
	for i := range t.Monitors {
		if p := t.Pool(t.Monitors[i].PoolID); p != nil {
			if err := lbaas.CheckMonitorPool(&t.Monitors[i], p); err != nil {
				c.problem("health monitor "+t.Monitors[i].ID, err)
			}
			if err := lbaas.CheckMonitored(&t.Monitors[i], t.MembersOf(p.ID)); err != nil {
				c.problem("health monitor "+t.Monitors[i].ID, err)
			}
		}
	}
	c.checkL7()
}
