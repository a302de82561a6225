package translate

import (
	"cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// NetworkProfileUUID is the uuid of the NetworkProfile for the clients' side of a listener's connections.
func NetworkProfileUUID(listenerID string) string { return TypeNetworkProfile + "-" + listenerID }

// ServerNetworkProfileUUID is that for the members' side.
func ServerNetworkProfileUUID(listenerID string) string {
	return TypeNetworkProfile + "-" + mixed(listenerID, "members")
}

// networkProfiles are the network profiles that only a listener's virtual services use.
func (t *translator) networkProfiles(l *lbaas.Listener) []plan.Object {
	var objects []plan.Object
	if idle := l.ClientIdle(); idle != 0 {
		objects = append(objects, t.networkProfile(NetworkProfileUUID(l.ID), l.ID, idle, 0))
	}
	if idle, syns := l.MemberIdle(), l.MemberSYNs(); idle+syns != 0 {
		objects = append(objects, t.networkProfile(ServerNetworkProfileUUID(l.ID), l.ID, idle, syns))
	}
	return objects
}

// networkProfile is System-TCP-Proxy but for the times asked for: 0 is the Controller's default (schema: TCPProxyProfile). It does
// not choose its times by itself.
func (t *translator) networkProfile(uuid, listenerID string, idle, syns int) plan.Object {
	const standardIdle, standardSYNs = 600, 8
	return t.object(TypeNetworkProfile, uuid, listenerID, map[string]any{
		"name": uuid,
		"profile": map[string]any{
			"type": "PROTOCOL_TYPE_TCP_PROXY",
			"tcp_proxy_profile": map[string]any{
				"automatic":               false,
				"idle_connection_type":    pick(idle != 0, "CLOSE_IDLE", "KEEP_ALIVE"),
				"idle_connection_timeout": cmp.Or(idle, standardIdle),
				"max_syn_retransmissions": cmp.Or(syns, standardSYNs),
			},
		},
	})
}

// useNetworkProfiles gives a listener's virtual service its network profiles.
func (t *translator) useNetworkProfiles(l *lbaas.Listener, fields map[string]any) {
	t.useNetworkProfile(fields, "network_profile_ref", NetworkProfileUUID(l.ID), l.ClientIdle() != 0)
	t.useMembersProfile(l, fields)
}

// useMembersProfile is for SNI children too: they have their parent's connections from clients, and their own to members.
func (t *translator) useMembersProfile(l *lbaas.Listener, fields map[string]any) {
	t.useNetworkProfile(fields, "server_network_profile_ref", ServerNetworkProfileUUID(l.ID), l.MemberIdle()+l.MemberSYNs() != 0)
}

// useNetworkProfile leaves alone what somebody chose by hand, where the user asks for nothing.
func (t *translator) useNetworkProfile(fields map[string]any, field, uuid string, wanted bool) {
	switch {
	case wanted:
		fields[field] = refTo(TypeNetworkProfile, uuid)
	case t.made[uuid]:
		fields[field] = nil // ours is about to go
	}
}
