package service

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
)

// checkVIPAlone wants all addresses from the user, where there is no network service to ask for any.
func (s *Service) checkVIPAlone(ctx context.Context, c Caller, lb *lbaas.LoadBalancer) error {
	if lb.VIP.Address == "" {
		return lbaas.Invalidf("VIP must contain vip_address: this deployment has no network service.")
	}
	for _, vip := range lb.AdditionalVIPs {
		if vip.Address == "" {
			return lbaas.Invalidf("Each of additional_vips must contain ip_address: this deployment has no network service.")
		}
	}
	if err := lbaas.CheckVIPSubnets(lb); err != nil {
		return err
	}
	if err := s.checkSecurityGroups(ctx, c, lb.SecurityGroupIDs); err != nil {
		return err
	}
	return s.checkQoSPolicy(ctx, c, lb.VIP.QoSPolicyID)
}

// checkSecurityGroups wants security groups that are named to exist for the caller.
func (s *Service) checkSecurityGroups(ctx context.Context, c Caller, ids []string) error {
	if len(ids) > 0 && s.network == nil {
		return lbaas.Invalidf("VIP security groups are not allowed in this deployment: it has no network service.")
	}
	for _, id := range ids {
		if err := s.networkFor(c).CheckSecurityGroup(ctx, id); err != nil {
			return lookupError(err, "Security Group", id)
		}
	}
	return nil
}

// checkAdditionalVIPs wants the subnets of all addresses to be different ones of one network. It gives the candidates for the
// VIP's own subnet without those that the others take; the first one is Octavia's choice, which must not be among them.
func checkAdditionalVIPs(ctx context.Context, reader NetworkReader, lb *lbaas.LoadBalancer, candidates []string) ([]string, error) {
	if len(lb.AdditionalVIPs) == 0 {
		return candidates, nil
	}
	chosen := *lb
	if len(candidates) > 0 {
		chosen.VIP.SubnetID = candidates[0]
	}
	if err := lbaas.CheckVIPSubnets(&chosen); err != nil {
		return nil, err
	}
	for _, vip := range lb.AdditionalVIPs {
		if vip.PortID != "" && lb.VIP.PortID == "" {
			return nil, lbaas.Unsupportedf(lb.Provider, "port_id of additional_vips without vip_port_id")
		}
		subnet, err := reader.Subnet(ctx, vip.SubnetID)
		if err != nil {
			return nil, lookupError(err, "Subnet", vip.SubnetID)
		}
		if subnet.NetworkID != lb.VIP.NetworkID {
			return nil, lbaas.Invalidf("All VIP subnets must belong to the same network.")
		}
		candidates = slices.DeleteFunc(slices.Clone(candidates), func(id string) bool { return id == vip.SubnetID })
	}
	return candidates, nil
}

// useFixedIPs takes the additional addresses from a port of the user's, which has to hold all of them, as in Octavia.
func useFixedIPs(lb *lbaas.LoadBalancer, port *neutron.Port) error {
	for i := range lb.AdditionalVIPs {
		vip := &lb.AdditionalVIPs[i]
		if vip.PortID != "" && vip.PortID != port.ID {
			return lbaas.Invalidf("The additional VIP in subnet %s names another port than vip_port_id.", vip.SubnetID)
		}
		at := slices.IndexFunc(port.FixedIPs, func(ip neutron.FixedIP) bool {
			return ip.SubnetID == vip.SubnetID && (vip.Address == "" || vip.Address == ip.Address.String())
		})
		if at < 0 {
			return lbaas.Invalidf("No VIP address found on the specified VIP port within the specified subnet.")
		}
		vip.Address, vip.PortID = port.FixedIPs[at].Address.String(), port.ID
	}
	return nil
}

// makeAdditionalPorts makes a port for each additional address. The intent of the VIP's own port stands for all of them, since
// they bear the same mark. When one cannot be made, all go.
func (s *Service) makeAdditionalPorts(ctx context.Context, lb *lbaas.LoadBalancer) error {
	for i := range lb.AdditionalVIPs {
		if err := s.makeAdditionalPort(ctx, lb, i); err != nil {
			return s.releaseVIP(ctx, lb, err)
		}
	}
	return nil
}

func (s *Service) makeAdditionalPort(ctx context.Context, lb *lbaas.LoadBalancer, i int) error {
	vip := &lb.AdditionalVIPs[i]
	want := neutron.VIPPort{
		LoadBalancerID: lb.ID, ProjectID: lb.ProjectID, NetworkID: lb.VIP.NetworkID, SubnetID: vip.SubnetID,
		Name: fmt.Sprintf("octavia-lb-%s-%d", lb.ID, i+1), QoSPolicyID: lb.VIP.QoSPolicyID,
		SecurityGroupIDs: lb.SecurityGroupIDs, Additional: true,
	}
	if vip.Address != "" {
		want.Address, _ = netip.ParseAddr(vip.Address) // canonical since NewLoadBalancer
	}
	port, err := s.network.CreateVIPPort(ctx, want)
	if err != nil {
		return networkError(err, "Subnet", vip.SubnetID)
	}
	vip.PortID = port.ID
	for _, ip := range port.FixedIPs {
		if ip.SubnetID == vip.SubnetID {
			vip.Address = ip.Address.String()
		}
	}
	return nil
}

// ownPorts are the ports that were made for a load balancer, which has its own.
func ownPorts(lb *lbaas.LoadBalancer) []string {
	ids := []string{lb.VIP.PortID}
	for _, vip := range lb.AdditionalVIPs {
		if vip.PortID != "" {
			ids = append(ids, vip.PortID)
		}
	}
	return ids
}
