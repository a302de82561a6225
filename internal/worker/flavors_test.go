package worker_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// flavor makes a flavor with this data and gives its id.
func (s *site) flavor(name, data string) string {
	s.t.Helper()
	profile, err := s.Service.CreateFlavorProfile(s.t.Context(), s.Caller, lbaas.FlavorProfileInput{
		Name: lbaas.Given(name), Provider: lbaas.Given(testbed.Provider), FlavorData: lbaas.Given(data),
	})
	s.must(err)
	f, err := s.Service.CreateFlavor(s.t.Context(), s.Caller, lbaas.FlavorInput{Name: lbaas.Given(name), ProfileID: lbaas.Given(profile.ID)})
	s.must(err)
	return f.ID
}

// ofFlavor is a load balancer of a flavor on the first subnet.
func ofFlavor(id string) lbaas.LoadBalancerInput {
	return lbaas.LoadBalancerInput{VIPSubnetID: lbaas.Given(subnetA), FlavorID: lbaas.Given(id)}
}

// provide makes objects of the admin tenant.
func (s *site) provide(objects map[string]avi.Object) {
	s.t.Helper()
	for typ, body := range objects {
		_, err := s.Client.Create(s.t.Context(), "", typ, "", body)
		s.must(err)
	}
}

func (s *site) read(typ, uuid string) avi.Object {
	s.t.Helper()
	o, err := s.Client.Get(s.t.Context(), s.tenant(red), typ, uuid)
	s.must(err)
	return o
}

// refused wants an error of the domain with this text.
func (s *site) refused(err error, kind lbaas.Kind, texts ...string) {
	s.t.Helper()
	message, got, ok := lbaas.MessageFor(err)
	if !ok || got != kind {
		s.t.Errorf("%v, want %s", err, kind)
	}
	for _, text := range texts {
		if !strings.Contains(message, text) {
			s.t.Errorf("said %q, want it to contain %q", message, text)
		}
	}
}

func TestFlavorShapesTheObjects(t *testing.T) {
	s := newSite(t, testbed.Options{})
	s.provide(map[string]avi.Object{
		"serviceenginegroup": {"name": "gold"}, "vrfcontext": {"name": "blue"},
		"applicationprofile": {"name": "my-http", "type": "APPLICATION_PROFILE_TYPE_HTTP"},
		"networkprofile":     {"name": "my-tcp", "profile": map[string]any{"type": "PROTOCOL_TYPE_TCP_PROXY"}},
	})
	id, err := s.create(red, ofFlavor(s.flavor("gold", `{
		"se_group_ref": "/api/serviceenginegroup?name=gold", "vrf_context_ref": "/api/vrfcontext?name=blue",
		"analytics_profile_ref": "/api/analyticsprofile?name=System-Analytics-Profile", "application_profile_ref": "/api/applicationprofile?name=my-http",
		"network_profile_ref": "/api/networkprofile?name=my-tcp", "traffic_enabled": false}`)))
	s.must(err)
	l := s.listen(id, 80)
	p := s.pool(l)
	vs, pool := translate.VirtualServiceUUID(l), translate.PoolUUID(p, l)
	names := func(o avi.Object, fields ...string) map[string]string {
		found := map[string]string{}
		for _, f := range fields {
			ref, _ := o[f].(string)
			_, found[f], _ = strings.Cut(ref, "#")
		}
		return found
	}
	want := map[string]string{
		"se_group_ref": "gold", "vrf_context_ref": "blue", "analytics_profile_ref": "System-Analytics-Profile", "application_profile_ref": "my-http",
		"network_profile_ref": "my-tcp",
	}
	if diff := cmp.Diff(want, names(s.read("virtualservice", vs),
		"se_group_ref", "vrf_context_ref", "analytics_profile_ref", "application_profile_ref", "network_profile_ref")); diff != "" {
		t.Errorf("virtual service (-want +got):\n%s", diff)
	}
	want = map[string]string{"vrf_ref": "blue", "analytics_profile_ref": "System-Analytics-Profile"}
	if diff := cmp.Diff(want, names(s.read("pool", pool), "vrf_ref", "analytics_profile_ref")); diff != "" {
		t.Errorf("pool (-want +got):\n%s", diff)
	}

	// Traffic is off at first, and what an operator makes of that stays.
	o := s.read("virtualservice", vs)
	if o["traffic_enabled"] != false {
		t.Errorf("traffic_enabled is %v", o["traffic_enabled"])
	}
	o["traffic_enabled"] = true
	_, err = s.Client.Replace(t.Context(), s.tenant(red), "virtualservice", vs, o)
	s.must(err)
	_, err = s.Service.UpdateListener(t.Context(), s.Caller, l, lbaas.ListenerInput{Name: lbaas.Given("x"), ConnectionLimit: lbaas.Given(5)})
	s.must(err)
	s.Settle(t)
	s.must(s.Store.Resync(t.Context(), id))
	s.Settle(t)
	if o := s.read("virtualservice", vs); o["traffic_enabled"] != true {
		t.Errorf("after an update traffic_enabled is %v", o["traffic_enabled"])
	}
}

