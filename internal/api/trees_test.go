package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// shopTree is a load balancer with everything that can be nested in one, with pools that are defined in place and elsewhere.
const shopTree = `"name": "shop", "listeners": [
	{"name": "web", "protocol": "HTTP", "protocol_port": 80,
	 "default_pool": {"name": "servers", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN",
		"members": [{"address": "192.0.2.16", "protocol_port": 8080, "weight": 5}],
		"healthmonitor": {"type": "HTTP", "delay": 10, "timeout": 5, "max_retries": 1}},
	 "l7policies": [
		{"name": "last", "action": "REJECT", "rules": [{"type": "PATH", "compare_type": "STARTS_WITH", "value": "/private"}]},
		{"name": "first", "action": "REDIRECT_TO_POOL", "redirect_pool": {"name": "images"}, "position": 1,
		 "rules": [{"type": "PATH", "compare_type": "STARTS_WITH", "value": "/img"}]}]},
	{"name": "again", "protocol": "HTTP", "protocol_port": 8080, "default_pool": {"name": "servers"}}],
	"pools": [{"name": "images", "protocol": "HTTP", "lb_algorithm": "SOURCE_IP"}]`

func TestWholeTreeIsMadeAtOnce(t *testing.T) {
	f := newRealFront(t)
	made := f.loadBalancer(t, ", "+shopTree)
	for path, want := range map[string]int{"listeners": 2, "pools": 2, "healthmonitors": 1, "l7policies": 2} {
		items, _ := f.must(t, "GET", "/v2/lbaas/"+path, "").object(t)[path].([]any)
		if len(items) != want {
			t.Errorf("%d %s were made, want %d", len(items), path, want)
		}
		for _, item := range items {
			if status := item.(map[string]any)["provisioning_status"]; status != "ACTIVE" {
				t.Errorf("one of %s is %v", path, status)
			}
		}
	}
	listeners, pools := byName(made["listeners"]), byName(made["pools"])
	servers, images := idOf(pools["servers"]), idOf(pools["images"])
	if listeners["web"]["default_pool_id"] != servers || listeners["again"]["default_pool_id"] != servers {
		t.Errorf("the listeners' default pools are %v and %v, want %s", listeners["web"]["default_pool_id"],
			listeners["again"]["default_pool_id"], servers)
	}
	policies := byName(listeners["web"]["l7policies"])
	if policies["first"]["redirect_pool_id"] != images {
		t.Errorf("the policy redirects to %v, want %s", policies["first"]["redirect_pool_id"], images)
	}
	if policies["first"]["position"] != 1.0 || policies["last"]["position"] != 2.0 {
		t.Errorf("the policies are at %v and %v, want 1 and 2", policies["first"]["position"], policies["last"]["position"])
	}
	// What is in the answer is what is shown afterwards, but for what has happened since and for the form of references.
	monitor, _ := pools["servers"]["healthmonitor"].(map[string]any)
	shown, _ := f.must(t, "GET", "/v2/lbaas/healthmonitors/"+idOf(monitor), "").object(t)["healthmonitor"].(map[string]any)
	if shown["max_retries_down"] != 3.0 || monitor["max_retries_down"] != 3.0 {
		t.Errorf("max_retries_down is %v, and %v in the answer, want 3", shown["max_retries_down"], monitor["max_retries_down"])
	}
}

// The tags of every object are in the answer to the request that makes them all.
func TestWholeTreeShowsItsTags(t *testing.T) {
	f := newRealFront(t)
	made := f.loadBalancer(t, `, "tags": ["t", "lb"], "listeners": [{"name": "web", "protocol": "HTTP", "protocol_port": 80, "tags": ["t"],
		"default_pool": {"name": "servers", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", "tags": ["t"],
			"members": [{"address": "192.0.2.16", "protocol_port": 8080, "tags": ["t"]}],
			"healthmonitor": {"type": "HTTP", "delay": 10, "timeout": 5, "max_retries": 1, "tags": ["t"]}},
		"l7policies": [{"name": "private", "action": "REJECT", "tags": ["t"],
			"rules": [{"type": "PATH", "compare_type": "STARTS_WITH", "value": "/private", "tags": ["t"]}]}]}]`)
	listener, pool := byName(made["listeners"])["web"], byName(made["pools"])["servers"]
	policy := byName(listener["l7policies"])["private"]
	for what, object := range map[string]any{
		"listener": listener, "pool": pool, "member": pool["members"].([]any)[0], "monitor": pool["healthmonitor"],
		"policy": policy, "rule": policy["rules"].([]any)[0],
	} {
		if tags := fmt.Sprint(object.(map[string]any)["tags"]); tags != "[t]" {
			t.Errorf("the %s has tags %s, want [t]", what, tags)
		}
	}
	if tags := fmt.Sprint(made["tags"]); tags != "[lb t]" {
		t.Errorf("the load balancer has tags %s, want [lb t]", tags)
	}
}

