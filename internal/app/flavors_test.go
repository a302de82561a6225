package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/flavorprofiles"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/listeners"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/pools"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

const controllerPassword = "a password for tests"

const configuration = `
[DEFAULT]
host = test
[api_settings]
bind_port = 0
[worker]
retry_initial = 0.01
retry_max = 0.05
[database]
connection = sqlite:///%[1]s/store.sqlite
[keystone_authtoken]
auth_url = %[2]s
username = avi-lbaas
password = ` + cloudsim.DemoPassword + `
user_domain_name = Default
project_name = service
project_domain_name = Default
[avi_adc]
address = %[3]s
password = ` + controllerPassword + `
cert_verify = true
ca_file = %[1]s/ca.pem
use_placement_network_for_pool = true
vrf_context_per_subnet = true
create_tenants = true
`

// site is the whole service between a cloud and a Controller that imports no tenants.
type site struct {
	t          *testing.T
	cloud      *cloudsim.Cloud
	controller *avisim.Server
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t}
	var err error
	s.controller, err = avisim.New(avisim.Options{Password: controllerPassword})
	s.must(err)
	s.must(s.controller.Start(t.Context()))
	t.Cleanup(func() { s.must(s.controller.Close()) })
	s.cloud, err = cloudsim.New(cloudsim.Options{})
	s.must(err)
	s.must(s.cloud.Start(t.Context()))
	t.Cleanup(func() { s.must(s.cloud.Close()) })
	s.serve()
	return s
}

// serve runs the service from a configuration file, until the test ends.
func (s *site) serve() {
	s.t.Helper()
	dir := s.t.TempDir()
	file := filepath.Join(dir, "avi-lbaas.conf")
	text := fmt.Sprintf(configuration, dir, strings.TrimSuffix(s.cloud.IdentityURL(), "/v3"), s.controller.Addr())
	s.must(os.WriteFile(file, []byte(text), 0o600))
	s.must(os.WriteFile(filepath.Join(dir, "ca.pem"), s.controller.CAPEM(), 0o600))
	cfg, err := config.Load([]string{file}, nil)
	s.must(err)
	a, err := app.New(s.t.Context(), cfg, slog.New(slog.DiscardHandler))
	s.must(err)
	serving, stop := context.WithCancel(context.WithoutCancel(s.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- a.Run(serving) }()
	s.t.Cleanup(func() {
		stop()
		s.must(<-ended)
	})
	s.cloud.SetLoadBalancerURL("http://" + a.Address().String())
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// as is the load-balancing API for a user, found through the catalog.
func (s *site) as(user, project string) *gophercloud.ServiceClient {
	s.t.Helper()
	provider, err := openstack.NewClient(s.cloud.IdentityURL())
	s.must(err)
	transport := &http.Transport{}
	s.t.Cleanup(transport.CloseIdleConnections)
	provider.HTTPClient = http.Client{Transport: transport}
	s.must(openstack.Authenticate(s.t.Context(), provider, gophercloud.AuthOptions{
		IdentityEndpoint: s.cloud.IdentityURL(), Username: user, Password: cloudsim.DemoPassword, DomainName: "Default", TenantName: project,
	}))
	client, err := openstack.NewLoadBalancerV2(provider, gophercloud.EndpointOpts{Region: cloudsim.DefaultRegion})
	s.must(err)
	return client
}

// active waits until a load balancer is ACTIVE, or gone.
func (s *site) active(client *gophercloud.ServiceClient, id string) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; <-time.After(5 * time.Millisecond) {
		lb, err := loadbalancers.Get(s.t.Context(), client, id).Extract()
		if gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
			return
		}
		s.must(err)
		if lb.ProvisioningStatus == "ACTIVE" {
			return
		}
		if lb.ProvisioningStatus == "ERROR" || time.Now().After(deadline) {
			s.t.Fatalf("load balancer %s is %s", id, lb.ProvisioningStatus)
		}
	}
}

