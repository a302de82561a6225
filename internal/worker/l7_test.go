package worker_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

func (s *story) setUUID() string      { return translate.PolicySetUUID(s.listener) }
func (s *story) securityUUID() string { return translate.NetworkSecurityUUID(s.listener) }
func (s *story) profileUUID() string  { return translate.ApplicationProfileUUID(s.listener) }

// addPolicy adds an L7 policy with a rule, and settles once.
func (s *story) addPolicy(in lbaas.L7PolicyInput, rules ...lbaas.L7RuleInput) string {
	s.t.Helper()
	in.ListenerID = lbaas.Given(s.listener)
	p, err := s.Service.CreateL7Policy(s.t.Context(), s.Caller, in)
	s.settled(err)
	for _, r := range rules {
		s.addRule(p.ID, r)
	}
	return p.ID
}

func (s *story) addRule(policyID string, in lbaas.L7RuleInput) string {
	s.t.Helper()
	in.PolicyID = lbaas.Given(policyID)
	r, err := s.Service.CreateL7Rule(s.t.Context(), s.Caller, in)
	s.settled(err)
	return r.ID
}

func (s *story) updatePolicy(id string, in lbaas.L7PolicyInput) {
	s.t.Helper()
	_, err := s.Service.UpdateL7Policy(s.t.Context(), s.Caller, id, in)
	s.settled(err)
}

func (s *story) deletePolicy(id string) {
	s.t.Helper()
	s.settled(s.Service.DeleteL7Policy(s.t.Context(), s.Caller, id))
}

// addOtherPool adds a pool that is nobody's default.
func (s *story) addOtherPool(name string) string {
	s.t.Helper()
	p, err := s.Service.CreatePool(s.t.Context(), s.Caller, lbaas.PoolInput{
		LoadBalancerID: lbaas.Given(s.lb), Name: lbaas.Given(name), Protocol: lbaas.Given(lbaas.PoolHTTP),
		Algorithm: lbaas.Given(lbaas.RoundRobin),
	})
	s.settled(err)
	return p.ID
}

func reject() lbaas.L7PolicyInput { return lbaas.L7PolicyInput{Action: lbaas.Given(lbaas.L7Reject)} }

func toPool(id string) lbaas.L7PolicyInput {
	return lbaas.L7PolicyInput{Action: lbaas.Given(lbaas.L7RedirectToPool), RedirectPoolID: lbaas.Given(id)}
}

func path(compare lbaas.L7CompareType, value string) lbaas.L7RuleInput {
	return lbaas.L7RuleInput{Type: lbaas.Given(lbaas.L7Path), CompareType: lbaas.Given(compare), Value: lbaas.Given(value)}
}

// has says whether an object is at the Controller.
func (s *story) has(typ, uuid string) bool {
	_, ok := s.Objects()[typ+"/"+uuid]
	return ok
}

// sets are the policy sets of the virtual service: their uuids by their indexes.
func (s *story) sets() map[string]string {
	s.t.Helper()
	sets := map[string]string{}
	list, _ := s.get("virtualservice", s.vsUUID())["http_policies"].([]any)
	for _, entry := range list {
		ref, _ := at(entry, "http_policy_set_ref").(string)
		uuid, _, _ := strings.Cut(ref[strings.LastIndexByte(ref, '/')+1:], "#")
		sets[fmt.Sprint(at(entry, "index"))] = uuid
	}
	return sets
}

