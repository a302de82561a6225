package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/flavor"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// References finds out whether what a flavor names is at a provider's Controller.
type References interface {
	// Exists says whether a reference leads to an object of its type that the project's load balancers may use. An error says
	// that this cannot be told now.
	Exists(ctx context.Context, projectID, typ, reference string) (bool, error)
	// ManagementNetwork is the id of the network that the service engines of a group, or of a cloud's default group, are managed
	// on; empty where that is not known.
	ManagementNetwork(ctx context.Context, projectID, groupReference, cloud string) (string, error)
}

// applyFlavor fills in what the flavor of a new load balancer fixes, and gives the provider that it goes with, empty for any. A flavor_id
// of null is none, which clients of Neutron LBaaS v2 send and Octavia refuses.
func (s *Service) applyFlavor(ctx context.Context, lb *lbaas.LoadBalancer) (provider string, err error) {
	if lb.FlavorID == "" {
		return "", nil
	}
	lb.Flavor, provider, err = s.findFlavor(ctx, lb.FlavorID)
	return provider, err
}

// findFlavor finds an enabled flavor.
func (s *Service) findFlavor(ctx context.Context, id string) (lbaas.FlavorSettings, string, error) {
	settings, provider, enabled, err := s.lookUpFlavor(ctx, id)
	if err == nil && !enabled {
		err = lbaas.Disabled("flavor", id)
	}
	return settings, provider, err
}

// lookUpFlavor looks a flavor up in our own table, and where it is not there, in Neutron. The provider is empty when the flavor
// goes with any.
func (s *Service) lookUpFlavor(ctx context.Context, id string) (settings lbaas.FlavorSettings, provider string, enabled bool, err error) {
	var f lbaas.Flavor
	var p lbaas.FlavorProfile
	err = s.store.Read(ctx, func(tx *store.Tx) (err error) {
		if f, err = tx.Flavor(id); err != nil {
			return err
		}
		p, err = tx.FlavorProfile(f.ProfileID)
		return err
	})
	switch {
	case errors.Is(err, lbaas.KindNotFound) && s.network != nil:
		settings, enabled, err = s.findNeutronFlavor(ctx, id)
		return settings, "", enabled, err
	case errors.Is(err, lbaas.KindNotFound):
		return settings, "", false, errInvalidFlavor()
	case err != nil:
		return settings, "", false, err
	}
	settings, err = settingsOf(&p)
	return settings, p.Provider, f.Enabled, err
}

// errInvalidFlavor is Octavia's word for a flavor that does not exist.
func errInvalidFlavor() error { return lbaas.Invalidf("Invalid flavor_id.") }

// neutronServiceType is that of load-balancing flavors in Neutron.
const neutronServiceType = "LOADBALANCERV2"

// findNeutronFlavor takes the first enabled service profile of a flavor, as Neutron itself and the Python driver do.
func (s *Service) findNeutronFlavor(ctx context.Context, id string) (settings lbaas.FlavorSettings, enabled bool, err error) {
	f, err := s.network.Flavor(ctx, id)
	switch {
	case errors.Is(err, neutron.ErrNotFound):
		return settings, false, errInvalidFlavor()
	case err != nil:
		return settings, false, networkError(err, "Flavor", id)
	case f.ServiceType != neutronServiceType:
		return settings, false, lbaas.Invalidf("Flavor %s is one of the service %s, not of %s.", id, f.ServiceType, neutronServiceType)
	}
	for _, profileID := range f.ServiceProfileIDs {
		p, err := s.network.ServiceProfile(ctx, profileID)
		if err != nil {
			return settings, false, networkError(err, "Service profile", profileID)
		}
		if p.Enabled {
			settings, err = metainfoOf(id, &p)
			return settings, f.Enabled, err
		}
	}
	return settings, false, lbaas.Invalidf("Flavor %s has no enabled service profile.", id)
}

// metainfoOf reads a service profile. What cannot be read is refused with the names of both, so that an operator finds it.
func metainfoOf(flavorID string, p *neutron.ServiceProfile) (lbaas.FlavorSettings, error) {
	data, err := flavor.ParseMetainfo(p.Metainfo)
	if err == nil {
		var settings lbaas.FlavorSettings
		if settings, err = lbaas.NewFlavorSettings(data); err == nil {
			return settings, nil
		}
	}
	reason := err.Error()
	if message, _, ok := lbaas.MessageFor(err); ok {
		reason = message
	}
	return lbaas.FlavorSettings{}, &lbaas.Error{
		Kind:    lbaas.KindInvalid,
		Message: fmt.Sprintf("Validation failure: The metainfo of service profile %s of flavor %s cannot be used: %s", p.ID, flavorID, reason),
		Err:     err,
	}
}

// checkReferences wants everything that a load balancer's flavor and availability zone name to be at the Controller.
func (s *Service) checkReferences(ctx context.Context, lb *lbaas.LoadBalancer) error {
	provider, err := s.provider(lb.Provider)
	if err != nil || provider.References == nil {
		return err
	}
	err = checkReferencesOf(ctx, provider, lb, "Flavor "+lb.FlavorID, lb.Flavor.References())
	if err != nil {
		return err
	}
	if err := checkReferencesOf(ctx, provider, lb, "Availability zone "+lb.AvailabilityZone, lb.Zone.References()); err != nil {
		return err
	}
	return checkManagementNetwork(ctx, provider, lb)
}