// A flavor's profile of TCP or HTTP is not for listeners that are neither.
func TestFlavorProfilesGoWhereTheyFit(t *testing.T) {
	s := newSite(t, testbed.Options{})
	s.provide(map[string]avi.Object{
		"applicationprofile": {"name": "my-http", "type": "APPLICATION_PROFILE_TYPE_HTTP"},
		"networkprofile":     {"name": "my-tcp", "profile": map[string]any{"type": "PROTOCOL_TYPE_TCP_PROXY"}},
	})
	id, err := s.create(red, ofFlavor(s.flavor("f",
		`{"application_profile_ref": "/api/applicationprofile?name=my-http", "network_profile_ref": "/api/networkprofile?name=my-tcp"}`)))
	s.must(err)
	for protocol, want := range map[lbaas.ListenerProtocol][2]string{
		lbaas.ListenerTCP: {"System-L4-Application", "my-tcp"},
		lbaas.ListenerUDP: {"System-L4-Application", "System-UDP-Fast-Path"},
	} {
		l, err := s.Service.CreateListener(t.Context(), s.Caller, lbaas.ListenerInput{
			LoadBalancerID: lbaas.Given(id), Protocol: lbaas.Given(protocol), ProtocolPort: lbaas.Given(53),
		})
		s.must(err)
		s.Settle(t)
		s.mustBeActive(id)
		o := s.read("virtualservice", translate.VirtualServiceUUID(l.ID))
		for i, field := range []string{"application_profile_ref", "network_profile_ref"} {
			if ref, _ := o[field].(string); !strings.HasSuffix(ref, "#"+want[i]) {
				t.Errorf("%s: %s is %s, want %s", protocol, field, ref, want[i])
			}
		}
	}
}

// The SSL profile is for listeners that decrypt.
func TestFlavorSSLProfile(t *testing.T) {
	s := newSite(t, testbed.Options{Translate: translate.Options{TerminateHTTPS: true}})
	s.provide(map[string]avi.Object{
		"sslprofile": {"name": "strict", "accepted_versions": []any{map[string]any{"type": "SSL_VERSION_TLS1_2"}}},
	})
	id, err := s.create(red, ofFlavor(s.flavor("f", `{"ssl_profile_ref": "/api/sslprofile?name=strict"}`)))
	s.must(err)
	l, err := s.Service.CreateListener(t.Context(), s.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(id), Protocol: lbaas.Given(lbaas.ListenerHTTPS), ProtocolPort: lbaas.Given(443),
	})
	s.must(err)
	s.Settle(t)
	s.mustBeActive(id)
	for listener, want := range map[string]bool{l.ID: true, s.listen(id, 80): false} {
		ref, _ := s.read("virtualservice", translate.VirtualServiceUUID(listener))["ssl_profile_ref"].(string)
		if strict := strings.HasSuffix(ref, "#strict"); strict != want {
			t.Errorf("the SSL profile is %q", ref)
		}
	}
}

// What a load balancer without a flavor does not say may be set by hand.
func TestUnflavoredFieldsMayBeSetByHand(t *testing.T) {
	s := newSite(t, testbed.Options{})
	s.provide(map[string]avi.Object{"serviceenginegroup": {"name": "gold"}})
	id := s.onFirst()
	l := s.listen(id, 80)
	vs := translate.VirtualServiceUUID(l)
	o := s.read("virtualservice", vs)
	o["se_group_ref"], o["traffic_enabled"] = "/api/serviceenginegroup?name=gold", false
	_, err := s.Client.Replace(t.Context(), s.tenant(red), "virtualservice", vs, o)
	s.must(err)
	_, err = s.Service.UpdateListener(t.Context(), s.Caller, l, lbaas.ListenerInput{Name: lbaas.Given("x"), ConnectionLimit: lbaas.Given(5)})
	s.must(err)
	s.Settle(t)
	s.must(s.Store.Resync(t.Context(), id))
	s.Settle(t)
	o = s.read("virtualservice", vs)
	if ref, _ := o["se_group_ref"].(string); !strings.HasSuffix(ref, "#gold") || o["traffic_enabled"] != false {
		t.Errorf("se_group_ref is %v, traffic_enabled %v", o["se_group_ref"], o["traffic_enabled"])
	}
}

