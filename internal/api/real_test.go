package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// realFront is an API over the real service and a store, without network service.
type realFront struct {
	*front
	store   *store.Store
	service *service.Service
}

func newRealFront(t *testing.T) *realFront {
	t.Helper()
	return newRealFrontWith(t, service.Options{})
}

// newRealFrontWith is newRealFront with other services beside it.
func newRealFrontWith(t *testing.T, o service.Options) *realFront {
	t.Helper()
	kept, err := store.Open(t.Context(), storetest.Options(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	o.Store, o.Providers, o.Wake = kept, []service.Provider{{Name: "avi_adc"}, {Name: "avi_west"}}, func() {}
	served := service.New(o)
	front := newFront(t, func(o *api.Options) { o.Service = served })
	return &realFront{front, kept, served}
}

// settle makes whatever is pending ACTIVE, and removes what is doomed.
func (f *realFront) settle(t *testing.T) {
	t.Helper()
	claims, err := f.store.Claim(t.Context(), "settle", time.Minute, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range claims {
		if err := f.store.Succeed(t.Context(), c, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// make sends a creation, settles, and gives the new object.
func (f *realFront) make(t *testing.T, path, root, attributes string) map[string]any {
	t.Helper()
	body := fmt.Sprintf(`{%q: {%s}}`, root, attributes)
	made, _ := f.must(t, "POST", path, body).object(t)[root].(map[string]any)
	f.settle(t)
	return made
}

func idOf(object map[string]any) string {
	id, _ := object["id"].(string)
	return id
}

// loadBalancer makes a load balancer with an address.
func (f *realFront) loadBalancer(t *testing.T, more string) map[string]any {
	t.Helper()
	return f.make(t, "/v2/lbaas/loadbalancers", "loadbalancer", `"vip_address": "203.0.113.50", "vip_subnet_id": "`+subnetID+`"`+more)
}

// refused wants an answer with a status and a text.
func (r reply) refused(t *testing.T, what string, status int, fault string) {
	t.Helper()
	if r.status != status {
		t.Errorf("%s: answered %d, want %d: %s", what, r.status, status, r.body)
		return
	}
	if got := r.fault(t); got != fault {
		t.Errorf("%s: said %q, want %q", what, got, fault)
	}
}
