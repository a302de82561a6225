package service

import (
	"context"
	"errors"

	"github.com/avi-lbaas/avi-lbaas/internal/flavor"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Zone is an availability zone; it names its profile itself.
type Zone struct{ lbaas.Zone }

// ZoneProfile is an availability zone profile.
type ZoneProfile struct{ lbaas.ZoneProfile }

// CreateZoneProfile makes an availability zone profile. Only its form is checked: what it names at the Controller may come later.
func (s *Service) CreateZoneProfile(ctx context.Context, c Caller, in lbaas.ZoneProfileInput) (ZoneProfile, error) {
	if err := c.allowAdmin(); err != nil {
		return ZoneProfile{}, err
	}
	p, err := lbaas.NewZoneProfile(in)
	if err != nil {
		return ZoneProfile{}, err
	}
	if err := s.checkZoneProfile(&p); err != nil {
		return ZoneProfile{}, err
	}
	err = s.store.Write(ctx, func(tx *store.Tx) (err error) {
		if p.ID, err = newID(in.ID.Or("")); err != nil {
			return err
		}
		p.CreatedAt = tx.Now()
		return tx.InsertZoneProfile(&p)
	})
	return ZoneProfile{p}, err
}

func (s *Service) checkZoneProfile(p *lbaas.ZoneProfile) error {
	if _, err := s.provider(p.Provider); err != nil {
		return err
	}
	_, err := zoneSettingsOf(p)
	return err
}

func zoneSettingsOf(p *lbaas.ZoneProfile) (lbaas.ZoneSettings, error) {
	data, err := flavor.ParseJSON(p.Data)
	if err != nil {
		return lbaas.ZoneSettings{}, &lbaas.Error{
			Kind: lbaas.KindInvalid, Message: p.Data + " is not a valid option for availability_zone_data: " + err.Error(), Err: err,
		}
	}
	return lbaas.NewZoneSettings(data)
}

// ZoneProfile shows one availability zone profile.
func (s *Service) ZoneProfile(ctx context.Context, c Caller, id string) (ZoneProfile, error) {
	if err := c.allowAdmin(); err != nil {
		return ZoneProfile{}, err
	}
	var p lbaas.ZoneProfile
	err := s.store.Peek(ctx, func(tx *store.Tx) (err error) {
		p, err = tx.ZoneProfile(id)
		return err
	})
	return ZoneProfile{p}, err
}

// ZoneProfiles lists availability zone profiles.
func (s *Service) ZoneProfiles(ctx context.Context, c Caller, q Query) (Page[ZoneProfile], error) {
	if err := c.allowAdmin(); err != nil {
		return Page[ZoneProfile]{}, err
	}
	return listAll(ctx, s, unscoped(q), (*store.Tx).ZoneProfiles, func(o *lbaas.ZoneProfile) ZoneProfile { return ZoneProfile{*o} })
}

// UpdateZoneProfile changes an availability zone profile. What it means may be changed only while no zone uses it.
func (s *Service) UpdateZoneProfile(ctx context.Context, c Caller, id string, in lbaas.ZoneProfileInput) (ZoneProfile, error) {
	if err := c.allowAdmin(); err != nil {
		return ZoneProfile{}, err
	}
	var p lbaas.ZoneProfile
	err := s.store.Write(ctx, func(tx *store.Tx) (err error) {
		if p, err = tx.ZoneProfile(id); err != nil {
			return err
		}
		if err := p.Update(in); err != nil {
			return err
		}
		if in.Data.Set || in.Provider.Set {
			used, err := tx.ZoneProfileUsed(id)
			if err != nil {
				return err
			}
			if used {
				return lbaas.InUse("Availability Zone Profile", id)
			}
			if err := s.checkZoneProfile(&p); err != nil {
				return err
			}
		}
		return tx.UpdateZoneProfile(&p)
	})
	return ZoneProfile{p}, err
}

// DeleteZoneProfile removes an availability zone profile that no zone uses.
func (s *Service) DeleteZoneProfile(ctx context.Context, c Caller, id string) error {
	if err := c.allowAdmin(); err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx *store.Tx) error { return tx.DeleteZoneProfile(id) })
}

