package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/policy"
)

// TokenValidator tells who the bearer of a token is; keystone.Validator does.
type TokenValidator interface {
	Validate(ctx context.Context, token string) (keystone.Identity, error)
	// ValidateExpired takes a token that has expired as well, for as long as Keystone does.
	ValidateExpired(ctx context.Context, token string) (keystone.Identity, error)
}

// errAccessRules says why a token that Keystone knows is refused.
var errAccessRules = errors.New("the access rules of the token's application credential do not have this request")

// KeystoneAuth believes the tokens that Keystone knows.
type KeystoneAuth struct {
	Validator TokenValidator
	// PublicURI is where users get tokens: what OpenStack's services call www_authenticate_uri.
	PublicURI string
	// ServiceType is this service's type in the access rules of application credentials. Empty, no restricted token is believed.
	ServiceType string
}

// Authenticate implements Authenticator.
func (k KeystoneAuth) Authenticate(ctx context.Context, r *http.Request) (Identity, error) {
	// X-Storage-Token is the name that Swift's clients use, and keystonemiddleware takes everywhere.
	token := cmp.Or(r.Header.Get("X-Auth-Token"), r.Header.Get("X-Storage-Token"))
	challenge := fmt.Sprintf("Keystone uri=%q", k.PublicURI)
	if token == "" {
		return Identity{}, &UnauthenticatedError{Challenge: challenge}
	}
	passing, err := k.service(ctx, r.Header.Get("X-Service-Token"), challenge)
	if err != nil {
		return Identity{}, err
	}
	validate := k.Validator.Validate
	if passing.HasRole(serviceRole) {
		validate = k.Validator.ValidateExpired
	}
	id, err := validate(ctx, token)
	if err != nil {
		return Identity{}, tokenError(err, challenge)
	}
	if !id.MayRequest(k.ServiceType, r.Method, r.URL.Path) {
		// keystonemiddleware's answer: to this request it is no valid token.
		return Identity{}, &UnauthenticatedError{Challenge: challenge, Err: errAccessRules}
	}
	return Identity{
		UserID: id.UserID, UserDomainID: id.UserDomainID, ProjectID: id.ProjectID, ProjectDomainID: id.ProjectDomainID,
		DomainID: id.DomainID, SystemScope: id.SystemScope, Roles: id.Roles, Token: token,
		Service: policy.ServiceCredentials{
			UserID: passing.UserID, UserDomainID: passing.UserDomainID, ProjectID: passing.ProjectID,
			ProjectDomainID: passing.ProjectDomainID, Roles: passing.Roles,
		},
	}, nil
}

// serviceRole is the role by which a service is known as one (keystonemiddleware's service_token_roles).
const serviceRole = "service"

// service tells which service passes a user's request on; nobody when there is no token of one. A token that is not valid spoils
// the request, as with keystonemiddleware. One of somebody who is no service is only told to the policy.
func (k KeystoneAuth) service(ctx context.Context, token, challenge string) (keystone.Identity, error) {
	if token == "" {
		return keystone.Identity{}, nil
	}
	id, err := k.Validator.Validate(ctx, token)
	if err != nil {
		return keystone.Identity{}, tokenError(err, challenge)
	}
	return id, nil
}

// tokenError says what a token's failure means for its request.
func tokenError(err error, challenge string) error {
	switch {
	case errors.Is(err, keystone.ErrInvalidToken):
		return &UnauthenticatedError{Challenge: challenge, Err: err}
	case errors.Is(err, keystone.ErrUnavailable):
		return &lbaas.Error{Kind: lbaas.KindUnavailable, Message: "The Keystone service is temporarily unavailable.", Err: err}
	}
	return fmt.Errorf("validate the token of a request: %w", err)
}
