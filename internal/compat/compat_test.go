package compat_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// TestCompat replays what was recorded of the Python driver and wants the same objects for no more requests.
//
// It runs with python_driver_health_monitors, the option that keeps two habits of the Python driver which this project has
// otherwise given up: that a disabled monitor stays attached, and that only the two ends of a range of codes count.
func TestCompat(t *testing.T) {
	var ours, theirs int
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			v.checkOptions(t)
			r := newReplay(t, v)
			for i, s := range v.Steps {
				r.take(t, i, s)
			}
			ours, theirs = ours+r.ours, theirs+r.theirs
			t.Logf("%d requests, the Python driver %d", r.ours, r.theirs)
		})
	}
	t.Logf("all vectors: %d requests, the Python driver %d", ours, theirs)
	if ours == 0 {
		t.Error("no vector was replayed")
	}
}

// replay is one vector on its way.
type replay struct {
	bed       *testbed.Bed
	protocols map[string]string
	terminate bool
	pools     map[string]string // of members, by id

	before  map[string]bool // the Controller's objects before the first step
	flavors map[string]bool // those that can be read, by id
	lookups map[string]bool // of what flavors name, as they were requested

	ours, theirs int // requests
}

func newReplay(t *testing.T, v vector) *replay {
	t.Helper()
	options := translate.Options{PythonDriverHealthMonitors: true, TerminateHTTPS: v.Config["https_listener"] == "terminate"}
	options.Cloud, _ = v.Config["cloud"].(string)
	options.PlacementNetworks = v.Config["use_placement_network_for_pool"] == true
	r := &replay{
		bed: testbed.New(t, testbed.Options{
			Translate: options, VRFContextPerSubnet: v.Config["vrf_context_per_subnet"] == true, Keys: &vault{t: t}, Subnets: v.Subnets,
		}),
		protocols: v.protocols(t), terminate: options.TerminateHTTPS, pools: map[string]string{},
	}
	if options.Cloud != "" && options.Cloud != "Default-Cloud" {
		cloud := avi.Object{"name": options.Cloud, "vtype": "CLOUD_NONE"}
		if _, err := r.bed.Client.Create(t.Context(), "", "cloud", "", cloud); err != nil {
			t.Fatal(err)
		}
	}
	r.makeFlavors(t, v, options.Cloud)
	if _, err := r.bed.Client.Version(t.Context()); err != nil {
		t.Fatal(err) // logged in once, before requests are counted
	}
	return r
}

// take carries out one step and compares what it cost and what came of it.
func (r *replay) take(t *testing.T, i int, s step) {
	t.Helper()
	label := fmt.Sprintf("step %d (%s %s)", i+1, s.Op, s.Type)
	r.bed.Sim.ResetRequests()
	if err := r.operate(t, s); err != nil {
		t.Fatalf("%s: %v", label, err)
	}
	r.bed.Settle(t)
	var sent []string
	for _, request := range r.bed.Sim.Requests() {
		if !r.moreThanTheirs(request) {
			sent = append(sent, request.Method+" "+request.Path)
		}
	}
	r.ours, r.theirs = r.ours+len(sent), r.theirs+len(s.Calls)
	if len(sent) > len(s.Calls) {
		t.Errorf("%s: %d requests where the Python driver needed %d:\n  %s", label, len(sent), len(s.Calls), strings.Join(sent, "\n  "))
	}
	if s.Objects != nil {
		r.compare(t, label, s)
	}
}

