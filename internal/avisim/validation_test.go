package avisim

import (
	"net/http"
	"strings"
	"testing"
)

func TestObjectsAreChecked(t *testing.T) {
	tests := []struct {
		name, kind, body, text string
	}{
		{"no JSON", "pool", `{"name":`, "JSON parse error"},
		{"no object", "pool", `[]`, "JSON parse error"},
		{"two objects", "pool", `{"name":"a"}{}`, "data after the object"},
		{"name missing", "pool", `{}`, "Field check for name failed: name is required"},
		{"name empty", "pool", `{"name":""}`, "name is required"},
		{"name too long", "pool", `{"name":"` + strings.Repeat("ä", 256) + `"}`, "longer than 255 characters"},
		{"text for a number", "pool", `{"name":"p","default_server_port":"eighty"}`, "expected an integer, got a string"},
		{"fraction", "pool", `{"name":"p","default_server_port":80.5}`, "expected an integer, got the number 80.5"},
		{"number for a text", "pool", `{"name":5}`, "expected a string, got the number 5"},
		{"text for a boolean", "pool", `{"name":"p","enabled":"yes"}`, "expected a boolean"},
		{"object for a list", "pool", `{"name":"p","servers":{}}`, "expected a list"},
		{"null in a list", "pool", `{"name":"p","servers":[null]}`, "expected an object, got null"},
		{"unknown enum", "pool", `{"name":"p","lb_algorithm":"BEST"}`, `\"BEST\" is not one of LB_ALGORITHM_LEAST_CONNECTIONS`},
		{"out of range", "pool", `{"name":"p","default_server_port":0}`, "0 is not in the allowed range 1-65535"},
		{"not even special", "pool", `{"name":"p","graceful_disable_timeout":-2}`, "-2 is not in the allowed range"},
		{"too large for its type", "pool", `{"name":"p","max_concurrent_connections_per_server":2147483648}`, "does not fit int32"},
		{"negative unsigned", "pool", `{"name":"p","min_servers_up":-1}`, "does not fit uint32"},
		{"nested range", "pool", `{"name":"p","servers":[{"ip":{"addr":"10.0.0.1","type":"V4"},"ratio":21}]}`, `Field check for ratio failed: 21 is not in the allowed range 1-20`},
		{"nested required", "pool", `{"name":"p","servers":[{"port":80}]}`, `{\"servers\":\"{\"ip\":\"Field check for ip failed: ip is required\"}\"}`},
		{"wrong address", "pool", `{"name":"p","servers":[{"ip":{"addr":"10.0.0.256","type":"V4"}}]}`, "not a valid V4 address"},
		{"wrong family", "vsvip", `{"name":"v","vip":[{"ip6_address":{"addr":"10.0.0.1","type":"V6"}}]}`, "not a valid V6 address"},
		{"list too short", "healthmonitor", `{"name":"h","type":"HEALTH_MONITOR_HTTP","http_monitor":{"http_response_code":[]}}`, "There must be at least 1 http_response_code"},
		{"list missing", "healthmonitor", `{"name":"h","type":"HEALTH_MONITOR_HTTP","http_monitor":{}}`, "There must be at least 1 http_response_code"},
		{"list too long", "healthmonitor", `{"name":"h","type":"HEALTH_MONITOR_HTTP","http_monitor":{"http_response_code":["HTTP_ANY"],"maintenance_code":[501,502,503,504,505]}}`, "at most 4 maintenance_code"},
		{"duplicate route", "vrfcontext", `{"name":"v","static_routes":[` + route1 + `,` + route1 + `]}`, "Field check for static_routes failed: Unique constraints route_id has duplicated value"},
		{"type missing", "healthmonitor", `{"name":"h"}`, "type is required"},
		{"another tenant", "pool", `{"name":"p","tenant_ref":"/api/tenant/admin"}`, "tenant_ref"},
	}
	c := newClient(t, newServer(t, Options{}))
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c.do(http.MethodPost, "/api/"+test.kind, test.body).wants(http.StatusBadRequest, test.text)
		})
	}
}

// route1 is a static route with route_id 1.
const route1 = `{"route_id":"1","next_hop":{"addr":"10.0.0.1","type":"V4"},"prefix":{"ip_addr":{"addr":"0.0.0.0","type":"V4"},"mask":0}}`

func TestDefaultsAreFilledIn(t *testing.T) {
	tests := []struct {
		kind, body string
		want       map[string]any
	}{
		{"pool", `{"name":"p","servers":[{"ip":{"addr":"10.0.0.1","type":"V4"}}]}`, map[string]any{
			"lb_algorithm": "LB_ALGORITHM_LEAST_CONNECTIONS", "default_server_port": 80.0, "inline_health_monitor": true,
			"max_concurrent_connections_per_server": 0.0, "servers.0.hostname": "10.0.0.1", "servers.0.ratio": 1.0,
			"servers.0.enabled": true, "servers.0.verify_network": false, "fail_action.type": "FAIL_ACTION_CLOSE_CONN",
		}},
		{"vsvip", simpleVIP, map[string]any{
			"vip.0.vip_id": "0", "vip.0.enabled": true, "vip.0.prefix_length": 32.0, "vip.0.auto_allocate_ip": false,
		}},
		{"tenant", `{"name":"t"}`, map[string]any{"local": true, "config_settings.se_in_provider_context": true, "config_settings.tenant_vrf": false}},
		{"healthmonitor", `{"name":"h","type":"HEALTH_MONITOR_TCP"}`, map[string]any{"send_interval": 10.0, "receive_timeout": 4.0, "failed_checks": 2.0}},
	}
	c := newClient(t, newServer(t, Options{}))
	for _, test := range tests {
		if c.tenant = testTenant; test.kind == "tenant" {
			c.tenant = adminTenant
		}
		got := c.mustMake(test.kind, "chosen-"+test.kind, test.body).object()
		for path, want := range test.want {
			if value := at(t, got, path); value != want {
				t.Errorf("%s: %s is %v, want %v", test.kind, path, value, want)
			}
		}
	}
}

func TestVirtualServiceDefaults(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.mustMake("vsvip", "vsvip-1", simpleVIP)
	got := c.mustMake("virtualservice", "virtualservice-1", `{"name":"vs","vsvip_ref":"/api/vsvip/vsvip-1","services":[{"port":443,"enable_ssl":true}]}`).object()
	for field, name := range map[string]string{
		"application_profile_ref": "#System-HTTP", "network_profile_ref": "#System-TCP-Proxy", "se_group_ref": "#Default-Group",
		"vrf_context_ref": "#global", "cloud_ref": "#Default-Cloud", "analytics_profile_ref": "#System-Analytics-Profile",
		"ssl_profile_ref": "#System-Standard-PFS",
	} {
		if ref, _ := got[field].(string); !strings.HasSuffix(ref, name) {
			t.Errorf("%s is %q, want …%s", field, ref, name)
		}
	}
	for path, want := range map[string]any{
		"cloud_type": "CLOUD_NONE", "vh_type": "VS_TYPE_VH_SNI", "services.0.port_range_end": 443.0, "max_cps_per_client": 0.0, "weight": 1.0,
	} {
		if value := at(t, got, path); value != want {
			t.Errorf("%s is %v, want %v", path, value, want)
		}
	}
}
