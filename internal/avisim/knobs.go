package avisim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Values of Knobs.PatchListEntries.
const (
	PatchMerge   = "merge"
	PatchReplace = "replace"
)

// Values of Knobs.InventoryEmptyStrings.
const (
	EmptyStringsOmit = "omit"
	EmptyStringsKeep = "keep"
)

// Knobs choose among behaviours where the evidence about real Controllers is thin or mixed (controller facts 10). The
// zero value is the default behaviour. In JSON durations are texts such as "15m".
type Knobs struct {
	// ReferredByStatus answers a deletion of an object in use: 403 (default) or 400.
	ReferredByStatus int `json:"referred_by_status,omitempty"`
	// ReferredByPlain lists the referring objects without quotes.
	ReferredByPlain bool `json:"referred_by_plain,omitempty"`
	// UnresolvedRefStatus answers a reference to nothing: 400 (default) or 404.
	UnresolvedRefStatus int `json:"unresolved_ref_status,omitempty"`
	// TooNewVersionStatus answers an X-Avi-Version newer than the product: 400 (default) or 406.
	TooNewVersionStatus int `json:"too_new_version_status,omitempty"`
	// InvalidCredentialsStatus answers a login with a wrong password: 401 (default) or 403.
	InvalidCredentialsStatus int `json:"invalid_credentials_status,omitempty"`
	// PatchListEntries says what PATCH add does to a list entry with the same key: PatchMerge (default) or PatchReplace.
	PatchListEntries string `json:"patch_list_entries,omitempty"`
	// ParentKeepsType refuses to make a virtual service with children an ordinary one. The vendor's Python driver does that,
	// and deletes the children afterwards; whether every release takes it is not known (controller facts 4.2).
	ParentKeepsType bool `json:"parent_keeps_type,omitempty"`

	// IdleTimeout ends a session that made no request for so long; default 15 minutes.
	IdleTimeout time.Duration `json:"idle_timeout,omitempty"`
	// ForcedTimeout ends a session so long after its login; default 24 hours.
	ForcedTimeout time.Duration `json:"forced_timeout,omitempty"`
	// CSRFRotation gives out a new CSRF token with every authenticated answer. The last few stay valid, so that
	// requests under way do not fail.
	CSRFRotation bool `json:"csrf_rotation,omitempty"`
	// AllowBasicAuthentication is portal_configuration.allow_basic_authentication.
	AllowBasicAuthentication bool `json:"allow_basic_authentication,omitempty"`
	// UseUUIDFromInput is portal_configuration.use_uuid_from_input: the uuid of a POST's body wins.
	UseUUIDFromInput bool `json:"use_uuid_from_input,omitempty"`

	// ReadLag is how long a read still shows an object as it was before a write; default none.
	ReadLag time.Duration `json:"read_lag,omitempty"`
	// PlacementDelay is how long a new virtual service is OPER_CREATING, then OPER_INITIALIZING; default none.
	PlacementDelay time.Duration `json:"placement_delay,omitempty"`
	// MetricsDelay is how old a metrics window must be to be shown; default none.
	MetricsDelay time.Duration `json:"metrics_delay,omitempty"`

	// PortGCDelay is how long a service engine's port outlives the last virtual service on its subnet; default none. It
	// needs Options.Neutron.
	PortGCDelay time.Duration `json:"port_gc_delay,omitempty"`

	// RateLimit is the number of API requests a second beyond which 429 is answered; 0 is unlimited.
	RateLimit int `json:"rate_limit,omitempty"`
	// Unavailable answers everything with 503, as during a start.
	Unavailable bool `json:"unavailable,omitempty"`
	// Upgrading refuses every configuration call with 403.
	Upgrading bool `json:"upgrading,omitempty"`

	// NameLimit is the longest name, in characters; default 255.
	NameLimit int `json:"name_limit,omitempty"`
	// ServersLimit is the most servers of a pool; default 5000.
	ServersLimit int `json:"servers_limit,omitempty"`
	// VRFLimit is the most VRF contexts of the Controller; default 50.
	VRFLimit int `json:"vrf_limit,omitempty"`

	// DetailWrapped answers runtime/server/detail as {"server":[…]} instead of a bare list.
	DetailWrapped bool `json:"detail_wrapped,omitempty"`
	// VIPSummaryObject answers an inventory's vip_summary as one object instead of a list.
	VIPSummaryObject bool `json:"vip_summary_object,omitempty"`
	// InventoryEmptyStrings keeps or omits empty strings in inventories; by default they are omitted from 22.1.6 on.
	InventoryEmptyStrings string `json:"inventory_empty_strings,omitempty"`
}

