package openstack

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"
)

// Session is the service's login at Keystone.
type Session interface {
	// Client is a logged-in provider that logs in again by itself.
	Client(ctx context.Context) (*gophercloud.ProviderClient, error)
	// Endpoint finds a service's URL in the catalog, ending in a slash.
	Endpoint(ctx context.Context, serviceType, region string, interfaces []string) (string, error)
}

// DefaultTimeout is that of Config.
const DefaultTimeout = 30 * time.Second

// Config says where a service is, with the meaning of the options of the same name in the service's section.
type Config struct {
	// EndpointOverride is the service's address, with or without its version at the end; when empty the catalog is asked.
	EndpointOverride string
	// Region and Interfaces (public, internal or admin, preferred first) select from the catalog; empty takes the session's region and
	// public.
	Region     string
	Interfaces []string
	// Timeout bounds each call as a whole, logins included; DefaultTimeout when 0.
	Timeout time.Duration
}

// Kind is what sets one service apart from the others.
type Kind struct {
	Type    string // in the catalog, "network"
	Version string // of its API, "v2.0"
	// Unavailable is the kind of the failures that say nothing about what was asked for: try again later.
	Unavailable error
	// Classify gives the text of an answer that is no success, when that is fit for users, and its kind; nil is Unavailable.
	Classify func(answer gophercloud.ErrUnexpectedResponseCode) (message string, kind error)
}

// Service is one service as the session's user. It is safe for concurrent use.
type Service struct {
	kind    Kind
	config  Config
	session Session
}

// NewService makes a Service, without any request.
func NewService(kind Kind, config Config, session Session) *Service {
	config.Timeout = cmp.Or(config.Timeout, DefaultTimeout)
	return &Service{kind: kind, config: config, session: session}
}

// client is the service as gophercloud wants it. The catalog is asked each time, from memory: it may change with a new login.
func (s *Service) client(ctx context.Context) (*gophercloud.ServiceClient, error) {
	provider, err := s.session.Client(ctx)
	if err != nil {
		return nil, err
	}
	endpoint := s.config.EndpointOverride
	if endpoint == "" {
		if endpoint, err = s.session.Endpoint(ctx, s.kind.Type, s.config.Region, s.config.Interfaces); err != nil {
			return nil, err
		}
	}
	// Operators write the endpoint with or without the version.
	endpoint = strings.TrimSuffix(strings.TrimRight(endpoint, "/"), "/"+s.kind.Version) + "/"
	return &gophercloud.ServiceClient{
		ProviderClient: provider, Endpoint: endpoint, ResourceBase: endpoint + s.kind.Version + "/", Type: s.kind.Type,
	}, nil
}

// Do makes one call within the timeout; doing says what it does to which object. All its errors are *Error.
func Do[T any](ctx context.Context, s *Service, doing string, call func(context.Context, *gophercloud.ServiceClient) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	var none T
	client, err := s.client(ctx)
	if err != nil {
		return none, &Error{Kind: s.kind.Unavailable, Doing: doing, Err: err}
	}
	result, err := call(ctx, client)
	if err != nil {
		return none, s.classify(doing, err)
	}
	return result, nil
}

// classify makes an Error of what a call returned.
func (s *Service) classify(doing string, err error) error {
	if own, isOwn := errors.AsType[*Error](err); isOwn {
		return own
	}
	e := &Error{Kind: s.kind.Unavailable, Doing: doing, Err: err}
	answer, isHTTP := errors.AsType[gophercloud.ErrUnexpectedResponseCode](err)
	if !isHTTP {
		return e
	}
	message, kind := s.kind.Classify(answer)
	e.Message = message
	// A 401 right after a new login is an outage: it is not an old token of ours that is refused.
	_, again := errors.AsType[*gophercloud.ErrErrorAfterReauthentication](err)
	if kind != nil && (!again || answer.Actual != http.StatusUnauthorized) {
		e.Kind = kind
	}
	return e
}
