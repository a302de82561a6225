package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/policy"
)

// The log says which rule refused a user, and which roles would do; the answer does not.
func TestTheLogSaysWhichRolesWouldDo(t *testing.T) {
	s := newSite(t, nil)
	s.populate(t)
	for _, test := range []struct{ user, method, path, body, want string }{
		{"own-member", "GET", "/loadbalancers", "", `loadbalancer:get_all would_do_roles="[admin load-balancer_admin load-balancer_global_observer load-balancer_member load-balancer_observer]"`},
		{"own-lbobserver", "PUT", "/pools/{pool}", `{"pool": {"name": "n"}}`, `pool:put would_do_roles="[admin load-balancer_admin load-balancer_member]"`},
		{"other-lbmember", "DELETE", "/pools/{pool}", "", `pool:delete would_do_roles="[admin load-balancer_admin]"`},
	} {
		s.log.Reset()
		if got := s.try(test.user, attempt{"", test.method, test.path, test.body}); got.status != http.StatusForbidden || strings.Contains(string(got.body), "load-balancer_") {
			t.Errorf("%+v: answered %d %s", test, got.status, got.body)
		}
		if want := "refused_by_rule=os_load-balancer_api:" + test.want; !strings.Contains(s.log.String(), want) {
			t.Errorf("the log has not %s:\n%s", want, s.log)
		}
	}
	s.log.Reset()
	if s.try("own-lbmember", attempt{"", "GET", "/loadbalancers", ""}); strings.Contains(s.log.String(), "refused_by_rule") {
		t.Errorf("the log speaks of a refusal where there was none:\n%s", s.log)
	}
}

// Every route asks for a rule of Octavia's: where all of those say no, and every other name would say yes, nobody may do anything.
func TestEveryRouteAsksForARuleOfOctavias(t *testing.T) {
	file := `"default": "@"` + "\n"
	for _, name := range policy.Default().Names() {
		file += fmt.Sprintf("%q: \"!\"\n", name)
	}
	s := newSite(t, nil, withPolicy(t, file))
	s.populate(t)
	want := reference(t)
	for _, a := range attempts() {
		if want[a.name+" by no-role"] != "403" {
			continue // refused for another reason, whoever asks
		}
		if got := s.try("admin", a); got.status != http.StatusForbidden {
			t.Errorf("%s answered %d, want 403: %s", a.name, got.status, got.body)
		}
	}
}

// withPolicy sets a policy file.
func withPolicy(t *testing.T, file string) func(*api.Options) {
	t.Helper()
	rules, err := policy.ParseFile("policy.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.New(policy.Options{}, rules...)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *api.Options) { o.Policy = api.FixedPolicy{Rules: p} }
}

// A rule of a policy file decides alone what it is the rule of.
func TestAPolicyFileChangesWhoMayDoWhat(t *testing.T) {
	s := newSite(t, nil, withPolicy(t, `
"os_load-balancer_api:pool:delete": "!"
"os_load-balancer_api:listener:get_one": "role:creator and project_id:%(project_id)s"
"os_load-balancer_api:pool:get_all-global": "@"
"load-balancer:write-quota": "rule:load-balancer:owner"
"os_load-balancer_api:loadbalancer:post:vip_sg_ids": "rule:load-balancer:admin"
"os_load-balancer_api:loadbalancer:put:vip_sg_ids": "rule:load-balancer:admin"
`))
	s.populate(t)
	for _, test := range []struct {
		user string
		attempt
		want int
	}{
		{"admin", attempt{"", "DELETE", "/pools/{pool}", ""}, http.StatusForbidden},
		{"no-role", attempt{"", "GET", "/listeners/{listener}", ""}, http.StatusOK},
		{"own-lbmember", attempt{"", "GET", "/listeners/{listener}", ""}, http.StatusForbidden},
		{"no-role", attempt{"", "GET", "/pools", ""}, http.StatusOK},
		{"no-role", attempt{"", "GET", "/listeners", ""}, http.StatusForbidden},
		{"no-role", attempt{"", "PUT", "/quotas/{project}", `{"quota": {"pool": 1}}`}, http.StatusAccepted},
		{"other-lbmember", attempt{"", "PUT", "/quotas/{project}", `{"quota": {"pool": 1}}`}, http.StatusForbidden},
		// Security groups of VIPs have rules of their own.
		{"own-lbmember", attempt{"", "POST", "/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{none}", "provider": "none-such"}}`}, http.StatusBadRequest},
		{
			"own-lbmember",
			attempt{"", "POST", "/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{none}", "provider": "none-such", "vip_sg_ids": ["{none}"]}}`},
			http.StatusForbidden,
		},
		{"own-lbmember", attempt{"", "PUT", "/loadbalancers/{lb}", `{"loadbalancer": {"name": "n"}}`}, http.StatusConflict},
		{"own-lbmember", attempt{"", "PUT", "/loadbalancers/{lb}", `{"loadbalancer": {"vip_sg_ids": []}}`}, http.StatusForbidden},
		{"admin", attempt{"", "PUT", "/loadbalancers/{lb}", `{"loadbalancer": {"vip_sg_ids": []}}`}, http.StatusConflict},
	} {
		if got := s.try(test.user, test.attempt); got.status != test.want {
			t.Errorf("%s %s by %s answered %d, want %d: %s", test.method, test.path, test.user, got.status, test.want, got.body)
		}
	}
}
