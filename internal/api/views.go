package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// rendering is an object as answers show it, in the shape of Octavia's response types: with every attribute that they have, also
// those that nothing is done with here.
type rendering interface{ identity() string }

// idOnly is a reference to another object.
type idOnly struct {
	ID string `json:"id"`
}

// common is what the answers about all objects share.
type common struct {
	ID                 string   `json:"id"`
	Name               string   `json:"name"`
	ProjectID          string   `json:"project_id"`
	TenantID           string   `json:"tenant_id"`
	AdminStateUp       bool     `json:"admin_state_up"`
	ProvisioningStatus string   `json:"provisioning_status"`
	OperatingStatus    string   `json:"operating_status"`
	CreatedAt          *string  `json:"created_at"`
	UpdatedAt          *string  `json:"updated_at"`
	Tags               []string `json:"tags"`
}

func (c common) identity() string { return c.ID }

func newCommon(r lbaas.Resource) common {
	return common{
		ID: r.ID, Name: r.Name, ProjectID: r.ProjectID, TenantID: r.ProjectID, AdminStateUp: r.AdminStateUp,
		ProvisioningStatus: string(r.ProvisioningStatus), OperatingStatus: string(r.OperatingStatus),
		CreatedAt: timestamp(r.CreatedAt), UpdatedAt: timestamp(r.UpdatedAt), Tags: append([]string{}, r.Tags...),
	}
}

// timestamp is Octavia's: UTC without saying so, whole seconds.
func timestamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format("2006-01-02T15:04:05")
	return &text
}

// orNull is null for what is not there.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// numberOrNull is a number as it was written, null for what is not there.
func numberOrNull(text string) *json.Number {
	if text == "" {
		return nil
	}
	number := json.Number(text)
	return &number
}

// references are the ids, none of them empty, as references.
func references(ids ...string) []idOnly {
	refs := make([]idOnly, 0, len(ids))
	for _, id := range ids {
		if id != "" {
			refs = append(refs, idOnly{ID: id})
		}
	}
	return refs
}

// vnicTypeNormal is what Octavia says of ports without SR-IOV.
const vnicTypeNormal = "normal"

type loadBalancerView struct {
	common
	Description      string              `json:"description"`
	VIPAddress       *string             `json:"vip_address"`
	VIPPortID        *string             `json:"vip_port_id"`
	VIPSubnetID      *string             `json:"vip_subnet_id"`
	VIPNetworkID     *string             `json:"vip_network_id"`
	VIPQoSPolicyID   *string             `json:"vip_qos_policy_id"`
	VIPVNICType      string              `json:"vip_vnic_type"`
	VIPSGIDs         []string            `json:"vip_sg_ids"`
	AdditionalVIPs   []additionalVIPView `json:"additional_vips"`
	Listeners        []idOnly            `json:"listeners"`
	Pools            []idOnly            `json:"pools"`
	Provider         string              `json:"provider"`
	FlavorID         *string             `json:"flavor_id"`
	AvailabilityZone *string             `json:"availability_zone"`
}

func renderLoadBalancer(lb service.LoadBalancer) rendering {
	view := loadBalancerView{
		common: newCommon(lb.Resource), Description: lb.Description, Provider: lb.Provider,
		VIPAddress: orNull(lb.VIP.Address), VIPPortID: orNull(lb.VIP.PortID),
		VIPSubnetID: orNull(lb.VIP.SubnetID), VIPNetworkID: orNull(lb.VIP.NetworkID),
		VIPQoSPolicyID: orNull(lb.VIP.QoSPolicyID), FlavorID: orNull(lb.FlavorID),
		VIPVNICType: vnicTypeNormal, VIPSGIDs: append([]string{}, lb.SecurityGroupIDs...),
		AvailabilityZone: orNull(lb.AvailabilityZone), AdditionalVIPs: []additionalVIPView{},
		Listeners: references(lb.ListenerIDs...), Pools: references(lb.PoolIDs...),
	}
	for _, vip := range lb.AdditionalVIPs {
		view.AdditionalVIPs = append(view.AdditionalVIPs, additionalVIPView{vip.SubnetID, vip.Address, orNull(vip.PortID)})
	}
	if lb.Made != nil {
		return fullLoadBalancer(view, lb.Made)
	}
	return view
}

