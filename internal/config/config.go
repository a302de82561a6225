package config

import (
	"net"
	"strconv"
	"time"
)

// Config is the whole configuration. After Load every field holds a value
// inside its range: a default is filled in, what follows from other options
// too.
type Config struct {
	Default  Default  // [DEFAULT]
	API      API      // [api_settings]
	Worker   Worker   // [worker]
	Database Database // [database]

	// Auth is [keystone_authtoken]: how tokens of API requests are checked.
	// It is complete if API.AuthStrategy is AuthKeystone.
	Auth Auth
	// ServiceAuth is [service_auth]: who we are towards Neutron and Barbican.
	// Its credentials are those of Auth if the section holds none; it has none at
	// all (URL is empty) if neither has, which only AuthNone allows.
	ServiceAuth Auth

	Network Neutron // [neutron]
	// NetworkDriver is [controller_worker] network_driver.
	NetworkDriver NetworkDriver
	Keys          Barbican // [barbican]

	Healthcheck Healthcheck // [healthcheck]
	Tracing     Tracing     // [tracing]
	Policy      Policy      // [oslo_policy]
	Quotas      Quotas      // [quotas]

	// Providers are the Avi Controllers, at least one, in the order of the
	// configuration. Names are unique without regard to case.
	Providers []Provider
	// DefaultProvider is the name of the one for load balancers that ask for
	// none. It is among Providers.
	DefaultProvider string
}

// Default is [DEFAULT].
type Default struct {
	Debug   bool   // log at debug level
	LogJSON bool   // JSON lines instead of text
	Host    string // this process's name in work leases; the machine's if not set

	MetricsListen string // address and port that metrics are served at; "": they are not
}

// AuthStrategy says how API requests are authenticated.
type AuthStrategy string

// The values of [api_settings] auth_strategy.
const (
	AuthKeystone AuthStrategy = "keystone"
	AuthNone     AuthStrategy = "noauth" // everyone is an administrator
)

// API is [api_settings].
type API struct {
	BindHost     string // an IP address
	BindPort     int    // 0 picks a free port
	BaseURI      string // the URL that links in answers begin with; "": taken from the request
	AuthStrategy AuthStrategy

	// PaginationMaxLimit is the most objects in one answer; 0 means no limit.
	PaginationMaxLimit int
	// AllowPagination, AllowSorting, AllowFiltering and AllowFieldSelection say whether lists may be asked for in pages, in another
	// order, in part, and with some attributes only.
	AllowPagination, AllowSorting, AllowFiltering, AllowFieldSelection bool
	// AllowTLSTermination and AllowPingMonitors say whether TERMINATED_HTTPS listeners and PING health monitors may be made.
	AllowTLSTermination, AllowPingMonitors bool
	// MaxBodySize is the largest request body that is read, in bytes.
	MaxBodySize int

	Serving // how it is served: TLS, limits, the health check
}

// ListenAddress is BindHost and BindPort in the form that package net takes.
func (a API) ListenAddress() string {
	return net.JoinHostPort(a.BindHost, strconv.Itoa(a.BindPort))
}

// Worker is [worker].
type Worker struct {
	Concurrency    int           // load balancers worked at once, at least 1
	RetryInitial   time.Duration // before the first retry
	RetryMax       time.Duration // between later retries; at least RetryInitial
	StatusInterval time.Duration // between two reads of statuses and counters
	Lease          time.Duration // after which a dead worker's load balancer is taken over
	AuditInterval  time.Duration // between two comparisons of all objects with the Controllers; 0: none
}

// AuthType says what kind of credentials an Auth holds.
type AuthType string

// The values of auth_type. "password" is version-independent in OpenStack;
// only Keystone's version 3 exists today, so here the first two are the same.
const (
	AuthPassword              AuthType = "password"
	AuthV3Password            AuthType = "v3password"
	AuthApplicationCredential AuthType = "v3applicationcredential"
)

// Auth is [keystone_authtoken] or [service_auth]: where Keystone is and who we
// are there.
type Auth struct {
	URL                string // Keystone as we reach it, without a version at its end
	WWWAuthenticateURI string // Keystone as users reach it; URL if not set
	Type               AuthType

	// For AuthPassword and AuthV3Password. A user or project is given by id, or
	// by name and domain.
	Username          string
	UserID            string
	UserDomainName    string
	UserDomainID      string
	Password          Secret
	ProjectName       string
	ProjectID         string
	ProjectDomainName string
	ProjectDomainID   string

	// For AuthApplicationCredential.
	ApplicationCredentialID     string
	ApplicationCredentialSecret Secret

	CAFile   string // PEM file to verify Keystone with; "": the system's
	Insecure bool   // verify nothing; wins over CAFile, as in keystoneauth
	Region   string // "": the only one

	// TokenCache is for how long a token's validity is remembered; 0: not at all.
	// Only [keystone_authtoken] has it.
	TokenCache time.Duration
	// ServiceType is our name in the access rules of application credentials.
	// Only [keystone_authtoken] has it.
	ServiceType string
}

// credentials is a without what says where and how Keystone is reached.
func (a Auth) credentials() Auth {
	a.URL, a.WWWAuthenticateURI, a.Region = "", "", ""
	a.CAFile, a.Insecure = "", false
	a.TokenCache, a.ServiceType = 0, ""
	return a
}

func (a Auth) hasCredentials() bool {
	none := Auth{Type: AuthPassword}
	return a.credentials() != none && a.credentials() != Auth{}
}

