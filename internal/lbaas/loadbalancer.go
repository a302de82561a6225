package lbaas

import "net/netip"

// LoadBalancer is a virtual IP address and the root of a tree of listeners and pools.
type LoadBalancer struct {
	Resource
	Description string
	// Provider is the name of the configuration's section that serves it; see config.
	Provider string
	VIP      VIP
	// StatusReason says in the Controller's or our own words why the load balancer is still PENDING, or in ERROR.
	StatusReason string

	// FlavorID is empty without a flavor; Flavor is what it fixes.
	FlavorID string
	Flavor   FlavorSettings
	// VRFKey says which VRF context is made for the load balancer, shared with others of its project: the id of the VIP's subnet,
	// or an id of the project's own where another project has that VRF context already. Empty: none is made.
	VRFKey string

	// AvailabilityZone is the name of the load balancer's zone, empty without one; Zone is what it fixes.
	AvailabilityZone string
	Zone             ZoneSettings
	// AdditionalVIPs are its further addresses, in the order given.
	AdditionalVIPs []AdditionalVIP
	// SecurityGroupIDs are the network service's security groups that the ports of all addresses are to have, GroupsApplied those
	// that they were given last; empty for the project's default.
	SecurityGroupIDs, GroupsApplied []string
}

// VIP is the address of a load balancer.
type VIP struct {
	Address   string // IPv4 or IPv6 in its canonical form
	SubnetID  string
	NetworkID string
	PortID    string
	// OwnsPort is set if and only if we made the port and have to delete it.
	OwnsPort bool
	// QoSPolicyID is the network service's QoS policy that the port is to have, QoSApplied the one that it was given last; empty
	// for none.
	QoSPolicyID, QoSApplied string
}

// LoadBalancerInput is a request to create or change a load balancer.
type LoadBalancerInput struct {
	ID           Attr[string] `json:"id,omitzero"`
	ProjectID    Attr[string] `json:"project_id,omitzero"`
	Name         Attr[string] `json:"name,omitzero"`
	Description  Attr[string] `json:"description,omitzero"`
	AdminStateUp Attr[bool]   `json:"admin_state_up,omitzero"`
	Provider     Attr[string] `json:"provider,omitzero"`
	VIPAddress   Attr[string] `json:"vip_address,omitzero"`
	VIPSubnetID  Attr[string] `json:"vip_subnet_id,omitzero"`
	VIPNetworkID Attr[string] `json:"vip_network_id,omitzero"`
	VIPPortID    Attr[string] `json:"vip_port_id,omitzero"`
	VIPQoSPolicy Attr[string] `json:"vip_qos_policy_id,omitzero"`
	FlavorID     Attr[string] `json:"flavor_id,omitzero"`

	AvailabilityZone    Attr[string]               `json:"availability_zone,omitzero"`
	VIPSecurityGroupIDs Attr[[]string]             `json:"vip_sg_ids,omitzero"`
	AdditionalVIPs      Attr[[]AdditionalVIPInput] `json:"additional_vips,omitzero"`
	// Listeners and Pools are created together with the load balancer: see NewTree.
	Listeners Attr[[]ListenerInput] `json:"listeners,omitzero"`
	Pools     Attr[[]PoolInput]     `json:"pools,omitzero"`
	Tags      Attr[[]string]        `json:"tags,omitzero"`
}

// NewLoadBalancer gives the load balancer that a request describes, with defaults filled in. Ids, times, statuses and what the
// network service knows of the VIP are the caller's to fill.
func NewLoadBalancer(in LoadBalancerInput) (LoadBalancer, error) {
	lb := LoadBalancer{Resource: Resource{ProjectID: in.ProjectID.Or(""), AdminStateUp: true}, Provider: in.Provider.Or("")}
	lb.FlavorID = in.FlavorID.Or("")
	lb.VIP = VIP{
		SubnetID:  in.VIPSubnetID.Or(""),
		NetworkID: in.VIPNetworkID.Or(""),
		PortID:    in.VIPPortID.Or(""),
	}
	if a := in.VIPAddress.Or(""); a != "" {
		canonical, err := canonicalAddress("vip_address", a)
		if err != nil {
			return lb, err
		}
		lb.VIP.Address = canonical
	}
	lb.AvailabilityZone = in.AvailabilityZone.Or("")
	var err error
	if lb.AdditionalVIPs, err = newAdditionalVIPs(in.AdditionalVIPs.Or(nil)); err != nil {
		return lb, err
	}
	return lb, lb.Update(in)
}

// Update applies what may be changed later.
func (lb *LoadBalancer) Update(in LoadBalancerInput) error {
	assign(in.Name, &lb.Name, "")
	assign(in.Description, &lb.Description, "")
	assign(in.AdminStateUp, &lb.AdminStateUp, true)
	assign(in.VIPQoSPolicy, &lb.VIP.QoSPolicyID, "")
	assign(in.VIPSecurityGroupIDs, &lb.SecurityGroupIDs, nil)
	if err := checkText("name", lb.Name); err != nil {
		return err
	}
	if err := checkText("description", lb.Description); err != nil {
		return err
	}
	return lb.updateTags(in.Tags)
}

// DisplayName is the name that its Avi objects bear: its own, or its address when it has none.
func (lb *LoadBalancer) DisplayName() string {
	if lb.Name != "" {
		return lb.Name
	}
	return lb.VIP.Address
}

func canonicalAddress(attribute, text string) (string, error) {
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" {
		return "", InvalidValue(attribute, text, "Value should be IPv4 or IPv6 format")
	}
	return addr.String(), nil
}
