package poller

import (
	"net"
	"net/netip"
	"slices"
	"strconv"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// observe gives each object of a tree its operating status.
func (r *report) observe(tree *lbaas.Tree, o *store.Observed) {
	var parts []lbaas.OperatingStatus
	for i := range tree.Pools {
		p := &tree.Pools[i]
		status := r.observePool(tree, p, o)
		o.Pools[p.ID] = status
		if len(tree.ListenersOf(p.ID)) > 0 {
			parts = append(parts, status)
		}
	}
	for i := range tree.Listeners {
		l := &tree.Listeners[i]
		o.Listeners[l.ID] = r.listener(tree, l)
		parts = append(parts, o.Listeners[l.ID])
	}
	for i := range tree.Monitors {
		h := &tree.Monitors[i]
		o.HealthMonitors[h.ID] = upOrOff(h.AdminStateUp)
	}
	observeL7(tree, o)
	lb := &tree.LoadBalancer
	switch {
	case !lb.AdminStateUp:
		o.LoadBalancers[lb.ID] = lbaas.Offline
	case lb.ProvisioningStatus == lbaas.PendingCreate:
		o.LoadBalancers[lb.ID] = lbaas.Offline
	default:
		o.LoadBalancers[lb.ID] = lbaas.Combine(parts)
	}
}

// observeL7: the Controller observes nothing of policies. As in Octavia they are ONLINE once they are there and not turned off.
func observeL7(tree *lbaas.Tree, o *store.Observed) {
	for i := range tree.L7Policies {
		p := &tree.L7Policies[i]
		o.L7Policies[p.ID] = upOrOff(p.AdminStateUp && p.ProvisioningStatus != lbaas.PendingCreate)
	}
	for i := range tree.L7Rules {
		rule := &tree.L7Rules[i]
		o.L7Rules[rule.ID] = upOrOff(rule.AdminStateUp && rule.ProvisioningStatus != lbaas.PendingCreate)
	}
}

func upOrOff(adminStateUp bool) lbaas.OperatingStatus {
	if adminStateUp {
		return lbaas.Online
	}
	return lbaas.Offline
}

func (r *report) listener(tree *lbaas.Tree, l *lbaas.Listener) lbaas.OperatingStatus {
	if !l.AdminStateUp {
		return lbaas.Offline
	}
	switch r.virtualServices[translate.VirtualServiceUUID(l.ID)] {
	case operUp:
		return lbaas.Online
	case operDown:
		if waitsForMembers(tree, l) {
			return lbaas.Online
		}
		return lbaas.OperatingError
	default:
		return lbaas.Offline // being placed, disabled, or not there yet
	}
}

// waitsForMembers: a virtual service is down too when the user has put nothing into its pool that it could send to. In Octavia that
// is no failure, and clients wait for ONLINE before they add members.
func waitsForMembers(tree *lbaas.Tree, l *lbaas.Listener) bool {
	p := tree.Pool(l.DefaultPoolID)
	return p != nil && (!p.AdminStateUp || !slices.ContainsFunc(tree.MembersOf(p.ID), func(m lbaas.Member) bool {
		return m.AdminStateUp && m.Weight > 0
	}))
}

// observePool gives the members of a pool their status, and the pool one by theirs.
func (r *report) observePool(tree *lbaas.Tree, p *lbaas.Pool, o *store.Observed) lbaas.OperatingStatus {
	var primary, backup []string // the copies
	for _, l := range tree.ListenersOf(p.ID) {
		primary, backup = append(primary, translate.PoolUUID(p.ID, l.ID)), append(backup, translate.BackupPoolUUID(p.ID, l.ID))
	}
	h := tree.MonitorOf(p.ID)
	monitored := h != nil && h.AdminStateUp
	var parts []lbaas.OperatingStatus
	for _, m := range tree.MembersOf(p.ID) {
		copies := primary
		if m.Backup {
			copies = backup
		}
		status := r.member(p, &m, copies, monitored)
		o.Members[m.ID] = status
		parts = append(parts, status)
	}
	if !p.AdminStateUp || len(primary) == 0 {
		return lbaas.Offline
	}
	return lbaas.Combine(parts)
}

// member is in ERROR when one of the pool's copies cannot use it.
func (r *report) member(p *lbaas.Pool, m *lbaas.Member, copies []string, monitored bool) lbaas.OperatingStatus {
	switch {
	case !m.AdminStateUp || !p.AdminStateUp || len(copies) == 0:
		return lbaas.Offline
	case m.Weight == 0:
		return lbaas.Draining
	case !monitored:
		return lbaas.NoMonitor
	}
	status := lbaas.Online
	for _, uuid := range copies {
		switch r.server(uuid, m) {
		case operUp:
		case operDown:
			return lbaas.OperatingError
		default:
			status = lbaas.Offline
		}
	}
	return status
}

// server is the state of one server in one copy of a pool: told by the pool as a whole where all servers fare alike.
func (r *report) server(poolUUID string, m *lbaas.Member) operStatus {
	if servers, asked := r.servers[poolUUID]; asked {
		return servers[serverKey(m.Address, m.ProtocolPort)]
	}
	health, known := r.pools[poolUUID]
	switch {
	case !known:
		return ""
	case health.enabled > 0 && health.up >= health.enabled:
		return operUp
	case health.state == operDown:
		return operDown
	}
	return health.state
}

func serverKey(address string, port int) string {
	if addr, err := netip.ParseAddr(address); err == nil {
		address = addr.String()
	}
	return net.JoinHostPort(address, strconv.Itoa(port))
}
