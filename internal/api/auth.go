package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/policy"
)

// Identity is who a request comes from.
type Identity struct {
	UserID string
	// ProjectID is empty when the caller's token is not one of a project.
	ProjectID string
	// UserDomainID and ProjectDomainID are the domains that these belong to, as far as they are known.
	UserDomainID, ProjectDomainID string
	// DomainID and SystemScope are set if and only if the token is one of a domain, or of the system.
	DomainID, SystemScope string
	Roles                 []string
	// Service is who passed the request on, if a service did and proved it.
	Service policy.ServiceCredentials
	// NoAuth says that nobody was asked for a proof: everybody is an administrator.
	NoAuth bool
	// Token is the proof itself, with which the network service is asked in the caller's name; empty without Keystone.
	Token string
}

// Authenticator finds out who a request comes from. It gives an UnauthenticatedError when the request does not prove it, and an
// lbaas.Error of KindUnavailable when it cannot tell now.
type Authenticator interface {
	Authenticate(ctx context.Context, r *http.Request) (Identity, error)
}

// UnauthenticatedError is a request without a valid proof of who it comes from.
type UnauthenticatedError struct {
	// Challenge is the value of the WWW-Authenticate header.
	Challenge string
	// Err is the cause, for the log; nil when there was no token at all.
	Err error
}

// Error implements error.
func (e *UnauthenticatedError) Error() string {
	if e.Err != nil {
		return "not authenticated: " + e.Err.Error()
	}
	return "not authenticated: no token"
}

// Unwrap gives the cause.
func (e *UnauthenticatedError) Unwrap() error { return e.Err }

// NoAuth believes everybody: for laptops and tests. As with Octavia's auth_strategy noauth every caller is an admin, and says
// in a header which project it means.
type NoAuth struct{}

// Authenticate implements Authenticator.
func (NoAuth) Authenticate(_ context.Context, r *http.Request) (Identity, error) {
	return Identity{
		UserID:    r.Header.Get("X-User-Id"),
		ProjectID: cmp.Or(r.Header.Get("X-Project-Id"), r.Header.Get("X-Tenant-Id")),
		Roles:     []string{"admin"},
		NoAuth:    true,
	}, nil
}
