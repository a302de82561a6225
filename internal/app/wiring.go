package app

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/poller"
	"github.com/avi-lbaas/avi-lbaas/internal/reference"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

// connectControllers makes a client of each provider's Controller. None is contacted yet.
func (p *parts) connectControllers(cfg *config.Config, metrics *controllerMetrics) error {
	for _, provider := range cfg.Providers {
		client, err := avi.New(avi.Config{
			Address:            net.JoinHostPort(provider.Address, strconv.Itoa(provider.Port)),
			User:               provider.User,
			Password:           provider.Password.Reveal(),
			APIVersion:         provider.APIVersion,
			CAFile:             provider.CAFile,
			InsecureSkipVerify: !provider.CertVerify,
			Timeout:            provider.RequestTimeout,
			Logger:             p.logger.With("component", "avi", "provider", provider.Name),
			Observe:            func(r avi.Request) { metrics.observe(provider.Name, r) },
		})
		if err != nil {
			return &providerError{name: provider.Name, err: err}
		}
		p.controllers[provider.Name] = client
	}
	return nil
}

// providerError names the provider whose settings are wrong.
type providerError struct {
	name string
	err  error
}

func (e *providerError) Error() string { return "provider " + e.name + ": " + e.err.Error() }

func (e *providerError) Unwrap() error { return e.err }

func pollerControllers(clients map[string]*avi.Client) map[string]poller.Controller {
	controllers := map[string]poller.Controller{}
	for name, c := range clients {
		controllers[name] = c
	}
	return controllers
}

func (p *parts) workerOptions(
	cfg *config.Config, network *neutron.Client, keys *keyManager, registry *prometheus.Registry,
) worker.Options {
	o := worker.Options{
		Store:        p.store,
		Providers:    map[string]worker.Provider{},
		Logger:       p.logger.With("component", "worker"),
		Metrics:      worker.NewMetrics(registry),
		Owner:        p.owner,
		Concurrency:  cfg.Worker.Concurrency,
		Lease:        cfg.Worker.Lease,
		RetryInitial: cfg.Worker.RetryInitial,
		RetryMax:     cfg.Worker.RetryMax,
		Settled:      p.poller.Nudge,
		Sweeps:       p.job(cfg, "sweep", time.Minute),
	}
	if network != nil {
		o.Ports, o.Subnets, o.PortQoS, o.PortGroups = network, network, network, network
	}
	if keys != nil {
		o.Keys = keys.own
	}
	for _, provider := range cfg.Providers {
		o.Providers[provider.Name] = worker.Provider{
			Controller: p.controllers[provider.Name], Translate: TranslateOptions(provider), CreateTenants: provider.CreateTenants,
		}
	}
	return o
}

// TranslateOptions are the settings of a provider that shape its objects.
func TranslateOptions(p config.Provider) translate.Options {
	return translate.Options{
		Cloud:                      p.Cloud,
		TerminateHTTPS:             p.HTTPSListener == config.HTTPSTerminate,
		PythonDriverHealthMonitors: p.PythonDriverHealthMonitors,
		PlacementNetworks:          p.UsePlacementNetworkForPool,
	}
}

func (p *parts) serviceOptions(
	cfg *config.Config, network *neutron.Client, as func(token string) service.NetworkReader, keys *keyManager,
) service.Options {
	o := service.Options{
		Store: p.store, Wake: p.worker.Wake, Speaks: p.speaks, Places: places(cfg),
		Disabled: service.Disabled{TLSTermination: !cfg.API.AllowTLSTermination, PingMonitors: !cfg.API.AllowPingMonitors},
	}
	if network != nil {
		o.Network, o.NetworkAs = network, as
	}
	if keys != nil {
		o.Keys, o.KeysAs = keys.own, keys.as
	}
	// The default provider comes first.
	for _, provider := range cfg.Providers {
		entry := service.Provider{Name: provider.Name, Description: provider.Description, VRFContextPerSubnet: provider.VRFContextPerSubnet}
		entry.References = reference.New(p.controllers[provider.Name], provider.Cloud)
		if provider.Name == cfg.DefaultProvider {
			o.Providers = append([]service.Provider{entry}, o.Providers...)
		} else {
			o.Providers = append(o.Providers, entry)
		}
	}
	return o
}

// places says where each provider's objects are.
func places(cfg *config.Config) map[string]service.Place {
	controllers := cfg.Controllers()
	places := map[string]service.Place{}
	for _, p := range cfg.Providers {
		places[p.Name] = service.Place{Controller: controllers[p.Name], Cloud: p.Cloud}
	}
	return places
}

// speaks says whether a provider's Controller speaks an API version or a newer one. Which one is known once it was logged in to.
func (p *parts) speaks(ctx context.Context, provider, version string) (bool, error) {
	client, ok := p.controllers[provider]
	if !ok {
		return false, fmt.Errorf("provider %q: the configuration has no such provider", provider)
	}
	spoken, err := client.Version(ctx)
	return err == nil && avi.CompareVersions(spoken, version) >= 0, err
}

func identityConfig(auth config.Auth) keystone.Config {
	c := keystone.Config{
		AuthURL:                     auth.URL,
		AuthType:                    keystone.AuthType(auth.Type),
		Username:                    auth.Username,
		UserID:                      auth.UserID,
		UserDomainName:              auth.UserDomainName,
		UserDomainID:                auth.UserDomainID,
		Password:                    auth.Password.Reveal(),
		ProjectName:                 auth.ProjectName,
		ProjectID:                   auth.ProjectID,
		ProjectDomainName:           auth.ProjectDomainName,
		ProjectDomainID:             auth.ProjectDomainID,
		ApplicationCredentialID:     auth.ApplicationCredentialID,
		ApplicationCredentialSecret: auth.ApplicationCredentialSecret.Reveal(),
		Trust:                       keystone.Trust{CAFile: auth.CAFile, Insecure: auth.Insecure},
		Region:                      auth.Region,
		CacheTime:                   auth.TokenCache,
	}
	if auth.Type == config.AuthV3Password {
		c.AuthType = keystone.AuthPassword
	}
	if auth.TokenCache == 0 {
		c.CacheTime = -1 // the client's way to say: ask each time
	}
	return c
}

func networkConfig(cfg *config.Config) neutron.Config {
	return neutron.Config{EndpointOverride: cfg.Network.Endpoint, Region: cfg.Network.Region, Interfaces: cfg.Network.Interfaces}
}

// listRules are the conventions of lists that the configuration leaves out.
func listRules(c *config.API) api.ListRules {
	return api.ListRules{
		NoPagination: !c.AllowPagination, NoSorting: !c.AllowSorting, NoFiltering: !c.AllowFiltering,
		NoFieldSelection: !c.AllowFieldSelection,
	}
}
