package avisim

import (
	"net/http"
	"strings"
	"testing"
)

func TestReferencesAreResolvedInEveryForm(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	c.mustMake("healthmonitor", "hm-1", `{"name":"my monitor","type":"HEALTH_MONITOR_TCP"}`)
	for _, reference := range []string{
		"/api/healthmonitor/hm-1",
		"/api/healthmonitor/hm-1#any name",
		"https://another.host:8443/api/healthmonitor/hm-1",
		"https://controller.example.com//api/healthmonitor/hm-1/#my monitor",
		"/api/healthmonitor?name=my%20monitor",
		"/api/healthmonitor?name=my monitor",
		"/api/healthmonitor/?name=my+monitor",
		"/api/healthmonitor/?tenant=shop&name=my+monitor&cloud=Default-Cloud",
		"/api/healthmonitor?name=System-TCP",
		"/api/healthmonitor/?tenant=admin&name=System-TCP",
	} {
		got := c.do(http.MethodPost, "/api/pool", `{"name":"`+reference+`","health_monitor_refs":["`+reference+`"]}`)
		if got.status != http.StatusCreated {
			t.Errorf("%s: %d %s", reference, got.status, got.text)
		}
	}
}

func TestReferencesToNothing(t *testing.T) {
	tests := []struct{ name, field, reference, text string }{
		{"no such uuid", "ssl_profile_ref", "/api/sslprofile/nope", "SSLProfile object not found!"},
		{"no such name", "vrf_ref", "/api/vrfcontext?name=nope", "VrfContext object not found!"},
		{"no such tenant", "ssl_profile_ref", "/api/sslprofile?name=System-Standard&tenant=nope", "SSLProfile object not found!"},
		{"no such cloud", "vrf_ref", "/api/vrfcontext?name=global&cloud=nope", "VrfContext object not found!"},
		{"a type that none is kept of", "autoscale_policy_ref", "/api/serverautoscalepolicy?name=x", "ServerAutoScalePolicy object not found!"},
		{"another type", "ssl_profile_ref", "/api/pool/pool-1", "expected /api/sslprofile/"},
		{"a bare name", "ssl_profile_ref", "System-Standard", "Invalid reference"},
		{"neither uuid nor name", "ssl_profile_ref", "/api/sslprofile", "neither a uuid nor a name"},
		{"another tenant's", "ssl_profile_ref", "/api/sslprofile/private", "SSLProfile object not found!"},
	}
	s := newServer(t, Options{Tenants: []Tenant{{UUID: "tenant-other", Name: "other"}}})
	c := newClient(t, s)
	c.tenant = "tenant-other"
	c.mustMake("sslprofile", "private", `{"name":"private","accepted_versions":[{"type":"SSL_VERSION_TLS1_2"}]}`)
	c.tenant = testTenant
	for _, status := range []int{400, 404} {
		if err := s.SetKnobs(Knobs{UnresolvedRefStatus: status}); err != nil {
			t.Fatal(err)
		}
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				want := http.StatusBadRequest
				if strings.HasSuffix(test.text, "not found!") {
					want = status
				}
				c.do(http.MethodPost, "/api/pool", `{"name":"p","`+test.field+`":"`+test.reference+`"}`).wants(want, test.text)
			})
		}
	}
}

func TestNamesOfTheCloudGoFirst(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.tenant = adminTenant
	c.mustMake("cloud", "cloud-east", `{"name":"kvm-east","vtype":"CLOUD_OPENSTACK"}`)
	c.tenant = testTenant
	pool := c.mustMake("pool", "pool-1", `{"name":"p","cloud_ref":"/api/cloud?name=kvm-east","vrf_ref":"/api/vrfcontext?name=global"}`).object()
	vrf := strings.TrimPrefix(pool["vrf_ref"].(string), "https://controller.example.com")
	if cloud := c.get(strings.TrimSuffix(vrf, "#global"))["cloud_ref"]; !strings.HasSuffix(cloud.(string), "/cloud-east") {
		t.Errorf("the VRF context is of cloud %v", cloud)
	}
}