// byName gives the objects of a list by their names.
func byName(list any) map[string]map[string]any {
	found := map[string]map[string]any{}
	items, _ := list.([]any)
	for _, item := range items {
		object, _ := item.(map[string]any)
		name, _ := object["name"].(string)
		found[name] = object
	}
	return found
}

// The names of attributes at each level are those of the reference Octavia's answer to the same request.
func TestFullAnswerHasOctaviasShape(t *testing.T) {
	f := newRealFront(t)
	made := f.loadBalancer(t, ", "+shopTree)
	listener := byName(made["listeners"])["web"]
	policy := byName(listener["l7policies"])["first"]
	pool := byName(made["pools"])["servers"]
	for _, test := range []struct {
		what            string
		object          map[string]any
		present, absent string
	}{
		{"load balancer", made, "listeners pools vip_address additional_vips provider tenant_id vip_vnic_type", ""},
		{"listener", listener, "l7policies default_pool_id tenant_id", "loadbalancers"},
		{"policy", policy, "rules listener_id redirect_pool_id position", ""},
		{"rule", policy["rules"].([]any)[0].(map[string]any), "id type compare_type value key invert", "name"},
		{"pool", pool, "members healthmonitor listeners session_persistence", "loadbalancers healthmonitor_id"},
		{"member", pool["members"].([]any)[0].(map[string]any), "id address weight subnet_id backup", ""},
		{"monitor", pool["healthmonitor"].(map[string]any), "id type url_path http_version", "pools"},
	} {
		for name := range strings.FieldsSeq(test.present) {
			if _, ok := test.object[name]; !ok {
				t.Errorf("%s: %s is missing in %v", test.what, name, test.object)
			}
		}
		for name := range strings.FieldsSeq(test.absent) {
			if _, ok := test.object[name]; ok {
				t.Errorf("%s: %s is there", test.what, name)
			}
		}
	}
	empty := f.loadBalancer(t, "")
	if fmt.Sprint(empty["listeners"], empty["pools"]) != "[] []" {
		t.Errorf("a load balancer without anything shows %v and %v", empty["listeners"], empty["pools"])
	}
}

