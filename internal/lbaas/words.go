package lbaas

// The words of attributes that are one of a few, Octavia's, in the order in which errors list them. Some of them name what this
// provider cannot do: that is for the objects' own checks to say.

// ListenerProtocols are the protocols of listeners.
func ListenerProtocols() []ListenerProtocol {
	return []ListenerProtocol{
		ListenerHTTP, ListenerHTTPS, listenerPrometheus, ListenerSCTP, ListenerTCP, ListenerTerminatedHTTPS, ListenerUDP,
	}
}

// listenerPrometheus shows metrics of an amphora, which Avi has none of.
const listenerPrometheus = "PROMETHEUS"

// PoolProtocols are the protocols of pools.
func PoolProtocols() []PoolProtocol {
	return []PoolProtocol{PoolHTTP, PoolHTTPS, PoolProxy, PoolProxyV2, PoolSCTP, PoolTCP, PoolUDP}
}

// Algorithms are the ways in which pools choose a member.
func Algorithms() []Algorithm {
	return []Algorithm{LeastConnections, RoundRobin, SourceIP, SourceIPPort}
}

// PersistenceTypes are the types of session persistence.
func PersistenceTypes() []PersistenceType {
	return []PersistenceType{PersistAppCookie, PersistHTTPCookie, PersistSourceIP}
}

// MonitorTypes are the types of health monitors.
func MonitorTypes() []MonitorType {
	return []MonitorType{MonitorHTTP, MonitorHTTPS, MonitorPing, MonitorSCTP, MonitorTCP, MonitorTLSHello, MonitorUDPConnect}
}

// MonitorMethods are the methods that health monitors may ask with.
func MonitorMethods() []string {
	return []string{"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
}

// L7Actions are what L7 policies do.
func L7Actions() []L7Action {
	return []L7Action{L7RedirectPrefix, L7RedirectToPool, L7RedirectToURL, L7Reject}
}

// L7RuleTypes are what L7 rules look at.
func L7RuleTypes() []L7RuleType {
	return []L7RuleType{
		L7Cookie, L7FileType, L7Header, L7HostName, L7Path, "SSL_CONN_HAS_CERT", "SSL_DN_FIELD", "SSL_VERIFY_RESULT",
	}
}

// L7CompareTypes are how L7 rules compare.
func L7CompareTypes() []L7CompareType {
	return []L7CompareType{L7Contains, L7EndsWith, L7EqualTo, L7Regex, L7StartsWith}
}

// ClientAuthentications are the ways to treat clients' certificates.
func ClientAuthentications() []ClientAuthentication {
	return []ClientAuthentication{ClientAuthMandatory, ClientAuthNone, ClientAuthOptional}
}