// What a flavor names has to be there, and is looked for once, not for each load balancer.
func TestFlavorNamesWhatExists(t *testing.T) {
	s := newSite(t, testbed.Options{})
	for data, names := range map[string]string{
		`{"se_group_ref": "/api/serviceenginegroup?name=nope"}`:                                          "se_group_ref /api/serviceenginegroup?name=nope",
		`{"vrf_ref": "/api/vrfcontext/vrfcontext-nope"}`:                                                 "vrf_ref /api/vrfcontext/vrfcontext-nope",
		`{"ssl_profile_ref": "/api/sslprofile?name=nope", "vrf_ref": "/api/vrfcontext?name=global"}`:     "ssl_profile_ref /api/sslprofile?name=nope",
		`{"se_group_ref": "/api/serviceenginegroup?name=Default-Group&cloud=nope"}`:                      "se_group_ref /api/serviceenginegroup?name=Default-Group&cloud=nope",
		`{"se_group_ref": "/api/serviceenginegroup?name=Default-Group", "vrf_ref": "/api/vrfcontext/x"}`: "vrf_ref /api/vrfcontext/x",
	} {
		id := s.flavor(names, data)
		_, err := s.create(red, ofFlavor(id))
		s.refused(err, lbaas.KindInvalid, "Flavor "+id+" names "+names, "does not exist at the Controller")
	}
	if ports := s.Ports(); len(ports) != 0 {
		t.Errorf("refused load balancers left ports: %v", ports)
	}

	id := s.flavor("good", `{"network_profile_ref": "/api/networkprofile?name=System-TCP-Proxy"}`)
	for i, want := range []int{1, 0, 0} {
		sent := s.requests(func() {
			_, err := s.create(red, ofFlavor(id))
			s.must(err)
		})
		if len(sent) != want {
			t.Errorf("load balancer %d cost %v", i+1, sent)
		}
	}

	// One of the project's own tenant does as well.
	_, err := s.Client.Create(t.Context(), s.tenant(red), "sslprofile", "", avi.Object{"name": "of red", "accepted_versions": []any{map[string]any{"type": "SSL_VERSION_TLS1_2"}}})
	s.must(err)
	ofRed := s.flavor("red's", `{"ssl_profile_ref": "/api/sslprofile?name=of%20red"}`)
	_, err = s.create(red, ofFlavor(ofRed))
	s.must(err)
	in := ofFlavor(ofRed)
	in.VIPSubnetID = lbaas.Given(sharedOne)
	_, err = s.create(blue, in)
	s.refused(err, lbaas.KindInvalid, "ssl_profile_ref")

	// A Controller that cannot be asked is no reason to say that something is missing.
	away := s.flavor("later", `{"vrf_ref": "/api/vrfcontext?name=global"}`)
	s.must(s.Sim.AddFault(avisim.Fault{Type: "vrfcontext", Action: avisim.FaultFail, Status: http.StatusServiceUnavailable, Body: "away"}))
	_, err = s.create(red, ofFlavor(away))
	s.refused(err, lbaas.KindUnavailable, "vrf_ref", away)
}

func TestFlavorUse(t *testing.T) {
	s := newSite(t, testbed.Options{})
	id := s.flavor("f", `{"traffic_enabled": true}`)
	lb, err := s.create(red, ofFlavor(id))
	s.must(err)
	if got := s.Tree(t, lb).LoadBalancer; got.FlavorID != id || got.Provider != testbed.Provider {
		t.Errorf("flavor %s, provider %s", got.FlavorID, got.Provider)
	}
	s.refused(s.Service.DeleteFlavor(t.Context(), s.Caller, id), lbaas.KindConflict, "Flavor "+id+" is in use and cannot be modified.")
	_, err = s.Service.UpdateFlavor(t.Context(), s.Caller, id, lbaas.FlavorInput{Enabled: lbaas.Given(false)})
	s.must(err)
	_, err = s.create(red, ofFlavor(id))
	s.refused(err, lbaas.KindInvalid, "The selected flavor is not allowed in this deployment: "+id)
	s.listen(lb, 80) // who has it already keeps it
	s.delete(lb)
	s.Settle(t)
	s.must(s.Service.DeleteFlavor(t.Context(), s.Caller, id))
	_, err = s.create(red, ofFlavor(id))
	s.refused(err, lbaas.KindInvalid, "Invalid flavor_id.")
	s.nothingLeft()
}

