package avisim

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTenantHeaders(t *testing.T) {
	const imported = "tenant-11111111-2222-3333-4444-555555555555"
	tests := []struct {
		name   string
		auto   bool
		header map[string]string
		status int
		text   string
	}{
		{"by uuid", false, map[string]string{"X-Avi-Tenant-UUID": testTenant}, 200, ""},
		{"by name", false, map[string]string{"X-Avi-Tenant": "shop"}, 200, ""},
		{"none", false, nil, 200, ""},
		{"unknown name", false, map[string]string{"X-Avi-Tenant": "nope"}, 403, "Tenant 'nope' does not exist!"},
		{"unknown uuid", false, map[string]string{"X-Avi-Tenant-UUID": imported}, 403, "tenant uuid '" + imported + "' does not exist"},
		{"imported by use", true, map[string]string{"X-Avi-Tenant-UUID": imported}, 200, ""},
		{"not of Keystone", true, map[string]string{"X-Avi-Tenant-UUID": "tenant-x"}, 403, "does not exist"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, newServer(t, Options{AutoTenants: test.auto}))
			c.tenant, c.header = "", test.header
			c.do(http.MethodGet, "/api/pool", "").wants(test.status, test.text)
		})
	}
}

func TestTenantsAreApart(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.mustMake("pool", "pool-1", `{"name":"theirs"}`)
	c.tenant = adminTenant
	if got := names(t, c.get("/api/pool")); len(got) != 0 {
		t.Errorf("admin lists %v", got)
	}
	c.do(http.MethodGet, "/api/pool/pool-1", "").wants(http.StatusNotFound, "Pool object not found!")
	c.tenant, c.header = "", map[string]string{"X-Avi-Tenant": "*"}
	if diff := cmp.Diff([]string{"theirs"}, names(t, c.get("/api/pool"))); diff != "" {
		t.Errorf("all tenants' pools (-want +got):\n%s", diff)
	}
	c.do(http.MethodDelete, "/api/pool/pool-1", "").wants(http.StatusForbidden, "read only")
}

func TestProviderObjectsAreSharedToRead(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	for kind, name := range map[string]string{
		"applicationprofile": "System-HTTP", "cloud": "Default-Cloud", "serviceenginegroup": "Default-Group", "vrfcontext": "global",
		"sslkeyandcertificate": "System-Default-Cert", "analyticsprofile": "System-Analytics-Profile",
		"ipaddrgroup": "Internal", "networkprofile": "System-SCTP-Proxy", "applicationpersistenceprofile": "System-Persistence-App-Cookie",
	} {
		if got := names(t, c.get("/api/"+kind+named(name))); !cmp.Equal(got, []string{name}) {
			t.Errorf("%s: %v", kind, got)
		}
	}
	vrf := at(t, c.get("/api/vrfcontext?name=global"), "results.0.uuid").(string)
	c.do(http.MethodPut, "/api/vrfcontext/"+vrf, `{"name":"global"}`).wants(http.StatusBadRequest, "Cannot modify VrfContext")
	c.tenant = adminTenant
	c.must(http.MethodPut, "/api/vrfcontext/"+vrf, `{"name":"global","description":"edited"}`)
	c.do(http.MethodDelete, "/api/vrfcontext/"+vrf, "").wants(http.StatusForbidden, "Cannot delete")
}

func TestTenantsComeAndGo(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.do(http.MethodPost, "/api/tenant", `{"name":"new"}`).wants(http.StatusForbidden, "not authorized to write on resource Tenant in tenant shop")
	c.tenant = adminTenant
	c.mustMake("tenant", "tenant-new", `{"name":"new","local":false,"config_settings":{"tenant_vrf":true,"se_in_provider_context":false}}`)
	c.do(http.MethodPost, "/api/tenant", `{"name":"new"}`).wants(http.StatusConflict, "Tenant with this Name and Tenant ref already exists.")
	c.tenant = "tenant-new"
	pool := c.mustMake("pool", "pool-1", `{"name":"p"}`).object()
	vrf := at(t, c.get("/api/vrfcontext?name=global&tenant_ref.name=new"), "results.0.url")
	if pool["vrf_ref"] != vrf.(string)+"#global" {
		t.Errorf("the pool is in %v, not in the tenant's own VRF context %v", pool["vrf_ref"], vrf)
	}
	c.tenant = adminTenant
	c.do(http.MethodDelete, "/api/tenant/tenant-new", "").wants(http.StatusForbidden, "referred by: ['Pool p']")
	c.tenant = "tenant-new"
	c.must(http.MethodDelete, "/api/pool/pool-1", "")
	c.tenant = adminTenant
	c.must(http.MethodDelete, "/api/tenant/tenant-new", "")
	c.do(http.MethodDelete, "/api/tenant/admin", "").wants(http.StatusForbidden, "Cannot delete")
}

func TestCloudsBringTheirOwn(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.tenant = adminTenant
	c.mustMake("cloud", "cloud-1", `{"name":"east","vtype":"CLOUD_OPENSTACK","openstack_configuration":{"admin_tenant":"admin","mgmt_network_name":"mgmt","privilege":"WRITE_ACCESS","username":"u","password":"hidden"}}`)
	for kind, want := range map[string][]string{"serviceenginegroup": {"Default-Group"}, "vrfcontext": {"global", "management"}} {
		if got := names(t, c.get("/api/"+kind+"?cloud_ref.name=east")); !cmp.Equal(got, want) {
			t.Errorf("%s of the cloud: %v", kind, got)
		}
	}
	if at(t, c.get("/api/cloud/cloud-1"), "openstack_configuration.password") != nil {
		t.Error("the cloud's password is shown")
	}
	c.must(http.MethodDelete, "/api/cloud/cloud-1", "")
	if got := names(t, c.get("/api/vrfcontext")); !cmp.Equal(got, []string{"global", "management"}) {
		t.Errorf("VRF contexts left: %v", got)
	}
	c.do(http.MethodDelete, "/api/cloud/"+defaultCloudUUID, "").wants(http.StatusForbidden, "Cannot delete")
}

func TestDefaultCloudUUID(t *testing.T) {
	if got := systemUUID("Cloud", "Default-Cloud"); got != defaultCloudUUID {
		t.Errorf("systemUUID of Default-Cloud is %s", got)
	}
}
