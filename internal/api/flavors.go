package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// FlavorService is what the routes of flavors and their profiles need.
type FlavorService interface {
	CreateFlavorProfile(ctx context.Context, c service.Caller, in lbaas.FlavorProfileInput) (service.FlavorProfile, error)
	FlavorProfile(ctx context.Context, c service.Caller, id string) (service.FlavorProfile, error)
	FlavorProfiles(ctx context.Context, c service.Caller, q service.Query) (service.Page[service.FlavorProfile], error)
	UpdateFlavorProfile(ctx context.Context, c service.Caller, id string, in lbaas.FlavorProfileInput) (service.FlavorProfile, error)
	DeleteFlavorProfile(ctx context.Context, c service.Caller, id string) error
	CreateFlavor(ctx context.Context, c service.Caller, in lbaas.FlavorInput) (service.Flavor, error)
	Flavor(ctx context.Context, c service.Caller, id string) (service.Flavor, error)
	Flavors(ctx context.Context, c service.Caller, q service.Query) (service.Page[service.Flavor], error)
	UpdateFlavor(ctx context.Context, c service.Caller, id string, in lbaas.FlavorInput) (service.Flavor, error)
	DeleteFlavor(ctx context.Context, c service.Caller, id string) error
	FlavorCapabilities(provider string) ([]lbaas.FlavorCapability, error)
}

// The resources of flavors in Octavia's policy rules.
const (
	ruleFlavor         = "flavor"
	ruleFlavorProfile  = "flavor-profile"
	ruleProviderFlavor = "provider-flavor"
)

// The longest flavor_data, in characters.
const maxFlavorData = 4096

func flavorProfileTable() table {
	return table{
		name().must(),
		carried("provider_name", textOf(maxText)).must(),
		carried("flavor_data", textOf(maxFlavorData)).must(),
	}
}

func flavorProfilePut() rootSchema {
	return newRootSchema("flavor_profile_", "flavorprofile", flavorProfileTable().changed())
}

func flavorProfilePost() rootSchema {
	return newRootSchema("flavor_profile_", "flavorprofile", flavorProfileTable().posted())
}

func flavorTable() table {
	return table{
		name().must(), description(),
		carried("enabled", boolean),
		carried("flavor_profile_id", identifier).must().on(creating),
	}
}

func flavorPut() rootSchema  { return newRootSchema("flavor_", "flavor", flavorTable().changed()) }
func flavorPost() rootSchema { return newRootSchema("flavor_", "flavor", flavorTable().posted()) }

// flavorProfileView is one of Octavia's, which has neither project nor statuses nor times.
type flavorProfileView struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	ProviderName string `json:"provider_name"`
	FlavorData   string `json:"flavor_data"`
}

func (v flavorProfileView) identity() string { return v.ID }

func renderFlavorProfile(p service.FlavorProfile) rendering {
	return flavorProfileView{ID: p.ID, Name: p.Name, ProviderName: p.Provider, FlavorData: p.Data}
}

type flavorView struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	Description     string `json:"description"`
	Enabled         bool   `json:"enabled"`
	FlavorProfileID string `json:"flavor_profile_id"`
}

func (v flavorView) identity() string { return v.ID }

func renderFlavor(f service.Flavor) rendering {
	return flavorView{ID: f.ID, Name: f.Name, Description: f.Description, Enabled: f.Enabled, FlavorProfileID: f.ProfileID}
}

// routeFlavors serves flavors, their profiles and what a provider knows of them.
func (s *server) routeFlavors(mux *http.ServeMux, base string) {
	s.flavorProfiles().route(s, mux, base+"/flavorprofiles")
	s.flavors().route(s, mux, base+"/flavors")
	s.handle(mux, base+"/providers/{id}/flavor_capabilities", methods{
		http.MethodGet: s.authorized(Action{ruleProviderFlavor, verbGetAll}, func(_ context.Context, c *call) (answer, error) {
			return capabilities(c, "flavor_capabilities", s.service.FlavorCapabilities)
		}),
	})
}

func (s *server) flavorProfiles() resource[service.FlavorProfile, lbaas.FlavorProfileInput] {
	return resource[service.FlavorProfile, lbaas.FlavorProfileInput]{
		singular: "flavorprofile", plural: "flavorprofiles", links: "flavorprofile_links", display: "Flavor Profile", rule: ruleFlavorProfile,
		deleteArgument: "flavor_profile_id",
		post:           flavorProfilePost(), put: flavorProfilePut(), render: renderFlavorProfile,
		create: func(ctx context.Context, c service.Caller, _ place, in lbaas.FlavorProfileInput) (service.FlavorProfile, error) {
			return s.service.CreateFlavorProfile(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.FlavorProfile, error) {
			return s.service.FlavorProfile(ctx, c, at.id)
		},
		list: func(ctx context.Context, c service.Caller, _ place, q service.Query) (service.Page[service.FlavorProfile], error) {
			return s.service.FlavorProfiles(ctx, c, q)
		},
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.FlavorProfileInput) (service.FlavorProfile, error) {
			return s.service.UpdateFlavorProfile(ctx, c, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, _ bool) error {
			return s.service.DeleteFlavorProfile(ctx, c, at.id)
		},
	}
}

func (s *server) flavors() resource[service.Flavor, lbaas.FlavorInput] {
	return resource[service.Flavor, lbaas.FlavorInput]{
		singular: "flavor", plural: "flavors", display: "Flavor", rule: ruleFlavor, deleteArgument: "flavor_id",
		post: flavorPost(), put: flavorPut(), render: renderFlavor,
		create: func(ctx context.Context, c service.Caller, _ place, in lbaas.FlavorInput) (service.Flavor, error) {
			return s.service.CreateFlavor(ctx, c, in)
		},
		get: func(ctx context.Context, c service.Caller, at place) (service.Flavor, error) {
			return s.service.Flavor(ctx, c, at.id)
		},
		list: func(ctx context.Context, c service.Caller, _ place, q service.Query) (service.Page[service.Flavor], error) {
			return s.service.Flavors(ctx, c, q)
		},
		update: func(ctx context.Context, c service.Caller, at place, in lbaas.FlavorInput) (service.Flavor, error) {
			return s.service.UpdateFlavor(ctx, c, at.id, in)
		},
		delete: func(ctx context.Context, c service.Caller, at place, _ bool) error {
			return s.service.DeleteFlavor(ctx, c, at.id)
		},
	}
}

// capabilities lists the keys that a provider's flavors or zones may have; like Octavia's it can be narrowed by name and
// description.
func capabilities(c *call, root string, of func(provider string) ([]lbaas.FlavorCapability, error)) (answer, error) {
	query, err := queryOf(c.request, true)
	if err != nil {
		return answer{}, err
	}
	known, err := of(c.request.PathValue("id"))
	if err != nil {
		return answer{}, err
	}
	views := []any{}
	for _, capability := range known {
		if !asked(query, "name", capability.Name) || !asked(query, "description", capability.Description) {
			continue
		}
		view, err := selected(providerView{Name: capability.Name, Description: capability.Description}, query["fields"])
		if err != nil {
			return answer{}, err
		}
		views = append(views, view)
	}
	return answer{http.StatusOK, map[string]any{root: views}}, nil
}

// asked says that a query does not ask for another value.
func asked(query url.Values, name, value string) bool {
	return query.Get(name) == "" || slices.Contains(query[name], value)
}
