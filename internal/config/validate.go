package config

import (
	"errors"
	"fmt"

	"github.com/avi-lbaas/avi-lbaas/internal/config/oslo"
)

// Validate says what is wrong with options that must fit each other, for a
// Config made without Load: all problems joined, an *OptionError each. Load has
// done it.
func (c *Config) Validate() error {
	src := newSources(new(oslo.Set), nil)
	var err error
	if len(c.Providers) == 0 {
		err = src.problem(sectionDefault, "providers", "at least one provider is required", "")
	} else if _, ok := c.Provider(c.DefaultProvider); !ok {
		err = src.problem(sectionAPI, "default_provider_driver", fmt.Sprintf("%q is not a provider of this service", c.DefaultProvider), "")
	}
	return errors.Join(c.validate(src), err)
}

func (c *Config) validate(src *sources) error {
	var errs []error
	add := func(section, option, reason string) {
		if src.wrong[keyOf(section, option)] {
			return
		}
		errs = append(errs, src.problem(section, option, reason, ""))
	}
	if c.Default.Host == "" {
		add(sectionDefault, "host", "required: the machine does not say its name")
	}
	if c.Worker.RetryMax < c.Worker.RetryInitial {
		add(sectionWorker, "retry_max", fmt.Sprintf("%s seconds is less than retry_initial, %s",
			formatSeconds(c.Worker.RetryMax), formatSeconds(c.Worker.RetryInitial)))
	}
	c.validateAuth(src, add)
	c.API.validate(add)
	c.validateControllers(add)
	for i := range c.Providers {
		c.Providers[i].validate(add)
		if c.Providers[i].UsePlacementNetworkForPool && !c.NetworkEnabled() {
			add(c.Providers[i].Name, "use_placement_network_for_pool", "needs a network service; there is none with "+
				"[api_settings] auth_strategy = noauth unless [neutron] endpoint_override is set")
		}
	}
	return errors.Join(errs...)
}

// validateAuth looks at the credentials that will be used.
func (c *Config) validateAuth(src *sources, add func(section, option, reason string)) {
	const given = "where the section has credentials"
	switch {
	case c.API.AuthStrategy == AuthKeystone && !src.wrong[keyOf(sectionAPI, "auth_strategy")]:
		c.Auth.validate(sectionAuth, "with [api_settings] auth_strategy = keystone", add)
	case (c.Network.Endpoint != "" || c.Keys.Endpoint != "") && c.Auth.hasCredentials():
		c.Auth.validate(sectionAuth, given, add)
	}
	// Credentials that were taken from the other section are looked at there.
	if c.ServiceAuth.hasCredentials() && c.ServiceAuth.credentials() != c.Auth.credentials() {
		c.ServiceAuth.validate(sectionService, given, add)
	}
}

// validate says which parts of the credentials are missing.
func (a *Auth) validate(section, why string, add func(section, option, reason string)) {
	require := func(option string, ok bool, alternative string) {
		if !ok {
			add(section, option, "required"+alternative+" "+why)
		}
	}
	require("auth_url", a.URL != "", "")
	if a.Type == AuthApplicationCredential {
		require("application_credential_id", a.ApplicationCredentialID != "", "")
		require("application_credential_secret", a.ApplicationCredentialSecret != "", "")
		return
	}
	require("username", a.Username != "" || a.UserID != "", ", or user_id,")
	require("user_domain_name", a.UserID != "" || a.Username == "" || a.UserDomainName != "" || a.UserDomainID != "", ", or user_domain_id,")
	require("password", a.Password != "", "")
	require("project_name", a.ProjectName != "" || a.ProjectID != "", ", or project_id,")
	require("project_domain_name", a.ProjectID != "" || a.ProjectName == "" || a.ProjectDomainName != "" || a.ProjectDomainID != "", ", or project_domain_id,")
}

func (p *Provider) validate(add func(section, option, reason string)) {
	if p.Address == "" {
		add(p.Name, "address", "required: the Avi Controller's address")
	}
	if p.User == "" {
		add(p.Name, "user", "may not be empty")
	}
	if p.Password == "" {
		add(p.Name, "password", "required, or password_file")
	}
	if p.Cloud == "" {
		add(p.Name, "cloud", "may not be empty")
	}
	if p.CAFile != "" && !p.CertVerify {
		add(p.Name, "ca_file", "has no effect while cert_verify is false; set cert_verify = true")
	}
}