// Flavors that live in Neutron, as the Python driver knew them.
func TestNeutronFlavors(t *testing.T) {
	s := newSite(t, testbed.Options{})
	s.provide(map[string]avi.Object{"serviceenginegroup": {"name": "gold"}})
	for name, metainfo := range map[string]string{
		"python": `{u'se_group_ref': '/api/serviceenginegroup?name=gold'}`,
		"json":   `{"se_group_ref": "/api/serviceenginegroup?name=gold"}`,
	} {
		f := s.AddFlavor(cloudsim.Flavor{Name: name, Metainfo: metainfo})
		id, err := s.create(red, ofFlavor(f.ID))
		s.must(err)
		o := s.read("virtualservice", translate.VirtualServiceUUID(s.listen(id, 80)))
		if ref, _ := o["se_group_ref"].(string); !strings.HasSuffix(ref, "#gold") {
			t.Errorf("%s: se_group_ref is %s", name, ref)
		}
		if got := s.Tree(t, id).LoadBalancer.FlavorID; got != f.ID {
			t.Errorf("%s: the flavor is %s", name, got)
		}
	}
	for _, test := range []struct {
		flavor cloudsim.Flavor
		want   []string
	}{
		{cloudsim.Flavor{Name: "unreadable", Metainfo: "not a dict"}, []string{"flavor FLAVOR cannot be used", "service profile PROFILE", "at position 1"}},
		{cloudsim.Flavor{Name: "a list", Metainfo: "['x']"}, []string{"FLAVOR", "PROFILE", "not a dict"}},
		{cloudsim.Flavor{Name: "an unknown key", Metainfo: "{'size': 3}"}, []string{"FLAVOR", "PROFILE", "there is no key size"}},
		{cloudsim.Flavor{Name: "a wrong type", Metainfo: "{'vrf_context_per_subnet': 'True'}"}, []string{"FLAVOR", "PROFILE", "true or false"}},
		{cloudsim.Flavor{Name: "nothing there", Metainfo: "{'vrf_context_ref': '/api/vrfcontext?name=nope'}"}, []string{"FLAVOR names vrf_ref /api/vrfcontext?name=nope"}},
		{cloudsim.Flavor{Name: "disabled", Disabled: true}, []string{"is not allowed in this deployment: FLAVOR"}},
		{cloudsim.Flavor{Name: "of another service", ServiceType: "VPN"}, []string{"FLAVOR is one of the service VPN"}},
		{cloudsim.Flavor{Name: "without a profile", NoProfile: true}, []string{"FLAVOR has no enabled service profile"}},
		{cloudsim.Flavor{Name: "with a disabled profile", ProfileDisabled: true}, []string{"FLAVOR has no enabled service profile"}},
	} {
		f := s.AddFlavor(test.flavor)
		_, err := s.create(red, ofFlavor(f.ID))
		for i := range test.want {
			test.want[i] = strings.NewReplacer("FLAVOR", f.ID, "PROFILE", f.ProfileID).Replace(test.want[i])
		}
		s.refused(err, lbaas.KindInvalid, test.want...)
	}
	s.FailNetwork(1, http.StatusServiceUnavailable)
	_, err := s.create(red, ofFlavor("4f3c8c2f-1b8e-4c0f-9d51-0f3d2a6b7c11"))
	s.refused(err, lbaas.KindUnavailable)
	_, err = s.create(red, ofFlavor("4f3c8c2f-1b8e-4c0f-9d51-0f3d2a6b7c11"))
	s.refused(err, lbaas.KindInvalid, "Invalid flavor_id.")
}

// A VRF context per subnet by a flavor, beside load balancers that have none; a flavor's own VRF context beats the option.
func TestFlavorAndOptionOfVRFContexts(t *testing.T) {
	for _, test := range []struct {
		name   string
		option bool
		data   string
		want   string
	}{
		{"flavor alone", false, `{"vrf_context_per_subnet": true}`, "vrfcontext-" + subnetA},
		{"neither", false, `{"vrf_context_per_subnet": false}`, ""},
		{"option alone", true, `{"vrf_context_per_subnet": false}`, "vrfcontext-" + subnetA},
		{"a flavor's own", true, `{"vrf_ref": "/api/vrfcontext?name=global"}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSite(t, testbed.Options{VRFContextPerSubnet: test.option})
			id, err := s.create(red, ofFlavor(s.flavor("f", test.data)))
			s.must(err)
			l := s.listen(id, 80)
			if got := s.vrfOf(id, l, s.pool(l)); test.want != "" && got != test.want {
				t.Errorf("it is in %s", got)
			}
			_, err = s.Client.Get(t.Context(), s.tenant(red), "vrfcontext", "vrfcontext-"+subnetA)
			if made := !errors.Is(err, avi.NotFound); made != (test.want != "") {
				t.Errorf("a VRF context was made: %v", made)
			}
			s.delete(id)
			s.Settle(t)
			s.nothingLeft()
		})
	}
}