// Neutron is [neutron]: where the network service is. Its credentials are
// Config.ServiceAuth.
type Neutron struct {
	Endpoint   string   // "": taken from the service catalog
	Region     string   // "": the only one
	Interfaces []string // of "public", "internal", "admin": preferred first
	CAFile     string   // "": the system's
	Insecure   bool     // verify nothing; wins over CAFile
}

// HTTPSListener says what becomes of a listener of protocol HTTPS.
type HTTPSListener string

// The values of a provider's https_listener.
const (
	// HTTPSPassthrough forwards TLS unopened, as LBaaS v2 says.
	HTTPSPassthrough HTTPSListener = "passthrough"
	// HTTPSTerminate decrypts with the Controller's default certificate and
	// encrypts again towards members, as the Python driver did.
	HTTPSTerminate HTTPSListener = "terminate"
)

// DriftPolicy says what becomes of objects that someone else has changed at the
// Controller, in fields that LBaaS exposes.
type DriftPolicy string

// The values of a provider's drift_policy.
const (
	// DriftReport leaves the change until the object's next LBaaS update.
	DriftReport DriftPolicy = "report"
	// DriftEnforce puts the fields back as soon as an audit has found them.
	DriftEnforce DriftPolicy = "enforce"
)

// Provider is a section named after a provider: one Avi Controller.
type Provider struct {
	Name        string // as users write it
	Description string // for the list of providers

	Address string // host name or IP address, without brackets
	Port    int
	// ControllerName is given where providers reach one Controller at different addresses; "": the address tells. See Controllers.
	ControllerName string
	User           string
	Password       Secret // from password or password_file

	CertVerify bool
	CAFile     string // PEM file; "": the system's. Only with CertVerify
	Cloud      string // the Controller's name for this OpenStack

	// APIVersion is what X-Avi-Version says; "": the newest that both know.
	APIVersion     string
	RequestTimeout time.Duration // of one request to the Controller

	HTTPSListener HTTPSListener
	// PythonDriverHealthMonitors keeps two habits of the Python driver: disabled
	// monitors stay attached, and of a range of expected codes only the two ends
	// count.
	PythonDriverHealthMonitors bool

	DriftPolicy DriftPolicy
	// UsePlacementNetworkForPool sends the subnets of members as placement networks; it needs a network service.
	UsePlacementNetworkForPool bool
	// VRFContextPerSubnet makes a VRF context for the subnet of each new VIP.
	VRFContextPerSubnet bool
	// CreateTenants makes tenants that the Controller does not have.
	CreateTenants bool
}

// New gives the configuration that an empty file means, but for what such a
// file leaves incomplete: the host's name, credentials and providers.
func New() *Config {
	return &Config{
		NetworkDriver: NetworkNeutron,
		API: API{
			BindHost:           "127.0.0.1",
			BindPort:           9876,
			AuthStrategy:       AuthKeystone,
			PaginationMaxLimit: 1000,
			Serving:            defaultServing(),
			AllowPagination:    true, AllowSorting: true, AllowFiltering: true, AllowFieldSelection: true,
			AllowTLSTermination: true, AllowPingMonitors: true,
			MaxBodySize: 1 << 20,
		},
		Worker: Worker{
			Concurrency:    8,
			RetryInitial:   time.Second,
			RetryMax:       time.Minute,
			StatusInterval: 10 * time.Second,
			Lease:          6 * time.Second,
			AuditInterval:  time.Hour,
		},
		Database: Database{
			Dialect: SQLite, Path: "/var/lib/avi-lbaas/avi-lbaas.sqlite", MaxPoolSize: 10, MaxOverflow: 20, Recycle: time.Hour,
			MaxRetries: 10, RetryInterval: 10 * time.Second,
		},
		Auth:        Auth{Type: AuthPassword, TokenCache: 5 * time.Minute, ServiceType: "load-balancer"},
		ServiceAuth: Auth{Type: AuthPassword},
		Network:     Neutron{Interfaces: []string{"public"}},
		Keys:        Barbican{Interfaces: []string{"public"}},
		Tracing:     Tracing{ServiceName: "avi-lbaas", Ratio: 1},
		Policy:      Policy{File: defaultPolicyFile, DefaultRoles: RolesLoadBalancer, DefaultRule: "default"},
		Quotas: Quotas{
			LoadBalancer: -1, Listener: -1, Member: -1, Pool: -1, HealthMonitor: -1, L7Policy: -1, L7Rule: -1,
		},
	}
}

// NewProvider gives a provider of that name with every option at its default.
func NewProvider(name string) Provider {
	return Provider{
		Name:           name,
		Port:           443,
		User:           "admin",
		Cloud:          "Default-Cloud",
		RequestTimeout: 30 * time.Second,
		HTTPSListener:  HTTPSPassthrough,
		DriftPolicy:    DriftReport,
	}
}

// Provider finds a provider by its name, without regard to case.
func (c *Config) Provider(name string) (Provider, bool) {
	for _, p := range c.Providers {
		if sameSection(p.Name, name) {
			return p, true
		}
	}
	return Provider{}, false
}

// NetworkEnabled says whether there is a network service to ask. Without one,
// users must give VIP addresses themselves.
func (c *Config) NetworkEnabled() bool {
	return c.NetworkDriver != NetworkNone && (c.API.AuthStrategy == AuthKeystone || c.Network.Endpoint != "")
}
