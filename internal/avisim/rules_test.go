package avisim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// step is one request of a story about a rule.
type step struct {
	method, path, body string
	status             int
	text               string
}

func post(kind, uuid, body string, status int, text string) step {
	return step{"POST " + uuid, kind, body, status, text}
}

func (c *client) play(steps []step) {
	c.t.Helper()
	for _, s := range steps {
		method, slug, isPost := strings.Cut(s.method, " ")
		if isPost {
			c.header["Slug"] = slug
		}
		got := c.do(method, "/api/"+s.path, s.body)
		delete(c.header, "Slug")
		if got.status != s.status || !strings.Contains(got.text, s.text) {
			c.t.Errorf("%s %s %s\nis %d %s\nwant %d with %q", s.method, s.path, s.body, got.status, got.text, s.status, s.text)
		}
	}
}

const (
	l4Profile      = `"application_profile_ref":"/api/applicationprofile?name=System-L4-Application"`
	udpProfile     = `"network_profile_ref":"/api/networkprofile?name=System-UDP-Fast-Path"`
	cookieProfile  = `"application_persistence_profile_ref":"/api/applicationpersistenceprofile?name=System-Persistence-Http-Cookie"`
	clientIP       = `"application_persistence_profile_ref":"/api/applicationpersistenceprofile?name=System-Persistence-Client-IP"`
	clienIPMessage = "Only clien-ip persistence is applicable for Layer-4 virtual service."
)

// vs is a virtual service on vsvip-1.
func vs(name, port string, more ...string) string {
	fields := append([]string{`"name":"` + name + `"`, `"vsvip_ref":"/api/vsvip/vsvip-1"`, `"services":[{"port":` + port + `}]`}, more...)
	return "{" + strings.Join(fields, ",") + "}"
}

func pool(name string, more ...string) string {
	return "{" + strings.Join(append([]string{`"name":"` + name + `"`}, more...), ",") + "}"
}

func vip(id, address string) string {
	return fmt.Sprintf(`{"name":"vip","vip":[{"vip_id":%q,"ip_address":{"addr":%q,"type":"V4"}}]}`, id, address)
}

