package adopt_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/adopt"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// edit changes an object at the Controller by hand.
func (s site) edit(typ, uuid, tenant string, change map[string]any) {
	s.t.Helper()
	o, err := s.Client.Get(s.t.Context(), tenant, typ, uuid)
	if err != nil {
		s.t.Fatal(err)
	}
	maps.Copy(o, change)
	if _, err := s.Client.Replace(s.t.Context(), tenant, typ, uuid, o); err != nil {
		s.t.Fatal(err)
	}
}

// first is the first object of a type that the Python driver wrote.
func (r recording) first(t *testing.T, typ string, of func(written) bool) written {
	t.Helper()
	i := slices.IndexFunc(r.Objects, func(w written) bool { return w.Type == typ && of(w) })
	if i < 0 {
		t.Fatalf("recording %s has no such %s", r.Name, typ)
	}
	return r.Objects[i]
}

func whichever(written) bool { return true }

// What LBaaS does not expose stays as somebody set it by hand; what it exposes is shown by the plan and put back.
func TestWhatWasSetByHand(t *testing.T) {
	t.Parallel()
	r := readRecording(t, "http")
	s, _ := beginAt(t, r)
	pool, vs := r.first(t, "pool", whichever), r.first(t, "virtualservice", whichever)
	s.edit("pool", pool.uuid(), pool.Tenant, map[string]any{"graceful_disable_timeout": json.Number("60")})
	s.edit("virtualservice", vs.uuid(), vs.Tenant, map[string]any{"delay_fairness": true, "enabled": false})
	results := s.plan(r.dump(t))
	if diff := cmp.Diff([]string{"change virtualservice enabled"}, effects(results)); diff != "" {
		t.Errorf("the plan (-want +got):\n%s", diff)
	}
	s.apply(results)
	after := s.objects()
	if got := fmt.Sprint(after["pool/"+pool.uuid()]["graceful_disable_timeout"]); got != "60" {
		t.Errorf("graceful_disable_timeout is %s", got)
	}
	if o := after["virtualservice/"+vs.uuid()]; o["delay_fairness"] != true || o["enabled"] != true {
		t.Errorf("delay_fairness is %v, enabled %v", o["delay_fairness"], o["enabled"])
	}
}

// A virtual service that is elsewhere than its flavor says is not moved, which would interrupt it.
func TestVirtualServicesAreNotMoved(t *testing.T) {
	t.Parallel()
	r := readRecording(t, "flavored")
	for id, metainfo := range r.Flavors {
		if strings.Contains(metainfo, "se_group_ref") {
			r.Flavors[id] = "{'se_group_ref': '/api/serviceenginegroup?name=Default-Group'}"
		}
		if strings.Contains(metainfo, "blue") {
			r.Flavors[id] = "{'vrf_ref': '/api/vrfcontext?name=global'}"
		}
	}
	s, _ := beginAt(t, r)
	results := s.plan(r.dump(t))
	if got := effects(results); len(got) > 0 {
		t.Errorf("the plan is %q", got)
	}
	var notes []string
	for _, result := range results {
		notes = append(notes, result.Notes...)
	}
	if text := strings.Join(notes, "; "); len(notes) != 2 || !strings.Contains(text, "se-group-1, and stays there") ||
		!strings.Contains(text, "blue, and stays there") {
		t.Errorf("notes %q", notes)
	}
	s.mustDoWhatWasPlanned(results)
	s.mustLeaveNothing(r)
}

// The option was switched on after the load balancers were made: they stay where they are.
func TestOptionsOfToday(t *testing.T) {
	t.Parallel()
	r := readRecording(t, "projects")
	r.Config = map[string]any{"vrf_context_per_subnet": true}
	s, _ := beginAt(t, r)
	results := s.plan(r.dump(t))
	if got := effects(results); len(got) > 0 {
		t.Errorf("the plan is %q", got)
	}
	s.mustDoWhatWasPlanned(results)
	s.mustLeaveNothing(r)
}

