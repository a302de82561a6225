package api_test

import (
	"net/http"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
)

// A restricted application credential's token is one only for the requests that its access rules have.
func TestAccessRules(t *testing.T) {
	restricted := keystone.Identity{UserID: "u", ProjectID: project, Roles: []string{"load-balancer_member"}, AccessRules: []keystone.AccessRule{
		{Service: "load-balancer", Method: http.MethodGet, Path: "/v2/lbaas/loadbalancers"},
	}}
	for _, test := range []struct {
		name, serviceType, method, path string
		want                            int
	}{
		{"in the rules", "load-balancer", "GET", "/v2/lbaas/loadbalancers", http.StatusOK},
		{"with a query", "load-balancer", "GET", "/v2/lbaas/loadbalancers?limit=1", http.StatusOK},
		{"another path", "load-balancer", "GET", "/v2/lbaas/pools", http.StatusUnauthorized},
		{"another method", "load-balancer", "POST", "/v2/lbaas/loadbalancers", http.StatusUnauthorized},
		{"another service", "network", "GET", "/v2/lbaas/loadbalancers", http.StatusUnauthorized},
		{"a service that does not know its type", "", "GET", "/v2/lbaas/loadbalancers", http.StatusUnauthorized},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFront(t, func(o *api.Options) {
				o.Authenticator = api.KeystoneAuth{ServiceType: test.serviceType, Validator: tokens{"token": restricted}}
			})
			if got := f.do(test.method, test.path, "{}", "X-Auth-Token: token"); got.status != test.want {
				t.Errorf("answered %d, want %d: %s", got.status, test.want, got.body)
			}
		})
	}
}
