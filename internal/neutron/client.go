package neutron

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/qos/policies"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/subnets"

	"github.com/avi-lbaas/avi-lbaas/internal/openstack"
)

// Session is the service's login at Keystone.
type Session = openstack.Session

// Config says where Neutron is, with the meaning of the [neutron] options of the same name.
type Config = openstack.Config

// Client calls Neutron as the session's user. The service's own user needs a role that sees all projects; so whether a tenant
// may use a subnet, network or port that it names has to be asked with a client of keystone.Session.As, which sees what the
// tenant sees. A Client is safe for use by several goroutines. All its errors are *Error.
type Client struct {
	service *openstack.Service
	log     *slog.Logger
}

// New makes a client, without any request.
func New(config Config, session Session, logger *slog.Logger) *Client {
	kind := openstack.Kind{Type: "network", Version: "v2.0", Unavailable: ErrUnavailable, Classify: classify}
	return &Client{service: openstack.NewService(kind, config, session), log: logger}
}

// do makes one call; doing says what it does to which object.
func do[T any](ctx context.Context, c *Client, doing string, call func(context.Context, *gophercloud.ServiceClient) (T, error)) (T, error) {
	return openstack.Do(ctx, c.service, doing, call)
}

// checkID keeps ids that would name another path, or the collection, out of a URL. Such an object cannot exist.
func checkID(doing, id string) error {
	if id == "" || strings.ContainsAny(id, "/?#%. \t\r\n") {
		return &Error{Kind: ErrNotFound, Doing: doing, Message: fmt.Sprintf("%q is not an id", id)}
	}
	return nil
}

// Subnet looks up a subnet. It answers ErrNotFound, ErrForbidden or ErrUnavailable.
func (c *Client) Subnet(ctx context.Context, id string) (Subnet, error) {
	doing := "looking up subnet " + id
	if err := checkID(doing, id); err != nil {
		return Subnet{}, err
	}
	return do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (Subnet, error) {
		s, err := subnets.Get(ctx, service, id).Extract()
		if err != nil {
			return Subnet{}, err
		}
		return subnetFrom(s)
	})
}

// Network looks up a network. It answers ErrNotFound, ErrForbidden or ErrUnavailable.
func (c *Client) Network(ctx context.Context, id string) (Network, error) {
	doing := "looking up network " + id
	if err := checkID(doing, id); err != nil {
		return Network{}, err
	}
	return do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (Network, error) {
		n, err := networks.Get(ctx, service, id).Extract()
		if err != nil {
			return Network{}, err
		}
		return networkFrom(n), nil
	})
}

// Port looks up a port. It answers ErrNotFound, ErrForbidden or ErrUnavailable.
func (c *Client) Port(ctx context.Context, id string) (Port, error) {
	doing := "looking up port " + id
	if err := checkID(doing, id); err != nil {
		return Port{}, err
	}
	return do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (Port, error) {
		var p portWithQoS
		if err := ports.Get(ctx, service, id).ExtractInto(&p); err != nil {
			return Port{}, err
		}
		return p.read()
	})
}

// DeletePort deletes a port; one that is not there is success. It answers ErrConflict, ErrForbidden or ErrUnavailable.
func (c *Client) DeletePort(ctx context.Context, id string) error {
	doing := "deleting port " + id
	if err := checkID(doing, id); err != nil {
		return err
	}
	_, err := do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (struct{}, error) {
		return struct{}{}, ports.Delete(ctx, service, id).ExtractErr()
	})
	if errors.Is(err, ErrNotFound) {
		c.log.InfoContext(ctx, "the port to delete was gone already", "port_id", id)
		return nil
	}
	return err
}

// VIPPorts are all ports that were made for a load balancer, by id; there is more than one only if a creation that seemed to
// fail went through after all while it was tried again. It answers ErrForbidden or ErrUnavailable.
func (c *Client) VIPPorts(ctx context.Context, loadBalancerID string) ([]Port, error) {
	doing := "looking for the ports of load balancer " + loadBalancerID
	if err := checkID(doing, loadBalancerID); err != nil {
		return nil, err
	}
	device := DeviceID(loadBalancerID)
	return c.listPorts(ctx, doing, ports.ListOpts{DeviceID: device, DeviceOwner: DeviceOwner}, func(p *ports.Port) bool {
		return p.DeviceID == device && p.DeviceOwner == DeviceOwner
	})
}

// listPorts lists the ports that options ask for, by id. Old releases ignore filters that they do not know, so that what they give is
// held to ours once more.
func (c *Client) listPorts(ctx context.Context, doing string, options ports.ListOpts, ours func(*ports.Port) bool) ([]Port, error) {
	return do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) ([]Port, error) {
		pages, err := ports.List(service, options).AllPages(ctx)
		if err != nil {
			return nil, err
		}
		listed, err := ports.ExtractPorts(pages)
		if err != nil {
			return nil, err
		}
		var found []Port
		for i := range listed {
			if !ours(&listed[i]) {
				continue
			}
			p, err := portFrom(&listed[i])
			if err != nil {
				return nil, err
			}
			found = append(found, p)
		}
		slices.SortFunc(found, func(a, b Port) int { return cmp.Compare(a.ID, b.ID) })
		return found, nil
	})
}

// CreateVIPPort makes the port that holds a load balancer's address, or finds the one that an earlier try made: called again
// after a crash or a timeout it does not leave a second port behind. It answers ErrNotFound (no such network), ErrConflict
// (address taken or none left, or a port of this load balancer that does not suit), ErrInvalid (address not in the subnet),
// ErrForbidden or ErrUnavailable.
func (c *Client) CreateVIPPort(ctx context.Context, want VIPPort) (Port, error) {
	doing := fmt.Sprintf("creating the port of load balancer %s on network %s", want.LoadBalancerID, want.NetworkID)
	found, err := c.VIPPorts(ctx, want.LoadBalancerID)
	if err != nil {
		return Port{}, err
	}
	if i := slices.IndexFunc(found, want.suits); i >= 0 {
		return found[i], nil
	}
	if len(found) > 0 && !want.Additional {
		return Port{}, &Error{Kind: ErrConflict, Doing: doing, Message: fmt.Sprintf(
			"Port %s of load balancer %s is on another network or has another address.", found[0].ID, want.LoadBalancerID)}
	}
	return do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (Port, error) {
		p, err := ports.Create(ctx, service, want.createOptions()).Extract()
		if err != nil {
			return Port{}, err
		}
		c.log.InfoContext(ctx, "created the port of a load balancer", "port_id", p.ID, "loadbalancer_id", want.LoadBalancerID)
		return portFrom(p)
	})
}

func (want VIPPort) createOptions() ports.CreateOptsBuilder {
	options := ports.CreateOpts{
		NetworkID:    want.NetworkID,
		Name:         cmp.Or(want.Name, portName(want.LoadBalancerID)),
		AdminStateUp: &want.AdminStateUp,
		DeviceID:     DeviceID(want.LoadBalancerID),
		DeviceOwner:  DeviceOwner,
		ProjectID:    want.ProjectID,
	}
	if want.SubnetID != "" || want.Address.IsValid() {
		ip := ports.IP{SubnetID: want.SubnetID}
		if want.Address.IsValid() {
			ip.IPAddress = want.Address.String()
		}
		options.FixedIPs = []ports.IP{ip}
	}
	if len(want.SecurityGroupIDs) > 0 {
		options.SecurityGroups = &want.SecurityGroupIDs
	}
	if want.QoSPolicyID != "" {
		return policies.PortCreateOptsExt{CreateOptsBuilder: options, QoSPolicyID: want.QoSPolicyID}
	}
	return options
}
