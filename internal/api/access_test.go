package api_test

import (
	_ "embed"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/policy"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// measured is what octavia-api 11.0.0 (Zed) with Keystone answered to users of all kinds: a line for each request, a column for
// each user, and the status. The load balancer asked for is the own project's and PENDING, so that a change that the policy lets
// through ends with 409; "none" is an id of nothing, "wrong" a body with a mistake.
//
//go:embed testdata/access.tsv
var measured string

// bearers are the tokens of the users that were measured. Those of one project come first.
func bearers() tokens {
	of := func(project string, roles ...string) keystone.Identity {
		return keystone.Identity{UserID: "u", ProjectID: project, Roles: roles}
	}
	return tokens{
		"own-lbmember":    of(project, "load-balancer_member", "member"),
		"own-member":      of(project, "member"),
		"own-lbobserver":  of(project, "load-balancer_observer", "reader"),
		"own-reader":      of(project, "reader"),
		"other-lbmember":  of(otherProject, "load-balancer_member", "member"),
		"global-observer": of(otherProject, "load-balancer_global_observer", "reader"),
		"admin":           of(otherProject, "admin"),
		"lb-admin":        of(otherProject, "load-balancer_admin"),
		"quota-admin":     of(otherProject, "load-balancer_quota_admin"),
		"no-role":         of(project, "creator"),
		"domain-member":   {UserID: "u", DomainID: "default", Roles: []string{"member", "load-balancer_member"}},
		"system-admin":    {UserID: "u", SystemScope: "all", Roles: []string{"admin"}},
		"system-reader":   {UserID: "u", SystemScope: "all", Roles: []string{"reader"}},
	}
}

// sameAs are the users whose rights grew with Octavia's newer defaults, which take Keystone's own roles for the load-balancer_*
// roles: what they may do is what the others could before.
func sameAs(user string) string {
	switch user {
	case "own-member":
		return "own-lbmember"
	case "own-reader":
		return "own-lbobserver"
	case "system-reader": // a reader of the whole system is none of a project's any more
		return "domain-member"
	}
	return user
}

// site is a real service over a store with one object of each kind.
type site struct {
	*front
	service *service.Service
	store   *store.Store
	ids     map[string]string
}

func newSite(t *testing.T, limits lbaas.Quotas, change ...func(*api.Options)) *site {
	t.Helper()
	options := storetest.Options(t)
	options.Quotas = limits
	kept, err := store.Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	s := &site{store: kept, ids: map[string]string{"project": project, "other": otherProject, "none": newID(99)}}
	s.service = service.New(service.Options{Store: kept, Providers: []service.Provider{{Name: "avi_adc"}}, Wake: func() {}})
	s.front = newFront(t, append([]func(*api.Options){func(o *api.Options) {
		o.Service, o.Authenticator = s.service, api.KeystoneAuth{Validator: bearers()}
	}}, change...)...)
	return s
}

// populate makes a tree in the project, and a flavor.
func (s *site) populate(t *testing.T) {
	t.Helper()
	resource := func(name string, n int) lbaas.Resource {
		s.ids[name] = newID(n)
		return lbaas.Resource{
			ID: newID(n), ProjectID: project, CreatedAt: birth(), ProvisioningStatus: lbaas.PendingUpdate, OperatingStatus: lbaas.Offline,
		}
	}
	lb := lbaas.LoadBalancer{Resource: resource("lb", 1), Provider: "avi_adc"}
	listener := lbaas.Listener{Resource: resource("listener", 2), LoadBalancerID: lb.ID, Protocol: lbaas.ListenerHTTP, ProtocolPort: 80}
	pool := lbaas.Pool{Resource: resource("pool", 3), LoadBalancerID: lb.ID, Protocol: lbaas.PoolHTTP}
	member := lbaas.Member{Resource: resource("member", 4), PoolID: pool.ID, Address: "192.0.2.1", ProtocolPort: 80}
	monitor := lbaas.HealthMonitor{Resource: resource("monitor", 5), PoolID: pool.ID, Type: lbaas.MonitorTCP}
	l7policy := lbaas.L7Policy{
		Resource: resource("l7policy", 6), LoadBalancerID: lb.ID, ListenerID: listener.ID, Action: lbaas.L7Reject, Position: 1,
	}
	rule := lbaas.L7Rule{
		Resource: resource("l7rule", 7), LoadBalancerID: lb.ID, ListenerID: listener.ID, PolicyID: l7policy.ID,
		Type: "PATH", CompareType: "STARTS_WITH", Value: "/x",
	}
	err := s.store.Write(t.Context(), func(tx *store.Tx) error {
		for _, insert := range []func() error{
			func() error { return tx.InsertLoadBalancer(&lb) },
			func() error { return tx.InsertListener(&listener) },
			func() error { return tx.InsertPool(&pool) },
			func() error { return tx.InsertMember(lb.ID, &member) },
			func() error { return tx.InsertHealthMonitor(lb.ID, &monitor) },
			func() error { return tx.InsertL7Policy(&l7policy) },
			func() error { return tx.InsertL7Rule(&rule) },
		} {
			if err := insert(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s.populateFlavors(t)
}

func (s *site) populateFlavors(t *testing.T) {
	t.Helper()
	admin := service.Caller{Global: true}
	profile, err := s.service.CreateFlavorProfile(t.Context(), admin, lbaas.FlavorProfileInput{
		Name: lbaas.Given("p"), Provider: lbaas.Given("avi_adc"), FlavorData: lbaas.Given("{}"),
	})
	if err != nil {
		t.Fatal(err)
	}
	flavor, err := s.service.CreateFlavor(t.Context(), admin, lbaas.FlavorInput{Name: lbaas.Given("f"), ProfileID: lbaas.Given(profile.ID)})
	if err != nil {
		t.Fatal(err)
	}
	s.ids["profile"], s.ids["flavor"] = profile.ID, flavor.ID
}

// attempt is one request of the measurement; {name} is an id of the site.
type attempt struct{ name, method, path, body string }

// attempts are the requests that were measured.
func attempts() []attempt {
	var all []attempt
	add := func(name, method, path, body string) { all = append(all, attempt{name, method, path, body}) }
	for _, kind := range [][3]string{
		{"loadbalancer", "/loadbalancers", "{lb}"},
		{"listener", "/listeners", "{listener}"},
		{"pool", "/pools", "{pool}"},
		{"healthmonitor", "/healthmonitors", "{monitor}"},
		{"l7policy", "/l7policies", "{l7policy}"},
	} {
		name, path, one := kind[0], kind[1], kind[1]+"/"+kind[2]
		add(name+":get_all", "GET", path, "")
		add(name+":get_all of own", "GET", path+"?project_id={project}", "")
		add(name+":get_all of other", "GET", path+"?project_id={other}", "")
		add(name+":get_one", "GET", one, "")
		add(name+":get_one none", "GET", path+"/{none}", "")
		add(name+":put", "PUT", one, `{"`+name+`": {"name": "n"}}`)
		add(name+":put none", "PUT", path+"/{none}", `{"`+name+`": {"name": "n"}}`)
		add(name+":put wrong", "PUT", one, `{"`+name+`": {"nonsense": 1}}`)
		add(name+":delete", "DELETE", one, "")
		add(name+":delete none", "DELETE", path+"/{none}", "")
	}
	add("loadbalancer:get_status", "GET", "/loadbalancers/{lb}/status", "")
	add("loadbalancer:get_stats", "GET", "/loadbalancers/{lb}/stats", "")
	add("listener:get_stats", "GET", "/listeners/{listener}/stats", "")
	add("loadbalancer:put_failover", "PUT", "/loadbalancers/{lb}/failover", "")
	add("loadbalancer:post", "POST", "/loadbalancers", `{"loadbalancer": {"project_id": "{project}", "vip_subnet_id": "{none}", "provider": "none-such"}}`)
	add("loadbalancer:post wrong", "POST", "/loadbalancers", `{"loadbalancer": {"project_id": "{project}", "nonsense": 1}}`)
	add("loadbalancer:post without project", "POST", "/loadbalancers", `{"loadbalancer": {"vip_subnet_id": "{none}", "provider": "none-such"}}`)
	add("listener:post", "POST", "/listeners", `{"listener": {"loadbalancer_id": "{lb}", "protocol": "HTTP", "protocol_port": 81}}`)
	add("listener:post none", "POST", "/listeners", `{"listener": {"loadbalancer_id": "{none}", "protocol": "HTTP", "protocol_port": 81}}`)
	add("pool:post", "POST", "/pools", `{"pool": {"loadbalancer_id": "{lb}", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"}}`)
	add("healthmonitor:post", "POST", "/healthmonitors", `{"healthmonitor": {"pool_id": "{pool}", "type": "TCP", "delay": 5, "timeout": 3, "max_retries": 2}}`)
	add("l7policy:post", "POST", "/l7policies", `{"l7policy": {"listener_id": "{listener}", "action": "REJECT"}}`)
	return append(all, moreAttempts()...)
}

func moreAttempts() []attempt {
	const members, rules = "/pools/{pool}/members", "/l7policies/{l7policy}/rules"
	return []attempt{
		{"member:get_all", "GET", members, ""},
		{"member:get_all none", "GET", "/pools/{none}/members", ""},
		{"member:get_one", "GET", members + "/{member}", ""},
		{"member:get_one none", "GET", members + "/{none}", ""},
		{"member:get_one wrong pool", "GET", "/pools/{none}/members/{member}", ""},
		{"member:post", "POST", members, `{"member": {"address": "192.0.2.9", "protocol_port": 81}}`},
		{"member:put", "PUT", members + "/{member}", `{"member": {"weight": 2}}`},
		{"member:put all", "PUT", members, `{"members": [{"address": "192.0.2.9", "protocol_port": 81}]}`},
		{"member:delete", "DELETE", members + "/{member}", ""},
		{"l7rule:get_all", "GET", rules, ""},
		{"l7rule:get_one", "GET", rules + "/{l7rule}", ""},
		{"l7rule:post", "POST", rules, `{"rule": {"type": "PATH", "compare_type": "STARTS_WITH", "value": "/y"}}`},
		{"l7rule:put", "PUT", rules + "/{l7rule}", `{"rule": {"value": "/z"}}`},
		{"l7rule:delete", "DELETE", rules + "/{l7rule}", ""},
		{"provider:get_all", "GET", "/providers", ""},
		{"provider-flavor:get_all", "GET", "/providers/avi_adc/flavor_capabilities", ""},
		{"provider-availability-zone:get_all", "GET", "/providers/avi_adc/availability_zone_capabilities", ""},
		{"flavor:get_all", "GET", "/flavors", ""},
		{"flavor:get_one", "GET", "/flavors/{flavor}", ""},
		{"flavor:get_one none", "GET", "/flavors/{none}", ""},
		{"flavor:post", "POST", "/flavors", `{"flavor": {"name": "f", "flavor_profile_id": "{profile}"}}`},
		{"flavor:put", "PUT", "/flavors/{flavor}", `{"flavor": {"description": "d"}}`},
		{"flavor:put none", "PUT", "/flavors/{none}", `{"flavor": {"description": "d"}}`},
		{"flavor:delete none", "DELETE", "/flavors/{none}", ""},
		{"flavor-profile:get_all", "GET", "/flavorprofiles", ""},
		{"flavor-profile:get_one", "GET", "/flavorprofiles/{profile}", ""},
		{"flavor-profile:get_one none", "GET", "/flavorprofiles/{none}", ""},
		{"flavor-profile:post wrong", "POST", "/flavorprofiles", `{"flavorprofile": {"name": "x", "provider_name": "none-such", "flavor_data": "{}"}}`},
		{"flavor-profile:put", "PUT", "/flavorprofiles/{profile}", `{"flavorprofile": {"name": "q"}}`},
		{"flavor-profile:delete none", "DELETE", "/flavorprofiles/{none}", ""},
		{"availability-zone:get_all", "GET", "/availabilityzones", ""},
		{"availability-zone:post wrong", "POST", "/availabilityzones", `{"availability_zone": {"name": "x", "availability_zone_profile_id": "{none}"}}`},
		{"availability-zone-profile:get_all", "GET", "/availabilityzoneprofiles", ""},
		{"quota:get_all", "GET", "/quotas", ""},
		{"quota:get_all of own", "GET", "/quotas?project_id={project}", ""},
		{"quota:get_one own", "GET", "/quotas/{project}", ""},
		{"quota:get_one other", "GET", "/quotas/{other}", ""},
		{"quota:get_one defaults", "GET", "/quotas/defaults", ""},
		{"quota:get_defaults", "GET", "/quotas/{project}/default", ""},
		{"quota:put", "PUT", "/quotas/{project}", `{"quota": {"pool": 50}}`},
		{"quota:put wrong", "PUT", "/quotas/{project}", `{"quota": {"pool": -2}}`},
		{"quota:delete none", "DELETE", "/quotas/{none}", ""},
		{"nothing", "GET", "/nothing", ""},
	}
}

// do sends an attempt with a user's token.
func (s *site) try(user string, a attempt) reply {
	var names []string
	for name, id := range s.ids {
		names = append(names, "{"+name+"}", id)
	}
	ids := strings.NewReplacer(names...)
	return s.do(a.method, "/v2/lbaas"+ids.Replace(a.path), ids.Replace(a.body), "X-Auth-Token: "+user)
}

// Who may do what, and who is told what of what is not there, is as with the reference, for every route and every kind of user.
func TestWhoMayDoWhat(t *testing.T) {
	s := newSite(t, nil)
	s.populate(t)
	want := reference(t)
	for _, a := range attempts() {
		for _, user := range slices.Sorted(maps.Keys(bearers())) {
			name := a.name + " by " + user
			wanted, ok := want[a.name+" by "+sameAs(user)]
			if !ok {
				t.Fatalf("%s was not measured", name)
			}
			got := s.try(user, a)
			if got.status == http.StatusNotImplemented {
				continue // nobody may
			}
			if alike(got.status) != alike(mustInt(t, wanted)) {
				t.Errorf("%s: answered %d, the reference %s: %s", name, got.status, wanted, got.body)
			}
			if got.status == http.StatusForbidden && got.fault(t) != "Policy does not allow this request to be performed." {
				t.Errorf("%s: said %q", name, got.fault(t))
			}
		}
	}
}

// reference is what the reference answered, by "request by user".
func reference(t *testing.T) map[string]string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(measured), "\n")
	users := strings.Split(lines[0], "\t")[1:]
	answers := map[string]string{}
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		for i, status := range cells[1:] {
			answers[cells[0]+" by "+users[i]] = status
		}
	}
	return answers
}

func mustInt(t *testing.T, text string) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// alike makes one of all statuses of requests that were let through.
func alike(status int) int {
	switch status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusUnauthorized:
		return status
	}
	return http.StatusOK
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
	} {
		if got := s.try(test.user, test.attempt); got.status != test.want {
			t.Errorf("%s %s by %s answered %d, want %d: %s", test.method, test.path, test.user, got.status, test.want, got.body)
		}
	}
}

// A list is everybody's own: what of other projects' is in it, is nothing.
func TestListsHoldOnlyWhatTheBearerMaySee(t *testing.T) {
	s := newSite(t, nil)
	s.populate(t)
	for _, kind := range []string{"loadbalancers", "listeners", "pools", "healthmonitors", "l7policies"} {
		for user, sees := range map[string]int{
			"own-lbmember": 1, "own-reader": 1, "other-lbmember": 0, "admin": 1, "lb-admin": 1, "global-observer": 1, "system-admin": 1,
		} {
			got := s.try(user, attempt{"", "GET", "/" + kind, ""}).object(t)
			if items, _ := got[kind].([]any); len(items) != sees {
				t.Errorf("%s sees %d %s, want %d", user, len(items), kind, sees)
			}
		}
	}
}
