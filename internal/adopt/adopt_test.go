package adopt_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/adopt"
	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a bed in which the Python driver was at work, and an adopter.
type site struct {
	*testbed.Bed
	*adopt.Adopter
	t *testing.T
}

func begin(t *testing.T, options testbed.Options, change func(*adopt.Options)) site {
	t.Helper()
	b := testbed.New(t, options)
	o := adopt.Options{
		Store: b.Store, Controllers: map[string]converge.Reader{testbed.Provider: b.Client}, DefaultProvider: testbed.Provider,
		Wanted: func(ctx context.Context, w store.Work) ([]plan.Object, error) {
			_, wanted, err := b.Worker.Wanted(ctx, w)
			return wanted, err
		},
	}
	if change != nil {
		change(&o)
	}
	return site{b, adopt.New(o), t}
}

// write makes the objects of the Python driver, as it would have.
func (s site) write(objects []written) {
	s.t.Helper()
	objects = slices.Clone(objects)
	slices.SortStableFunc(objects, func(a, b written) int { return order(a) - order(b) })
	for _, w := range objects {
		body := maps.Clone(w.Object)
		maps.DeleteFunc(body, func(_ string, v any) bool { return v == nil })
		if _, err := s.Client.Create(s.t.Context(), w.Tenant, w.Type, w.uuid(), body); err != nil {
			s.t.Fatalf("write %s %s as the Python driver: %v", w.Type, w.uuid(), err)
		}
	}
}

// objects are all objects at the Controller without what every write changes.
func (s site) objects() map[string]map[string]any {
	all := map[string]map[string]any{}
	for key, o := range s.Objects() {
		o = maps.Clone(o)
		delete(o, "_last_modified")
		delete(o, "configpb_attributes")
		all[key] = o
	}
	return all
}

func (s site) plan(e adopt.Export) []adopt.Result {
	s.t.Helper()
	results, err := s.Plan(s.t.Context(), e)
	if err != nil {
		s.t.Fatal(err)
	}
	return results
}

func (s site) apply(results []adopt.Result) {
	s.t.Helper()
	if _, err := s.Apply(s.t.Context(), results); err != nil {
		s.t.Fatal(err)
	}
	s.Settle(s.t)
}

// Load balancers of the Python driver are taken over at any point of their lives: with the options that keep its ways, nothing
// changes at the Controller but what it left behind, and the convergence afterwards only reads.
func TestAdoptWhatThePythonDriverWrote(t *testing.T) {
	t.Parallel()
	for i, m := range moments(t) {
		if i%stride != 0 {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			options := translate.Options{PythonDriverHealthMonitors: true, TerminateHTTPS: true}
			options.Cloud, _ = m.config["cloud"].(string)
			s := begin(t, testbed.Options{Translate: options}, nil)
			if options.Cloud != "" && options.Cloud != "Default-Cloud" {
				if _, err := s.Client.Create(t.Context(), "", "cloud", "", avi.Object{"name": options.Cloud, "vtype": "CLOUD_NONE"}); err != nil {
					t.Fatal(err)
				}
			}
			s.write(m.objects)
			before := s.objects()
			s.Sim.ResetRequests()
			results := s.plan(readAPI(t, m.cloud))
			s.mustOnlyHaveRead()
			leftovers := 0
			for _, r := range results {
				if r.Verdict != adopt.TakenOver {
					t.Fatalf("result %+v", r)
				}
				for _, e := range r.Effects {
					if e.Action != converge.Delete || !unused(m.objects, e.UUID) {
						t.Errorf("load balancer %s: the plan is to %s %s %s %v", r.ID, e.Action, e.Type, e.UUID, e.Fields)
					}
					delete(before, e.Type+"/"+e.UUID)
					leftovers++
				}
			}
			if len(results) != len(m.cloud["loadbalancer"]) {
				t.Errorf("%d results for %d load balancers", len(results), len(m.cloud["loadbalancer"]))
			}
			s.Sim.ResetRequests()
			s.apply(results)
			if diff := cmp.Diff(before, s.objects()); diff != "" {
				t.Errorf("objects (-before +after):\n%s", diff)
			}
			for _, r := range s.Sim.Requests() {
				if r.Method == http.MethodDelete && leftovers > 0 && r.Type != "virtualservice" {
					leftovers--
				} else if r.Method != http.MethodGet {
					t.Errorf("after the adoption: %s %s", r.Method, r.Path)
				}
			}
			s.mustBeHereNow(m.cloud)
		})
	}
}

