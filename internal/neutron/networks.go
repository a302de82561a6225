package neutron

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
)

// FindNetwork looks a network up by its id or, when no network has that id, by its name. It answers ErrNotFound, ErrConflict
// (several networks of that name), ErrForbidden or ErrUnavailable.
func (c *Client) FindNetwork(ctx context.Context, idOrName string) (Network, error) {
	found, err := c.Network(ctx, idOrName)
	if err == nil || !errors.Is(err, ErrNotFound) || idOrName == "" {
		return found, err
	}
	doing := fmt.Sprintf("looking for a network named %q", idOrName)
	named, err := do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) ([]networks.Network, error) {
		pages, err := networks.List(service, networks.ListOpts{Name: idOrName}).AllPages(ctx)
		if err != nil {
			return nil, err
		}
		return networks.ExtractNetworks(pages)
	})
	if err != nil {
		return Network{}, err
	}
	// Old releases ignore filters that they do not know.
	named = slices.DeleteFunc(named, func(n networks.Network) bool { return n.Name != idOrName })
	switch len(named) {
	case 0:
		return Network{}, &Error{Kind: ErrNotFound, Doing: doing, Message: fmt.Sprintf("No network has the id or the name %q.", idOrName)}
	case 1:
		return networkFrom(&named[0]), nil
	}
	return Network{}, &Error{Kind: ErrConflict, Doing: doing, Message: fmt.Sprintf("%d networks have this name: give the id.", len(named))}
}

// PortsOf lists the ports of a network that the session's user may see, by id. It answers ErrForbidden or ErrUnavailable.
func (c *Client) PortsOf(ctx context.Context, networkID string) ([]Port, error) {
	doing := "listing the ports of network " + networkID
	if err := checkID(doing, networkID); err != nil {
		return nil, err
	}
	return c.listPorts(ctx, doing, ports.ListOpts{NetworkID: networkID}, func(p *ports.Port) bool { return p.NetworkID == networkID })
}

// DeleteNetwork deletes a network with its subnets. It answers ErrNotFound, ErrConflict (ports hold it; Message is Neutron's own
// refusal), ErrForbidden or ErrUnavailable.
func (c *Client) DeleteNetwork(ctx context.Context, id string) error {
	doing := "deleting network " + id
	if err := checkID(doing, id); err != nil {
		return err
	}
	_, err := do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (struct{}, error) {
		return struct{}{}, networks.Delete(ctx, service, id).ExtractErr()
	})
	return err
}
