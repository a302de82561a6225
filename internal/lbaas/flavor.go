package lbaas

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// FlavorProfile is what an operator fixes for the load balancers of some flavors.
type FlavorProfile struct {
	ID, Name string
	// Provider is the name of the provider that the data is for.
	Provider string
	// Data is the JSON text that the operator gave, with the keys of FlavorCapabilities.
	Data      string
	CreatedAt time.Time // UTC
}

// Flavor is a flavor profile as users are offered it.
type Flavor struct {
	ID, Name, Description string
	// Enabled false keeps new load balancers from using it; those that do already keep it.
	Enabled   bool
	ProfileID string
	CreatedAt time.Time // UTC
}

// FlavorProfileInput is a request to create or change a flavor profile.
type FlavorProfileInput struct {
	ID         Attr[string] `json:"id,omitzero"`
	Name       Attr[string] `json:"name,omitzero"`
	Provider   Attr[string] `json:"provider_name,omitzero"`
	FlavorData Attr[string] `json:"flavor_data,omitzero"`
}

// FlavorInput is a request to create or change a flavor.
type FlavorInput struct {
	ID          Attr[string] `json:"id,omitzero"`
	Name        Attr[string] `json:"name,omitzero"`
	Description Attr[string] `json:"description,omitzero"`
	Enabled     Attr[bool]   `json:"enabled,omitzero"`
	ProfileID   Attr[string] `json:"flavor_profile_id,omitzero"`
}

// NewFlavorProfile gives the flavor profile that a request describes, without its id and time.
func NewFlavorProfile(in FlavorProfileInput) (FlavorProfile, error) {
	var p FlavorProfile
	err := makeProfile(p.texts(in))
	return p, err
}

// Update applies a change.
func (p *FlavorProfile) Update(in FlavorProfileInput) error { return changeProfile(p.texts(in)) }

func (p *FlavorProfile) texts(in FlavorProfileInput) []profileText {
	return []profileText{
		{"name", in.Name, &p.Name, checkText},
		{"provider_name", in.Provider, &p.Provider, checkText},
		{"flavor_data", in.FlavorData, &p.Data, checkProfileData},
	}
}

// NewFlavor gives the flavor that a request describes, without its id and time.
func NewFlavor(in FlavorInput) (Flavor, error) {
	if !in.Name.HasValue() {
		return Flavor{}, Missing("name")
	}
	if !in.ProfileID.HasValue() {
		return Flavor{}, Missing("flavor_profile_id")
	}
	f := Flavor{Enabled: true, ProfileID: in.ProfileID.Value}
	return f, f.Update(in)
}

// Update applies what may be changed later: all but the profile.
func (f *Flavor) Update(in FlavorInput) error {
	if in.Name.Null {
		return InvalidOption("None", "name")
	}
	if in.Enabled.Null {
		return InvalidOption("None", "enabled")
	}
	assign(in.Name, &f.Name, "")
	assign(in.Description, &f.Description, "")
	assign(in.Enabled, &f.Enabled, true)
	if err := checkText("name", f.Name); err != nil {
		return err
	}
	return checkText("description", f.Description)
}

// FlavorSettings are what a flavor fixes for a load balancer. They are taken when the load balancer is made and stay what they
// were then. A reference has one of the forms that the Controller takes, say /api/vrfcontext?name=blue; an empty one fixes nothing.
type FlavorSettings struct {
	SEGroupRef            string `json:"se_group_ref,omitempty"`
	VRFRef                string `json:"vrf_ref,omitempty"`
	ApplicationProfileRef string `json:"application_profile_ref,omitempty"`
	NetworkProfileRef     string `json:"network_profile_ref,omitempty"`
	SSLProfileRef         string `json:"ssl_profile_ref,omitempty"`
	AnalyticsProfileRef   string `json:"analytics_profile_ref,omitempty"`
	// VRFContextPerSubnet asks for a VRF context of the VIP's subnet.
	VRFContextPerSubnet bool `json:"vrf_context_per_subnet,omitempty"`
	// TrafficDisabled has virtual services created with traffic switched off.
	TrafficDisabled bool `json:"traffic_disabled,omitempty"`
}

