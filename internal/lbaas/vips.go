package lbaas

// AdditionalVIP is one more address of a load balancer: in another subnet of the VIP's network, for all its listeners.
type AdditionalVIP struct {
	Address  string `json:"ip_address,omitempty"` // IPv4 or IPv6 in its canonical form
	SubnetID string `json:"subnet_id"`
	// PortID is the port that holds the address: one of our own for each address, or the user's, which is the same for all.
	PortID string `json:"port_id,omitempty"`
}

// AdditionalVIPInput is one additional address of a request.
type AdditionalVIPInput struct {
	SubnetID Attr[string] `json:"subnet_id,omitzero"`
	Address  Attr[string] `json:"ip_address,omitzero"`
	PortID   Attr[string] `json:"port_id,omitzero"`
}

// newAdditionalVIPs checks the addresses by themselves; where they lie is for the network service to say.
func newAdditionalVIPs(given []AdditionalVIPInput) ([]AdditionalVIP, error) {
	var vips []AdditionalVIP
	for _, in := range given {
		if in.SubnetID.Or("") == "" {
			return nil, Missing("subnet_id")
		}
		vip := AdditionalVIP{SubnetID: in.SubnetID.Value, PortID: in.PortID.Or("")}
		if text := in.Address.Or(""); text != "" {
			canonical, err := canonicalAddress("ip_address", text)
			if err != nil {
				return nil, err
			}
			vip.Address = canonical
		}
		vips = append(vips, vip)
	}
	return vips, nil
}

// CheckVIPSubnets wants each address of a load balancer to be in a subnet of its own, as Octavia does.
func CheckVIPSubnets(lb *LoadBalancer) error {
	used := map[string]bool{lb.VIP.SubnetID: true}
	for _, vip := range lb.AdditionalVIPs {
		if used[vip.SubnetID] {
			return Invalidf("Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet.")
		}
		used[vip.SubnetID] = true
	}
	return nil
}

// Addresses are all addresses of a load balancer, the VIP's first.
func (lb *LoadBalancer) Addresses() []string {
	addresses := []string{lb.VIP.Address}
	for _, vip := range lb.AdditionalVIPs {
		addresses = append(addresses, vip.Address)
	}
	return addresses
}
