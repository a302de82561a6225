package cloudsim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzRequests sends any body and query to the endpoints that read them: the answer is never a 5xx or a panic.
func FuzzRequests(f *testing.F) {
	f.Add("POST", "/identity/v3/auth/tokens", `{"auth":{"identity":{"methods":["password"],"password":{"user":{"id":"x","password":"y"}}},"scope":"unscoped"}}`)
	f.Add("POST", "/networking/v2.0/ports", `{"port":{"network_id":"x","fixed_ips":[{"ip_address":"::1"}]}}`)
	f.Add("POST", "/networking/v2.0/networks", `{"network":{"name":null,"shared":true}}`)
	f.Add("POST", "/networking/v2.0/subnets", `{"subnet":{"network_id":"x","ip_version":4,"cidr":"127.0.0.0/31","allocation_pools":[{"start":"","end":"::"}]}}`)
	f.Add("GET", "/networking/v2.0/ports?fixed_ips=subnet_id%3Dx&limit=1&sort_key=name&sort_dir=desc", "")
	f.Add("GET", "/identity/v3/projects?name=demo", "")
	f.Fuzz(func(t *testing.T, method, target, body string) {
		cloud, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		token, err := cloud.Token("admin", "admin")
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1"+target, strings.NewReader(
			strings.ReplaceAll(body, `"network_id":"x"`, `"network_id":"`+cloud.NetworkID("demo-net")+`"`)))
		if err != nil {
			return
		}
		request.Header.Set("X-Auth-Token", token)
		request.Header.Set("X-Subject-Token", token)
		response := httptest.NewRecorder()
		cloud.Handler().ServeHTTP(response, request)
		if response.Code >= http.StatusInternalServerError {
			t.Errorf("%s %s answered %d: %s", method, target, response.Code, response.Body)
		}
	})
}
