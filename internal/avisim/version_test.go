package avisim

import (
	"net/http"
	"testing"
)

func TestFieldsNewerThanTheRequestsVersionAreRefused(t *testing.T) {
	tests := []struct{ version, kind, body, text string }{
		{
			"18.2.8", "pool", `{"name":"p","enable_http2":true}`,
			"Incoming request (v18_2_8) has field (enable_http2) introduced in later versions(v20_1_1).",
		},
		{"20.1.4", "vsvip", `{"name":"v","markers":[]}`, "Incoming request (v20_1_4) has field (markers) introduced in later versions(v20_1_5)."},
		{"18.1.2", "vsvip", `{"name":"v","vip":[{"placement_networks":[]}]}`, "has field (placement_networks) introduced in later versions(v18_2_5)."},
		{"", "vsvip", `{"name":"v","vip":[]}`, "Incoming request (v16_4_2) has field (name) introduced in later versions(v17_1_1)."},
	}
	c := newClient(t, newServer(t, Options{}))
	for _, test := range tests {
		c.version = test.version
		c.do(http.MethodPost, "/api/"+test.kind, test.body).wants(http.StatusBadRequest, test.text)
	}
	c.version = "18.2.8"
	c.do(http.MethodPost, "/api/pool", `{"name":"p","enable_http2":null,"made_up":{"x":1}}`).wants(http.StatusCreated, "")
}

func TestAnswersAreMigratedBackward(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.mustMake("pool", "pool-1", `{"name":"p","markers":[{"key":"k","values":["v"]}]}`)
	for _, test := range []struct {
		version                    string
		markers, attributes, count bool
	}{{"30.2.1", true, true, false}, {"20.1.5", true, false, false}, {"18.2.8", false, false, false}, {"", false, false, true}} {
		c.version = test.version
		pool := c.get("/api/pool/pool-1")
		_, markers := pool["markers"]
		_, attributes := pool["configpb_attributes"]
		_, count := pool["server_count"]
		if markers != test.markers || attributes != test.attributes || count != test.count {
			t.Errorf("at %q: markers %v, configpb_attributes %v, server_count %v", test.version, markers, attributes, count)
		}
	}
}

func TestRequestedVersions(t *testing.T) {
	s := newServer(t, Options{Version: "21.1.3", Knobs: Knobs{TooNewVersionStatus: 406}})
	c := newClient(t, s)
	for version, status := range map[string]int{"21.1.3": 200, "18.2": 200, "": 200, "21.1.4": 406, "30.2.1": 406, "new": 406, "1.2.3.4": 406} {
		c.version = version
		got := c.do(http.MethodGet, "/api/pool", "")
		if got.status != status {
			t.Errorf("version %q: %d %s, want %d", version, got.status, got.text, status)
		}
		if status == 406 {
			got.wants(406, "Invalid version")
		}
	}
	c.version = "20.1.1"
	if got := c.do(http.MethodGet, "/api/pool", ""); got.header.Get("AVI_API_VERSION") != "20.1.1" {
		t.Errorf("the version used is not echoed: %v", got.header)
	}
	if _, err := New(Options{Password: "x", Version: "31.1.1"}); err == nil {
		t.Error("a release newer than the schema is accepted")
	}
}
