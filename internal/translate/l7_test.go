package translate_test

import (
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// id makes ids that can be told apart in golden files.
func id(kind, n string) string { return "00000000-0000-4000-8000-" + kind + n }

// l7Tree is an HTTP listener with a default pool and another pool.
func l7Tree() lbaas.Tree {
	resource := func(id, name string) lbaas.Resource { return lbaas.Resource{ID: id, Name: name, AdminStateUp: true} }
	lb, listener := id("aaaaaaaaaaa", "1"), id("bbbbbbbbbbb", "1")
	tree := lbaas.Tree{
		LoadBalancer: lbaas.LoadBalancer{Resource: resource(lb, "web"), VIP: lbaas.VIP{Address: "10.0.0.10"}},
		Listeners: []lbaas.Listener{{
			Resource: resource(listener, "l1"), LoadBalancerID: lb, Protocol: lbaas.ListenerHTTP, ProtocolPort: 80,
			ConnectionLimit: lbaas.Unlimited, DefaultPoolID: id("ccccccccccc", "1"),
		}},
	}
	tree.LoadBalancer.ProjectID = "9f1b2c3d4e5f40718293a4b5c6d7e8f9"
	for _, n := range []string{"1", "2"} {
		tree.Pools = append(tree.Pools, lbaas.Pool{
			Resource: resource(id("ccccccccccc", n), "p"+n), LoadBalancerID: lb, Protocol: lbaas.PoolHTTP, Algorithm: lbaas.RoundRobin,
		})
	}
	return tree
}

// policy adds a policy with its rules to a tree.
func policy(t *lbaas.Tree, n string, p lbaas.L7Policy, rules ...lbaas.L7Rule) {
	p.ID, p.ListenerID, p.AdminStateUp, p.Position = id("ddddddddddd", n), t.Listeners[0].ID, true, len(t.L7Policies)+1
	t.L7Policies = append(t.L7Policies, p)
	for _, r := range rules {
		r.PolicyID, r.AdminStateUp = p.ID, true
		t.L7Rules = append(t.L7Rules, r)
	}
}

// TestL7Golden shows what L7 policies and the options beside them become: of each case all objects but pools and the VsVip.
func TestL7Golden(t *testing.T) {
	host := lbaas.L7Rule{Type: lbaas.L7HostName, CompareType: lbaas.L7EndsWith, Value: ".example.org"}
	for name, change := range map[string]func(*lbaas.Tree){
		"actions": func(t *lbaas.Tree) {
			policy(t, "1", lbaas.L7Policy{Resource: lbaas.Resource{Name: "keep out"}, Action: lbaas.L7Reject}, host)
			policy(t, "2", lbaas.L7Policy{Action: lbaas.L7RedirectToPool, RedirectPoolID: t.Pools[1].ID}, host)
			policy(t, "3", lbaas.L7Policy{
				Action: lbaas.L7RedirectToURL, RedirectURL: "https://www.example.org:8443/a/b/?c=d", RedirectHTTPCode: 301,
			}, host)
			policy(t, "4", lbaas.L7Policy{Action: lbaas.L7RedirectToURL, RedirectURL: "http://[2001:db8::1]", RedirectHTTPCode: 302}, host)
			policy(t, "5", lbaas.L7Policy{
				Action: lbaas.L7RedirectPrefix, RedirectPrefix: "https://www.example.org/app/", RedirectHTTPCode: 307,
			}, host)
			policy(t, "6", lbaas.L7Policy{Action: lbaas.L7RedirectPrefix, RedirectPrefix: "https://www.example.org", RedirectHTTPCode: 302}, host)
		},
		"rules": func(t *lbaas.Tree) {
			policy(t, "1", lbaas.L7Policy{Action: lbaas.L7Reject},
				host,
				lbaas.L7Rule{Type: lbaas.L7HostName, CompareType: lbaas.L7StartsWith, Value: "www.", Invert: true},
				lbaas.L7Rule{Type: lbaas.L7Header, Key: "X-Kind", CompareType: lbaas.L7Contains, Value: `"a b"`},
				lbaas.L7Rule{Type: lbaas.L7Header, Key: "X-Other", CompareType: lbaas.L7EqualTo, Value: "c", Invert: true},
				lbaas.L7Rule{Type: lbaas.L7Cookie, Key: "site", CompareType: lbaas.L7StartsWith, Value: "shop"},
				lbaas.L7Rule{Type: lbaas.L7FileType, CompareType: lbaas.L7EqualTo, Value: "png"},
				lbaas.L7Rule{Type: lbaas.L7Path, CompareType: lbaas.L7StartsWith, Value: "/img"},
			)
			policy(t, "2", lbaas.L7Policy{Action: lbaas.L7Reject}, lbaas.L7Rule{Type: lbaas.L7Path, CompareType: lbaas.L7Regex, Value: "^/v[0-9]+/", Invert: true})
			policy(t, "3", lbaas.L7Policy{Action: lbaas.L7Reject}, lbaas.L7Rule{Type: lbaas.L7Path, CompareType: lbaas.L7EqualTo, Value: "/a", Invert: true})
		},
		"not_in_effect": func(t *lbaas.Tree) {
			policy(t, "1", lbaas.L7Policy{Action: lbaas.L7Reject})
			policy(t, "2", lbaas.L7Policy{Action: lbaas.L7Reject}, host)
			t.L7Policies[1].AdminStateUp = false
			policy(t, "3", lbaas.L7Policy{Action: lbaas.L7RedirectToPool, RedirectPoolID: t.Pools[1].ID}, host)
			t.Pools[1].AdminStateUp = false
		},
		"headers_and_cidrs": func(t *lbaas.Tree) {
			l := &t.Listeners[0]
			l.InsertHeaders = lbaas.InsertHeaders{ForwardedFor: true, ForwardedPort: true, ForwardedProto: true}
			l.AllowedCIDRs = []string{"192.0.2.0/24", "198.51.100.7/32"}
			policy(t, "1", lbaas.L7Policy{Action: lbaas.L7Reject}, host)
		},
		"proxy": func(t *lbaas.Tree) {
			t.Listeners[0].Protocol = lbaas.ListenerTCP
			t.Pools[0].Protocol = lbaas.PoolProxyV2
			t.Listeners[0].AllowedCIDRs = []string{"2001:db8::/32"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			tree := l7Tree()
			change(&tree)
			var shown []plan.Object
			for _, o := range translate.Objects(translate.Input{Options: translate.Options{Cloud: "Default-Cloud"}, Tree: tree}) {
				if o.Type != translate.TypePool && o.Type != translate.TypeVsVip {
					shown = append(shown, o)
				}
			}
			checkGolden(t, "l7_"+name, shown)
		})
	}
}

// An HTTPS listener cannot both decrypt and speak the PROXY protocol: it is passed through.
func TestProxyPoolIsPassedThrough(t *testing.T) {
	tree := l7Tree()
	tree.Listeners[0].Protocol, tree.Pools[0].Protocol = lbaas.ListenerHTTPS, lbaas.PoolProxy
	objects := translate.Objects(translate.Input{Options: translate.Options{TerminateHTTPS: true}, Tree: tree})
	object := find(t, objects, translate.TypeVirtualService)
	vs := object.Body()
	service := vs["services"].([]any)[0].(map[string]any)
	if ref := vs["application_profile_ref"]; service["enable_ssl"] != false || ref != "/api/applicationprofile/"+find(t, objects, translate.TypeApplicationProfile).UUID {
		t.Errorf("the virtual service decrypts: %v, %v", service, ref)
	}
}

// Each listener that redirects to a pool has a copy of it, the same as that of its default pool; objects come before those that
// refer to them.
func TestRedirectPoolsAreCopied(t *testing.T) {
	tree := l7Tree()
	second := tree.Listeners[0]
	second.ID, second.DefaultPoolID = id("bbbbbbbbbbb", "2"), tree.Pools[1].ID
	tree.Listeners = append(tree.Listeners, second)
	host := lbaas.L7Rule{Type: lbaas.L7HostName, CompareType: lbaas.L7EqualTo, Value: "a"}
	policy(&tree, "1", lbaas.L7Policy{Action: lbaas.L7RedirectToPool, RedirectPoolID: tree.Pools[1].ID}, host)
	policy(&tree, "2", lbaas.L7Policy{Action: lbaas.L7RedirectToPool, RedirectPoolID: tree.Pools[0].ID}, host)
	at := map[string]int{}
	var objects []plan.Object
	for i, o := range translate.Objects(translate.Input{Tree: tree}) {
		at[o.Type+"/"+o.UUID] = i
		objects = append(objects, o)
	}
	first := tree.Listeners[0].ID
	set, found := at["httppolicyset/"+translate.PolicySetUUID(first)]
	if !found {
		t.Fatal("no policy set")
	}
	pools := 0
	for _, o := range objects {
		if o.Type == translate.TypePool {
			pools++
		}
	}
	if pools != 3 {
		t.Errorf("%d pools, want both for the first listener and one for the second", pools)
	}
	for _, p := range tree.Pools {
		if i, ok := at["pool/"+translate.PoolUUID(p.ID, first)]; !ok || i > set {
			t.Errorf("the copy of pool %s does not come before the policy set", p.Name)
		}
	}
	if at["virtualservice/"+translate.VirtualServiceUUID(first)] < set {
		t.Error("the virtual service comes before its policy set")
	}
}