// CreateZone offers an availability zone profile to users.
func (s *Service) CreateZone(ctx context.Context, c Caller, in lbaas.ZoneInput) (Zone, error) {
	if err := c.allowAdmin(); err != nil {
		return Zone{}, err
	}
	z, err := lbaas.NewZone(in)
	if err != nil {
		return Zone{}, err
	}
	err = s.store.Write(ctx, func(tx *store.Tx) error {
		if _, err := tx.ZoneProfile(z.ProfileID); err != nil {
			return inBody(err)
		}
		z.CreatedAt = tx.Now()
		return tx.InsertZone(&z)
	})
	return Zone{z}, err
}

// Zone shows one availability zone, to everybody.
func (s *Service) Zone(ctx context.Context, _ Caller, name string) (Zone, error) {
	var z lbaas.Zone
	err := s.store.Peek(ctx, func(tx *store.Tx) (err error) {
		z, err = tx.Zone(name)
		return err
	})
	return Zone{z}, err
}

// Zones lists availability zones, to everybody.
func (s *Service) Zones(ctx context.Context, _ Caller, q Query) (Page[Zone], error) {
	return listAll(ctx, s, unscoped(q), (*store.Tx).Zones, func(o *lbaas.Zone) Zone { return Zone{*o} })
}

// UpdateZone changes how an availability zone is offered.
func (s *Service) UpdateZone(ctx context.Context, c Caller, name string, in lbaas.ZoneInput) (Zone, error) {
	if err := c.allowAdmin(); err != nil {
		return Zone{}, err
	}
	var z lbaas.Zone
	err := s.store.Write(ctx, func(tx *store.Tx) (err error) {
		if z, err = tx.Zone(name); err != nil {
			return err
		}
		if err := z.Update(in); err != nil {
			return err
		}
		return tx.UpdateZone(&z)
	})
	return Zone{z}, err
}

// DeleteZone removes an availability zone that no load balancer is in.
func (s *Service) DeleteZone(ctx context.Context, c Caller, name string) error {
	if err := c.allowAdmin(); err != nil {
		return err
	}
	return s.store.Write(ctx, func(tx *store.Tx) error { return tx.DeleteZone(name) })
}

// ZoneCapabilities are the keys that availability zone profiles of a provider may have; KindInvalid when there is no such provider.
func (s *Service) ZoneCapabilities(provider string) ([]lbaas.FlavorCapability, error) {
	if _, err := s.provider(provider); err != nil {
		return nil, err
	}
	return lbaas.ZoneCapabilities(), nil
}

// applyZone fills in what the availability zone of a new load balancer fixes, and gives the provider that it goes with.
func (s *Service) applyZone(ctx context.Context, lb *lbaas.LoadBalancer, given lbaas.Attr[string]) (provider string, err error) {
	if !given.Set {
		return "", nil
	}
	z, p, err := s.lookUpZone(ctx, lb.AvailabilityZone)
	switch {
	case errors.Is(err, lbaas.KindNotFound):
		return "", errInvalidZone()
	case err != nil:
		return "", err
	case !z.Enabled:
		return "", lbaas.Disabled("availability_zone", z.Name)
	}
	if lb.Zone, err = zoneSettingsOf(&p); err != nil {
		return "", err
	}
	return p.Provider, lbaas.CheckZone(lb)
}

// lookUpZone reads an availability zone and its profile.
func (s *Service) lookUpZone(ctx context.Context, name string) (z lbaas.Zone, p lbaas.ZoneProfile, err error) {
	err = s.store.Read(ctx, func(tx *store.Tx) (err error) {
		if z, err = tx.Zone(name); err != nil {
			return err
		}
		p, err = tx.ZoneProfile(z.ProfileID)
		return err
	})
	return z, p, err
}

// errInvalidZone is Octavia's word for an availability zone that does not exist.
func errInvalidZone() error { return lbaas.Invalidf("Invalid availability zone.") }

// enterZone makes sure that a new load balancer's zone is still there when it is stored.
func enterZone(tx *store.Tx, lb *lbaas.LoadBalancer) error {
	if lb.AvailabilityZone == "" {
		return nil
	}
	err := tx.EnterZone(lb.AvailabilityZone)
	if errors.Is(err, lbaas.KindNotFound) {
		return errInvalidZone()
	}
	return err
}
