package store

import (
	"fmt"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

//nolint:gochecknoglobals // tables that are never written
var (
	zoneProfiles = table[lbaas.ZoneProfile]{
		name: "availability_zone_profiles", resource: "Availability Zone Profile",
		columns: []string{"id", "name", "provider_name", "availability_zone_data", "created_at"},
		fields: func(p *lbaas.ZoneProfile) []any {
			return []any{&p.ID, &p.Name, &p.Provider, &p.Data, timeColumn{&p.CreatedAt}}
		},
		filters: map[string]string{
			"id": "id", "name": "name", "provider_name": "provider_name", "availability_zone_data": "availability_zone_data",
		},
	}
	// A zone's id is its name.
	zones = table[lbaas.Zone]{
		name: "availability_zones", resource: "Availability Zone",
		columns: []string{"id", "description", "enabled", "availability_zone_profile_id", "created_at"},
		fields: func(z *lbaas.Zone) []any {
			return []any{&z.Name, &z.Description, &z.Enabled, &z.ProfileID, timeColumn{&z.CreatedAt}}
		},
		filters: map[string]string{
			"name": "id", "description": "description", "enabled": "enabled",
			"availability_zone_profile_id": "availability_zone_profile_id",
		},
	}
)

// ZoneProfile reads one availability zone profile; KindNotFound when there is none.
func (t *Tx) ZoneProfile(id string) (lbaas.ZoneProfile, error) { return zoneProfiles.get(t, id) }

// ZoneProfiles lists availability zone profiles; more says that the list goes on.
func (t *Tx) ZoneProfiles(q Query) (page []*lbaas.ZoneProfile, more bool, err error) {
	return list(t, &zoneProfiles, q)
}

// InsertZoneProfile adds an availability zone profile.
func (t *Tx) InsertZoneProfile(p *lbaas.ZoneProfile) error {
	return duplicateID(zoneProfiles.insert(t, p))
}

// UpdateZoneProfile writes an availability zone profile back.
func (t *Tx) UpdateZoneProfile(p *lbaas.ZoneProfile) error { return zoneProfiles.update(t, p) }

// DeleteZoneProfile removes an availability zone profile; KindConflict when a zone uses it, KindNotFound when there is none.
func (t *Tx) DeleteZoneProfile(id string) error {
	used, err := t.ZoneProfileUsed(id)
	if err != nil {
		return err
	}
	if used {
		return lbaas.InUse(zoneProfiles.resource, id)
	}
	return t.remove(zoneProfiles.name, zoneProfiles.resource, id)
}

// ZoneProfileUsed says whether an availability zone uses a profile.
func (t *Tx) ZoneProfileUsed(id string) (bool, error) {
	return t.any("SELECT COUNT(*) FROM availability_zones WHERE availability_zone_profile_id = ?", id)
}

// Zone reads one availability zone; KindNotFound when there is none.
func (t *Tx) Zone(name string) (lbaas.Zone, error) { return zones.get(t, name) }

// Zones lists availability zones; more says that the list goes on.
func (t *Tx) Zones(q Query) (page []*lbaas.Zone, more bool, err error) { return list(t, &zones, q) }

// InsertZone adds an availability zone; KindConflict when its name is taken.
func (t *Tx) InsertZone(z *lbaas.Zone) error {
	err := zones.insert(t, z)
	if isDuplicate(err) {
		return lbaas.Conflictf("A availability zone of %s already exists.", z.Name) // Octavia's words
	}
	return err
}

// UpdateZone writes an availability zone back.
func (t *Tx) UpdateZone(z *lbaas.Zone) error { return zones.update(t, z) }

// EnterZone is part of making a load balancer in an availability zone: a deletion of the zone at the same moment comes before it
// or after. KindNotFound when there is no such zone.
func (t *Tx) EnterZone(name string) error {
	n, err := t.exec("UPDATE availability_zones SET revision = revision + 1 WHERE id = ?", name)
	if err != nil {
		return fmt.Errorf("enter availability zone %s: %w", name, err)
	}
	if n == 0 {
		return lbaas.NotFound(zones.resource, name)
	}
	return nil
}

// DeleteZone removes an availability zone; KindConflict when a load balancer is in it, KindNotFound when there is none.
func (t *Tx) DeleteZone(name string) error {
	// It comes first, so that whoever enters is seen below or finds no zone.
	if err := t.EnterZone(name); err != nil {
		return err
	}
	used, err := t.any("SELECT COUNT(*) FROM load_balancers WHERE availability_zone = ?", name)
	if err != nil {
		return err
	}
	if used {
		return lbaas.InUse(zones.resource, name)
	}
	return t.remove(zones.name, zones.resource, name)
}
