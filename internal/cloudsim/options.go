package cloudsim

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"
)

// Defaults of Options.
const (
	DefaultListen        = "127.0.0.1:0"
	DefaultRegion        = "RegionOne"
	DefaultTokenLifetime = time.Hour
	// DefaultDomainID is the id of the domain "Default", which every Keystone has.
	DefaultDomainID   = "default"
	DefaultDomainName = "Default"
)

// Options say what is in the cloud at its start. When Projects, Users and Networks are all empty, those of Demo are used.
type Options struct {
	// Listen is the address to listen on, DefaultListen when empty. Anything but a loopback address is refused.
	Listen string
	// Region is the one region of the catalog, DefaultRegion when empty.
	Region string
	// LoadBalancerURL is the load-balancer endpoint in the catalog; when empty the catalog has no such service
	// (see also Cloud.SetLoadBalancerURL).
	LoadBalancerURL string
	// TokenLifetime is how long a new token is good, DefaultTokenLifetime when 0.
	TokenLifetime time.Duration

	// Domains are those beside Default.
	Domains  []Domain
	Projects []Project
	Users    []User
	Networks []Network

	// Now is the clock for token expiry and timestamps, time.Now when nil.
	Now func() time.Time
	// Logger gets one debug line a request, without tokens or bodies; nil discards.
	Logger *slog.Logger
}

// Domain is a Keystone domain. An empty ID is derived from the name.
type Domain struct {
	ID, Name string
}

// Project is a Keystone project. An empty ID is derived from the name and domain, so that it is the same at every start.
type Project struct {
	ID, Name string
	// Domain is the domain's name, Default when empty.
	Domain string
}

// User is a Keystone user with a password.
type User struct {
	ID, Name string
	// Domain is the domain's name, Default when empty.
	Domain   string
	Password string
	// DefaultProject is the name of the project (of the user's domain) to which a login without scope is scoped;
	// without it such a login is unscoped.
	DefaultProject         string
	Grants                 []Grant
	ApplicationCredentials []ApplicationCredential
}

// Grant gives a user a role on exactly one of a project, a domain or the system. Roles come to exist by being named.
type Grant struct {
	Role string
	// Project is a project's name; its domain is the user's.
	Project string
	// Domain is a domain's name.
	Domain string
	System bool
}

// ApplicationCredential lets a program log in as its user in one project.
type ApplicationCredential struct {
	ID, Name, Secret string
	// Project is a project's name in the user's domain.
	Project string
	// Roles limit the credential to some of the user's roles; empty means all.
	Roles []string
}

// Network is a Neutron network. An empty ID is derived from project and name.
type Network struct {
	ID, Name string
	// Project is the name of the owner in the Default domain.
	Project string
	Shared  bool
	Subnets []Subnet
}

// Subnet is a Neutron subnet with DHCP off, since Neutron refuses DHCP on loopback ranges.
type Subnet struct {
	ID, Name string
	CIDR     netip.Prefix
	// Gateway is the zero Addr for "no gateway".
	Gateway netip.Addr
	// PoolStart and PoolEnd bound the addresses given out; zero means the whole subnet but its gateway.
	PoolStart, PoolEnd netip.Addr
}

func (o Options) withDefaults() (Options, error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return o, fmt.Errorf("cloudsim: listen address %q: %w", o.Listen, err)
	}
	if addr, err := netip.ParseAddr(host); err != nil || !addr.IsLoopback() {
		return o, fmt.Errorf("cloudsim: listen address %q is not a loopback address", o.Listen)
	}
	if o.Region == "" {
		o.Region = DefaultRegion
	}
	if o.TokenLifetime < 0 {
		return o, errors.New("cloudsim: token lifetime is negative")
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = DefaultTokenLifetime
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if len(o.Projects)+len(o.Users)+len(o.Networks) == 0 {
		demo := Demo()
		o.Projects, o.Users, o.Networks = demo.Projects, demo.Users, demo.Networks
	}
	return o, nil
}
