package lbaas

// ListenerProtocol is what a listener accepts from clients.
type ListenerProtocol string

// The listener protocols that this provider carries out.
const (
	ListenerHTTP            ListenerProtocol = "HTTP"
	ListenerHTTPS           ListenerProtocol = "HTTPS"            // passed through, not decrypted
	ListenerTerminatedHTTPS ListenerProtocol = "TERMINATED_HTTPS" // HTTP within TLS that the load balancer decrypts
	ListenerTCP             ListenerProtocol = "TCP"
	ListenerUDP             ListenerProtocol = "UDP"
	ListenerSCTP            ListenerProtocol = "SCTP" // from the Controller's API version 22.1.3 on
)

// HTTP says that a listener of the protocol sees requests of HTTP, so that Avi treats it at layer 7.
func (p ListenerProtocol) HTTP() bool { return p == ListenerHTTP || p == ListenerTerminatedHTTPS }

// Listener is one port of a load balancer's address.
type Listener struct {
	Resource
	LoadBalancerID string
	Description    string
	Protocol       ListenerProtocol
	ProtocolPort   int // 1-65535
	// ConnectionLimit is the most connections open at once; -1 is unlimited.
	ConnectionLimit int
	// DefaultPoolID is empty when there is none.
	DefaultPoolID string
	InsertHeaders InsertHeaders
	// AllowedCIDRs are the ranges of addresses that clients may come from; empty lets all in.
	AllowedCIDRs []string
	TLS          ListenerTLS
	// TimeoutClientData and TimeoutMemberData are how long either side may be silent, TimeoutMemberConnect how long a member may
	// take to accept a connection, in milliseconds; 0 leaves that to the Controller, as Octavia's defaults do.
	TimeoutClientData, TimeoutMemberConnect, TimeoutMemberData int
	// TimeoutTCPInspect has no effect: see updateTimeouts.
	TimeoutTCPInspect int
}

// ListenerInput is a request to create or change a listener.
type ListenerInput struct {
	ID              Attr[string]           `json:"id,omitzero"`
	LoadBalancerID  Attr[string]           `json:"loadbalancer_id,omitzero"`
	Name            Attr[string]           `json:"name,omitzero"`
	Description     Attr[string]           `json:"description,omitzero"`
	AdminStateUp    Attr[bool]             `json:"admin_state_up,omitzero"`
	Protocol        Attr[ListenerProtocol] `json:"protocol,omitzero"`
	ProtocolPort    Attr[int]              `json:"protocol_port,omitzero"`
	ConnectionLimit Attr[int]              `json:"connection_limit,omitzero"`
	DefaultPoolID   Attr[string]           `json:"default_pool_id,omitzero"`

	InsertHeaders Attr[map[string]string] `json:"insert_headers,omitzero"`
	AllowedCIDRs  Attr[[]string]          `json:"allowed_cidrs,omitzero"`
	// Timeouts are in milliseconds.
	TimeoutClientData    Attr[int] `json:"timeout_client_data,omitzero"`
	TimeoutMemberConnect Attr[int] `json:"timeout_member_connect,omitzero"`
	TimeoutMemberData    Attr[int] `json:"timeout_member_data,omitzero"`
	TimeoutTCPInspect    Attr[int] `json:"timeout_tcp_inspect,omitzero"`
	ListenerTLSInput
	// DefaultPool and L7Policies are created together with the listener: see NewTree.
	DefaultPool Attr[PoolInput]       `json:"default_pool,omitzero"`
	L7Policies  Attr[[]L7PolicyInput] `json:"l7policies,omitzero"`

	Tags Attr[[]string] `json:"tags,omitzero"`
}

// Unlimited is the connection limit of a listener that has none.
const Unlimited = -1

// maxInt32 bounds what the Controller stores in int32 fields (schema: PerformanceLimits.max_concurrent_connections).
const maxInt32 = 1<<31 - 1

// NewListener gives the listener that a request describes, with defaults filled in.
func NewListener(in ListenerInput) (Listener, error) {
	l := Listener{
		Resource:        Resource{AdminStateUp: true},
		LoadBalancerID:  in.LoadBalancerID.Or(""),
		Protocol:        in.Protocol.Or(""),
		ProtocolPort:    in.ProtocolPort.Or(0),
		ConnectionLimit: Unlimited,
	}
	switch {
	case in.LoadBalancerID.Null:
		return l, NotFound("Load Balancer", "None")
	case l.LoadBalancerID == "":
		return l, Missing("loadbalancer_id")
	case l.Protocol == "":
		return l, Missing("protocol")
	case !in.ProtocolPort.HasValue():
		return l, Missing("protocol_port")
	}
	if err := checkListenerProtocol(l.Protocol); err != nil {
		return l, err
	}
	if err := checkRange("protocol_port", l.ProtocolPort, 1, 65535); err != nil {
		return l, err
	}
	return l, l.Update(in)
}

// Update applies what may be changed later. That the default pool exists and fits is the caller's to check.
func (l *Listener) Update(in ListenerInput) error {
	assign(in.Name, &l.Name, "")
	assign(in.Description, &l.Description, "")
	assign(in.AdminStateUp, &l.AdminStateUp, true)
	assign(in.ConnectionLimit, &l.ConnectionLimit, Unlimited)
	assign(in.DefaultPoolID, &l.DefaultPoolID, "")
	if err := checkText("name", l.Name); err != nil {
		return err
	}
	if err := checkText("description", l.Description); err != nil {
		return err
	}
	if err := checkRange("connection_limit", l.ConnectionLimit, Unlimited, maxInt32); err != nil {
		return err
	}
	if err := l.updateOptions(in); err != nil {
		return err
	}
	if err := l.updateTags(in.Tags); err != nil {
		return err
	}
	if err := l.updateTLS(in.ListenerTLSInput); err != nil {
		return err
	}
	if err := l.checkHeaders(); err != nil {
		return err
	}
	return l.updateTimeouts(in)
}

// L4 is the transport protocol that the listener's port takes: two listeners of one load balancer may share a port number
// only if theirs differ.
func (l *Listener) L4() string {
	if l.Protocol == ListenerUDP || l.Protocol == ListenerSCTP {
		return string(l.Protocol)
	}
	return l4TCP
}

// l4TCP is the transport protocol of all listeners but those of datagrams.
const l4TCP = "TCP"

func checkListenerProtocol(p ListenerProtocol) error {
	if p == listenerPrometheus {
		return Unsupportedf(ProviderDisplayName, "a listener with protocol %s", p)
	}
	return checkEnum("protocol", p, ListenerProtocols())
}

// ProviderDisplayName is how errors name this provider when they do not know which of its sections is meant.
const ProviderDisplayName = "avi"
