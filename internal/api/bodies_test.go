package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
)

// target is a place that takes bodies of a resource, with a body that is good.
type target struct{ name, method, path, root, good string }

func targets() []target {
	lb, listener := "/v2/lbaas/loadbalancers", "/v2/lbaas/listeners"
	pool, monitor := "/v2/lbaas/pools", "/v2/lbaas/healthmonitors"
	member := pool + "/" + poolID() + "/members"
	return []target{
		{"loadbalancer POST", "POST", lb, "loadbalancer", `"vip_subnet_id": "` + subnetID + `"`},
		{"loadbalancer PUT", "PUT", lb + "/" + lbID(), "loadbalancer", `"name": "n"`},
		{
			"listener POST", "POST", listener, "listener",
			`"loadbalancer_id": "` + lbID() + `", "protocol": "TCP", "protocol_port": 8443`,
		},
		{"listener PUT", "PUT", listener + "/" + listenerID(), "listener", `"name": "n"`},
		{
			"pool POST", "POST", pool, "pool",
			`"loadbalancer_id": "` + lbID() + `", "protocol": "HTTP", "lb_algorithm": "SOURCE_IP"`,
		},
		{"pool PUT", "PUT", pool + "/" + poolID(), "pool", `"name": "n"`},
		{"member POST", "POST", member, "member", `"address": "192.0.2.17", "protocol_port": 80`},
		{"member PUT", "PUT", member + "/" + memberID(), "member", `"name": "n"`},
		{
			"healthmonitor POST", "POST", monitor, "healthmonitor",
			`"pool_id": "` + poolID() + `", "type": "TCP", "delay": 10, "timeout": 5, "max_retries": 3`,
		},
		{"healthmonitor PUT", "PUT", monitor + "/" + monitorID(), "healthmonitor", `"name": "n"`},
		{"l7policy POST", "POST", policies, "l7policy", `"listener_id": "` + listenerID() + `", "action": "REJECT"`},
		{"l7policy PUT", "PUT", policies + "/" + policyID(), "l7policy", `"name": "n"`},
	}
}

// with is the good body with more attributes; of two of the same name the last counts.
func (g target) with(attributes string) string {
	if attributes != "" {
		attributes = ", " + attributes
	}
	return fmt.Sprintf(`{%q: {%s%s}}`, g.root, g.good, attributes)
}

func targetNamed(t *testing.T, name string) target {
	t.Helper()
	for _, g := range targets() {
		if g.name == name {
			return g
		}
	}
	t.Fatalf("no target %q", name)
	return target{}
}

func TestEveryResourceRefusesMalformedBodies(t *testing.T) {
	f := newL7Front(t)
	for _, g := range targets() {
		for _, test := range []struct{ name, body, want string }{
			{"nothing", "", "Missing argument"},
			{"blanks", " \n\t", "Missing argument"},
			{"not JSON", "{", "Request is not in valid JSON format"},
			{"two objects", g.with("") + "{}", "Request is not in valid JSON format"},
			{"not UTF-8", strings.Replace(g.with(`"name": "?"`), "?", "\xff", 1), "Request is not in valid JSON format"},
			{"NaN", g.with(`"name": NaN`), "Request is not in valid JSON format"},
			{"a list", "[]", "Request must be a JSON dict"},
			{"a text", `"text"`, "Request must be a JSON dict"},
			{"null", "null", "Request must be a JSON dict"},
			{"no root", "{}", `Missing argument: "` + g.root + `"`},
			{"root null", `{"` + g.root + `": null}`, `Missing argument: "` + g.root + `"`},
			{"root a list", `{"` + g.root + `": []}`, "Invalid input for field/attribute " + g.root + ". Value: '[]'."},
			{"root of another case", `{"` + strings.ToUpper(g.root) + `": {}}`, "Unknown attribute for argument"},
			{"something beside the root", `{"extra": 1, "` + g.root + `": {}}`, "Unknown attribute for argument"},
			{"an unknown attribute", g.with(`"colour": "red"`), g.root + ": colour"},
			{"two unknown attributes", g.with(`"b": 1, "a": 2`), "Unknown attributes for argument"},
			{"an id of one's own", g.with(`"id": "` + lbID() + `"`), g.root + ": id"},
			{"name not a string", g.with(`"name": 5`), "Invalid input for field/attribute name. Value: '5'. Value should be string"},
			{"name with NUL", g.with(`"name": "a\u0000b"`), "field/attribute name"},
			{"name too long", g.with(`"name": "` + strings.Repeat("x", 256) + `"`), "field/attribute name"},
			{"a word for a boolean", g.with(`"admin_state_up": "maybe"`), "field/attribute admin_state_up. Value: 'maybe'"},
			{"a fraction for a boolean", g.with(`"admin_state_up": 1.0`), "field/attribute admin_state_up. Value: '1.0'"},
			{"a list for a boolean", g.with(`"admin_state_up": []`), "field/attribute admin_state_up. Value: '[]'"},
			{"tags not a list", g.with(`"tags": "a"`), "field/attribute tags. Value: 'a'. Value not a valid list"},
			{"a tag not a string", g.with(`"tags": [1]`), "field/attribute tags. Value: '1'"},
			{"too deep", strings.Repeat("[", 20000), "Request is not in valid JSON format"},
		} {
			t.Run(g.name+"/"+test.name, func(t *testing.T) {
				got := f.do(g.method, g.path, test.body)
				if got.status != http.StatusBadRequest {
					t.Fatalf("answered %d, want 400: %s", got.status, got.body)
				}
				if text := got.fault(t); !strings.Contains(text, test.want) {
					t.Errorf("said %q, want it to contain %q", text, test.want)
				}
			})
		}
	}
}