func (k Knobs) withDefaults() Knobs {
	setDefault(&k.ReferredByStatus, http.StatusForbidden)
	setDefault(&k.UnresolvedRefStatus, http.StatusBadRequest)
	setDefault(&k.TooNewVersionStatus, http.StatusBadRequest)
	setDefault(&k.InvalidCredentialsStatus, http.StatusUnauthorized)
	setDefault(&k.PatchListEntries, PatchMerge)
	setDefault(&k.IdleTimeout, 15*time.Minute)
	setDefault(&k.ForcedTimeout, 24*time.Hour)
	setDefault(&k.NameLimit, 255)
	setDefault(&k.ServersLimit, 5000)
	setDefault(&k.VRFLimit, 50)
	return k
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate refuses values that would be ignored.
func (k Knobs) validate() error {
	var errs []error
	status := func(name string, value int, allowed ...int) {
		if value != 0 && !slices.Contains(allowed, value) {
			errs = append(errs, fmt.Errorf("knob %s: %d is not one of %v", name, value, allowed))
		}
	}
	status("referred_by_status", k.ReferredByStatus, 400, 403)
	status("unresolved_ref_status", k.UnresolvedRefStatus, 400, 404)
	status("too_new_version_status", k.TooNewVersionStatus, 400, 406)
	status("invalid_credentials_status", k.InvalidCredentialsStatus, 401, 403)
	switch k.PatchListEntries {
	case "", PatchMerge, PatchReplace:
	default:
		errs = append(errs, fmt.Errorf("knob patch_list_entries: %q is neither %s nor %s", k.PatchListEntries, PatchMerge, PatchReplace))
	}
	switch k.InventoryEmptyStrings {
	case "", EmptyStringsOmit, EmptyStringsKeep:
	default:
		errs = append(errs, fmt.Errorf("knob inventory_empty_strings: %q is neither %s nor %s",
			k.InventoryEmptyStrings, EmptyStringsOmit, EmptyStringsKeep))
	}
	for _, n := range []int{k.RateLimit, k.NameLimit, k.ServersLimit, k.VRFLimit} {
		if n < 0 {
			errs = append(errs, fmt.Errorf("knobs: a limit cannot be negative (%d)", n))
		}
	}
	return errors.Join(errs...)
}

// UnmarshalJSON reads durations as texts.
func (k *Knobs) UnmarshalJSON(data []byte) error {
	type plain Knobs
	wire := struct {
		*plain
		IdleTimeout    durationText `json:"idle_timeout"`
		ForcedTimeout  durationText `json:"forced_timeout"`
		ReadLag        durationText `json:"read_lag"`
		PlacementDelay durationText `json:"placement_delay"`
		MetricsDelay   durationText `json:"metrics_delay"`
		PortGCDelay    durationText `json:"port_gc_delay"`
	}{plain: (*plain)(k)}
	if err := decodeStrict(data, &wire); err != nil {
		return err
	}
	k.IdleTimeout, k.ForcedTimeout = time.Duration(wire.IdleTimeout), time.Duration(wire.ForcedTimeout)
	k.ReadLag, k.PlacementDelay = time.Duration(wire.ReadLag), time.Duration(wire.PlacementDelay)
	k.MetricsDelay = time.Duration(wire.MetricsDelay)
	k.PortGCDelay = time.Duration(wire.PortGCDelay)
	return nil
}

// durationText is a duration that JSON holds as a text, "1.5s".
type durationText time.Duration

// UnmarshalText reads what time.ParseDuration reads, if it is not negative.
func (d *durationText) UnmarshalText(text []byte) error {
	value, err := time.ParseDuration(string(text))
	if err != nil {
		return err
	}
	if value < 0 {
		return fmt.Errorf("duration %s is negative", value)
	}
	*d = durationText(value)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (d durationText) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

var _ json.Unmarshaler = (*Knobs)(nil)