// Texts and statuses are those of the reference Octavia, but where it fails with 500.
func TestTreeRefusals(t *testing.T) {
	const (
		invalid  = http.StatusBadRequest
		conflict = http.StatusConflict
		http80   = `{"protocol": "HTTP", "protocol_port": 80`
		ok       = `"protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"`
		failure  = "Validation failure: "
		missing  = "Invalid input for field/attribute %s. Value: 'None'. Mandatory field missing."
		unknown  = "Unknown attribute for argument load_balancer.loadbalancer."
	)
	f := newRealFront(t)
	for _, test := range []struct {
		more   string
		status int
		fault  string
	}{
		{`"listeners": [` + http80 + `, "foo": 1}]`, invalid, unknown + "listeners: foo"},
		{`"listeners": [` + http80 + `, "loadbalancer_id": "` + subnetID + `"}]`, invalid, unknown + "listeners: loadbalancer_id"},
		{`"listeners": [{"protocol": "HTTP"}]`, invalid, fmt.Sprintf(missing, "protocol_port")},
		{`"listeners": [` + http80 + `, "default_pool": {` + ok + `}}]`, invalid, failure + "Pools must be named when creating a fully populated loadbalancer."},
		{`"listeners": [` + http80 + `, "default_pool": {"name": "nix"}}]`, invalid, failure + "Pool 'nix' was referenced but no full definition was found."},
		{`"listeners": [` + http80 + `, "default_pool": {"name": "nix", "description": "x"}}]`, invalid, failure + "Pool definition for 'nix' missing required attribute: protocol"},
		{`"listeners": [` + http80 + `, "default_pool_id": "` + subnetID + `"}]`, http.StatusNotFound, "Pool " + subnetID + " not found."},
		{`"listeners": [` + http80 + `}, {"protocol": "TCP", "protocol_port": 80}]`, conflict, "Another Listener on this Load Balancer is already using protocol HTTP and protocol_port 80"},
		{`"listeners": [{"protocol": "TCP", "protocol_port": 80, "default_pool": {"name": "p", "protocol": "UDP", "lb_algorithm": "ROUND_ROBIN"}}]`, invalid, failure + "The pool protocol 'UDP' is invalid while the listener protocol is 'TCP'."},
		{`"pools": [{"name": "a", ` + ok + `}, {"name": "a", ` + ok + `}]`, invalid, failure + "Pool names must be unique when creating a fully populated loadbalancer."},
		{`"pools": [{"name": "a", "protocol": "HTTP"}]`, invalid, failure + "Pool definition for 'a' missing required attribute: lb_algorithm"},
		{`"pools": [{"name": "a", ` + ok + `, "members": [{"address": "192.0.2.1"}]}]`, invalid, fmt.Sprintf(missing, "protocol_port")},
		{`"pools": [{"name": "a", ` + ok + `, "members": [{"address": "192.0.2.1", "protocol_port": 80, "foo": 2}]}]`, invalid, unknown + "pools.members: foo"},
		{`"pools": [{"name": "a", ` + ok + `, "members": [{"address": "192.0.2.1", "protocol_port": 80}, {"address": "192.0.2.1", "protocol_port": 80}]}]`, conflict, "Another member on this pool is already using ip 192.0.2.1 on protocol_port 80"},
		{`"pools": [{"name": "a", ` + ok + `, "healthmonitor": {"type": "UDP-CONNECT", "delay": 5, "timeout": 3, "max_retries": 1}}]`, invalid, failure + "The UDP-CONNECT type is only supported for pools of type UDP/SCTP."},
		{`"pools": [{"name": "a", ` + ok + `, "healthmonitor": {"type": "HTTP", "delay": 5, "timeout": 3}}]`, invalid, fmt.Sprintf(missing, "max_retries")},
		{`"pools": [null]`, invalid, "Invalid input for field/attribute pools. Value: '[None]'. Value should not contain null"},
		{`"listeners": [` + http80 + `, "l7policies": [{"rules": []}]}]`, invalid, fmt.Sprintf(missing, "action")},
		{`"listeners": [` + http80 + `, "l7policies": [{"action": "REDIRECT_TO_POOL"}]}]`, invalid, "Invalid L7 Policy arguments: redirect_pool_id or redirect_pool must not be None"},
		{`"listeners": [` + http80 + `, "l7policies": [{"action": "REDIRECT_TO_POOL", "redirect_pool_id": "` + subnetID + `"}]}]`, invalid, unknown + "listeners.l7policies: redirect_pool_id"},
		{`"listeners": [` + http80 + `, "l7policies": [{"action": "REDIRECT_TO_POOL", "redirect_pool": {}}]}]`, invalid, failure + "Pools must be named when creating a fully populated loadbalancer."},
		{`"listeners": [` + http80 + `, "l7policies": [{"action": "REJECT", "rules": [{"type": "PATH", "compare_type": "EQUAL_TO"}]}]}]`, invalid, fmt.Sprintf(missing, "value")},
		{`"listeners": [` + http80 + `, "l7policies": [{"action": "REJECT", "rules": [{"type": "HEADER", "compare_type": "EQUAL_TO", "value": "x"}]}]}]`, invalid, "Error parsing L7Rule: Invalid L7 Rule: L7 rule type requires a key"},
		{`"additional_vips": [{"subnet_id": "` + subnetID + `", "ip_address": "203.0.113.51"}]`, invalid, failure + "Duplicate VIP subnet(s) specified. Only one IP can be bound per subnet."},
		{`"additional_vips": [{"ip_address": "203.0.113.51"}]`, invalid, fmt.Sprintf(missing, "subnet_id")},
		{`"additional_vips": [{"subnet_id": "` + lbID() + `", "foo": 1}]`, invalid, unknown + "additional_vips: foo"},
		{`"additional_vips": [{"subnet_id": "` + lbID() + `", "ip_address": "zz"}]`, invalid, "Invalid input for field/attribute ip_address. Value: 'zz'. Value should be IPv4 or IPv6 format"},
	} {
		body := `{"loadbalancer": {"vip_address": "203.0.113.50", "vip_subnet_id": "` + subnetID + `", ` + test.more + `}}`
		f.do("POST", "/v2/lbaas/loadbalancers", body).refused(t, test.more, test.status, test.fault)
	}
	if made := f.must(t, "GET", "/v2/lbaas/loadbalancers", "").object(t)["loadbalancers"].([]any); len(made) != 0 {
		t.Errorf("something was made all the same: %v", made)
	}
}

