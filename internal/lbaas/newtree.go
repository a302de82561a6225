package lbaas

import "reflect"

// NewTree gives the load balancer that a request describes with everything that is nested in it: all of it, or an error. The new
// objects have their ids, of newID where the request gives none, and refer to each other; what else NewLoadBalancer and its like
// leave to the caller is still the caller's to fill.
//
// Pools are found by their names, in Octavia's way: a listener's default_pool and a policy's redirect_pool are either the
// definition of a pool or, with a name only, a reference to one that is defined elsewhere in the request.
func NewTree(in LoadBalancerInput, newID func() string) (Tree, error) {
	g := growth{newID: newID}
	lb, err := NewLoadBalancer(in)
	if err != nil {
		return g.tree, err
	}
	lb.ID = g.id(in.ID)
	g.tree.LoadBalancer = lb
	err = g.grow(lb.ID, in.Listeners.Or(nil), in.Pools.Or(nil))
	return g.tree, err
}

// NewListenerTree is NewTree for a listener of a load balancer that there is already, with its default pool, its L7 policies and
// their pools. The tree's own load balancer is empty.
func NewListenerTree(in ListenerInput, newID func() string) (Tree, error) {
	g := growth{newID: newID}
	if in.LoadBalancerID.Or("") == "" {
		_, err := NewListener(in)
		return g.tree, err
	}
	err := g.grow(in.LoadBalancerID.Value, []ListenerInput{in}, nil)
	return g.tree, err
}

// NewPoolTree is NewListenerTree for a pool with its members and its health monitor.
func NewPoolTree(in PoolInput, newID func() string) (Tree, error) {
	g := growth{newID: newID}
	in.ID = Given(g.id(in.ID))
	err := g.pool(in)
	return g.tree, err
}

// NewL7PolicyTree is NewListenerTree for an L7 policy with its rules.
func NewL7PolicyTree(in L7PolicyInput, newID func() string) (Tree, error) {
	g := growth{newID: newID}
	err := g.policy(in)
	return g.tree, err
}

// growth is a tree that is being made of a request.
type growth struct {
	newID func() string
	tree  Tree
}

func (g *growth) id(given Attr[string]) string {
	if id := given.Or(""); id != "" {
		return id
	}
	return g.newID()
}

// grow adds listeners and pools of the load balancer with an id.
func (g *growth) grow(loadBalancerID string, listeners []ListenerInput, pools []PoolInput) error {
	pools, err := definedPools(listeners, pools)
	if err != nil {
		return err
	}
	ids := make(map[string]string, len(pools))
	for _, p := range pools {
		p.ID, p.LoadBalancerID = Given(g.id(p.ID)), Given(loadBalancerID)
		if err := g.pool(p); err != nil {
			return err
		}
		ids[p.Name.Or("")] = p.ID.Value
	}
	for _, l := range listeners {
		l.LoadBalancerID = Given(loadBalancerID)
		if err := g.listener(l, ids); err != nil {
			return err
		}
	}
	if err := g.fits(); err != nil {
		return err
	}
	return g.differs()
}

// differs wants what a request nests in one place not to be there twice.
func (g *growth) differs() error {
	type port struct {
		l4     string
		number int
	}
	ports := map[port]ListenerProtocol{}
	for i := range g.tree.Listeners {
		l := &g.tree.Listeners[i]
		at := port{l.L4(), l.ProtocolPort}
		if taken, ok := ports[at]; ok {
			return DuplicateListener(taken, l.ProtocolPort)
		}
		ports[at] = l.Protocol
	}
	type place struct {
		pool, address string
		port          int
	}
	members := map[place]bool{}
	for _, m := range g.tree.Members {
		at := place{m.PoolID, m.Address, m.ProtocolPort}
		if members[at] {
			return DuplicateMember(m.Address, m.ProtocolPort)
		}
		members[at] = true
	}
	return nil
}

// DuplicateListener is a port of a load balancer that is taken, in Octavia's words.
func DuplicateListener(taken ListenerProtocol, port int) error {
	return Conflictf("Another Listener on this Load Balancer is already using protocol %s and protocol_port %d", taken, port)
}

// DuplicateMember is an address of a pool that is taken, in Octavia's words.
func DuplicateMember(address string, port int) error {
	return Conflictf("Another member on this pool is already using ip %s on protocol_port %d", address, port)
}

// definedPools are all pools that a request defines, wherever it does. Their names have to tell them apart, and each reference
// has to lead to one of them.
func definedPools(listeners []ListenerInput, pools []PoolInput) ([]PoolInput, error) {
	defined := append([]PoolInput(nil), pools...)
	var references []string
	for _, l := range listeners {
		nested := []Attr[PoolInput]{l.DefaultPool}
		for _, p := range l.L7Policies.Or(nil) {
			nested = append(nested, p.RedirectPool)
		}
		for _, p := range nested {
			switch {
			case !p.HasValue():
			case p.Value.Name.Or("") == "":
				return nil, Invalidf("Pools must be named when creating a fully populated loadbalancer.")
			case p.Value.refers():
				references = append(references, p.Value.Name.Value)
			default:
				defined = append(defined, p.Value)
			}
		}
	}
	names := map[string]bool{}
	for _, p := range defined {
		if names[p.Name.Or("")] {
			return nil, Invalidf("Pool names must be unique when creating a fully populated loadbalancer.")
		}
		names[p.Name.Or("")] = true
	}
	for _, name := range references {
		if !names[name] {
			return nil, Invalidf("Pool '%s' was referenced but no full definition was found.", name)
		}
	}
	for _, p := range defined {
		if err := p.complete(); err != nil {
			return nil, err
		}
	}
	return defined, nil
}

