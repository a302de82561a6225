package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// quotaBody is a project's quotas as answers have them: each in all its names.
func quotaBody(projectID string, lb, listener, member, pool, monitor, policy, rule any) map[string]any {
	return map[string]any{
		"project_id": projectID, "tenant_id": projectID, "loadbalancer": lb, "load_balancer": lb, "listener": listener, "member": member,
		"pool": pool, "healthmonitor": monitor, "health_monitor": monitor, "l7policy": policy, "l7rule": rule,
	}
}

func TestQuotas(t *testing.T) {
	s := newSite(t, lbaas.Quotas{lbaas.QuotaPool: 10})
	const none = -1.0
	all := func(lb, pool, monitor any) map[string]any {
		return map[string]any{"quota": quotaBody(project, lb, none, none, pool, monitor, none, none)}
	}
	for _, step := range []struct {
		method, path, body string
		status             int
		want               map[string]any
	}{
		{"GET", "/v2/lbaas/quotas/" + project, "", http.StatusOK, all(none, 10.0, none)},
		{"GET", "/v2/lbaas/quotas", "", http.StatusOK, map[string]any{"quotas": []any{}, "quotas_links": []any{}}},
		{"PUT", "/v2/quotas/" + project, `{"quota": {"loadbalancer": 3, "health_monitor": "4"}}`, http.StatusAccepted, all(3.0, 10.0, 4.0)},
		{"PUT", "/v2.0/lbaas/quotas/" + project, `{"quota": {"pool": 5, "healthmonitor": null}}`, http.StatusAccepted, all(3.0, 5.0, none)},
		{"GET", "/v2.0/quotas/" + project, "", http.StatusOK, all(3.0, 5.0, none)},
		{"GET", "/v2/lbaas/quotas/" + project + "/default", "", http.StatusOK, all(none, 10.0, none)},
		{"GET", "/v2/lbaas/quotas", "", http.StatusOK, map[string]any{
			"quotas": []any{quotaBody(project, 3.0, nil, nil, 5.0, nil, nil, nil)}, "quotas_links": []any{},
		}},
		{"GET", "/v2/lbaas/quotas?project_id=" + otherProject, "", http.StatusOK, map[string]any{"quotas": []any{}, "quotas_links": []any{}}},
		{"GET", "/v2/lbaas/quotas/defaults", "", http.StatusOK, map[string]any{
			"quota": quotaBody("defaults", none, none, none, 10.0, none, none, none),
		}},
		{"DELETE", "/v2/lbaas/quotas/" + project, "", http.StatusAccepted, nil},
		{"GET", "/v2/lbaas/quotas/" + project, "", http.StatusOK, all(none, 10.0, none)},
	} {
		got := s.do(step.method, step.path, step.body, "X-Auth-Token: quota-admin")
		if got.status != step.status {
			t.Errorf("%s %s answered %d, want %d: %s", step.method, step.path, got.status, step.status, got.body)
			continue
		}
		if step.want == nil {
			if len(got.body) > 0 {
				t.Errorf("%s %s has the body %s, want none", step.method, step.path, got.body)
			}
			continue
		}
		if diff := cmp.Diff(step.want, got.object(t)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", step.method, step.path, diff)
		}
	}
}

func TestWrongQuotas(t *testing.T) {
	s := newSite(t, nil)
	for body, want := range map[string]string{
		`{"quota": {"pool": -2}}`:                               "Invalid input for field/attribute pool. Value: '-2'. Value should be greater or equal to -1",
		`{"quota": {"l7rule": 2000000001}}`:                     "Invalid input for field/attribute l7rule. Value: '2000000001'. Value should be lower or equal to 2000000000",
		`{"quota": {"pool": "many"}}`:                           "Invalid input for field/attribute pool. Value: 'many'. Value should be an integer",
		`{"quota": {"pools": 1}}`:                               "Unknown attribute for argument quotas.quota: pools",
		`{"quota": {"loadbalancer": 1, "load_balancer": 2}}`:    "Validation failure: loadbalancer and load_balancer are one quota, and give different limits.",
		`{"quota": {"loadbalancer": 1, "load_balancer": null}}`: "Validation failure: loadbalancer and load_balancer are one quota, and give different limits.",
		`{}`: `Missing argument: "quota"`,
		``:   `Missing argument: "quotas"`,
	} {
		got := s.do("PUT", "/v2/lbaas/quotas/"+project, body, "X-Auth-Token: admin")
		if got.status != http.StatusBadRequest || got.fault(t) != want {
			t.Errorf("%s answered %d %s, want 400 %s", body, got.status, got.body, want)
		}
	}
	for _, path := range []string{project, strings.Repeat("x", 37)} {
		got := s.do("DELETE", "/v2/lbaas/quotas/"+path, "", "X-Auth-Token: admin")
		if got.status != http.StatusNotFound || got.fault(t) != "Quotas "+path+" not found." {
			t.Errorf("deleting what there is not answered %d %s", got.status, got.body)
		}
	}
}

// Over quota is 403 in Octavia's words, and making room helps.
func TestOverQuota(t *testing.T) {
	s := newSite(t, lbaas.Quotas{lbaas.QuotaLoadBalancer: 1})
	create := func() reply {
		return s.do("POST", "/v2/lbaas/loadbalancers", `{"loadbalancer": {"vip_address": "203.0.113.9"}}`, "X-Auth-Token: own-lbmember")
	}
	if got := create(); got.status != http.StatusCreated {
		t.Fatalf("the first one: %d %s", got.status, got.body)
	}
	got := create()
	if got.status != http.StatusForbidden || got.fault(t) != "Quota has been met for resources: Load Balancer" {
		t.Errorf("the second one: %d %s", got.status, got.body)
	}
	if got := s.do("PUT", "/v2/lbaas/quotas/"+project, `{"quota": {"loadbalancer": 2}}`, "X-Auth-Token: quota-admin"); got.status != http.StatusAccepted {
		t.Fatalf("the new quota: %d %s", got.status, got.body)
	}
	if got := create(); got.status != http.StatusCreated {
		t.Errorf("with more room: %d %s", got.status, got.body)
	}
}
