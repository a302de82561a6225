package lbaas

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// ZoneProfile is what an operator fixes for the load balancers of some availability zones.
type ZoneProfile struct {
	ID, Name string
	// Provider is the name of the provider that the data is for.
	Provider string
	// Data is the JSON text that the operator gave, with the keys of ZoneCapabilities.
	Data      string
	CreatedAt time.Time // UTC
}

// Zone is an availability zone as users are offered it. Its name is what it is known by.
type Zone struct {
	Name, Description string
	// Enabled false keeps new load balancers out of it; those that are in it stay.
	Enabled   bool
	ProfileID string
	CreatedAt time.Time // UTC
}

// ZoneProfileInput is a request to create or change an availability zone profile.
type ZoneProfileInput struct {
	ID       Attr[string] `json:"id,omitzero"`
	Name     Attr[string] `json:"name,omitzero"`
	Provider Attr[string] `json:"provider_name,omitzero"`
	Data     Attr[string] `json:"availability_zone_data,omitzero"`
}

// ZoneInput is a request to create or change an availability zone.
type ZoneInput struct {
	Name        Attr[string] `json:"name,omitzero"`
	Description Attr[string] `json:"description,omitzero"`
	Enabled     Attr[bool]   `json:"enabled,omitzero"`
	ProfileID   Attr[string] `json:"availability_zone_profile_id,omitzero"`
}

// NewZoneProfile gives the profile that a request describes, without its id and time.
func NewZoneProfile(in ZoneProfileInput) (ZoneProfile, error) {
	var p ZoneProfile
	err := makeProfile(p.texts(in))
	return p, err
}

// Update applies a change.
func (p *ZoneProfile) Update(in ZoneProfileInput) error { return changeProfile(p.texts(in)) }

func (p *ZoneProfile) texts(in ZoneProfileInput) []profileText {
	return []profileText{
		{"name", in.Name, &p.Name, checkText},
		{"provider_name", in.Provider, &p.Provider, checkText},
		{"availability_zone_data", in.Data, &p.Data, checkProfileData},
	}
}

// NewZone gives the availability zone that a request describes, without its time.
func NewZone(in ZoneInput) (Zone, error) {
	if in.Name.Or("") == "" {
		return Zone{}, Missing("name")
	}
	if !in.ProfileID.HasValue() {
		return Zone{}, Missing("availability_zone_profile_id")
	}
	z := Zone{Name: in.Name.Value, Enabled: true, ProfileID: in.ProfileID.Value}
	if err := checkText("name", z.Name); err != nil {
		return z, err
	}
	return z, z.Update(in)
}

// Update applies what may be changed later: neither the name nor the profile.
func (z *Zone) Update(in ZoneInput) error {
	if in.Enabled.Null {
		return InvalidOption("None", "enabled")
	}
	assign(in.Description, &z.Description, "")
	assign(in.Enabled, &z.Enabled, true)
	return checkText("description", z.Description)
}

// ZoneSettings are what an availability zone fixes for a load balancer. They are taken when the load balancer is made and stay
// what they were then. What is empty is not fixed.
type ZoneSettings struct {
	// Cloud is the name of the Controller's cloud, instead of the provider's.
	Cloud string `json:"cloud,omitempty"`
	// The references have one of the forms that the Controller takes, say /api/vrfcontext?name=blue&cloud=east.
	SEGroupRef string `json:"se_group_ref,omitempty"`
	VRFRef     string `json:"vrf_ref,omitempty"`
	// VIPNetworks are the ids of the networks that addresses may come from; empty allows all.
	VIPNetworks []string `json:"valid_vip_networks,omitempty"`
	// ManagementNetwork is the id of the network that service engines have to be managed on; empty for any.
	ManagementNetwork string `json:"management_network,omitempty"`
}

const (
	keyCloud       = "cloud"
	keySEGroup     = "se_group_ref"
	keyVIPNetworks = "valid_vip_networks"
	keyComputeZone = "compute_zone"       // Octavia's
	keyManagement  = "management_network" // Octavia's

	zoneDataProblem = "availability zone data: "
)

