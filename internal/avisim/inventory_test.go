package avisim

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestStatesWithoutAnEngine(t *testing.T) {
	const withPool = `"pool_ref":"/api/pool/pool-1"`
	tests := []struct {
		name, pool, vs, wantPool, wantVS string
	}{
		{"all enabled", simplePool, vs("a", "80", withPool), "OPER_UP", "OPER_UP"},
		{"no pool", simplePool, vs("a", "80"), "OPER_UNUSED", "OPER_UP"},
		{"no servers", pool("p"), vs("a", "80", withPool), "OPER_DOWN", "OPER_DOWN"},
		{"all servers disabled", pool("p", `"servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"enabled":false}]`), vs("a", "80", withPool), "OPER_DISABLED", "OPER_DOWN"},
		{"pool disabled", strings.Replace(simplePool, "{", `{"enabled":false,`, 1), vs("a", "80", withPool), "OPER_DISABLED", "OPER_DOWN"},
		{"virtual service disabled", simplePool, vs("a", "80", withPool, `"enabled":false`), "OPER_UP", "OPER_DISABLED"},
		{"traffic disabled", simplePool, vs("a", "80", withPool, `"traffic_enabled":false`), "OPER_UP", "OPER_DISABLED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := newClient(t, newServer(t, Options{}))
			c.mustMake("vsvip", "vsvip-1", simpleVIP)
			c.mustMake("pool", "pool-1", test.pool)
			c.mustMake("virtualservice", "vs-1", test.vs)
			if got := at(t, c.get("/api/pool-inventory/pool-1"), "runtime.oper_status.state"); got != test.wantPool {
				t.Errorf("the pool is %v, want %s", got, test.wantPool)
			}
			if got := at(t, c.get("/api/virtualservice/vs-1/runtime/"), "oper_status.state"); got != test.wantVS {
				t.Errorf("the virtual service is %v, want %s", got, test.wantVS)
			}
		})
	}
}

func TestPlacementTakesTime(t *testing.T) {
	clk := newClock()
	c := newClient(t, newServer(t, Options{Now: clk.Now, Knobs: Knobs{PlacementDelay: 4 * time.Second}}))
	c.lone()
	for _, want := range []string{"OPER_CREATING", "OPER_INITIALIZING", "OPER_UP"} {
		if got := at(t, c.get("/api/virtualservice-inventory/virtualservice-1"), "runtime.oper_status.state"); got != want {
			t.Errorf("state is %v, want %s", got, want)
		}
		clk.advance(2 * time.Second)
	}
}

func TestInventoryItems(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	c.lone()
	const host = "https://controller.example.com"
	tests := map[string]map[string]any{
		"virtualservice": {
			"config.name": "vs", "config.pool_ref": host + "/api/pool/pool-1", "config.services.0.port": 80.0, "pools.0.ref": host + "/api/pool/pool-1",
			"config.vip.0.ip_address.addr": "127.0.0.10", "app_profile_type": "APPLICATION_PROFILE_TYPE_HTTP", "config.weight": nil,
		},
		"pool": {
			"config.name": "pool", "config.servers": nil, "runtime.num_servers": 2.0, "runtime.num_servers_up": 2.0,
			"runtime.percent_servers_up_total": 100.0, "virtualservices.0.ref": host + "/api/virtualservice/virtualservice-1",
		},
		"vsvip": {"config.virtualservices.0": host + "/api/virtualservice/virtualservice-1", "runtime.vip_summary.0.vip_id": "0"},
	}
	for kind, wants := range tests {
		item := at(t, c.get("/api/"+kind+"-inventory"), "results.0")
		for path, want := range wants {
			if got := at(t, item, path); got != want {
				t.Errorf("%s: %s is %v, want %v", kind, path, got, want)
			}
		}
	}
	only := at(t, c.get("/api/pool-inventory?include=runtime,faults"), "results.0").(map[string]any)
	if only["config"] != nil || only["faults"] == nil || only["runtime"] == nil {
		t.Errorf("include=runtime,faults shows %v", only)
	}
	for path, status := range map[string]int{
		"/api/vsinventory": 404, "/api/tenant-inventory": 404, "/api/pool-inventory/nope": 404, "/api/pool-inventory/pool-1/server": 404,
		"/api/poolgroup-inventory": 200, "/api/serviceengine-inventory": 200,
	} {
		if got := c.do(http.MethodGet, path, ""); got.status != status {
			t.Errorf("%s is %d, want %d", path, got.status, status)
		}
	}
	c.do(http.MethodPost, "/api/pool-inventory", "{}").wants(http.StatusMethodNotAllowed, "detail")
}

func TestInventoryKnobs(t *testing.T) {
	s := newServer(t, Options{})
	c := newClient(t, s)
	c.lone()
	fqdn := func() (any, bool) {
		value, ok := at(t, c.get("/api/virtualservice-inventory/virtualservice-1"), "config").(map[string]any)["fqdn"]
		return value, ok
	}
	if _, ok := fqdn(); ok {
		t.Error("30.2.1 shows empty strings")
	}
	if err := s.SetKnobs(Knobs{InventoryEmptyStrings: EmptyStringsKeep, DetailWrapped: true, VIPSummaryObject: true}); err != nil {
		t.Fatal(err)
	}
	if value, ok := fqdn(); !ok || value != "" {
		t.Error("the knob does not keep empty strings")
	}
	if got := at(t, c.get("/api/pool/pool-1/runtime/server/detail"), "server.1.port"); got != 8080.0 {
		t.Errorf("wrapped detail: %v", got)
	}
	if got := at(t, c.get("/api/virtualservice/virtualservice-1/runtime"), "vip_summary.vip_id"); got != "0" {
		t.Errorf("vip_summary as an object: %v", got)
	}
}
