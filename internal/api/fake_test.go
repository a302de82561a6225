package api_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// memory is a service that keeps everything in memory and finishes at once: the domain's rules apply, the store's do not. Ids
// count up and time stands still, so that answers can be compared.
type memory struct {
	// FlavorService is nil but in the tests of flavors, which use the real one.
	api.FlavorService
	// realParts are nil: their tests use the real service altogether.
	realParts
	api.QuotaService // nil but in the tests of quotas, which use the real one

	mu       sync.Mutex
	made     int
	lbs      []service.LoadBalancer
	listen   []service.Listener
	pool     []service.Pool
	member   []service.Member
	monitor  []service.HealthMonitor
	policy   []service.L7Policy
	rule     []service.L7Rule
	queries  []service.Query
	failWith error                     // when set, what LoadBalancer answers
	onGet    func(ctx context.Context) // when set, called by LoadBalancer
}

// realParts are what only the real service does.
type realParts interface {
	api.ZoneService
	ReplaceMembers(ctx context.Context, c service.Caller, poolID string, want []lbaas.MemberInput, additive bool) error
	FailoverLoadBalancer(ctx context.Context, c service.Caller, id string) error
}

var _ api.Service = (*service.Service)(nil)

// empty forgets everything that was made.
func (m *memory) empty() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.made, m.lbs, m.listen, m.pool, m.member, m.monitor, m.queries = 0, nil, nil, nil, nil, nil, nil
	m.policy, m.rule = nil, nil
}

func birth() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

// newID is the id of the n-th object that a memory makes.
func newID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

func (m *memory) resource(r lbaas.Resource, project string) lbaas.Resource {
	m.made++
	r.ID, r.ProjectID, r.CreatedAt = newID(m.made), project, birth()
	r.ProvisioningStatus, r.OperatingStatus = lbaas.Active, lbaas.Online
	return r
}

// may says whether a caller may touch a project's objects.
func may(c service.Caller, project string) bool {
	if c.Rights != nil {
		return c.Rights.Allow(project)
	}
	return c.Global || c.ProjectID == project
}

// find gives the object with an id, when the caller may see it.
func find[T any](all []T, resourceOf func(*T) lbaas.Resource, c service.Caller, display, id string) (*T, error) {
	for i := range all {
		if r := resourceOf(&all[i]); r.ID == id {
			if !may(c, r.ProjectID) {
				return nil, &lbaas.Error{Kind: lbaas.KindForbidden, Message: "Policy does not allow this request to be performed."}
			}
			return &all[i], nil
		}
	}
	return nil, lbaas.NotFound(display, id)
}

// page lists objects in the order of their making.
func page[T any](m *memory, all []T, resourceOf func(*T) lbaas.Resource, c service.Caller, q service.Query) (service.Page[T], error) {
	m.queries = append(m.queries, q)
	var found []T
	for i := range all {
		r := resourceOf(&all[i])
		wanted := (c.Global || r.ProjectID == c.ProjectID)
		for name, value := range q.Equal {
			switch name {
			case "project_id":
				wanted = wanted && r.ProjectID == value
			case "name":
				wanted = wanted && r.Name == value
			default:
				return service.Page[T]{}, lbaas.InvalidOption(name, "a filter")
			}
		}
		if wanted {
			found = append(found, all[i])
		}
	}
	if q.Reverse {
		slices.Reverse(found)
	}
	if q.Marker != "" {
		at := slices.IndexFunc(found, func(v T) bool { return resourceOf(&v).ID == q.Marker })
		if at < 0 {
			return service.Page[T]{}, &lbaas.Error{Kind: lbaas.KindInvalid, Message: "Supplied pagination marker is not valid."}
		}
		found = found[at+1:]
	}
	more := len(found) > q.Limit
	if more {
		found = found[:q.Limit]
	}
	if q.Reverse {
		slices.Reverse(found)
	}
	return service.Page[T]{Items: found, More: more}, nil
}

func lbResource(v *service.LoadBalancer) lbaas.Resource       { return v.Resource }
func listenerResource(v *service.Listener) lbaas.Resource     { return v.Resource }
func poolResource(v *service.Pool) lbaas.Resource             { return v.Resource }
func memberResource(v *service.Member) lbaas.Resource         { return v.Resource }
func monitorResource(v *service.HealthMonitor) lbaas.Resource { return v.Resource }

func without[T any](all []T, resourceOf func(*T) lbaas.Resource, id string) []T {
	return slices.DeleteFunc(all, func(v T) bool { return resourceOf(&v).ID == id })
}

func (m *memory) CreateLoadBalancer(_ context.Context, c service.Caller, in lbaas.LoadBalancerInput) (service.LoadBalancer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	lb, err := lbaas.NewLoadBalancer(in)
	if err != nil {
		return service.LoadBalancer{}, err
	}
	if !may(c, lb.ProjectID) {
		return service.LoadBalancer{}, &lbaas.Error{Kind: lbaas.KindForbidden, Message: "Policy does not allow this request to be performed."}
	}
	lb.Resource = m.resource(lb.Resource, lb.ProjectID)
	if lb.Provider == "" {
		lb.Provider = "avi_adc"
	}
	m.lbs = append(m.lbs, service.LoadBalancer{LoadBalancer: lb})
	return m.lbs[len(m.lbs)-1], nil
}