func TestWrongValuesAreNamed(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	for _, test := range []struct{ target, attributes, want string }{
		{"loadbalancer POST", `"vip_subnet_id": "nonsense"`, "vip_subnet_id. Value: 'nonsense'. Value should be UUID format"},
		{"loadbalancer POST", `"vip_subnet_id": ""`, "vip_subnet_id. Value: ''. Value should be UUID format"},
		{"loadbalancer POST", `"vip_port_id": 7`, "vip_port_id. Value: '7'"},
		{"loadbalancer POST", `"vip_address": "203.0.113.256"`, "vip_address. Value: '203.0.113.256'"},
		{"loadbalancer POST", `"project_id": "` + strings.Repeat("p", 37) + `"`, "project_id"},
		{"loadbalancer POST", `"project_id": {}`, "project_id. Value: '{}'"},
		{"loadbalancer POST", `"project_id": "a", "tenant_id": "b"`, "project_id and tenant_id name different projects"},
		{"loadbalancer POST", `"provider": true`, "provider. Value: 'True'"},
		{"loadbalancer PUT", `"vip_address": "203.0.113.7"`, "Unknown attribute for argument load_balancer.loadbalancer: vip_address"},
		{"loadbalancer PUT", `"project_id": "x"`, "Unknown attribute for argument load_balancer.loadbalancer: project_id"},
		{"listener POST", `"protocol_port": "80.5"`, "protocol_port. Value: '80.5'. Value should be an integer"},
		{"listener POST", `"protocol_port": "8__0"`, "protocol_port. Value: '8__0'. Value should be an integer"},
		{"listener POST", `"protocol_port": []`, "protocol_port. Value: '[]'. Value should be an integer"},
		{"listener POST", `"protocol_port": "http"`, "protocol_port. Value: 'http'"},
		{"listener POST", `"protocol_port": 0`, "protocol_port. Value: '0'. Value should be greater or equal to 1"},
		{"listener POST", `"protocol_port": 65536`, "protocol_port. Value: '65536'. Value should be lower or equal to 65535"},
		{"listener POST", `"protocol_port": 1e400`, "protocol_port"},
		{"listener POST", `"protocol_port": 99999999999999999999999999`, "protocol_port"},
		{"listener POST", `"protocol_port": null`, "protocol_port. Value: 'None'. Mandatory field missing."},
		{"listener POST", `"protocol": "GOPHER"`, "protocol. Value: 'GOPHER'"},
		{"listener POST", `"connection_limit": -2`, "connection_limit. Value: '-2'"},
		{"listener POST", `"timeout_client_data": -1`, "timeout_client_data. Value: '-1'"},
		{"listener POST", `"timeout_client_data": "soon"`, "timeout_client_data. Value: 'soon'"},
		{"listener POST", `"client_authentication": "SOMETIMES"`, "client_authentication. Value: 'SOMETIMES'"},
		{"listener POST", `"insert_headers": []`, "insert_headers. Value: '[]'. Value not a valid dict"},
		{"listener PUT", `"protocol_port": 81`, "Unknown attribute for argument listener_.listener: protocol_port"},
		{"pool POST", `"lb_algorithm": "RANDOM"`, "lb_algorithm. Value: 'RANDOM'"},
		{"pool POST", `"session_persistence": "SOURCE_IP"`, "session_persistence. Value: 'SOURCE_IP'"},
		{"pool POST", `"session_persistence": {}`, "type. Value: 'None'. Mandatory field missing."},
		{
			"pool POST", `"session_persistence": {"type": "SOURCE_IP", "cookie": "c"}`,
			"Unknown attribute for argument pool_.pool.session_persistence: cookie",
		},
		{"pool POST", `"session_persistence": {"type": "SOURCE_IP", "persistence_timeout": "x"}`, "persistence_timeout. Value: 'x'"},
		{"pool PUT", `"protocol": "TCP"`, "Unknown attribute for argument pool_.pool: protocol"},
		{"member POST", `"address": "192.0.2"`, "address. Value: '192.0.2'. Value should be IPv4 or IPv6 format"},
		{"member POST", `"weight": 257`, "weight. Value: '257'. Value should be lower or equal to 256"},
		{"member POST", `"backup": "perhaps"`, "backup. Value: 'perhaps'"},
		{"member POST", `"monitor_port": 0`, "monitor_port. Value: '0'"},
		{"member POST", `"pool_id": "` + poolID() + `"`, "Unknown attribute for argument member_.member: pool_id"},
		{"member PUT", `"address": "192.0.2.1"`, "Unknown attribute for argument member_.member: address"},
		{"healthmonitor POST", `"max_retries": 11`, "max_retries. Value: '11'"},
		{"healthmonitor POST", `"max_retries_down": 0`, "max_retries_down. Value: '0'"},
		{"healthmonitor POST", `"http_version": "new"`, "http_version. Value: 'new'. Value should be a number"},
		{"healthmonitor PUT", `"delay": null`, "None is not a valid option for delay"},
		{"healthmonitor PUT", `"type": "HTTP"`, "Unknown attribute for argument health_monitor_.healthmonitor: type"},
		{"healthmonitor PUT", `"` + strings.Repeat("k", 500) + `": 1`, strings.Repeat("k", 200) + "…"},
	} {
		t.Run(test.target+" "+test.attributes, func(t *testing.T) {
			g := targetNamed(t, test.target)
			got := f.do(g.method, g.path, g.with(test.attributes))
			if got.status != http.StatusBadRequest {
				t.Fatalf("answered %d, want 400: %s", got.status, got.body)
			}
			if text := got.fault(t); !strings.Contains(text, test.want) {
				t.Errorf("said %q, want it to contain %q", text, test.want)
			}
		})
	}
}

