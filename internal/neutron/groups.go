package neutron

import (
	"context"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/security/groups"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
)

// defaultGroup is the name of the security group that each project has, and that its ports get when they ask for none.
const defaultGroup = "default"

// CheckSecurityGroup looks for a security group. It answers ErrNotFound, ErrForbidden or ErrUnavailable.
func (c *Client) CheckSecurityGroup(ctx context.Context, id string) error {
	doing := "looking up security group " + id
	if err := checkID(doing, id); err != nil {
		return err
	}
	_, err := do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (struct{}, error) {
		return struct{}{}, groups.Get(ctx, service, id).Err
	})
	return err
}

// SetPortSecurityGroups gives a port security groups instead of those that it has; none are the default one of the port's
// project. It answers ErrNotFound (port or group), ErrConflict, ErrInvalid, ErrForbidden or ErrUnavailable.
func (c *Client) SetPortSecurityGroups(ctx context.Context, portID string, ids []string) error {
	doing := "setting the security groups of port " + portID
	if err := checkID(doing, portID); err != nil {
		return err
	}
	if len(ids) == 0 {
		port, err := c.Port(ctx, portID)
		if err != nil {
			return err
		}
		if ids, err = c.defaultGroups(ctx, port.ProjectID); err != nil {
			return err
		}
	}
	_, err := do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (struct{}, error) {
		return struct{}{}, ports.Update(ctx, service, portID, ports.UpdateOpts{SecurityGroups: &ids}).Err
	})
	return err
}

// defaultGroups are the security groups that a new port of a project would get.
func (c *Client) defaultGroups(ctx context.Context, projectID string) ([]string, error) {
	doing := "looking for the default security group of project " + projectID
	return do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) ([]string, error) {
		pages, err := groups.List(service, groups.ListOpts{Name: defaultGroup, ProjectID: projectID}).AllPages(ctx)
		if err != nil {
			return nil, err
		}
		found, err := groups.ExtractGroups(pages)
		if err != nil {
			return nil, err
		}
		ids := []string{}
		for _, g := range found {
			// Old releases ignore filters that they do not know.
			if g.Name == defaultGroup && g.ProjectID == projectID {
				ids = append(ids, g.ID)
			}
		}
		return ids, nil
	})
}