// FlavorCapability is one key of a flavor's data with what it means.
type FlavorCapability struct{ Name, Description string }

// FlavorCapabilities are the keys that a flavor's data may have.
func FlavorCapabilities() []FlavorCapability {
	return []FlavorCapability{
		{"analytics_profile_ref", "The analytics profile of virtual services and pools, say /api/analyticsprofile?name=NAME."},
		{"application_profile_ref", "The application profile of listeners that speak HTTP, unless a listener needs one of its own, say /api/applicationprofile?name=NAME."},
		{keyTopology, "SINGLE or ACTIVE_STANDBY as in flavors made for amphorae. Both hold: another service engine takes over a virtual service whose own is lost."},
		{"network_profile_ref", "The network profile of listeners that are carried over TCP, say /api/networkprofile?name=NAME."},
		{"se_group_ref", "The service engine group of virtual services, say /api/serviceenginegroup?name=NAME."},
		{"ssl_profile_ref", "The SSL profile of listeners that decrypt, say /api/sslprofile?name=NAME."},
		{"traffic_enabled", "A boolean: false creates virtual services with traffic disabled, until someone enables it at the Controller. Default: true."},
		{"vrf_context_per_subnet", "A boolean: true makes a VRF context for the VIP's subnet. Not together with vrf_ref. Default: the provider's option."},
		{"vrf_context_ref", "Another name of vrf_ref."},
		{"vrf_ref", "The VRF context of virtual services, VIPs and pools, say /api/vrfcontext?name=NAME."},
	}
}

// References are the Controller's objects that the settings name, each with its key, in the order of the keys.
func (s *FlavorSettings) References() []FlavorReference {
	var refs []FlavorReference
	for _, key := range slices.Sorted(maps.Keys(s.targets())) {
		if target := s.targets()[key]; *target.ref != "" && key != keyVRFContext {
			refs = append(refs, FlavorReference{Key: key, Type: target.typ, Reference: *target.ref})
		}
	}
	return refs
}

// FlavorReference is one object of the Controller that a flavor names.
type FlavorReference struct {
	// Key is the flavor's, Type that of the object as in the Controller's URLs.
	Key, Type string
	Reference string
}

const (
	keyVRF             = "vrf_ref"
	keyVRFContext      = "vrf_context_ref"
	keyVRFPerSubnet    = "vrf_context_per_subnet"
	keyTrafficEnabled  = "traffic_enabled"
	keyTopology        = "loadbalancer_topology"
	flavorDataProblem  = "flavor data: "
	referenceFormsHint = "give /api/%s?name=NAME or /api/%s/UUID"
)

type flavorTarget struct {
	ref *string
	typ string
}

func (s *FlavorSettings) targets() map[string]flavorTarget {
	return map[string]flavorTarget{
		"analytics_profile_ref":   {&s.AnalyticsProfileRef, "analyticsprofile"},
		"application_profile_ref": {&s.ApplicationProfileRef, "applicationprofile"},
		"network_profile_ref":     {&s.NetworkProfileRef, "networkprofile"},
		"se_group_ref":            {&s.SEGroupRef, "serviceenginegroup"},
		"ssl_profile_ref":         {&s.SSLProfileRef, "sslprofile"},
		keyVRF:                    {&s.VRFRef, "vrfcontext"},
		keyVRFContext:             {&s.VRFRef, "vrfcontext"},
	}
}

