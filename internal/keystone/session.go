package keystone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
	"golang.org/x/sync/singleflight"
)

const (
	// renewBefore is how long before its end a login is renewed, so that no request starts with a token about to expire.
	renewBefore = time.Minute
	// refusalMemory is how long refused credentials are not tried again: Keystone may lock an account that fails often.
	refusalMemory = 5 * time.Second
)

// Session is the service's login. It logs in when first used, not when made, so that the service can start before Keystone.
// It is safe for use by several goroutines.
type Session struct {
	config   Config
	log      *slog.Logger
	http     *http.Client                // for Keystone
	services *http.Client                // for services reached through the session
	provider *gophercloud.ProviderClient // of those services; carries the current token; safe for concurrent use
	renewals singleflight.Group
	now      func() time.Time

	mu           sync.Mutex // guards what follows
	expires      time.Time  // of the current token; zero before the first login
	catalog      []tokens.CatalogEntry
	refused      error // why Keystone refused the credentials last
	refusedUntil time.Time
}

// NewSession checks the configuration, without any request. Close it at the end.
func NewSession(config Config, logger *slog.Logger) (*Session, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	client, err := config.httpClient("Keystone", config.Trust)
	if err != nil {
		return nil, err
	}
	services := client
	if config.Services != nil {
		if services, err = config.httpClient("the services behind Keystone", *config.Services); err != nil {
			return nil, err
		}
	}
	s := &Session{config: config, log: logger, http: client, services: services, now: time.Now}
	s.provider = s.newProvider(services)
	s.provider.ReauthFunc = s.login
	return s, nil
}

// newProvider is a client of OpenStack without a login.
func (s *Session) newProvider(client *http.Client) *gophercloud.ProviderClient {
	provider := &gophercloud.ProviderClient{
		IdentityBase: s.config.identityBase(), IdentityEndpoint: s.config.identityBase(), HTTPClient: *client,
	}
	provider.UserAgent.Prepend("avi-lbaas")
	provider.UseTokenLock()
	return provider
}

// Close closes idle connections; a closed session can still be used, it opens new ones.
func (s *Session) Close() {
	s.http.CloseIdleConnections()
	s.services.CloseIdleConnections()
}

// Client is a logged-in provider for the clients of other services. It logs in again by itself when its token is refused.
// Without a login to be had the error is ErrUnavailable.
func (s *Session) Client(ctx context.Context) (*gophercloud.ProviderClient, error) {
	s.mu.Lock()
	fresh := s.now().Add(renewBefore).Before(s.expires)
	s.mu.Unlock()
	if !fresh {
		if err := s.renew(ctx); err != nil {
			return nil, err
		}
	}
	return s.provider, nil
}

// Endpoint finds the URL of a service in the catalog, ending in a slash: that of the first of the interfaces (public, internal, admin)
// that the catalog has it at. An empty region takes Config.Region, and without interfaces it is the public one. It answers
// ErrNoEndpoint or ErrUnavailable.
func (s *Session) Endpoint(ctx context.Context, serviceType, region string, interfaces []string) (string, error) {
	if _, err := s.Client(ctx); err != nil {
		return "", err
	}
	region = cmp.Or(region, s.config.Region)
	if len(interfaces) == 0 {
		interfaces = []string{"public"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, face := range interfaces {
		if url, found := endpointOf(s.catalog, serviceType, region, face); found {
			return strings.TrimRight(url, "/") + "/", nil
		}
	}
	return "", fmt.Errorf("%w: type %s, region %q, interface %s", ErrNoEndpoint, serviceType, region, strings.Join(interfaces, ", "))
}

// endpointOf finds a URL in a catalog; an empty region is any.
func endpointOf(catalog []tokens.CatalogEntry, serviceType, region, face string) (url string, found bool) {
	for _, service := range catalog {
		if service.Type != serviceType {
			continue
		}
		for _, endpoint := range service.Endpoints {
			if endpoint.Interface == face && (region == "" || endpoint.Region == region || endpoint.RegionID == region) {
				return endpoint.URL, true
			}
		}
	}
	return "", false
}

// renew gets a new token. Concurrent callers share one login, and each may give up on its own.
func (s *Session) renew(ctx context.Context) error {
	result := s.renewals.DoChan("", func() (any, error) {
		// Only gophercloud's own lock around logins orders its reads of the token after our writes, hence not s.login.
		return nil, s.provider.Reauthenticate(context.WithoutCancel(ctx), "")
	})
	select {
	case r := <-result:
		return r.Err
	case <-ctx.Done():
		return &outage{"waiting for the service's login", context.Cause(ctx)}
	}
}

// login replaces the session's token. gophercloud calls it, one at a time, and gives its result to everyone who waits; so it
// does not end with the request that it was called for, but after the session's timeout.
func (s *Session) login(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.http.Timeout)
	defer cancel()
	s.mu.Lock()
	refused, until := s.refused, s.refusedUntil
	s.mu.Unlock()
	if refused != nil && s.now().Before(until) {
		return &outage{"the service's credentials were refused lately", refused}
	}

	// A client of its own: with the shared one a refused login would try to log in again, and wait for itself.
	provider := s.newProvider(s.http)
	keystone := &gophercloud.ServiceClient{ProviderClient: provider, Endpoint: provider.IdentityBase + "v3/", Type: "identity"}
	result := tokens.Create(ctx, keystone, s.config.authOptions())
	token, err := result.ExtractToken()
	if err != nil {
		if gophercloud.ResponseCodeIs(err, http.StatusUnauthorized) {
			s.mu.Lock()
			s.refused, s.refusedUntil = errors.New(brief(err)), s.now().Add(refusalMemory)
			s.mu.Unlock()
			s.log.ErrorContext(ctx, "keystone refuses the credentials of this service", "auth_url", s.config.AuthURL)
		}
		return &outage{"logging in as the service", err}
	}
	catalog, err := result.ExtractServiceCatalog()
	if err != nil {
		return &outage{"reading the service catalog", err}
	}
	if err := s.provider.SetTokenAndAuthResult(result); err != nil {
		return &outage{"keeping the service's token", err}
	}
	s.mu.Lock()
	s.expires, s.catalog, s.refused = token.ExpiresAt, catalog.Entries, nil
	s.mu.Unlock()
	s.log.DebugContext(ctx, "logged in at keystone", "expires_at", token.ExpiresAt)
	return nil
}

// UserSession calls other services as the user who sent a request.
type UserSession struct {
	service *Session
	token   string
}

// As makes calls with a user's token, so that other services answer by that user's rights. It never logs in again: a token
// that another service refuses makes the call fail. The endpoints are those of the service's catalog.
func (s *Session) As(token string) UserSession { return UserSession{service: s, token: token} }

// Client is a provider with the user's token; it makes no request.
func (u UserSession) Client(context.Context) (*gophercloud.ProviderClient, error) {
	provider := u.service.newProvider(u.service.services)
	provider.SetToken(u.token)
	return provider, nil
}

// Endpoint is that of the service's own session.
func (u UserSession) Endpoint(ctx context.Context, serviceType, region string, interfaces []string) (string, error) {
	return u.service.Endpoint(ctx, serviceType, region, interfaces)
}