// A flavor that cannot be found or read leaves its load balancer out, and only that.
func TestFlavorsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(flavors map[string]string, id string)
		want   string
	}{
		"gone":                     {func(f map[string]string, id string) { delete(f, id) }, "Invalid flavor_id."},
		"unreadable":               {func(f map[string]string, id string) { f[id] = "not a dict" }, "The metainfo of service profile "},
		"of an object that is not": {func(f map[string]string, id string) { f[id] = "{'vrf_ref': '/api/vrfcontext?name=red'}" }, "does not exist at the Controller"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := readRecording(t, "flavored")
			tc.change(r.Flavors, r.Tables["lbaas_loadbalancers"][0]["flavor_id"].(string))
			s, _ := beginAt(t, r)
			left, taken := 0, 0
			for _, result := range s.plan(r.dump(t)) {
				switch {
				case result.Verdict == adopt.TakenOver:
					taken++
				case len(result.Reasons) == 1 && strings.Contains(result.Reasons[0], tc.want):
					left++
				default:
					t.Errorf("result %+v", result)
				}
			}
			if left != 1 || taken != 2 {
				t.Errorf("%d left out, %d taken over", left, taken)
			}
		})
	}
}

// A container that cannot be read leaves out the load balancers that use it, with the reason, and no other.
func TestContainersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	r := readRecording(t, "terminated")
	s, material := beginAt(t, r)
	ref := r.Tables["lbaas_listeners"][0]["default_tls_container_id"].(string)
	delete(material, ref)
	e := r.dump(t)
	e.LoadBalancers = append(e.LoadBalancers, one().shown("loadbalancer")...)
	results := s.plan(e)
	verdicts := map[adopt.Verdict]int{}
	for _, result := range results {
		verdicts[result.Verdict]++
		if result.Verdict == adopt.LeftOut && !strings.Contains(strings.Join(result.Reasons, " "), ref) {
			t.Errorf("reasons %q do not name the container", result.Reasons)
		}
	}
	if verdicts[adopt.LeftOut] != 1 || verdicts[adopt.TakenOver] != 1 {
		t.Errorf("verdicts %v", verdicts)
	}
}

// A container that was renewed since the Python driver read it, which it did once, gives a new certificate. The old one goes when
// nothing uses it any more.
func TestRenewedContainers(t *testing.T) {
	t.Parallel()
	r := readRecording(t, "terminated")
	s, material := beginAt(t, r)
	shop := slices.IndexFunc(slices.Sorted(maps.Keys(r.Containers)), func(ref string) bool {
		return r.Containers[ref].CommonName == "shop.example.com"
	})
	ref := slices.Sorted(maps.Keys(r.Containers))[shop]
	material[ref] = issue(t, r.Containers[ref])
	results := s.plan(r.dump(t))
	if got := effects(results); !slices.Contains(got, "change virtualservice ssl_key_and_certificate_refs") {
		t.Errorf("the plan is %q", got)
	}
	s.mustDoWhatWasPlanned(results)
	for key, o := range s.objects() {
		if strings.HasPrefix(key, "sslkeyandcertificate/") && o["name"] == "sslkeyandcertificate-"+lbaas.ContainerID(ref) {
			t.Errorf("the old certificate is still there: %s", key)
		}
	}
	s.mustLeaveNothing(r)
}

// An SNI child that the Python driver could not remove goes with its pool and certificate; a child that somebody made by hand stays.
func TestFormerChildren(t *testing.T) {
	t.Parallel()
	r := readRecording(t, "terminated")
	listener := r.Tables["lbaas_listeners"][0]["id"].(string)
	child := r.first(t, "virtualservice", func(w written) bool {
		return w.Object["vh_parent_vs_ref"] != nil && strings.Contains(w.Object["vh_domain_name"].([]any)[0].(string), "shop")
	})
	r.Tables["lbaas_sni"] = slices.DeleteFunc(r.Tables["lbaas_sni"], func(row adopt.Object) bool {
		ref := row["tls_container_id"].(string)
		return translate.ChildUUID(lbaas.ContainerID(ref), listener) == child.uuid()
	})
	s, _ := beginAt(t, r)
	byHand := maps.Clone(child.Object)
	byHand["uuid"], byHand["name"], byHand["vh_domain_name"], byHand["pool_ref"] = "virtualservice-00000000-0000-4000-8000-00000000000f",
		"by hand", []any{"hand.example.com"}, nil
	s.write([]written{{child.Type, child.Tenant, byHand}})
	results := s.plan(r.dump(t))
	var deleted []string
	for _, e := range results[0].Effects {
		if e.Action == "delete" && e.Type != "sslkeyandcertificate" {
			deleted = append(deleted, e.Type+" "+e.UUID)
		}
	}
	pool := child.Object["pool_ref"].(string)
	want := []string{"virtualservice " + child.uuid(), "pool " + pool[strings.LastIndex(pool, "/")+1:]}
	slices.Sort(want)
	slices.Sort(deleted)
	if diff := cmp.Diff(want, deleted); diff != "" {
		t.Errorf("deletions (-want +got):\n%s", diff)
	}
	s.apply(results)
	after := s.objects()
	if after["virtualservice/"+child.uuid()] != nil || after["virtualservice/virtualservice-00000000-0000-4000-8000-00000000000f"] == nil {
		t.Error("the former child is there, or the one made by hand is not")
	}
}