type additionalVIPView struct {
	SubnetID  string  `json:"subnet_id"`
	IPAddress string  `json:"ip_address"`
	PortID    *string `json:"port_id"`
}

type listenerView struct {
	common
	Description             string            `json:"description"`
	Protocol                string            `json:"protocol"`
	ProtocolPort            int               `json:"protocol_port"`
	ConnectionLimit         int               `json:"connection_limit"`
	DefaultPoolID           *string           `json:"default_pool_id"`
	LoadBalancers           []idOnly          `json:"loadbalancers"`
	L7Policies              []idOnly          `json:"l7policies"`
	InsertHeaders           map[string]string `json:"insert_headers"`
	TimeoutClientData       int               `json:"timeout_client_data"`
	TimeoutMemberConnect    int               `json:"timeout_member_connect"`
	TimeoutMemberData       int               `json:"timeout_member_data"`
	TimeoutTCPInspect       int               `json:"timeout_tcp_inspect"`
	DefaultTLSContainerRef  *string           `json:"default_tls_container_ref"`
	SNIContainerRefs        []string          `json:"sni_container_refs"`
	ClientCATLSContainerRef *string           `json:"client_ca_tls_container_ref"`
	ClientAuthentication    string            `json:"client_authentication"`
	ClientCRLContainerRef   *string           `json:"client_crl_container_ref"`
	AllowedCIDRs            []string          `json:"allowed_cidrs"`
	TLSCiphers              *string           `json:"tls_ciphers"`
	TLSVersions             []string          `json:"tls_versions"`
	ALPNProtocols           []string          `json:"alpn_protocols"`
	HSTSMaxAge              *int              `json:"hsts_max_age"`
	HSTSIncludeSubdomains   bool              `json:"hsts_include_subdomains"`
	HSTSPreload             bool              `json:"hsts_preload"`
}

func renderListener(l service.Listener) rendering { return viewListener(l) }

func viewListener(l service.Listener) listenerView {
	view := listenerView{
		common: newCommon(l.Resource), Description: l.Description,
		Protocol: string(l.Protocol), ProtocolPort: l.ProtocolPort, ConnectionLimit: l.ConnectionLimit,
		DefaultPoolID: orNull(l.DefaultPoolID), LoadBalancers: references(l.LoadBalancerID),
		L7Policies: references(l.L7PolicyIDs...), InsertHeaders: l.InsertHeaders.Map(), SNIContainerRefs: []string{},
		AllowedCIDRs:      l.AllowedCIDRs,
		TimeoutClientData: l.ShownTimeoutClientData(), TimeoutMemberConnect: l.ShownTimeoutMemberConnect(),
		TimeoutMemberData: l.ShownTimeoutMemberData(), TimeoutTCPInspect: l.TimeoutTCPInspect,
		ClientAuthentication: clientAuthNone,
	}
	view.showTLS(&l.TLS)
	return view
}

type persistenceView struct {
	Type        string  `json:"type"`
	CookieName  *string `json:"cookie_name"`
	Timeout     *int    `json:"persistence_timeout"`
	Granularity *string `json:"persistence_granularity"`
}

type poolView struct {
	common
	Description        string           `json:"description"`
	Protocol           string           `json:"protocol"`
	Algorithm          string           `json:"lb_algorithm"`
	SessionPersistence *persistenceView `json:"session_persistence"`
	LoadBalancers      []idOnly         `json:"loadbalancers"`
	Listeners          []idOnly         `json:"listeners"`
	Members            []idOnly         `json:"members"`
	HealthMonitorID    *string          `json:"healthmonitor_id,omitempty"` // like Octavia's, absent where there is none
	TLSContainerRef    *string          `json:"tls_container_ref"`
	CATLSContainerRef  *string          `json:"ca_tls_container_ref"`
	CRLContainerRef    *string          `json:"crl_container_ref"`
	TLSEnabled         bool             `json:"tls_enabled"`
	TLSCiphers         *string          `json:"tls_ciphers"`
	TLSVersions        []string         `json:"tls_versions"`
	ALPNProtocols      []string         `json:"alpn_protocols"`
}