// refers says that a nested pool says no more than its name, and what Octavia sets by itself.
func (in PoolInput) refers() bool {
	in.Name, in.AdminStateUp, in.TLSEnabled = Attr[string]{}, Attr[bool]{}, Attr[bool]{}
	return reflect.DeepEqual(in, PoolInput{})
}

// complete wants a nested definition to have what a pool needs.
func (in PoolInput) complete() error {
	for _, attribute := range []struct {
		name  string
		given bool
	}{
		{"protocol", in.Protocol.Set}, {"lb_algorithm", in.Algorithm.Set}, // what is not there at all is missed before what is null
		{"protocol", in.Protocol.HasValue()}, {"lb_algorithm", in.Algorithm.HasValue()},
	} {
		if !attribute.given {
			return Invalidf("Pool definition for '%s' missing required attribute: %s", in.Name.Or(""), attribute.name)
		}
	}
	return nil
}

// pool adds a pool, which has its id, with its health monitor and members.
func (g *growth) pool(in PoolInput) error {
	p, err := NewPool(in)
	if err != nil {
		return err
	}
	p.ID = in.ID.Value
	g.tree.Pools = append(g.tree.Pools, p)
	if in.Monitor.HasValue() {
		h := in.Monitor.Value
		h.PoolID = Given(p.ID)
		monitor, err := NewHealthMonitor(h)
		if err != nil {
			return err
		}
		monitor.ID = g.id(h.ID)
		if err := CheckMonitorPool(&monitor, &p); err != nil {
			return err
		}
		g.tree.Monitors = append(g.tree.Monitors, monitor)
	}
	for _, m := range in.Members.Or(nil) {
		m.PoolID = Given(p.ID)
		member, err := NewMember(m)
		if err != nil {
			return err
		}
		member.ID = g.id(m.ID)
		g.tree.Members = append(g.tree.Members, member)
	}
	if h := g.tree.MonitorOf(p.ID); h != nil {
		return CheckMonitored(h, g.tree.MembersOf(p.ID))
	}
	return nil
}

// listener adds a listener with its L7 policies; pools are the ids of the request's pools by their names.
func (g *growth) listener(in ListenerInput, pools map[string]string) error {
	if in.DefaultPool.HasValue() {
		in.DefaultPoolID = Given(pools[in.DefaultPool.Value.Name.Value])
	}
	l, err := NewListener(in)
	if err != nil {
		return err
	}
	l.ID = g.id(in.ID)
	g.tree.Listeners = append(g.tree.Listeners, l)
	for _, p := range in.L7Policies.Or(nil) {
		if err := CheckListenerL7(&l); err != nil {
			return err
		}
		p.ListenerID = Given(l.ID)
		if p.RedirectPool.HasValue() {
			p.RedirectPoolID = Given(pools[p.RedirectPool.Value.Name.Value])
		}
		if err := g.policy(p); err != nil {
			return err
		}
		g.tree.L7Policies[len(g.tree.L7Policies)-1].LoadBalancerID = l.LoadBalancerID
	}
	return nil
}

// policy adds an L7 policy with its rules.
func (g *growth) policy(in L7PolicyInput) error {
	p, err := NewL7Policy(in)
	if err != nil {
		return err
	}
	p.ID = g.id(in.ID)
	g.tree.L7Policies = append(g.tree.L7Policies, p)
	var rules []L7Rule
	for _, r := range in.Rules.Or(nil) {
		r.PolicyID = Given(p.ID)
		rule, err := NewL7Rule(r)
		if err != nil {
			return err
		}
		rule.ID, rule.ListenerID = g.id(r.ID), p.ListenerID
		rules = append(rules, rule)
	}
	if len(rules) > MaxL7Rules {
		return Conflictf("Too many rules on L7 policy %s", p.ID)
	}
	g.tree.L7Rules = append(g.tree.L7Rules, rules...)
	_, err = MatchOf(rules)
	return err
}

// fits wants listeners and those of their pools that are new too to go together.
func (g *growth) fits() error {
	for i := range g.tree.Listeners {
		l := &g.tree.Listeners[i]
		targets := []string{l.DefaultPoolID}
		for _, p := range g.tree.L7PoliciesOf(l.ID) {
			targets = append(targets, p.RedirectPoolID)
		}
		for _, id := range targets {
			if p := g.tree.Pool(id); p != nil {
				if err := CheckListenerPool(l, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
