package translate_test

import (
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// The uuids are those that the Python driver gave to the same ids, as recorded in the vectors of package compat.
func TestUUIDsAreThePythonDrivers(t *testing.T) {
	const (
		sharedPool = "dab04081-9a87-5fb7-a299-9237ba81c983"
		first      = "88e08f78-3cf9-52ff-a4bc-ff6aadd9b54c"
	)
	for _, c := range []struct{ name, got, want string }{
		{"tenant", translate.TenantUUID(projectID), "tenant-9f1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"},
		{"the copy of a pool", translate.PoolUUID(sharedPool, first), "pool-3884cf51-5382-580a-b02f-696545b9e559"},
		{"its copy for another listener", translate.PoolUUID(sharedPool, secondID), "pool-fc09963b-c482-53b9-b045-f35356cf378f"},
		{"virtual service", translate.VirtualServiceUUID(listenerID), "virtualservice-" + listenerID},
		{"VsVip", translate.VsVipUUID(lbID), "vsvip-" + lbID},
		{"health monitor", translate.HealthMonitorUUID(monitorID), "healthmonitor-" + monitorID},
		{"persistence profile", translate.PersistenceUUID(poolID), "applicationpersistenceprofile-" + poolID},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got, c.want)
		}
	}
}

func TestIdsOfAnyFormHaveUUIDs(t *testing.T) {
	if got := translate.TenantUUID("admin"); got != "tenant-admin" {
		t.Errorf("a project that is no uuid: %s", got)
	}
	seen := map[string][2]string{}
	for _, pool := range []string{"", "p", "q", poolID} {
		for _, owner := range []string{"", "l", "m", listenerID} {
			uuid := translate.PoolUUID(pool, owner)
			if before, ok := seen[uuid]; ok {
				t.Errorf("%q and %q have the same uuid %s", before, [2]string{pool, owner}, uuid)
			}
			seen[uuid] = [2]string{pool, owner}
		}
	}
}

func TestNames(t *testing.T) {
	long := strings.Repeat("ü", 255)
	for _, c := range []struct {
		name, typ string
		change    func(*lbaas.Tree)
		want      string
		alternate string
	}{
		{
			"a virtual service", "virtualservice", func(*lbaas.Tree) {},
			"web:l1", "web:l1-14e3d615",
		},
		{
			"a virtual service of a nameless listener", "virtualservice", func(t *lbaas.Tree) { t.Listeners[0].Name = "" },
			"web:80", "web:80-14e3d615",
		},
		{
			"a virtual service of a nameless load balancer", "virtualservice", func(t *lbaas.Tree) { t.LoadBalancer.Name = "" },
			"10.0.0.10:l1", "10.0.0.10:l1-14e3d615",
		},
		{
			"a virtual service whose name is too long", "virtualservice", func(t *lbaas.Tree) { t.Listeners[0].Name = long },
			"web:" + long[:2*115] + "-14e3d615", "web:" + long[:2*106] + "-14e3d615-14e3d615",
		},
		{
			"the space at a cut goes", "virtualservice", func(t *lbaas.Tree) { t.LoadBalancer.Name = strings.Repeat("x", 118) + " front door" },
			strings.Repeat("x", 118) + "-14e3d615", strings.Repeat("x", 110) + "-14e3d615-14e3d615",
		},
		{
			"exactly 128 characters", "virtualservice", func(t *lbaas.Tree) { t.Listeners[0].Name = strings.Repeat("x", 124) },
			"web:" + strings.Repeat("x", 124), "web:" + strings.Repeat("x", 106) + "-14e3d615-14e3d615",
		},
		{
			"a VsVip", "vsvip", func(*lbaas.Tree) {},
			"vsvip-web", "vsvip-web-c1fce364",
		},
		{
			"a pool bears its owner", "pool", func(*lbaas.Tree) {},
			"p1-" + listenerID, "p1-" + listenerID + "-34f6955f",
		},
		{
			"a nameless pool", "pool", func(t *lbaas.Tree) { t.Pools[0].Name = "" },
			"pool-" + listenerID, "pool-" + listenerID + "-34f6955f",
		},
		{
			"a pool whose name is too long keeps its owner", "pool", func(t *lbaas.Tree) { t.Pools[0].Name = long },
			long[:2*82] + "-34f6955f-" + listenerID, "",
		},
		{
			"a nameless monitor", "healthmonitor", func(*lbaas.Tree) {},
			"HTTP-" + monitorID, "HTTP-" + monitorID + "-973b8e7a",
		},
		{
			"a monitor", "healthmonitor", func(t *lbaas.Tree) { t.Monitors[0].Name = "up" },
			"up", "up-973b8e7a",
		},
		{
			"a persistence profile bears the start of its cookie", "applicationpersistenceprofile", func(t *lbaas.Tree) {
				t.Pools[0].Persistence = &lbaas.SessionPersistence{Type: lbaas.PersistAppCookie, CookieName: "JSESSIONID-2"}
			},
			"appcookie:JSESSIONID:" + poolID, "appcookie:JSESSIONID:" + poolID + "-34f6955f",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := monitored()
			c.change(&in.Tree)
			o := find(t, translate.Objects(in), c.typ)
			if o.Name() != c.want {
				t.Errorf("name %q, want %q", o.Name(), c.want)
			}
			if c.alternate != "" && o.AlternativeName != c.alternate {
				t.Errorf("alternative name %q, want %q", o.AlternativeName, c.alternate)
			}
		})
	}
}
