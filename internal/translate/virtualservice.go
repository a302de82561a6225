package translate

import (
	"strconv"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// virtualService is one listener. The load balancer's own administrative state is the VIP's, not the virtual service's.
func (t *translator) virtualService(l *lbaas.Listener, pool *lbaas.Pool) plan.Object {
	fields := map[string]any{
		"name":                    t.virtualServiceName(l),
		"description":             t.lb.Description + "\n" + l.Description,
		"cloud_ref":               t.cloud(),
		"enabled":                 l.AdminStateUp,
		"vsvip_ref":               refTo(TypeVsVip, VsVipUUID(t.lb.ID)),
		"application_profile_ref": refByName(TypeApplicationProfile, t.applicationProfile(l.Protocol)),
		"services": plan.List{Entries: []map[string]any{{
			"port": l.ProtocolPort, "enable_ssl": l.Protocol == lbaas.ListenerHTTPS && t.TerminateHTTPS,
		}}},
		"performance_limits": map[string]any{"max_concurrent_connections": max(l.ConnectionLimit, 0)},
	}
	if hasOwnApplicationProfile(l) {
		fields["application_profile_ref"] = refTo(TypeApplicationProfile, ApplicationProfileUUID(l.ID))
	}
	if l.Protocol == lbaas.ListenerTerminatedHTTPS {
		t.terminate(l, fields)
	}
	if l.Protocol == lbaas.ListenerUDP {
		fields["network_profile_ref"] = refByName(TypeNetworkProfile, "System-UDP-Fast-Path")
	}
	if l.Protocol == lbaas.ListenerSCTP {
		fields["network_profile_ref"] = refByName(TypeNetworkProfile, "System-SCTP-Proxy")
	}
	t.sendTo(fields, poolID(pool), l.ID)
	t.useNetworkProfiles(l, fields)
	o := t.object(TypeVirtualService, VirtualServiceUUID(l.ID), l.ID, fields)
	t.placeVirtualService(&o)
	return o
}

// poolID is empty for no pool.
func poolID(p *lbaas.Pool) string {
	if p == nil {
		return ""
	}
	return p.ID
}

func (t *translator) virtualServiceName(l *lbaas.Listener) string {
	name := l.Name
	if name == "" {
		name = strconv.Itoa(l.ProtocolPort)
	}
	return fitted(t.lb.DisplayName()+":"+name, "", l.ID)
}

func (t *translator) applicationProfile(p lbaas.ListenerProtocol) string {
	switch p {
	case lbaas.ListenerHTTP:
		return "System-HTTP"
	case lbaas.ListenerTerminatedHTTPS:
		return "System-Secure-HTTP" // the Python driver's choice
	case lbaas.ListenerHTTPS:
		if t.TerminateHTTPS {
			return "System-Secure-HTTP"
		}
	case lbaas.ListenerTCP, lbaas.ListenerUDP, lbaas.ListenerSCTP:
	}
	return "System-L4-Application"
}