func TestRules(t *testing.T) {
	base := post("vsvip", "vsvip-1", simpleVIP, 201, "")
	withPool := `"pool_ref":"/api/pool/pool-1"`
	blue := post("vrfcontext", "vrf-blue", `{"name":"blue"}`, 201, "")
	tests := map[string][]step{
		"a virtual service needs services": {
			base, post("virtualservice", "vs-1", `{"name":"vs","vsvip_ref":"/api/vsvip/vsvip-1"}`, 400, "Service mandatory for Virtual Service"),
			post("virtualservice", "vs-1", `{"name":"vs","services":[{"port":80}]}`, 400, "needs a vsvip_ref or a vip"),
		},
		"an inline vip makes a VsVip": {
			post("virtualservice", "vs-1", `{"name":"vs","services":[{"port":80}],"vip":[{"ip_address":{"addr":"10.0.0.1","type":"V4"}}]}`, 201, "vsvip-vs-Default-Cloud"),
			{"GET", "vsvip?name=vsvip-vs-Default-Cloud", "", 200, `"count":1`},
		},
		"pool groups have pools of one cloud, each once": {
			base, blue, post("pool", "pool-1", pool("p"), 201, ""), post("pool", "pool-2", pool("q"), 201, ""),
			post("pool", "pool-3", pool("r", `"vrf_ref":"/api/vrfcontext/vrf-blue"`), 201, ""),
			post("poolgroup", "poolgroup-1", `{"name":"g","members":[{"pool_ref":"/api/pool/pool-1"},{"pool_ref":"/api/pool/pool-1"}]}`, 400, "has pool p twice"),
			post("poolgroup", "poolgroup-1", `{"name":"g","members":[{"pool_ref":"/api/pool/nowhere"}]}`, 400, "Pool object not found"),
			post("poolgroup", "poolgroup-1", `{"name":"g","members":[{"pool_ref":"/api/pool/pool-1","priority_label":"2"}]}`, 201, ""),
			post("virtualservice", "vs-1", vs("a", "80", `"pool_group_ref":"/api/poolgroup/poolgroup-1"`), 201, ""),
			{"PATCH", "poolgroup/poolgroup-1", `{"add":{"members":[{"pool_ref":"/api/pool/pool-3"}]}}`, 400, "VRF Context for a and pool r different"},
			{"PATCH", "poolgroup/poolgroup-1", `{"add":{"members":[{"pool_ref":"/api/pool/pool-2"}]}}`, 200, ""},
			{"DELETE", "pool/pool-2", "", 403, "PoolGroup g"},
			{"DELETE", "poolgroup/poolgroup-1", "", 403, "VirtualService a"},
		},
		"a network profile for servers is one of TCP that is proxied": {
			base, post("virtualservice", "vs-1", vs("a", "80", `"server_network_profile_ref":"/api/networkprofile?name=System-UDP-Fast-Path"`), 400, "TCP to be proxied on both sides"),
			post("virtualservice", "vs-1", vs("a", "80", `"server_network_profile_ref":"/api/networkprofile?name=System-TCP-Proxy"`), 201, ""),
			post("virtualservice", "vs-2", vs("b", "81", l4Profile, udpProfile, `"server_network_profile_ref":"/api/networkprofile?name=System-TCP-Proxy"`), 400, "TCP to be proxied on both sides"),
		},
		"ports of one VsVip do not overlap": {
			base, post("virtualservice", "vs-1", vs("a", "80"), 201, ""),
			post("virtualservice", "vs-2", vs("b", "80"), 400, "Virtual service a uses port 80 (TCP)"),
			post("virtualservice", "vs-2", vs("b", "70,\"port_range_end\":90"), 400, "uses port 80"),
			post("virtualservice", "vs-2", vs("b", "80", l4Profile, udpProfile), 201, ""),
			post("virtualservice", "vs-3", vs("c", "81"), 201, ""),
			{"PATCH", "virtualservice/vs-3", `{"replace":{"services":[{"port":80}]}}`, 400, "uses port 80"},
			post("virtualservice", "vs-4", vs("d", "90,\"port_range_end\":85"), 400, "is empty"),
			post("virtualservice", "vs-4", vs("d", "90},{\"port\":90"), 400, "overlapping services"),
		},
		"TCP and UDP share a virtual service by an override": {
			base,
			post("virtualservice", "vs-1", vs("dns", `53},{"port":53,"override_network_profile_ref":"/api/networkprofile?name=System-UDP-Fast-Path"`, l4Profile), 201, ""),
			post("virtualservice", "vs-2", vs("http", `80,"override_network_profile_ref":"/api/networkprofile?name=System-UDP-Fast-Path"`), 400, "port 80 needs a TCP proxy"),
		},
		"pool and pool group are alternatives": {
			base, post("pool", "pool-1", simplePool, 201, ""), post("poolgroup", "pg-1", `{"name":"g"}`, 201, ""),
			post("virtualservice", "vs-1", vs("a", "80", withPool, `"pool_group_ref":"/api/poolgroup/pg-1"`), 400, "cannot have both"),
		},
		"HTTP needs a TCP proxy": {
			base, post("virtualservice", "vs-1", vs("a", "80", udpProfile), 400, "HTTP application profile needs a TCP proxy"),
		},
		"HTTP policies need HTTP": {
			base, post("httppolicyset", "set-1", `{"name":"s"}`, 201, ""),
			post("virtualservice", "vs-1", vs("a", "80", l4Profile, `"http_policies":[{"index":1,"http_policy_set_ref":"/api/httppolicyset/set-1"}]`), 400, "HTTP policies need"),
			post("virtualservice", "vs-1", vs("a", "80", `"http_policies":[{"index":1,"http_policy_set_ref":"/api/httppolicyset/set-1"}]`), 201, ""),
			{"DELETE", "httppolicyset/set-1", "", 403, "['VirtualService a']"},
			{"PATCH", "virtualservice/vs-1", `{"add":{` + l4Profile + `}}`, 400, "HTTP policies need"},
		},
		"layer 4 takes client-IP persistence only, when attaching": {
			base, post("pool", "pool-1", pool("p", cookieProfile), 201, ""), post("virtualservice", "vs-1", vs("a", "80", l4Profile), 201, ""),
			{"PATCH", "virtualservice/vs-1", `{"add":{` + withPool + `}}`, 400, clienIPMessage},
			{"PATCH", "pool/pool-1", `{"add":{` + clientIP + `}}`, 200, ""},
			{"PATCH", "virtualservice/vs-1", `{"add":{` + withPool + `}}`, 200, ""},
			{"PATCH", "pool/pool-1", `{"add":{` + cookieProfile + `}}`, 400, "Cannot change Pool because of referred virtual service. " + clienIPMessage},
		},
		"layer 4 takes client-IP persistence only, when the profile changes": {
			base,
			post("applicationpersistenceprofile", "prof-1", `{"name":"x","persistence_type":"PERSISTENCE_TYPE_CLIENT_IP_ADDRESS"}`, 201, ""),
			post("pool", "pool-1", pool("p", `"application_persistence_profile_ref":"/api/applicationpersistenceprofile/prof-1"`), 201, ""),
			post("virtualservice", "vs-1", vs("a", "80", l4Profile, withPool), 201, ""),
			{"PUT", "applicationpersistenceprofile/prof-1", `{"name":"x","persistence_type":"PERSISTENCE_TYPE_HTTP_COOKIE"}`, 400, clienIPMessage},
		},
		"a pool's VRF context follows its virtual service": {
			blue, post("vsvip", "vsvip-1", strings.Replace(simpleVIP, "{", `{"vrf_context_ref":"/api/vrfcontext/vrf-blue",`, 1), 201, ""),
			post("pool", "pool-1", simplePool, 201, "#global"),
			post("virtualservice", "vs-1", vs("a", "80", withPool, `"vrf_context_ref":"/api/vrfcontext/vrf-blue"`), 201, ""),
			{"GET", "pool/pool-1", "", 200, "vrf-blue"},
			{"PUT", "pool/pool-1", simplePool, 200, "vrf-blue"},
			{"PUT", "pool/pool-1", pool("pool", `"vrf_ref":"/api/vrfcontext?name=global"`), 400, "VRF Context for a and pool pool different"},
		},
		"a VsVip's VRF context follows its first virtual service": {
			blue, base, post("virtualservice", "vs-1", vs("a", "80", `"vrf_context_ref":"/api/vrfcontext/vrf-blue"`), 201, ""),
			{"GET", "vsvip/vsvip-1", "", 200, "vrf-blue"},
			post("virtualservice", "vs-2", vs("b", "81"), 400, "VRF Context for b and VsVip vip different"),
		},
		"a chosen VRF context must agree": {
			base, post("pool", "pool-1", pool("p", `"vrf_ref":"/api/vrfcontext?name=management"`), 201, ""),
			post("virtualservice", "vs-1", vs("a", "80", withPool), 400, "VRF Context for a and pool p different"),
		},
		"the address of a VsVip in use stays": {
			post("vsvip", "vsvip-1", vip("0", "10.0.0.1"), 201, ""),
			{"PUT", "vsvip/vsvip-1", vip("0", "10.0.0.2"), 200, ""},
			post("virtualservice", "vs-1", vs("a", "80"), 201, ""),
			{"PUT", "vsvip/vsvip-1", vip("0", "10.0.0.3"), 400, "please recreate the VIP"},
			{"PUT", "vsvip/vsvip-1", vip("1", "10.0.0.2"), 400, "Changing an existing VIP's vip_id is not supported"},
			{"PATCH", "vsvip/vsvip-1", `{"add":{"vip":[{"vip_id":"0","enabled":false}]}}`, 200, `"enabled":false`},
			{"PATCH", "vsvip/vsvip-1", `{"add":{"vip":[{"vip_id":"0","ip6_address":{"addr":"fd00::1","type":"V6"}}]}}`, 200, "fd00::1"},
			{"PATCH", "vsvip/vsvip-1", `{"add":{"vip":[{"vip_id":"1","ip_address":{"addr":"10.0.0.9","type":"V4"}}]}}`, 200, "10.0.0.9"},
		},
		"a vip needs an address": {
			post("vsvip", "vsvip-1", `{"name":"v","vip":[{}]}`, 400, "needs an ip_address"),
			post("vsvip", "vsvip-1", `{"name":"v","vip":[{"auto_allocate_ip":true}]}`, 400, "No available free IPs"),
		},
		"receive timeout is less than send interval": {
			post("healthmonitor", "hm-1", `{"name":"h","type":"HEALTH_MONITOR_TCP","send_interval":5,"receive_timeout":5}`, 400, "must be less than the send interval"),
			post("healthmonitor", "hm-1", `{"name":"h","type":"HEALTH_MONITOR_TCP","send_interval":4}`, 400, "must be less than the send interval"),
			post("healthmonitor", "hm-1", `{"name":"h","type":"HEALTH_MONITOR_TCP","send_interval":5,"receive_timeout":4}`, 201, ""),
			post("pool", "pool-1", pool("p", `"use_service_port":true`, `"health_monitor_refs":["/api/healthmonitor/hm-1"]`), 400, "needs a monitor port"),
		},
		"servers are ip and port": {
			post("pool", "pool-1", pool("p", `"default_server_port":8080`, `"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"}},{"ip":{"addr":"10.0.0.1","type":"V4"},"port":8080}]`), 400, "duplicated value"),
			post("pool", "pool-1", pool("p", `"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"}},{"ip":{"addr":"10.0.0.1","type":"V4"},"port":8080}]`), 201, ""),
		},
		"pools are shared by HTTP and layer 4 services": {
			base, post("pool", "pool-1", simplePool, 201, ""),
			post("virtualservice", "vs-1", vs("a", "80", withPool), 201, ""),
			post("virtualservice", "vs-2", vs("b", "81", withPool), 201, ""),
			post("virtualservice", "vs-3", vs("c", "82", withPool, l4Profile), 201, ""),
			post("virtualservice", "vs-4", vs("d", "83", withPool, `"application_profile_ref":"/api/applicationprofile?name=System-DNS"`), 400, "cannot be shared"),
		},
		"indexes of rules are unique": {
			post("httppolicyset", "set-1", `{"name":"s","http_request_policy":{"rules":[{"name":"a","index":1,"enable":true},{"name":"b","index":1,"enable":true}]}}`, 400, "Unique constraints index has duplicated value"),
		},
		"a policy keeps its pool": {
			post("pool", "pool-1", simplePool, 201, ""),
			post("httppolicyset", "set-1", `{"name":"s","http_request_policy":{"rules":[{"name":"a","index":1,"enable":true,"switching_action":{"action":"HTTP_SWITCHING_SELECT_POOL","pool_ref":"/api/pool/pool-1"}}]}}`, 201, ""),
			{"DELETE", "pool/pool-1", "", 403, "['HTTPPolicySet s']"},
		},
		"system objects stay": {
			{"DELETE", "applicationprofile/" + systemUUID("ApplicationProfile", "System-HTTP"), "", 400, "Cannot modify ApplicationProfile"},
		},
	}
	for name, steps := range tests {
		t.Run(name, func(t *testing.T) {
			newClient(t, newServer(t, Options{})).play(steps)
		})
	}
}

