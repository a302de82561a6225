package avisim

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// Sets go by their index on the virtual service, security before requests, rules by theirs.
func TestEngineGetsThePolicies(t *testing.T) {
	e := &recorder{}
	c := newClient(t, newServer(t, Options{Engine: e}))
	c.mustMake("vsvip", "vsvip-1", simpleVIP)
	c.mustMake("pool", "pool-1", `{"name":"p"}`)
	c.mustMake("ipaddrgroup", "group-1", `{"name":"g","prefixes":[{"ip_addr":{"addr":"192.0.2.0","type":"V4"},"mask":24}]}`)
	c.mustMake("stringgroup", "strings-1", `{"name":"s","type":"SG_TYPE_STRING","kv":[{"key":"/b"}]}`)
	c.mustMake("httppolicyset", "set-1", `{"name":"late","http_request_policy":{"rules":[
		{"name":"second","index":9,"enable":true,"switching_action":{"action":"HTTP_SWITCHING_SELECT_LOCAL","status_code":"HTTP_LOCAL_RESPONSE_STATUS_CODE_403"}},
		{"name":"off","index":1,"enable":false,"switching_action":{"action":"HTTP_SWITCHING_SELECT_LOCAL","status_code":"HTTP_LOCAL_RESPONSE_STATUS_CODE_404"}},
		{"name":"first","index":2,"enable":true,
			"match":{"path":{"match_criteria":"DOES_NOT_BEGIN_WITH","match_case":"SENSITIVE","match_str":["/a"],"string_group_refs":["/api/stringgroup/strings-1"]},
				"host_hdr":{"match_criteria":"HDR_ENDS_WITH","value":["org"]},
				"hdrs":[{"hdr":"X","match_criteria":"HDR_DOES_NOT_EXIST"}],
				"cookie":{"name":"c","match_criteria":"HDR_EQUALS","match_case":"SENSITIVE","value":"v"},
				"query":{"match_criteria":"QUERY_MATCH_REGEX_DOES_NOT_MATCH","match_str":["x"]},
				"method":{"match_criteria":"IS_NOT_IN","methods":["HTTP_METHOD_GET"]},
				"client_ip":{"match_criteria":"IS_IN","addrs":[{"addr":"198.51.100.1","type":"V4"}],"group_refs":["/api/ipaddrgroup/group-1"]}},
			"hdr_action":[{"action":"HTTP_REPLACE_HDR","hdr":{"name":"P","value":{"var":"HTTP_POLICY_VAR_VS_PORT"}}},
				{"action":"HTTP_ADD_HDR","hdr":{"name":"Q","value":{"val":"q"}}},
				{"action":"HTTP_ADD_HDR","hdr":{"name":"R","value":{"var":"HTTP_POLICY_VAR_REQUEST_ID"}}}],
			"switching_action":{"action":"HTTP_SWITCHING_SELECT_POOL","pool_ref":"/api/pool/pool-1"}}]}}`)
	c.mustMake("httppolicyset", "set-2", `{"name":"early",
		"http_request_policy":{"rules":[{"name":"redirect","index":1,"enable":true,"redirect_action":{"protocol":"HTTPS","port":443,
			"status_code":"HTTP_REDIRECT_STATUS_CODE_301","keep_query":false,
			"host":{"type":"URI_PARAM_TYPE_TOKENIZED","tokens":[{"type":"URI_TOKEN_TYPE_STRING","str_value":"h"}]},
			"path":{"type":"URI_PARAM_TYPE_TOKENIZED","tokens":[{"type":"URI_TOKEN_TYPE_PATH","start_index":1,"end_index":65535}]}}}]},
		"http_security_policy":{"rules":[{"name":"security","index":1,"enable":true,
			"action":{"action":"HTTP_SECURITY_ACTION_SEND_RESPONSE","status_code":"HTTP_LOCAL_RESPONSE_STATUS_CODE_429"}}]}}`)
	c.mustMake("networksecuritypolicy", "nsp-1", `{"name":"n","rules":[
		{"name":"b","index":2,"enable":true,"action":"NETWORK_SECURITY_POLICY_ACTION_TYPE_DENY","match":{"client_ip":{"match_criteria":"IS_NOT_IN","prefixes":[{"ip_addr":{"addr":"10.0.0.7","type":"V4"},"mask":8}]}}},
		{"name":"a","index":1,"enable":true,"action":"NETWORK_SECURITY_POLICY_ACTION_TYPE_ALLOW","match":{"client_ip":{"match_criteria":"IS_IN","addrs":[{"addr":"10.0.0.1","type":"V4"}]}}}]}`)
	c.mustMake("virtualservice", "vs-1", vs("web", "80",
		`"http_policies":[{"index":20,"http_policy_set_ref":"/api/httppolicyset/set-1"},{"index":3,"http_policy_set_ref":"/api/httppolicyset/set-2"}]`,
		`"network_security_policy_ref":"/api/networksecuritypolicy/nsp-1"`))
	got := e.last().VirtualServices[0]
	want := []engine.RequestRule{
		{Name: "security", Answer: http.StatusTooManyRequests},
		{Name: "redirect", Redirect: &engine.Redirect{
			Code: 301, Scheme: "https", Port: 443, Host: []engine.Token{{Text: "h"}}, Path: []engine.Token{{First: 1, Last: 65535}},
		}},
		{
			Name: "first", PoolUUID: "pool-1",
			Match: engine.Match{
				Path:    &engine.TextMatch{Compare: engine.CompareBeginsWith, Not: true, Values: []string{"/a", "/b"}},
				Host:    &engine.TextMatch{Compare: engine.CompareEndsWith, IgnoreCase: true, Values: []string{"org"}},
				Query:   &engine.TextMatch{Compare: engine.CompareRegex, Not: true, IgnoreCase: true, Values: []string{"x"}},
				Headers: []engine.NamedMatch{{Name: "X", TextMatch: engine.TextMatch{Compare: engine.CompareExists, Not: true, IgnoreCase: true}}},
				Cookie:  &engine.NamedMatch{Name: "c", TextMatch: engine.TextMatch{Compare: engine.CompareEquals, Values: []string{"v"}}},
				Methods: []string{"GET"}, NotMethods: true,
				Client: &engine.AddressMatch{Prefixes: []netip.Prefix{netip.MustParsePrefix("198.51.100.1/32"), netip.MustParsePrefix("192.0.2.0/24")}},
			},
			Headers: []engine.HeaderAction{
				{Verb: engine.HeaderReplace, Name: "P", Variable: engine.VariableVSPort}, {Verb: engine.HeaderAdd, Name: "Q", Value: "q"},
			},
		},
		{Name: "second", Answer: http.StatusForbidden},
	}
	same := cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	if diff := cmp.Diff(want, got.RequestRules, same); diff != "" {
		t.Errorf("request rules (-want +got):\n%s", diff)
	}
	network := []engine.NetworkRule{
		{Client: engine.AddressMatch{Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}}},
		{Client: engine.AddressMatch{NotIn: true, Prefixes: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, Deny: true},
	}
	if diff := cmp.Diff(network, got.NetworkRules, same); diff != "" {
		t.Errorf("network rules (-want +got):\n%s", diff)
	}
	if pools := e.last().Pools; len(pools) != 1 || pools[0].UUID != "pool-1" {
		t.Errorf("pools %+v, want the one that a rule chooses", pools)
	}
}