// ZoneCapabilities are the keys that an availability zone's data may have.
func ZoneCapabilities() []FlavorCapability {
	return []FlavorCapability{
		{keyCloud, "The name of the Controller's cloud that the load balancer is made in. Default: the provider's option cloud."},
		{keyComputeZone, "The name of a compute zone: virtual services are made in the service engine group of that name. Not together with se_group_ref."},
		{keyManagement, "The id of the network that the zone's service engines are managed on: the service engine group, or its cloud, has to name it."},
		{keySEGroup, "The service engine group of virtual services, say /api/serviceenginegroup?name=NAME. It also decides the management network."},
		{keyVIPNetworks, "A list of the ids of the networks that VIPs may be on. Default: any network that the user may use."},
		{keyVRFContext, "Another name of vrf_ref."},
		{keyVRF, "The VRF context of virtual services, VIPs and pools, say /api/vrfcontext?name=NAME."},
	}
}

// NewZoneSettings reads an availability zone's data. It is KindInvalid, and names the key, when the data has an unknown key or a
// value of a wrong type, and when two keys contradict each other. A null value fixes nothing. References by name are looked for
// in the zone's cloud.
func NewZoneSettings(data map[string]any) (ZoneSettings, error) {
	var s ZoneSettings
	for _, key := range slices.Sorted(maps.Keys(data)) {
		value := data[key]
		var err error
		switch {
		case !slices.ContainsFunc(ZoneCapabilities(), func(c FlavorCapability) bool { return c.Name == key }):
			err = Invalidf(zoneDataProblem+"there is no key %s; the keys are %s.", flavorExcerpt(key), zoneKeys())
		case value == nil:
		case key == keyCloud:
			s.Cloud, err = readCloud(value)
		case key == keyVIPNetworks:
			s.VIPNetworks, err = readNetworks(value)
		case key == keyManagement:
			s.ManagementNetwork, err = readManagementNetwork(value)
		case key == keyComputeZone:
			s.SEGroupRef, err = computeZoneGroup(value)
		case key == keySEGroup && s.SEGroupRef != "":
			err = Invalidf(zoneDataProblem+"%s and %s exclude each other.", keyComputeZone, keySEGroup)
		case key == keySEGroup:
			err = readZoneReference(key, value, flavorTarget{&s.SEGroupRef, "serviceenginegroup"})
		default:
			err = readZoneReference(key, value, flavorTarget{&s.VRFRef, "vrfcontext"})
		}
		if err != nil {
			return ZoneSettings{}, err
		}
	}
	s.SEGroupRef, s.VRFRef = inCloud(s.SEGroupRef, s.Cloud), inCloud(s.VRFRef, s.Cloud)
	return s, nil
}

