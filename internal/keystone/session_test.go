package keystone_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
)

func TestServiceCredentials(t *testing.T) {
	cloud := startCloud(t, nil)
	base := strings.TrimSuffix(cloud.IdentityURL(), "/v3")
	service := cloud.ProjectID("service")
	tests := []struct {
		name   string
		change func(*keystone.Config)
	}{
		{"password", func(*keystone.Config) {}},
		{"v3password", func(c *keystone.Config) { c.AuthType = keystone.AuthV3Password }},
		{"domains by id", func(c *keystone.Config) {
			c.UserDomainID, c.UserDomainName, c.ProjectDomainID, c.ProjectDomainName = "default", "ignored", "default", ""
		}},
		{"no domains", func(c *keystone.Config) { c.UserDomainName, c.ProjectDomainName = "", "" }},
		{"project by id", func(c *keystone.Config) { c.ProjectID, c.ProjectName = service, "" }},
		{"application credential", func(c *keystone.Config) {
			*c = keystone.Config{
				AuthURL: c.AuthURL, AuthType: keystone.AuthApplicationCredential,
				ApplicationCredentialID: "service-credential", ApplicationCredentialSecret: "credential-secret",
			}
		}},
		{"URL without a version", func(c *keystone.Config) { c.AuthURL = base }},
		{"URL with a slash", func(c *keystone.Config) { c.AuthURL = base + "/v3/" }},
		{"URL with an old version", func(c *keystone.Config) { c.AuthURL = base + "/v2.0" }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := newValidator(t, cloud, test.change).Validate(t.Context(), issue(t, cloud, "demo", "demo")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestKeystoneMayStartLater(t *testing.T) {
	cloud := startCloud(t, nil)
	token := issue(t, cloud, "demo", "demo")
	config := serviceConfig(cloud.IdentityURL())
	if err := cloud.Close(); err != nil {
		t.Fatal(err)
	}
	validator := keystone.NewValidator(newSession(t, config, nil))
	if _, err := validator.Validate(t.Context(), token); !errors.Is(err, keystone.ErrUnavailable) {
		t.Errorf("Keystone is down: %v", err)
	}
	later := httptest.NewServer(cloud.Handler())
	defer later.Close()
	config.AuthURL = later.URL + "/identity"
	validator = keystone.NewValidator(newSession(t, config, nil))
	if _, err := validator.Validate(t.Context(), token); err != nil {
		t.Error(err)
	}
}

func TestRefusedServiceCredentials(t *testing.T) {
	cloud := startCloud(t, nil)
	config := serviceConfig(cloud.IdentityURL())
	config.Password = "wrong-password"
	var log bytes.Buffer
	validator := keystone.NewValidator(newSession(t, config, &log))
	token := issue(t, cloud, "demo", "demo")
	for range 3 {
		if _, err := validator.Validate(t.Context(), token); !errors.Is(err, keystone.ErrUnavailable) || errors.Is(err, keystone.ErrInvalidToken) {
			t.Errorf("got %v", err)
		}
	}
	if got := cloud.Counts().Logins; got != 1 {
		t.Errorf("refused credentials were tried %d times: the account may get locked", got)
	}
	if !strings.Contains(log.String(), "refuses the credentials") {
		t.Errorf("the operator is not told: %s", log.String())
	}
}

func TestServiceUserWithoutRights(t *testing.T) {
	cloud := startCloud(t, nil)
	validator := newValidator(t, cloud, func(c *keystone.Config) { c.Username, c.ProjectName = "alt", "alt" })
	if _, err := validator.Validate(t.Context(), issue(t, cloud, "demo", "demo")); !errors.Is(err, keystone.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

func TestLoginIsRenewed(t *testing.T) {
	cloud := startCloud(t, nil)
	session := newSession(t, serviceConfig(cloud.IdentityURL()), nil)
	validator := keystone.NewValidator(session)
	if _, err := validator.Validate(t.Context(), issue(t, cloud, "demo", "demo")); err != nil {
		t.Fatal(err)
	}
	cloud.RevokeAll()
	if _, err := validator.Validate(t.Context(), issue(t, cloud, "alt", "alt")); err != nil {
		t.Errorf("after the service's token was revoked: %v", err)
	}
	if got := cloud.Counts().Logins; got != 2 {
		t.Errorf("%d logins, want 2", got)
	}
}

func TestLoginAboutToExpireIsRenewedBeforehand(t *testing.T) {
	cloud := startCloud(t, func(o *cloudsim.Options) { o.TokenLifetime = 30 * time.Second })
	session := newSession(t, serviceConfig(cloud.IdentityURL()), nil)
	for want := 1; want <= 2; want++ {
		if _, err := session.Client(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := cloud.Counts().Logins; got != want {
			t.Errorf("%d logins, want %d", got, want)
		}
	}
}

func TestConcurrentRenewals(t *testing.T) {
	cloud := startCloud(t, func(o *cloudsim.Options) { o.TokenLifetime = 30 * time.Second })
	validator := newValidator(t, cloud, func(c *keystone.Config) { c.CacheTime = -1 })
	token := issue(t, cloud, "demo", "demo")
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 5 {
				if _, err := validator.Validate(t.Context(), token); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
}

func TestEndpoint(t *testing.T) {
	cloud := startCloud(t, nil)
	session := newSession(t, serviceConfig(cloud.IdentityURL()), nil)
	tests := []struct {
		service, region string
		interfaces      []string
		want            string
	}{
		{"network", "", nil, cloud.NetworkURL() + "/"},
		{"network", "RegionOne", []string{"internal"}, cloud.NetworkURL() + "/"},
		{"network", "", []string{"private", "public"}, cloud.NetworkURL() + "/"},
		{"network", "RegionTwo", nil, ""},
		{"network", "", []string{"private"}, ""},
		{"compute", "", nil, ""},
	}
	for _, test := range tests {
		got, err := session.Endpoint(t.Context(), test.service, test.region, test.interfaces)
		if got != test.want || (test.want == "") != errors.Is(err, keystone.ErrNoEndpoint) {
			t.Errorf("%+v: %q, %v", test, got, err)
		}
	}
	cloud.RevokeAll()
	cloud.FailIdentity(1, 503)
	fresh := newSession(t, serviceConfig(cloud.IdentityURL()), nil)
	if _, err := fresh.Endpoint(t.Context(), "network", "", nil); !errors.Is(err, keystone.ErrUnavailable) {
		t.Errorf("without a login: %v", err)
	}
}

func TestConfigThatCannotBe(t *testing.T) {
	good := serviceConfig("http://127.0.0.1:5000")
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, want string
		change     func(*keystone.Config)
	}{
		{"no URL", "auth_url", func(c *keystone.Config) { c.AuthURL = "" }},
		{"URL of another scheme", "auth_url", func(c *keystone.Config) { c.AuthURL = "ldap://x" }},
		{"no user", "username is missing", func(c *keystone.Config) { c.Username = "" }},
		{"no password", "password is missing", func(c *keystone.Config) { c.Password = "" }},
		{"no project", "project_name is missing", func(c *keystone.Config) { c.ProjectName = "" }},
		{"another auth type", "v3applicationcredential", func(c *keystone.Config) { c.AuthType = "v2password" }},
		{"no credential id", "application_credential_id", func(c *keystone.Config) { c.AuthType = keystone.AuthApplicationCredential }},
		{"no credential secret", "application_credential_secret", func(c *keystone.Config) { c.AuthType = keystone.AuthApplicationCredential }},
		{"negative timeout", "negative", func(c *keystone.Config) { c.Timeout = -1 }},
		{"no such CA file", "CA file", func(c *keystone.Config) { c.CAFile = "does-not-exist.pem" }},
		{"CA file without a certificate", "has no certificate", func(c *keystone.Config) { c.CAFile = notPEM }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := good
			test.change(&config)
			_, err := keystone.NewSession(config, slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
		})
	}
}

func TestCAFileAndInsecure(t *testing.T) {
	cloud := startCloud(t, nil)
	token := issue(t, cloud, "demo", "demo")
	server := httptest.NewUnstartedServer(cloud.Handler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, certificatePEM(server), 0o600); err != nil {
		t.Fatal(err)
	}
	config := serviceConfig(server.URL + "/identity/v3")
	if _, err := keystone.NewValidator(newSession(t, config, nil)).Validate(t.Context(), token); !errors.Is(err, keystone.ErrUnavailable) {
		t.Errorf("an unknown CA: %v", err)
	}
	config.CAFile = ca
	if _, err := keystone.NewValidator(newSession(t, config, nil)).Validate(t.Context(), token); err != nil {
		t.Errorf("with the CA's file: %v", err)
	}
	config.CAFile, config.Insecure = "", true
	if _, err := keystone.NewValidator(newSession(t, config, nil)).Validate(t.Context(), token); err != nil {
		t.Errorf("insecure: %v", err)
	}
}

// A service may be behind another authority than Keystone is, for the service's own user as for others.
func TestServicesMayBeTrustedOtherwise(t *testing.T) {
	cloud := startCloud(t, nil)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, certificatePEM(server), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		services *keystone.Trust
		works    bool
	}{
		"as Keystone":        {nil, false},
		"by their authority": {&keystone.Trust{CAFile: ca}, true},
		"unseen":             {&keystone.Trust{Insecure: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			config := serviceConfig(cloud.IdentityURL())
			config.Services = test.services
			session := newSession(t, config, nil)
			for who, client := range map[string]func(context.Context) (*gophercloud.ProviderClient, error){
				"service": session.Client, "user": session.As(issue(t, cloud, "demo", "demo")).Client,
			} {
				provider, err := client(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				response, err := provider.Request(t.Context(), http.MethodGet, server.URL, &gophercloud.RequestOpts{})
				if err == nil {
					err = response.Body.Close()
				}
				if (err == nil) != test.works {
					t.Errorf("as the %s: %v", who, err)
				}
			}
		})
	}
}

// certificatePEM is the certificate of a TLS test server, which is its own CA.
func certificatePEM(server *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}