func TestChildren(t *testing.T) {
	parent := vs("parent", "443", `"type":"VS_TYPE_VH_PARENT"`)
	child := func(name string, more ...string) string {
		return pool(name, append([]string{`"type":"VS_TYPE_VH_CHILD"`}, more...)...)
	}
	const toParent, domain = `"vh_parent_vs_ref":"/api/virtualservice/vs-1"`, `"vh_domain_name":["www.example.com"]`
	c := newClient(t, newServer(t, Options{Knobs: Knobs{ParentKeepsType: true}}))
	c.play([]step{
		post("vsvip", "vsvip-1", simpleVIP, 201, ""),
		post("virtualservice", "vs-1", parent, 201, ""),
		post("virtualservice", "vs-0", vs("plain", "80"), 201, ""),
		post("virtualservice", "vs-2", child("c", domain), 400, "needs vh_parent_vs_ref"),
		post("virtualservice", "vs-2", child("c", toParent), 400, "needs vh_domain_name"),
		post("virtualservice", "vs-2", child("c", toParent, domain, `"services":[{"port":1}]`), 400, "cannot have services"),
		post("virtualservice", "vs-2", child("c", toParent, domain, `"vsvip_ref":"/api/vsvip/vsvip-1"`), 400, "cannot have vsvip_ref"),
		post("virtualservice", "vs-2", child("c", domain, `"vh_parent_vs_ref":"/api/virtualservice/vs-0"`), 400, "cannot be the parent"),
		post("virtualservice", "vs-2", vs("c", "81", toParent), 400, "has a parent, but"),
		post("virtualservice", "vs-2", child("c", toParent, domain), 201, ""),
		{"PATCH", "virtualservice/vs-1", `{"replace":{"type":"VS_TYPE_NORMAL"}}`, 400, "has children (c)"},
		{"DELETE", "virtualservice/vs-1", "", 403, "['VirtualService c']"},
		{"GET", "virtualservice/vs-1", "", 200, `"vh_child_vs_uuid":["vs-2"]`},
		{"DELETE", "virtualservice/vs-2", "", 204, ""},
		{"PATCH", "virtualservice/vs-1", `{"replace":{"type":"VS_TYPE_NORMAL"}}`, 200, ""},
		{"PATCH", "virtualservice/vs-1", `{"replace":{"type":"VS_TYPE_VH_PARENT"}}`, 200, ""},
	})
	if answer := c.do(http.MethodPut, "/api/virtualservice/vs-1", parent).text; strings.Contains(answer, "vh_child_vs_uuid") {
		t.Error("the answer to a write shows vh_child_vs_uuid")
	}
}

