package worker_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// The mission's rule 4: users edit objects at the Controller for what LBaaS cannot say. What LBaaS exposes wins, everything else
// survives every later LBaaS update of that object.
func TestFieldsSetByHandSurvive(t *testing.T) {
	t.Parallel()
	type edit struct {
		name  string
		typ   string
		uuid  func(*story) string
		path  []any
		value any
	}
	edits := []edit{
		{"monitor port", "healthmonitor", (*story).monitorUUID, []any{"monitor_port"}, 8081},
		{"monitor's response text", "healthmonitor", (*story).monitorUUID, []any{"http_monitor", "http_response"}, "healthy"},
		{"monitor's maintenance codes", "healthmonitor", (*story).monitorUUID, []any{"http_monitor", "maintenance_code"}, []any{503}},
		{"graceful disable timeout", "pool", (*story).poolUUID, []any{"graceful_disable_timeout"}, 30},
		{"fail action", "pool", (*story).poolUUID, []any{"fail_action"}, map[string]any{"type": "FAIL_ACTION_CLOSE_CONN"}},
		{"host header of one server", "pool", (*story).poolUUID, []any{"servers", 0, "rewrite_host_header"}, true},
		{"description of one server", "pool", (*story).poolUUID, []any{"servers", 0, "description"}, "the old one"},
		{
			"analytics policy", "virtualservice", (*story).vsUUID,
			[]any{"analytics_policy"},
			map[string]any{"full_client_logs": map[string]any{"enabled": true, "duration": 0}},
		},
		{"throughput limit", "virtualservice", (*story).vsUUID, []any{"performance_limits", "max_throughput"}, 1000},
		{"HTTP/2 on the service", "virtualservice", (*story).vsUUID, []any{"services", 0, "enable_http2"}, true},
		{"DNS name", "vsvip", (*story).vsVipUUID, []any{"dns_info"}, []any{map[string]any{"fqdn": "web.example.org", "type": "DNS_RECORD_A"}}},
		{"VIP's availability zone", "vsvip", (*story).vsVipUUID, []any{"vip", 0, "availability_zone"}, "az1"},
	}
	updates := map[string]func(*story){
		"monitor": func(s *story) {
			s.updateMonitor(lbaas.HealthMonitorInput{Delay: lbaas.Given(7), URLPath: lbaas.Given("/up")})
		},
		"monitor's name": func(s *story) { s.updateMonitor(lbaas.HealthMonitorInput{Name: lbaas.Given("check")}) },
		"pool": func(s *story) {
			s.updatePool(lbaas.PoolInput{Algorithm: lbaas.Given(lbaas.SourceIP), Description: lbaas.Given("x")})
		},
		"pool disabled": func(s *story) { s.updatePool(lbaas.PoolInput{AdminStateUp: lbaas.Given(false)}) },
		"persistence": func(s *story) {
			s.updatePool(lbaas.PoolInput{Persistence: lbaas.Given(lbaas.PersistenceInput{Type: lbaas.Given(lbaas.PersistSourceIP)})})
		},
		"weight":           func(s *story) { s.updateMember(s.memberA, lbaas.MemberInput{Weight: lbaas.Given(100)}) },
		"another's weight": func(s *story) { s.updateMember(s.memberB, lbaas.MemberInput{Weight: lbaas.Given(0)}) },
		"member added":     func(s *story) { s.addMember("10.0.0.23") },
		"member deleted":   func(s *story) { s.deleteMember(s.memberB) },
		"listener":         func(s *story) { s.updateListener(lbaas.ListenerInput{ConnectionLimit: lbaas.Given(500)}) },
		"listener off":     func(s *story) { s.updateListener(lbaas.ListenerInput{AdminStateUp: lbaas.Given(false)}) },
		"listener's pool":  func(s *story) { s.updateListener(lbaas.ListenerInput{Description: lbaas.Given("y")}) },
		"renamed":          func(s *story) { s.updateLoadBalancer(lbaas.LoadBalancerInput{Name: lbaas.Given("shop")}) },
		"VIP disabled":     func(s *story) { s.updateLoadBalancer(lbaas.LoadBalancerInput{AdminStateUp: lbaas.Given(false)}) },
	}
	for name, update := range updates {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, testbed.Options{})
			for _, e := range edits {
				s.edit(e.typ, e.uuid(s), func(o avi.Object) { put(o, e.value, e.path...) })
			}
			update(s)
			s.mustBeActive()
			for _, e := range edits {
				got := at(s.get(e.typ, e.uuid(s)), e.path...)
				if !contains(got, e.value) {
					t.Errorf("%s: is %v after the update, was set to %v", e.name, got, e.value)
				}
			}
		})
	}
}

// contains says that got has all that want has: the Controller adds defaults.
func contains(got, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		for name, value := range w {
			if !contains(at(got, name), value) {
				return false
			}
		}
		return true
	case []any:
		list, _ := got.([]any)
		if len(list) != len(w) {
			return false
		}
		for i := range w {
			if !contains(list[i], w[i]) {
				return false
			}
		}
		return true
	}
	return fmt.Sprint(got) == fmt.Sprint(want)
}