// Octavia fails with 500 at these; its API reference has them, and clients have options for them.
func TestNestedCreationsBelowALoadBalancer(t *testing.T) {
	f := newRealFront(t)
	lb := idOf(f.loadBalancer(t, ""))
	listener := f.make(t, "/v2/lbaas/listeners", "listener", `"loadbalancer_id": "`+lb+`", "protocol": "HTTP", "protocol_port": 80,
		"default_pool": {"name": "p", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", "members": [{"address": "192.0.2.1", "protocol_port": 80}]},
		"l7policies": [{"action": "REJECT", "rules": [{"type": "PATH", "compare_type": "EQUAL_TO", "value": "/x"}]}]`)
	if listener["default_pool_id"] == nil || len(listener["l7policies"].([]any)) != 1 {
		t.Errorf("the listener is %v", listener)
	}
	pool := f.make(t, "/v2/lbaas/pools", "pool", `"loadbalancer_id": "`+lb+`", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN",
		"members": [{"address": "192.0.2.1", "protocol_port": 80}, {"address": "192.0.2.2", "protocol_port": 80}],
		"healthmonitor": {"type": "TCP", "delay": 5, "timeout": 3, "max_retries": 2}`)
	if len(pool["members"].([]any)) != 2 || pool["healthmonitor_id"] == nil {
		t.Errorf("the pool is %v", pool)
	}
	policy := f.make(t, "/v2/lbaas/l7policies", "l7policy", `"listener_id": "`+idOf(listener)+`", "action": "REJECT",
		"rules": [{"type": "PATH", "compare_type": "EQUAL_TO", "value": "/y"}]`)
	if len(policy["rules"].([]any)) != 1 {
		t.Errorf("the policy is %v", policy)
	}
	shown := f.must(t, "GET", "/v2/lbaas/pools/"+idOf(pool), "").object(t)["pool"].(map[string]any)
	if shown["healthmonitor_id"] != pool["healthmonitor_id"] || len(shown["members"].([]any)) != 2 {
		t.Errorf("the pool is shown as %v", shown)
	}
	f.do("POST", "/v2/lbaas/pools", `{"pool": {"loadbalancer_id": "`+lb+`", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", "members": [{"address": "x", "protocol_port": 80}]}}`).
		refused(t, "a wrong member", http.StatusBadRequest, "Invalid input for field/attribute address. Value: 'x'. Value should be IPv4 or IPv6 format")
}

// What a tree is made of counts against the project's quotas, object by object, and a tree that goes beyond one leaves nothing.
func TestTreesAreHeldToQuotas(t *testing.T) {
	f := newRealFront(t)
	f.must(t, "PUT", "/v2/lbaas/quotas/"+project, `{"quota": {"pool": 1, "member": 1}}`)
	body := func(pools ...string) string {
		return `{"loadbalancer": {"vip_address": "203.0.113.50", "pools": [` + strings.Join(pools, ",") + `]}}`
	}
	pool := func(name, members string) string {
		return `{"name": "` + name + `", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", "members": [` + members + `]}`
	}
	const one, two = `{"address": "192.0.2.1", "protocol_port": 80}`, `{"address": "192.0.2.2", "protocol_port": 80}`
	for what, request := range map[string]string{
		"two pools": body(pool("a", ""), pool("b", "")), "two members": body(pool("a", one+","+two)),
	} {
		if got := f.do("POST", "/v2/lbaas/loadbalancers", request); got.status != http.StatusForbidden {
			t.Errorf("%s where one is allowed: answered %d: %s", what, got.status, got.body)
		}
	}
	if made := f.must(t, "GET", "/v2/lbaas/loadbalancers", "").object(t)["loadbalancers"].([]any); len(made) != 0 {
		t.Errorf("something was made all the same: %v", made)
	}
	f.must(t, "POST", "/v2/lbaas/loadbalancers", body(pool("a", one)))
}
