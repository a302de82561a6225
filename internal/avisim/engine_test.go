package avisim

import (
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// recorder is an engine that only remembers what it was told, and says what it is told to.
type recorder struct {
	mu      sync.Mutex
	applied []engine.Config
	status  engine.Status
}

func (r *recorder) Apply(cfg engine.Config) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.applied = append(r.applied, cfg)
	return nil
}

func (r *recorder) Status() engine.Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

func (r *recorder) last() engine.Config {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.applied[len(r.applied)-1]
}

func (r *recorder) say(status engine.Status) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func TestEngineGetsTheConfiguration(t *testing.T) {
	e := &recorder{}
	c := newClient(t, newServer(t, Options{Engine: e}))
	c.mustMake("vsvip", "vsvip-1", `{"name":"v","vip":[{"vip_id":"0","ip_address":{"addr":"127.0.0.10","type":"V4"}},{"vip_id":"1","enabled":false,"ip_address":{"addr":"127.0.0.11","type":"V4"}}]}`)
	c.mustMake("healthmonitor", "hm-1", `{"name":"h","type":"HEALTH_MONITOR_HTTP","monitor_port":9000,"send_interval":5,"receive_timeout":2,"http_monitor":{"http_request":"GET /up HTTP/1.0","http_response_code":["HTTP_2XX","HTTP_3XX"]}}`)
	c.mustMake("applicationpersistenceprofile", "pp-1", `{"name":"pp","persistence_type":"PERSISTENCE_TYPE_APP_COOKIE","app_cookie_persistence_profile":{"prst_hdr_name":"JSESSIONID"}}`)
	c.mustMake("pool", "pool-1", `{"name":"p","default_server_port":8080,"lb_algorithm":"LB_ALGORITHM_CONSISTENT_HASH",
		"health_monitor_refs":["/api/healthmonitor/hm-1"],"application_persistence_profile_ref":"/api/applicationpersistenceprofile/pp-1",
		"servers":[{"ip":{"addr":"127.0.0.20","type":"V4"}},{"ip":{"addr":"127.0.0.21","type":"V4"},"port":81,"enabled":false,"ratio":3},{"ip":{"addr":"unresolved.example.com","type":"DNS"}}]}`)
	c.mustMake("pool", "pool-unused", `{"name":"unused"}`)
	c.mustMake("virtualservice", "vs-1", vs("web", `443,"enable_ssl":true`, `"pool_ref":"/api/pool/pool-1"`, `"performance_limits":{"max_concurrent_connections":7}`, `"type":"VS_TYPE_VH_PARENT"`))
	c.mustMake("virtualservice", "vs-2", `{"name":"child","type":"VS_TYPE_VH_CHILD","vh_parent_vs_ref":"/api/virtualservice/vs-1","vh_domain_name":["a.example.com"],"ssl_key_and_certificate_refs":["/api/sslkeyandcertificate?name=System-Default-Cert-EC"]}`)
	c.mustMake("virtualservice", "vs-3", vs("dns", `53},{"port":54,"override_network_profile_ref":"/api/networkprofile?name=System-UDP-Fast-Path"`, l4Profile, `"traffic_enabled":false`))

	want := engine.Config{
		VirtualServices: []engine.VirtualService{
			{
				UUID: "vs-1", Enabled: true, VIPs: []netip.Addr{netip.MustParseAddr("127.0.0.10")}, MaxConnections: 7, XForwardedFor: true, PoolUUID: "pool-1",
				Services: []engine.Service{{Kind: engine.KindHTTP, Port: 443, PortEnd: 443, TLS: true}},
				Hosts:    []engine.Host{{UUID: "vs-2", Domains: []string{"a.example.com"}}},
			},
			{
				UUID: "vs-3", VIPs: []netip.Addr{netip.MustParseAddr("127.0.0.10")},
				Services: []engine.Service{{Kind: engine.KindTCP, Port: 53, PortEnd: 53}, {Kind: engine.KindUDP, Port: 54, PortEnd: 54}},
			},
		},
		Pools: []engine.Pool{{
			UUID: "pool-1", Enabled: true, Algorithm: engine.AlgorithmHashSourceIP,
			Servers: []engine.Server{
				{Address: netip.MustParseAddrPort("127.0.0.20:8080"), Hostname: "127.0.0.20", Enabled: true, Ratio: 1},
				{Address: netip.MustParseAddrPort("127.0.0.21:81"), Hostname: "127.0.0.21", Ratio: 3},
			},
			Monitors: []engine.Monitor{{
				UUID: "hm-1", Kind: engine.MonitorHTTP, SendInterval: 5 * time.Second, ReceiveTimeout: 2 * time.Second, SuccessfulChecks: 2, FailedChecks: 2,
				Port: 9000, HTTPRequest: "GET /up HTTP/1.0", HTTPCodes: []int{2, 3},
			}},
			Persistence: &engine.Persistence{Kind: engine.PersistenceAppCookie, CookieName: "JSESSIONID", Timeout: 20 * time.Minute},
		}},
	}
	got := e.last()
	ignoreCerts := cmpopts.IgnoreFields(engine.VirtualService{}, "Certificates", "TLS", "ClientTimeouts")
	ignoreHostCerts := cmpopts.IgnoreFields(engine.Host{}, "Certificates", "TLS")
	if diff := cmp.Diff(want, got, ignoreCerts, ignoreHostCerts, cmp.Comparer(func(a, b netip.Addr) bool { return a == b }), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	parent := got.VirtualServices[0]
	if own, childs := len(parent.Certificates), len(parent.Hosts[0].Certificates); own != 1 || childs != 1 {
		t.Errorf("the parent serves %d certificates and its child %d, want one each", own, childs)
	}
	c.must(http.MethodDelete, "/api/virtualservice/vs-2", "")
	c.must(http.MethodDelete, "/api/virtualservice/vs-1", "")
	if cfg := e.last(); len(cfg.VirtualServices) != 1 || len(cfg.Pools) != 0 {
		t.Errorf("after the deletion: %+v", cfg)
	}
}

func TestPersistenceOfProfiles(t *testing.T) {
	e := &recorder{}
	c := newClient(t, newServer(t, Options{Engine: e}))
	c.lone()
	for name, want := range map[string]*engine.Persistence{
		"System-Persistence-Client-IP":   {Kind: engine.PersistenceClientIP, Timeout: 5 * time.Minute},
		"System-Persistence-Http-Cookie": {Kind: engine.PersistenceHTTPCookie, CookieName: "JKQBPMSG"},
		"System-Persistence-App-Cookie":  {Kind: engine.PersistenceAppCookie, CookieName: "dummy", Timeout: 20 * time.Minute},
		"System-Persistence-TLS":         nil,
	} {
		c.must(http.MethodPatch, "/api/pool/pool-1", `{"add":{"application_persistence_profile_ref":"/api/applicationpersistenceprofile?name=`+name+`"}}`)
		if diff := cmp.Diff(want, e.last().Pools[0].Persistence); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestHealthFollowsTheEngine(t *testing.T) {
	e := &recorder{}
	c := newClient(t, newServer(t, Options{Engine: e}))
	c.lone()
	changed := time.Date(2026, 3, 1, 0, 0, 0, 5000, time.UTC)
	health := func(state engine.State, reason string) engine.Health {
		return engine.Health{State: state, Reason: reason, Changed: changed}
	}
	e.say(engine.Status{
		VirtualServices: map[string]engine.VirtualServiceStatus{"virtualservice-1": {Health: health(engine.StateDown, "Pool is not up")}},
		Pools: map[string]engine.PoolStatus{"pool-1": {
			Health: health(engine.StateDown, "no servers are up"),
			Servers: map[netip.AddrPort]engine.Health{
				netip.MustParseAddrPort("127.0.0.20:8080"): health(engine.StateDown, "connection refused"),
				netip.MustParseAddrPort("127.0.0.21:8080"): health(engine.StateUnknown, ""),
			},
		}},
	})
	item := at(t, c.get("/api/virtualservice-inventory"), "results.0")
	for path, want := range map[string]any{
		"runtime.oper_status.state": "OPER_DOWN", "runtime.oper_status.reason.0": "Pool is not up", "health_score.health_score": 0.0,
		"runtime.oper_status.last_changed_time.secs": float64(changed.Unix()), "runtime.oper_status.last_changed_time.usecs": 5.0,
		"runtime.vip_summary.0.oper_status.state": "OPER_DOWN",
	} {
		if got := at(t, item, path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	detail := c.must(http.MethodGet, "/api/pool/pool-1/runtime/server/detail/", "")
	detail.wants(http.StatusOK, `"reason":["connection refused"],"state":"OPER_DOWN"`)
	detail.wants(http.StatusOK, `"state":"OPER_UNKNOWN"`)
}
