package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

const (
	// pythonProvider is the section that the Python driver read, whatever its
	// service_provider line called it (avi_config.py, AVI_PROV).
	pythonProvider = "avi_adc"
	// loadBalancing is the service type of LBaaS v2 in service_provider lines.
	loadBalancing = "LOADBALANCERV2"
	// defaultDescription is a provider's if enabled_provider_drivers has none.
	defaultDescription = "Avi Load Balancer."
)

// selection is what the configuration says in its several ways about which
// providers there are.
type selection struct {
	names     []string          // [DEFAULT] providers
	lines     []serviceProvider // [service_providers], those of load balancing
	enabled   []oslo.Pair       // [api_settings] enabled_provider_drivers
	preferred string            // [api_settings] default_provider_driver
}

// serviceProvider is a service_provider line of neutron.conf.
type serviceProvider struct {
	name      string
	class     string
	isDefault bool
}

func serviceProviderSettings(sel *selection) []setting {
	return []setting{{
		Option: Option{
			Name: "service_provider", Type: "text", Multi: true, Allowed: "LOADBALANCERV2:name:class or LOADBALANCERV2:name:class:default",
			Help: "A provider of a Neutron service. Those of " + loadBalancing + " whose class is Avi's, or that have a section, are providers here too; others do no harm.",
		},
		set: func(text string) error {
			line, ok, err := parseServiceProvider(text)
			if ok {
				sel.lines = append(sel.lines, line)
			}
			return err
		},
	}}
}

// parseServiceProvider is false for a line of another service. Names are in
// lower case as Neutron makes them (service_provider's parser in
// neutron/services/provider_configuration.py).
func parseServiceProvider(text string) (serviceProvider, bool, error) {
	parts := strings.Split(text, ":")
	if parts[0] != loadBalancing {
		return serviceProvider{}, false, nil
	}
	if len(parts) < 3 || len(parts) > 4 || parts[1] == "" {
		return serviceProvider{}, false, errors.New("not a service provider")
	}
	line := serviceProvider{name: strings.ToLower(parts[1]), class: parts[2]}
	if len(parts) == 4 {
		line.isDefault = parts[3] == "default"
		if !line.isDefault && parts[3] != "" {
			return serviceProvider{}, false, errors.New(`its last part may only be "default"`)
		}
	}
	return line, true, nil
}

// isAvi tells by the class whether a provider is the Python driver: it was
// avi_lbaasv2.… as a package of its own, and neutron_lbaas.drivers.avi.… before.
func (s serviceProvider) isAvi() bool {
	return slices.ContainsFunc(strings.Split(s.class, "."), func(part string) bool {
		return part == "avi" || strings.HasPrefix(part, "avi_")
	})
}

// choose gives the providers' names in order and the option that named them.
func (sel *selection) choose(src *sources) (chosen []string, section, option string) {
	hasSection := func(name string) bool {
		_, ok := src.set.Section(name)
		return ok
	}
	if len(sel.names) > 0 {
		return sel.names, sectionDefault, "providers"
	}
	for _, line := range sel.lines {
		if line.isAvi() || hasSection(line.name) {
			chosen = append(chosen, line.name)
		}
	}
	if len(chosen) > 0 {
		return chosen, sectionProviders, "service_provider"
	}
	for _, pair := range sel.enabled {
		if hasSection(pair.Key) {
			chosen = append(chosen, pair.Key)
		}
	}
	if len(chosen) > 0 {
		return chosen, sectionAPI, "enabled_provider_drivers"
	}
	return []string{pythonProvider}, sectionDefault, "providers"
}

var providerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// checkNames says each thing that is wrong with a list of providers' names.
func checkNames(names []string, fixed []section) []string {
	var wrong []string
	for i, name := range names {
		switch {
		case !providerName.MatchString(name):
			wrong = append(wrong, fmt.Sprintf("%q cannot be a provider's name (letters, digits, _ . -, at most 64)", name))
		case slices.ContainsFunc(fixed, func(s section) bool { return sameSection(s.name, name) }):
			wrong = append(wrong, fmt.Sprintf("%q cannot be a provider's name, it is that of another section", name))
		case slices.ContainsFunc(names[:i], func(other string) bool { return sameSection(other, name) }):
			wrong = append(wrong, fmt.Sprintf("provider %q is there twice", name))
		}
	}
	return wrong
}

// pickDefault gives the default provider's name, one of names.
func (sel *selection) pickDefault(names []string, src *sources) (string, error) {
	if sel.preferred != "" {
		for _, name := range names {
			if sameSection(name, sel.preferred) {
				return name, nil
			}
		}
		return "", src.problem(sectionAPI, "default_provider_driver",
			fmt.Sprintf("%q is not a provider of this service", sel.preferred), strings.Join(names, ", "))
	}
	found := ""
	for _, line := range sel.lines {
		if !line.isDefault || !slices.Contains(names, line.name) {
			continue
		}
		if found != "" {
			return "", src.problem(sectionProviders, "service_provider",
				fmt.Sprintf("%q and %q are both the default", found, line.name), "")
		}
		found = line.name
	}
	if found != "" {
		return found, nil
	}
	return names[0], nil
}

// describe gives what users see beside a provider's name.
func (sel *selection) describe(name string) string {
	for _, pair := range sel.enabled {
		if sameSection(pair.Key, name) && pair.Value != "" {
			return pair.Value
		}
	}
	return defaultDescription
}

// sameSection compares names of sections, and of providers, which are the same.
func sameSection(a, b string) bool {
	return oslo.NormalizeSection(a) == oslo.NormalizeSection(b)
}