// checkManagementNetwork wants the service engines of a load balancer to be managed on the network that its availability zone names.
func checkManagementNetwork(ctx context.Context, provider *Provider, lb *lbaas.LoadBalancer) error {
	wanted := lb.Zone.ManagementNetwork
	if wanted == "" {
		return nil
	}
	group := cmp.Or(lb.Zone.SEGroupRef, lb.Flavor.SEGroupRef)
	actual, err := provider.References.ManagementNetwork(ctx, lb.ProjectID, group, lb.Zone.Cloud)
	if err != nil {
		return &lbaas.Error{
			Kind: lbaas.KindUnavailable, Err: err,
			Message: fmt.Sprintf("Availability zone %s names the management network %s. Whether its service engines are on it cannot be "+
				"told: the Controller does not answer, or not to this service.", lb.AvailabilityZone, wanted),
		}
	}
	if actual != wanted {
		return lbaas.Invalidf("Availability zone %s names the management network %s, but its service engines are managed on %s.",
			lb.AvailabilityZone, wanted, cmp.Or(actual, "one that the Controller does not name"))
	}
	return nil
}

// checkReferencesOf wants what one of a load balancer's settings names to be there; owner says which.
func checkReferencesOf(
	ctx context.Context, provider *Provider, lb *lbaas.LoadBalancer, owner string, refs []lbaas.FlavorReference,
) error {
	for _, ref := range refs {
		there, err := provider.References.Exists(ctx, lb.ProjectID, ref.Type, ref.Reference)
		if err != nil {
			return &lbaas.Error{
				Kind: lbaas.KindUnavailable, Err: err,
				Message: fmt.Sprintf("%s names %s %s. Whether it exists cannot be told: the Controller does not answer, or not to this service.",
					owner, ref.Key, ref.Reference),
			}
		}
		if !there {
			return lbaas.Invalidf("%s names %s %s, which does not exist at the Controller.", owner, ref.Key, ref.Reference)
		}
	}
	return nil
}

// wantsVRFContext says whether a VRF context is to be made for a load balancer: its flavor or the provider's option says so. A
// flavor or an availability zone that names a VRF context itself is the more exact one.
func (s *Service) wantsVRFContext(lb *lbaas.LoadBalancer) bool {
	optional := slices.ContainsFunc(s.providers, func(p Provider) bool { return p.Name == lb.Provider && p.VRFContextPerSubnet })
	return lb.Flavor.VRFContextPerSubnet || optional && lb.Flavor.VRFRef == "" && lb.Zone.VRFRef == ""
}

// Place is where a provider's objects are.
type Place struct {
	// Controller is the same for providers of one Controller, and means nothing else; Cloud is the name of its cloud.
	Controller, Cloud string
}

// chooseVRFContext names the VRF context of a new load balancer. Its uuid is computed from the subnet, as the Python driver did;
// an object of one tenant cannot be used from another, so that on a shared subnet only the first project gets that one. Nor can one
// of one cloud be used from another: see vrfCloud.
func (s *Service) chooseVRFContext(tx *store.Tx, lb *lbaas.LoadBalancer) error {
	if !s.wantsVRFContext(lb) {
		return nil
	}
	subnet := lb.VIP.SubnetID
	if subnet == "" {
		return lbaas.Invalidf("The load balancer gets a VRF context of its VIP's subnet: give vip_subnet_id.")
	}
	cloud, err := s.vrfCloud(tx, lb, subnet)
	if err != nil {
		return err
	}
	if cloud != "" {
		subnet = uuid.NewSHA1(uuid.Nil, []byte(subnet+" "+cloud)).String()
	}
	taken, err := tx.VRFKeyTaken(subnet, lb.ProjectID)
	if err != nil {
		return err
	}
	lb.VRFKey = subnet
	if taken {
		namespace, err := uuid.Parse(subnet)
		if err != nil {
			namespace = uuid.NewSHA1(uuid.Nil, []byte(subnet))
		}
		lb.VRFKey = uuid.NewSHA1(namespace, []byte(lb.ProjectID)).String()
	}
	return nil
}

// vrfCloud is the cloud that the name of a load balancer's VRF context has to say, empty for none: that of its availability zone, or
// its provider's own where a provider with another cloud of the same Controller was first to make one for the subnet.
func (s *Service) vrfCloud(tx *store.Tx, lb *lbaas.LoadBalancer, subnet string) (string, error) {
	own := s.places[lb.Provider]
	if lb.Zone.Cloud != "" || own == (Place{}) {
		return lb.Zone.Cloud, nil
	}
	var elsewhere []string
	for provider, place := range s.places {
		if place.Controller == own.Controller && place.Cloud != own.Cloud {
			elsewhere = append(elsewhere, provider)
		}
	}
	taken, err := tx.VRFKeyOfProviders(subnet, elsewhere)
	if err != nil || !taken {
		return "", err
	}
	return own.Cloud, nil
}
