package lbaas_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// FuzzInputs holds every request that JSON can say to two rules: nothing panics, and what is refused is refused with a kind
// and a text for the user. What was accepted once is accepted again as an update, and changes nothing then.
func FuzzInputs(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `[]`, `{"name":null}`,
		`{"vip_address":"2001:db8::1","name":"web","admin_state_up":false}`,
		`{"loadbalancer_id":"lb","protocol":"TCP","protocol_port":80,"connection_limit":-1}`,
		`{"loadbalancer_id":"lb","protocol":"HTTP","lb_algorithm":"SOURCE_IP","session_persistence":{"type":"APP_COOKIE","cookie_name":"c"}}`,
		`{"listener_id":"l","protocol":"UDP","lb_algorithm":"ROUND_ROBIN","session_persistence":{"persistence_timeout":1}}`,
		`{"loadbalancer_id":"lb","protocol":"TERMINATED_HTTPS","protocol_port":443,"sni_container_refs":["https://k/v1/containers/a"],"hsts_max_age":86400}`,
		`{"pool_id":"p","address":"10.0.0.1","protocol_port":80,"weight":0}`,
		`{"pool_id":"p","type":"HTTP","delay":5,"timeout":3,"max_retries":2,"expected_codes":"200-204, 301","url_path":"/"}`,
		`{"listener_id":"l","action":"REDIRECT_TO_URL","redirect_url":"http://a.example.org:8/%2f?a=b","redirect_http_code":307}`,
		`{"listener_id":"l","action":"REDIRECT_PREFIX","redirect_prefix":"https://[::1]/x/","position":3,"redirect_http_code":null}`,
		`{"l7policy_id":"p","type":"HEADER","key":"k","compare_type":"CONTAINS","value":"\"a b\"","invert":true}`,
		`{"l7policy_id":"p","type":"PATH","compare_type":"REGEX","value":"(a|b)\\1(?=c)","key":"dropped"}`,
		`{"loadbalancer_id":"l","protocol":"HTTP","protocol_port":1,"insert_headers":{"X-Forwarded-For":"TRUE"},"allowed_cidrs":["::1"]}`,
		`{"pool_id":"p","type":"PING","delay":3600,"timeout":3600,"max_retries":10,"max_retries_down":null}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		try(t, body, lbaas.NewLoadBalancer, (*lbaas.LoadBalancer).Update)
		try(t, body, lbaas.NewListener, (*lbaas.Listener).Update)
		try(t, body, lbaas.NewPool, (*lbaas.Pool).Update)
		try(t, body, lbaas.NewMember, (*lbaas.Member).Update)
		try(t, body, lbaas.NewHealthMonitor, (*lbaas.HealthMonitor).Update)
		try(t, body, lbaas.NewL7Policy, (*lbaas.L7Policy).Update)
		try(t, body, lbaas.NewL7Rule, (*lbaas.L7Rule).Update)
		var h lbaas.HealthMonitorInput
		if json.Unmarshal(body, &h) == nil {
			monitor := lbaas.HealthMonitor{ExpectedCodes: h.ExpectedCodes.Or("")}
			monitor.CodeRanges()
		}
	})
}

func try[In, Out any](t *testing.T, body []byte, create func(In) (Out, error), update func(*Out, In) error) {
	t.Helper()
	var in In
	if json.Unmarshal(body, &in) != nil {
		return
	}
	out, err := create(in)
	checkKind(t, body, err)
	if err == nil {
		before, _ := json.Marshal(out)
		if err := update(&out, in); err != nil {
			t.Errorf("%s: accepted for a new object, refused for the same one: %v", body, err)
		}
		if after, _ := json.Marshal(out); string(before) != string(after) {
			t.Errorf("%s: the same request again changed %s into %s", body, before, after)
		}
	}
	var blank Out
	checkKind(t, body, update(&blank, in))
}

func checkKind(t *testing.T, body []byte, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if e, ok := errors.AsType[*lbaas.Error](err); !ok || e.Kind == "" || e.Message == "" {
		t.Errorf("%s: %#v is no error for the user", body, err)
	}
}
