package cloudsim_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/networks"
	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// gophercloud stands for Terraform and the Kubernetes cloud provider, which log in and find endpoints through it.
func TestGophercloudFindsItsWay(t *testing.T) {
	s := start(t, func(o *cloudsim.Options) { o.LoadBalancerURL = "http://127.0.0.1:9876" })
	for _, authURL := range []string{s.IdentityURL(), strings.TrimSuffix(s.IdentityURL(), "/v3")} {
		provider, err := openstack.NewClient(authURL)
		if err != nil {
			t.Fatal(err)
		}
		provider.HTTPClient = *s.client
		err = openstack.Authenticate(t.Context(), provider, gophercloud.AuthOptions{
			IdentityEndpoint: authURL, Username: "demo", Password: cloudsim.DemoPassword, DomainName: "Default", TenantName: "demo",
		})
		if err != nil {
			t.Fatalf("logging in at %s: %v", authURL, err)
		}
		network, err := openstack.NewNetworkV2(provider, gophercloud.EndpointOpts{Region: cloudsim.DefaultRegion})
		if err != nil {
			t.Fatal(err)
		}
		port, err := ports.Create(t.Context(), network, ports.CreateOpts{NetworkID: s.NetworkID("demo-net"), Name: "p"}).Extract()
		if err != nil || port.ProjectID != s.ProjectID("demo") || len(port.FixedIPs) != 1 {
			t.Errorf("port %+v, %v", port, err)
		}
		pages, err := networks.List(network, networks.ListOpts{Limit: 1}).AllPages(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all, err := networks.ExtractNetworks(pages)
		if err != nil || !slices.ContainsFunc(all, func(n networks.Network) bool { return n.Name == "shared-net" && n.Shared }) {
			t.Errorf("networks %+v, %v", all, err)
		}
		keystone, err := openstack.NewIdentityV3(provider, gophercloud.EndpointOpts{})
		if err != nil {
			t.Fatal(err)
		}
		own, err := projects.Get(t.Context(), keystone, s.ProjectID("demo")).Extract()
		if err != nil || own.Name != "demo" {
			t.Errorf("project %+v, %v", own, err)
		}
	}
}
