package lbaas

import "strings"

// PoolProtocol is what a pool's members speak.
type PoolProtocol string

// The pool protocols that this provider carries out.
const (
	PoolHTTP  PoolProtocol = "HTTP"
	PoolHTTPS PoolProtocol = "HTTPS"
	PoolTCP   PoolProtocol = "TCP"
	PoolUDP   PoolProtocol = "UDP"
	PoolSCTP  PoolProtocol = "SCTP" // from the Controller's API version 22.1.3 on

	PoolProxy   PoolProtocol = "PROXY"   // TCP after a line that names the client: the PROXY protocol's version 1
	PoolProxyV2 PoolProtocol = "PROXYV2" // its version 2, which is binary
)

// Algorithm is how a pool chooses a member.
type Algorithm string

// The algorithms of LBaaS v2.
const (
	RoundRobin       Algorithm = "ROUND_ROBIN"
	LeastConnections Algorithm = "LEAST_CONNECTIONS"
	SourceIP         Algorithm = "SOURCE_IP"
	SourceIPPort     Algorithm = "SOURCE_IP_PORT"
)

// PersistenceType is what keeps a client at its member.
type PersistenceType string

// The types of session persistence of LBaaS v2.
const (
	PersistSourceIP   PersistenceType = "SOURCE_IP"
	PersistHTTPCookie PersistenceType = "HTTP_COOKIE" // a cookie that the load balancer sets
	PersistAppCookie  PersistenceType = "APP_COOKIE"  // a cookie that the members set
)

// SessionPersistence keeps a client at its member.
type SessionPersistence struct {
	Type PersistenceType `json:"type"`
	// CookieName is set if and only if Type is APP_COOKIE.
	CookieName string `json:"cookie_name,omitempty"`
	// Timeout is after how many seconds without a packet a client is forgotten: whole minutes, up to 720 of them; 0 leaves it to
	// the Controller. Granularity is the netmask of the clients that are taken for one, empty for each client by itself. Both are
	// for UDP and SCTP only.
	Timeout     int    `json:"persistence_timeout,omitempty"`
	Granularity string `json:"persistence_granularity,omitempty"`
}

// Pool is a group of members that serve the same thing.
type Pool struct {
	Resource
	LoadBalancerID string
	Description    string
	Protocol       PoolProtocol
	Algorithm      Algorithm
	// Persistence is nil when clients may go to any member at each request.
	Persistence *SessionPersistence
	TLS         PoolTLS
}

// PoolInput is a request to create or change a pool.
type PoolInput struct {
	ID             Attr[string]           `json:"id,omitzero"`
	LoadBalancerID Attr[string]           `json:"loadbalancer_id,omitzero"`
	ListenerID     Attr[string]           `json:"listener_id,omitzero"`
	Name           Attr[string]           `json:"name,omitzero"`
	Description    Attr[string]           `json:"description,omitzero"`
	AdminStateUp   Attr[bool]             `json:"admin_state_up,omitzero"`
	Protocol       Attr[PoolProtocol]     `json:"protocol,omitzero"`
	Algorithm      Attr[Algorithm]        `json:"lb_algorithm,omitzero"`
	Persistence    Attr[PersistenceInput] `json:"session_persistence,omitzero"`
	PoolTLSInput
	// Members and Monitor are created together with the pool: see NewTree.
	Members Attr[[]MemberInput]      `json:"members,omitzero"`
	Monitor Attr[HealthMonitorInput] `json:"healthmonitor,omitzero"`

	Tags Attr[[]string] `json:"tags,omitzero"`
}

// PersistenceInput is the session persistence of a request.
type PersistenceInput struct {
	Type        Attr[PersistenceType] `json:"type,omitzero"`
	CookieName  Attr[string]          `json:"cookie_name,omitzero"`
	Timeout     Attr[int]             `json:"persistence_timeout,omitzero"`
	Granularity Attr[string]          `json:"persistence_granularity,omitzero"`
}

