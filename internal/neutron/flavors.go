package neutron

import (
	"context"
	"errors"
	"net/http"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/extensions"
)

// Flavor is a flavor of Neutron's own, of any of its services.
type Flavor struct {
	ID          string
	ServiceType string // say "LOADBALANCERV2"
	Enabled     bool
	// ServiceProfileIDs are those that say what the flavor means, in Neutron's order.
	ServiceProfileIDs []string
}

// ServiceProfile says what a flavor means to a driver.
type ServiceProfile struct {
	ID      string
	Enabled bool
	// Metainfo is text of the driver's own.
	Metainfo string
}

// Flavor looks up a flavor of Neutron. It answers ErrNotFound, also when this Neutron has no flavors at all, ErrForbidden or
// ErrUnavailable.
func (c *Client) Flavor(ctx context.Context, id string) (Flavor, error) {
	var body struct {
		Flavor struct {
			ID              string   `json:"id"`
			ServiceType     string   `json:"service_type"`
			Enabled         bool     `json:"enabled"`
			ServiceProfiles []string `json:"service_profiles"`
		} `json:"flavor"`
	}
	err := c.read(ctx, "looking up flavor "+id, "flavors", id, &body)
	if errors.Is(err, ErrUnavailable) && gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
		// A 404 that is not in Neutron's form: without the plugin there is no such path.
		if enabled, asked := c.hasExtension(ctx, "flavors"); asked == nil && !enabled {
			return Flavor{}, &Error{Kind: ErrNotFound, Doing: "looking up flavor " + id, Message: "this Neutron has no flavors", Err: err}
		}
	}
	f := body.Flavor
	return Flavor{ID: f.ID, ServiceType: f.ServiceType, Enabled: f.Enabled, ServiceProfileIDs: f.ServiceProfiles}, err
}

// ServiceProfile looks up a service profile, which Neutron shows to administrators only. It answers ErrNotFound, ErrForbidden or
// ErrUnavailable.
func (c *Client) ServiceProfile(ctx context.Context, id string) (ServiceProfile, error) {
	var body struct {
		ServiceProfile struct {
			ID       string `json:"id"`
			Enabled  bool   `json:"enabled"`
			Metainfo string `json:"metainfo"`
		} `json:"service_profile"`
	}
	err := c.read(ctx, "looking up service profile "+id, "service_profiles", id, &body)
	p := body.ServiceProfile
	return ServiceProfile{ID: p.ID, Enabled: p.Enabled, Metainfo: p.Metainfo}, err
}

// read reads one object of a collection into body.
func (c *Client) read(ctx context.Context, doing, collection, id string, body any) error {
	if err := checkID(doing, id); err != nil {
		return err
	}
	_, err := do(ctx, c, doing, func(ctx context.Context, service *gophercloud.ServiceClient) (struct{}, error) {
		response, err := service.Get(ctx, service.ServiceURL(collection, id), body, nil)
		if response != nil {
			err = errors.Join(err, response.Body.Close())
		}
		return struct{}{}, err
	})
	return err
}

// hasExtension says whether Neutron has an extension.
func (c *Client) hasExtension(ctx context.Context, alias string) (bool, error) {
	_, err := do(ctx, c, "looking for extension "+alias,
		func(ctx context.Context, service *gophercloud.ServiceClient) (struct{}, error) {
			return struct{}{}, extensions.Get(ctx, service, alias).Err
		})
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
