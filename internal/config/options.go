package config

import (
	"errors"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// section is a section of the configuration with its options bound to fields.
type section struct {
	name, help string
	// strict makes every unknown option an error. The other sections are shared
	// with OpenStack services: there only a near-miss of ours is.
	strict   bool
	settings []setting
}

// The sections with fixed names.
const (
	sectionDefault   = oslo.DefaultSection
	sectionAPI       = "api_settings"
	sectionWorker    = "worker"
	sectionDatabase  = "database"
	sectionAuth      = "keystone_authtoken"
	sectionService   = "service_auth"
	sectionNetwork   = "neutron"
	sectionKeys      = "barbican"
	sectionProviders = "service_providers"
)

// table lists the sections with fixed names and their options, bound to c and
// sel. Defaults are what the fields hold.
func table(c *Config, sel *selection) []section {
	return []section{
		{name: sectionDefault, help: "What concerns the process as a whole.", settings: defaultSettings(&c.Default, sel)},
		{name: sectionAPI, strict: true, help: "The API's front door.", settings: append(apiSettings(&c.API, sel), servingSettings(&c.API.Serving)...)},
		{name: sectionHealth, strict: true, help: "What /healthcheck looks at.", settings: healthSettings(&c.Healthcheck)},
		{name: sectionTracing, strict: true, help: "Traces for OpenTelemetry.", settings: tracingSettings(&c.Tracing)},
		{name: sectionWorker, strict: true, help: "The worker, which makes the Controller's objects be what users asked for.", settings: workerSettings(&c.Worker)},
		{name: sectionDatabase, help: "Where load balancers and their statuses are kept.", settings: databaseSettings(&c.Database)},
		{
			name: sectionAuth, help: "Keystone, which tokens of API requests are checked with. Needed if [api_settings] auth_strategy is keystone.",
			settings: append(authSettings(&c.Auth), tokenSettings(&c.Auth)...),
		},
		{
			name: sectionService, help: "Who this service is towards Neutron and Barbican. Without credentials here, those of [keystone_authtoken] are used. " +
				"auth_url, region_name and the pair cafile and insecure are taken from there too if not set here.",
			settings: authSettings(&c.ServiceAuth),
		},
		{
			name: sectionNetwork, help: "The network service. With auth_strategy = noauth and no endpoint_override there is none, and users give VIP addresses themselves. " +
				"region_name and the pair cafile and insecure are taken from [service_auth] if not set here.",
			settings: networkSettings(&c.Network),
		},
		{name: sectionControllerWorker, help: "What octavia.conf says of the network service.", settings: controllerWorkerSettings(&c.NetworkDriver)},
		{
			name: sectionKeys, help: "The key manager, which certificates come from. With auth_strategy = noauth and no endpoint_override there is none, " +
				"and TERMINATED_HTTPS listeners are refused. region_name is taken from [service_auth] if not set here; cafile and insecure are those of [service_auth].",
			settings: keysSettings(&c.Keys),
		},
		{name: sectionPolicy, help: "Who may do what: rules that replace Octavia's. They are read again when the files change, and on SIGHUP.", settings: policySettings(&c.Policy)},
		{name: sectionQuotas, strict: true, help: "How many objects projects may have that no administrator has given other limits.", settings: quotaSettings(&c.Quotas)},
		{name: sectionProviders, help: "Providers as neutron.conf names them.", settings: serviceProviderSettings(sel)},
	}
}

func defaultSettings(d *Default, sel *selection) []setting {
	return []setting{
		boolean("debug", &d.Debug, "Log at debug level."),
		boolean("log_json", &d.LogJSON, "Log JSON lines instead of text.").also("use_json"),
		text("host", &d.Host, "The name of this process in the leases of load balancers; one for each process that shares a database. Without it, the machine's host name."),
		hostPort("metrics_listen", &d.MetricsListen, "Where Prometheus metrics are served, at /metrics, without authentication. Without it, nowhere."),
		names("providers", &sel.names, "The providers, each with a section of its own. Without it: those of Avi in [service_providers], "+
			"else those of enabled_provider_drivers that have a section, else avi_adc."),
	}
}

func apiSettings(a *API, sel *selection) []setting {
	return []setting{
		ipAddress("bind_host", &a.BindHost, "The address to listen on."),
		integer("bind_port", &a.BindPort, 0, 65535, "The port to listen on; 0 picks a free one."),
		webURL("api_base_uri", &a.BaseURI, "What links in answers begin with, if a proxy stands in front. Without it, they follow the request."),
		choice("auth_strategy", &a.AuthStrategy, []AuthStrategy{AuthKeystone, AuthNone},
			"How requests are authenticated. noauth makes everyone an administrator: for trials only."),
		pageLimit("pagination_max_limit", &a.PaginationMaxLimit, "The most objects in one answer."),
		boolean("allow_pagination", &a.AllowPagination, "Give lists in pages, by limit and marker. Otherwise every list is given whole."),
		boolean("allow_sorting", &a.AllowSorting, "Give lists in the order that is asked for. Otherwise in the order of creation."),
		boolean("allow_filtering", &a.AllowFiltering, "Narrow lists by attributes and tags. Otherwise such filters are not looked at."),
		boolean("allow_field_selection", &a.AllowFieldSelection, "Give the attributes only that fields names. Otherwise all."),
		boolean("allow_tls_terminated_listeners", &a.AllowTLSTermination, "Let users make TERMINATED_HTTPS listeners."),
		boolean("allow_ping_health_monitors", &a.AllowPingMonitors, "Let users make health monitors of type PING."),
		integer("max_body_size", &a.MaxBodySize, 1<<10, 64<<20, "The largest request body, in bytes."),
		{
			Option: Option{Name: "enabled_provider_drivers", Type: "dictionary", Allowed: "name: description, …", Help: "Descriptions of providers, for users. Other drivers' entries do no harm."},
			set:    func(text string) (err error) { sel.enabled, err = oslo.Dict(text); return err },
		},
		text("default_provider_driver", &sel.preferred, "The provider of load balancers that ask for none. Without it: the one of [service_providers] that ends in :default, else the first."),
	}
}

// pageLimit is Octavia's: the word or a negative number lift the limit.
func pageLimit(name string, field *int, help string) setting {
	s := integer(name, field, 1, 1<<31-1, help).allowing("1 or more; a negative number, infinite or max_int: no limit")
	number := s.set
	s.set = func(text string) error {
		if text == "infinite" || text == "max_int" {
			*field = 0
			return nil
		}
		if n, err := oslo.Integer(text); err == nil && n < 0 {
			*field = 0
			return nil
		}
		return number(text)
	}
	return s
}

func workerSettings(w *Worker) []setting {
	const day = 24 * time.Hour
	return []setting{
		integer("concurrency", &w.Concurrency, 1, 256, "How many load balancers are worked at once."),
		seconds("retry_initial", &w.RetryInitial, 10*time.Millisecond, time.Hour, "The wait before the first retry; later ones wait longer and longer."),
		seconds("retry_max", &w.RetryMax, 10*time.Millisecond, day, "The longest wait between retries; at least retry_initial."),
		seconds("status_interval", &w.StatusInterval, time.Second, time.Hour, "How often statuses and counters are read from the Controller."),
		seconds("lease_seconds", &w.Lease, 2*time.Second, time.Hour, "How long a load balancer stays with a worker that gives no sign of life."),
		seconds("audit_interval", &w.AuditInterval, 0, 7*day, "How often all objects are compared with the Controllers', as avi-lbaas drift does; 0: never."),
	}
}

func authSettings(a *Auth) []setting {
	return []setting{
		webURL("auth_url", &a.URL, "Keystone as this service reaches it. Without it, www_authenticate_uri.").also("identity_uri"),
		webURL("www_authenticate_uri", &a.WWWAuthenticateURI, "Keystone as users reach it. Without it, auth_url.").also("auth_uri"),
		choice("auth_type", &a.Type, []AuthType{AuthPassword, AuthV3Password, AuthApplicationCredential},
			"The kind of credentials.").also("auth_plugin"),
		text("username", &a.Username, "The service user's name.").also("user_name", "admin_user"),
		text("user_id", &a.UserID, "The service user's id, instead of its name and domain."),
		text("user_domain_name", &a.UserDomainName, "The service user's domain.").also("admin_user_domain"),
		text("user_domain_id", &a.UserDomainID, "The service user's domain by its id."),
		secret("password", &a.Password, "The service user's password.").also("admin_password"),
		text("project_name", &a.ProjectName, "The service user's project.").also("tenant_name", "admin_tenant_name"),
		text("project_id", &a.ProjectID, "The service user's project by its id, instead of its name and domain.").also("tenant_id"),
		text("project_domain_name", &a.ProjectDomainName, "The project's domain.").also("admin_project_domain"),
		text("project_domain_id", &a.ProjectDomainID, "The project's domain by its id."),
		text("application_credential_id", &a.ApplicationCredentialID, "The application credential, for v3applicationcredential."),
		secret("application_credential_secret", &a.ApplicationCredentialSecret, "The application credential's secret."),
		text("cafile", &a.CAFile, "The certificates to verify the servers with, a PEM file. Without it, the system's."),
		boolean("insecure", &a.Insecure, "Do not verify the servers' certificates; cafile does not matter then."),
		text("region_name", &a.Region, "The region, if the service catalog has several.").also("region"),
	}
}

func tokenSettings(a *Auth) []setting {
	const most = 24 * time.Hour
	return []setting{
		tokenCache("token_cache_time", &a.TokenCache, most, "How long a checked token is trusted without asking Keystone again."),
		text("service_type", &a.ServiceType, "This service's type in the access rules of application credentials."),
	}
}

// tokenCache is keystonemiddleware's: -1 turns the cache off.
func tokenCache(name string, field *time.Duration, most time.Duration, help string) setting {
	s := seconds(name, field, 0, most, help).allowing("0 to " + formatSeconds(most) + "; -1 or 0: not at all")
	number := s.set
	s.set = func(text string) error {
		if n, err := oslo.Integer(text); err == nil && n == -1 {
			*field = 0
			return nil
		}
		return number(text)
	}
	return s
}

func networkSettings(n *Neutron) []setting {
	return []setting{
		webURL("endpoint_override", &n.Endpoint, "Neutron's address. Without it, the service catalog's.").also("endpoint"),
		text("region_name", &n.Region, "Neutron's region in the service catalog."),
		interfaces("valid_interfaces", &n.Interfaces, "Which of the service catalog's addresses to use, preferred first.").also("endpoint_type", "interface"),
		text("cafile", &n.CAFile, "The certificates to verify Neutron with, a PEM file.").also("ca_certificates_file"),
		boolean("insecure", &n.Insecure, "Do not verify Neutron's certificate; cafile does not matter then."),
		misplaced("auth_type", "auth_plugin"),
		misplaced("username", "user_id", "user_name"),
		misplaced("password"),
		misplaced("application_credential_id", "application_credential_name"),
		misplaced("application_credential_secret"),
	}
}

// misplaced is a credential that other OpenStack services read from this section.
func misplaced(name string, aliases ...string) setting {
	return setting{
		Option: Option{Name: name, Aliases: aliases},
		reason: "credentials for the network service belong in [service_auth]",
	}
}

// interfaces takes the names of the service catalog with and without the "URL"
// that the older endpoint_type writes at their end.
func interfaces(name string, field *[]string, help string) setting {
	s := names(name, field, help).allowing("public, internal, admin; publicURL, internalURL, adminURL")
	s.set = func(text string) error {
		var found []string
		for _, item := range oslo.List(text) {
			item = strings.TrimSuffix(item, "URL")
			if item != "public" && item != "internal" && item != "admin" {
				return errors.New("not an interface of the service catalog")
			}
			found = append(found, item)
		}
		if len(found) == 0 {
			return errors.New("at least one is needed")
		}
		*field = found
		return nil
	}
	return s
}
