package keystone

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/avi-lbaas/avi-lbaas/internal/requestid"
)

// AuthType is how the service logs in, spelled as in [keystone_authtoken] auth_type.
type AuthType string

// The values of AuthType. Both spellings of password mean the same.
const (
	AuthPassword              AuthType = "password"
	AuthV3Password            AuthType = "v3password"
	AuthApplicationCredential AuthType = "v3applicationcredential"
)

// Defaults of Config.
const (
	DefaultCacheTime = 300 * time.Second
	DefaultTimeout   = 10 * time.Second
)

// Config says where Keystone is and who this service is there. Its fields carry the meaning of the [keystone_authtoken]
// options of the same name.
type Config struct {
	// AuthURL is Keystone's address, with or without a version at its end; always v3 is spoken.
	AuthURL string
	// AuthType is AuthPassword when empty.
	AuthType AuthType

	// Username or UserID, with the user's domain by name or id (the domain "default" when both are empty), and Password
	// are for AuthPassword.
	Username, UserID             string
	UserDomainName, UserDomainID string
	Password                     string
	// The project that the service acts in, by id, or by name and domain (by default the domain "default").
	ProjectName, ProjectID             string
	ProjectDomainName, ProjectDomainID string

	// ApplicationCredentialID and ApplicationCredentialSecret are for AuthApplicationCredential.
	ApplicationCredentialID     string
	ApplicationCredentialSecret string

	// Trust is for Keystone, and where Services is nil for the services that are reached through the Session too.
	Trust
	// Services are those who are trusted as those services, where that is not Trust.
	Services *Trust
	// Region selects endpoints from the catalog; empty takes the first of a type.
	Region string

	// CacheTime is how long the answer on a token is remembered, so also how long a revoked token may still be accepted.
	// 0 means DefaultCacheTime, a negative value asks Keystone each time.
	CacheTime time.Duration
	// CacheSize is how many valid tokens are remembered at most, DefaultCacheSize when 0.
	CacheSize int
	// Timeout bounds each request to Keystone and to services reached through the Session, DefaultTimeout when 0.
	Timeout time.Duration
}

// Trust says which servers are believed to be who they are.
type Trust struct {
	// CAFile has the PEM certificates that are trusted instead of the system's; Insecure trusts any.
	CAFile   string
	Insecure bool
}

// defaultDomainID is the domain that users and projects are in when none is named.
const defaultDomainID = "default"

// Validate names every setting that is missing or wrong.
func (c Config) Validate() error {
	var problems []error
	if u, err := url.Parse(c.AuthURL); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		problems = append(problems, errors.New("auth_url must be an http or https URL"))
	}
	switch cmp.Or(c.AuthType, AuthPassword) {
	case AuthPassword, AuthV3Password:
		if c.Username == "" && c.UserID == "" {
			problems = append(problems, errors.New("username is missing"))
		}
		if c.Password == "" {
			problems = append(problems, errors.New("password is missing"))
		}
		if c.ProjectName == "" && c.ProjectID == "" {
			problems = append(problems, errors.New("project_name is missing"))
		}
	case AuthApplicationCredential:
		if c.ApplicationCredentialID == "" {
			problems = append(problems, errors.New("application_credential_id is missing"))
		}
		if c.ApplicationCredentialSecret == "" {
			problems = append(problems, errors.New("application_credential_secret is missing"))
		}
	default:
		problems = append(problems, fmt.Errorf("auth_type %q is not one of %s, %s, %s", c.AuthType,
			AuthPassword, AuthV3Password, AuthApplicationCredential))
	}
	if c.Timeout < 0 || c.CacheSize < 0 {
		problems = append(problems, errors.New("timeout and cache size must not be negative"))
	}
	if len(problems) > 0 {
		return fmt.Errorf("keystone credentials: %w", errors.Join(problems...))
	}
	return nil
}

// authOptions are the credentials in gophercloud's form.
func (c Config) authOptions() *gophercloud.AuthOptions {
	if c.AuthType == AuthApplicationCredential {
		return &gophercloud.AuthOptions{
			ApplicationCredentialID:     c.ApplicationCredentialID,
			ApplicationCredentialSecret: c.ApplicationCredentialSecret,
		}
	}
	options := &gophercloud.AuthOptions{Password: c.Password, Scope: &gophercloud.AuthScope{}}
	if c.UserID != "" {
		options.UserID = c.UserID
	} else {
		options.Username = c.Username
		options.DomainID, options.DomainName = oneDomain(c.UserDomainID, c.UserDomainName)
	}
	if c.ProjectID != "" {
		options.Scope.ProjectID = c.ProjectID
	} else {
		options.Scope.ProjectName = c.ProjectName
		options.Scope.DomainID, options.Scope.DomainName = oneDomain(c.ProjectDomainID, c.ProjectDomainName)
	}
	return options
}

// oneDomain keeps the id when both are given, as gophercloud takes only one.
func oneDomain(id, name string) (onlyID, onlyName string) {
	switch {
	case id != "":
		return id, ""
	case name != "":
		return "", name
	default:
		return defaultDomainID, ""
	}
}

// identityBase is the AuthURL without a version, ending in a slash: operators write it either way.
func (c Config) identityBase() string {
	base := strings.TrimRight(c.AuthURL, "/")
	for _, version := range []string{"/v3", "/v2.0"} {
		base = strings.TrimSuffix(base, version)
	}
	return base + "/"
}

// httpClient has its own connections, which Session.Close can close.
func (c Config) httpClient(server string, trust Trust) (*http.Client, error) {
	base, isTransport := http.DefaultTransport.(*http.Transport)
	if !isTransport {
		base = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	transport := base.Clone()
	transport.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: trust.Insecure, //nolint:gosec // the operator's "insecure" option asks for exactly this
	}
	if trust.CAFile != "" {
		pem, err := os.ReadFile(trust.CAFile)
		if err != nil {
			return nil, fmt.Errorf("reading the CA file for %s: %w", server, err)
		}
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("the CA file %s for %s has no certificate", trust.CAFile, server)
		}
	}
	return &http.Client{Transport: requestid.Transport{Next: transport}, Timeout: cmp.Or(c.Timeout, DefaultTimeout)}, nil
}
