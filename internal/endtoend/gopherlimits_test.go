package endtoend_test

import (
	"net/http"
	"testing"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/pools"
	"github.com/gophercloud/gophercloud/v2/openstack/loadbalancer/v2/quotas"
)

// batch replaces all members of a pool at once: one stays as it is, one changes, one goes, one is new; then all go.
func (g *gopher) batch(pool string) {
	g.t.Helper()
	ctx := g.t.Context()
	replace := func(members ...pools.BatchUpdateMemberOpts) {
		g.t.Helper()
		settled(g, members, pools.BatchUpdateMembers(ctx, g.ServiceClient, pool, members).ExtractErr())
	}
	member := func(address, name string, weight int) pools.BatchUpdateMemberOpts {
		return pools.BatchUpdateMemberOpts{Address: address, ProtocolPort: 80, Name: &name, Weight: &weight, Tags: []string{name}}
	}
	replace(member("10.0.0.1", "stays", 1), member("10.0.0.2", "changes", 1), member("10.0.0.3", "goes", 1))
	byName := func() map[string]pools.Member {
		found := map[string]pools.Member{}
		for _, m := range all(g, pools.ListMembers(g.ServiceClient, pool, pools.ListMembersOpts{}), pools.ExtractMembers) {
			found[m.Name] = m
		}
		return found
	}
	before := byName()
	replace(member("10.0.0.1", "stays", 1), member("10.0.0.2", "changes", 7), member("10.0.0.4", "new", 1))
	after := byName()
	want(g.t, "the number of members", len(after), 3)
	want(g.t, "the id of the member that stays", after["stays"].ID, before["stays"].ID)
	want(g.t, "the id of the member that changes", after["changes"].ID, before["changes"].ID)
	want(g.t, "its weight", after["changes"].Weight, 7)
	want(g.t, "the new member's address", after["new"].Address, "10.0.0.4")
	want(g.t, "the number of its tags", len(after["new"].Tags), 1)
	replace()
	want(g.t, "the number of members in the end", len(byName()), 0)
}

// quotas bounds a project as an operator; its user reads them and is held to them.
func (g *gopher) quotas(user *gopher, project string) {
	g.t.Helper()
	ctx := g.t.Context()
	pool, none := 1, 0
	changed, err := quotas.Update(ctx, g.ServiceClient, project, quotas.UpdateOpts{Pool: &pool, Healthmonitor: &none}).Extract()
	must(g.t, err)
	want(g.t, "the quota of pools, as changed", changed.Pool, 1)
	shown, err := quotas.Get(ctx, user.ServiceClient, project).Extract()
	must(g.t, err)
	want(g.t, "the quota of pools", shown.Pool, 1)
	want(g.t, "that of health monitors", shown.Healthmonitor, 0)
	if _, err := quotas.Update(ctx, user.ServiceClient, project, quotas.UpdateOpts{Pool: &none}).Extract(); !gophercloud.ResponseCodeIs(
		err, http.StatusForbidden) {
		g.t.Errorf("a user's change of the quota: %v", err)
	}
	_, err = pools.Create(ctx, user.ServiceClient, pools.CreateOpts{
		LoadbalancerID: user.lb, Protocol: pools.ProtocolHTTP, LBMethod: pools.LBMethodRoundRobin,
	}).Extract()
	if !gophercloud.ResponseCodeIs(err, http.StatusForbidden) {
		g.t.Errorf("a pool beyond the quota: %v", err)
	}
}

// The limits of a project, and lists of members in one request, through the client that Go programs use.
func TestGophercloudLimitsAndLists(t *testing.T) {
	t.Parallel()
	d := deploy(t)
	g := d.gopher(t, "demo", "demo")
	g.create(d, "lists")
	pool, err := pools.Create(t.Context(), g.ServiceClient, pools.CreateOpts{
		LoadbalancerID: g.lb, Protocol: pools.ProtocolHTTP, LBMethod: pools.LBMethodRoundRobin, Tags: []string{"web"},
	}).Extract()
	settled(g, pool, err)
	g.batch(pool.ID)
	d.gopher(t, "admin", "admin").quotas(g, d.cloud.ProjectID("demo"))
}