func (m *memory) LoadBalancer(ctx context.Context, c service.Caller, id string) (service.LoadBalancer, error) {
	if m.onGet != nil {
		m.onGet(ctx)
	}
	if m.failWith != nil {
		return service.LoadBalancer{}, m.failWith
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	lb, err := find(m.lbs, lbResource, c, "Load Balancer", id)
	if err != nil {
		return service.LoadBalancer{}, err
	}
	return *lb, nil
}

// LoadBalancerVersion is not asked for: what this service gives has none.
func (m *memory) LoadBalancerVersion(context.Context, service.Caller, string) (string, error) {
	return "", nil
}

func (m *memory) LoadBalancers(
	_ context.Context, c service.Caller, q service.Query, _ func(id, version string) []byte,
) (service.Page[service.LoadBalancerEntry], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, err := page(m, m.lbs, lbResource, c, q)
	entries := make([]service.LoadBalancerEntry, len(found.Items))
	for i := range entries {
		entries[i] = service.LoadBalancerEntry{ID: found.Items[i].ID, LoadBalancer: &found.Items[i]}
	}
	return service.Page[service.LoadBalancerEntry]{Items: entries, More: found.More}, err
}

func (m *memory) UpdateLoadBalancer(
	_ context.Context, c service.Caller, id string, in lbaas.LoadBalancerInput,
) (service.LoadBalancer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	lb, err := find(m.lbs, lbResource, c, "Load Balancer", id)
	if err != nil {
		return service.LoadBalancer{}, err
	}
	lb.UpdatedAt = birth().Add(time.Minute)
	return *lb, lb.Update(in)
}

func (m *memory) DeleteLoadBalancer(_ context.Context, c service.Caller, id string, cascade bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	lb, err := find(m.lbs, lbResource, c, "Load Balancer", id)
	if err != nil {
		return err
	}
	if !cascade && len(lb.ListenerIDs)+len(lb.PoolIDs) > 0 {
		return lbaas.Invalidf("Cannot delete Load Balancer %s - it has children", id)
	}
	m.lbs = without(m.lbs, lbResource, id)
	return nil
}

func (m *memory) LoadBalancerTree(_ context.Context, c service.Caller, id string) (lbaas.Tree, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	lb, err := find(m.lbs, lbResource, c, "Load Balancer", id)
	if err != nil {
		return lbaas.Tree{}, err
	}
	tree := lbaas.Tree{LoadBalancer: lb.LoadBalancer}
	for _, v := range m.listen {
		tree.Listeners = append(tree.Listeners, v.Listener)
	}
	for _, v := range m.pool {
		tree.Pools = append(tree.Pools, v.Pool)
	}
	for _, v := range m.member {
		tree.Members = append(tree.Members, v.Member)
	}
	for _, v := range m.monitor {
		tree.Monitors = append(tree.Monitors, v.HealthMonitor)
	}
	for _, v := range m.policy {
		tree.L7Policies = append(tree.L7Policies, v.L7Policy)
	}
	for _, v := range m.rule {
		tree.L7Rules = append(tree.L7Rules, v.L7Rule)
	}
	return tree, nil
}

func (m *memory) LoadBalancerStats(_ context.Context, c service.Caller, id string) (lbaas.Stats, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := find(m.lbs, lbResource, c, "Load Balancer", id)
	return lbaas.Stats{BytesIn: 1 << 40, BytesOut: 2, ActiveConnections: 3, TotalConnections: 4, RequestErrors: 5}, err
}

func (m *memory) CreateListener(_ context.Context, c service.Caller, in lbaas.ListenerInput) (service.Listener, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, err := lbaas.NewListener(in)
	if err != nil {
		return service.Listener{}, err
	}
	lb, err := find(m.lbs, lbResource, c, "Load Balancer", l.LoadBalancerID)
	if err != nil {
		return service.Listener{}, err
	}
	l.Resource = m.resource(l.Resource, lb.ProjectID)
	lb.ListenerIDs = append(lb.ListenerIDs, l.ID)
	m.listen = append(m.listen, service.Listener{Listener: l})
	return m.listen[len(m.listen)-1], nil
}

func (m *memory) Listener(_ context.Context, c service.Caller, id string) (service.Listener, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, err := find(m.listen, listenerResource, c, "Listener", id)
	if err != nil {
		return service.Listener{}, err
	}
	return *l, nil
}

func (m *memory) Listeners(_ context.Context, c service.Caller, q service.Query) (service.Page[service.Listener], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return page(m, m.listen, listenerResource, c, q)
}

func (m *memory) UpdateListener(_ context.Context, c service.Caller, id string, in lbaas.ListenerInput) (service.Listener, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l, err := find(m.listen, listenerResource, c, "Listener", id)
	if err != nil {
		return service.Listener{}, err
	}
	l.UpdatedAt = birth().Add(time.Minute)
	err = l.Update(in)
	return *l, err
}

func (m *memory) DeleteListener(_ context.Context, c service.Caller, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := find(m.listen, listenerResource, c, "Listener", id)
	m.listen = without(m.listen, listenerResource, id)
	return err
}

func (m *memory) ListenerStats(_ context.Context, c service.Caller, id string) (lbaas.Stats, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := find(m.listen, listenerResource, c, "Listener", id)
	return lbaas.Stats{BytesIn: 1, BytesOut: 2, ActiveConnections: 3, TotalConnections: 4, RequestErrors: 5}, err
}