// The vendor's Python driver takes the children from a parent in this order.
func TestParentBecomesOrdinaryBeforeItsChildrenGo(t *testing.T) {
	newClient(t, newServer(t, Options{})).play([]step{
		post("vsvip", "vsvip-1", simpleVIP, 201, ""),
		post("virtualservice", "vs-1", vs("parent", "443", `"type":"VS_TYPE_VH_PARENT"`), 201, ""),
		post("virtualservice", "vs-2", pool("c", `"type":"VS_TYPE_VH_CHILD"`, `"vh_domain_name":["www.example.com"]`,
			`"vh_parent_vs_ref":"/api/virtualservice/vs-1"`), 201, ""),
		{"PATCH", "virtualservice/vs-1", `{"replace":{"type":"VS_TYPE_NORMAL"}}`, 200, ""},
		{"GET", "virtualservice/vs-1", "", 200, `"vh_child_vs_uuid":["vs-2"]`},
		{"DELETE", "virtualservice/vs-2", "", 204, ""},
		{"DELETE", "virtualservice/vs-1", "", 204, ""},
	})
}

func TestLimits(t *testing.T) {
	c := newClient(t, newServer(t, Options{Knobs: Knobs{VRFLimit: 3, ServersLimit: 1, NameLimit: 4}}))
	c.play([]step{
		post("vrfcontext", "vrf-1", `{"name":"v1"}`, 201, ""),
		post("vrfcontext", "vrf-2", `{"name":"v2"}`, 400, "at most 3 VRF contexts"),
		post("pool", "pool-1", simplePool, 400, "at most 1 servers"),
		post("pool", "pool-1", `{"name":"12345"}`, 400, "longer than 4 characters"),
	})
}

func TestOldReleasesSharePoolsLess(t *testing.T) {
	c := newClient(t, newServer(t, Options{Version: "20.1.6"}))
	c.version = "20.1.6"
	withPool := `"pool_ref":"/api/pool/pool-1"`
	c.play([]step{
		post("vsvip", "vsvip-1", simpleVIP, 201, ""), post("pool", "pool-1", simplePool, 201, ""),
		post("virtualservice", "vs-1", vs("a", "80", withPool), 201, ""),
		post("virtualservice", "vs-2", vs("b", "81", withPool), 201, ""),
		post("virtualservice", "vs-3", vs("c", "82", withPool, l4Profile), 400, "cannot be shared"),
	})
}
