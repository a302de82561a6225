package api_test

import (
	"net/http"
	"testing"
)

// fuzzBody feeds bodies to one target: whatever they are, the answer is that of a mistake of the client's, or of something that
// is not supported, and never one of ours.
func fuzzBody(f *testing.F, name string) {
	f.Helper()
	var g target
	for _, candidate := range append(targets(), ruleTargets()...) {
		if candidate.name == name {
			g = candidate
		}
	}
	f.Add([]byte(g.with("")))
	f.Add([]byte(g.with(`"name": null, "admin_state_up": "yes", "tags": []`)))
	f.Add([]byte(g.with(`"protocol_port": 1e99, "weight": "-0", "delay": 0.1, "session_persistence": {"type": null}`)))
	f.Add([]byte(g.with(`"protocol_port": 443.0, "connection_limit": "7", "vip_address": "::1", "address": "2001:db8::1"`)))
	f.Add([]byte(g.with(`"session_persistence": {"type": "APP_COOKIE", "cookie_name": "c", "persistence_timeout": 3}`)))
	f.Add([]byte(g.with(`"http_method": "GET", "url_path": "/x", "expected_codes": "200-204,300", "http_version": "1.1"`)))
	f.Add([]byte(g.with(`"insert_headers": {"X": "y"}, "timeout_client_data": 50000, "listeners": [{}], "members": [null]`)))
	f.Add([]byte(g.with(`"redirect_url": "http://[::1]:8/%2f?a#b", "redirect_http_code": 308, "position": -1, "key": "\t"`)))
	f.Add([]byte(g.with(`"type": "COOKIE", "key": "k", "compare_type": "REGEX", "value": "(?=a)\\1[", "invert": "on"`)))
	f.Add([]byte(g.with(`"allowed_cidrs": ["::/0", "10.0.0.0/8", "x"], "action": "REJECT", "redirect_prefix": "http://a b"`)))
	f.Add([]byte(`{"` + g.root + `": {"name": "\ud800", "description": "\u0000"}}`))
	f.Add([]byte(`[[[[[[{"a":`))
	front := newFront(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		front.fresh(t)
		got := front.do(g.method, g.path, string(body))
		if got.status >= http.StatusInternalServerError && got.status != http.StatusNotImplemented {
			t.Errorf("answered %d: %s\n%s", got.status, got.body, front.log)
		}
		got.object(t)
	})
}

// fresh is the state that every body meets.
func (f *front) fresh(t testing.TB) {
	t.Helper()
	f.log.Reset()
	f.memory.empty()
	f.populate(t)
	f.populateL7(t)
}

func FuzzLoadBalancerPost(f *testing.F)  { fuzzBody(f, "loadbalancer POST") }
func FuzzLoadBalancerPut(f *testing.F)   { fuzzBody(f, "loadbalancer PUT") }
func FuzzListenerPost(f *testing.F)      { fuzzBody(f, "listener POST") }
func FuzzListenerPut(f *testing.F)       { fuzzBody(f, "listener PUT") }
func FuzzPoolPost(f *testing.F)          { fuzzBody(f, "pool POST") }
func FuzzPoolPut(f *testing.F)           { fuzzBody(f, "pool PUT") }
func FuzzMemberPost(f *testing.F)        { fuzzBody(f, "member POST") }
func FuzzMemberPut(f *testing.F)         { fuzzBody(f, "member PUT") }
func FuzzHealthMonitorPost(f *testing.F) { fuzzBody(f, "healthmonitor POST") }
func FuzzHealthMonitorPut(f *testing.F)  { fuzzBody(f, "healthmonitor PUT") }

// FuzzListQuery feeds queries to a list.
func FuzzListQuery(f *testing.F) {
	for _, seed := range []string{
		"", "limit=1&marker=x", "sort=name:asc,id", "sort_key=a,b&sort_dir=desc", "fields=id&fields=name", "page_reverse=True",
		"name=%00", "%zz", "tags=a", "limit=infinite&;", "project_id=x&tenant_id=y",
	} {
		f.Add(seed)
	}
	front := newFront(f)
	front.populate(f)
	f.Fuzz(func(t *testing.T, query string) {
		front.log.Reset()
		r, err := http.NewRequest(http.MethodGet, "/v2/lbaas/loadbalancers", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = query
		r.RequestURI = r.URL.RequestURI()
		got := front.send(r)
		if got.status >= http.StatusInternalServerError && got.status != http.StatusNotImplemented {
			t.Errorf("answered %d: %s", got.status, got.body)
		}
		got.object(t)
	})
}
