package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// TokenValidator tells who the bearer of a token is; keystone.Validator does.
type TokenValidator interface {
	Validate(ctx context.Context, token string) (keystone.Identity, error)
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
	id, err := k.Validator.Validate(ctx, token)
	switch {
	case errors.Is(err, keystone.ErrInvalidToken):
		return Identity{}, &UnauthenticatedError{Challenge: challenge, Err: err}
	case errors.Is(err, keystone.ErrUnavailable):
		return Identity{}, &lbaas.Error{
			Kind: lbaas.KindUnavailable, Message: "The Keystone service is temporarily unavailable.", Err: err,
		}
	case err != nil:
		return Identity{}, fmt.Errorf("validate the token of a request: %w", err)
	}
	if !id.MayRequest(k.ServiceType, r.Method, r.URL.Path) {
		// keystonemiddleware's answer: to this request it is no valid token.
		return Identity{}, &UnauthenticatedError{Challenge: challenge, Err: errAccessRules}
	}
	return Identity{
		UserID: id.UserID, UserDomainID: id.UserDomainID, ProjectID: id.ProjectID, ProjectDomainID: id.ProjectDomainID,
		DomainID: id.DomainID, SystemScope: id.SystemScope, Roles: id.Roles, Token: token,
	}, nil
}
