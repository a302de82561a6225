package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
)

// as is an authenticator that takes everybody for a user of the project with these roles.
type asRoles []string

func as(roles ...string) asRoles { return roles }

func (r asRoles) Authenticate(context.Context, *http.Request) (api.Identity, error) {
	return api.Identity{UserID: "u", ProjectID: project, Roles: r}, nil
}

// tokens is a Keystone that knows a few tokens.
type tokens map[string]keystone.Identity

func (k tokens) Validate(_ context.Context, token string) (keystone.Identity, error) {
	switch token {
	case "away":
		return keystone.Identity{}, fmt.Errorf("ask: %w", keystone.ErrUnavailable)
	case "broken":
		return keystone.Identity{}, errors.New("a mistake of ours")
	}
	id, ok := k[token]
	if !ok {
		return id, fmt.Errorf("look up: %w", keystone.ErrInvalidToken)
	}
	return id, nil
}

// ValidateExpired also knows those whose names say that they have expired.
func (k tokens) ValidateExpired(ctx context.Context, token string) (keystone.Identity, error) {
	if id, ok := k["expired:"+token]; ok {
		return id, nil
	}
	return k.Validate(ctx, token)
}

// A service passes a user's request on with a token of its own. Then the user's may have expired, and rules may ask who the service is.
func TestServiceTokens(t *testing.T) {
	f := newSite(t, nil, withPolicy(t, `"os_load-balancer_api:pool:get_all": "role:load-balancer_observer and service_roles:service"`), func(o *api.Options) {
		o.Authenticator = api.KeystoneAuth{Validator: tokens{
			"user":         {UserID: "u", ProjectID: project, Roles: []string{"load-balancer_observer"}},
			"expired:late": {UserID: "u", ProjectID: project, Roles: []string{"load-balancer_observer"}},
			"service":      {UserID: "s", ProjectID: otherProject, Roles: []string{"service"}},
			"other":        {UserID: "o", ProjectID: otherProject, Roles: []string{"load-balancer_member"}},
		}}
	})
	for _, test := range []struct {
		user, service string
		want          int
	}{
		{"user", "", http.StatusForbidden},
		{"user", "service", http.StatusOK},
		{"user", "other", http.StatusForbidden},
		{"user", "nonsense", http.StatusUnauthorized},
		{"user", "away", http.StatusServiceUnavailable},
		{"late", "", http.StatusUnauthorized},
		{"late", "service", http.StatusOK},
		{"late", "other", http.StatusUnauthorized},
		{"nonsense", "service", http.StatusUnauthorized},
		{"", "service", http.StatusUnauthorized},
	} {
		headers := []string{"X-Auth-Token: " + test.user}
		if test.service != "" {
			headers = append(headers, "X-Service-Token: "+test.service)
		}
		if got := f.do("GET", "/v2/lbaas/pools", "", headers...); got.status != test.want {
			t.Errorf("%q passed on by %q answered %d, want %d: %s", test.user, test.service, got.status, test.want, got.body)
		}
	}
}