// NewPool gives the pool that a request describes, with defaults filled in. Its load balancer, when only a listener is named,
// is the caller's to fill.
func NewPool(in PoolInput) (Pool, error) {
	p := Pool{
		Resource:       Resource{AdminStateUp: true},
		LoadBalancerID: in.LoadBalancerID.Or(""),
		Protocol:       in.Protocol.Or(""),
		Algorithm:      in.Algorithm.Or(""),
	}
	switch {
	case p.LoadBalancerID == "" && in.ListenerID.Or("") == "":
		return p, Invalidf("Must provide at least one of: loadbalancer_id, listener_id")
	case p.Protocol == "":
		return p, Missing("protocol")
	case p.Algorithm == "":
		return p, Missing("lb_algorithm")
	}
	if err := checkEnum("protocol", p.Protocol, PoolProtocols()); err != nil {
		return p, err
	}
	return p, p.Update(in)
}

// Update applies what may be changed later.
func (p *Pool) Update(in PoolInput) error {
	assign(in.Name, &p.Name, "")
	assign(in.Description, &p.Description, "")
	assign(in.AdminStateUp, &p.AdminStateUp, true)
	if in.Algorithm.Null {
		return InvalidOption("None", "lb_algorithm")
	}
	if in.Algorithm.HasValue() {
		p.Algorithm = in.Algorithm.Value
	}
	if err := checkText("name", p.Name); err != nil {
		return err
	}
	if err := checkText("description", p.Description); err != nil {
		return err
	}
	if err := checkEnum("lb_algorithm", p.Algorithm, Algorithms()); err != nil {
		return err
	}
	if err := p.updateTags(in.Tags); err != nil {
		return err
	}
	if err := p.updateTLS(in.PoolTLSInput); err != nil {
		return err
	}
	if !in.Persistence.Set {
		return nil
	}
	if in.Persistence.Null {
		p.Persistence = nil
		return nil
	}
	return p.updatePersistence(in.Persistence.Value)
}

func (p *Pool) updatePersistence(in PersistenceInput) error {
	sp := SessionPersistence{}
	if p.Persistence != nil {
		sp = *p.Persistence
	}
	if in.Type.HasValue() {
		// A change of type drops the cookie of the type before, unless a new one is given.
		if in.Type.Value != sp.Type {
			sp = SessionPersistence{}
		}
		sp.Type = in.Type.Value
	}
	assign(in.CookieName, &sp.CookieName, "")
	if err := p.checkDatagrams(in); err != nil {
		return err
	}
	if sp.Type == "" {
		if p.ID != "" { // a change of a pool that has none
			return Invalidf("Invalid session_persistence provided.")
		}
		return Missing("type")
	}
	if err := checkEnum("type", sp.Type, PersistenceTypes()); err != nil {
		return err
	}
	if err := sp.updateDatagrams(in); err != nil {
		return err
	}
	if err := p.checkPersistence(sp); err != nil {
		return err
	}
	p.Persistence = &sp
	return nil
}

func (p *Pool) checkPersistence(sp SessionPersistence) error {
	if p.Protocol.datagrams() && sp.CookieName != "" {
		if sp.Type == PersistSourceIP {
			return Invalidf("session_persistence %s type for UDP and SCTP protocols only accepts: type, persistence_timeout, "+
				"persistence_granularity.", sp.Type)
		}
		return Invalidf("Cookie names are not supported for UDP/SCTP pools.")
	}
	if p.Protocol.datagrams() && sp.Type != PersistSourceIP {
		return Invalidf("Session persistence of type %s is not supported for UDP/SCTP protocol pools.", sp.Type)
	}
	if sp.CookieName != "" && sp.Type != PersistAppCookie {
		return Invalidf(`Field "cookie_name" can only be specified with session persistence of type "APP_COOKIE".`)
	}
	if sp.Type == PersistAppCookie && sp.CookieName == "" {
		return Invalidf(`Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.`)
	}
	if err := checkText("cookie_name", sp.CookieName); err != nil {
		return err
	}
	if strings.ContainsAny(sp.CookieName, " \t\r\n\v\f,;\\") {
		return InvalidValue("cookie_name", sp.CookieName, `Value should match the pattern ^[^\s,;\\]+$`)
	}
	if !validCookieName(sp.CookieName) {
		return Invalidf(`Supplied "cookie_name" is invalid.`)
	}
	return nil
}

// validCookieName holds a name to RFC 6265's token characters.
func validCookieName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// datagrams says that the protocol is one of the two that Octavia treats alike, and apart from those over TCP.
func (p PoolProtocol) datagrams() bool { return p == PoolUDP || p == PoolSCTP }
