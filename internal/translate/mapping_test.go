package translate_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

func TestWhichObjectsATreeBecomes(t *testing.T) {
	const (
		vs, vip, pool = "virtualservice", "vsvip", "pool"
		hm, profile   = "healthmonitor", "applicationpersistenceprofile"
	)
	for _, c := range []struct {
		name   string
		change func(*translate.Input)
		want   []string
	}{
		{"in the order of creation", func(in *translate.Input) {
			in.Tree.Monitors = monitored().Tree.Monitors
			in.Tree.Pools[0].Persistence = &lbaas.SessionPersistence{Type: lbaas.PersistAppCookie, CookieName: "c"}
		}, []string{hm, profile, pool, vip, vs}},
		{"a load balancer alone is nothing yet", func(in *translate.Input) {
			in.Tree = lbaas.Tree{LoadBalancer: in.Tree.LoadBalancer}
		}, nil},
		{"a VsVip that was made stays after the last listener", func(in *translate.Input) {
			in.Tree, in.VsVipMade = lbaas.Tree{LoadBalancer: in.Tree.LoadBalancer}, true
		}, []string{vip}},
		{"a doomed load balancer is nothing", func(in *translate.Input) {
			in.Tree.LoadBalancer.Doomed, in.VsVipMade = true, true
		}, nil},
		{"of a pool that no listener uses its monitor and profile stay", func(in *translate.Input) {
			in.Tree.Monitors = monitored().Tree.Monitors
			in.Tree.Pools[0].Persistence = &lbaas.SessionPersistence{Type: lbaas.PersistAppCookie, CookieName: "c"}
			in.Tree.Listeners[0].DefaultPoolID = ""
		}, []string{hm, profile, vip, vs}},
		{"two listeners of one pool have a copy each and share the profile", func(in *translate.Input) {
			in.Tree.Pools[0].Persistence = &lbaas.SessionPersistence{Type: lbaas.PersistAppCookie, CookieName: "c"}
			second := in.Tree.Listeners[0]
			second.ID = secondID
			in.Tree.Listeners = append(in.Tree.Listeners, second)
		}, []string{profile, pool, pool, vip, vs, vs}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := shop()
			c.change(&in)
			var got []string
			for _, o := range translate.Objects(in) {
				got = append(got, o.Type)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAlgorithms(t *testing.T) {
	for algorithm, want := range map[lbaas.Algorithm][2]any{
		lbaas.RoundRobin:       {"LB_ALGORITHM_ROUND_ROBIN", nil},
		lbaas.LeastConnections: {"LB_ALGORITHM_LEAST_CONNECTIONS", nil},
		lbaas.SourceIP:         {"LB_ALGORITHM_CONSISTENT_HASH", "LB_ALGORITHM_CONSISTENT_HASH_SOURCE_IP_ADDRESS"},
		lbaas.SourceIPPort:     {"LB_ALGORITHM_CONSISTENT_HASH", "LB_ALGORITHM_CONSISTENT_HASH_SOURCE_IP_ADDRESS_AND_PORT"},
	} {
		in := shop()
		in.Tree.Pools[0].Algorithm = algorithm
		pool := find(t, translate.Objects(in), "pool").Fields
		if got := [2]any{pool["lb_algorithm"], pool["lb_algorithm_hash"]}; got != want {
			t.Errorf("%s: %v, want %v", algorithm, got, want)
		}
	}
}

func TestPersistence(t *testing.T) {
	for _, c := range []struct {
		persistence *lbaas.SessionPersistence
		want        any
	}{
		{nil, nil},
		{&lbaas.SessionPersistence{Type: lbaas.PersistSourceIP}, "/api/applicationpersistenceprofile?name=System-Persistence-Client-IP"},
		{&lbaas.SessionPersistence{Type: lbaas.PersistHTTPCookie}, "/api/applicationpersistenceprofile?name=System-Persistence-Http-Cookie"},
		{
			&lbaas.SessionPersistence{Type: lbaas.PersistAppCookie, CookieName: "c"},
			"/api/applicationpersistenceprofile/applicationpersistenceprofile-" + poolID,
		},
	} {
		in := shop()
		in.Tree.Pools[0].Persistence = c.persistence
		pool := find(t, translate.Objects(in), "pool").Fields
		got, owned := pool["application_persistence_profile_ref"]
		if !owned || got != c.want {
			t.Errorf("%v: %v (owned: %v), want %v", c.persistence, got, owned, c.want)
		}
	}
}

func TestWhichServersTakeConnections(t *testing.T) {
	for _, c := range []struct {
		name         string
		pool, member bool
		weight       int
		enabled      bool
		ratio        int
	}{
		{name: "in service", pool: true, member: true, weight: 1, enabled: true, ratio: 1},
		{name: "a member that is down", pool: true, weight: 1, ratio: 1},
		{name: "a member of a pool that is down", member: true, weight: 1, ratio: 1},
		{name: "weight 0 drains", pool: true, member: true, weight: 0, ratio: 1},
		{name: "the greatest weight", pool: true, member: true, weight: 256, enabled: true, ratio: 20},
	} {
		in := shop()
		in.Tree.Pools[0].AdminStateUp = c.pool
		in.Tree.Members[0].AdminStateUp, in.Tree.Members[0].Weight = c.member, c.weight
		server := serversOf(find(t, translate.Objects(in), "pool"))[0]
		if server["enabled"] != c.enabled || server["ratio"] != c.ratio {
			t.Errorf("%s: enabled %v, ratio %v, want %v, %v", c.name, server["enabled"], server["ratio"], c.enabled, c.ratio)
		}
	}
}

func serversOf(pool plan.Object) []map[string]any {
	list, _ := pool.Fields["servers"].(plan.List)
	return list.Entries
}

func TestRatioRisesWithTheWeight(t *testing.T) {
	for weight, want := range map[int]int{0: 1, 1: 1, 12: 1, 13: 2, 128: 10, 129: 11, 256: 20} {
		if got := translate.Ratio(weight); got != want {
			t.Errorf("weight %d: ratio %d, want %d", weight, got, want)
		}
	}
	for weight := range 256 {
		if a, b := translate.Ratio(weight), translate.Ratio(weight+1); a < 1 || b > 20 || b < a {
			t.Errorf("weight %d: ratio %d, then %d", weight, a, b)
		}
	}
}

func TestHealthMonitors(t *testing.T) {
	type fields = map[string]any
	for _, c := range []struct {
		name   string
		change func(*translate.Input, *lbaas.HealthMonitor)
		want   fields
	}{
		{"PING", func(_ *translate.Input, h *lbaas.HealthMonitor) { h.Type = lbaas.MonitorPing }, fields{"type": "HEALTH_MONITOR_PING"}},
		{"TCP", func(_ *translate.Input, h *lbaas.HealthMonitor) { h.Type = lbaas.MonitorTCP }, fields{"type": "HEALTH_MONITOR_TCP"}},
		{"UDP-CONNECT", func(_ *translate.Input, h *lbaas.HealthMonitor) { h.Type = lbaas.MonitorUDPConnect }, fields{
			"type": "HEALTH_MONITOR_UDP",
		}},
		{"HTTP", func(*translate.Input, *lbaas.HealthMonitor) {}, fields{
			"type": "HEALTH_MONITOR_HTTP",
			"http_monitor": fields{
				"http_request": "GET /up HTTP/1.0", "http_response_code": []any{"HTTP_2XX"},
			},
		}},
		{"HTTPS", func(_ *translate.Input, h *lbaas.HealthMonitor) { h.Type, h.HTTPMethod = lbaas.MonitorHTTPS, "HEAD" }, fields{
			"type": "HEALTH_MONITOR_HTTPS",
			"https_monitor": fields{
				"http_request": "HEAD /up HTTP/1.0", "http_response_code": []any{"HTTP_2XX"},
			},
		}},
		{"both counts, in LBaaS's meaning", func(*translate.Input, *lbaas.HealthMonitor) {}, fields{
			"failed_checks": 4, "successful_checks": 2,
		}},
		{"one count, in Neutron's meaning", func(_ *translate.Input, h *lbaas.HealthMonitor) { h.MaxRetriesDown = 0 }, fields{
			"failed_checks": 2, "successful_checks": nil,
		}},
		{"the longer time is the interval", func(_ *translate.Input, h *lbaas.HealthMonitor) { h.Delay, h.Timeout = 3, 5 }, fields{
			"send_interval": 5, "receive_timeout": 3,
		}},
		{"the interval is longer than the timeout", func(_ *translate.Input, h *lbaas.HealthMonitor) { h.Delay, h.Timeout = 5, 5 }, fields{
			"send_interval": 6, "receive_timeout": 5,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := monitored()
			c.change(&in, &in.Tree.Monitors[0])
			got := find(t, translate.Objects(in), "healthmonitor").Fields
			for field, want := range c.want {
				if diff := cmp.Diff(want, got[field]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", field, diff)
				}
			}
		})
	}
}

func TestExpectedCodesBecomeTheirClasses(t *testing.T) {
	type classes = []any
	for _, c := range []struct {
		codes              string
		want, pythonDriver classes
	}{
		{"200", classes{"HTTP_2XX"}, classes{"HTTP_2XX"}},
		{"200-204", classes{"HTTP_2XX"}, classes{"HTTP_2XX"}},
		{"301, 200,302", classes{"HTTP_2XX", "HTTP_3XX"}, classes{"HTTP_2XX", "HTTP_3XX"}},
		{"200-399", classes{"HTTP_2XX", "HTTP_3XX"}, classes{"HTTP_2XX", "HTTP_3XX"}},
		{"200-401", classes{"HTTP_2XX", "HTTP_3XX", "HTTP_4XX"}, classes{"HTTP_2XX", "HTTP_4XX"}},
		{"599-100", classes{"HTTP_1XX", "HTTP_2XX", "HTTP_3XX", "HTTP_4XX", "HTTP_5XX"}, classes{"HTTP_1XX", "HTTP_5XX"}},
	} {
		for python, want := range map[bool]classes{false: c.want, true: c.pythonDriver} {
			in := monitored()
			in.PythonDriverHealthMonitors, in.Tree.Monitors[0].ExpectedCodes = python, c.codes
			check, _ := find(t, translate.Objects(in), "healthmonitor").Fields["http_monitor"].(map[string]any)
			if diff := cmp.Diff(want, check["http_response_code"]); diff != "" {
				t.Errorf("%s, as the Python driver: %v (-want +got):\n%s", c.codes, python, diff)
			}
		}
	}
}

func TestADisabledMonitorIsDetached(t *testing.T) {
	ref := "/api/healthmonitor/healthmonitor-" + monitorID
	for _, c := range []struct {
		enabled, python bool
		want            []any
	}{
		{true, false, []any{ref}},
		{true, true, []any{ref}},
		{false, false, []any{}},
		{false, true, []any{ref}},
	} {
		in := monitored()
		in.PythonDriverHealthMonitors, in.Tree.Monitors[0].AdminStateUp = c.python, c.enabled
		got := find(t, translate.Objects(in), "pool").Fields["health_monitor_refs"]
		if diff := cmp.Diff(any(c.want), got); diff != "" {
			t.Errorf("enabled %v, as the Python driver: %v (-want +got):\n%s", c.enabled, c.python, diff)
		}
	}
}

func TestConnectionLimit(t *testing.T) {
	for limit, want := range map[int]int{lbaas.Unlimited: 0, 0: 0, 7: 7} {
		in := shop()
		in.Tree.Listeners[0].ConnectionLimit = limit
		limits, _ := find(t, translate.Objects(in), "virtualservice").Fields["performance_limits"].(map[string]any)
		if limits["max_concurrent_connections"] != want {
			t.Errorf("%d: %v, want %d", limit, limits, want)
		}
	}
}
