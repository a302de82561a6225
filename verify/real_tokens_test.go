//go:build verify

package verify_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/applicationcredentials"

	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

// refusedSoon wants a token that the service has just taken to be refused within the cache's time, and says how long it took.
func (s *site) refusedSoon(t *testing.T, token string) {
	t.Helper()
	begun := time.Now()
	eventually(t, "the token is refused", func() bool {
		return s.api(t, token, http.MethodGet, "", nil).status == http.StatusUnauthorized
	})
	const slack = 5 * time.Second // for requests on a busy machine
	if took := time.Since(begun); took > tokenCacheTime+slack {
		t.Errorf("the token was refused after %s, want %s", took, tokenCacheTime)
	}
}

func (s *site) fresh(t *testing.T, u *realcloud.User) string {
	t.Helper()
	token, err := u.FreshToken(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// wants checks the status of a list of load balancers.
func (s *site) wants(t *testing.T, what, token string, status int) answer {
	t.Helper()
	a := s.api(t, token, http.MethodGet, "", nil)
	if a.status != status {
		t.Errorf("%s: answered %d, want %d: %v", what, a.status, status, a.body)
	}
	return a
}

func (s *site) testTokens(t *testing.T) {
	a := s.wants(t, "no token", "", http.StatusUnauthorized)
	if got := a.header.Get("WWW-Authenticate"); !strings.Contains(got, s.cloud.IdentityURL) {
		t.Errorf("WWW-Authenticate is %q", got)
	}
	s.wants(t, "a made-up token", "gAAAAABmadeup", http.StatusUnauthorized)
	s.wants(t, "a good token", s.demo.Token(), http.StatusOK)

	unscoped, err := s.demo.FreshToken(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	s.wants(t, "a token for no project", unscoped, http.StatusForbidden)

	known, unknown := s.fresh(t, s.demo), s.fresh(t, s.demo)
	s.wants(t, "a token to be revoked", known, http.StatusOK)
	for _, token := range []string{known, unknown} {
		if err := s.demo.Revoke(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
	s.wants(t, "a revoked token that was never used", unknown, http.StatusUnauthorized)
	// We may still believe the other one, but Neutron does not; that is not an outage.
	a = s.api(t, known, http.MethodPost, "", onSubnet("revoked", "11111111-2222-4333-8444-555555555555"))
	if a.status != http.StatusForbidden && a.status != http.StatusUnauthorized {
		t.Errorf("a creation with a revoked token: %d %v", a.status, a.body)
	}
	s.refusedSoon(t, known)
}

func (s *site) credential(
	t *testing.T, name string, expires time.Time, rules ...applicationcredentials.AccessRule,
) (realcloud.Credential, string) {
	t.Helper()
	c, err := s.demo.AddCredential(t.Context(), name, expires, rules...)
	if err != nil {
		t.Fatal(err)
	}
	token, err := c.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c, token
}

func (s *site) testApplicationCredentials(t *testing.T) {
	c, token := s.credential(t, "plain", time.Time{})
	s.wants(t, "an application credential's token", token, http.StatusOK)
	client := s.cli(t, s.demo)
	client.environment = append(plainEnvironment(), c.Environment()...)
	client.list("loadbalancer", "list")
	if err := c.Remove(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.refusedSoon(t, token)

	rule := applicationcredentials.AccessRule{Service: "load-balancer", Method: http.MethodGet, Path: "/v2/lbaas/loadbalancers"}
	_, restricted := s.credential(t, "restricted", time.Time{}, rule)
	s.wants(t, "a request that the access rules have", restricted, http.StatusOK)
	for method, path := range map[string]string{http.MethodGet: "/some-id", http.MethodPost: ""} {
		if a := s.api(t, restricted, method, path, nil); a.status != http.StatusUnauthorized {
			t.Errorf("%s %s, which the access rules do not have: %d %v", method, path, a.status, a.body)
		}
	}

	// A token ends with its credential, so this one is a token that expires by itself.
	_, expiring := s.credential(t, "short-lived", time.Now().Add(5*time.Second))
	s.wants(t, "a token that expires soon", expiring, http.StatusOK)
	eventually(t, "the token has expired", func() bool {
		return s.api(t, expiring, http.MethodGet, "", nil).status == http.StatusUnauthorized
	})
}

func (s *site) testRoles(t *testing.T) {
	n := s.network(t, s.demo, "roles", "10.20.0.0/24", false)
	made := s.api(t, s.demo.Token(), http.MethodPost, "", onSubnet("roles", n.SubnetID))
	if made.status != http.StatusCreated {
		t.Fatalf("a member's creation: %d %v", made.status, made.body)
	}
	id, _ := made.body["loadbalancer"].(map[string]any)["id"].(string)
	s.settled(t, s.demo, id)

	for name, sees := range map[string]int{realcloud.UserObserver: http.StatusOK, realcloud.UserReader: http.StatusForbidden} {
		u := s.as(t, name)
		if a := s.api(t, u.Token(), http.MethodGet, "/"+id, nil); a.status != sees {
			t.Errorf("%s looks: %d %v, want %d", name, a.status, a.body, sees)
		}
		for _, change := range []struct {
			method, path string
			body         any
		}{
			{http.MethodPost, "", onSubnet("x", n.SubnetID)},
			{http.MethodPut, "/" + id, map[string]any{"loadbalancer": map[string]any{"name": "x"}}},
			{http.MethodDelete, "/" + id, nil},
		} {
			if a := s.api(t, u.Token(), change.method, change.path, change.body); a.status != http.StatusForbidden {
				t.Errorf("%s %s as %s: %d %v, want 403", change.method, change.path, name, a.status, a.body)
			}
		}
	}
	s.wants(t, "a user without a role that counts", s.as(t, realcloud.UserPlain).Token(), http.StatusForbidden)
	s.cli(t, s.as(t, realcloud.UserObserver)).fails("403", "loadbalancer", "delete", id)

	// Another project neither sees nor touches it; an admin of the cloud does.
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		a := s.api(t, s.alt.Token(), method, "/"+id, map[string]any{"loadbalancer": map[string]any{"name": "mine"}})
		if a.status != http.StatusForbidden && a.status != http.StatusNotFound {
			t.Errorf("%s by another project: %d %v", method, a.status, a.body)
		}
	}
	if a := s.api(t, s.alt.Token(), http.MethodGet, "?project_id="+s.demo.ProjectID, nil); a.status != http.StatusForbidden {
		t.Errorf("another project lists: %d %v", a.status, a.body)
	}
	s.cli(t, s.alt).fails("403", "loadbalancer", "show", id)
	if a := s.api(t, s.admin.Token(), http.MethodGet, "/"+id, nil); a.status != http.StatusOK {
		t.Errorf("an admin looks: %d %v", a.status, a.body)
	}
	s.remove(t, s.demo, id)
}

// settled waits until a load balancer is ACTIVE.
func (s *site) settled(t *testing.T, u *realcloud.User, id string) {
	t.Helper()
	eventually(t, "load balancer "+id+" is ACTIVE", func() bool {
		a := s.api(t, u.Token(), http.MethodGet, "/"+id, nil)
		lb, _ := a.body["loadbalancer"].(map[string]any)
		if lb["provisioning_status"] == "ERROR" {
			t.Fatalf("load balancer %s: %v", id, lb)
		}
		return lb["provisioning_status"] == "ACTIVE"
	})
}

// remove deletes a load balancer with all that hangs from it, and waits until it is gone.
func (s *site) remove(t *testing.T, u *realcloud.User, id string) {
	t.Helper()
	if a := s.api(t, u.Token(), http.MethodDelete, "/"+id+"?cascade=true", nil); a.status != http.StatusNoContent {
		t.Fatalf("delete load balancer %s: %d %v", id, a.status, a.body)
	}
	eventually(t, "load balancer "+id+" is gone", func() bool {
		return s.api(t, u.Token(), http.MethodGet, "/"+id, nil).status == http.StatusNotFound
	})
}

// That our own credentials are wrong is not the user's fault, whose token is good.
func (s *site) testServiceUser(t *testing.T) {
	address := freeAddress(t)
	s.serve(t, service{address: address, password: "not the password"})
	for range 2 {
		a := request(t, s.demo.Token(), http.MethodGet, loadBalancers(address), nil)
		if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
			t.Errorf("answered %d %v, want 503 with Retry-After", a.status, a.body)
		}
	}
}
