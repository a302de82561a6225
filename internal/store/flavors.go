package store

import (
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

//nolint:gochecknoglobals // tables that are never written
var (
	flavorProfiles = table[lbaas.FlavorProfile]{
		name: "flavor_profiles", resource: "Flavor Profile",
		columns: []string{"id", "name", "provider_name", "flavor_data", "created_at"},
		fields: func(p *lbaas.FlavorProfile) []any {
			return []any{&p.ID, &p.Name, &p.Provider, &p.Data, timeColumn{&p.CreatedAt}}
		},
		filters: map[string]string{
			"id": "id", "name": "name", "provider_name": "provider_name", "flavor_data": "flavor_data",
		},
	}
	flavors = table[lbaas.Flavor]{
		name: "flavors", resource: "Flavor",
		columns: []string{"id", "name", "description", "enabled", "flavor_profile_id", "created_at"},
		fields: func(f *lbaas.Flavor) []any {
			return []any{&f.ID, &f.Name, &f.Description, &f.Enabled, &f.ProfileID, timeColumn{&f.CreatedAt}}
		},
		filters: map[string]string{
			"id": "id", "name": "name", "description": "description", "enabled": "enabled", "flavor_profile_id": "flavor_profile_id",
		},
	}
)

// FlavorProfile reads one flavor profile; KindNotFound when there is none.
func (t *Tx) FlavorProfile(id string) (lbaas.FlavorProfile, error) { return flavorProfiles.get(t, id) }

// FlavorProfiles lists flavor profiles; more says that the list goes on.
func (t *Tx) FlavorProfiles(q Query) (page []*lbaas.FlavorProfile, more bool, err error) {
	return list(t, &flavorProfiles, q)
}

// InsertFlavorProfile adds a flavor profile.
func (t *Tx) InsertFlavorProfile(p *lbaas.FlavorProfile) error {
	return duplicateID(flavorProfiles.insert(t, p))
}

// UpdateFlavorProfile writes a flavor profile back.
func (t *Tx) UpdateFlavorProfile(p *lbaas.FlavorProfile) error { return flavorProfiles.update(t, p) }

// DeleteFlavorProfile removes a flavor profile; KindConflict when a flavor uses it, KindNotFound when there is none.
func (t *Tx) DeleteFlavorProfile(id string) error {
	used, err := t.FlavorProfileUsed(id)
	if err != nil {
		return err
	}
	if used {
		return lbaas.InUse("Flavor profile", id)
	}
	return t.remove(flavorProfiles.name, "Flavor profile", id)
}

// FlavorProfileUsed says whether a flavor uses a profile.
func (t *Tx) FlavorProfileUsed(id string) (bool, error) {
	return t.any("SELECT COUNT(*) FROM flavors WHERE flavor_profile_id = ?", id)
}

// Flavor reads one flavor; KindNotFound when there is none.
func (t *Tx) Flavor(id string) (lbaas.Flavor, error) { return flavors.get(t, id) }

// Flavors lists flavors; more says that the list goes on.
func (t *Tx) Flavors(q Query) (page []*lbaas.Flavor, more bool, err error) {
	return list(t, &flavors, q)
}

// InsertFlavor adds a flavor; KindConflict when its name is taken.
func (t *Tx) InsertFlavor(f *lbaas.Flavor) error {
	if err := t.checkFlavorName(f); err != nil {
		return err
	}
	return duplicateID(flavors.insert(t, f))
}

// UpdateFlavor writes a flavor back; KindConflict when its name is taken.
func (t *Tx) UpdateFlavor(f *lbaas.Flavor) error {
	if err := t.checkFlavorName(f); err != nil {
		return err
	}
	return flavors.update(t, f)
}

func (t *Tx) checkFlavorName(f *lbaas.Flavor) error {
	taken, err := t.any("SELECT COUNT(*) FROM flavors WHERE name = ? AND id <> ?", f.Name, f.ID)
	if err == nil && taken {
		err = lbaas.Conflictf("A flavor of %s already exists.", f.Name)
	}
	return err
}

// DeleteFlavor removes a flavor; KindConflict when a load balancer uses it, KindNotFound when there is none.
func (t *Tx) DeleteFlavor(id string) error {
	used, err := t.any("SELECT COUNT(*) FROM load_balancers WHERE flavor_id = ?", id)
	if err != nil {
		return err
	}
	if used {
		return lbaas.InUse(flavors.resource, id)
	}
	return t.remove(flavors.name, flavors.resource, id)
}
