package avisim

import (
	"cmp"
	"strconv"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// poolOrGroup is the uuid of what a virtual service, or an action of a rule, sends requests to; empty for none.
func (s *Server) poolOrGroup(o schema.Object) string {
	return cmp.Or(refUUID(o, "pool_ref"), refUUID(o, "pool_group_ref"))
}

// engineGroup reads a pool group. Its labels are numbers, of which the greater one comes first, as they are without priority labels
// of its own (schema: PoolGroup.priority_labels_ref); a label that is no number is the least.
func (s *Server) engineGroup(r *record) engine.PoolGroup {
	group := engine.PoolGroup{UUID: r.uuid}
	for _, member := range objects(r.body, "members") {
		switch text(member, "deployment_state") {
		case "OUT_OF_SERVICE", "EVALUATION_FAILED":
			continue
		}
		priority, err := strconv.Atoi(text(member, "priority_label"))
		if err != nil {
			priority = 0
		}
		group.Members = append(group.Members, engine.GroupMember{
			PoolUUID: refUUID(member, "pool_ref"), Priority: priority, Ratio: int(number(member, "ratio")),
		})
	}
	return group
}

// serverIdle is how long a connection to a server of a virtual service's may be idle: by the network profile of the servers' side,
// or by that of the clients' where it has none.
func (s *Server) serverIdle(vs schema.Object) time.Duration {
	if profile := s.store.get("NetworkProfile", refUUID(vs, "server_network_profile_ref")); profile != nil {
		return idleOf(profile.body)
	}
	return idleOf(s.profilesOf(vs).network)
}

// idleOf is how long a TCP proxy profile lets a connection be idle; 0 for ever. A profile that chooses by itself, or keeps idle
// connections alive, ends none.
func idleOf(profile schema.Object) time.Duration {
	tcp := object(object(profile, "profile"), "tcp_proxy_profile")
	if tcp == nil || flag(tcp, "automatic") || text(tcp, "idle_connection_type") != "CLOSE_IDLE" {
		return 0
	}
	return time.Duration(number(tcp, "idle_connection_timeout")) * time.Second
}