// unused says that no virtual service of the Python driver's uses a pool.
func unused(objects []written, uuid string) bool {
	return !slices.ContainsFunc(objects, func(w written) bool {
		ref, _ := w.Object["pool_ref"].(string)
		return strings.HasSuffix(ref, "/"+uuid)
	})
}

func (s site) mustOnlyHaveRead() {
	s.t.Helper()
	for _, r := range s.Sim.Requests() {
		if r.Method != http.MethodGet {
			s.t.Errorf("the plan sent %s %s", r.Method, r.Path)
		}
	}
}

// mustBeHereNow wants every object in the store, ACTIVE, and nothing left to adopt.
func (s site) mustBeHereNow(c cloud) {
	s.t.Helper()
	counts := map[string]int{}
	for id := range c["loadbalancer"] {
		tree := s.Tree(s.t, id)
		if tree.LoadBalancer.ProvisioningStatus != lbaas.Active {
			s.t.Errorf("load balancer %s is %s: %s", id, tree.LoadBalancer.ProvisioningStatus, tree.LoadBalancer.StatusReason)
		}
		counts["loadbalancer"]++
		counts["listener"] += len(tree.Listeners)
		counts["pool"] += len(tree.Pools)
		counts["member"] += len(tree.Members)
		counts["healthmonitor"] += len(tree.Monitors)
	}
	for typ, objects := range c {
		if counts[typ] != len(objects) {
			s.t.Errorf("%d of %d objects of type %s are here", counts[typ], len(objects), typ)
		}
	}
	for _, r := range s.plan(readAPI(s.t, c)) {
		if r.Verdict != adopt.Here {
			s.t.Errorf("once more: %+v", r)
		}
	}
}

// one is a cloud with one load balancer that can be taken over.
func one() cloud {
	c := newCloud()
	c.operate("create", "loadbalancer", "", adopt.Object{
		"id": lbID, "name": "web", "project_id": project, "vip_address": "10.0.0.10", "vip_subnet_id": "s1", "vip_port_id": "p1",
	})
	c.operate("create", "listener", "", adopt.Object{
		"id": listenerID, "name": "l1", "loadbalancer_id": lbID, "protocol": "HTTPS", "protocol_port": 443,
	})
	c.operate("create", "pool", "", adopt.Object{
		"id": poolID, "name": "p1", "listener_id": listenerID, "protocol": "HTTPS", "lb_algorithm": "ROUND_ROBIN",
	})
	c.operate("create", "healthmonitor", "", adopt.Object{
		"id": monitorID, "pool_id": poolID, "type": "PING", "delay": 5, "timeout": 3, "max_retries": 3,
		"http_method": "GET", "url_path": "/", "expected_codes": "200",
	})
	return c
}

const (
	project    = "9f1b2c3d4e5f40718293a4b5c6d7e8f9"
	lbID       = "779c41b8-7e75-5556-ac0b-8a3f5d12a0cb"
	listenerID = "59ff4999-203c-5435-9072-1f54e3b5be3e"
	poolID     = "3541953d-d19e-54a0-9896-1b8038e26dbd"
	monitorID  = "df70ca6a-5f36-519f-b8e1-a8e8e514b212"
)

