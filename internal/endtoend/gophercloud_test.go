package endtoend_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/apiversions"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/flavorprofiles"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/flavors"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/l7policies"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/listeners"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/loadbalancers"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/monitors"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/pools"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/providers"
	"github.com/gophercloud/gophercloud/v2/pagination"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// gopher is somebody who works with gophercloud's load balancer client, as Terraform and the Kubernetes cloud provider do.
type gopher struct {
	*gophercloud.ServiceClient

	t  *testing.T
	lb string
}

func (d deployment) gopher(t *testing.T, user, project string) *gopher {
	t.Helper()
	provider, err := openstack.NewClient(d.cloud.IdentityURL())
	must(t, err)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	provider.HTTPClient = http.Client{Transport: transport, Timeout: 10 * time.Second}
	must(t, openstack.Authenticate(t.Context(), provider, gophercloud.AuthOptions{
		IdentityEndpoint: d.cloud.IdentityURL(), Username: user, Password: cloudsim.DemoPassword, DomainName: "Default", TenantName: project,
	}))
	client, err := openstack.NewLoadBalancerV2(provider, gophercloud.EndpointOpts{Region: cloudsim.DefaultRegion})
	must(t, err)
	return &gopher{ServiceClient: client, t: t}
}

// settled gives what a call gave, once the load balancer is ACTIVE again.
func settled[T any](g *gopher, made T, err error) T {
	g.t.Helper()
	must(g.t, err)
	deadline := time.Now().Add(20 * time.Second)
	for {
		lb, err := loadbalancers.Get(g.t.Context(), g.ServiceClient, g.lb).Extract()
		must(g.t, err)
		switch {
		case lb.ProvisioningStatus == "ACTIVE":
			return made
		case lb.ProvisioningStatus == "ERROR" || time.Now().After(deadline):
			g.t.Fatalf("the load balancer is %s", lb.ProvisioningStatus)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// all reads every page of a list.
func all[T any](g *gopher, pager pagination.Pager, extract func(pagination.Page) ([]T, error)) []T {
	g.t.Helper()
	page, err := pager.AllPages(g.t.Context())
	must(g.t, err)
	items, err := extract(page)
	must(g.t, err)
	return items
}

// want compares what was shown with what was asked for.
func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// Every resource of the API, through the client that Go programs use: made, listed, shown, changed and removed.
func TestGophercloud(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	g := d.gopher(t, "demo", "demo")
	versions := all(g, apiversions.List(g.ServiceClient), apiversions.ExtractAPIVersions)
	if !slices.ContainsFunc(versions, func(v apiversions.APIVersion) bool { return v.ID == "v2.0" }) {
		t.Errorf("versions %+v", versions)
	}
	served := all(g, providers.List(g.ServiceClient, nil), providers.ExtractProviders)
	if len(served) != 1 || served[0].Name != "avi_adc" {
		t.Errorf("providers %+v", served)
	}
	lb := g.create(d, "gopher")
	g.listeners()
	g.policies(g.pools())
	g.loadBalancer(lb)
	d.gopher(t, "admin", "admin").flavors(d)
	must(t, loadbalancers.Delete(t.Context(), g.ServiceClient, g.lb, loadbalancers.DeleteOpts{Cascade: true}).ExtractErr())
	g.gone()
	d.mustBeEmpty(t)
}

// create makes the load balancer that the gopher works with.
func (g *gopher) create(d deployment, name string) *loadbalancers.LoadBalancer {
	g.t.Helper()
	lb, err := loadbalancers.Create(g.t.Context(), g.ServiceClient, loadbalancers.CreateOpts{
		Name: name, Description: "by Go", VipSubnetID: d.cloud.SubnetID("demo-subnet"),
	}).Extract()
	must(g.t, err)
	g.lb = lb.ID
	return settled(g, lb, nil)
}

// gone waits until the load balancer is there no more.
func (g *gopher) gone() {
	g.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; {
		_, err := loadbalancers.Get(g.t.Context(), g.ServiceClient, g.lb).Extract()
		if gophercloud.ResponseCodeIs(err, http.StatusNotFound) {
			return
		}
		must(g.t, err)
		if time.Now().After(deadline) {
			g.t.Fatal("the load balancer is still there")
		}
		<-time.After(5 * time.Millisecond)
	}
}

func (g *gopher) listeners() {
	g.t.Helper()
	ctx, limit := g.t.Context(), 10
	made, err := listeners.Create(ctx, g.ServiceClient, listeners.CreateOpts{
		LoadbalancerID: g.lb, Name: "web", Protocol: listeners.ProtocolHTTP, ProtocolPort: 80, ConnLimit: &limit,
		InsertHeaders: map[string]string{"X-Forwarded-For": "true"}, AllowedCIDRs: []string{"10.0.0.0/8"},
	}).Extract()
	l := settled(g, made, err)
	name, more, none := "front", 20, []string{}
	changed, err := listeners.Update(ctx, g.ServiceClient, l.ID, listeners.UpdateOpts{
		Name: &name, ConnLimit: &more, AllowedCIDRs: &none,
	}).Extract()
	settled(g, changed, err)
	shown, err := listeners.Get(ctx, g.ServiceClient, l.ID).Extract()
	must(g.t, err)
	want(g.t, "the listener's name", shown.Name, "front")
	want(g.t, "its connection limit", shown.ConnLimit, 20)
	want(g.t, "the number of its CIDRs", len(shown.AllowedCIDRs), 0)
	want(g.t, "the number of listeners of that name", len(all(g, listeners.List(g.ServiceClient, listeners.ListOpts{Name: "front"}),
		listeners.ExtractListeners)), 1)
	_, err = listeners.GetStats(ctx, g.ServiceClient, l.ID).Extract()
	must(g.t, err)
}

// pools leaves a pool behind and gives its id.
func (g *gopher) pools() string {
	g.t.Helper()
	ctx := g.t.Context()
	made, err := pools.Create(ctx, g.ServiceClient, pools.CreateOpts{
		LoadbalancerID: g.lb, Name: "images", Protocol: pools.ProtocolHTTP, LBMethod: pools.LBMethodRoundRobin,
		Persistence: &pools.SessionPersistence{Type: "HTTP_COOKIE"},
	}).Extract()
	p := settled(g, made, err)
	method := pools.LBMethodLeastConnections
	changed, err := pools.Update(ctx, g.ServiceClient, p.ID, pools.UpdateOpts{LBMethod: method}).Extract()
	settled(g, changed, err)
	weight := 3
	member, err := pools.CreateMember(ctx, g.ServiceClient, p.ID, pools.CreateMemberOpts{
		Address: "10.0.0.21", ProtocolPort: 8080, Weight: &weight, Name: "one",
	}).Extract()
	settled(g, member, err)
	heavier := 9
	member, err = pools.UpdateMember(ctx, g.ServiceClient, p.ID, member.ID, pools.UpdateMemberOpts{Weight: &heavier}).Extract()
	settled(g, member, err)
	list := all(g, pools.ListMembers(g.ServiceClient, p.ID, pools.ListMembersOpts{}), pools.ExtractMembers)
	if len(list) != 1 || list[0].Weight != 9 || list[0].Name != "one" {
		g.t.Errorf("members %+v", list)
	}
	g.monitor(p.ID)
	settled(g, member, pools.DeleteMember(ctx, g.ServiceClient, p.ID, member.ID).ExtractErr())
	shown, err := pools.Get(ctx, g.ServiceClient, p.ID).Extract()
	must(g.t, err)
	want(g.t, "the pool's algorithm", shown.LBMethod, string(method))
	want(g.t, "its persistence", shown.Persistence.Type, "HTTP_COOKIE")
	want(g.t, "the number of its members", len(shown.Members), 0)
	return p.ID
}

func (g *gopher) monitor(pool string) {
	g.t.Helper()
	ctx := g.t.Context()
	made, err := monitors.Create(ctx, g.ServiceClient, monitors.CreateOpts{
		PoolID: pool, Name: "check", Type: monitors.TypeHTTP, Delay: 5, Timeout: 2, MaxRetries: 2, MaxRetriesDown: 4,
		URLPath: "/health", HTTPMethod: http.MethodGet, ExpectedCodes: "200",
	}).Extract()
	m := settled(g, made, err)
	changed, err := monitors.Update(ctx, g.ServiceClient, m.ID, monitors.UpdateOpts{URLPath: "/", MaxRetriesDown: 5}).Extract()
	settled(g, changed, err)
	list := all(g, monitors.List(g.ServiceClient, monitors.ListOpts{PoolID: pool}), monitors.ExtractMonitors)
	if len(list) != 1 || list[0].URLPath != "/" || list[0].MaxRetriesDown != 5 || list[0].MaxRetries != 2 {
		g.t.Errorf("monitors %+v", list)
	}
	settled(g, m, monitors.Delete(ctx, g.ServiceClient, m.ID).ExtractErr())
}

func (g *gopher) policies(pool string) {
	g.t.Helper()
	ctx := g.t.Context()
	front := all(g, listeners.List(g.ServiceClient, listeners.ListOpts{Name: "front"}), listeners.ExtractListeners)[0]
	made, err := l7policies.Create(ctx, g.ServiceClient, l7policies.CreateOpts{
		ListenerID: front.ID, Name: "images", Action: l7policies.ActionRedirectToPool, RedirectPoolID: pool,
	}).Extract()
	p := settled(g, made, err)
	rule, err := l7policies.CreateRule(ctx, g.ServiceClient, p.ID, l7policies.CreateRuleOpts{
		RuleType: l7policies.TypePath, CompareType: l7policies.CompareTypeStartWith, Value: "/images",
	}).Extract()
	settled(g, rule, err)
	value := "/pictures"
	rule, err = l7policies.UpdateRule(ctx, g.ServiceClient, p.ID, rule.ID, l7policies.UpdateRuleOpts{Value: value}).Extract()
	settled(g, rule, err)
	rules := all(g, l7policies.ListRules(g.ServiceClient, p.ID, l7policies.ListRulesOpts{}), l7policies.ExtractRules)
	if len(rules) != 1 || rules[0].Value != value {
		g.t.Errorf("rules %+v", rules)
	}
	prefix := "https://www.example.com/"
	changed, err := l7policies.Update(ctx, g.ServiceClient, p.ID, l7policies.UpdateOpts{
		Action: l7policies.ActionRedirectPrefix, RedirectPrefix: &prefix, RedirectHttpCode: 301,
	}).Extract()
	settled(g, changed, err)
	shown, err := l7policies.Get(ctx, g.ServiceClient, p.ID).Extract()
	must(g.t, err)
	want(g.t, "the policy's prefix", shown.RedirectPrefix, prefix)
	want(g.t, "its code", shown.RedirectHttpCode, 301)
	want(g.t, "its position", shown.Position, 1)
	settled(g, rule, l7policies.DeleteRule(ctx, g.ServiceClient, p.ID, rule.ID).ExtractErr())
	settled(g, p, l7policies.Delete(ctx, g.ServiceClient, p.ID).ExtractErr())
}

func (g *gopher) loadBalancer(made *loadbalancers.LoadBalancer) {
	g.t.Helper()
	ctx := g.t.Context()
	description := "changed"
	changed, err := loadbalancers.Update(ctx, g.ServiceClient, g.lb, loadbalancers.UpdateOpts{Description: &description}).Extract()
	settled(g, changed, err)
	shown, err := loadbalancers.Get(ctx, g.ServiceClient, g.lb).Extract()
	must(g.t, err)
	want(g.t, "the load balancer's description", shown.Description, "changed")
	want(g.t, "its address", shown.VipAddress, made.VipAddress)
	want(g.t, "the number of its listeners", len(shown.Listeners), 1)
	want(g.t, "the number of its pools", len(shown.Pools), 1)
	tree, err := loadbalancers.GetStatuses(ctx, g.ServiceClient, g.lb).Extract()
	must(g.t, err)
	want(g.t, "the tree's load balancer", tree.Loadbalancer.ID, g.lb)
	_, err = loadbalancers.GetStats(ctx, g.ServiceClient, g.lb).Extract()
	must(g.t, err)
	list := all(g, loadbalancers.List(g.ServiceClient, loadbalancers.ListOpts{Name: "gopher", Limit: 1}), loadbalancers.ExtractLoadBalancers)
	want(g.t, "the number of load balancers of that name", len(list), 1)
}

// flavors makes a flavor as an operator, uses and removes it.
func (g *gopher) flavors(d deployment) {
	g.t.Helper()
	ctx := g.t.Context()
	profile, err := flavorprofiles.Create(ctx, g.ServiceClient, flavorprofiles.CreateOpts{
		Name: "group", ProviderName: "avi_adc", FlavorData: `{"se_group_ref": "/api/serviceenginegroup?name=Default-Group"}`,
	}).Extract()
	must(g.t, err)
	flavor, err := flavors.Create(ctx, g.ServiceClient, flavors.CreateOpts{
		Name: "gold", FlavorProfileId: profile.ID, Enabled: true,
	}).Extract()
	must(g.t, err)
	lb, err := loadbalancers.Create(ctx, g.ServiceClient, loadbalancers.CreateOpts{
		Name: "flavored", VipSubnetID: d.cloud.SubnetID("shared-subnet"), FlavorID: flavor.ID,
	}).Extract()
	must(g.t, err)
	g.lb = lb.ID
	settled(g, lb, nil)
	if err := flavors.Delete(ctx, g.ServiceClient, flavor.ID).ExtractErr(); !gophercloud.ResponseCodeIs(err, http.StatusConflict) {
		g.t.Errorf("the deletion of a flavor in use: %v", err)
	}
	must(g.t, loadbalancers.Delete(ctx, g.ServiceClient, lb.ID, loadbalancers.DeleteOpts{}).ExtractErr())
	g.gone()
	renamed, err := flavors.Update(ctx, g.ServiceClient, flavor.ID, flavors.UpdateOpts{Name: "silver", Enabled: false}).Extract()
	must(g.t, err)
	want(g.t, "the flavor's name", renamed.Name, "silver")
	want(g.t, "the number of flavors", len(all(g, flavors.List(g.ServiceClient, nil), flavors.ExtractFlavors)), 1)
	must(g.t, flavors.Delete(ctx, g.ServiceClient, flavor.ID).ExtractErr())
	must(g.t, flavorprofiles.Delete(ctx, g.ServiceClient, profile.ID).ExtractErr())
	if _, err := flavorprofiles.Get(ctx, g.ServiceClient, profile.ID).Extract(); err == nil || !strings.Contains(err.Error(), "404") {
		g.t.Errorf("a deleted flavor profile: %v", err)
	}
}