func zoneKeys() string {
	var names []string
	for _, c := range ZoneCapabilities() {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func readCloud(value any) (string, error) {
	name, ok := value.(string)
	if !ok || name == "" {
		return "", Invalidf(zoneDataProblem + keyCloud + " has to be the name of a cloud.")
	}
	return name, checkText(keyCloud, name)
}

func readManagementNetwork(value any) (string, error) {
	id, ok := value.(string)
	if !ok || id == "" {
		return "", Invalidf(zoneDataProblem + keyManagement + " has to be the id of a network.")
	}
	return id, checkText(keyManagement, id)
}

// computeZoneGroup is the reference to the service engine group that has the name of a compute zone. A Controller places service
// engines by their group, so that a group is what a compute zone is to amphorae.
func computeZoneGroup(value any) (string, error) {
	name, ok := value.(string)
	if !ok || name == "" {
		return "", Invalidf(zoneDataProblem + keyComputeZone + " has to be the name of a compute zone.")
	}
	return "/api/serviceenginegroup?name=" + url.QueryEscape(name), checkText(keyComputeZone, name)
}

func readNetworks(value any) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, Invalidf(zoneDataProblem + keyVIPNetworks + " has to be a list of ids.")
	}
	var ids []string
	for _, entry := range list {
		id, ok := entry.(string)
		if !ok || id == "" {
			return nil, Invalidf(zoneDataProblem + keyVIPNetworks + " has to be a list of ids.")
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func readZoneReference(key string, value any, target flavorTarget) error {
	text, _ := value.(string)
	ref, err := url.Parse(text)
	if err != nil || !leadsTo(ref, target.typ) || len(text) > maxText {
		return Invalidf(zoneDataProblem+"%s is %q, which is no reference to a %s: "+referenceFormsHint+".",
			key, flavorExcerpt(fmt.Sprint(value)), target.typ, target.typ, target.typ)
	}
	if *target.ref != "" && *target.ref != text {
		return Invalidf(zoneDataProblem+"%s and %s are two names of one key and differ.", keyVRFContext, keyVRF)
	}
	*target.ref = text
	return nil
}

// inCloud names the cloud in a reference by name that names none (controller facts 2.2).
func inCloud(reference, cloud string) string {
	ref, err := url.Parse(reference)
	if err != nil || cloud == "" || ref.Query().Get("name") == "" || ref.Query().Has("cloud") {
		return reference
	}
	return reference + "&cloud=" + url.QueryEscape(cloud)
}

// References are the Controller's objects that the settings name, each with its key, in the order of the keys.
func (s *ZoneSettings) References() []FlavorReference {
	var refs []FlavorReference
	if s.Cloud != "" {
		refs = append(refs, FlavorReference{Key: keyCloud, Type: "cloud", Reference: "/api/cloud?name=" + url.QueryEscape(s.Cloud)})
	}
	if s.SEGroupRef != "" {
		refs = append(refs, FlavorReference{Key: keySEGroup, Type: "serviceenginegroup", Reference: s.SEGroupRef})
	}
	if s.VRFRef != "" {
		refs = append(refs, FlavorReference{Key: keyVRF, Type: "vrfcontext", Reference: s.VRFRef})
	}
	return refs
}

// CheckZone holds a load balancer that has a flavor too to what does not contradict its availability zone: neither of the two is
// the more exact one.
func CheckZone(lb *LoadBalancer) error {
	for _, c := range []struct{ key, flavor, zone string }{
		{keySEGroup, lb.Flavor.SEGroupRef, lb.Zone.SEGroupRef}, {keyVRF, lb.Flavor.VRFRef, lb.Zone.VRFRef},
	} {
		if c.flavor != "" && c.zone != "" && c.flavor != c.zone {
			return Invalidf("Flavor %s and availability zone %s name different objects as %s: %s and %s.",
				lb.FlavorID, lb.AvailabilityZone, c.key, c.flavor, c.zone)
		}
	}
	if lb.Zone.VRFRef != "" && lb.Flavor.VRFContextPerSubnet {
		return Invalidf("Flavor %s asks for a VRF context of the VIP's subnet, availability zone %s names another.",
			lb.FlavorID, lb.AvailabilityZone)
	}
	return nil
}

// CheckVIPNetwork holds the network of a load balancer's address to those of its availability zone, in Octavia's words.
func CheckVIPNetwork(lb *LoadBalancer) error {
	if allowed := lb.Zone.VIPNetworks; len(allowed) > 0 && !slices.Contains(allowed, lb.VIP.NetworkID) {
		return Invalidf("Supplied VIP network_id is not allowed by the configuration of this deployment.")
	}
	return nil
}

// CheckZoneProvider holds a load balancer that names both a zone and a provider to the zone's.
func CheckZoneProvider(zone, zoneProvider, provider string) error {
	if provider == zoneProvider {
		return nil
	}
	return &Error{
		Kind:    KindInvalid,
		Message: fmt.Sprintf("Availability zone '%s' is not compatible with provider '%s'", zone, provider),
	}
}
