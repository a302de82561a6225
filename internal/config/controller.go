package config

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Controllers says, by the names of the providers, which Controller each is of: providers with equal values are of one, and share
// objects there. The values mean nothing else, and nothing is to be kept by them: they change when an address does.
//
// Providers are of one Controller when they have the same address and port, or the same controller_name. The Controller's own idea of
// itself, the uuid of its cluster, would say more, but only a user who may read the system's settings in the admin tenant gets it
// (controller facts 2.9), and only while the Controller is up.
func (c *Config) Controllers() map[string]string {
	named := map[string]string{} // by the address
	for i := range c.Providers {
		p := &c.Providers[i]
		named[p.canonicalAddress()] = cmp.Or(named[p.canonicalAddress()], p.ControllerName)
	}
	controllers := map[string]string{}
	for i := range c.Providers {
		p := &c.Providers[i]
		controllers[p.Name] = cmp.Or(p.ControllerName, named[p.canonicalAddress()], p.canonicalAddress())
	}
	return controllers
}

// SameController names the other providers of a provider's Controller, in their order.
func (c *Config) SameController(name string) []string {
	controllers := c.Controllers()
	var others []string
	for _, p := range c.Providers {
		if p.Name != name && controllers[p.Name] == controllers[name] {
			others = append(others, p.Name)
		}
	}
	return others
}

// canonicalAddress writes the address and the port in the one way that all ways to write them have in common. Nothing is looked up.
func (p *Provider) canonicalAddress() string {
	host := strings.ToLower(strings.TrimSuffix(p.Address, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		host = ip.Unmap().String()
	}
	return net.JoinHostPort(host, strconv.Itoa(p.Port))
}

// validateControllers refuses two names for what has one address: which of them is meant cannot be told.
func (c *Config) validateControllers(add func(section, option, reason string)) {
	first := map[string]*Provider{} // with a name, by the address
	for i := range c.Providers {
		p := &c.Providers[i]
		if p.ControllerName == "" || p.Address == "" {
			continue
		}
		other := first[p.canonicalAddress()]
		if other == nil {
			first[p.canonicalAddress()] = p
		} else if other.ControllerName != p.ControllerName {
			add(p.Name, "controller_name", fmt.Sprintf("%q, but [%s] names the Controller at the same address %q",
				p.ControllerName, other.Name, other.ControllerName))
		}
	}
}