// The policy set and the pool copies come and go with the policies that need them, and nothing is left over.
func TestPolicySetComesAndGoes(t *testing.T) {
	s := begin(t, testbed.Options{})
	other := s.addOtherPool("other")
	copyUUID := translate.PoolUUID(other, s.listener)
	before := len(s.Objects())
	policy := s.addPolicy(toPool(other))
	if s.has("httppolicyset", s.setUUID()) || s.has("pool", copyUUID) {
		t.Error("a policy without rules matches nothing, and needs nothing")
	}
	rule := s.addRule(policy, path(lbaas.L7StartsWith, "/img"))
	s.mustBeActive()
	if !s.has("pool", copyUUID) || s.sets()["10"] != s.setUUID() {
		t.Fatalf("no copy of the pool, or no policy set: %v", s.sets())
	}
	s.updatePolicy(policy, reject())
	if s.has("pool", copyUUID) {
		t.Error("the copy of the pool outlives its use")
	}
	s.updatePolicy(policy, toPool(s.pool))
	if got := len(s.Objects()); got != before+1 {
		t.Errorf("%d objects, want %d: the default pool's copy serves the policy too", got, before+1)
	}
	s.updatePolicy(policy, lbaas.L7PolicyInput{AdminStateUp: lbaas.Given(false)})
	if s.has("httppolicyset", s.setUUID()) || len(s.sets()) != 0 {
		t.Error("the policy set outlives the policy's being disabled")
	}
	s.updatePolicy(policy, lbaas.L7PolicyInput{AdminStateUp: lbaas.Given(true)})
	s.settled(s.Service.DeleteL7Rule(t.Context(), s.Caller, policy, rule))
	if s.has("httppolicyset", s.setUUID()) {
		t.Error("the policy set outlives the policy's last rule")
	}
	s.addRule(policy, path(lbaas.L7Contains, "x"))
	s.settled(s.Service.DeleteListener(t.Context(), s.Caller, s.listener))
	s.settled(s.Service.DeleteLoadBalancer(t.Context(), s.Caller, s.lb, true))
	if left := s.Objects(); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

// Sets that somebody attached stay attached, whatever becomes of ours; one that took our number keeps it.
func TestPolicySetsAttachedByHandStay(t *testing.T) {
	for _, test := range []struct {
		name    string
		indexes []int
		ours    string
	}{
		{"before and after ours", []int{3, 11}, "10"},
		{"at our number", []int{10}, "11"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := begin(t, testbed.Options{})
			want := map[string]string{}
			var byHand []any
			for _, index := range test.indexes {
				set, err := s.Client.Create(t.Context(), tenant(), "httppolicyset", "", avi.Object{"name": fmt.Sprint("by-hand-", index)})
				if err != nil {
					t.Fatal(err)
				}
				want[fmt.Sprint(index)] = set.UUID()
				byHand = append(byHand, map[string]any{"index": index, "http_policy_set_ref": "/api/httppolicyset/" + set.UUID()})
			}
			s.edit("virtualservice", s.vsUUID(), func(o avi.Object) { o["http_policies"] = byHand })
			policy := s.addPolicy(reject(), path(lbaas.L7EqualTo, "/no"))
			s.wantSets(want, test.ours)
			s.updateListener(lbaas.ListenerInput{ConnectionLimit: lbaas.Given(7)})
			s.updateLoadBalancer(lbaas.LoadBalancerInput{Name: lbaas.Given("shop")})
			s.wantSets(want, test.ours)
			s.deletePolicy(policy)
			s.wantSets(want, "")
			s.mustBeActive()
		})
	}
}

// wantSets wants the sets attached by hand, and ours at an index if there is one.
func (s *story) wantSets(byHand map[string]string, ours string) {
	s.t.Helper()
	got := s.sets()
	if ours != "" {
		if got[ours] != s.setUUID() {
			s.t.Errorf("our set is not at index %s: %v", ours, got)
		}
		delete(got, ours)
	}
	if fmt.Sprint(got) != fmt.Sprint(byHand) {
		s.t.Errorf("sets attached by hand are %v, want %v", got, byHand)
	}
}

// Where our set stands among the others is up to who attaches them.
func TestPolicySetKeepsItsIndex(t *testing.T) {
	s := begin(t, testbed.Options{})
	s.addPolicy(reject(), path(lbaas.L7EqualTo, "/no"))
	s.edit("virtualservice", s.vsUUID(), func(o avi.Object) { put(o, 99, "http_policies", 0, "index") })
	s.updateLoadBalancer(lbaas.LoadBalancerInput{Name: lbaas.Given("shop")})
	s.wantSets(nil, "99")
}

