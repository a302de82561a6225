package api_test

import (
	"net/http"
	"strings"
	"testing"
)

const (
	policies = "/v2/lbaas/l7policies"
	toPool   = `"action": "REDIRECT_TO_POOL", "redirect_pool_id": "`
)

// ruleTargets are beside the other targets: rules have no names.
func ruleTargets() []target {
	rules := policies + "/" + policyID() + "/rules"
	return []target{
		{"rule POST", "POST", rules, "rule", `"type": "PATH", "compare_type": "EQUAL_TO", "value": "/a"`},
		{"rule PUT", "PUT", rules + "/" + ruleID(), "rule", `"admin_state_up": true`},
	}
}

func newL7Front(t testing.TB) *front {
	t.Helper()
	f := newFront(t)
	f.populate(t)
	f.populateL7(t)
	return f
}

func TestL7AnswersHaveOctaviasShape(t *testing.T) {
	f := newL7Front(t)
	golden(t, "l7policy", f.must(t, "GET", policies+"/"+policyID(), ""))
	golden(t, "l7policies", f.must(t, "GET", policies, ""))
	golden(t, "l7rule", f.must(t, "GET", policies+"/"+policyID()+"/rules/"+ruleID(), ""))
	golden(t, "l7rules", f.must(t, "GET", policies+"/"+policyID()+"/rules", ""))
	golden(t, "listener_l7", f.must(t, "GET", "/v2/lbaas/listeners/"+listenerID(), ""))
	golden(t, "loadbalancer_status_l7", f.must(t, "GET", "/v2/lbaas/loadbalancers/"+lbID()+"/status", ""))
}

