package cloudsim

import (
	"net/http"
	"net/netip"
	"slices"
)

// subnetAttributes are those of Neutron's subnets that this simulator keeps.
//
//nolint:gochecknoglobals // a table
var subnetAttributes = writable{
	post: []string{
		"name", "description", "tenant_id", "project_id", "network_id", "ip_version", "cidr", "gateway_ip", "allocation_pools",
		"enable_dhcp", "dns_nameservers", "host_routes",
	},
	put:      []string{"name", "description", "gateway_ip", "allocation_pools", "enable_dhcp", "dns_nameservers", "host_routes"},
	readOnly: []string{"id", "created_at", "updated_at", "revision_number"},
}

// subnetFilters are the attributes that lists can be filtered and sorted by.
//
//nolint:gochecknoglobals // a table
var subnetFilters = []string{
	"id", "name", "description", "tenant_id", "project_id", "network_id", "ip_version", "cidr", "gateway_ip", "enable_dhcp",
}

func ipVersion(p netip.Prefix) int {
	if p.Addr().Is4() {
		return 4
	}
	return 6
}

func subnetBody(s *subnet) map[string]any {
	body := addMeta(map[string]any{
		"network_id": s.NetworkID, "ip_version": ipVersion(s.CIDR), "cidr": s.CIDR.String(), "gateway_ip": nil,
		"allocation_pools": orEmpty(s.Pools), "enable_dhcp": s.EnableDHCP, "dns_nameservers": orEmpty(s.DNS),
		"host_routes": orEmpty(s.Routes), "service_types": []string{}, "subnetpool_id": nil, "ipv6_ra_mode": nil,
		"ipv6_address_mode": nil,
	}, &s.meta)
	if s.Gateway.IsValid() {
		body["gateway_ip"] = s.Gateway.String()
	}
	return body
}

// orEmpty makes a nil list [] in JSON.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// findSubnet is the subnet if the caller may see it: own, or of a network that it may see.
func (n *network) findSubnet(caller *token, subnetID string) (*subnet, error) {
	if s := n.subnets[subnetID]; s != nil {
		if _, err := n.findNetwork(caller, s.NetworkID); err == nil || caller.owns(s.ProjectID) {
			return s, nil
		}
	}
	return nil, notFound("SubnetNotFound", "Subnet %s could not be found.", subnetID)
}

func (n *network) listSubnets(r *http.Request, caller *token) (reply, error) {
	var bodies []map[string]any
	for _, s := range sortedValues(n.subnets, byAge) {
		if _, err := n.findSubnet(caller, s.ID); err == nil {
			bodies = append(bodies, subnetBody(s))
		}
	}
	return n.list(r, "subnets", bodies, subnetFilters)
}