// Without the options that keep the Python driver's ways, the plan shows the documented deviations, and the first convergence
// makes exactly those, in place.
func TestAdoptShowsTheDeviations(t *testing.T) {
	t.Parallel()
	old := begin(t, testbed.Options{Translate: translate.Options{TerminateHTTPS: true, PythonDriverHealthMonitors: true}}, nil)
	old.apply(old.plan(readAPI(t, one()))) // the Python driver's way with HTTPS
	var objects []written
	for _, o := range old.Sim.Objects() {
		if order(written{Type: o.Type}) >= 0 {
			for _, own := range []string{"_last_modified", "url", "configpb_attributes", "tenant_ref", "markers", "vrf_context_ref"} {
				delete(o.Object, own)
			}
			objects = append(objects, written{o.Type, o.Tenant, o.Object})
		}
	}
	s := begin(t, testbed.Options{}, nil)
	s.write(named(objects))
	results := s.plan(readAPI(t, one()))
	if len(results) != 1 {
		t.Fatalf("results %+v", results)
	}
	var got []string
	for _, e := range results[0].Effects {
		for _, f := range e.Fields {
			got = append(got, fmt.Sprintf("%s %s %s", e.Action, e.Type, f.Path))
		}
	}
	want := []string{"change pool ssl_profile_ref", "change virtualservice application_profile_ref", "change virtualservice services[0].enable_ssl"}
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("the plan %q lacks %q", got, w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("the plan is %q, want %q", got, want)
	}
	s.Sim.ResetRequests()
	s.apply(results)
	for _, r := range s.Sim.Requests() {
		if r.Method == http.MethodPost || r.Method == http.MethodDelete {
			t.Errorf("after the adoption: %s %s", r.Method, r.Path)
		}
	}
}

// named gives references to system objects by name, as the Python driver did: their uuids are another Controller's.
func named(objects []written) []written {
	for _, w := range objects {
		maps.DeleteFunc(w.Object, func(name string, _ any) bool {
			return strings.HasSuffix(name, "_ref") && name != "pool_ref" && name != "vsvip_ref" && name != "application_profile_ref" &&
				name != "ssl_profile_ref"
		})
		if w.Type == "virtualservice" {
			w.Object["application_profile_ref"] = "/api/applicationprofile?name=System-Secure-HTTP"
			delete(w.Object, "ssl_key_and_certificate_refs")
		}
		if w.Type == "pool" && w.Object["ssl_profile_ref"] != nil {
			w.Object["ssl_profile_ref"] = "/api/sslprofile?name=System-Standard"
		}
	}
	return objects
}

func TestWhatCannotBeTakenOverIsLeftOutWithItsReason(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(cloud)
		want   string
	}{
		"an attribute that nobody knows": {
			func(c cloud) { c["listener"][listenerID]["conjured"] = "up" },
			`listener 59ff4999-203c-5435-9072-1f54e3b5be3e (l1): conjured = "up" is not supported by this version`,
		},
		"a protocol": {
			func(c cloud) { c["listener"][listenerID]["protocol"] = "PROMETHEUS" },
			"listener 59ff4999-203c-5435-9072-1f54e3b5be3e (l1): Provider 'avi' does not support a requested option: a listener with protocol PROMETHEUS",
		},
		"an invalid value": {
			func(c cloud) { c["pool"][poolID]["lb_algorithm"] = "RANDOM" }, "Invalid input for field/attribute lb_algorithm",
		},
		"a wrong type":                {func(c cloud) { c["listener"][listenerID]["protocol_port"] = "https" }, `protocol_port = "https":`},
		"an id that is no UUID":       {func(c cloud) { c["loadbalancer"][lbID]["id"] = "five" }, "its id is no UUID"},
		"no project":                  {func(c cloud) { delete(c["loadbalancer"][lbID], "project_id") }, "it has no project"},
		"no address":                  {func(c cloud) { delete(c["loadbalancer"][lbID], "vip_address") }, "it has no address"},
		"a pool that does not fit":    {func(c cloud) { c["pool"][poolID]["protocol"] = "UDP" }, "The pool protocol 'UDP' is invalid"},
		"a pool that is not there":    {func(c cloud) { delete(c["pool"], poolID) }, "its default pool"},
		"a monitor that does not fit": {func(c cloud) { c["healthmonitor"][monitorID]["type"] = "UDP-CONNECT" }, "The UDP-CONNECT type is only"},
		"a member without an address": {func(c cloud) {
			c.operate("create", "member", "", adopt.Object{"id": "fc5885ba-93f8-5579-b447-60fc83e3f12d", "pool_id": poolID, "protocol_port": 80})
		}, "field/attribute address"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, testbed.Options{}, nil)
			c := one()
			tc.change(c)
			results := s.plan(readAPI(t, c))
			if len(results) != 1 || results[0].Verdict != adopt.LeftOut {
				t.Fatalf("results %+v", results)
			}
			if reasons := strings.Join(results[0].Reasons, "; "); !strings.Contains(reasons, tc.want) {
				t.Errorf("the reasons are %q, want %q", reasons, tc.want)
			}
			if n, err := s.Apply(t.Context(), results); n != 0 || err != nil {
				t.Errorf("%d load balancers stored, %v", n, err)
			}
		})
	}
}

