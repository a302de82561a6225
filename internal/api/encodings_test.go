package api_test

import (
	"fmt"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// What is shown is what somebody would be shown who has never asked for anything, whatever was changed since the last time.
func TestWhatHasChangedIsShown(t *testing.T) {
	f := newRealFront(t)
	lb := idOf(f.loadBalancer(t, `, "name": "web", "tags": ["a<b>&c"]`))
	f.loadBalancer(t, `, "name": "other"`)
	at := "/v2/lbaas/loadbalancers/" + lb
	var listener string
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"nothing", func() {}},
		{"a new name", func() { f.must(t, "PUT", at, `{"loadbalancer": {"name": "shop"}}`) }},
		{"at the Controller", func() { f.settle(t) }},
		{"other tags", func() { f.must(t, "PUT", at, `{"loadbalancer": {"tags": ["z"]}}`); f.settle(t) }},
		{"a listener", func() {
			listener = idOf(f.make(t, "/v2/lbaas/listeners", "listener", fmt.Sprintf(`"loadbalancer_id": %q, "protocol": "HTTP", "protocol_port": 80`, lb)))
		}},
		{"observed", func() {
			if err := f.store.Observe(t.Context(), store.Observed{LoadBalancers: map[string]lbaas.OperatingStatus{lb: lbaas.Online}}); err != nil {
				t.Fatal(err)
			}
		}},
		{"a pool", func() {
			f.make(t, "/v2/lbaas/pools", "pool", fmt.Sprintf(`"listener_id": %q, "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"`, listener))
		}},
		{"the listener is deleted", func() { f.must(t, "DELETE", "/v2/lbaas/listeners/"+listener, "") }},
		{"and gone", func() { f.settle(t) }},
		{"a third", func() { f.loadBalancer(t, `, "name": "third"`) }},
		{"deleted", func() { f.must(t, "DELETE", at+"?cascade=true", "") }},
		{"gone", func() { f.settle(t) }},
	} {
		step.do()
		unknowing := newFront(t, func(o *api.Options) { o.Service = f.service })
		for _, path := range []string{
			"?limit=2", "?fields=name&fields=listeners", "?tags=z", "", "?sort=name:desc", "/" + lb, "/" + lb + "?fields=tags&fields=pools",
		} {
			path = "/v2/lbaas/loadbalancers" + path
			got, want := f.do("GET", path, ""), unknowing.do("GET", path, "")
			if got.status != want.status || string(got.body) != string(want.body) {
				t.Errorf("%s: %s gives %d\n%s\nwant %d\n%s", step.name, path, got.status, got.body, want.status, want.body)
			}
		}
	}
}

// What is kept for one project is not shown to another.
func TestWhatIsKeptIsItsProjects(t *testing.T) {
	f := newRealFront(t)
	f.loadBalancer(t, "")
	for range 2 {
		f.must(t, "GET", "/v2/lbaas/loadbalancers", "")
		got := f.must(t, "GET", "/v2/lbaas/loadbalancers?project_id="+otherProject, "").object(t)
		if all, _ := got["loadbalancers"].([]any); len(all) != 0 {
			t.Errorf("the other project has %v", all)
		}
	}
}
