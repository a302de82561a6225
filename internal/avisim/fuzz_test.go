package avisim

import (
	"net/http"
	"testing"
)

// FuzzObjects sends any body to any kind of write: the Controller must never panic, and never blame itself.
func FuzzObjects(f *testing.F) {
	for _, body := range []string{
		simpleVIP, simplePool, simpleVS, `{}`, `[]`, `null`, `{"name":null}`, `{"add":{"servers":[{}]}}`, `{"delete":{"servers":[1]}}`,
		`{"replace":{"vip":[{"vip_id":"0"}]}}`, `{"name":"x","vip":[{"ip_address":{}}]}`, `{"name":"x","services":[{"port":1e3}]}`,
		`{"name":"h","type":"HEALTH_MONITOR_HTTP","http_monitor":{"http_response_code":["HTTP_ANY"]}}`,
		`{"name":"c","certificate":{"certificate":"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"}}`,
		`{"name":"p","pool_ref":"/api/pool?name=%zz","vrf_ref":"://","_last_modified":5}`,
		`{"metric_requests":[{"metric_id":"l4_client.max_open_conns","step":300,"limit":1}]}`,
	} {
		for kind := range uint8(8) {
			f.Add(kind, body)
		}
	}
	paths := []string{
		"virtualservice", "pool", "vsvip", "healthmonitor", "sslkeyandcertificate", "httppolicyset", "tenant", "analytics/metrics/collection",
	}
	s, err := New(Options{Password: testSecret, Engine: &recorder{}, Tenants: []Tenant{{UUID: testTenant, Name: "shop"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind uint8, body string) {
		c := newClient(t, s)
		path := "/api/" + paths[int(kind)%len(paths)]
		if path == "/api/tenant" {
			c.tenant = adminTenant
		}
		check := func(got answer) {
			t.Helper()
			if got.status >= 500 {
				t.Errorf("%s %q: %d %s", path, body, got.status, got.text)
			}
		}
		made := c.do(http.MethodPost, path, body)
		check(made)
		if made.status != http.StatusCreated {
			return
		}
		item := path + "/" + made.object()["uuid"].(string)
		read := c.must(http.MethodGet, item, "")
		if back := c.do(http.MethodPut, item, read.text); back.status != http.StatusOK {
			t.Errorf("%s: what was read cannot be written back: %d %s", item, back.status, back.text)
		}
		check(c.do(http.MethodPatch, item, body))
		c.must(http.MethodDelete, item, "")
	})
}

// FuzzPaths sends any path and query.
func FuzzPaths(f *testing.F) {
	for _, path := range []string{
		"pool?name=x", "pool?search=(a,b", "pool?sort=-a.b.c&page=2", "virtualservice-inventory?include=x", "pool/x/runtime/server",
		"analytics/metrics/pool?metric_id=&step=5", "pool?refers_to=x:y", "pool?fields=,&skip_default", "//pool//", "pool?servers.ip=1",
	} {
		f.Add(path)
	}
	s, err := New(Options{Password: testSecret, Tenants: []Tenant{{UUID: testTenant, Name: "shop"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		c := newClient(t, s)
		request := c.request(http.MethodGet, "/api/", "")
		parsed, err := request.URL.Parse("https://controller.example.com/api/" + path)
		if err != nil {
			return
		}
		request.URL = parsed
		if got := c.send(request); got.status >= 500 {
			t.Errorf("%q: %d %s", path, got.status, got.text)
		}
	})
}