// In our own set the rules are LBaaS's, with all that LBaaS exposes of them; what it does not expose stays.
func TestRulesOfOurSet(t *testing.T) {
	s := begin(t, testbed.Options{})
	policy := s.addPolicy(lbaas.L7PolicyInput{Action: lbaas.Given(lbaas.L7Reject), Name: lbaas.Given("no")}, path(lbaas.L7EqualTo, "/no"))
	rules := []any{"http_request_policy", "rules"}
	s.edit("httppolicyset", s.setUUID(), func(o avi.Object) {
		put(o, true, "http_request_policy", "rules", 0, "log")
		put(o, map[string]any{"match_criteria": "IS_IN", "methods": []any{"HTTP_METHOD_GET"}}, "http_request_policy", "rules", 0, "match", "method")
		put(o, []any{"/yes"}, "http_request_policy", "rules", 0, "match", "path", "match_str")
		list := append(at(o, rules...).([]any), map[string]any{"name": "by hand", "index": 9, "enable": true})
		put(o, list, rules...)
	})
	s.addRule(policy, lbaas.L7RuleInput{
		Type: lbaas.Given(lbaas.L7HostName), CompareType: lbaas.Given(lbaas.L7EqualTo), Value: lbaas.Given("www.example.org"),
	})
	set := s.get("httppolicyset", s.setUUID())
	if list := at(set, rules...).([]any); len(list) != 1 {
		t.Errorf("%d rules, want ours alone", len(list))
	}
	for _, want := range []struct {
		value any
		path  []any
	}{
		{true, []any{"log"}},
		{"HTTP_METHOD_GET", []any{"match", "method", "methods", 0}},
		{"/no", []any{"match", "path", "match_str", 0}},
		{"www.example.org", []any{"match", "host_hdr", "value", 0}},
		{"no-" + policy, []any{"name"}},
	} {
		full := append(append([]any{}, rules...), 0)
		if got := at(set, append(full, want.path...)...); got != want.value {
			t.Errorf("%v is %v, want %v", want.path, got, want.value)
		}
	}
}

// One step of a user's costs two requests for the set, and two for the virtual service when the set comes or goes; what changes
// nothing costs none.
func TestRequestsForPolicies(t *testing.T) {
	s := begin(t, testbed.Options{})
	policy := s.addPolicy(reject())
	for _, step := range []struct {
		name string
		want int
		take func()
	}{
		{"the first rule", 1 + 2, func() { s.addRule(policy, path(lbaas.L7StartsWith, "/a")) }},
		{"another rule", 2, func() {
			s.addRule(policy, lbaas.L7RuleInput{
				Type: lbaas.Given(lbaas.L7HostName), CompareType: lbaas.Given(lbaas.L7EqualTo), Value: lbaas.Given("a"),
			})
		}},
		{"a policy without rules", 0, func() { s.addPolicy(reject()) }},
		{"a description", 0, func() { s.updatePolicy(policy, lbaas.L7PolicyInput{Description: lbaas.Given("d")}) }},
		{"a position that changes no order", 0, func() { s.updatePolicy(policy, lbaas.L7PolicyInput{Position: lbaas.Given(1)}) }},
		{"a header", 2, func() {
			s.updateListener(lbaas.ListenerInput{InsertHeaders: lbaas.Given(map[string]string{"X-Forwarded-Proto": "true"})})
		}},
		{"X-Forwarded-For", 0, func() {
			s.updateListener(lbaas.ListenerInput{
				InsertHeaders: lbaas.Given(map[string]string{"X-Forwarded-Proto": "true", "X-Forwarded-For": "true"}),
			})
		}},
		{"no header, and no policy", 2 + 1, func() {
			s.settled(s.Service.DeleteL7Policy(t.Context(), s.Caller, policy))
			s.Sim.ResetRequests()
			s.updateListener(lbaas.ListenerInput{InsertHeaders: lbaas.GivenNull[map[string]string]()})
		}},
		{"allowed CIDRs", 1 + 2, func() {
			s.updateListener(lbaas.ListenerInput{AllowedCIDRs: lbaas.Given([]string{"192.0.2.0/24"})})
		}},
		{"other CIDRs", 2, func() {
			s.updateListener(lbaas.ListenerInput{AllowedCIDRs: lbaas.Given([]string{"198.51.100.0/24"})})
		}},
		{"no CIDRs", 2 + 1, func() { s.updateListener(lbaas.ListenerInput{AllowedCIDRs: lbaas.GivenNull[[]string]()}) }},
	} {
		s.Sim.ResetRequests()
		step.take()
		var sent []string
		for _, r := range s.Sim.Requests() {
			sent = append(sent, r.Method+" "+r.Path)
		}
		if len(sent) != step.want {
			t.Errorf("%s: %d requests, want %d:\n  %s", step.name, len(sent), step.want, strings.Join(sent, "\n  "))
		}
	}
	s.mustBeActive()
}

