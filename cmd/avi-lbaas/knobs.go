package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
)

// knob describes one field of avisim.Knobs by its name in JSON.
type knob struct{ name, help string }

// knobTable lists every knob; a test holds it against avisim.Knobs.
func knobTable() []knob {
	return []knob{
		{"referred_by_status", "deletion of an object in use answers 403 (default) or 400"},
		{"referred_by_plain", "true: what refers to such an object is listed without quotes"},
		{"unresolved_ref_status", "a reference to nothing answers 400 (default) or 404"},
		{"too_new_version_status", "an X-Avi-Version that is too new answers 400 (default) or 406"},
		{"invalid_credentials_status", "a wrong password answers 401 (default) or 403"},
		{"patch_list_entries", "what PATCH add does to a list entry that is there: merge (default), replace"},
		{"parent_keeps_type", "true: a virtual service with children cannot become an ordinary one"},
		{"idle_timeout", "a session without requests ends after this time (15m)"},
		{"forced_timeout", "every session ends after this time (24h)"},
		{"csrf_rotation", "true: each answer brings a new CSRF token"},
		{"allow_basic_authentication", "true: HTTP basic authentication works"},
		{"use_uuid_from_input", "true: the uuid in the body of a POST counts"},
		{"read_lag", "reads show an object as it was before a write for this long (0s)"},
		{"placement_delay", "a new virtual service takes this long to come up (0s)"},
		{"metrics_delay", "metrics are this old when they show (0s)"},
		{"port_gc_delay", "a service engine's port outlives its last virtual service by this time (0s)"},
		{"rate_limit", "requests a second beyond which 429 is answered (0: no limit)"},
		{"unavailable", "true: everything answers 503"},
		{"upgrading", "true: every change answers 403"},
		{"name_limit", "the longest name, in characters (255)"},
		{"servers_limit", "the most servers of a pool (5000)"},
		{"vrf_limit", "the most VRF contexts (50)"},
		{"detail_wrapped", "true: the servers' runtime detail is wrapped in an object"},
		{"vip_summary_object", "true: an inventory's vip_summary is one object"},
		{"inventory_empty_strings", "empty texts in inventories: omit, keep (default: as the release does)"},
	}
}

// describeKnobs is the table for people.
func describeKnobs() string {
	text := &strings.Builder{}
	w := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	for _, k := range knobTable() {
		_, _ = fmt.Fprintf(w, "  %s\t%s\n", k.name, k.help) // a Builder takes everything
	}
	_ = w.Flush()
	return strings.TrimSuffix(text.String(), "\n")
}

// parseKnobs puts single settings of the form name=value over a JSON object, which may be nil. An unknown name or a value of
// the wrong type is an error.
func parseKnobs(file []byte, settings []string) (avisim.Knobs, error) {
	var knobs avisim.Knobs
	fields := map[string]json.RawMessage{}
	if file != nil {
		if err := json.Unmarshal(file, &fields); err != nil {
			return knobs, fmt.Errorf("read the knobs: not a JSON object: %w", err)
		}
		if fields == nil {
			return knobs, errors.New("read the knobs: null is not a JSON object")
		}
	}
	for _, setting := range settings {
		name, value, ok := strings.Cut(setting, "=")
		if !ok || name == "" {
			return knobs, usagef("knob %q is not of the form name=value", setting)
		}
		field, err := knobValue(value)
		if err != nil {
			return knobs, usagef("knob %s: %w", name, err)
		}
		fields[name] = field
	}
	merged, err := json.Marshal(fields)
	if err != nil {
		return knobs, fmt.Errorf("put the knobs together: %w", err)
	}
	if err := json.Unmarshal(merged, &knobs); err != nil {
		return knobs, usagef("knobs: %w", err)
	}
	return knobs, nil
}

// knobValue is the value in JSON: numbers, true and false as they are, everything else as a text.
func knobValue(text string) (json.RawMessage, error) {
	var value any
	if err := json.Unmarshal([]byte(text), &value); err == nil {
		switch value.(type) {
		case bool, float64:
			return json.RawMessage(text), nil
		}
	}
	return json.Marshal(text)
}
