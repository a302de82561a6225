package engine

import (
	"net/netip"
	"time"
)

// Config is the whole of what the service engine is to carry out, already resolved: no references, no defaults left open.
type Config struct {
	VirtualServices []VirtualService
	// Pools that no virtual service uses are not listed: a real service engine does not probe them either.
	Pools []Pool
	// Groups are named in the place of pools.
	Groups []PoolGroup
}

// Kind says how a virtual service's traffic is treated.
type Kind string

// The kinds of traffic, by the type of the virtual service's application and network profiles.
const (
	KindHTTP Kind = "HTTP"
	KindTCP  Kind = "TCP"
	KindUDP  Kind = "UDP"
)

// VirtualService is one virtual service with its listening ports.
type VirtualService struct {
	UUID string
	// Enabled is false when the virtual service itself or its traffic is disabled: nothing listens then.
	Enabled bool
	// VIPs are the addresses of the enabled VIPs of its VsVip. Empty: nothing listens, and the state is DISABLED.
	VIPs     []netip.Addr
	Services []Service
	// MaxConnections open at once over all services; 0 is unlimited.
	MaxConnections int
	// XForwardedFor adds the client's address to each HTTP request.
	XForwardedFor bool
	// PoolUUID names an entry of Config.Pools or Config.Groups; empty when the virtual service has no pool.
	PoolUUID string
	// Certificates serve the TLS ports; the first is the default.
	Certificates []Certificate
	// RequestRules are run on each HTTP request, in order; a host's own stand in for them. NetworkRules decide who may connect.
	RequestRules []RequestRule
	NetworkRules []NetworkRule
	// ProxyProtocol is the version of the PROXY protocol that servers of TCP services are spoken to with, 1 or 2; 0 for none.
	ProxyProtocol int
	// Hosts are served by certificates, pools and rules of their own to TLS clients that name them.
	Hosts []Host
	// TLS is what TLS clients may use.
	TLS TLSProfile
	// ClientAuth is asked of every TLS client.
	ClientAuth ClientAuth
	// HTTP2 is offered to TLS clients of HTTP ports.
	HTTP2 bool
	// ClientTimeouts are those of HTTP clients.
	ClientTimeouts ClientTimeouts
	// ClientIdle ends a TCP connection from a client in which nothing has passed for as long; 0 for never.
	ClientIdle time.Duration
	// StrictTransportSecurity is the value of that header in answers over TLS; empty for none.
	StrictTransportSecurity string
}

// ClientTimeouts are how long an HTTP client may be silent; zero values leave it to the engine.
type ClientTimeouts struct {
	// Header is until the end of a request's header, Body between two pieces of its body, Idle between two requests.
	Header, Body, Idle time.Duration
}

// Service is one listening port, or a range of them. The engine opens 1024 listeners of a virtual service at most.
type Service struct {
	Kind Kind
	Port uint16
	// PortEnd is the last port of a range, equal to Port for a single one.
	PortEnd uint16
	// TLS decrypts on this port with the virtual service's certificates.
	TLS bool
}

// Certificate is a PEM certificate chain with its PEM private key.
type Certificate struct {
	ChainPEM, KeyPEM string
}

// Algorithm chooses a server.
type Algorithm string

// The algorithms that the engine carries out; the others of the schema are treated as AlgorithmLeastConnections.
const (
	AlgorithmRoundRobin       Algorithm = "ROUND_ROBIN"
	AlgorithmLeastConnections Algorithm = "LEAST_CONNECTIONS"
	AlgorithmHashSourceIP     Algorithm = "HASH_SOURCE_IP"
	AlgorithmHashSourceIPPort Algorithm = "HASH_SOURCE_IP_PORT"
	AlgorithmRandom           Algorithm = "RANDOM"
)

// Pool is one pool with its servers, monitors and persistence.
type Pool struct {
	UUID      string
	Enabled   bool
	Algorithm Algorithm
	Servers   []Server
	Monitors  []Monitor
	// Persistence is nil when there is none.
	Persistence *Persistence
	// TLS encrypts to the servers, without verifying them.
	TLS bool
	// ServerIdle ends a TCP connection to a server in which nothing has passed for as long; 0 for never.
	ServerIdle time.Duration
	// MaxConnectionsPerServer is 0 for unlimited.
	MaxConnectionsPerServer int
}

// Server is one server of a pool. Address and port together are its key.
type Server struct {
	Address  netip.AddrPort
	Hostname string
	Enabled  bool
	// Ratio is its share, 1 to 20.
	Ratio int
	// RewriteHost sends Hostname as the Host header.
	RewriteHost bool
}

// MonitorKind is the kind of an active health check.
type MonitorKind string

// The kinds of checks that the engine makes.
const (
	MonitorPing  MonitorKind = "PING"
	MonitorTCP   MonitorKind = "TCP"
	MonitorUDP   MonitorKind = "UDP"
	MonitorHTTP  MonitorKind = "HTTP"
	MonitorHTTPS MonitorKind = "HTTPS"
)

// Monitor is an active health check of every enabled server of its pool. One that is listed twice counts once.
type Monitor struct {
	UUID             string
	Kind             MonitorKind
	SendInterval     time.Duration
	ReceiveTimeout   time.Duration
	SuccessfulChecks int
	FailedChecks     int
	// Port to probe; 0 is the server's own.
	Port uint16
	// HTTPRequest is the request line, say "GET /health HTTP/1.0", optionally followed by header lines.
	HTTPRequest string
	// HTTPCodes are the accepted classes by their first digit (2 for HTTP_2XX); empty accepts any code.
	HTTPCodes []int
	// HTTPResponse must be contained in the answer when set.
	HTTPResponse string
	// Request is what a TCP or UDP check sends, and Response what must come back, when set.
	Request, Response string
}

// PersistenceKind says what keeps a client at its server.
type PersistenceKind string

// The kinds of persistence that the engine carries out.
const (
	PersistenceClientIP   PersistenceKind = "CLIENT_IP"
	PersistenceHTTPCookie PersistenceKind = "HTTP_COOKIE" // the engine sets a cookie of its own
	PersistenceAppCookie  PersistenceKind = "APP_COOKIE"  // a cookie that the servers set
)

// Persistence keeps a client at its server.
type Persistence struct {
	Kind PersistenceKind
	// CookieName of the engine's own cookie, where empty leaves it to the engine, or of the servers' cookie, where
	// empty matches none.
	CookieName string
	// Timeout after the last use; 0 is none.
	Timeout time.Duration
	// MaskBits are the leading bits of addresses that tell clients apart; 0, or more than an address has, is all of them.
	MaskBits int
}