// A network security policy that somebody put there stays until LBaaS has one of its own, and is not taken away with it.
func TestNetworkSecurityPolicyByHand(t *testing.T) {
	s := begin(t, testbed.Options{})
	made, err := s.Client.Create(t.Context(), tenant(), "networksecuritypolicy", "", avi.Object{"name": "by-hand"})
	if err != nil {
		t.Fatal(err)
	}
	byHand := "/api/networksecuritypolicy/" + made.UUID()
	attach := func() {
		s.edit("virtualservice", s.vsUUID(), func(o avi.Object) { o["network_security_policy_ref"] = byHand })
	}
	want := func(uuid string) {
		t.Helper()
		if ref, _ := s.get("virtualservice", s.vsUUID())["network_security_policy_ref"].(string); !strings.Contains(ref, uuid) {
			t.Errorf("the network security policy is %q, want %s", ref, uuid)
		}
	}
	attach()
	s.updateListener(lbaas.ListenerInput{ConnectionLimit: lbaas.Given(3)})
	want(made.UUID())
	s.updateListener(lbaas.ListenerInput{AllowedCIDRs: lbaas.Given([]string{"192.0.2.0/24", "2001:db8::/32"}[:1])})
	want(s.securityUUID())
	attach()
	s.updateListener(lbaas.ListenerInput{AllowedCIDRs: lbaas.GivenNull[[]string]()})
	want(made.UUID())
	if s.has("networksecuritypolicy", s.securityUUID()) {
		t.Error("ours is left over")
	}
	s.mustBeActive()
}

func TestPoolOfAPolicyCannotBeDeleted(t *testing.T) {
	s := begin(t, testbed.Options{})
	other := s.addOtherPool("other")
	policy := s.addPolicy(toPool(other), path(lbaas.L7StartsWith, "/a"))
	err := s.Service.DeletePool(t.Context(), s.Caller, other)
	message, kind, _ := lbaas.MessageFor(err)
	if kind != lbaas.KindConflict || message != "Pool "+other+" is in use by L7 policy "+policy {
		t.Errorf("the deletion was answered with %q %q", kind, message)
	}
	shown, err := s.Service.Pool(t.Context(), s.Caller, other)
	if err != nil || len(shown.ListenerIDs) != 1 || shown.ListenerIDs[0] != s.listener {
		t.Errorf("the pool names the listeners %v (%v)", shown.ListenerIDs, err)
	}
	s.deletePolicy(policy)
	s.settled(s.Service.DeletePool(t.Context(), s.Caller, other))
	s.mustBeActive()
}

