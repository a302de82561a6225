package avisim

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// servers are address:port:enabled:ratio of a pool's servers.
func servers(t *testing.T, pool map[string]any) [][]any {
	t.Helper()
	out := [][]any{}
	list, _ := pool["servers"].([]any)
	for _, s := range list {
		out = append(out, []any{at(t, s, "ip.addr"), at(t, s, "port"), at(t, s, "enabled"), at(t, s, "ratio")})
	}
	return out
}

func TestPatchServers(t *testing.T) {
	const start = `{"name":"p","default_server_port":8080,"servers":[
		{"ip":{"addr":"10.0.0.1","type":"V4"},"port":80,"ratio":5},{"ip":{"addr":"10.0.0.2","type":"V4"},"port":80}]}`
	tests := []struct {
		name, mode, body string
		want             [][]any
	}{
		{
			"add a server", "", `{"add":{"servers":[{"ip":{"addr":"10.0.0.3","type":"V4"},"port":80}]}}`,
			[][]any{{"10.0.0.1", 80.0, true, 5.0}, {"10.0.0.2", 80.0, true, 1.0}, {"10.0.0.3", 80.0, true, 1.0}},
		},
		{
			"add on another port is another server", "", `{"add":{"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"port":81}]}}`,
			[][]any{{"10.0.0.1", 80.0, true, 5.0}, {"10.0.0.2", 80.0, true, 1.0}, {"10.0.0.1", 81.0, true, 1.0}},
		},
		{
			"add merges by default", "", `{"add":{"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"port":80,"enabled":false}]}}`,
			[][]any{{"10.0.0.1", 80.0, false, 5.0}, {"10.0.0.2", 80.0, true, 1.0}},
		},
		{
			"add replaces by the knob", PatchReplace, `{"add":{"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"port":80,"enabled":false}]}}`,
			[][]any{{"10.0.0.1", 80.0, false, 1.0}, {"10.0.0.2", 80.0, true, 1.0}},
		},
		{
			"delete by key", "", `{"delete":{"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"port":80}]}}`,
			[][]any{{"10.0.0.2", 80.0, true, 1.0}},
		},
		{
			"delete of nothing", "", `{"delete":{"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"port":81}]}}`,
			[][]any{{"10.0.0.1", 80.0, true, 5.0}, {"10.0.0.2", 80.0, true, 1.0}},
		},
		{
			"delete without a port means the pool's", "", `{"delete":{"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"}}]}}`,
			[][]any{{"10.0.0.1", 80.0, true, 5.0}, {"10.0.0.2", 80.0, true, 1.0}},
		},
		{
			"replace the whole list", "", `{"replace":{"servers":[{"ip":{"addr":"10.0.0.9","type":"V4"},"port":80}]}}`,
			[][]any{{"10.0.0.9", 80.0, true, 1.0}},
		},
		{"replace by nothing", "", `{"replace":{"servers":[]}}`, [][]any{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, newServer(t, Options{Knobs: Knobs{PatchListEntries: test.mode}}))
			c.mustMake("pool", "pool-1", start)
			got := servers(t, c.must(http.MethodPatch, "/api/pool/pool-1", test.body).object())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("servers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPatchFields(t *testing.T) {
	const start = `{"name":"p","description":"d","health_monitor_refs":["/api/healthmonitor?name=System-TCP"],
		"ssl_profile_ref":"/api/sslprofile?name=System-Standard","markers":[{"key":"a","values":["1"]}]}`
	tests := []struct {
		name, body, path string
		want             any
	}{
		{"add sets a scalar", `{"add":{"description":"new"}}`, "description", "new"},
		{"replace sets a scalar", `{"replace":{"enabled":false}}`, "enabled", false},
		{"delete resets to the default", `{"delete":{"enabled":false}}`, "enabled", true},
		{"delete removes a reference, whatever the value", `{"delete":{"ssl_profile_ref":"/api/sslprofile/gone"}}`, "ssl_profile_ref", nil},
		{"add sets a sub-message whole", `{"add":{"server_reselect":{"enabled":true}}}`, "server_reselect.enabled", true},
		{"markers go by key", `{"add":{"markers":[{"key":"a","values":["2"]}]}}`, "markers.0.values.0", "2"},
		{"unknown fields are dropped", `{"add":{"made_up":1}}`, "made_up", nil},
		{"null changes nothing", `{"replace":{"description":null}}`, "description", "d"},
		{"the uuid stays", `{"replace":{"uuid":"other"}}`, "uuid", "pool-1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, newServer(t, Options{}))
			c.mustMake("pool", "pool-1", start)
			got := c.must(http.MethodPatch, "/api/pool/pool-1", test.body).object()
			if value := at(t, got, test.path); value != test.want {
				t.Errorf("%s is %v, want %v", test.path, value, test.want)
			}
		})
	}
}

func TestPatchReferenceLists(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.mustMake("pool", "pool-1", `{"name":"p","health_monitor_refs":["/api/healthmonitor?name=System-TCP"]}`)
	for range 2 {
		c.must(http.MethodPatch, "/api/pool/pool-1", `{"add":{"health_monitor_refs":["/api/healthmonitor?name=System-Ping"]}}`)
	}
	got := c.must(http.MethodPatch, "/api/pool/pool-1", `{"delete":{"health_monitor_refs":["/api/healthmonitor?name=System-TCP"]}}`).object()
	if list := got["health_monitor_refs"].([]any); len(list) != 1 {
		t.Errorf("health_monitor_refs are %v", list)
	}
}

func TestPatchesThatAreRefused(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.mustMake("pool", "pool-1", simplePool)
	c.mustMake("vrfcontext", "vrf-1", `{"name":"v","static_routes":[`+route1+`]}`)
	for _, test := range []struct{ path, body, text string }{
		{"pool/pool-1", `{}`, "needs one of add, replace and delete"},
		{"pool/pool-1", `{"add":{},"delete":{}}`, "not several"},
		{"pool/pool-1", `{"add":[]}`, "expected an object"},
		{"pool/pool-1", `{"delete":{"name":"pool"}}`, "name is required"},
		{"pool/pool-1", `{"add":{"default_server_port":0}}`, "allowed range"},
		{"pool/pool-1", `{"replace":{"servers":[{"port":1}]}}`, "ip is required"},
		// The very same route would be the entry that is there; this one differs in all but its id.
		{"vrfcontext/vrf-1", `{"add":{"static_routes":[` + strings.Replace(route1, "10.0.0.1", "10.0.0.2", 1) + `]}}`, "Unique constraints route_id has duplicated value"},
	} {
		c.do(http.MethodPatch, "/api/"+test.path, test.body).wants(http.StatusBadRequest, test.text)
	}
	c.do(http.MethodPatch, "/api/pool/nope", `{"add":{}}`).wants(http.StatusNotFound, "Pool object not found!")
}

func TestConcurrentPatchesAllCount(t *testing.T) {
	s := newServer(t, Options{Engine: &recorder{}})
	newClient(t, s).mustMake("pool", "pool-1", `{"name":"p"}`)
	const writers, each = 8, 10
	var group sync.WaitGroup
	for w := range writers {
		c := newClient(t, s)
		group.Go(func() {
			for i := range each {
				body := fmt.Sprintf(`{"add":{"servers":[{"ip":{"addr":"10.0.%d.%d","type":"V4"},"port":80}]}}`, w, i)
				if got := c.do(http.MethodPatch, "/api/pool/pool-1", body); got.status != http.StatusOK {
					t.Errorf("%s: %d %s", body, got.status, got.text)
				}
			}
		})
	}
	group.Wait()
	if got := servers(t, newClient(t, s).get("/api/pool/pool-1")); len(got) != writers*each {
		t.Errorf("%d servers, want %d", len(got), writers*each)
	}
}
