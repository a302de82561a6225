package compat_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/flavor"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// makeFlavors makes the vector's flavors, and at the Controller what they name.
func (r *replay) makeFlavors(t *testing.T, v vector, cloud string) {
	t.Helper()
	r.flavors, r.lookups = map[string]bool{}, map[string]bool{}
	for id, metainfo := range v.Flavors {
		data, err := flavor.ParseMetainfo(metainfo)
		if err != nil {
			continue // refused, where the Python driver ignored it: see withReadableFlavor
		}
		r.flavors[id] = true
		settings, err := lbaas.NewFlavorSettings(data)
		if err != nil {
			t.Fatalf("flavor %s: %v", id, err)
		}
		for _, ref := range settings.References() {
			r.makeNamed(t, ref, cloud)
		}
		text, err := json.Marshal(data)
		if err != nil {
			t.Fatal(err)
		}
		profile, err := r.bed.Service.CreateFlavorProfile(t.Context(), r.bed.Caller, lbaas.FlavorProfileInput{
			Name: lbaas.Given(id), Provider: lbaas.Given(testbed.Provider), FlavorData: lbaas.Given(string(text)),
		})
		if err != nil {
			t.Fatalf("flavor %s: %v", id, err)
		}
		_, err = r.bed.Service.CreateFlavor(t.Context(), r.bed.Caller, lbaas.FlavorInput{
			ID: lbaas.Given(id), Name: lbaas.Given(id), ProfileID: lbaas.Given(profile.ID),
		})
		if err != nil {
			t.Fatalf("flavor %s: %v", id, err)
		}
	}
	r.before = map[string]bool{}
	for key := range r.bed.Objects() {
		r.before[key] = true
	}
}

func (r *replay) makeNamed(t *testing.T, ref lbaas.FlavorReference, cloud string) {
	t.Helper()
	target, err := url.Parse(ref.Reference)
	if err != nil {
		t.Fatal(err)
	}
	body := avi.Object{"name": target.Query().Get("name")}
	if cloud != "" {
		body["cloud_ref"] = "/api/cloud?name=" + cloud
	}
	if _, err := r.bed.Client.Create(t.Context(), "", ref.Type, "", body); err != nil && !errors.Is(err, avi.Duplicate) {
		t.Fatalf("make what %s names: %v", ref.Key, err)
	}
}

// withReadableFlavor checks that a flavor whose metainfo cannot be read is refused, and goes on without it, as the Python driver
// did.
func (r *replay) withReadableFlavor(t *testing.T, in lbaas.LoadBalancerInput) lbaas.LoadBalancerInput {
	t.Helper()
	if id := in.FlavorID.Or(""); id != "" && !r.flavors[id] {
		if _, err := r.bed.Service.CreateLoadBalancer(t.Context(), r.bed.Caller, in); !errors.Is(err, lbaas.KindInvalid) {
			t.Errorf("a load balancer of flavor %s, which cannot be read: %v, want it to be refused", id, err)
		}
		in.FlavorID = lbaas.Attr[string]{}
	}
	return in
}

// moreThanTheirs says that a request does what the Python driver did not do: it found out only when it made the virtual service
// that what a flavor names is missing, and left its VRF contexts behind. What a flavor names is looked up once, not for each
// load balancer.
func (r *replay) moreThanTheirs(q avisim.Request) bool {
	switch {
	case q.Method == http.MethodDelete:
		return strings.HasPrefix(q.Path, "/api/vrfcontext/")
	case q.Method == http.MethodGet && (q.Type == "serviceenginegroup" || q.Type == "vrfcontext") && strings.Contains(q.Path, "name="):
		first := !r.lookups[q.Path]
		r.lookups[q.Path] = true
		return first
	}
	return false
}
