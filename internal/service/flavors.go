package service

import (
	"context"
	"errors"

	"github.com/avi-lbaas/avi-lbaas/internal/flavor"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Flavor is a flavor; it names its profile itself.
type Flavor struct{ lbaas.Flavor }

// FlavorProfile is a flavor profile.
type FlavorProfile struct{ lbaas.FlavorProfile }

// unscoped is a query of what belongs to no project.
func unscoped(q Query) store.Query {
	scoped, _ := Caller{Global: true}.scope(q)
	return scoped
}

// CreateFlavorProfile makes a flavor profile. Only its form is checked: what it names at the Controller may come later.
func (s *Service) CreateFlavorProfile(ctx context.Context, c Caller, in lbaas.FlavorProfileInput) (FlavorProfile, error) {
	if err := c.allowAdmin(); err != nil {
		return FlavorProfile{}, err
	}
	p, err := lbaas.NewFlavorProfile(in)
	if err != nil {
		return FlavorProfile{}, err
	}
	if err := s.checkFlavorProfile(&p); err != nil {
		return FlavorProfile{}, err
	}
	err = s.store.Write(ctx, func(tx *store.Tx) (err error) {
		if p.ID, err = newID(in.ID.Or("")); err != nil {
			return err
		}
		p.CreatedAt = tx.Now()
		return tx.InsertFlavorProfile(&p)
	})
	return FlavorProfile{p}, err
}

func (s *Service) checkFlavorProfile(p *lbaas.FlavorProfile) error {
	if _, err := s.provider(p.Provider); err != nil {
		return err
	}
	_, err := settingsOf(p)
	return err
}

func settingsOf(p *lbaas.FlavorProfile) (lbaas.FlavorSettings, error) {
	data, err := flavor.ParseJSON(p.Data)
	if err != nil {
		return lbaas.FlavorSettings{}, &lbaas.Error{
			Kind: lbaas.KindInvalid, Message: p.Data + " is not a valid option for flavor_data: " + err.Error(), Err: err,
		}
	}
	return lbaas.NewFlavorSettings(data)
}

// FlavorProfile shows one flavor profile.
func (s *Service) FlavorProfile(ctx context.Context, c Caller, id string) (FlavorProfile, error) {
	var p lbaas.FlavorProfile
	if err := c.allowAdmin(); err != nil {
		return FlavorProfile{}, err
	}
	err := s.store.Peek(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.FlavorProfile(id)
		return err
	})
	return FlavorProfile{p}, err
}

// FlavorProfiles lists flavor profiles.
func (s *Service) FlavorProfiles(ctx context.Context, c Caller, q Query) (Page[FlavorProfile], error) {
	if err := c.allowAdmin(); err != nil {
		return Page[FlavorProfile]{}, err
	}
	return listAll(ctx, s, unscoped(q), (*store.Tx).FlavorProfiles, func(o *lbaas.FlavorProfile) FlavorProfile { return FlavorProfile{*o} })
}

// UpdateFlavorProfile changes a flavor profile. What it means may be changed only while no flavor uses it.
func (s *Service) UpdateFlavorProfile(ctx context.Context, c Caller, id string, in lbaas.FlavorProfileInput) (FlavorProfile, error) {
	if err := c.allowAdmin(); err != nil {
		return FlavorProfile{}, err
	}
	var p lbaas.FlavorProfile
	err := s.store.Write(ctx, func(tx *store.Tx) (err error) {
		if p, err = tx.FlavorProfile(id); err != nil {
			return err
		}
		if err := p.Update(in); err != nil {
			return err
		}
		if in.FlavorData.Set || in.Provider.Set {
			used, err := tx.FlavorProfileUsed(id)
			if err != nil {
				return err
			}
			if used {
				return lbaas.InUse("Flavor profile", id)
			}
			if err := s.checkFlavorProfile(&p); err != nil {
				return err
			}
		}
		return tx.UpdateFlavorProfile(&p)
	})
	return FlavorProfile{p}, err
}

// DeleteFlavorProfile removes a flavor profile that no flavor uses.
func (s *Service) DeleteFlavorProfile(ctx context.Context, c Caller, id string) error {
	if err := c.allowAdmin(); err != nil {
		return err
	}
	err := s.store.Write(ctx, func(tx *store.Tx) error { return tx.DeleteFlavorProfile(id) })
	if errors.Is(err, lbaas.KindNotFound) {
		return lbaas.NotFound("Flavor profile", id) // as Octavia spells it here
	}
	return err
}

// CreateFlavor offers a flavor profile to users.
func (s *Service) CreateFlavor(ctx context.Context, c Caller, in lbaas.FlavorInput) (Flavor, error) {
	if err := c.allowAdmin(); err != nil {
		return Flavor{}, err
	}
	f, err := lbaas.NewFlavor(in)
	if err != nil {
		return Flavor{}, err
	}
	err = s.store.Write(ctx, func(tx *store.Tx) (err error) {
		if f.ID, err = newID(in.ID.Or("")); err != nil {
			return err
		}
		if _, err := tx.FlavorProfile(f.ProfileID); err != nil {
			return inBody(err)
		}
		f.CreatedAt = tx.Now()
		return tx.InsertFlavor(&f)
	})
	return Flavor{f}, err
}

// inBody makes of something that is not found one that the request's body names: not a 404, which is about the path.
func inBody(err error) error {
	if message, kind, ok := lbaas.MessageFor(err); ok && kind == lbaas.KindNotFound {
		return &lbaas.Error{Kind: lbaas.KindInvalid, Message: message}
	}
	return err
}

// Flavor shows one flavor, to everybody.
func (s *Service) Flavor(ctx context.Context, _ Caller, id string) (Flavor, error) {
	var f lbaas.Flavor
	err := s.store.Peek(ctx, func(tx *store.Tx) (err error) {
		f, err = tx.Flavor(id)
		return err
	})
	return Flavor{f}, err
}

// Flavors lists flavors, to everybody.
func (s *Service) Flavors(ctx context.Context, _ Caller, q Query) (Page[Flavor], error) {
	return listAll(ctx, s, unscoped(q), (*store.Tx).Flavors, func(o *lbaas.Flavor) Flavor { return Flavor{*o} })
}

// UpdateFlavor changes how a flavor is offered.
func (s *Service) UpdateFlavor(ctx context.Context, c Caller, id string, in lbaas.FlavorInput) (Flavor, error) {
	if err := c.allowAdmin(); err != nil {
		return Flavor{}, err
	}
	var f lbaas.Flavor
	err := s.store.Write(ctx, func(tx *store.Tx) (err error) {
		if f, err = tx.Flavor(id); err != nil {
			return err
		}
		if err := f.Update(in); err != nil {
			return err
		}
		return tx.UpdateFlavor(&f)
	})
	return Flavor{f}, err
}

// DeleteFlavor removes a flavor that no load balancer uses.
func (s *Service) DeleteFlavor(ctx context.Context, c Caller, id string) error {
	if err := c.allowAdmin(); err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx *store.Tx) error { return tx.DeleteFlavor(id) })
}

// FlavorCapabilities are the keys that flavor profiles of a provider may have; KindInvalid when there is no such provider.
func (s *Service) FlavorCapabilities(provider string) ([]lbaas.FlavorCapability, error) {
	if _, err := s.provider(provider); err != nil {
		return nil, err
	}
	return lbaas.FlavorCapabilities(), nil
}
