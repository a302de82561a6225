package lbaas_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestNewHealthMonitor(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       lbaas.HealthMonitor
	}{
		{
			"a check of layer 4 has nothing of HTTP",
			`{"pool_id":"p","type":"TCP","delay":5,"timeout":3,"max_retries":2}`,
			lbaas.HealthMonitor{
				Resource: lbaas.Resource{AdminStateUp: true}, PoolID: "p", Type: lbaas.MonitorTCP, Delay: 5, Timeout: 3, MaxRetries: 2,
			},
		},
		{
			"HTTP's defaults",
			`{"pool_id":"p","type":"HTTP","delay":1,"timeout":1,"max_retries":1,"max_retries_down":null}`,
			lbaas.HealthMonitor{
				Resource: lbaas.Resource{AdminStateUp: true}, PoolID: "p", Type: lbaas.MonitorHTTP, Delay: 1, Timeout: 1, MaxRetries: 1,
				MaxRetriesDown: lbaas.DefaultMaxRetriesDown, HTTPMethod: "GET", URLPath: "/", ExpectedCodes: "200",
			},
		},
		{
			"everything",
			`{"pool_id":"p","name":"n","admin_state_up":false,"type":"HTTPS","delay":3600,"timeout":2400,"max_retries":10,
			  "max_retries_down":10,"http_method":"HEAD","url_path":"/up?full=1","expected_codes":"200,202-204, 301"}`,
			lbaas.HealthMonitor{
				Resource: lbaas.Resource{Name: "n"}, PoolID: "p", Type: lbaas.MonitorHTTPS, Delay: 3600, Timeout: 2400, MaxRetries: 10,
				MaxRetriesDown: 10, HTTPMethod: "HEAD", URLPath: "/up?full=1", ExpectedCodes: "200,202-204, 301",
			},
		},
		{
			"the timeout may be the longer one",
			`{"pool_id":"p","type":"PING","delay":2400,"timeout":3600,"max_retries":1}`,
			lbaas.HealthMonitor{
				Resource: lbaas.Resource{AdminStateUp: true}, PoolID: "p", Type: lbaas.MonitorPing, Delay: 2400, Timeout: 3600, MaxRetries: 1,
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := lbaas.NewHealthMonitor(decode[lbaas.HealthMonitorInput](t, c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestHealthMonitorRefusals(t *testing.T) {
	with := func(typ, more string) string {
		return `{"pool_id":"p","type":"` + typ + `","delay":5,"timeout":3,"max_retries":2` + more + `}`
	}
	times := func(delay, timeout int) string {
		return fmt.Sprintf(`{"pool_id":"p","type":"TCP","delay":%d,"timeout":%d,"max_retries":2}`, delay, timeout)
	}
	const (
		field   = "Invalid input for field/attribute "
		cannot  = "Provider 'avi' does not support a requested option: "
		missing = " Value: 'None'. Mandatory field missing."
		codes   = "Value should be a code (200), a list (200,202) or a range (200-204) of codes from 100 to 599"
		over    = cannot + "a health monitor's delay or timeout of more than 3600 seconds"
	)
	checkRefusals(t, []refusal{
		{"no pool", `{"type":"TCP","delay":5,"timeout":3,"max_retries":2}`, invalid, field + "pool_id." + missing},
		{"the pool null", `{"pool_id":null,"type":"TCP","delay":5,"timeout":3,"max_retries":2}`, lbaas.KindNotFound, "Pool None not found."},
		{"no type", `{"pool_id":"p","delay":5,"timeout":3,"max_retries":2}`, invalid, field + "type." + missing},
		{"no delay", `{"pool_id":"p","type":"TCP","timeout":3,"max_retries":2}`, invalid, field + "delay." + missing},
		{"no timeout", `{"pool_id":"p","type":"TCP","delay":5,"timeout":null,"max_retries":2}`, invalid, "None is not a valid option for timeout"},
		{"no max_retries", `{"pool_id":"p","type":"TCP","delay":5,"timeout":3}`, invalid, field + "max_retries." + missing},
		{"TLS-HELLO has no path", with("TLS-HELLO", `,"url_path":"/up"`), invalid, "url_path is not a valid option for health monitors of type TLS-HELLO"},
		{
			"an unknown type", with("ICMP", ""), invalid,
			field + "type. Value: 'ICMP'. Value should be one of: HTTP, HTTPS, PING, SCTP, TCP, TLS-HELLO, UDP-CONNECT",
		},
		{"delay 0", times(0, 3), invalid, field + "delay. Value: '0'. Value should be greater or equal to 1"},
		{"a negative timeout", times(5, -1), invalid, field + "timeout. Value: '-1'. Value should be greater or equal to 1"},
		{"an interval that the Controller does not have", times(3601, 3), unsupported, over},
		{"equal times leave no room for a longer interval", times(3600, 3600), unsupported, over},
		{
			"both too long for a timeout", times(2401, 2402), unsupported,
			cannot + "a health monitor whose delay and timeout are both longer than 2400 seconds",
		},
		{
			"max_retries_down 0", with("TCP", `,"max_retries_down":0`), invalid,
			field + "max_retries_down. Value: '0'. Value should be greater or equal to 1",
		},
		{
			"max_retries 11", `{"pool_id":"p","type":"TCP","delay":5,"timeout":3,"max_retries":11}`, invalid,
			field + "max_retries. Value: '11'. Value should be lower or equal to 10",
		},
		{
			"a path for a TCP check", with("TCP", `,"url_path":"/"`), invalid,
			"url_path is not a valid option for health monitors of type TCP",
		},
		{
			"codes for a PING check", with("PING", `,"expected_codes":"200"`), invalid,
			"expected_codes is not a valid option for health monitors of type PING",
		},
		{
			"an unknown method", with("HTTP", `,"http_method":"get"`), invalid, field + "http_method. Value: 'get'. " +
				"Value should be one of: CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE",
		},
		{"a relative path", with("HTTP", `,"url_path":"up"`), invalid, field + "url_path. Value: 'up'. Value must be a valid URL Path string"},
		{"a path that names a host", with("HTTP", `,"url_path":"//host/up"`), invalid, field + "url_path. Value: '//host/up'. Value must be a valid URL Path string"},
		{
			"a path that would end the request line", with("HTTP", `,"url_path":"/up\r\nHost: x"`), invalid,
			field + "url_path. Value: '/up\r\nHost: x'. Value must be a valid URL Path string",
		},
		{"codes of no class", with("HTTP", `,"expected_codes":"600"`), invalid, field + "expected_codes. Value: '600'. " + codes},
		{"an open range", with("HTTP", `,"expected_codes":"200-"`), invalid, field + "expected_codes. Value: '200-'. " + codes},
		{"an empty entry", with("HTTP", `,"expected_codes":"200,,202"`), invalid, field + "expected_codes. Value: '200,,202'. " + codes},
		{
			"codes of more than 64 characters", with("HTTP", `,"expected_codes":"200`+strings.Repeat(",200", 16)+`"`), invalid,
			field + "expected_codes. Value: '200" + strings.Repeat(",200", 16) + "'. " + codes,
		},
	}, func(in lbaas.HealthMonitorInput) error {
		_, err := lbaas.NewHealthMonitor(in)
		return err
	})
}

func TestUpdateHealthMonitor(t *testing.T) {
	before := lbaas.HealthMonitor{
		Resource: lbaas.Resource{ID: "h", AdminStateUp: true}, PoolID: "p", Type: lbaas.MonitorHTTP, Delay: 5, Timeout: 3,
		MaxRetries: 2, HTTPMethod: "HEAD", URLPath: "/up", ExpectedCodes: "204",
	}
	for _, c := range []struct {
		name, body string
		change     func(*lbaas.HealthMonitor)
	}{
		{"an empty request changes nothing, not even the meaning of max_retries", `{}`, func(*lbaas.HealthMonitor) {}},
		{
			"nulls are defaults", `{"http_method":null,"url_path":null,"expected_codes":null,"max_retries_down":null}`,
			func(h *lbaas.HealthMonitor) {
				h.HTTPMethod, h.URLPath, h.ExpectedCodes, h.MaxRetriesDown = "GET", "/", "200", lbaas.DefaultMaxRetriesDown
			},
		},
		{"what cannot be changed stays", `{"type":"TCP","pool_id":"q"}`, func(*lbaas.HealthMonitor) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, want := before, before
			c.change(&want)
			if err := got.Update(decode[lbaas.HealthMonitorInput](t, c.body)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	t.Run("refused", func(t *testing.T) {
		checkRefusals(t, []refusal{
			{"no delay", `{"delay":null}`, invalid, "None is not a valid option for delay"},
			{"no timeout", `{"timeout":null}`, invalid, "None is not a valid option for timeout"},
			{"no max_retries", `{"max_retries":null}`, invalid, "None is not a valid option for max_retries"},
		}, func(in lbaas.HealthMonitorInput) error {
			h := before
			return h.Update(in)
		})
	})
}

func TestCodeRanges(t *testing.T) {
	type ranges = []lbaas.CodeRange
	for codes, want := range map[string]ranges{
		"":                     nil,
		"200":                  {{First: 200, Last: 200}},
		"200,202":              {{First: 200, Last: 200}, {First: 202, Last: 202}},
		"200-204":              {{First: 200, Last: 204}},
		"204-200":              {{First: 200, Last: 204}},
		"200-204, 301,500-100": {{First: 200, Last: 204}, {First: 301, Last: 301}, {First: 100, Last: 500}},
	} {
		h := lbaas.HealthMonitor{ExpectedCodes: codes}
		if diff := cmp.Diff(want, h.CodeRanges()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", codes, diff)
		}
	}
}

// Every list of codes that is accepted is understood: as many ranges as it has entries, each within 100-599.
func TestAcceptedCodesAreUnderstood(t *testing.T) {
	code := rapid.StringMatching(`[1-5][0-9][0-9](-[1-5][0-9][0-9])?`)
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(code, 1, 8).Draw(t, "entries")
		codes := strings.Join(entries, rapid.SampledFrom([]string{",", ", "}).Draw(t, "comma"))
		h := lbaas.HealthMonitor{Type: lbaas.MonitorHTTP, Delay: 5, Timeout: 3, MaxRetries: 2, HTTPMethod: "GET", URLPath: "/"}
		err := h.Update(lbaas.HealthMonitorInput{ExpectedCodes: lbaas.Given(codes)})
		if accepted := err == nil; accepted != (len(codes) <= 64) {
			t.Fatalf("%q: %v", codes, err)
		}
		got := h.CodeRanges()
		if len(got) != len(entries) {
			t.Fatalf("%q: %d ranges, want %d", codes, len(got), len(entries))
		}
		for _, r := range got {
			if r.First < 100 || r.First > r.Last || r.Last > 599 {
				t.Fatalf("%q: range %v", codes, r)
			}
		}
	})
}

// Octavia checks by UDP no oftener than each three seconds, whenever the interval is said.
func TestUDPIsNotCheckedTooOften(t *testing.T) {
	const want = "Validation failure: The request delay value 2 should be larger than 3 for UDP-CONNECT health monitor type."
	pool := &lbaas.Pool{Protocol: lbaas.PoolUDP}
	h, err := lbaas.NewHealthMonitor(decode[lbaas.HealthMonitorInput](t,
		`{"pool_id":"p","type":"UDP-CONNECT","delay":2,"timeout":1,"max_retries":2}`))
	if err != nil {
		t.Fatal(err)
	}
	if message, kind, _ := lbaas.MessageFor(lbaas.CheckMonitorPool(&h, pool)); message != want || kind != invalid {
		t.Errorf("a new monitor: the user is told (%q, %q)", message, kind)
	}
	if err := h.Update(decode[lbaas.HealthMonitorInput](t, `{"timeout":2}`)); err != nil {
		t.Errorf("a change of something else: %v", err)
	}
	if message, kind, _ := lbaas.MessageFor(h.Update(decode[lbaas.HealthMonitorInput](t, `{"delay":2}`))); message != want || kind != invalid {
		t.Errorf("a change: the user is told (%q, %q)", message, kind)
	}
	if err := h.Update(decode[lbaas.HealthMonitorInput](t, `{"delay":3}`)); err != nil || lbaas.CheckMonitorPool(&h, pool) != nil {
		t.Errorf("three seconds: %v", err)
	}
}
