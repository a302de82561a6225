package avisim

import (
	"net/netip"
	"slices"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// Operational states (controller facts 6.1).
const (
	operUp           = "OPER_UP"
	operDown         = "OPER_DOWN"
	operDisabled     = "OPER_DISABLED"
	operUnused       = "OPER_UNUSED"
	operCreating     = "OPER_CREATING"
	operInitializing = "OPER_INITIALIZING"
	operProcessing   = "OPER_PROCESSING"
)

// health tells operational states at one moment. The server's lock must be held while it is used.
type health struct {
	server *Server
	now    time.Time
	status *engine.Status // nil when there is no engine
	used   map[*record]bool
}

// inUse says whether any virtual service may send traffic to a pool.
func (h *health) inUse(pool *record) bool {
	used, known := h.used[pool]
	if !known {
		used = len(h.server.poolServices(pool)) > 0
		h.used[pool] = used
	}
	return used
}

func (s *Server) newHealth(now time.Time) *health {
	h := &health{server: s, now: now, used: map[*record]bool{}}
	if s.options.Engine != nil {
		status := s.options.Engine.Status()
		h.status = &status
	}
	return h
}

// operStatus is a state with its reason and since when.
type operStatus struct {
	state   string
	reason  string
	changed time.Time
}

func (o operStatus) json() schema.Object {
	reasons := []any{}
	if o.reason != "" {
		reasons = append(reasons, o.reason)
	}
	return schema.Object{
		"state": o.state, "reason": reasons,
		"last_changed_time": schema.Object{"secs": o.changed.Unix(), "usecs": int64(o.changed.Nanosecond() / 1000)},
	}
}

func fromEngine(h engine.Health) operStatus {
	return operStatus{state: "OPER_" + string(h.State), reason: h.Reason, changed: h.Changed}
}

// virtualService goes through the states of a new one (controller facts 6.1), then follows its traffic.
func (h *health) virtualService(r *record) operStatus {
	modified := time.UnixMicro(r.modified)
	if delay, age := h.server.knobs.PlacementDelay, h.now.Sub(r.created); age < delay {
		if age < delay/2 {
			return operStatus{operCreating, "Waiting for a service engine", r.created}
		}
		return operStatus{operInitializing, "", r.created.Add(delay / 2)}
	}
	vs := r.body
	if !flag(vs, "enabled") || !flag(vs, "traffic_enabled") {
		return operStatus{operDisabled, "Virtual service is disabled", modified}
	}
	if parent := h.server.store.get("VirtualService", refUUID(vs, "vh_parent_vs_ref")); parent != nil {
		if status := h.virtualService(parent); status.state != operUp && status.state != operDown {
			return status
		}
		return h.byPools(r, modified)
	}
	if h.status != nil {
		if status, ok := h.status.VirtualServices[r.uuid]; ok {
			return fromEngine(status.Health)
		}
		return operStatus{operProcessing, "", modified}
	}
	if vip := h.server.store.get("VsVip", refUUID(vs, "vsvip_ref")); vip != nil && len(enabledVIPs(vip.body)) == 0 {
		return operStatus{operDisabled, "All vips in this virtual service are disabled", modified}
	}
	return h.byPools(r, modified)
}

// byPools: a virtual service is up when it has no pool or one of its pools is up.
func (h *health) byPools(r *record, changed time.Time) operStatus {
	pools := h.server.poolsOf(r.body)
	for _, pool := range pools {
		if h.pool(pool).state == operUp {
			return operStatus{operUp, "", changed}
		}
	}
	if len(pools) > 0 {
		return operStatus{operDown, "Pool " + pools[0].name + " is down", changed}
	}
	return operStatus{operUp, "", changed}
}

func enabledVIPs(vsvip schema.Object) []schema.Object {
	return slices.DeleteFunc(objects(vsvip, "vip"), func(vip schema.Object) bool { return !flag(vip, "enabled") })
}

func (h *health) pool(r *record) operStatus {
	modified := time.UnixMicro(r.modified)
	switch {
	case !h.inUse(r):
		return operStatus{operUnused, "Pool is not used by any virtual service", modified}
	case !flag(r.body, "enabled"):
		return operStatus{operDisabled, "Pool is disabled", modified}
	}
	if h.status != nil {
		if status, ok := h.status.Pools[r.uuid]; ok {
			return fromEngine(status.Health)
		}
		return operStatus{operProcessing, "", modified}
	}
	servers := objects(r.body, "servers")
	if len(servers) == 0 {
		return operStatus{operDown, "Pool has no servers", modified}
	}
	for _, server := range servers {
		if flag(server, "enabled") {
			return operStatus{operUp, "", modified}
		}
	}
	return operStatus{operDisabled, "All servers are disabled", modified}
}

// serverStatus is the state of one server of a pool.
func (h *health) serverStatus(r *record, server schema.Object) operStatus {
	modified := time.UnixMicro(r.modified)
	switch {
	case !flag(r.body, "enabled") || !flag(server, "enabled"):
		return operStatus{operDisabled, "Server is disabled", modified}
	case !h.inUse(r):
		return operStatus{operUnused, "Pool is not used by any virtual service", modified}
	case h.status == nil:
		return operStatus{operUp, "", modified}
	}
	address, ok := serverAddress(r.body, server)
	if !ok {
		return operStatus{operDown, "Server name cannot be resolved", modified}
	}
	if status, ok := h.status.Pools[r.uuid].Servers[address]; ok {
		return fromEngine(status)
	}
	return operStatus{operProcessing, "", modified}
}

// serverAddress is where a server listens; a name is not resolved.
func serverAddress(pool, server schema.Object) (netip.AddrPort, bool) {
	key := serverKeyIn(pool, server)
	address, err := netip.ParseAddr(key.address)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(address.Unmap(), uint16(key.port)), true //nolint:gosec // the schema allows ports only
}

// poolServices are all virtual services that may send traffic to a pool: directly, through a group or through a policy.
func (s *Server) poolServices(pool *record) []*record {
	var out []*record
	seen := map[*record]bool{}
	var climb func(r *record)
	climb = func(r *record) {
		for _, user := range s.store.referredBy(r.ref(), "") {
			if seen[user] {
				continue
			}
			seen[user] = true
			switch user.model.Name {
			case "VirtualService":
				out = append(out, user)
			case "PoolGroup", "HTTPPolicySet", "L4PolicySet", "VSDataScriptSet":
				climb(user)
			}
		}
	}
	climb(pool)
	return out
}
