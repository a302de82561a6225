package service

import (
	"context"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// PlaceAdopted fills in what a load balancer that was made elsewhere would have got here at its creation: what its flavor fixes,
// also one that is disabled by now, and which VRF context it has. It only reads. It is KindInvalid when the flavor is not known
// or cannot be read.
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
		if err := s.checkReferences(ctx, lb); err != nil {
			return err
		}
	}
	return s.store.Read(ctx, func(tx *store.Tx) error { return s.chooseVRFContext(tx, lb) })
}
