package lbaas

import "slices"

// CheckListenerPool says whether a pool may be the default of a listener, by Octavia's table of protocols and by what the
// Controller can do with the pool's persistence.
func CheckListenerPool(l *Listener, p *Pool) error {
	if !slices.Contains(poolProtocolsFor(l.Protocol), p.Protocol) {
		return Invalidf(`The pool protocol '%s' is invalid while the listener protocol is '%s'.`, p.Protocol, l.Protocol)
	}
	// Avi has the PROXY protocol in the profile of layer 4 virtual services only (controller facts 4.2: TCPApplicationProfile).
	if l.Protocol.HTTP() && (p.Protocol == PoolProxy || p.Protocol == PoolProxyV2) {
		return Unsupportedf(ProviderDisplayName, "a pool with protocol %s behind a %s listener", p.Protocol, l.Protocol)
	}
	if p.TLS.Enabled && !l.Protocol.HTTP() {
		return Unsupportedf(ProviderDisplayName, "a pool with tls_enabled behind a %s listener", l.Protocol)
	}
	// A virtual service of layer 4 takes client-IP persistence only (controller facts 4.2).
	if !l.Protocol.HTTP() && p.Persistence != nil && p.Persistence.Type != PersistSourceIP {
		return Unsupportedf(ProviderDisplayName, "session persistence of type %s behind a %s listener", p.Persistence.Type, l.Protocol)
	}
	return nil
}

func poolProtocolsFor(p ListenerProtocol) []PoolProtocol {
	switch p {
	case ListenerTCP:
		return []PoolProtocol{PoolHTTP, PoolHTTPS, PoolProxy, PoolProxyV2, PoolTCP}
	case ListenerHTTP, ListenerTerminatedHTTPS:
		return []PoolProtocol{PoolHTTP, PoolProxy, PoolProxyV2}
	case ListenerHTTPS:
		return []PoolProtocol{PoolHTTPS, PoolProxy, PoolProxyV2, PoolTCP}
	case ListenerUDP:
		return []PoolProtocol{PoolUDP}
	case ListenerSCTP:
		return []PoolProtocol{PoolSCTP}
	}
	return nil
}

// CheckMonitorPool says whether a health monitor goes with its pool's protocol.
func CheckMonitorPool(h *HealthMonitor, p *Pool) error {
	if !p.Protocol.datagrams() {
		if h.Type == MonitorUDPConnect || h.Type == MonitorSCTP {
			return Invalidf("The %s type is only supported for pools of type UDP/SCTP.", h.Type)
		}
		return nil
	}
	switch h.Type {
	case MonitorUDPConnect:
		return h.checkUDPDelay()
	case MonitorSCTP, MonitorTCP, MonitorHTTP:
		return nil
	case MonitorPing, MonitorHTTPS, MonitorTLSHello:
	}
	return Invalidf("The associated pool protocol is %s, so only a UDP-CONNECT/SCTP/TCP/HTTP health monitor is supported.", p.Protocol)
}