func TestEngineGetsTheProxyProtocol(t *testing.T) {
	e := &recorder{}
	c := newClient(t, newServer(t, Options{Engine: e}))
	c.mustMake("vsvip", "vsvip-1", simpleVIP)
	for version, profile := range []string{
		`{}`, `{"proxy_protocol_enabled":true}`, `{"proxy_protocol_enabled":true,"proxy_protocol_version":"PROXY_PROTOCOL_VERSION_2"}`,
	} {
		uuid := "profile-" + profile[:1] + string(rune('0'+version))
		c.mustMake("applicationprofile", uuid, `{"name":"`+uuid+`","type":"APPLICATION_PROFILE_TYPE_L4","tcp_app_profile":`+profile+`}`)
		vsUUID := "vs-" + string(rune('0'+version))
		c.mustMake("virtualservice", vsUUID, vs(vsUUID, "9"+string(rune('0'+version)), `"application_profile_ref":"/api/applicationprofile/`+uuid+`"`))
		found := false
		for _, service := range e.last().VirtualServices {
			if service.UUID == vsUUID {
				found = service.ProxyProtocol == version
			}
		}
		if !found {
			t.Errorf("version %d is not handed on", version)
		}
	}
}

func TestPolicyRules(t *testing.T) {
	rule := func(index, rest string) string {
		return `{"name":"r` + index + `","index":` + index + `,"enable":true` + rest + `}`
	}
	request := func(rules string) string { return `{"name":"s","http_request_policy":{"rules":[` + rules + `]}}` }
	c := newClient(t, newServer(t, Options{}))
	c.play([]step{
		post("httppolicyset", "set-1", request(rule("1", "")+","+rule("1", "")), 400, "Unique constraints index has duplicated value"),
		post("httppolicyset", "set-1", request(rule("1", `,"switching_action":{"action":"HTTP_SWITCHING_SELECT_POOL"}`)), 400, "needs a pool_ref"),
		post("httppolicyset", "set-1", request(rule("1", `,"switching_action":{"action":"HTTP_SWITCHING_SELECT_POOLGROUP"}`)), 400, "needs a pool_group_ref"),
		post("httppolicyset", "set-1", request(rule("1", `,"switching_action":{"action":"HTTP_SWITCHING_SELECT_LOCAL"}`)), 400, "needs a status_code"),
		post("httppolicyset", "set-1", request(rule("1", `,"redirect_action":{"protocol":"HTTP"},"switching_action":{"action":"HTTP_SWITCHING_SELECT_LOCAL","status_code":"HTTP_LOCAL_RESPONSE_STATUS_CODE_403"}`)), 400, "cannot both redirect and switch"),
		post("httppolicyset", "set-1", request(rule("1", `,"redirect_action":{"protocol":"HTTP"}`)+","+rule("2", "")), 201, ""),
		post("networksecuritypolicy", "nsp-1", `{"name":"n","rules":[`+rule("1", `,"action":"NETWORK_SECURITY_POLICY_ACTION_TYPE_DENY","match":{}`)+","+
			rule("1", `,"action":"NETWORK_SECURITY_POLICY_ACTION_TYPE_DENY","match":{}`)+`]}`, 400, "Unique constraints index has duplicated value"),
	})
}
