package avi

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func about(method, typ, uuid string) *call {
	c := &call{method: method, typ: typ, uuid: uuid, tenant: "tenant-1"}
	if method == http.MethodPost {
		c.slug = uuid
	}
	return c
}

var (
	readPool     = about(http.MethodGet, "pool", "pool-1")
	createPool   = about(http.MethodPost, "pool", "pool-1")
	replacePool  = about(http.MethodPut, "pool", "pool-1")
	replaceVsVip = about(http.MethodPut, "vsvip", "vsvip-1")
	createVS     = about(http.MethodPost, "virtualservice", "virtualservice-1")
	deletePool   = about(http.MethodDelete, "pool", "pool-1")
	listPools    = about(http.MethodGet, "pool", "")
)

// Every message of controller facts 1.1, 1.4, 1.5, 2.4-2.6 and 2.9.
func TestClassify(t *testing.T) {
	const final, temporary = false, true
	tests := []struct {
		name      string
		call      *call
		status    int
		body      string
		kind      Kind
		temporary bool
		message   string
	}{
		{
			"field of a later version", createPool, 400,
			`{"error":"Incoming request (v18_2_8) has field (enable_http2) introduced in later versions(v20_1_1)."}`,
			Invalid, final, "Incoming request (v18_2_8) has field (enable_http2) introduced in later versions(v20_1_1).",
		},
		{
			"text that looks like JSON", createVS, 400,
			`{"vh_matches":"{"path":"Field check for path failed : There must be at least 1 path"}"}`,
			Invalid, final, `{"vh_matches":"{"path":"Field check for path failed : There must be at least 1 path"}"}`,
		},
		{"no service", createVS, 400, `{"error":"Service mandatory for Virtual Service"}`, Invalid, final, "Service mandatory for Virtual Service"},
		{"two VRFs", createVS, 400, `{"error":"VRF Context for web and pool p different"}`, Invalid, final, "VRF Context for web and pool p different"},
		{"no address left", replaceVsVip, 400, `{"error":"IPAM: No available free IPs in net-1"}`, Exhausted, temporary, "IPAM: No available free IPs in net-1"},
		{"vip_id changed", replaceVsVip, 400, `{"error":"Changing an existing VIP's vip_id is not supported"}`, Invalid, final, "Changing an existing VIP's vip_id is not supported"},
		{"address changed", replaceVsVip, 400, `{"error":"If a new preferred IP is needed, please recreate the VIP"}`, Invalid, final, "If a new preferred IP is needed, please recreate the VIP"},
		{"provider's VRF", about("PATCH", "vrfcontext", "v"), 400, `{"error":"Cannot modify VrfContext"}`, Invalid, final, "Cannot modify VrfContext"},
		{
			"role misuse", createPool, 400, `{"error":"Cannot use Role r with access to Controller, Role, Tenant or User in non-admin tenant"}`,
			Invalid, final, "Cannot use Role r with access to Controller, Role, Tenant or User in non-admin tenant",
		},
		{
			"persistence of a pool in use", replacePool, 400,
			`{"error":"Cannot change Pool because of referred virtual service. Only clien-ip persistence is applicable for Layer-4 virtual service."}`,
			Invalid, final, "Cannot change Pool because of referred virtual service. Only clien-ip persistence is applicable for Layer-4 virtual service.",
		},
		{"duplicate key in a list", about("PATCH", "vrfcontext", "v"), 400, `{"error":"Field check for static_routes failed: Unique constraints route_id has duplicated value"}`, Invalid, final, "Field check for static_routes failed: Unique constraints route_id has duplicated value"},
		{"reference to nothing, 400", createVS, 400, `{"error":"VrfContext object not found!"}`, ReferenceMissing, temporary, "VrfContext object not found!"},
		{"reference to nothing, 404", createVS, 404, `{"error":"Network object not found!"}`, ReferenceMissing, temporary, "Network object not found!"},
		{"reference to nothing in a PUT", replacePool, 404, `{"error":"HealthMonitor object not found!"}`, ReferenceMissing, temporary, "HealthMonitor object not found!"},
		{"replaced object is gone", replacePool, 404, `{"error":"Pool object not found!"}`, NotFound, final, "Pool object not found!"},
		{"read object is gone", readPool, 404, `{"error":"Pool object not found!"}`, NotFound, final, "Pool object not found!"},
		{"deleted object is gone", deletePool, 404, `{"error":"Pool object not found!"}`, NotFound, final, "Pool object not found!"},
		{"unknown URL", readPool, 404, `{}`, Invalid, final, "{}"},
		{"unknown URL for a creation", createPool, 404, `{"detail":"Not found."}`, Invalid, final, "Not found."},
		{"404 of a proxy", deletePool, 404, `<html><head><title>404 Not Found</title></head><body/></html>`, Unavailable, temporary, "404 Not Found"},
		{"token", replacePool, 401, "CSRF token missing or incorrect.", Unauthorized, temporary, "CSRF token missing or incorrect."},
		{"session", readPool, 401, `{"error":"Invalid credentials"}`, Unauthorized, temporary, "Invalid credentials"},
		{"password changed", readPool, 419, ``, Unauthorized, temporary, ""},
		{"role", readPool, 403, `{"error":"User 'u' is not authorized to read on resource System in tenant T"}`, Unauthorized, final, "User 'u' is not authorized to read on resource System in tenant T"},
		{"tenant by name", createPool, 403, `{"error":"Tenant 'x' does not exist!"}`, TenantMissing, temporary, "Tenant 'x' does not exist!"},
		{"tenant by uuid", createPool, 403, `{"error":"tenant uuid tenant-1 does not exist"}`, TenantMissing, temporary, "tenant uuid tenant-1 does not exist"},
		{"something else does not exist", createPool, 403, `{"error":"User 'u' does not exist"}`, Unauthorized, final, "User 'u' does not exist"},
		{"in use", deletePool, 403, `{"error":"Cannot delete, object is referred by: ['VirtualService web']"}`, Referred, temporary, "Cannot delete, object is referred by: ['VirtualService web']"},
		{"in use, 31.x", deletePool, 400, `{"error":"Cannot delete, object is referred by: [VCenterServer vcenter]"}`, Referred, temporary, "Cannot delete, object is referred by: [VCenterServer vcenter]"},
		{"upgrade", createPool, 403, `{"error":"Configuration is disallowed during upgrade"}`, Upgrading, temporary, "Configuration is disallowed during upgrade"},
		{"start", listPools, 503, `{"error":"Controller is initializing"}`, Upgrading, temporary, "Controller is initializing"},
		{"front end without Controller", listPools, 503, `<html><body><h1>503 Service Temporarily Unavailable</h1></body></html>`, Unavailable, temporary, "503 Service Temporarily Unavailable"},
		{"front end without Controller, 502", listPools, 502, ``, Unavailable, temporary, ""},
		{"method", deletePool, 405, `{"detail":"Method 'DELETE' not allowed."}`, Invalid, final, "Method 'DELETE' not allowed."},
		{"timeout", readPool, 408, ``, Unavailable, temporary, ""},
		{"duplicate name", createPool, 409, `{"error":"Pool with this Name, Tenant ref and Cloud ref already exists."}`, Duplicate, final, "Pool with this Name, Tenant ref and Cloud ref already exists."},
		{"duplicate name without cloud", createPool, 409, `{"error":"Health monitor with this Name and Tenant ref already exists."}`, Duplicate, final, "Health monitor with this Name and Tenant ref already exists."},
		{"stale", replaceVsVip, 412, `{"error":"Need to reload object data VsVip"}`, Stale, temporary, "Need to reload object data VsVip"},
		{"too many", readPool, 429, ``, Throttled, temporary, ""},
		{"bad pb", replaceVsVip, 500, `{"error":"Bad pb: vip { vip_id: \"0\" }"}`, Invalid, final, `Bad pb: vip { vip_id: "0" }`},
		{"created in the same instant", createVS, 500, `{"error":"record not found"}`, Unavailable, temporary, "record not found"},
		{"certificate", about("POST", "sslkeyandcertificate", "s"), 500, `{"error":"Import error: 'NoneType' has no attribute common_name"}`, Invalid, final, "Import error: 'NoneType' has no attribute common_name"},
		{"version", readPool, 400, `{"error":"Invalid version 99.1.1"}`, VersionMismatch, temporary, "Invalid version 99.1.1"},
		{"anything else", readPool, 500, `"text"`, Unavailable, temporary, "text"},
		{"redirect", readPool, 302, ``, Unavailable, temporary, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := classify(tt.call, tt.status, []byte(tt.body))
			if got.Kind != tt.kind || got.Temporary() != tt.temporary {
				t.Errorf("got %q, temporary %v; want %q, %v", got.Kind, got.Temporary(), tt.kind, tt.temporary)
			}
			if diff := cmp.Diff(tt.message, got.Message); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
			if got.Status != tt.status || got.Method != tt.call.method || got.Type != tt.call.typ || got.UUID != tt.call.uuid || got.Tenant != "tenant-1" {
				t.Errorf("the error does not name its request: %#v", got)
			}
		})
	}
}