// operate carries out the LBaaS v2 operation, with the vector's ids.
func (r *replay) operate(t *testing.T, s step) error {
	t.Helper()
	ctx, service, caller := t.Context(), r.bed.Service, r.bed.Caller
	id, b := s.ID, s.body(t)
	if b.PoolID != "" {
		r.pools[b.ID] = b.PoolID
	}
	var err error
	switch s.Op + " " + s.Type {
	case "create loadbalancer":
		_, err = service.CreateLoadBalancer(ctx, caller, r.withReadableFlavor(t, input[lbaas.LoadBalancerInput](t, s)))
	case "update loadbalancer":
		_, err = service.UpdateLoadBalancer(ctx, caller, id, input[lbaas.LoadBalancerInput](t, s))
	case "delete loadbalancer":
		err = service.DeleteLoadBalancer(ctx, caller, id, false)
	case "create listener":
		_, err = service.CreateListener(ctx, caller, input[lbaas.ListenerInput](t, s))
	case "update listener":
		_, err = service.UpdateListener(ctx, caller, id, input[lbaas.ListenerInput](t, s))
	case "delete listener":
		err = service.DeleteListener(ctx, caller, id)
	case "create pool":
		_, err = service.CreatePool(ctx, caller, input[lbaas.PoolInput](t, s))
	case "update pool":
		_, err = service.UpdatePool(ctx, caller, id, input[lbaas.PoolInput](t, s))
	case "delete pool":
		err = service.DeletePool(ctx, caller, id)
	case "create member":
		_, err = service.CreateMember(ctx, caller, input[lbaas.MemberInput](t, s))
	case "update member":
		_, err = service.UpdateMember(ctx, caller, r.pools[id], id, input[lbaas.MemberInput](t, s))
	case "delete member":
		err = service.DeleteMember(ctx, caller, r.pools[id], id)
	case "create healthmonitor":
		_, err = service.CreateHealthMonitor(ctx, caller, input[lbaas.HealthMonitorInput](t, s))
	case "update healthmonitor":
		_, err = service.UpdateHealthMonitor(ctx, caller, id, input[lbaas.HealthMonitorInput](t, s))
	case "delete healthmonitor":
		err = service.DeleteHealthMonitor(ctx, caller, id)
	default:
		t.Fatalf("unknown operation %s %s", s.Op, s.Type)
	}
	return err
}

// input reads a step's body strictly: an attribute that is not understood fails the test rather than being ignored.
func input[T any](t *testing.T, s step) T {
	t.Helper()
	var in T
	attributes := map[string]any{}
	if err := json.Unmarshal(s.Body, &attributes); err != nil {
		t.Fatalf("%s %s: body: %v", s.Op, s.Type, err)
	}
	text, err := json.Marshal(attributes)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		t.Fatalf("%s %s: body: %v", s.Op, s.Type, err)
	}
	return in
}

// compare wants the Controller to hold the step's objects and nothing else.
func (r *replay) compare(t *testing.T, label string, s step) {
	t.Helper()
	there := map[string]bool{}
	for key := range r.bed.Objects() {
		there[key] = !r.before[key]
	}
	for _, e := range s.Objects {
		if r.leftover(t, s.Objects, e) {
			continue
		}
		uuid := r.uuid(e)
		key := e.Type + "/" + uuid
		if !there[key] {
			t.Errorf("%s: %s is missing", label, key)
			continue
		}
		delete(there, key)
		actual, err := r.bed.Client.Get(t.Context(), e.Tenant, e.Type, uuid)
		if err != nil {
			t.Errorf("%s: %s: %v", label, key, err)
			continue
		}
		for _, d := range differences("", withTLSDeviations(s.Objects, r.withDeviations(e)).Object, map[string]any(actual)) {
			t.Errorf("%s: %s: %s", label, key, d)
		}
	}
	for key, ours := range there {
		if ours {
			t.Errorf("%s: %s should not be there", label, key)
		}
	}
}

// withDeviations applies what this project does otherwise on purpose: HTTPS is passed through. Where it is not, the Controller
// itself adds its default certificate.
func (r *replay) withDeviations(e expected) expected {
	changed := maps.Clone(e.Object)
	if r.terminate {
		if r.protocols[strings.TrimPrefix(e.uuid(), "virtualservice-")] == "HTTPS" {
			delete(changed, "ssl_key_and_certificate_refs")
		}
		e.Object = changed
		return e
	}
	switch e.Type {
	case "virtualservice":
		if r.protocols[strings.TrimPrefix(e.uuid(), "virtualservice-")] != "HTTPS" {
			return e
		}
		changed["application_profile_ref"] = "/api/applicationprofile?name=System-L4-Application"
		changed["services"] = []any{map[string]any{"enable_ssl": false, "port": e.Object["services"].([]any)[0].(map[string]any)["port"]}}
	case "pool":
		if e.Object["ssl_profile_ref"] == "/api/sslprofile?name=System-Standard" {
			changed["ssl_profile_ref"] = nil
		}
	default:
		return e
	}
	e.Object = changed
	return e
}