func TestKeystoneTokens(t *testing.T) {
	f := newFront(t, func(o *api.Options) {
		o.Authenticator = api.KeystoneAuth{
			PublicURI: "https://keystone.example.org",
			Validator: tokens{"good-secret": {UserID: "user-1", ProjectID: project, Roles: []string{"load-balancer_observer"}}},
		}
	})
	for _, test := range []struct {
		name, header string
		want         int
	}{
		{"no token", "X-None: x", http.StatusUnauthorized},
		{"a bad token", "X-Auth-Token: bad-secret", http.StatusUnauthorized},
		{"a good token", "X-Auth-Token: good-secret", http.StatusOK},
		{"the other header", "X-Storage-Token: good-secret", http.StatusOK},
		{"Keystone away", "X-Auth-Token: away", http.StatusServiceUnavailable},
		{"something else", "X-Auth-Token: broken", http.StatusInternalServerError},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := f.do("GET", "/v2/lbaas/loadbalancers", "", test.header)
			if got.status != test.want {
				t.Fatalf("answered %d, want %d: %s", got.status, test.want, got.body)
			}
			if got.header.Get("X-Openstack-Request-Id") == "" {
				t.Error("the answer has no request id")
			}
			switch test.want {
			case http.StatusUnauthorized:
				if c := got.header.Get("WWW-Authenticate"); c != `Keystone uri="https://keystone.example.org"` {
					t.Errorf("WWW-Authenticate = %q", c)
				}
				want := map[string]any{"error": map[string]any{
					"code": 401.0, "title": "Unauthorized", "message": "The request you have made requires authentication.",
				}}
				if diff := cmp.Diff(want, got.object(t)); diff != "" {
					t.Errorf("body (-want +got):\n%s", diff)
				}
			case http.StatusServiceUnavailable:
				if got.header.Get("Retry-After") == "" {
					t.Error("there is no Retry-After")
				}
			}
		})
	}
	if strings.Contains(f.log.String(), "secret") {
		t.Errorf("a token is in the log:\n%s", f.log)
	}
	if !strings.Contains(f.log.String(), "project_id="+project+" user_id=user-1") {
		t.Errorf("the caller is not in the log:\n%s", f.log)
	}
}

// Clients discover versions before they have a token, and load balancers check the health without one.
func TestWhatNeedsNoToken(t *testing.T) {
	f := newFront(t, func(o *api.Options) { o.Authenticator = api.KeystoneAuth{Validator: tokens{}} })
	for _, path := range []string{"/", "/v2", "/v2/", "/v2.0", "/v2/lbaas", "/healthcheck"} {
		if got := f.do("GET", path, ""); got.status != http.StatusOK {
			t.Errorf("GET %s answered %d, want 200", path, got.status)
		}
	}
}

func TestRoles(t *testing.T) {
	const ok, no = true, false
	for _, test := range []struct {
		roles                                 string
		read, write, readOthers, changeOthers bool
	}{
		{"", no, no, no, no},
		{"creator", no, no, no, no},
		{"load-balancer_quota_admin", no, no, no, no},
		{"reader", no, no, no, no},
		{"load-balancer_observer", ok, no, no, no},
		{"Load-Balancer_Observer", ok, no, no, no},
		{"member", no, no, no, no},
		{"load-balancer_member", ok, ok, no, no},
		{"load-balancer_global_observer", ok, no, ok, no},
		{"load-balancer_global_observer,load-balancer_member", ok, ok, ok, no},
		{"admin", ok, ok, ok, ok},
		{"ADMIN", ok, ok, ok, ok},
		{"load-balancer_admin", ok, ok, ok, ok},
	} {
		t.Run(test.roles, func(t *testing.T) {
			f := newFront(t)
			f.populate(t)
			f.must(t, "POST", "/v2/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "`+subnetID+`"}}`, "X-Project-Id: "+otherProject)
			mine, others := "/v2/loadbalancers/"+lbID(), "/v2/loadbalancers/"+newID(6)
			g := newFront(t, func(o *api.Options) {
				o.Service, o.Authenticator = f.memory, as(strings.Split(test.roles, ",")...)
			})
			const change = `{"loadbalancer": {"name": "n"}}`
			for _, try := range []struct {
				method, path string
				allowed      bool
			}{
				{"GET", mine, test.read},
				{"GET", others, test.readOthers},
				{"PUT", mine, test.write},
				{"PUT", others, test.changeOthers},
				{"GET", "/v2/lbaas/providers", test.read},
			} {
				got := g.do(try.method, try.path, change)
				if allowed := got.status == http.StatusOK; allowed != try.allowed {
					t.Errorf("%s %s answered %d, allowed should be %v: %s", try.method, try.path, got.status, try.allowed, got.body)
				}
				if got.status == http.StatusForbidden && got.fault(t) != "Policy does not allow this request to be performed." {
					t.Errorf("said %q", got.fault(t))
				}
			}
		})
	}
}