func TestReferrers(t *testing.T) {
	tests := []struct {
		message string
		want    []string
	}{
		{`Cannot delete, object is referred by: ['Pool x', 'VirtualService y']`, []string{"Pool x", "VirtualService y"}},
		{`Cannot delete, object is referred by: [u'Pool x']`, []string{"Pool x"}},
		{`Cannot delete, object is referred by: ["Pool y's, old", 'Pool a]b', 'Pool c\'d']`, []string{"Pool y's, old", "Pool a]b", "Pool c'd"}},
		{`Cannot delete, object is referred by: [VCenterServer vcenter]`, []string{"VCenterServer vcenter"}},
		{`Cannot delete, object is referred by: [Pool x, Pool y]`, []string{"Pool x", "Pool y"}},
		{`Cannot delete, object is referred by: ['Pool x`, []string{"Pool x"}},
		{`Cannot delete, object is referred by: []`, nil},
		{`Cannot delete, object is referred by something`, nil},
	}
	for _, tt := range tests {
		body := fmt.Sprintf(`{"error":%q}`, tt.message)
		got := classify(deletePool, 403, []byte(body))
		if got.Kind != Referred {
			t.Errorf("%s: got %q", tt.message, got.Kind)
		}
		if diff := cmp.Diff(tt.want, got.Referrers); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.message, diff)
		}
	}
}

