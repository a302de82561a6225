package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
)

// Clients use /v2 and /v2.0, with /lbaas (Neutron's) and without; some end paths with a slash.
func TestResourcesAreAtAllTheirPaths(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	for _, base := range []string{"/v2", "/v2.0", "/v2/lbaas", "/v2.0/lbaas"} {
		for _, path := range []string{
			"/loadbalancers", "/loadbalancers/" + lbID(), "/loadbalancers/" + lbID() + "/status",
			"/loadbalancers/" + lbID() + "/statuses", "/loadbalancers/" + lbID() + "/stats",
			"/listeners", "/listeners/" + listenerID(), "/listeners/" + listenerID() + "/stats",
			"/pools", "/pools/" + poolID(), "/pools/" + poolID() + "/members", "/pools/" + poolID() + "/members/" + memberID(),
			"/healthmonitors", "/healthmonitors/" + monitorID(), "/providers",
		} {
			for _, end := range []string{"", "/"} {
				if got := f.do("GET", base+path+end, ""); got.status != http.StatusOK {
					t.Errorf("GET %s answered %d: %s", base+path+end, got.status, got.body)
				}
			}
		}
	}
}

func TestWhatIsNotThere(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	for _, test := range []struct{ path, want string }{
		{"/v1", "The resource could not be found."},
		{"/v2/lbaas/nothing", "The resource could not be found."},
		{"/v2//loadbalancers", "The resource could not be found."},
		{"/v2/lbaas/../loadbalancers", "The resource could not be found."},
		{"/v2/lbaas/loadbalancers/" + lbID() + "/nothing", "The resource could not be found."},
		{"/v2/lbaas/loadbalancers/nonsense", "Load Balancer nonsense not found."},
		{"/v2/lbaas/loadbalancers/a%2Fb", "Load Balancer a/b not found."},
		{"/v2/lbaas/loadbalancers/" + newID(99), "Load Balancer " + newID(99) + " not found."},
		{"/v2/lbaas/loadbalancers/x/status", "Load Balancer x not found."},
		{"/v2/lbaas/loadbalancers/x/stats", "Load Balancer x not found."},
		{"/v2/lbaas/listeners/x/stats", "Listener x not found."},
		{"/v2/lbaas/pools/x/members", "Pool x not found."},
		{"/v2/lbaas/pools/" + poolID() + "/members/x", "Member x not found."},
		{"/v2/lbaas/pools/" + newID(99) + "/members/" + memberID(), "Pool " + newID(99) + " not found."},
		{"/v2/lbaas/healthmonitors/{" + monitorID() + "}", "Health Monitor {" + monitorID() + "} not found."},
	} {
		got := f.do("GET", test.path, "")
		if got.status != http.StatusNotFound {
			t.Errorf("GET %s answered %d, want 404", test.path, got.status)
		}
		want := map[string]any{"faultcode": "Client", "faultstring": test.want, "debuginfo": nil}
		if diff := cmp.Diff(want, got.object(t)); diff != "" {
			t.Errorf("GET %s (-want +got):\n%s", test.path, diff)
		}
	}
}

func TestMethodsThatAreNotThere(t *testing.T) {
	f := newFront(t)
	for _, test := range []struct{ method, path, allow string }{
		{"PATCH", "/v2/lbaas/loadbalancers", "DELETE, GET, HEAD, POST, PUT"},
		{"POST", "/v2/lbaas/loadbalancers/" + lbID(), "DELETE, GET, HEAD, PUT"},
		{"POST", "/v2/lbaas/providers", "GET, HEAD"},
		{"GET", "/v2/lbaas/loadbalancers/" + lbID() + "/failover", "PUT"},
		{"POST", "/", "GET, HEAD"},
		{"PUT", "/healthcheck", "GET, HEAD"},
	} {
		got := f.do(test.method, test.path, "")
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != test.allow {
			t.Errorf("%s %s answered %d with Allow %q, want 405 with %q", test.method, test.path, got.status,
				got.header.Get("Allow"), test.allow)
		}
		if text := got.fault(t); !strings.Contains(text, test.method) {
			t.Errorf("said %q", text)
		}
	}
}

func TestQueriesThatWouldHaveNoEffect(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	for _, test := range []struct{ method, path, want string }{
		{"DELETE", "/v2/listeners/" + listenerID() + "?cascade=true", `Unknown argument: "cascade"`},
		{"DELETE", "/v2/loadbalancers/" + lbID() + "?force=true", `Unknown argument: "force"`},
		{"DELETE", "/v2/loadbalancers/" + lbID() + "?cascade=perhaps", "cascade. Value: 'perhaps'"},
		{"DELETE", "/v2/loadbalancers/" + lbID() + "?cascade=true&cascade=false", "Parameter cascade was given several times"},
		{"DELETE", "/v2/loadbalancers/" + lbID(), "it has children"},
		{"DELETE", "/v2/loadbalancers/" + lbID() + "?cascade=", "it has children"},
		{"PUT", "/v2/loadbalancers/" + lbID() + "?name=x", `Unknown argument: "name"`},
		{"POST", "/v2/loadbalancers?dry_run=1", `Unknown argument: "dry_run"`},
		{"GET", "/v2/loadbalancers/" + lbID() + "?a=%zz", "query could not be read"},
		{"GET", "/v2/providers?a=%zz", "query could not be read"},
	} {
		got := f.do(test.method, test.path, "{}")
		if got.status != http.StatusBadRequest || !strings.Contains(got.fault(t), test.want) {
			t.Errorf("%s %s answered %d %s, want 400 with %q", test.method, test.path, got.status, got.body, test.want)
		}
	}
}

func TestAccept(t *testing.T) {
	f := newFront(t)
	for accept, want := range map[string]int{
		"":                                 http.StatusOK,
		"*/*":                              http.StatusOK,
		"application/json":                 http.StatusOK,
		"application/*;q=0.5, text/html":   http.StatusOK,
		"text/html":                        http.StatusNotAcceptable,
		"application/json;q=0":             http.StatusNotAcceptable,
		"application/json;q=nonsense":      http.StatusNotAcceptable,
		"application/xml, text/plain;q=.5": http.StatusNotAcceptable,
	} {
		got := f.do("GET", "/v2/lbaas/loadbalancers", "", "Accept: "+accept)
		if got.status != want {
			t.Errorf("Accept %q answered %d, want %d", accept, got.status, want)
		}
	}
}

// Without a configured address links lead where the client came from; what a header of a proxy says is not believed.
func TestLinksFollowTheRequest(t *testing.T) {
	f := newFront(t, func(o *api.Options) { o.BaseURI = "" })
	r := httptest.NewRequest(http.MethodGet, "http://lb.internal:9876/", http.NoBody)
	r.Header.Set("X-Forwarded-Proto", "https")
	r.Header.Set("X-Forwarded-Host", "evil.example.org")
	if got := string(f.send(r).body); !strings.Contains(got, `"http://lb.internal:9876/v2"`) {
		t.Errorf("GET / answered %s", got)
	}
	encrypted := f.send(httptest.NewRequest(http.MethodGet, "https://lb.internal/", http.NoBody))
	if got := string(encrypted.body); !strings.Contains(got, `"https://lb.internal/v2"`) {
		t.Errorf("GET / over TLS answered %s", got)
	}
}
