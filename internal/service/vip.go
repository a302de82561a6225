package service

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// placeVIP completes a load balancer's address from what the user named: a port, a network or a subnet (looked at in this order,
// as Octavia does), and makes a port where the user brings none.
//
// A QoS policy that the request gives (qos) is put on the user's port too; else the port keeps its own.
func (s *Service) placeVIP(ctx context.Context, c Caller, lb *lbaas.LoadBalancer, qos lbaas.Attr[string]) error {
	vip, network := &lb.VIP, s.networkFor(c)
	if s.network == nil {
		return s.checkVIPAlone(ctx, c, lb)
	}
	var candidates []string
	switch {
	case vip.PortID != "":
		if err := useVIPPort(ctx, network, lb, qos); err != nil {
			return err
		}
	case vip.NetworkID != "":
		var err error
		if candidates, err = vipSubnets(ctx, network, lb); err != nil {
			return err
		}
	default:
		subnet, err := network.Subnet(ctx, vip.SubnetID)
		if err != nil {
			return lookupError(err, "Subnet", vip.SubnetID)
		}
		vip.NetworkID, candidates = subnet.NetworkID, []string{subnet.ID}
	}
	if err := s.checkQoSPolicy(ctx, c, vip.QoSPolicyID); err != nil {
		return err
	}
	if err := s.checkSecurityGroups(ctx, c, lb.SecurityGroupIDs); err != nil {
		return err
	}
	candidates, err := checkAdditionalVIPs(ctx, network, lb, candidates)
	if err != nil {
		return err
	}
	if err := lbaas.CheckVIPNetwork(lb); err != nil || len(candidates) == 0 {
		return err
	}
	if err := s.makeVIPPort(ctx, lb, candidates); err != nil {
		return err
	}
	return s.makeAdditionalPorts(ctx, lb)
}

// networkFor is the network service as the caller sees it.
func (s *Service) networkFor(c Caller) NetworkReader {
	if c.Token == "" || s.networkAs == nil {
		return s.network
	}
	return s.networkAs(c.Token)
}

// useVIPPort takes subnet and address from a port of the user's.
func useVIPPort(ctx context.Context, reader NetworkReader, lb *lbaas.LoadBalancer, qos lbaas.Attr[string]) error {
	vip := &lb.VIP
	port, err := reader.Port(ctx, vip.PortID)
	if err != nil {
		return lookupError(err, "Port", vip.PortID)
	}
	if port.DeviceID != "" {
		return lbaas.Invalidf("Port %s is already used by device %s.", vip.PortID, port.DeviceID)
	}
	if vip.SubnetID != "" {
		if _, err := reader.Subnet(ctx, vip.SubnetID); err != nil {
			return networkError(err, "Subnet", vip.SubnetID)
		}
	}
	if err := useFixedIPs(lb, &port); err != nil {
		return err
	}
	fitting := slices.DeleteFunc(slices.Clone(port.FixedIPs), func(ip neutron.FixedIP) bool {
		return vip.SubnetID != "" && vip.SubnetID != ip.SubnetID || vip.Address != "" && vip.Address != ip.Address.String()
	})
	switch {
	case len(fitting) == 0 && vip.Address != "":
		return lbaas.Invalidf("Specified VIP address not found on the specified VIP port.")
	case len(fitting) == 0 && vip.SubnetID != "":
		return lbaas.Invalidf("No VIP address found on the specified VIP port within the specified subnet.")
	case vip.SubnetID == "" && vip.Address == "" && len(fitting) != 1:
		return lbaas.Invalidf("VIP port's subnet could not be determined. Please specify either a VIP subnet or address.")
	}
	// Of several addresses in the wanted subnet it is the first.
	vip.NetworkID, vip.SubnetID, vip.Address = port.NetworkID, fitting[0].SubnetID, fitting[0].Address.String()
	vip.QoSApplied = port.QoSPolicyID
	if !qos.HasValue() {
		vip.QoSPolicyID = port.QoSPolicyID
	}
	return nil
}

// vipSubnets are the subnets of a network that the address may come from, the preferred first: the one that the user names, the
// one that holds the wanted address, or all, IPv4 before IPv6.
func vipSubnets(ctx context.Context, reader NetworkReader, lb *lbaas.LoadBalancer) ([]string, error) {
	vip := &lb.VIP
	network, err := reader.Network(ctx, vip.NetworkID)
	if err != nil {
		return nil, lookupError(err, "Network", vip.NetworkID)
	}
	if vip.SubnetID != "" {
		if !slices.Contains(network.SubnetIDs, vip.SubnetID) {
			return nil, invalidSubresource("Subnet", vip.SubnetID)
		}
		return []string{vip.SubnetID}, nil
	}
	var fitting []neutron.Subnet
	for _, id := range network.SubnetIDs {
		subnet, err := reader.Subnet(ctx, id)
		if err != nil {
			return nil, lookupError(err, "Subnet", id)
		}
		if address, err := netip.ParseAddr(vip.Address); err != nil || subnet.CIDR.Contains(address) {
			fitting = append(fitting, subnet)
		}
	}
	if len(fitting) == 0 {
		if vip.Address == "" {
			return nil, lbaas.Invalidf("Supplied network does not contain a subnet.")
		}
		return nil, lbaas.Invalidf("Supplied network does not contain a subnet for VIP address specified.")
	}
	slices.SortStableFunc(fitting, func(a, b neutron.Subnet) int { return a.IPVersion - b.IPVersion })
	ids := idsOf(fitting, func(s *neutron.Subnet) string { return s.ID })
	if vip.Address != "" {
		ids = ids[:1]
	}
	return ids, nil
}