func TestProvidersOfTheSource(t *testing.T) {
	t.Parallel()
	s := begin(t, testbed.Options{}, nil)
	provider := func(name string) adopt.Export {
		e := readAPI(t, one())
		e.LoadBalancers[0]["provider"] = name
		return e
	}
	check := func(what string, e adopt.Export, want adopt.Verdict, wantProvider string) {
		t.Helper()
		if r := s.plan(e)[0]; r.Verdict != want || r.Provider != wantProvider {
			t.Errorf("%s: %s by provider %q %v", what, r.Verdict, r.Provider, r.Reasons)
		}
	}
	check("of our name", provider("AVI_ADC"), adopt.TakenOver, "avi_adc")
	check("without a name", provider(""), adopt.TakenOver, "avi_adc")
	check("of another one", provider("haproxy"), adopt.LeftOut, "haproxy")
	s.Providers = map[string]string{"Old": "avi_adc"}
	check("of another name", provider("old"), adopt.TakenOver, "avi_adc")
	check("not asked for", provider("avi_adc"), adopt.LeftOut, "avi_adc")
}

// ports are those of a network service.
type ports map[string]neutron.Port

func (p ports) Port(_ context.Context, id string) (neutron.Port, error) {
	if port, ok := p[id]; ok {
		return port, nil
	}
	return neutron.Port{}, &neutron.Error{Kind: neutron.ErrNotFound}
}

func (p ports) VIPPorts(context.Context, string) ([]neutron.Port, error) { return nil, nil }

func (p ports) DeletePort(_ context.Context, id string) error {
	delete(p, id)
	return nil
}

