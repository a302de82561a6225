package api_test

import (
	"context"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

func (m *memory) CreatePool(_ context.Context, c service.Caller, in lbaas.PoolInput) (service.Pool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := lbaas.NewPool(in)
	if err != nil {
		return service.Pool{}, err
	}
	view := service.Pool{Pool: p}
	if id := in.ListenerID.Or(""); id != "" {
		l, err := find(m.listen, listenerResource, c, "Listener", id)
		if err != nil {
			return service.Pool{}, err
		}
		view.LoadBalancerID, view.ListenerIDs = l.LoadBalancerID, []string{l.ID}
		l.DefaultPoolID = newID(m.made + 1)
	}
	lb, err := find(m.lbs, lbResource, c, "Load Balancer", view.LoadBalancerID)
	if err != nil {
		return service.Pool{}, err
	}
	view.Resource = m.resource(view.Resource, lb.ProjectID)
	lb.PoolIDs = append(lb.PoolIDs, view.ID)
	m.pool = append(m.pool, view)
	return view, nil
}

func (m *memory) Pool(_ context.Context, c service.Caller, id string) (service.Pool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := find(m.pool, poolResource, c, "Pool", id)
	if err != nil {
		return service.Pool{}, err
	}
	return *p, nil
}

func (m *memory) Pools(_ context.Context, c service.Caller, q service.Query) (service.Page[service.Pool], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return page(m, m.pool, poolResource, c, q)
}

func (m *memory) UpdatePool(_ context.Context, c service.Caller, id string, in lbaas.PoolInput) (service.Pool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	p, err := find(m.pool, poolResource, c, "Pool", id)
	if err != nil {
		return service.Pool{}, err
	}
	p.UpdatedAt = birth().Add(time.Minute)
	err = p.Update(in)
	return *p, err
}

func (m *memory) DeletePool(_ context.Context, c service.Caller, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := find(m.pool, poolResource, c, "Pool", id)
	m.pool = without(m.pool, poolResource, id)
	return err
}

func (m *memory) CreateMember(_ context.Context, c service.Caller, in lbaas.MemberInput) (service.Member, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, err := lbaas.NewMember(in)
	if err != nil {
		return service.Member{}, err
	}
	p, err := find(m.pool, poolResource, c, "Pool", v.PoolID)
	if err != nil {
		return service.Member{}, err
	}
	v.Resource = m.resource(v.Resource, p.ProjectID)
	v.OperatingStatus = lbaas.NoMonitor
	p.MemberIDs = append(p.MemberIDs, v.ID)
	m.member = append(m.member, service.Member{Member: v})
	return service.Member{Member: v}, nil
}

func (m *memory) Member(_ context.Context, c service.Caller, poolID, id string) (service.Member, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, err := find(m.member, memberResource, c, "Member", id)
	if err != nil || v.PoolID != poolID {
		return service.Member{}, lbaas.NotFound("Member", id)
	}
	return *v, nil
}

func (m *memory) Members(_ context.Context, c service.Caller, poolID string, q service.Query) (service.Page[service.Member], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := find(m.pool, poolResource, c, "Pool", poolID); err != nil {
		return service.Page[service.Member]{}, err
	}
	return page(m, m.member, memberResource, c, q)
}

func (m *memory) UpdateMember(_ context.Context, c service.Caller, poolID, id string, in lbaas.MemberInput) (service.Member, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, err := find(m.member, memberResource, c, "Member", id)
	if err != nil || v.PoolID != poolID {
		return service.Member{}, lbaas.NotFound("Member", id)
	}
	v.UpdatedAt = birth().Add(time.Minute)
	err = v.Update(in)
	return *v, err
}

func (m *memory) DeleteMember(_ context.Context, c service.Caller, _, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := find(m.member, memberResource, c, "Member", id)
	m.member = without(m.member, memberResource, id)
	return err
}

func (m *memory) CreateHealthMonitor(
	_ context.Context, c service.Caller, in lbaas.HealthMonitorInput,
) (service.HealthMonitor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, err := lbaas.NewHealthMonitor(in)
	if err != nil {
		return service.HealthMonitor{}, err
	}
	p, err := find(m.pool, poolResource, c, "Pool", h.PoolID)
	if err != nil {
		return service.HealthMonitor{}, err
	}
	h.Resource = m.resource(h.Resource, p.ProjectID)
	p.MonitorID = h.ID
	m.monitor = append(m.monitor, service.HealthMonitor{HealthMonitor: h})
	return service.HealthMonitor{HealthMonitor: h}, nil
}

func (m *memory) HealthMonitor(_ context.Context, c service.Caller, id string) (service.HealthMonitor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, err := find(m.monitor, monitorResource, c, "Health Monitor", id)
	if err != nil {
		return service.HealthMonitor{}, err
	}
	return *h, nil
}

func (m *memory) HealthMonitors(_ context.Context, c service.Caller, q service.Query) (service.Page[service.HealthMonitor], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return page(m, m.monitor, monitorResource, c, q)
}

func (m *memory) UpdateHealthMonitor(
	_ context.Context, c service.Caller, id string, in lbaas.HealthMonitorInput,
) (service.HealthMonitor, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, err := find(m.monitor, monitorResource, c, "Health Monitor", id)
	if err != nil {
		return service.HealthMonitor{}, err
	}
	h.UpdatedAt = birth().Add(time.Minute)
	err = h.Update(in)
	return *h, err
}

func (m *memory) DeleteHealthMonitor(_ context.Context, c service.Caller, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, err := find(m.monitor, monitorResource, c, "Health Monitor", id)
	m.monitor = without(m.monitor, monitorResource, id)
	return err
}

func (m *memory) Providers() []service.Provider {
	return []service.Provider{{Name: "avi_adc", Description: "Avi at Controller 192.0.2.10"}}
}