// NewFlavorSettings reads a flavor's data. It is KindInvalid, and names the key, when the data has an unknown key or a value of
// a wrong type, and when two keys contradict each other. A null value fixes nothing.
func NewFlavorSettings(data map[string]any) (FlavorSettings, error) {
	var s FlavorSettings
	targets := s.targets()
	for _, key := range slices.Sorted(maps.Keys(data)) {
		value := data[key]
		if value == nil && knownFlavorKey(key) {
			continue
		}
		var err error
		switch target, isReference := targets[key]; {
		case isReference:
			err = readReference(key, value, target)
		case key == keyVRFPerSubnet:
			s.VRFContextPerSubnet, err = readFlag(key, value)
		case key == keyTrafficEnabled:
			var enabled bool
			enabled, err = readFlag(key, value)
			s.TrafficDisabled = !enabled
		case key == keyTopology:
			err = checkTopology(value)
		default:
			err = Invalidf(flavorDataProblem+"there is no key %s; the keys are %s.", flavorExcerpt(key), flavorKeys())
		}
		if err != nil {
			return FlavorSettings{}, err
		}
	}
	if s.VRFRef != "" && s.VRFContextPerSubnet {
		return FlavorSettings{}, Invalidf(flavorDataProblem+"%s and %s exclude each other.", keyVRF, keyVRFPerSubnet)
	}
	return s, nil
}

func knownFlavorKey(key string) bool {
	return slices.ContainsFunc(FlavorCapabilities(), func(c FlavorCapability) bool { return c.Name == key })
}

func flavorKeys() string {
	var names []string
	for _, c := range FlavorCapabilities() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func readFlag(key string, value any) (bool, error) {
	flag, ok := value.(bool)
	if !ok {
		return false, Invalidf(flavorDataProblem+"%s has to be true or false.", key)
	}
	return flag, nil
}

// checkTopology takes Octavia's two topologies, of which nothing has to be kept: each says what is the case with every group.
func checkTopology(value any) error {
	if value != "SINGLE" && value != "ACTIVE_STANDBY" {
		return Invalidf(flavorDataProblem + keyTopology + " has to be SINGLE or ACTIVE_STANDBY.")
	}
	return nil
}

// readReference takes the forms of references by name and by uuid (controller facts 2.2).
func readReference(key string, value any, target flavorTarget) error {
	text, ok := value.(string)
	if !ok {
		return Invalidf(flavorDataProblem+"%s has to be a text: "+referenceFormsHint+".", key, target.typ, target.typ)
	}
	ref, err := url.Parse(text)
	if err != nil || !leadsTo(ref, target.typ) || len(text) > maxText {
		return Invalidf(flavorDataProblem+"%s is %q, which is no reference to a %s: "+referenceFormsHint+".",
			key, flavorExcerpt(text), target.typ, target.typ, target.typ)
	}
	if *target.ref != "" && *target.ref != text {
		return Invalidf(flavorDataProblem+"%s and %s are two names of one key and differ.", keyVRFContext, keyVRF)
	}
	*target.ref = text
	return nil
}

func leadsTo(ref *url.URL, typ string) bool {
	segments := strings.FieldsFunc(ref.Path, func(r rune) bool { return r == '/' })
	if len(segments) < 2 || segments[0] != "api" || segments[1] != typ {
		return false
	}
	byName := ref.Query().Get("name") != ""
	return len(segments) == 2 && byName || len(segments) == 3 && !byName
}

// flavorExcerpt is the beginning of a text that somebody gave, short enough for an error.
func flavorExcerpt(text string) string {
	const most = 100
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// CheckFlavorProvider holds a load balancer that names both a flavor and a provider to the flavor's.
func CheckFlavorProvider(flavorID, flavorProvider, provider string) error {
	if flavorProvider == "" || provider == flavorProvider {
		return nil
	}
	return &Error{Kind: KindInvalid, Message: fmt.Sprintf("Flavor '%s' is not compatible with provider '%s'", flavorID, provider)}
}

// InUse is an object that others refer to, in Octavia's words.
func InUse(resource, id string) error {
	return Conflictf("%s %s is in use and cannot be modified.", resource, id)
}
