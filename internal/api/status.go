package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// statusView is one object of a load balancer's status tree.
type statusView struct {
	ID                 string `json:"id"`
	Name               string `json:"name"`
	ProvisioningStatus string `json:"provisioning_status"`
	OperatingStatus    string `json:"operating_status"`
}

func newStatusView(r lbaas.Resource) statusView {
	return statusView{
		ID: r.ID, Name: r.Name, ProvisioningStatus: string(r.ProvisioningStatus), OperatingStatus: string(r.OperatingStatus),
	}
}

type loadBalancerStatus struct {
	statusView
	Listeners []listenerStatus `json:"listeners"`
}

// neutronStatus is the tree as in Neutron LBaaS v2: with all pools, those behind no listener too.
type neutronStatus struct {
	loadBalancerStatus
	Pools []poolStatus `json:"pools"`
}

type listenerStatus struct {
	statusView
	Pools      []poolStatus     `json:"pools"`
	L7Policies []l7PolicyStatus `json:"l7policies"`
}

type poolStatus struct {
	statusView
	// HealthMonitor has two names: Octavia's answers say health_monitor, its API reference and Neutron LBaaS v2 healthmonitor.
	HealthMonitor       *monitorStatus `json:"health_monitor"`
	LegacyHealthMonitor *monitorStatus `json:"healthmonitor"`
	Members             []memberStatus `json:"members"`
}

type monitorStatus struct {
	statusView
	Type string `json:"type"`
}

type memberStatus struct {
	statusView
	Address      string `json:"address"`
	ProtocolPort int    `json:"protocol_port"`
}

func (s *server) statusTree(ctx context.Context, c *call) (answer, error) {
	id, err := pathID(c.request, "id", "Load Balancer")
	if err != nil {
		return answer{}, err
	}
	tree, err := s.service.LoadBalancerTree(ctx, c.caller, id)
	if err != nil {
		return answer{}, err
	}
	var view any = renderTree(&tree)
	if strings.HasSuffix(c.request.URL.Path, "/statuses") {
		view = renderNeutronTree(&tree)
	}
	return answer{http.StatusOK, map[string]any{"statuses": map[string]any{"loadbalancer": view}}}, nil
}

func renderTree(t *lbaas.Tree) loadBalancerStatus {
	view := loadBalancerStatus{
		statusView: newStatusView(t.LoadBalancer.Resource), Listeners: []listenerStatus{},
	}
	for _, l := range t.Listeners {
		listener := listenerStatus{
			statusView: newStatusView(l.Resource), Pools: []poolStatus{}, L7Policies: renderL7Status(t, l.ID),
		}
		for _, p := range t.PoolsOf(&l) {
			listener.Pools = append(listener.Pools, renderPoolStatus(t, *p))
		}
		view.Listeners = append(view.Listeners, listener)
	}
	return view
}

func renderNeutronTree(t *lbaas.Tree) neutronStatus {
	view := neutronStatus{loadBalancerStatus: renderTree(t), Pools: []poolStatus{}}
	for _, p := range t.Pools {
		view.Pools = append(view.Pools, renderPoolStatus(t, p))
	}
	return view
}

func renderPoolStatus(t *lbaas.Tree, p lbaas.Pool) poolStatus {
	view := poolStatus{statusView: newStatusView(p.Resource), Members: []memberStatus{}}
	if h := t.MonitorOf(p.ID); h != nil {
		view.HealthMonitor = &monitorStatus{statusView: newStatusView(h.Resource), Type: string(h.Type)}
		view.LegacyHealthMonitor = view.HealthMonitor
	}
	for _, m := range t.MembersOf(p.ID) {
		view.Members = append(view.Members, memberStatus{
			statusView: newStatusView(m.Resource), Address: m.ShownAddress(), ProtocolPort: m.ProtocolPort,
		})
	}
	return view
}

type statsView struct {
	BytesIn           int64 `json:"bytes_in"`
	BytesOut          int64 `json:"bytes_out"`
	ActiveConnections int64 `json:"active_connections"`
	TotalConnections  int64 `json:"total_connections"`
	RequestErrors     int64 `json:"request_errors"`
}

func (s *server) loadBalancerStats(ctx context.Context, c *call) (answer, error) {
	id, err := pathID(c.request, "id", "Load Balancer")
	if err != nil {
		return answer{}, err
	}
	stats, err := s.service.LoadBalancerStats(ctx, c.caller, id)
	return statsAnswer(stats, err)
}

func (s *server) listenerStats(ctx context.Context, c *call) (answer, error) {
	id, err := pathID(c.request, "id", "Listener")
	if err != nil {
		return answer{}, err
	}
	stats, err := s.service.ListenerStats(ctx, c.caller, id)
	return statsAnswer(stats, err)
}

func statsAnswer(stats lbaas.Stats, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	return answer{http.StatusOK, map[string]any{"stats": statsView(stats)}}, nil
}