func TestMessageHasNoSecrets(t *testing.T) {
	const key = "-----BEGIN RSA PRIVATE KEY-----\nMIIsecret\n-----END RSA PRIVATE KEY-----"
	bodies := map[string]string{
		"certificate as protobuf": `{"error":"Bad pb: name: \"c\" key: \"MIIsecret\""}`,
		"private key":             `{"error":` + fmt.Sprintf("%q", "refused: "+key+" in c") + `}`,
		"private key, cut off":    `{"error":"refused: -----BEGIN PRIVATE KEY-----MIIsecret"}`,
		"passphrase":              `{"error":"key_passphrase: \"MIIsecret\" refused"}`,
		"password in JSON":        `{"password":"MIIsecret"}`,
		"password in JSON text":   `{"error":"{\"password\": \"MIIse\\\"MIIsecret\"}"}`,
		"session keys":            `{"error":"Bad pb: tls_ticket_key { aes_key: \"MIIsecret\" hmac_key: 'MIIsecret' }"}`,
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			got := classify(about("PUT", "sslkeyandcertificate", "c"), 500, []byte(body))
			if strings.Contains(got.Error(), "secret") {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct {
		err  *Error
		want string
	}{
		{
			classify(readPool, 404, []byte(`{"error":"Pool object not found!"}`)),
			"GET pool/pool-1 in tenant tenant-1: not found (404): Pool object not found!",
		},
		{
			(&call{method: "POST", typ: "login"}).failed(Unavailable, errors.New("connection refused")),
			"POST login: unavailable: connection refused",
		},
		{
			&Error{Kind: InvalidCredentials, Status: 401, Method: "POST", Type: "login", NotBefore: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
			"POST login: invalid credentials (401); no login is tried before 2026-01-02T03:04:05Z",
		},
	}
	for _, tt := range tests {
		if got := tt.err.Error(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

func TestErrorUnwraps(t *testing.T) {
	cause := errors.New("cause")
	err := fmt.Errorf("around: %w", readPool.failed(Stale, cause))
	if !errors.Is(err, Stale) || !errors.Is(err, cause) || errors.Is(err, NotFound) {
		t.Errorf("%v is not told by its kind and its cause", err)
	}
}

func TestSplitPath(t *testing.T) {
	tests := []struct{ path, typ, uuid string }{
		{"virtualservice-inventory", "virtualservice-inventory", ""},
		{"virtualservice-inventory/virtualservice-1", "virtualservice-inventory", "virtualservice-1"},
		{"pool/pool-1/runtime/server/detail/", "pool", "pool-1"},
		{"analytics/metrics/collection", "analytics/metrics/collection", ""},
		{"analytics/metrics/virtualservice/virtualservice-1/", "analytics/metrics/virtualservice", "virtualservice-1"},
		{"cluster/runtime", "cluster/runtime", ""},
	}
	for _, tt := range tests {
		if typ, uuid := splitPath(tt.path); typ != tt.typ || uuid != tt.uuid {
			t.Errorf("%s: got %q and %q, want %q and %q", tt.path, typ, uuid, tt.typ, tt.uuid)
		}
	}
}

func FuzzClassify(f *testing.F) {
	f.Add(404, []byte(`{"error":"Pool object not found!"}`))
	f.Add(403, []byte(`{"error":"Cannot delete, object is referred by: ['Pool x', \"Pool y's\"]"}`))
	f.Add(400, []byte(`{"vh_matches":"{"path":"Field check"}"}`))
	f.Add(500, []byte("Bad pb: \x00\xff\n-----BEGIN PRIVATE KEY-----"))
	f.Add(502, []byte("<html><title>\n502</title></html>"))
	f.Add(401, []byte("CSRF token missing or incorrect."))
	f.Add(409, []byte(`{"error":{"nested":["password: x"]}}`))
	f.Add(403, []byte(strings.Repeat("ä", maxMessage)))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		for _, c := range []*call{readPool, createPool, deletePool, {method: http.MethodPost, typ: loginType}} {
			e := classify(c, status, body)
			if e.Kind == "" || e.Error() == "" {
				t.Errorf("no kind or no text: %#v", e)
			}
			if len(e.Message) > maxMessage || !utf8.ValidString(e.Message) {
				t.Errorf("message of %d bytes: %q", len(e.Message), e.Message)
			}
			if strings.ContainsFunc(e.Message, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("message is not one printable line: %q", e.Message)
			}
			if c.isLogin() && (e.Kind == NotFound || e.Kind == Duplicate || e.Kind == Invalid) {
				t.Errorf("a login failed with %q", e.Kind)
			}
			if e.Kind != Referred && e.Referrers != nil {
				t.Errorf("%q has referrers %q", e.Kind, e.Referrers)
			}
		}
	})
}