// An Octavia's L7 policies come along, with their rules and positions, and work.
func TestL7PoliciesOfOctavia(t *testing.T) {
	t.Parallel()
	s := begin(t, testbed.Options{}, nil)
	c := one()
	c["listener"][listenerID]["protocol"], c["pool"][poolID]["protocol"] = "HTTP", "HTTP"
	e := readAPI(t, c)
	e.Octavia = true
	policy := func(id, name string, position int, more adopt.Object) adopt.Object {
		o := adopt.Object{
			"id": id, "name": name, "description": "", "listener_id": listenerID, "position": json.Number(string(rune('0' + position))),
			"admin_state_up": true, "redirect_pool_id": nil, "redirect_url": nil, "redirect_prefix": nil, "redirect_http_code": nil,
			"project_id": project, "tenant_id": project, "rules": []any{map[string]any{"id": "any"}}, "tags": []any{},
			"provisioning_status": "ACTIVE", "operating_status": "ONLINE", "created_at": "2024-05-06T07:08:09", "updated_at": nil,
		}
		maps.Copy(o, more)
		return o
	}
	const second, first = "11111111-0000-4000-8000-000000000002", "11111111-0000-4000-8000-000000000001"
	e.L7Policies = []adopt.Object{
		policy(second, "second", 2, adopt.Object{"action": "REDIRECT_TO_POOL", "redirect_pool_id": poolID}),
		policy(first, "first", 1, adopt.Object{
			"action": "REDIRECT_TO_URL", "redirect_url": "https://www.example.com/", "redirect_http_code": json.Number("301"),
		}),
	}
	for i, policyID := range []string{first, second} {
		e.L7Rules = append(e.L7Rules, adopt.Object{
			"id": "22222222-0000-4000-8000-00000000000" + string(rune('1'+i)), "l7policy_id": policyID, "type": "PATH",
			"compare_type": "STARTS_WITH", "key": nil, "value": "/" + policyID, "invert": false, "admin_state_up": true,
			"project_id": project, "provisioning_status": "ACTIVE", "operating_status": "ONLINE",
		})
	}
	results := s.plan(e)
	if results[0].Verdict != adopt.TakenOver || len(results[0].Notes) > 0 {
		t.Fatalf("result %+v", results[0])
	}
	s.apply(results)
	tree := s.Tree(t, lbID)
	if len(tree.L7Policies) != 2 || tree.L7Policies[0].ID != first || tree.L7Policies[1].Position != 2 || len(tree.L7Rules) != 2 {
		t.Errorf("policies %+v, rules %+v", tree.L7Policies, tree.L7Rules)
	}
	if s.objects()["httppolicyset/"+translate.PolicySetUUID(listenerID)] == nil {
		t.Error("the policies are not at the Controller")
	}
	if err := s.Service.DeleteLoadBalancer(t.Context(), s.Caller, lbID, true); err != nil {
		t.Fatal(err)
	}
	s.Settle(t)
	if left := s.objects(); len(left) > 0 {
		t.Errorf("left over: %v", slices.Collect(maps.Keys(left)))
	}
}

// A policy that redirects with a code that Avi has not leaves its load balancer out.
func TestL7PoliciesThatCannotBeTakenOver(t *testing.T) {
	t.Parallel()
	s := begin(t, testbed.Options{}, nil)
	e := readAPI(t, one())
	e.Octavia = true
	e.L7Policies = []adopt.Object{{
		"id": "11111111-0000-4000-8000-000000000001", "name": "p", "listener_id": listenerID, "position": json.Number("1"),
		"action": "REDIRECT_TO_URL", "redirect_url": "https://www.example.com/", "redirect_http_code": json.Number("308"),
	}}
	if r := s.plan(e)[0]; r.Verdict != adopt.LeftOut || !strings.Contains(strings.Join(r.Reasons, " "), "redirect_http_code 308") {
		t.Errorf("result %+v", r)
	}
}