// makeVIPPort makes the port that holds the address, in the first of the subnets that has an address left. That it is being made
// is recorded first: should we die before the load balancer is stored, the worker finds the port and removes it.
func (s *Service) makeVIPPort(ctx context.Context, lb *lbaas.LoadBalancer, subnets []string) error {
	err := s.store.Write(ctx, func(tx *store.Tx) error {
		// The network service would find the port of the load balancer that has the id.
		if _, err := tx.LoadBalancer(lb.ID); !errors.Is(err, lbaas.KindNotFound) {
			return cmp.Or(err, lbaas.Conflictf("Already an entity with that specified id."))
		}
		return tx.IntendPort(lb.ID)
	})
	if err != nil {
		return err
	}
	want := neutron.VIPPort{
		LoadBalancerID: lb.ID, ProjectID: lb.ProjectID, NetworkID: lb.VIP.NetworkID, QoSPolicyID: lb.VIP.QoSPolicyID,
		SecurityGroupIDs: lb.SecurityGroupIDs,
	}
	if lb.VIP.Address != "" {
		want.Address, _ = netip.ParseAddr(lb.VIP.Address) // canonical since NewLoadBalancer
	}
	var port neutron.Port
	for i, subnet := range subnets {
		lb.VIP.SubnetID, want.SubnetID = subnet, subnet
		if port, err = s.network.CreateVIPPort(ctx, want); err == nil {
			break
		}
		if !errors.Is(err, neutron.ErrConflict) || i == len(subnets)-1 {
			return networkError(err, "Subnet", subnet)
		}
	}
	lb.VIP.PortID, lb.VIP.OwnsPort, lb.VIP.QoSApplied = port.ID, true, lb.VIP.QoSPolicyID
	lb.GroupsApplied = lb.SecurityGroupIDs
	for _, ip := range port.FixedIPs {
		if ip.SubnetID == lb.VIP.SubnetID {
			lb.VIP.Address = ip.Address.String()
		}
	}
	return nil
}

// checkQoSPolicy wants a QoS policy that is named to exist for the caller, and ports to have such policies at all.
func (s *Service) checkQoSPolicy(ctx context.Context, c Caller, id string) error {
	if id == "" {
		return nil
	}
	if s.network == nil {
		return lbaas.Invalidf("VIP QoS policy is not allowed in this deployment.")
	}
	return networkError(s.networkFor(c).CheckQoSPolicy(ctx, id), "qos_policy", id)
}

// releaseVIP undoes makeVIPPort after a failure; what it cannot undo now, the worker will by the recorded intent. When it is not known
// whether the load balancer was stored, the port stays: the worker finds out, and somebody else must not get a living address.
func (s *Service) releaseVIP(ctx context.Context, lb *lbaas.LoadBalancer, cause error) error {
	// When the id was taken meanwhile, the port is that load balancer's.
	if !lb.VIP.OwnsPort || errors.Is(cause, store.ErrUncertain) || errors.Is(cause, lbaas.KindConflict) && s.idTaken(ctx, lb.ID) {
		return cause
	}
	for _, id := range ownPorts(lb) {
		if err := s.network.DeletePort(context.WithoutCancel(ctx), id); err != nil {
			return errors.Join(cause, err)
		}
	}
	return errors.Join(cause, s.store.Write(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		return tx.ForgetPortIntent(lb.ID)
	}))
}

// idTaken says that a load balancer has an id already.
func (s *Service) idTaken(ctx context.Context, id string) bool {
	err := s.store.Peek(ctx, func(tx *store.Tx) error {
		_, err := tx.LoadBalancer(id)
		return err
	})
	return !errors.Is(err, lbaas.KindNotFound)
}

// invalidSubresource is a reference to something that is not there for this project.
func invalidSubresource(resource, id string) error {
	return &lbaas.Error{Kind: lbaas.KindInvalid, Message: resource + " " + id + " not found."}
}

// lookupError is networkError for what the user's own rights at the network service did not suffice for. To this service's own
// user the same would be a mistake of the operator's.
func lookupError(err error, resource, id string) error {
	switch {
	case errors.Is(err, neutron.ErrUnauthenticated):
		return &lbaas.Error{Kind: lbaas.KindForbidden, Message: "The network service does not accept the token of this request.", Err: err}
	case errors.Is(err, neutron.ErrForbidden):
		return &lbaas.Error{Kind: lbaas.KindForbidden, Message: "The network service does not show you " + resource + " " + id + ".", Err: err}
	}
	return networkError(err, resource, id)
}

// networkError tells the user what the network service said.
func networkError(err error, resource, id string) error {
	message := ""
	if e, ok := errors.AsType[*neutron.Error](err); ok {
		message = e.Message
	}
	switch {
	case errors.Is(err, neutron.ErrNotFound):
		return &lbaas.Error{Kind: lbaas.KindInvalid, Message: resource + " " + id + " not found.", Err: err}
	case errors.Is(err, neutron.ErrConflict):
		return &lbaas.Error{Kind: lbaas.KindConflict, Message: "The network service refuses: " + message, Err: err}
	case errors.Is(err, neutron.ErrInvalid):
		return &lbaas.Error{Kind: lbaas.KindInvalid, Message: "Validation failure: " + message, Err: err}
	case errors.Is(err, neutron.ErrUnavailable):
		return &lbaas.Error{Kind: lbaas.KindUnavailable, Message: "The network service is not available.", Err: err}
	}
	return err
}