// What OpenStack's clients send in looser spellings is understood as WSME does.
func TestLooseSpellingsAreUnderstood(t *testing.T) {
	for _, test := range []struct {
		target, attributes, attribute string
		want                          any
	}{
		{"listener POST", `"protocol_port": "8080"`, "protocol_port", 8080.0},
		{"listener POST", `"protocol_port": 8080.0`, "protocol_port", 8080.0},
		{"listener POST", `"protocol_port": 8080.9`, "protocol_port", 8080.0},
		{"listener POST", `"protocol_port": true`, "protocol_port", 1.0},
		{"listener POST", `"protocol_port": " +8_080 "`, "protocol_port", 8080.0},
		{"listener POST", `"connection_limit": null`, "connection_limit", -1.0},
		{"listener POST", `"name": null`, "name", ""},
		{"listener POST", `"admin_state_up": "off"`, "admin_state_up", false},
		{"listener POST", `"admin_state_up": 0`, "admin_state_up", false},
		{"listener POST", `"admin_state_up": 1`, "admin_state_up", true},
		{"listener POST", `"admin_state_up": -2`, "admin_state_up", true},
		{"listener POST", `"admin_state_up": "True"`, "admin_state_up", true}, // Neutron's client; Octavia has no capitals
		{"listener POST", `"admin_state_up": null`, "admin_state_up", false},  // Octavia's BaseType.to_dict
		{"listener POST", `"name": "first", "name": "second"`, "name", "second"},
		{"loadbalancer POST", `"vip_subnet_id": "D4AF86E10051488CB7A0527F97490C9A"`, "vip_subnet_id", subnetID},
		{"loadbalancer POST", `"vip_subnet_id": "urn:uuid:{d4af86e1-0051-488c-b7a0-527f97490c9a}"`, "vip_subnet_id", subnetID},
		{"loadbalancer POST", `"tenant_id": "` + otherProject + `"`, "project_id", otherProject},
		{"loadbalancer POST", `"project_id": null`, "project_id", project},
		{"healthmonitor POST", `"max_retries": 3`, "max_retries_down", 3.0},
		{"healthmonitor POST", `"max_retries_down": 5`, "max_retries_down", 5.0},
		{"healthmonitor PUT", `"max_retries_down": null`, "max_retries_down", 3.0},
	} {
		t.Run(test.target+" "+test.attributes, func(t *testing.T) {
			f := newFront(t)
			f.populate(t)
			g := targetNamed(t, test.target)
			object := f.must(t, g.method, g.path, g.with(test.attributes)).object(t)[g.root].(map[string]any)
			if got := object[test.attribute]; got != test.want {
				t.Errorf("%s = %v, want %v", test.attribute, got, test.want)
			}
		})
	}
}

