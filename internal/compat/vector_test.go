package compat_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// vector is one recorded scenario; testdata/README.md describes the format.
type vector struct {
	Name       string            `json:"name"`
	Config     map[string]any    `json:"config"`
	Flavors    map[string]string `json:"flavors"`
	Subnets    subnets           `json:"subnets"`
	Steps      []step            `json:"steps"`
	CallsTotal int               `json:"calls_total"`
}

type step struct {
	Op      string          `json:"op"`
	Type    string          `json:"type"`
	ID      string          `json:"id"`
	Body    json.RawMessage `json:"body"`
	Calls   []string        `json:"calls"`
	Objects []expected      `json:"objects"`
}

// expected is an object that the Controller holds after a step.
type expected struct {
	Type   string         `json:"type"`
	Tenant string         `json:"tenant"`
	Object map[string]any `json:"object"`
}

func (e expected) name() string { s, _ := e.Object["name"].(string); return s }

func (e expected) uuid() string { s, _ := e.Object["uuid"].(string); return s }

// body are the attributes of a step that the selection of steps looks at.
type body struct {
	ID       string `json:"id"`
	PoolID   string `json:"pool_id"`
	Protocol string `json:"protocol"`
	FlavorID string `json:"flavor_id"`
}

func (s step) body(t *testing.T) body {
	t.Helper()
	var b body
	if len(s.Body) > 0 {
		if err := json.Unmarshal(s.Body, &b); err != nil {
			t.Fatalf("%s %s: body: %v", s.Op, s.Type, err)
		}
	}
	if b.ID == "" {
		b.ID = s.ID
	}
	return b
}

// readVectors reads the scenarios from the folder that AVI_LBAAS_COMPAT names, or from testdata.
func readVectors(t *testing.T) []vector {
	t.Helper()
	dir := os.Getenv("AVI_LBAAS_COMPAT")
	if dir == "" {
		dir = "testdata"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors in %s (%v)", dir, err)
	}
	var vectors []vector
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var v vector
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		vectors = append(vectors, v)
	}
	return vectors
}

// checkOptions fails when a vector was recorded with an option that the replay does not carry out.
func (v vector) checkOptions(t *testing.T) {
	t.Helper()
	for option, value := range v.Config {
		switch option {
		case "cloud", "https_listener", "vrf_context_per_subnet", "use_placement_network_for_pool":
		default:
			if value != false {
				t.Errorf("option %s is not understood", option)
			}
		}
	}
}

// protocols are the protocols of a vector's listeners and pools by id.
func (v vector) protocols(t *testing.T) map[string]string {
	t.Helper()
	protocols := map[string]string{}
	for _, s := range v.Steps {
		if b := s.body(t); b.Protocol != "" {
			protocols[b.ID] = b.Protocol
		}
	}
	return protocols
}