func renderPool(p service.Pool) rendering { return viewPool(p) }

func viewPool(p service.Pool) poolView {
	view := poolView{
		common: newCommon(p.Resource), Description: p.Description, Protocol: string(p.Protocol), Algorithm: string(p.Algorithm),
		LoadBalancers: references(p.LoadBalancerID), Listeners: references(p.ListenerIDs...),
		Members: references(p.MemberIDs...), HealthMonitorID: orNull(p.MonitorID),
	}
	view.showTLS(&p.TLS)
	if p.Persistence != nil {
		view.SessionPersistence = &persistenceView{
			Type: string(p.Persistence.Type), CookieName: orNull(p.Persistence.CookieName),
			Granularity: orNull(p.Persistence.Granularity),
		}
		if seconds := p.Persistence.Timeout; seconds != 0 {
			view.SessionPersistence.Timeout = &seconds
		}
	}
	return view
}

type memberView struct {
	common
	Address        string  `json:"address"`
	ProtocolPort   int     `json:"protocol_port"`
	Weight         int     `json:"weight"`
	SubnetID       *string `json:"subnet_id"`
	Backup         bool    `json:"backup"`
	MonitorAddress *string `json:"monitor_address"`
	MonitorPort    *int    `json:"monitor_port"`
	VNICType       string  `json:"vnic_type"`
}

func renderMember(m service.Member) rendering {
	view := memberView{
		common: newCommon(m.Resource), Address: m.ShownAddress(), ProtocolPort: m.ProtocolPort, Weight: m.Weight,
		SubnetID: orNull(m.SubnetID), VNICType: vnicTypeNormal, Backup: m.Backup, MonitorAddress: orNull(m.MonitorAddress),
	}
	if m.MonitorPort != 0 {
		view.MonitorPort = &m.MonitorPort
	}
	return view
}

type healthMonitorView struct {
	common
	Type           string       `json:"type"`
	Delay          int          `json:"delay"`
	Timeout        int          `json:"timeout"`
	MaxRetries     int          `json:"max_retries"`
	MaxRetriesDown int          `json:"max_retries_down"`
	HTTPMethod     *string      `json:"http_method"`
	URLPath        *string      `json:"url_path"`
	ExpectedCodes  *string      `json:"expected_codes"`
	HTTPVersion    *json.Number `json:"http_version"`
	DomainName     *string      `json:"domain_name"`
	Pools          []idOnly     `json:"pools"`
}

func renderHealthMonitor(h service.HealthMonitor) rendering { return viewHealthMonitor(h) }

func viewHealthMonitor(h service.HealthMonitor) healthMonitorView {
	view := healthMonitorView{
		common: newCommon(h.Resource), Type: string(h.Type), Delay: h.Delay, Timeout: h.Timeout,
		MaxRetries: h.MaxRetries, MaxRetriesDown: h.MaxRetriesDown,
		HTTPMethod: orNull(h.HTTPMethod), URLPath: orNull(h.URLPath), ExpectedCodes: orNull(h.ExpectedCodes),
		HTTPVersion: numberOrNull(h.HTTPVersion), DomainName: orNull(h.DomainName),
		Pools: references(h.PoolID),
	}
	if h.MaxRetriesDown == 0 {
		// A monitor from Neutron LBaaS v2 counts its failures with max_retries.
		view.MaxRetriesDown = h.MaxRetries
	}
	return view
}

// selected is an object with only the fields that were asked for; all of them when none were. As in Octavia, asking for a field
// that there is not gives nothing.
func selected(view any, fields []string) (any, error) {
	if len(fields) == 0 {
		return view, nil
	}
	data, err := json.Marshal(view)
	if err != nil {
		return nil, fmt.Errorf("encode an object: %w", err)
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("select fields of an object: %w", err)
	}
	for name := range all {
		if !slices.Contains(fields, name) {
			delete(all, name)
		}
	}
	return all, nil
}
