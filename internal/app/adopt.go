package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/avi-lbaas/avi-lbaas/internal/adopt"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// Adopter takes load balancers over into the database of t. providers maps the source's providers to ours; see adopt.Options.
func (t *Tools) Adopter(cfg *config.Config, providers map[string]string) (*adopt.Adopter, error) {
	o := adopt.Options{
		Store: t.store,
		Wanted: func(ctx context.Context, work store.Work) ([]plan.Object, error) {
			_, wanted, err := t.worker.Wanted(ctx, work)
			return wanted, err
		},
		Controllers:     map[string]converge.Reader{},
		DefaultProvider: cfg.DefaultProvider,
		Providers:       map[string]string{},
	}
	for name, c := range t.controllers {
		o.Controllers[name] = c
	}
	for from, to := range providers {
		p, known := cfg.Provider(to)
		if !known {
			return nil, fmt.Errorf("the configuration has no provider %q", to)
		}
		o.Providers[from] = p.Name
	}
	if t.network != nil {
		o.Ports = t.network
	}
	o.Places = service.New(t.serviceOptions(cfg, t.network, nil, nil))
	return adopt.New(o), nil
}

// EnvironmentSession logs in as the OS_* variables of an environment say, or else as [service_auth] does. Without either, requests
// carry no login.
func EnvironmentSession(cfg *config.Config, environment func(string) string, logger *slog.Logger) (_ adopt.Session, closeIt func(), err error) {
	if token := environment("OS_TOKEN"); token != "" {
		return staticSession{token}, func() {}, nil
	}
	identity := identityConfig(cfg.ServiceAuth)
	if environment("OS_AUTH_URL") != "" {
		if identity, err = identityFrom(environment); err != nil {
			return nil, nil, err
		}
	}
	if identity.AuthURL == "" {
		return staticSession{}, func() {}, nil
	}
	session, err := keystone.NewSession(identity, logger)
	if err != nil {
		return nil, nil, fmt.Errorf("log in by the OS_* variables or [service_auth]: %w", err)
	}
	return session, session.Close, nil
}

// identityFrom reads what an openrc file exports.
func identityFrom(environment func(string) string) (keystone.Config, error) {
	c := keystone.Config{
		AuthURL:                     environment("OS_AUTH_URL"),
		AuthType:                    keystone.AuthType(environment("OS_AUTH_TYPE")),
		Username:                    environment("OS_USERNAME"),
		UserID:                      environment("OS_USER_ID"),
		UserDomainName:              environment("OS_USER_DOMAIN_NAME"),
		UserDomainID:                environment("OS_USER_DOMAIN_ID"),
		Password:                    environment("OS_PASSWORD"),
		ProjectName:                 cmp.Or(environment("OS_PROJECT_NAME"), environment("OS_TENANT_NAME")),
		ProjectID:                   cmp.Or(environment("OS_PROJECT_ID"), environment("OS_TENANT_ID")),
		ProjectDomainName:           environment("OS_PROJECT_DOMAIN_NAME"),
		ProjectDomainID:             environment("OS_PROJECT_DOMAIN_ID"),
		ApplicationCredentialID:     environment("OS_APPLICATION_CREDENTIAL_ID"),
		ApplicationCredentialSecret: environment("OS_APPLICATION_CREDENTIAL_SECRET"),
		Trust:                       keystone.Trust{CAFile: environment("OS_CACERT")},
		Region:                      environment("OS_REGION_NAME"),
	}
	if strings.HasSuffix(c.AuthURL, "/v2.0") && environment("OS_IDENTITY_API_VERSION") == "2.0" {
		return c, errors.New("OS_IDENTITY_API_VERSION is 2.0: only version 3 of Keystone is spoken")
	}
	return c, nil
}

// staticSession sends a token as it is, or none.
type staticSession struct{ token string }

// Client is a provider that cannot log in again.
func (s staticSession) Client(context.Context) (*gophercloud.ProviderClient, error) {
	provider := &gophercloud.ProviderClient{}
	if s.token != "" {
		provider.SetToken(s.token)
	}
	return provider, nil
}