// An option that is not carried out may say what is the case without it. Anything else is a 501 that names it.
func TestUnsupportedOptions(t *testing.T) {
	for _, test := range []struct {
		target, attribute string
		neutral           []string
		refused           string
	}{
		{"member POST", "request_sriov", []string{"null", "false"}, "true"},
	} {
		t.Run(test.target+" "+test.attribute, func(t *testing.T) {
			g := targetNamed(t, test.target)
			for _, value := range test.neutral {
				f := newFront(t)
				f.populate(t)
				f.must(t, g.method, g.path, g.with(fmt.Sprintf("%q: %s", test.attribute, value)))
			}
			f := newFront(t)
			f.populate(t)
			before := f.memory.made
			got := f.do(g.method, g.path, g.with(fmt.Sprintf("%q: %s", test.attribute, test.refused)))
			if got.status != http.StatusNotImplemented {
				t.Fatalf("answered %d, want 501: %s", got.status, got.body)
			}
			if want := "Provider 'avi' does not support a requested option: " + test.attribute; got.fault(t) != want {
				t.Errorf("said %q, want %q", got.fault(t), want)
			}
			if f.memory.made != before {
				t.Error("something was made all the same")
			}
		})
	}
}

// A request that is wrong and asks for too much is told the wrong first: what is asked for may be a slip as well.
func TestWrongComesBeforeUnsupported(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	g := targetNamed(t, "listener POST")
	if got := f.do(g.method, g.path, g.with(`"tags": ["t"], "timeout_client_data": 1, "connection_limit": "x"`)); got.status != 400 {
		t.Errorf("answered %d, want 400: %s", got.status, got.body)
	}
}

func TestBodiesHaveALimit(t *testing.T) {
	f := newFront(t, func(o *api.Options) { o.MaxBodyBytes = 100 })
	got := f.do("POST", "/v2/loadbalancers", `{"loadbalancer": {"name": "`+strings.Repeat("x", 100)+`"}}`)
	if got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %d, want 413: %s", got.status, got.body)
	}
	if text := got.fault(t); text != "Request is too large." {
		t.Errorf("said %q", text)
	}
}

func TestContentTypes(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	g := targetNamed(t, "loadbalancer PUT")
	for contentType, want := range map[string]int{
		"":                                  http.StatusOK,
		"application/json":                  http.StatusOK,
		"Application/JSON; charset=utf-8":   http.StatusOK,
		"text/javascript":                   http.StatusOK,
		"text/plain":                        http.StatusUnsupportedMediaType,
		"application/x-www-form-urlencoded": http.StatusUnsupportedMediaType,
		";;;":                               http.StatusUnsupportedMediaType,
	} {
		got := f.do(g.method, g.path, g.with(""), "Content-Type: "+contentType)
		if got.status != want {
			t.Errorf("Content-Type %q answered %d, want %d: %s", contentType, got.status, want, got.body)
		}
	}
}

func TestProjectOfANewLoadBalancer(t *testing.T) {
	const subnet = `"vip_subnet_id": "` + subnetID + `"`
	body := func(more string) string { return `{"loadbalancer": {` + subnet + more + `}}` }
	t.Run("nobody's", func(t *testing.T) {
		got := newFront(t).do("POST", "/v2/loadbalancers", body(""), "X-Project-Id: ")
		if got.status != http.StatusBadRequest ||
			!strings.Contains(got.fault(t), "Missing project ID in request where one is required.") {
			t.Errorf("answered %d: %s", got.status, got.body)
		}
	})
	member := func(o *api.Options) { o.Authenticator = as("load-balancer_member") }
	for more, want := range map[string]int{
		"":                                  http.StatusCreated,
		`, "project_id": "` + project + `"`: http.StatusCreated,
		`, "tenant_id": "` + project + `"`:  http.StatusCreated,
		`, "project_id": "` + project + `", "tenant_id": "` + project + `"`:       http.StatusCreated,
		`, "project_id": "` + otherProject + `"`:                                  http.StatusForbidden,
		`, "tenant_id": "` + otherProject + `"`:                                   http.StatusForbidden,
		`, "project_id": "", "tenant_id": "` + otherProject + `"`:                 http.StatusForbidden,
		`, "project_id": "x", "project_id": null, "tenant_id": "` + project + `"`: http.StatusCreated,
	} {
		t.Run("a member's"+more, func(t *testing.T) {
			if got := newFront(t, member).do("POST", "/v2/loadbalancers", body(more)); got.status != want {
				t.Errorf("answered %d, want %d: %s", got.status, want, got.body)
			}
		})
	}
	t.Run("a child is its load balancer's project's, whatever it says", func(t *testing.T) {
		f := newFront(t, member)
		f.populate(t)
		g := targetNamed(t, "listener POST")
		made := f.must(t, g.method, g.path, g.with(`"project_id": "`+otherProject+`"`)).object(t)["listener"].(map[string]any)
		if made["project_id"] != project {
			t.Errorf("the listener is in project %v, want %s", made["project_id"], project)
		}
	})
}
