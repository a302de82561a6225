package adopt_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/adopt"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// effects are those of a plan, as "action type field", each once.
func effects(results []adopt.Result) []string {
	seen := map[string]bool{}
	for _, r := range results {
		for _, e := range r.Effects {
			if len(e.Fields) == 0 || e.Action == "create" {
				seen[fmt.Sprintf("%s %s", e.Action, e.Type)] = true
				continue
			}
			for _, f := range e.Fields {
				seen[fmt.Sprintf("%s %s %s", e.Action, e.Type, f.Path)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// What the Python driver left is taken over: the plan shows the documented deviations and nothing else, applying it does what the
// plan said, no virtual service is made anew, and what users do afterwards works as ever, to the end, when nothing is left.
func TestTakeOverOfThePythonDriver(t *testing.T) {
	t.Parallel()
	tests := map[string][]string{
		"http":        {},
		"layer4":      {},
		"projects":    {},
		"shared-pool": {"delete pool"},
		"monitors":    {"change healthmonitor https_monitor.http_response_code", "change pool health_monitor_refs"},
		"https": {
			"change pool ssl_profile_ref", "change virtualservice application_profile_ref", "change virtualservice services[0].enable_ssl",
		},
		"terminated": {
			"change sslkeyandcertificate ca_certs[0]", "change virtualservice name", "change virtualservice vh_domain_name",
			"create sslkeyandcertificate", "delete sslkeyandcertificate",
		},
		"flavored":           {},
		"vrf-per-subnet":     {},
		"placement-networks": {},
	}
	for name, deviations := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := readRecording(t, name)
			s, _ := beginAt(t, r)
			results := s.plan(r.dump(t))
			s.mustOnlyHaveRead()
			for _, result := range results {
				if result.Verdict != adopt.TakenOver || len(result.Notes) > 0 {
					t.Errorf("load balancer %s: %s, because %q, notes %q", result.ID, result.Verdict, result.Reasons, result.Notes)
				}
			}
			if diff := cmp.Diff(deviations, effects(results)); diff != "" && len(deviations)+len(effects(results)) > 0 {
				t.Errorf("the plan (-documented +shown):\n%s", diff)
			}
			s.mustDoWhatWasPlanned(results)
			s.mustWorkAfterwards(r)
			s.mustLeaveNothing(r)
		})
	}
}

// mustDoWhatWasPlanned applies a plan.
func (s site) mustDoWhatWasPlanned(results []adopt.Result) {
	s.t.Helper()
	before := s.objects()
	planned := map[string]string{}
	for _, r := range results {
		for _, e := range r.Effects {
			planned[e.Type+"/"+e.UUID] = string(e.Action)
		}
	}
	s.Sim.ResetRequests()
	s.apply(results)
	after := s.objects()
	for key, o := range before {
		now, there := after[key]
		switch {
		case !there && planned[key] != "delete":
			s.t.Errorf("%s is gone", key)
		case there && !cmp.Equal(o, now) && planned[key] != "change":
			s.t.Errorf("%s has changed (-before +after):\n%s", key, cmp.Diff(o, now))
		}
	}
	for key := range after {
		if before[key] == nil && planned[key] != "create" {
			s.t.Errorf("%s was made", key)
		}
	}
	for _, q := range s.Sim.Requests() {
		if q.Type == "virtualservice" && (q.Method == http.MethodPost || q.Method == http.MethodDelete) {
			s.t.Errorf("a virtual service went down: %s %s", q.Method, q.Path)
		}
	}
	for _, r := range results {
		tree := s.Tree(s.t, r.ID)
		if lb := tree.LoadBalancer; lb.ProvisioningStatus != lbaas.Active {
			s.t.Errorf("load balancer %s is %s: %s", r.ID, lb.ProvisioningStatus, lb.StatusReason)
		}
	}
}

// mustWorkAfterwards changes a member, adds one and a listener, and wants nothing else to be written.
func (s site) mustWorkAfterwards(r recording) {
	s.t.Helper()
	ctx := s.t.Context()
	if members := r.Tables["lbaas_members"]; len(members) > 0 {
		row, before := members[0], s.objects()
		id, pool := row["id"].(string), row["pool_id"].(string)
		if _, err := s.Service.UpdateMember(ctx, s.Caller, pool, id, lbaas.MemberInput{Weight: lbaas.Given(7)}); err != nil {
			s.t.Fatal(err)
		}
		s.Settle(s.t)
		for key, o := range s.objects() {
			if typ, _, _ := strings.Cut(key, "/"); typ != "pool" && !cmp.Equal(before[key], o) {
				s.t.Errorf("a member's new weight has changed %s:\n%s", key, cmp.Diff(before[key], o))
			}
		}
	}
	for _, row := range r.Tables["lbaas_loadbalancers"] {
		l, err := s.Service.CreateListener(ctx, s.Caller, lbaas.ListenerInput{
			LoadBalancerID: lbaas.Given(row["id"].(string)), Protocol: lbaas.Given(lbaas.ListenerTCP), ProtocolPort: lbaas.Given(9000),
		})
		if err != nil {
			s.t.Fatal(err)
		}
		s.Settle(s.t)
		if tree := s.Tree(s.t, row["id"].(string)); tree.LoadBalancer.ProvisioningStatus != lbaas.Active {
			s.t.Errorf("with listener %s the load balancer is %s: %s", l.ID, tree.LoadBalancer.ProvisioningStatus, tree.LoadBalancer.StatusReason)
		}
	}
}

// mustLeaveNothing deletes everything.
func (s site) mustLeaveNothing(r recording) {
	s.t.Helper()
	for _, row := range r.Tables["lbaas_loadbalancers"] {
		if err := s.Service.DeleteLoadBalancer(s.t.Context(), s.Caller, row["id"].(string), true); err != nil {
			s.t.Fatal(err)
		}
	}
	s.Settle(s.t)
	for key, o := range s.objects() {
		if o["name"] != "se-group-1" && o["name"] != "blue" {
			s.t.Errorf("left over: %s %v", key, o["name"])
		}
	}
}