// An HTTP policy set that someone attached stays attached.
func TestPolicySetAttachedByHandSurvives(t *testing.T) {
	s := begin(t, testbed.Options{})
	set, err := s.Client.Create(t.Context(), tenant(), "httppolicyset", "", avi.Object{"name": "by-hand"})
	if err != nil {
		t.Fatal(err)
	}
	s.edit("virtualservice", s.vsUUID(), func(o avi.Object) {
		o["http_policies"] = []any{map[string]any{"index": 11, "http_policy_set_ref": "/api/httppolicyset/" + set.UUID()}}
	})
	s.updateListener(lbaas.ListenerInput{ConnectionLimit: lbaas.Given(7)})
	s.updateLoadBalancer(lbaas.LoadBalancerInput{Name: lbaas.Given("shop")})
	ref, _ := at(s.get("virtualservice", s.vsUUID()), "http_policies", 0, "http_policy_set_ref").(string)
	if !strings.Contains(ref, set.UUID()) {
		t.Errorf("the policy set is not attached any more: %q", ref)
	}
}

// A field that LBaaS exposes is put back by the next LBaaS update of that object, whichever field the update is about and
// whether it goes as a PATCH or a PUT.
func TestExposedFieldsArePutBack(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		typ    string
		uuid   func(*story) string
		change func(avi.Object)
		update func(*story)
		path   []any
		want   any
	}{
		"algorithm, by a change of the description": {
			"pool", (*story).poolUUID, func(o avi.Object) { o["lb_algorithm"] = "LB_ALGORITHM_FASTEST_RESPONSE" },
			func(s *story) { s.updatePool(lbaas.PoolInput{Description: lbaas.Given("d")}) },
			[]any{"lb_algorithm"},
			"LB_ALGORITHM_ROUND_ROBIN",
		},
		"a server that was removed, by a change of another member": {
			"pool", (*story).poolUUID, func(o avi.Object) { o["servers"] = o["servers"].([]any)[1:] },
			func(s *story) { s.updateMember(s.memberB, lbaas.MemberInput{Weight: lbaas.Given(50)}) },
			[]any{"servers", 0, "ip", "addr"},
			"10.0.0.21",
		},
		"a server that was disabled, by a new member": {
			"pool", (*story).poolUUID, func(o avi.Object) { put(o, false, "servers", 0, "enabled") },
			func(s *story) { s.addMember("10.0.0.23") },
			[]any{"servers", 0, "enabled"},
			true,
		},
		"interval, by a change of the path": {
			"healthmonitor", (*story).monitorUUID, func(o avi.Object) { o["send_interval"] = 77 },
			func(s *story) { s.updateMonitor(lbaas.HealthMonitorInput{URLPath: lbaas.Given("/z")}) },
			[]any{"send_interval"},
			"5",
		},
		"name of the virtual service, by the connection limit": {
			"virtualservice", (*story).vsUUID, func(o avi.Object) { o["name"] = "mine" },
			func(s *story) { s.updateListener(lbaas.ListenerInput{ConnectionLimit: lbaas.Given(3)}) },
			[]any{"name"},
			"web:l1",
		},
		"enabled, by the description": {
			"virtualservice", (*story).vsUUID, func(o avi.Object) { o["enabled"] = false },
			func(s *story) { s.updateListener(lbaas.ListenerInput{Description: lbaas.Given("d")}) },
			[]any{"enabled"},
			true,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, testbed.Options{})
			s.edit(test.typ, test.uuid(s), test.change)
			test.update(s)
			if got := at(s.get(test.typ, test.uuid(s)), test.path...); fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("%v is %v, want %v", test.path, got, test.want)
			}
		})
	}
}

// Someone else writes between our GET and our PUT: the Controller answers 412, and both changes are there in the end.
func TestConcurrentWriteIsNotLost(t *testing.T) {
	var armed atomic.Pointer[func()]
	s := begin(t, testbed.Options{Simulator: avisim.Options{OnRequest: func(_ int, r *http.Request, phase string) {
		if phase != avisim.PhaseBefore || r.Method != http.MethodPut {
			return
		}
		if write := armed.Swap(nil); write != nil {
			(*write)()
		}
	}}})
	byHand := func() {
		_, err := s.Client.Patch(t.Context(), tenant(), "healthmonitor", s.monitorUUID(), avi.PatchReplace, avi.Object{"monitor_port": 9000})
		if err != nil {
			t.Error(err)
		}
	}
	armed.Store(&byHand)
	s.updateMonitor(lbaas.HealthMonitorInput{URLPath: lbaas.Given("/new")})
	s.mustBeActive()
	o := s.get("healthmonitor", s.monitorUUID())
	if got := fmt.Sprint(o["monitor_port"]); got != "9000" {
		t.Errorf("the other's change is lost: monitor_port is %s", got)
	}
	if got := at(o, "http_monitor", "http_request"); got != "GET /new HTTP/1.0" {
		t.Errorf("our change is lost: %v", got)
	}
}
