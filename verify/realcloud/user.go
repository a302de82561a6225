//go:build verify

package realcloud

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/applicationcredentials"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/tokens"
)

// User is somebody who is logged in.
type User struct {
	// Name is the user's, Project that of the project; ProjectID and ID are Keystone's.
	Name, Project, ID, ProjectID string

	cloud     *Cloud
	provider  *gophercloud.ProviderClient
	transport *http.Transport
}

// As logs a user in, with the project that it has its roles in. Close the user at the end.
func (c *Cloud) As(ctx context.Context, name string) (*User, error) {
	u := &User{Name: name, Project: "admin", cloud: c}
	for _, a := range accounts() {
		if a.name == name {
			u.Project = a.project
		}
	}
	var err error
	if u.provider, u.transport, err = c.login(ctx, u.Name, u.Project); err != nil {
		return nil, err
	}
	result, ok := u.provider.GetAuthResult().(tokens.CreateResult)
	if !ok {
		return nil, fmt.Errorf("log in as %s: gophercloud has no result", name)
	}
	user, err := result.ExtractUser()
	if err != nil {
		return nil, fmt.Errorf("log in as %s: %w", name, err)
	}
	project, err := result.ExtractProject()
	if err != nil {
		return nil, fmt.Errorf("log in as %s: %w", name, err)
	}
	u.ID, u.ProjectID = user.ID, project.ID
	return u, nil
}

// Close closes idle connections.
func (u *User) Close() { u.transport.CloseIdleConnections() }

// Token is the user's token for its project.
func (u *User) Token() string { return u.provider.Token() }

// Environment is what the openstack client logs in by as the user.
func (u *User) Environment() []string {
	return []string{
		"OS_AUTH_URL=" + u.cloud.IdentityURL, "OS_IDENTITY_API_VERSION=3", "OS_REGION_NAME=" + Region, "OS_INTERFACE=public",
		"OS_USERNAME=" + u.Name, "OS_PASSWORD=" + u.cloud.password, "OS_USER_DOMAIN_NAME=Default",
		"OS_PROJECT_NAME=" + u.Project, "OS_PROJECT_DOMAIN_NAME=Default", "NO_PROXY=*", "no_proxy=*",
	}
}

// Password is that of every user.
func (c *Cloud) Password() string { return c.password }

// FreshToken is another token of the user's; an unscoped one is for no project.
func (u *User) FreshToken(ctx context.Context, unscoped bool) (string, error) {
	options := &tokens.AuthOptions{Username: u.Name, Password: u.cloud.password, DomainID: "default"}
	if unscoped {
		return u.token(ctx, options)
	}
	options.Scope = tokens.Scope{ProjectID: u.ProjectID}
	return u.token(ctx, options)
}

func (u *User) token(ctx context.Context, options *tokens.AuthOptions) (string, error) {
	// Without a token of its own, so that Keystone answers about nothing but the options.
	anonymous := &gophercloud.ProviderClient{IdentityBase: u.provider.IdentityBase, HTTPClient: u.provider.HTTPClient}
	client := &gophercloud.ServiceClient{ProviderClient: anonymous, Endpoint: u.cloud.IdentityURL + "/", Type: "identity"}
	token, err := tokens.Create(ctx, client, options).ExtractTokenID()
	if err != nil {
		return "", fmt.Errorf("get a token for %s: %w", u.Name, err)
	}
	return token, nil
}

// Revoke makes a token of the user's invalid.
func (u *User) Revoke(ctx context.Context, token string) error {
	if err := tokens.Revoke(ctx, u.identity(), token).Err; err != nil {
		return fmt.Errorf("revoke a token of %s: %w", u.Name, err)
	}
	return nil
}

func (u *User) identity() *gophercloud.ServiceClient {
	return &gophercloud.ServiceClient{ProviderClient: u.provider, Endpoint: u.cloud.IdentityURL + "/", Type: "identity"}
}

// Credential is an application credential of a user's.
type Credential struct {
	ID, Secret string
	user       *User
}

// AddCredential makes an application credential with the user's roles. It ends at expires unless that is the zero time; with
// rules it is only good for the requests that they name.
func (u *User) AddCredential(
	ctx context.Context, name string, expires time.Time, rules ...applicationcredentials.AccessRule,
) (Credential, error) {
	options := applicationcredentials.CreateOpts{Name: name, AccessRules: rules}
	if !expires.IsZero() {
		expires = expires.UTC()
		options.ExpiresAt = &expires
	}
	made, err := applicationcredentials.Create(ctx, u.identity(), u.ID, options).Extract()
	if err != nil {
		return Credential{}, fmt.Errorf("make application credential %s: %w", name, err)
	}
	return Credential{ID: made.ID, Secret: made.Secret, user: u}, nil
}

// Token is a new token of the credential's.
func (c Credential) Token(ctx context.Context) (string, error) {
	return c.user.token(ctx, &tokens.AuthOptions{ApplicationCredentialID: c.ID, ApplicationCredentialSecret: c.Secret})
}

// Environment is what the openstack client logs in by with the credential.
func (c Credential) Environment() []string {
	return []string{
		"OS_AUTH_URL=" + c.user.cloud.IdentityURL, "OS_IDENTITY_API_VERSION=3", "OS_REGION_NAME=" + Region, "OS_INTERFACE=public",
		"OS_AUTH_TYPE=v3applicationcredential", "OS_APPLICATION_CREDENTIAL_ID=" + c.ID, "OS_APPLICATION_CREDENTIAL_SECRET=" + c.Secret,
		"NO_PROXY=*", "no_proxy=*",
	}
}

// Remove deletes the credential, and with it its tokens.
func (c Credential) Remove(ctx context.Context) error {
	if err := applicationcredentials.Delete(ctx, c.user.identity(), c.user.ID, c.ID).ExtractErr(); err != nil {
		return fmt.Errorf("remove application credential %s: %w", c.ID, err)
	}
	return nil
}
