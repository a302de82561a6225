package neutron

import (
	"context"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions/qos/policies"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"
)

// CheckQoSPolicy looks for a QoS policy. It answers ErrNotFound, ErrInvalid when this Neutron has no QoS, ErrForbidden or
// ErrUnavailable.
func (c *Client) CheckQoSPolicy(ctx context.Context, id string) error {
	doing := "looking up QoS policy " + id
	enabled, err := c.hasExtension(ctx, "qos")
	if err != nil {
		return err
	}
	if !enabled {
		return &Error{Kind: ErrInvalid, Doing: doing, Message: "VIP QoS policy is not allowed in this deployment."}
	}
	if err := checkID(doing, id); err != nil {
		return err
	}
	_, err = do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (struct{}, error) {
		return struct{}{}, policies.Get(ctx, service, id).Err
	})
	return err
}

// SetPortQoS gives a port a QoS policy, or takes the one that it has when policyID is empty. It answers ErrNotFound (port or
// policy), ErrConflict, ErrInvalid, ErrForbidden or ErrUnavailable.
func (c *Client) SetPortQoS(ctx context.Context, portID, policyID string) error {
	doing := "setting the QoS policy of port " + portID
	if err := checkID(doing, portID); err != nil {
		return err
	}
	_, err := do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (struct{}, error) {
		options := policies.PortUpdateOptsExt{UpdateOptsBuilder: ports.UpdateOpts{}, QoSPolicyID: &policyID}
		return struct{}{}, ports.Update(ctx, service, portID, options).Err
	})
	return err
}

// portWithQoS is a port as it is read from answers.
type portWithQoS struct {
	ports.Port
	policies.QoSPolicyExt
}

// read is the port with its QoS policy; a Neutron without QoS shows none.
func (p *portWithQoS) read() (Port, error) {
	out, err := portFrom(&p.Port)
	out.QoSPolicyID = p.QoSPolicyID
	return out, err
}
