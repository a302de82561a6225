package keystone_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
)

func TestMayRequest(t *testing.T) {
	rule := func(path string) []keystone.AccessRule {
		return []keystone.AccessRule{{Service: "load-balancer", Method: "GET", Path: path}}
	}
	const list = "/v2/lbaas/loadbalancers"
	for _, test := range []struct {
		name  string
		rules []keystone.AccessRule
		path  string
		want  bool
	}{
		{"no rules", nil, list, true},
		{"rules for nothing", []keystone.AccessRule{}, list, false},
		{"the path", rule(list), list, true},
		{"another path", rule(list), list + "/1", false},
		{"a longer rule", rule(list + "/1"), list, false},
		{"a star", rule(list + "/*"), list + "/1", true},
		{"a star for nothing", rule(list + "/*"), list + "/", false},
		{"a star for more", rule(list + "/*"), list + "/1/status", false},
		{"a name", rule(list + "/{id}/status"), list + "/1/status", true},
		{"two stars", rule("/v2/**"), list + "/1/status", true},
		{"two stars in the middle", rule("/v2/**/status"), list + "/1/stats", false},
		{"a dot is a dot", rule("/v2.0/lbaas"), "/v2x0/lbaas", false},
		{"what regular expressions know", rule("/v2/(+"), "/v2/(+", true},
		{"another service", []keystone.AccessRule{{Service: "compute", Method: "GET", Path: list}}, list, false},
		{"another method", []keystone.AccessRule{{Service: "load-balancer", Method: "POST", Path: list}}, list, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			who := keystone.Identity{AccessRules: test.rules}
			if got := who.MayRequest("load-balancer", http.MethodGet, test.path); got != test.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

// Keystone tells of access rules only those who say that they hold tokens to them.
func TestValidateReadsAccessRules(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		const user = `"expires_at": "2999-01-01T00:00:00.000000Z", "user": {"id": "u", "name": "u", "domain": {"id": "default", "name": "Default"}}`
		switch {
		case r.Method == http.MethodPost:
			w.Header().Set("X-Subject-Token", "service-token")
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"token": {` + user + `, "catalog": []}}`))
		case r.Header.Get("OpenStack-Identity-Access-Rules") != "1.0":
			w.WriteHeader(http.StatusNotFound)
		default:
			_, _ = w.Write([]byte(`{"token": {` + user + `, "application_credential": {"id": "c", "restricted": true, "access_rules": [
				{"id": "1", "service": "load-balancer", "method": "GET", "path": "/v2/**"}]}}}`))
		}
	}))
	defer server.Close()
	who, err := keystone.NewValidator(newSession(t, serviceConfig(server.URL), nil)).Validate(t.Context(), "token")
	if err != nil {
		t.Fatal(err)
	}
	want := []keystone.AccessRule{{Service: "load-balancer", Method: "GET", Path: "/v2/**"}}
	if diff := cmp.Diff(want, who.AccessRules); diff != "" {
		t.Errorf("access rules (-want +got):\n%s", diff)
	}
}