func (n *network) showSubnet(r *http.Request, caller *token) (reply, error) {
	s, err := n.findSubnet(caller, r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok("subnet", only(subnetBody(s), r.URL.Query()["fields"])), nil
}

// apply sets what the body says on a copy, so that a refused request changes nothing.
func (s subnet) apply(attrs attributes) (*subnet, error) {
	if err := attrs.setMeta(&s.meta); err != nil {
		return nil, err
	}
	if err := set(attrs, "enable_dhcp", &s.EnableDHCP); err != nil {
		return nil, err
	}
	if attrs.isNull("gateway_ip") {
		s.Gateway = netip.Addr{}
	} else if err := set(attrs, "gateway_ip", &s.Gateway); err != nil {
		return nil, err
	}
	if err := set(attrs, "allocation_pools", &s.Pools); err != nil {
		return nil, err
	}
	if err := set(attrs, "dns_nameservers", &s.DNS); err != nil {
		return nil, err
	}
	return &s, set(attrs, "host_routes", &s.Routes)
}

func (n *network) createSubnet(r *http.Request, caller *token) (reply, error) {
	attrs, err := readAttributes(r, "subnet", subnetAttributes)
	if err != nil {
		return reply{}, err
	}
	if err := attrs.require("network_id", "ip_version"); err != nil {
		return reply{}, err
	}
	if _, found := attrs["cidr"]; !found {
		return reply{}, &apiError{
			status: http.StatusBadRequest, kind: "BadRequest",
			message: "Bad subnets request: a subnetpool must be specified in the absence of a cidr.",
		}
	}
	owner, err := attrs.owner(caller)
	if err != nil {
		return reply{}, err
	}
	s := subnet{meta: n.newMeta("", owner), EnableDHCP: true}
	version := 0
	if err := set(attrs, "network_id", &s.NetworkID); err != nil {
		return reply{}, err
	}
	if err := set(attrs, "ip_version", &version); err != nil {
		return reply{}, err
	}
	if s.CIDR, err = attrs.cidr(); err != nil {
		return reply{}, err
	}
	on, err := n.findNetwork(caller, s.NetworkID)
	if err != nil {
		return reply{}, err
	}
	if !caller.owns(on.ProjectID) {
		return reply{}, policyForbids("create_subnet and rule:create_subnet:network_id")
	}
	s.CIDR = s.CIDR.Masked()
	if ipVersion(s.CIDR) != version {
		return reply{}, invalidInput("cidr '%s' does not match the ip_version '%d'", s.CIDR, version)
	}
	s.Gateway = s.CIDR.Addr().Next()
	made, err := s.apply(attrs)
	if err != nil {
		return reply{}, err
	}
	if err := n.checkSubnet(made); err != nil {
		return reply{}, err
	}
	n.subnets[made.ID] = made
	return created("subnet", subnetBody(made)), nil
}

// cidr is the attribute of that name.
func (a attributes) cidr() (netip.Prefix, error) {
	text := ""
	if err := set(a, "cidr", &text); err != nil {
		return netip.Prefix{}, err
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, invalidInput("%s is not in a CIDR format", text)
	}
	return prefix, nil
}

// checkSubnet holds Neutron's rules for a subnet, and fills in its allocation pools when it has none.
func (n *network) checkSubnet(s *subnet) error {
	if s.EnableDHCP && s.CIDR.Bits() >= s.CIDR.Addr().BitLen()-1 {
		return invalidInput("Subnet has a prefix length that is incompatible with DHCP service enabled")
	}
	if s.EnableDHCP && s.CIDR.Addr().IsUnspecified() {
		return invalidInput("First IP '%s' of network is not supported if enable_dhcp is True.", s.CIDR.Addr())
	}
	if !s.CIDR.IsValid() || s.CIDR.Bits() == 0 {
		return invalidInput("0 is not allowed as CIDR prefix length")
	}
	if s.EnableDHCP && s.CIDR.Addr().IsLoopback() {
		return invalidInput("Loopback IP subnet is not supported if enable_dhcp is True")
	}
	for _, other := range n.subnetsOf(s.NetworkID) {
		if other.ID != s.ID && other.CIDR.Overlaps(s.CIDR) {
			return invalidInput("Requested subnet with cidr: %s for network: %s overlaps with another subnet", s.CIDR, s.NetworkID)
		}
	}
	// A gateway may lie elsewhere, but not be an address of the subnet that no port can have.
	if s.Gateway.IsValid() && s.CIDR.Contains(s.Gateway) && !hosts(s.CIDR).contains(s.Gateway) {
		return invalidInput("Gateway is not valid on subnet")
	}
	if len(s.Pools) == 0 {
		s.Pools = defaultPools(s.CIDR, s.Gateway)
		return nil
	}
	return checkPools(s)
}

func checkPools(s *subnet) error {
	for i, p := range s.Pools {
		switch {
		case !p.Start.IsValid() || !p.End.IsValid() || p.End.Less(p.Start):
			return &apiError{
				status: http.StatusBadRequest, kind: "InvalidAllocationPool",
				message: "The allocation pool " + p.String() + " is not valid.",
			}
		case !s.CIDR.Contains(p.Start) || !s.CIDR.Contains(p.End):
			return &apiError{
				status: http.StatusBadRequest, kind: "OutOfBoundsAllocationPool",
				message: "The allocation pool " + p.String() + " spans beyond the subnet cidr " + s.CIDR.String() + ".",
			}
		case s.Gateway.IsValid() && p.contains(s.Gateway):
			return conflict("GatewayConflictWithAllocationPools", "Gateway ip %s conflicts with allocation pool %s.", s.Gateway, p)
		}
		for _, other := range s.Pools[:i] {
			if other.contains(p.Start) || p.contains(other.Start) {
				return conflict("OverlappingAllocationPools", "Found overlapping allocation pools: %s %s for subnet %s.", other, p, s.CIDR)
			}
		}
	}
	return nil
}

// ownSubnet is a subnet that the caller may change: one that it sees but does not own is refused, not hidden.
func (n *network) ownSubnet(r *http.Request, caller *token, rule string) (*subnet, error) {
	s, err := n.findSubnet(caller, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if !caller.owns(s.ProjectID) && !caller.owns(n.networks[s.NetworkID].ProjectID) {
		return nil, policyForbids(rule)
	}
	return s, nil
}

func (n *network) updateSubnet(r *http.Request, caller *token) (reply, error) {
	s, err := n.ownSubnet(r, caller, "update_subnet")
	if err != nil {
		return reply{}, err
	}
	attrs, err := readAttributes(r, "subnet", subnetAttributes)
	if err != nil {
		return reply{}, err
	}
	if s, err = s.apply(attrs); err != nil {
		return reply{}, err
	}
	if err := n.checkSubnet(s); err != nil {
		return reply{}, err
	}
	s.touch(n.now())
	n.subnets[s.ID] = s
	return ok("subnet", subnetBody(s)), nil
}

func (n *network) deleteSubnet(r *http.Request, caller *token) (reply, error) {
	s, err := n.ownSubnet(r, caller, "delete_subnet")
	if err != nil {
		return reply{}, err
	}
	for _, p := range n.ports {
		if slices.ContainsFunc(p.FixedIPs, func(ip fixedIP) bool { return ip.SubnetID == s.ID }) {
			return reply{}, conflict("SubnetInUse",
				"Unable to complete operation on subnet %s: One or more ports have an IP allocation from this subnet.", s.ID)
		}
	}
	delete(n.subnets, s.ID)
	return reply{status: http.StatusNoContent}, nil
}
