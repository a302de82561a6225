package service

import (
	"context"
	"errors"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// PlaceAdopted fills in what a load balancer that was made elsewhere would have got here at its creation: what its flavor and its
// availability zone fix, also those that are disabled by now, and which VRF context it has. It only reads. It is KindInvalid when
// flavor or zone is not known, cannot be read, or names what is not at the Controller.
func (s *Service) PlaceAdopted(ctx context.Context, lb *lbaas.LoadBalancer) error {
	if lb.FlavorID != "" {
		settings, provider, _, err := s.lookUpFlavor(ctx, lb.FlavorID)
		if err != nil {
			return err
		}
		if err := lbaas.CheckFlavorProvider(lb.FlavorID, provider, lb.Provider); err != nil {
			return err
		}
		lb.Flavor = settings
	}
	if lb.AvailabilityZone != "" {
		if err := s.placeInZone(ctx, lb); err != nil {
			return err
		}
	}
	if err := s.checkReferences(ctx, lb); err != nil {
		return err
	}
	return s.store.Read(ctx, func(tx *store.Tx) error { return s.chooseVRFContext(tx, lb) })
}

// placeInZone fills in what the load balancer's availability zone fixes. The zone is one of ours, of the same name: what the source
// has in its profile is for its own compute service.
func (s *Service) placeInZone(ctx context.Context, lb *lbaas.LoadBalancer) error {
	_, p, err := s.lookUpZone(ctx, lb.AvailabilityZone)
	if errors.Is(err, lbaas.KindNotFound) {
		return lbaas.Invalidf("its availability zone %s is not here: make a profile and a zone of that name first", lb.AvailabilityZone)
	}
	if err != nil {
		return err
	}
	if err := lbaas.CheckZoneProvider(lb.AvailabilityZone, p.Provider, lb.Provider); err != nil {
		return err
	}
	if lb.Zone, err = zoneSettingsOf(&p); err != nil {
		return err
	}
	return lbaas.CheckZone(lb)
}