// The port that neutron-lbaas made becomes ours: it goes with the load balancer. A user's stays.
func TestPortsAreTakenOverByWhoMadeThem(t *testing.T) {
	t.Parallel()
	for owner, goes := range map[string]bool{"neutron:LOADBALANCERV2": true, "Octavia": true, "": false, "compute:nova": false} {
		t.Run(owner, func(t *testing.T) {
			t.Parallel()
			network := ports{"p1": {
				ID: "p1", NetworkID: "n1", DeviceOwner: owner, FixedIPs: []neutron.FixedIP{{Address: netip.MustParseAddr("10.0.0.10")}},
			}}
			s := begin(t, testbed.Options{Ports: network}, func(o *adopt.Options) { o.Ports = network })
			s.apply(s.plan(readAPI(t, one())))
			vip := s.Tree(t, lbID).LoadBalancer.VIP
			if want := (lbaas.VIP{Address: "10.0.0.10", SubnetID: "s1", NetworkID: "n1", PortID: "p1", OwnsPort: goes}); vip != want {
				t.Errorf("VIP %+v, want %+v", vip, want)
			}
			if err := s.Service.DeleteLoadBalancer(t.Context(), s.Caller, lbID, true); err != nil {
				t.Fatal(err)
			}
			s.Settle(t)
			if _, there := network["p1"]; there == goes {
				t.Errorf("after the deletion the port is there: %t", there)
			}
			if left := s.objects(); len(left) > 0 {
				t.Errorf("left over: %v", slices.Collect(maps.Keys(left)))
			}
		})
	}
	s := begin(t, testbed.Options{}, func(o *adopt.Options) { o.Ports = ports{} })
	if r := s.plan(readAPI(t, one()))[0]; r.Verdict != adopt.TakenOver || len(r.Notes) != 1 || !strings.Contains(r.Notes[0], "p1") {
		t.Errorf("a port that is gone: %+v", r)
	}
}

// An object in another project's tenant is not touched.
func TestObjectsOfAnotherTenantAreNotTakenOver(t *testing.T) {
	t.Parallel()
	s := begin(t, testbed.Options{}, nil)
	s.write([]written{{"healthmonitor", "tenant-00000000-0000-4000-8000-000000000001", map[string]any{
		"uuid": "healthmonitor-" + monitorID, "name": "m", "type": "HEALTH_MONITOR_PING",
	}}})
	if r := s.plan(readAPI(t, one()))[0]; r.Verdict != adopt.LeftOut || !strings.Contains(strings.Join(r.Reasons, " "), "Avi tenant") {
		t.Errorf("result %+v", r)
	}
}

// What has come into the store between plan and apply is not overwritten.
func TestApplyTwice(t *testing.T) {
	t.Parallel()
	s := begin(t, testbed.Options{}, nil)
	first, second := s.plan(readAPI(t, one())), s.plan(readAPI(t, one()))
	if n, err := s.Apply(t.Context(), first); n != 1 || err != nil {
		t.Fatalf("%d stored, %v", n, err)
	}
	if n, err := s.Apply(t.Context(), second); n != 0 || err != nil || second[0].Verdict != adopt.LeftOut {
		t.Errorf("%d stored the second time, %v: %+v", n, err, second[0])
	}
	if _, err := s.Store.Standing(t.Context(), "no-such"); !errors.Is(err, lbaas.KindNotFound) {
		t.Errorf("a load balancer that is not here: %v", err)
	}
}

// Octavia's attributes at their defaults do no harm, and its own meaning of retries stays.
func TestOctaviaSource(t *testing.T) {
	t.Parallel()
	s := begin(t, testbed.Options{}, nil)
	e := readAPI(t, one())
	e.Octavia = true
	maps.Copy(e.LoadBalancers[0], adopt.Object{
		"vip_network_id": "n1", "vip_qos_policy_id": nil, "additional_vips": []any{}, "tags": []any{}, "availability_zone": nil,
		"created_at": "2024-05-06T07:08:09", "vip_vnic_type": "normal",
	})
	e.Listeners[0]["insert_headers"], e.Listeners[0]["allowed_cidrs"], e.Listeners[0]["client_authentication"] = map[string]any{}, nil, "NONE"
	e.Pools[0]["tls_enabled"], e.Pools[0]["tls_ciphers"] = false, nil
	results := s.plan(e)
	s.apply(results)
	tree := s.Tree(t, lbID)
	if got := tree.LoadBalancer.CreatedAt.Format("2006-01-02T15:04:05Z07:00"); got != "2024-05-06T07:08:09Z" {
		t.Errorf("created at %s", got)
	}
	if tree.Monitors[0].MaxRetriesDown != 3 || tree.LoadBalancer.VIP.NetworkID != "n1" {
		t.Errorf("tree %+v", tree)
	}
}
