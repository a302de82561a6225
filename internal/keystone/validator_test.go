package keystone_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startCloud is the demonstration cloud with an application credential for the service user.
func startCloud(t *testing.T, change func(*cloudsim.Options)) *cloudsim.Cloud {
	t.Helper()
	options := cloudsim.Demo()
	for i := range options.Users {
		if options.Users[i].Name == "avi-lbaas" {
			options.Users[i].ApplicationCredentials = []cloudsim.ApplicationCredential{
				{ID: "service-credential", Name: "c", Secret: "credential-secret", Project: "service"},
			}
		}
	}
	if change != nil {
		change(&options)
	}
	cloud, err := cloudsim.New(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	return cloud
}

// serviceConfig logs in as the demonstration's service user.
func serviceConfig(authURL string) keystone.Config {
	return keystone.Config{
		AuthURL: authURL, Username: "avi-lbaas", UserDomainName: "Default", Password: cloudsim.DemoPassword,
		ProjectName: "service", ProjectDomainName: "Default", Timeout: 5 * time.Second,
	}
}

func newSession(t *testing.T, config keystone.Config, log io.Writer) *keystone.Session {
	t.Helper()
	if log == nil {
		log = io.Discard
	}
	session, err := keystone.NewSession(config, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// newValidator asks the cloud; change may adapt the configuration.
func newValidator(t *testing.T, cloud *cloudsim.Cloud, change func(*keystone.Config)) *keystone.Validator {
	t.Helper()
	config := serviceConfig(cloud.IdentityURL())
	if change != nil {
		change(&config)
	}
	return keystone.NewValidator(newSession(t, config, nil))
}

func issue(t *testing.T, cloud *cloudsim.Cloud, user, project string) string {
	t.Helper()
	token, err := cloud.Token(user, project)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestValidateTellsWhoItIs(t *testing.T) {
	cloud := startCloud(t, nil)
	validator := newValidator(t, cloud, nil)
	got, err := validator.Validate(t.Context(), issue(t, cloud, "demo", "demo"))
	if err != nil {
		t.Fatal(err)
	}
	if left := time.Until(got.TokenExpires); left < 59*time.Minute || left > time.Hour {
		t.Errorf("the token expires in %s", left)
	}
	got.TokenExpires = time.Time{}
	if got.UserID == "" {
		t.Error("no user id")
	}
	want := keystone.Identity{
		UserID: got.UserID, UserName: "demo", UserDomainID: "default", UserDomainName: "Default",
		ProjectID: cloud.ProjectID("demo"), ProjectName: "demo", ProjectDomainID: "default",
		Roles: []string{"member", "reader", "load-balancer_member"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
	admin, err := validator.Validate(t.Context(), issue(t, cloud, "admin", "admin"))
	if err != nil || !admin.HasRole("ADMIN") || admin.HasRole("load-balancer_admin") {
		t.Errorf("admin: %+v, %v", admin, err)
	}
}

// login gets a token by a request of its own, for scopes that the simulator's hook does not have.
func login(t *testing.T, cloud *cloudsim.Cloud, auth string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, cloud.IdentityURL()+"/auth/tokens", strings.NewReader(`{"auth":{`+auth+`}}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		t.Fatalf("login: %s", response.Status)
	}
	return response.Header.Get("X-Subject-Token")
}

func TestScopes(t *testing.T) {
	cloud := startCloud(t, nil)
	validator := newValidator(t, cloud, nil)
	const admin = `"identity":{"methods":["password"],"password":{"user":{"name":"admin","domain":{"id":"default"},"password":"secret"}}}`
	system, err := validator.Validate(t.Context(), login(t, cloud, admin+`,"scope":{"system":{"all":true}}`))
	if err != nil || system.SystemScope != "all" || system.ProjectID != "" || !system.HasRole("admin") {
		t.Errorf("system scope: %+v, %v", system, err)
	}
	domain, err := validator.Validate(t.Context(), login(t, cloud, admin+`,"scope":{"domain":{"name":"Default"}}`))
	if err != nil || domain.DomainID != "default" || domain.DomainName != "Default" || domain.SystemScope != "" {
		t.Errorf("domain scope: %+v, %v", domain, err)
	}
	unscoped, err := validator.Validate(t.Context(), issue(t, cloud, "demo", ""))
	if err != nil || unscoped.ProjectID != "" || len(unscoped.Roles) != 0 {
		t.Errorf("unscoped: %+v, %v", unscoped, err)
	}
	const credential = `"identity":{"methods":["application_credential"],"application_credential":{"id":"service-credential","secret":"credential-secret"}}`
	robot, err := validator.Validate(t.Context(), login(t, cloud, credential))
	if err != nil || robot.ApplicationCredentialID != "service-credential" || robot.ProjectName != "service" {
		t.Errorf("application credential: %+v, %v", robot, err)
	}
}

func TestAnswersAreCached(t *testing.T) {
	cloud := startCloud(t, nil)
	token := issue(t, cloud, "demo", "demo")
	tests := []struct {
		name      string
		cacheTime time.Duration
		token     string
		want      error
		asked     int
	}{
		{"a valid token", 0, token, nil, 1},
		{"an invalid token", 0, "nonsense", keystone.ErrInvalidToken, 1},
		{"a valid token without a cache", -1, token, nil, 3},
		{"an invalid token without a cache", -1, "nonsense", keystone.ErrInvalidToken, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			validator := newValidator(t, cloud, func(c *keystone.Config) { c.CacheTime = test.cacheTime })
			before := cloud.Counts()
			for range 3 {
				if _, err := validator.Validate(t.Context(), test.token); !errors.Is(err, test.want) {
					t.Fatalf("got %v, want %v", err, test.want)
				}
			}
			after := cloud.Counts()
			if asked := after.Validations - before.Validations; asked != test.asked {
				t.Errorf("Keystone was asked %d times, want %d", asked, test.asked)
			}
			if logins := after.Logins - before.Logins; logins != 1 {
				t.Errorf("%d logins, want 1", logins)
			}
		})
	}
}

func TestCallersDoNotShareRoles(t *testing.T) {
	cloud := startCloud(t, nil)
	validator := newValidator(t, cloud, nil)
	token := issue(t, cloud, "demo", "demo")
	first, err := validator.Validate(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	first.Roles[0] = "admin"
	second, err := validator.Validate(t.Context(), token)
	if err != nil || second.Roles[0] != "member" {
		t.Errorf("a caller's change reached another: %v, %v", second.Roles, err)
	}
}

func TestTokensThatCannotBeAreNotSentOn(t *testing.T) {
	cloud := startCloud(t, nil)
	validator := newValidator(t, cloud, nil)
	for _, token := range []string{"", "a b", "a\r\nX-Evil: 1", "tökén", "\x00", strings.Repeat("x", 9000)} {
		if _, err := validator.Validate(t.Context(), token); !errors.Is(err, keystone.ErrInvalidToken) {
			t.Errorf("%.20q: %v", token, err)
		}
	}
	if got := cloud.Counts(); got != (cloudsim.Counts{}) {
		t.Errorf("Keystone was asked: %+v", got)
	}
}

func TestConcurrentCallsShareOneRequest(t *testing.T) {
	cloud := startCloud(t, nil)
	validator := newValidator(t, cloud, nil)
	token := issue(t, cloud, "demo", "demo")
	resume := cloud.PauseIdentity()
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() {
			if _, err := validator.Validate(t.Context(), token); err != nil {
				t.Errorf("a caller who waited got %v", err)
			}
		})
	}
	impatient, giveUp := context.WithCancel(t.Context())
	giveUp()
	if _, err := validator.Validate(impatient, token); !errors.Is(err, keystone.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("the caller who gave up got %v", err)
	}
	resume()
	callers.Wait()
	if got := cloud.Counts(); got.Logins != 1 || got.Validations != 1 {
		t.Errorf("%+v, want one login and one validation", got)
	}
}

func TestOutagesAreNotTheUsersFault(t *testing.T) {
	cloud := startCloud(t, nil)
	token := issue(t, cloud, "demo", "demo")
	for _, status := range []int{400, 403, 429, 500, 502, 503} {
		validator := newValidator(t, cloud, nil)
		if _, err := validator.Validate(t.Context(), issue(t, cloud, "alt", "alt")); err != nil {
			t.Fatal(err)
		}
		cloud.FailIdentity(1, status)
		_, err := validator.Validate(t.Context(), token)
		if !errors.Is(err, keystone.ErrUnavailable) || errors.Is(err, keystone.ErrInvalidToken) {
			t.Errorf("validation answered %d: %v", status, err)
		}
		if _, err := validator.Validate(t.Context(), token); err != nil {
			t.Errorf("after the outage: %v", err)
		}
	}
	cloud.FailIdentity(1, 503)
	if _, err := newValidator(t, cloud, nil).Validate(t.Context(), token); !errors.Is(err, keystone.ErrUnavailable) {
		t.Errorf("login answered 503: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	cloud := startCloud(t, nil)
	validator := newValidator(t, cloud, func(c *keystone.Config) { c.Timeout = 50 * time.Millisecond })
	resume := cloud.PauseIdentity()
	defer resume()
	if _, err := validator.Validate(t.Context(), issue(t, cloud, "demo", "demo")); !errors.Is(err, keystone.ErrUnavailable) {
		t.Errorf("Keystone hangs: %v", err)
	}
}

func TestLogsAndErrorsHaveNoSecrets(t *testing.T) {
	cloud := startCloud(t, nil)
	var log bytes.Buffer
	validator := keystone.NewValidator(newSession(t, serviceConfig(cloud.IdentityURL()), &log))
	token := issue(t, cloud, "demo", "demo")
	_, _ = validator.Validate(t.Context(), token)
	cloud.FailIdentity(1, 500)
	_, err := validator.Validate(t.Context(), issue(t, cloud, "alt", "alt"))
	for _, secret := range []string{token, "gAAAA", cloudsim.DemoPassword} {
		if strings.Contains(log.String(), secret) || strings.Contains(err.Error(), secret) {
			t.Errorf("a secret shows in %q or %q", log.String(), err)
		}
	}
}

// answering is a Keystone that logs anybody in and answers each validation with one status and body.
func answering(t *testing.T, status int, body string) keystone.Config {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.Header().Set("X-Subject-Token", "service-token")
			w.WriteHeader(http.StatusCreated)
			_, _ = io.WriteString(w, `{"token":{"expires_at":"2099-01-01T00:00:00.000000Z","user":{"id":"s"},"catalog":[]}}`)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return serviceConfig(server.URL)
}

func TestStrangeAnswers(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   error
	}{
		{"not JSON", 200, "<html>", keystone.ErrUnavailable},
		{"no token", 200, "{}", keystone.ErrUnavailable},
		{"no expiry", 200, `{"token":{"user":{"id":"u"}}}`, keystone.ErrUnavailable},
		{"an expired token", 200, `{"token":{"expires_at":"2001-01-01T00:00:00Z","user":{"id":"u"}}}`, keystone.ErrInvalidToken},
		{"the service is refused twice", 401, `{"error":{}}`, keystone.ErrUnavailable},
		{"not found", 404, "", keystone.ErrInvalidToken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			validator := keystone.NewValidator(newSession(t, answering(t, test.status, test.body), nil))
			if _, err := validator.Validate(t.Context(), "token"); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// A user's token that has expired is good where a service passes the request on: that Keystone takes it is all that counts.
func TestExpiredTokensOfPassedOnRequests(t *testing.T) {
	const document = `{"token":{"expires_at":"2001-01-01T00:00:00Z","user":{"id":"u"}}}`
	validator := keystone.NewValidator(newSession(t, answering(t, http.StatusOK, document), nil))
	if _, err := validator.Validate(t.Context(), "token"); !errors.Is(err, keystone.ErrInvalidToken) {
		t.Errorf("Validate gave %v, want %v", err, keystone.ErrInvalidToken)
	}
	for range 2 {
		if who, err := validator.ValidateExpired(t.Context(), "token"); err != nil || who.UserID != "u" {
			t.Errorf("ValidateExpired gave %+v, %v", who, err)
		}
	}
	// And nothing of it is remembered.
	if _, err := validator.Validate(t.Context(), "token"); !errors.Is(err, keystone.ErrInvalidToken) {
		t.Errorf("afterwards Validate gave %v, want %v", err, keystone.ErrInvalidToken)
	}
	refused := keystone.NewValidator(newSession(t, answering(t, http.StatusNotFound, ""), nil))
	for _, token := range []string{"too-old", "not a token", ""} {
		if _, err := refused.ValidateExpired(t.Context(), token); !errors.Is(err, keystone.ErrInvalidToken) {
			t.Errorf("%q: ValidateExpired gave %v, want %v", token, err, keystone.ErrInvalidToken)
		}
	}
}
