package api

import (
	"context"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// ZoneService is what the routes of availability zones and their profiles need.
type ZoneService interface {
	CreateZoneProfile(ctx context.Context, c service.Caller, in lbaas.ZoneProfileInput) (service.ZoneProfile, error)
	ZoneProfile(ctx context.Context, c service.Caller, id string) (service.ZoneProfile, error)
	ZoneProfiles(ctx context.Context, c service.Caller, q service.Query) (service.Page[service.ZoneProfile], error)
	UpdateZoneProfile(ctx context.Context, c service.Caller, id string, in lbaas.ZoneProfileInput) (service.ZoneProfile, error)
	DeleteZoneProfile(ctx context.Context, c service.Caller, id string) error
	CreateZone(ctx context.Context, c service.Caller, in lbaas.ZoneInput) (service.Zone, error)
	Zone(ctx context.Context, c service.Caller, name string) (service.Zone, error)
	Zones(ctx context.Context, c service.Caller, q service.Query) (service.Page[service.Zone], error)
	UpdateZone(ctx context.Context, c service.Caller, name string, in lbaas.ZoneInput) (service.Zone, error)
	DeleteZone(ctx context.Context, c service.Caller, name string) error
	ZoneCapabilities(provider string) ([]lbaas.FlavorCapability, error)
}

// The resources of availability zones in Octavia's policy rules.
const (
	ruleZone         = "availability-zone"
	ruleZoneProfile  = "availability-zone-profile"
	ruleProviderZone = "provider-availability-zone"
)

// The longest availability_zone_data, in characters.
const maxZoneData = 4096

func zoneProfileTable() table {
	return table{
		name().must(),
		carried("provider_name", textOf(maxText)).must(),
		carried("availability_zone_data", textOf(maxZoneData)).must(),
	}
}

func zoneProfilePut() rootSchema {
	return newRootSchema("availability_zone_profile_", "availability_zone_profile", zoneProfileTable().changed())
}

func zoneProfilePost() rootSchema {
	return newRootSchema("availability_zone_profile_", "availability_zone_profile", zoneProfileTable().posted())
}

// zoneTable: a zone is named once and for all.
func zoneTable() table {
	return table{
		name().must().on(creating), description(),
		carried("enabled", boolean),
		carried("availability_zone_profile_id", identifier).must().on(creating),
	}
}

func zonePut() rootSchema {
	return newRootSchema("availability_zone_", "availability_zone", zoneTable().changed())
}

func zonePost() rootSchema {
	return newRootSchema("availability_zone_", "availability_zone", zoneTable().posted())
}

type zoneProfileView struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	ProviderName string `json:"provider_name"`
	Data         string `json:"availability_zone_data"`
}

func (v zoneProfileView) identity() string { return v.ID }

func renderZoneProfile(p service.ZoneProfile) rendering {
	return zoneProfileView{ID: p.ID, Name: p.Name, ProviderName: p.Provider, Data: p.Data}
}

type zoneView struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Enabled     bool   `json:"enabled"`
	ProfileID   string `json:"availability_zone_profile_id"`
}

func (v zoneView) identity() string { return v.Name }

func renderZone(z service.Zone) rendering {
	return zoneView{Name: z.Name, Description: z.Description, Enabled: z.Enabled, ProfileID: z.ProfileID}
}

// routeZones serves availability zones, their profiles and what a provider knows of them.
func (s *server) routeZones(mux *http.ServeMux, base string) {
	s.zoneProfiles().route(s, mux, base+"/availabilityzoneprofiles")
	s.zones().route(s, mux, base+"/availabilityzones")
	s.handle(mux, base+"/providers/{id}/availability_zone_capabilities", methods{
		http.MethodGet: s.authorized(Action{ruleProviderZone, verbGetAll}, func(_ context.Context, c *call) (answer, error) {
			return capabilities(c, "availability_zone_capabilities", s.service.ZoneCapabilities)
		}),
	})
}

func (s *server) zoneProfiles() resource[service.ZoneProfile, lbaas.ZoneProfileInput] {
	return resource[service.ZoneProfile, lbaas.ZoneProfileInput]{
		singular: "availability_zone_profile", plural: "availability_zone_profiles", links: "availability_zone_profile_links",
		deleteArgument: "availability_zone_profile_id",
		display:        "Availability Zone Profile", rule: ruleZoneProfile,
		post: zoneProfilePost(), put: zoneProfilePut(), render: renderZoneProfile,
		create: func(ctx context.Context, c service.Caller, _ place, in lbaas.ZoneProfileInput) (service.ZoneProfile, error) {
			return s.service.CreateZoneProfile(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.ZoneProfile, error) {
			return s.service.ZoneProfile(ctx, c, at.id)
		},
		list: func(ctx context.Context, c service.Caller, _ place, q service.Query) (service.Page[service.ZoneProfile], error) {
			return s.service.ZoneProfiles(ctx, c, q)
		},
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.ZoneProfileInput) (service.ZoneProfile, error) {
			return s.service.UpdateZoneProfile(ctx, c, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, _ bool) error {
			return s.service.DeleteZoneProfile(ctx, c, at.id)
		},
	}
}

func (s *server) zones() resource[service.Zone, lbaas.ZoneInput] {
	return resource[service.Zone, lbaas.ZoneInput]{
		singular: "availability_zone", plural: "availability_zones", display: "Availability Zone", rule: ruleZone, byName: true,
		putArgument: "name", deleteArgument: "availability_zone_name",
		post: zonePost(), put: zonePut(), render: renderZone,
		create: func(ctx context.Context, c service.Caller, _ place, in lbaas.ZoneInput) (service.Zone, error) {
			return s.service.CreateZone(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.Zone, error) {
			return s.service.Zone(ctx, c, at.id)
		},
		list: func(ctx context.Context, c service.Caller, _ place, q service.Query) (service.Page[service.Zone], error) {
			return s.service.Zones(ctx, c, q)
		},
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.ZoneInput) (service.Zone, error) {
			return s.service.UpdateZone(ctx, c, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, _ bool) error {
			return s.service.DeleteZone(ctx, c, at.id)
		},
	}
}