// object finds what is at the Controller by its type; there may be one at most that we made.
func (s *site) object(typ string) map[string]any {
	for _, o := range s.controller.Objects() {
		if o.Type == typ {
			return o.Object
		}
	}
	return nil
}

// The options of a provider's section and a flavor, from the configuration file to the Controller, through a client that
// OpenStack's tools are made with.
func TestFlavorsAndTenantsFromEndToEnd(t *testing.T) {
	s := newSite(t)
	admin, user := s.as("admin", "admin"), s.as("demo", "demo")
	ctx := t.Context()

	profile, err := flavorprofiles.Create(ctx, admin, flavorprofiles.CreateOpts{
		Name: "p", ProviderName: "avi_adc", FlavorData: `{"traffic_enabled": false}`,
	}).Extract()
	s.must(err)
	if _, err := flavors.Create(ctx, user, flavors.CreateOpts{Name: "f", FlavorProfileId: profile.ID}).Extract(); !gophercloud.ResponseCodeIs(err, http.StatusForbidden) {
		t.Errorf("a user made a flavor: %v", err)
	}
	flavor, err := flavors.Create(ctx, admin, flavors.CreateOpts{Name: "f", FlavorProfileId: profile.ID, Enabled: true}).Extract()
	s.must(err)
	pages, err := flavors.List(user, flavors.ListOpts{}).AllPages(ctx)
	s.must(err)
	if offered, err := flavors.ExtractFlavors(pages); err != nil || len(offered) != 1 || offered[0].ID != flavor.ID {
		t.Errorf("the user is offered %v (%v)", offered, err)
	}

	subnet, qos := s.cloud.SubnetID("demo-subnet"), s.cloud.AddQoSPolicy("slow", "demo")
	lb, err := loadbalancers.Create(ctx, user, loadbalancers.CreateOpts{VipSubnetID: subnet, FlavorID: flavor.ID, VipQosPolicyID: qos}).Extract()
	s.must(err)
	s.active(user, lb.ID)
	listener, err := listeners.Create(ctx, user, listeners.CreateOpts{LoadbalancerID: lb.ID, Protocol: "HTTP", ProtocolPort: 80}).Extract()
	s.must(err)
	s.active(user, lb.ID)
	_, err = pools.Create(ctx, user, pools.CreateOpts{ListenerID: listener.ID, Protocol: "HTTP", LBMethod: pools.LBMethodRoundRobin}).Extract()
	s.must(err)
	s.active(user, lb.ID)

	if vs := s.object("virtualservice"); vs["traffic_enabled"] != false || vs["ign_pool_net_reach"] != true {
		t.Errorf("the virtual service is %v", vs)
	}
	if vrf := s.object("vrfcontext"); vrf["uuid"] != "vrfcontext-"+subnet {
		t.Errorf("the VRF context is %v", vrf)
	}
	if tenant := s.object("tenant"); tenant["name"] != "demo" {
		t.Errorf("the tenant is %v", tenant)
	}
	if ports := s.cloud.Ports(); len(ports) != 1 || ports[0].QoSPolicyID != qos {
		t.Errorf("the ports are %+v", ports)
	}
	if err := flavors.Delete(ctx, admin, flavor.ID).ExtractErr(); !gophercloud.ResponseCodeIs(err, http.StatusConflict) {
		t.Errorf("a flavor in use was deleted: %v", err)
	}

	s.must(loadbalancers.Delete(ctx, user, lb.ID, loadbalancers.DeleteOpts{Cascade: true}).ExtractErr())
	s.active(user, lb.ID)
	s.must(flavors.Delete(ctx, admin, flavor.ID).ExtractErr())
	s.must(flavorprofiles.Delete(ctx, admin, profile.ID).ExtractErr())
	for _, o := range s.controller.Objects() {
		if o.Type != "tenant" {
			t.Errorf("%s %v is left", o.Type, o.Object["uuid"])
		}
	}
	if ports := s.cloud.Ports(); len(ports) != 0 {
		t.Errorf("the ports %+v are left", ports)
	}
}
