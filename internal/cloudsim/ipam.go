package cloudsim

import (
	"net/http"
	"net/netip"
)

func (p pool) contains(a netip.Addr) bool { return !a.Less(p.Start) && !p.End.Less(a) }

func (p pool) String() string { return p.Start.String() + "-" + p.End.String() }

// lastAddr is the highest address of a prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	bytes := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// hosts are the addresses of a subnet that may be given to a port: not the network address, and not IPv4's broadcast.
// Point-to-point and single-address prefixes have no such addresses.
func hosts(p netip.Prefix) pool {
	first, last := p.Masked().Addr(), lastAddr(p)
	if p.Bits() >= p.Addr().BitLen()-1 {
		return pool{first, last}
	}
	if last.Is4() {
		last = last.Prev()
	}
	return pool{first.Next(), last}
}

// defaultPools are all host addresses but the gateway.
func defaultPools(cidr netip.Prefix, gateway netip.Addr) []pool {
	all := hosts(cidr)
	if !gateway.IsValid() || !all.contains(gateway) {
		return []pool{all}
	}
	var pools []pool
	if all.Start.Less(gateway) {
		pools = append(pools, pool{all.Start, gateway.Prev()})
	}
	if gateway.Less(all.End) {
		pools = append(pools, pool{gateway.Next(), all.End})
	}
	return pools
}

// used are the addresses of a subnet that ports hold, but for those of one port.
func (n *network) used(subnetID, exceptPort string) map[netip.Addr]bool {
	used := map[netip.Addr]bool{}
	for _, p := range n.ports {
		if p.ID == exceptPort {
			continue
		}
		for _, ip := range p.FixedIPs {
			if ip.SubnetID == subnetID {
				used[ip.Address] = true
			}
		}
	}
	return used
}

// allocate turns the fixed IPs that a port asks for into addresses. A nil request means one address of each IP version that
// the network has; an empty one means none. Neutron picks at random, this takes the lowest free address, so that runs repeat.
func (n *network) allocate(p *port, wanted []fixedIP) ([]fixedIP, error) {
	subnets := n.subnetsOf(p.NetworkID)
	if wanted == nil {
		return n.allocateAny(p, subnets)
	}
	given := []fixedIP{}
	for _, want := range wanted {
		s, err := n.subnetFor(want, subnets, p.NetworkID)
		if err != nil {
			return nil, err
		}
		used := n.used(s.ID, p.ID)
		for _, ip := range given {
			used[ip.Address] = used[ip.Address] || ip.SubnetID == s.ID
		}
		address := want.Address
		switch {
		case !address.IsValid():
			if address = firstFree(s, used); !address.IsValid() {
				return nil, conflict("IpAddressGenerationFailure", "No more IP addresses available on network %s.", p.NetworkID)
			}
		case !hosts(s.CIDR).contains(address):
			return nil, &apiError{
				status: http.StatusBadRequest, kind: "InvalidIpForSubnet",
				message: "IP address " + address.String() + " is not a valid IP for the specified subnet.",
			}
		case used[address]:
			// Since Newton's pluggable IPAM; IpAddressInUse is what older releases answered.
			return nil, conflict("IpAddressAlreadyAllocated", "IP address %s already allocated in subnet %s", address, s.ID)
		}
		given = append(given, fixedIP{SubnetID: s.ID, Address: address})
	}
	return given, nil
}

func (n *network) allocateAny(p *port, subnets []*subnet) ([]fixedIP, error) {
	given := []fixedIP{}
	for _, version := range []int{4, 6} {
		tried, got := false, false
		for _, s := range subnets {
			if ipVersion(s.CIDR) != version || got {
				continue
			}
			tried = true
			if address := firstFree(s, n.used(s.ID, p.ID)); address.IsValid() {
				given, got = append(given, fixedIP{SubnetID: s.ID, Address: address}), true
			}
		}
		if tried && !got {
			return nil, conflict("IpAddressGenerationFailure", "No more IP addresses available on network %s.", p.NetworkID)
		}
	}
	return given, nil
}

// subnetFor is the subnet that a requested fixed IP is on: the named one, or the one that its address is in.
func (n *network) subnetFor(want fixedIP, subnets []*subnet, networkID string) (*subnet, error) {
	for _, s := range subnets {
		if s.ID == want.SubnetID || (want.SubnetID == "" && want.Address.IsValid() && s.CIDR.Contains(want.Address)) {
			return s, nil
		}
	}
	switch {
	case want.SubnetID != "" && n.subnets[want.SubnetID] == nil:
		return nil, notFound("SubnetNotFound", "Subnet %s could not be found.", want.SubnetID)
	case want.SubnetID != "":
		return nil, invalidInput("Failed to create port on network %s, because fixed_ips included invalid subnet %s", networkID, want.SubnetID)
	case want.Address.IsValid():
		return nil, &apiError{
			status: http.StatusBadRequest, kind: "InvalidIpForNetwork",
			message: "IP address " + want.Address.String() + " is not a valid IP for any of the subnets on the specified network.",
		}
	default:
		return nil, invalidInput("IP allocation requires subnet_id or ip_address")
	}
}

func firstFree(s *subnet, used map[netip.Addr]bool) netip.Addr {
	for _, p := range s.Pools {
		for a := p.Start; a.IsValid() && p.contains(a); a = a.Next() {
			if !used[a] {
				return a
			}
		}
	}
	return netip.Addr{}
}