// What an L7 policy does follows Octavia: the action that is named, or else the one that the target means; what belongs to other
// actions goes.
func TestL7PolicyActions(t *testing.T) {
	type shown struct {
		action, pool, url, prefix any
		code                      any
	}
	const url, prefix = "http://www.example.org/a?b=c", "https://shop.example.org"
	for _, test := range []struct {
		name, method, attributes string
		want                     shown
	}{
		{"reject", "POST", `"action": "REJECT"`, shown{action: "REJECT"}},
		{"reject, with what it has no use for", "POST", `"action": "REJECT", "redirect_url": "` + url + `"`, shown{action: "REJECT"}},
		{"pool", "POST", toPool + poolID() + `"`, shown{action: "REDIRECT_TO_POOL", pool: poolID()}},
		{
			"pool, with a code", "POST", toPool + poolID() + `", "redirect_http_code": 301`,
			shown{action: "REDIRECT_TO_POOL", pool: poolID()},
		},
		{
			"URL", "POST", `"action": "REDIRECT_TO_URL", "redirect_url": "` + url + `"`,
			shown{action: "REDIRECT_TO_URL", url: url, code: 302.0},
		},
		{
			"URL with a code", "POST", `"action": "REDIRECT_TO_URL", "redirect_url": "` + url + `", "redirect_http_code": "307"`,
			shown{action: "REDIRECT_TO_URL", url: url, code: 307.0},
		},
		{"a code alone", "PUT", `"redirect_http_code": 307`, shown{action: "REDIRECT_PREFIX", prefix: prefix, code: 307.0}},
		{"no code", "PUT", `"redirect_http_code": null`, shown{action: "REDIRECT_PREFIX", prefix: prefix, code: 302.0}},
		{
			"another prefix has the default code", "PUT", `"redirect_prefix": "http://p.example.org"`,
			shown{action: "REDIRECT_PREFIX", prefix: "http://p.example.org", code: 302.0},
		},
		{"a URL alone", "PUT", `"redirect_url": "` + url + `"`, shown{action: "REDIRECT_TO_URL", url: url, code: 302.0}},
		{"a pool alone", "PUT", `"redirect_pool_id": "` + poolID() + `"`, shown{action: "REDIRECT_TO_POOL", pool: poolID()}},
		{"nothing of it", "PUT", `"name": "n"`, shown{action: "REDIRECT_PREFIX", prefix: prefix, code: 301.0}},
		{"nulls of other actions", "PUT", `"redirect_url": null, "redirect_pool_id": null`, shown{action: "REDIRECT_PREFIX", prefix: prefix, code: 301.0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newL7Front(t)
			path, body := policies, test.attributes+`, "listener_id": "`+listenerID()+`"`
			if test.method == "PUT" {
				path, body = path+"/"+policyID(), test.attributes
			}
			p := f.must(t, test.method, path, `{"l7policy": {`+body+`}}`).object(t)["l7policy"].(map[string]any)
			got := shown{p["action"], p["redirect_pool_id"], p["redirect_url"], p["redirect_prefix"], p["redirect_http_code"]}
			if got != test.want {
				t.Errorf("shown %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestL7Refusals(t *testing.T) {
	f := newL7Front(t)
	rules := policies + "/" + policyID() + "/rules"
	for _, test := range []struct {
		status                   int
		method, path, body, want string
	}{
		{400, "POST", policies, `"action": "REJECT"`, "listener_id. Value: 'None'. Mandatory field missing."},
		{400, "POST", policies, `"listener_id": "` + listenerID() + `"`, "action. Value: 'None'. Mandatory field missing."},
		{400, "PUT", policies, `"action": "DROP"`, "Value should be one of: REDIRECT_PREFIX, REDIRECT_TO_POOL, REDIRECT_TO_URL, REJECT"},
		{400, "PUT", policies, ``, "Invalid L7 Policy arguments: Invalid update options"},
		{400, "PUT", policies, `"action": "REDIRECT_TO_URL"`, "redirect_url must not be None"},
		{400, "PUT", policies, `"action": "REDIRECT_TO_POOL"`, "redirect_pool_id or redirect_pool must not be None"},
		{400, "PUT", policies, `"action": "REDIRECT_PREFIX"`, "redirect_prefix must not be None"},
		{400, "PUT", policies, `"action": null`, "Invalid L7 Policy action specified: None"},
		{400, "PUT", policies, `"redirect_prefix": null`, "redirect_prefix must not be None"},
		{400, "PUT", policies, toPool + poolID() + `", "redirect_prefix": "http://a.example.org"`, "Cannot specify redirect_pool_id and redirect_url or redirect_prefix"},
		{400, "PUT", policies, `"redirect_url": "http://b.example.org", "redirect_prefix": "http://a.example.org"`, "Cannot specify redirect_url and redirect_prefix"},
		{400, "PUT", policies, `"redirect_url": "/a"`, "redirect_url. Value: '/a'. Value must be a valid URL string"},
		{400, "PUT", policies, `"redirect_url": ""`, "Value must be a valid URL string"},
		{400, "PUT", policies, `"redirect_url": "ftp://a.example.org/"`, "Value must be a valid URL string"},
		{400, "PUT", policies, `"redirect_url": "http://a.example.org/b c"`, "Value must be a valid URL string"},
		{400, "PUT", policies, `"redirect_url": "http://a.example.org/\n"`, "Value must be a valid URL string"},
		{400, "PUT", policies, `"redirect_url": "http://a.example.org:0/"`, "Value must be a valid URL string"},
		{400, "PUT", policies, `"redirect_url": "http://a.example.org:70000/"`, "Value must be a valid URL string"},
		{400, "PUT", policies, `"redirect_url": "http://:80/"`, "Value must be a valid URL string"},
		{400, "PUT", policies, `"redirect_http_code": 304`, "Value should be one of: 301, 302, 303, 307, 308"},
		{400, "PUT", policies, `"position": 0`, "position. Value: '0'. Value should be greater or equal to 1"},
		{400, "PUT", policies, `"position": 2147483648`, "Value should be lower or equal to 2147483647"},
		{400, "PUT", policies, `"listener_id": "` + listenerID() + `"`, "Unknown attribute for argument l7policy_.l7policy: listener_id"},
		{501, "PUT", policies, `"redirect_http_code": 303`, "redirect_http_code 303"},
		{501, "PUT", policies, `"redirect_http_code": 308`, "redirect_http_code 308"},
		{501, "PUT", policies, `"redirect_url": "http://u@a.example.org/"`, "a user name in redirect_url"},
		{501, "PUT", policies, `"redirect_url": "http://a.example.org/#top"`, "a fragment (#…) in redirect_url"},
		{501, "PUT", policies, `"redirect_prefix": "http://a.example.org/?a=b"`, "a query (?…) in redirect_prefix"},
		{400, "POST", rules, `"compare_type": "EQUAL_TO", "value": "v"`, "type. Value: 'None'. Mandatory field missing."},
		{400, "POST", rules, `"type": "PATH", "value": "v"`, "compare_type. Value: 'None'. Mandatory field missing."},
		{400, "POST", rules, `"type": "PATH", "compare_type": "EQUAL_TO"`, "value. Value: 'None'. Mandatory field missing."},
		{400, "POST", rules, `"type": "METHOD", "compare_type": "EQUAL_TO", "value": "GET"`, "type. Value: 'METHOD'"},
		{400, "POST", rules, `"type": "PATH", "compare_type": "LIKE", "value": "/"`, "compare_type. Value: 'LIKE'"},
		{400, "POST", rules, `"type": "PATH", "compare_type": "EQUAL_TO", "value": ""`, "L7 rule type requires a value"},
		{400, "POST", rules, `"type": "PATH", "compare_type": "EQUAL_TO", "value": "a b"`, "Invalid characters in comparison value"},
		{400, "POST", rules, `"type": "PATH", "compare_type": "EQUAL_TO", "value": "a\nb"`, "value. Value: 'a\nb'"},
		{400, "POST", rules, `"type": "HEADER", "compare_type": "EQUAL_TO", "value": "v"`, "L7 rule type requires a key"},
		{400, "POST", rules, `"type": "HEADER", "key": "a b", "compare_type": "EQUAL_TO", "value": "v"`, "Invalid characters in key"},
		{400, "POST", rules, `"type": "HEADER", "key": "a", "compare_type": "EQUAL_TO", "value": "a b"`, "Invalid characters in header value"},
		{400, "POST", rules, `"type": "COOKIE", "key": "a", "compare_type": "EQUAL_TO", "value": "a;b"`, "Invalid characters in cookie value"},
		{400, "POST", rules, `"type": "FILE_TYPE", "compare_type": "CONTAINS", "value": "v"`, "invalid comparison type for rule type"},
		{400, "POST", rules, `"type": "PATH", "compare_type": "REGEX", "value": "("`, "Unable to parse regular expression"},
		{400, "POST", rules, `"type": "SSL_CONN_HAS_CERT", "compare_type": "EQUAL_TO", "value": "no"`, "is not a boolean True string"},
		{400, "POST", rules, `"type": "SSL_VERIFY_RESULT", "compare_type": "EQUAL_TO", "value": "-1"`, "needs a int value, which is >= 0"},
		{400, "POST", rules, `"type": "SSL_DN_FIELD", "compare_type": "EQUAL_TO", "value": "x"`, "needs to specify a key and a value"},
		{400, "PUT", rules + "/" + ruleID(), `"value": null`, "L7 rule type requires a value"},
		{400, "PUT", rules + "/" + ruleID(), `"name": "n"`, "Unknown attribute for argument l7rule_.rule: name"},
		{501, "POST", rules, `"type": "HEADER", "key": "a", "compare_type": "REGEX", "value": "^x"`, "compare_type REGEX of an L7 rule of type HEADER"},
		{501, "POST", rules, `"type": "COOKIE", "key": "a", "compare_type": "REGEX", "value": "^x"`, "compare_type REGEX of an L7 rule of type COOKIE"},
		{501, "POST", rules, `"type": "HOST_NAME", "compare_type": "REGEX", "value": "^x"`, "compare_type REGEX of an L7 rule of type HOST_NAME"},
		{501, "POST", rules, `"type": "PATH", "compare_type": "REGEX", "value": "(?=x)y"`, "look-around or back-references"},
		{501, "POST", rules, `"type": "PATH", "compare_type": "REGEX", "value": "(x)\\1"`, "look-around or back-references"},
		{501, "POST", rules, `"type": "SSL_CONN_HAS_CERT", "compare_type": "EQUAL_TO", "value": "True"`, "an L7 rule of type SSL_CONN_HAS_CERT"},
		{501, "POST", rules, `"type": "SSL_VERIFY_RESULT", "compare_type": "EQUAL_TO", "value": "0"`, "an L7 rule of type SSL_VERIFY_RESULT"},
		{501, "POST", rules, `"type": "SSL_DN_FIELD", "key": "C", "compare_type": "EQUAL_TO", "value": "DE"`, "an L7 rule of type SSL_DN_FIELD"},
		{404, "GET", policies + "/" + lbID(), ``, "L7 Policy " + lbID() + " not found."},
		{404, "GET", policies + "/nonsense", ``, "L7 Policy nonsense not found."},
		{404, "GET", policies + "/" + lbID() + "/rules", ``, "L7 Policy " + lbID() + " not found."},
		{404, "GET", rules + "/" + lbID(), ``, "L7 Rule " + lbID() + " not found."},
	} {
		path, root := test.path, "l7policy"
		if strings.Contains(path, "/rules") {
			root = "rule"
		} else if test.method == "PUT" {
			path += "/" + policyID()
		}
		got := f.do(test.method, path, `{"`+root+`": {`+test.body+`}}`)
		if got.status != test.status {
			t.Errorf("%s %s {%s} answered %d, want %d: %s", test.method, path, test.body, got.status, test.status, got.body)
			continue
		}
		if text := got.fault(t); !strings.Contains(text, test.want) {
			t.Errorf("%s {%s} said %q, want it to contain %q", path, test.body, text, test.want)
		}
	}
}

func TestListenerHeadersAndCIDRs(t *testing.T) {
	for _, test := range []struct {
		status             int
		target, attributes string
		want               string // in the answer
	}{
		{200, "PUT", `"insert_headers": {"X-Forwarded-For": "True", "X-Forwarded-Port": "false"}`, `"insert_headers":{"X-Forwarded-For":"true","X-Forwarded-Port":"false"}`},
		{200, "PUT", `"insert_headers": null`, `"insert_headers":{}`},
		{400, "PUT", `"insert_headers": {"X-Custom": "true"}`, "['X-Custom'] is not a valid option for insert_headers"},
		{400, "PUT", `"insert_headers": {"X-Forwarded-For": "perhaps"}`, "Value should be one of: true, false"},
		{400, "PUT", `"insert_headers": {"X-Forwarded-For": true}`, "insert_headers. Value: 'True'. Value should be string"},
		{400, "PUT", `"insert_headers": {"X-SSL-Client-DN": "true"}`, "['X-SSL-Client-DN'] is not a valid option for HTTP protocol listener."},
		{400, "POST", `"insert_headers": {"X-Forwarded-For": "true"}`, "insert-headers is not a valid option for a TCP protocol listener."},
		{200, "PUT", `"allowed_cidrs": ["192.0.2.7/24", "198.51.100.1", "192.0.2.0/24"]`, `"allowed_cidrs":["192.0.2.0/24","198.51.100.1/32"]`},
		{200, "PUT", `"allowed_cidrs": []`, `"allowed_cidrs":null`},
		{201, "POST", `"allowed_cidrs": ["2001:db8::1/32"]`, `"allowed_cidrs":["2001:db8::/32"]`},
		{400, "PUT", `"allowed_cidrs": ["192.0.2.0/33"]`, "allowed_cidrs. Value: '['192.0.2.0/33']'. Value should be IPv4 or IPv6 CIDR format"},
		{400, "PUT", `"allowed_cidrs": ["everybody"]`, "Value should be IPv4 or IPv6 CIDR format"},
		{400, "PUT", `"allowed_cidrs": "192.0.2.0/24"`, "Value not a valid list"},
	} {
		f := newFront(t)
		f.populate(t)
		g := targetNamed(t, "listener "+test.target)
		got := f.do(g.method, g.path, g.with(test.attributes))
		if got.status != test.status || !strings.Contains(string(got.body), test.want) {
			t.Errorf("%s %s answered %d %s, want %d with %s", test.target, test.attributes, got.status, got.body, test.status, test.want)
		}
	}
}

func TestL7IsServedEverywhere(t *testing.T) {
	f := newL7Front(t)
	for _, base := range []string{"/v2", "/v2.0", "/v2/lbaas", "/v2.0/lbaas"} {
		for _, path := range []string{"/l7policies", "/l7policies/" + policyID(), "/l7policies/" + policyID() + "/rules"} {
			if got := f.do(http.MethodGet, base+path, ""); got.status != http.StatusOK {
				t.Errorf("GET %s answered %d: %s", base+path, got.status, got.body)
			}
		}
	}
	if got := f.do(http.MethodDelete, policies+"/"+policyID()+"/rules/"+ruleID(), ""); got.status != http.StatusNoContent {
		t.Errorf("DELETE of a rule answered %d: %s", got.status, got.body)
	}
	if got := f.do(http.MethodDelete, policies+"/"+policyID(), ""); got.status != http.StatusNoContent {
		t.Errorf("DELETE of a policy answered %d: %s", got.status, got.body)
	}
}

func FuzzL7PolicyPost(f *testing.F) { fuzzBody(f, "l7policy POST") }
func FuzzL7PolicyPut(f *testing.F)  { fuzzBody(f, "l7policy PUT") }
func FuzzL7RulePost(f *testing.F)   { fuzzBody(f, "rule POST") }
func FuzzL7RulePut(f *testing.F)    { fuzzBody(f, "rule PUT") }