func TestL7ServiceRefusals(t *testing.T) {
	s := begin(t, testbed.Options{})
	ctx := t.Context()
	tcp, err := s.Service.CreateListener(ctx, s.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(s.lb), Protocol: lbaas.Given(lbaas.ListenerTCP), ProtocolPort: lbaas.Given(99),
	})
	s.settled(err)
	foreign, err := s.Service.CreateLoadBalancer(ctx, s.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given("10.0.0.11"),
	})
	s.settled(err)
	foreignPool, err := s.Service.CreatePool(ctx, s.Caller, lbaas.PoolInput{
		LoadBalancerID: lbaas.Given(foreign.ID), Protocol: lbaas.Given(lbaas.PoolHTTP), Algorithm: lbaas.Given(lbaas.RoundRobin),
	})
	s.settled(err)
	tcpPool, err := s.Service.CreatePool(ctx, s.Caller, lbaas.PoolInput{
		LoadBalancerID: lbaas.Given(s.lb), Protocol: lbaas.Given(lbaas.PoolTCP), Algorithm: lbaas.Given(lbaas.RoundRobin),
	})
	s.settled(err)
	proxyPool, err := s.Service.CreatePool(ctx, s.Caller, lbaas.PoolInput{
		LoadBalancerID: lbaas.Given(s.lb), Protocol: lbaas.Given(lbaas.PoolProxy), Algorithm: lbaas.Given(lbaas.RoundRobin),
	})
	s.settled(err)
	policy := s.addPolicy(reject(), path(lbaas.L7Contains, "a"))
	create := func(in lbaas.L7PolicyInput, listener string) error {
		in.ListenerID = lbaas.Given(listener)
		_, err := s.Service.CreateL7Policy(ctx, s.Caller, in)
		return err
	}
	rule := func(in lbaas.L7RuleInput) error {
		in.PolicyID = lbaas.Given(policy)
		_, err := s.Service.CreateL7Rule(ctx, s.Caller, in)
		return err
	}
	cookie := func(key string) lbaas.L7RuleInput {
		return lbaas.L7RuleInput{
			Type: lbaas.Given(lbaas.L7Cookie), Key: lbaas.Given(key), CompareType: lbaas.Given(lbaas.L7EqualTo), Value: lbaas.Given("v"),
		}
	}
	s.settled(rule(cookie("a")))
	for name, test := range map[string]struct {
		err  error
		kind lbaas.Kind
		text string
	}{
		"a TCP listener":           {create(reject(), tcp.ID), lbaas.KindUnsupported, "an L7 policy of a TCP listener"},
		"no such listener":         {create(reject(), s.pool), lbaas.KindNotFound, "Listener " + s.pool + " not found."},
		"no such pool":             {create(toPool(s.lb), s.listener), lbaas.KindNotFound, "Pool " + s.lb + " not found."},
		"another's pool":           {create(toPool(foreignPool.ID), s.listener), lbaas.KindNotFound, "Pool " + foreignPool.ID + " not found."},
		"a TCP pool":               {create(toPool(tcpPool.ID), s.listener), lbaas.KindInvalid, "The pool protocol 'TCP' is invalid while"},
		"a PROXY pool":             {create(toPool(proxyPool.ID), s.listener), lbaas.KindUnsupported, "a pool with protocol PROXY behind a HTTP listener"},
		"two cookies":              {rule(cookie("b")), lbaas.KindUnsupported, "two L7 rules of type COOKIE in one policy"},
		"paths that do not add up": {rule(path(lbaas.L7Contains, "b")), lbaas.KindUnsupported, "together in one policy"},
		"an IPv6 range": {
			func() error {
				_, err := s.Service.UpdateListener(ctx, s.Caller, s.listener, lbaas.ListenerInput{AllowedCIDRs: lbaas.Given([]string{"2001:db8::/32"})})
				return err
			}(), lbaas.KindInvalid,
			"CIDR 2001:db8::/32 IP version incompatible with all VIPs ['10.0.0.10'] IP version.",
		},
	} {
		if message, _, _ := lbaas.MessageFor(test.err); !errors.Is(test.err, test.kind) || !strings.Contains(message, test.text) {
			t.Errorf("%s: %v", name, test.err)
		}
	}
	for i := range lbaas.MaxL7Rules - 2 {
		s.settled(rule(lbaas.L7RuleInput{
			Type: lbaas.Given(lbaas.L7Header), Key: lbaas.Given(fmt.Sprint("h", i)), CompareType: lbaas.Given(lbaas.L7EqualTo),
			Value: lbaas.Given("v"),
		}))
	}
	if message, _, _ := lbaas.MessageFor(rule(cookie("a"))); message != "Too many rules on L7 policy "+policy {
		t.Errorf("the 51st rule: %q", message)
	}
	s.mustBeActive()
}

// A pool that speaks the PROXY protocol gives its virtual service a profile of its own, as long as it is the default.
func TestProxyProfileComesAndGoes(t *testing.T) {
	s := begin(t, testbed.Options{})
	ctx := t.Context()
	l, err := s.Service.CreateListener(ctx, s.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(s.lb), Protocol: lbaas.Given(lbaas.ListenerTCP), ProtocolPort: lbaas.Given(99),
	})
	s.settled(err)
	s.listener = l.ID
	p, err := s.Service.CreatePool(ctx, s.Caller, lbaas.PoolInput{
		ListenerID: lbaas.Given(l.ID), Protocol: lbaas.Given(lbaas.PoolProxyV2), Algorithm: lbaas.Given(lbaas.LeastConnections),
	})
	s.settled(err)
	profile := s.get("applicationprofile", s.profileUUID())
	if got := at(profile, "tcp_app_profile", "proxy_protocol_version"); got != "PROXY_PROTOCOL_VERSION_2" {
		t.Errorf("the profile's version is %v", got)
	}
	if ref := s.get("virtualservice", s.vsUUID())["application_profile_ref"].(string); !strings.Contains(ref, s.profileUUID()) {
		t.Errorf("the virtual service has the profile %s", ref)
	}
	s.settled(s.Service.DeletePool(ctx, s.Caller, p.ID))
	if ref := s.get("virtualservice", s.vsUUID())["application_profile_ref"].(string); !strings.HasSuffix(ref, "#System-L4-Application") {
		t.Errorf("the virtual service has the profile %s", ref)
	}
	if s.has("applicationprofile", s.profileUUID()) {
		t.Error("the profile is left over")
	}
	s.mustBeActive()
}
