package store

import (
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// The views are objects as users are shown them: with their tags, and the ids of what hangs from them. Each is read by one statement,
// which Store.Peek is for.
type (
	// LoadBalancerView is a load balancer with its listeners and pools, in the order of their creation.
	LoadBalancerView struct {
		lbaas.LoadBalancer
		Version              string // see versionColumn
		ListenerIDs, PoolIDs []string
	}
	// ListenerView is a listener with its L7 policies, in the order of their positions.
	ListenerView struct {
		lbaas.Listener
		L7PolicyIDs []string
	}
	// PoolView is a pool with the listeners whose default it is, those that redirect to it by an L7 policy, its members and its
	// health monitors, of which there is one at most.
	PoolView struct {
		lbaas.Pool
		ListenerIDs, RedirectingIDs, MemberIDs, MonitorIDs []string
	}
	// L7PolicyView is an L7 policy with its rules, in the order of their creation.
	L7PolicyView struct {
		lbaas.L7Policy
		RuleIDs []string
	}
)

//nolint:gochecknoglobals // tables that are never written
var (
	loadBalancerViews = versioned(viewed(&loadBalancers, func(v *LoadBalancerView) *lbaas.LoadBalancer { return &v.LoadBalancer },
		[]relation{listenersOfLoadBalancer, poolsOfLoadBalancer},
		func(v *LoadBalancerView) []*[]string { return []*[]string{&v.ListenerIDs, &v.PoolIDs} }))
	listenerViews = viewed(&listeners, func(v *ListenerView) *lbaas.Listener { return &v.Listener },
		[]relation{policiesOfListener}, func(v *ListenerView) []*[]string { return []*[]string{&v.L7PolicyIDs} })
	poolViews = viewed(&pools, func(v *PoolView) *lbaas.Pool { return &v.Pool },
		[]relation{listenersOfPool, listenersRedirecting, membersOfPool, monitorsOfPool},
		func(v *PoolView) []*[]string {
			return []*[]string{&v.ListenerIDs, &v.RedirectingIDs, &v.MemberIDs, &v.MonitorIDs}
		})
	l7PolicyViews = viewed(&l7Policies, func(v *L7PolicyView) *lbaas.L7Policy { return &v.L7Policy },
		[]relation{rulesOfPolicy}, func(v *L7PolicyView) []*[]string { return []*[]string{&v.RuleIDs} })
	memberViews        = taggedOnly(&members)
	healthMonitorViews = taggedOnly(&healthMonitors)
	l7RuleViews        = taggedOnly(&l7Rules)
)

// viewed is the table of views of objects, with their tags and what hangs from them by relations, whose ids go to hanging.
func viewed[T any, V any, P interface {
	*V
	tagged
}](tb *table[T], object func(*V) *T, relations []relation, hanging func(*V) []*[]string) table[V] {
	return table[V]{
		name: tb.name, resource: tb.resource, columns: tb.columns, filters: tb.filters, orders: tb.orders,
		relations: append(slices.Clip(relations), tagsOfObject),
		fields: func(v *V) []any {
			fields := tb.fields(object(v))
			for _, ids := range hanging(v) {
				fields = append(fields, idsColumn{ids})
			}
			return append(fields, textsColumn{&P(v).Base().Tags})
		},
	}
}

// taggedOnly is the table of views of objects that nothing hangs from but their tags.
func taggedOnly[T any, P interface {
	*T
	tagged
}](tb *table[T]) table[T] {
	return viewed[T, T, P](tb, func(v *T) *T { return v }, nil, func(*T) []*[]string { return nil })
}

// LoadBalancerView reads one load balancer as users are shown it; KindNotFound when there is none, as with all views.
func (t *Tx) LoadBalancerView(id string) (LoadBalancerView, error) {
	return loadBalancerViews.get(t, id)
}

// ListenerView reads one listener as users are shown it.
func (t *Tx) ListenerView(id string) (ListenerView, error) { return listenerViews.get(t, id) }

// PoolView reads one pool as users are shown it.
func (t *Tx) PoolView(id string) (PoolView, error) { return poolViews.get(t, id) }

// L7PolicyView reads one L7 policy as users are shown it.
func (t *Tx) L7PolicyView(id string) (L7PolicyView, error) { return l7PolicyViews.get(t, id) }

// MemberView reads one member as users are shown it.
func (t *Tx) MemberView(id string) (lbaas.Member, error) {
	row, err := memberViews.get(t, id)
	return row.Member, err
}

// HealthMonitorView reads one health monitor as users are shown it.
func (t *Tx) HealthMonitorView(id string) (lbaas.HealthMonitor, error) {
	row, err := healthMonitorViews.get(t, id)
	return row.HealthMonitor, err
}

// L7RuleView reads one L7 rule as users are shown it.
func (t *Tx) L7RuleView(id string) (lbaas.L7Rule, error) { return l7RuleViews.get(t, id) }

// Listeners lists listeners; more says that the list goes on, as with all lists.
func (t *Tx) Listeners(q Query) (page []*ListenerView, more bool, err error) {
	return list(t, &listenerViews, q)
}

// Pools lists pools.
func (t *Tx) Pools(q Query) (page []*PoolView, more bool, err error) { return list(t, &poolViews, q) }

// Members lists members.
func (t *Tx) Members(q Query) ([]*lbaas.Member, bool, error) {
	rows, more, err := list(t, &memberViews, q)
	page := make([]*lbaas.Member, len(rows))
	for i := range rows {
		page[i] = &rows[i].Member
	}
	return page, more, err
}

// HealthMonitors lists health monitors.
func (t *Tx) HealthMonitors(q Query) ([]*lbaas.HealthMonitor, bool, error) {
	rows, more, err := list(t, &healthMonitorViews, q)
	page := make([]*lbaas.HealthMonitor, len(rows))
	for i := range rows {
		page[i] = &rows[i].HealthMonitor
	}
	return page, more, err
}

// L7Policies lists L7 policies.
func (t *Tx) L7Policies(q Query) (page []*L7PolicyView, more bool, err error) {
	return list(t, &l7PolicyViews, q)
}

// L7Rules lists L7 rules.
func (t *Tx) L7Rules(q Query) (page []*lbaas.L7Rule, more bool, err error) {
	return list(t, &l7RuleViews, q)
}
