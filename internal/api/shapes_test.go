package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files and docs/openapi.json instead of comparing with them")

// golden compares an answer with a file of testdata.
func golden(t *testing.T, name string, got reply) {
	t.Helper()
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, got.body, "", "  "); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s", err, got.body)
	}
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(path, pretty.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), pretty.String()); diff != "" {
		t.Errorf("answer differs from %s (-want +got):\n%s", path, diff)
	}
}

// Every answer has every attribute that Octavia's has; the golden files are to be read beside its response types.
func TestAnswersHaveOctaviasShape(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	for _, test := range []struct{ name, path string }{
		{"loadbalancer", "/v2/lbaas/loadbalancers/" + lbID()},
		{"loadbalancers", "/v2/lbaas/loadbalancers"},
		{"loadbalancer_status", "/v2/lbaas/loadbalancers/" + lbID() + "/status"},
		{"loadbalancer_stats", "/v2/lbaas/loadbalancers/" + lbID() + "/stats"},
		{"listener", "/v2/lbaas/listeners/" + listenerID()},
		{"listeners", "/v2/lbaas/listeners"},
		{"listener_stats", "/v2/lbaas/listeners/" + listenerID() + "/stats"},
		{"pool", "/v2/lbaas/pools/" + poolID()},
		{"pools", "/v2/lbaas/pools"},
		{"member", "/v2/lbaas/pools/" + poolID() + "/members/" + memberID()},
		{"members", "/v2/lbaas/pools/" + poolID() + "/members"},
		{"healthmonitor", "/v2/lbaas/healthmonitors/" + monitorID()},
		{"healthmonitors", "/v2/lbaas/healthmonitors"},
		{"providers", "/v2/lbaas/providers"},
		{"versions", "/"},
		{"version", "/v2.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := f.do(http.MethodGet, test.path, "")
			if got.status != http.StatusOK {
				t.Fatalf("GET %s answered %d: %s", test.path, got.status, got.body)
			}
			if ct := got.header.Get("Content-Type"); ct != "application/json" {
				t.Errorf("Content-Type = %q, want application/json", ct)
			}
			golden(t, test.name, got)
		})
	}
}

// The tree that Octavia's clients see has pools below listeners alone; Neutron's clients also see all of them together.
func TestTheStatusTreeHasPoolsOfItsOwnForNeutronsClients(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	for path, want := range map[string]bool{"/status": false, "/statuses": true} {
		statuses, _ := f.must(t, http.MethodGet, "/v2.0/lbaas/loadbalancers/"+lbID()+path, "").object(t)["statuses"].(map[string]any)
		tree, _ := statuses["loadbalancer"].(map[string]any)
		if _, has := tree["pools"]; has != want {
			t.Errorf("%s: it has pools: %t, want %t", path, has, want)
		}
	}
}

func TestAnswersToSparseObjects(t *testing.T) {
	f := newFront(t)
	f.must(t, "POST", "/v2/loadbalancers", `{"loadbalancer": {"vip_network_id": "`+subnetID+`"}}`)
	golden(t, "loadbalancer_sparse", f.must(t, "GET", "/v2/loadbalancers/"+newID(1), ""))
	f.must(t, "POST", "/v2/pools",
		`{"pool": {"loadbalancer_id": "`+newID(1)+`", "protocol": "UDP", "lb_algorithm": "SOURCE_IP"}}`)
	golden(t, "pool_sparse", f.must(t, "GET", "/v2/pools/"+newID(2), ""))
	f.must(t, "POST", "/v2/healthmonitors", `{"healthmonitor": {"pool_id": "`+newID(2)+`", "type": "UDP-CONNECT", "delay": 4,
		"timeout": 3, "max_retries": 2}}`)
	golden(t, "healthmonitor_sparse", f.must(t, "GET", "/v2/healthmonitors/"+newID(3), ""))
}

// A monitor of Neutron LBaaS v2 has no max_retries_down; what it does with max_retries is shown in its place.
func TestLegacyMonitorShowsMaxRetriesAsMaxRetriesDown(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	f.memory.monitor[0].MaxRetries, f.memory.monitor[0].MaxRetriesDown = 7, 0
	got := f.must(t, "GET", "/v2/lbaas/healthmonitors/"+monitorID(), "").object(t)["healthmonitor"].(map[string]any)
	if got["max_retries_down"] != 7.0 {
		t.Errorf("max_retries_down = %v, want 7", got["max_retries_down"])
	}
}

func TestWritesAnswerWithTheirStatus(t *testing.T) {
	for _, test := range []struct{ root, path string }{
		{"loadbalancer", "/v2/lbaas/loadbalancers/" + lbID()},
		{"listener", "/v2/lbaas/listeners/" + listenerID()},
		{"pool", "/v2/lbaas/pools/" + poolID()},
		{"member", "/v2/lbaas/pools/" + poolID() + "/members/" + memberID()},
		{"healthmonitor", "/v2/lbaas/healthmonitors/" + monitorID()},
	} {
		t.Run(test.root, func(t *testing.T) {
			f := newFront(t)
			f.populate(t)
			got := f.do(http.MethodPut, test.path, `{"`+test.root+`": {"name": "renamed", "admin_state_up": false}}`)
			if got.status != http.StatusOK {
				t.Fatalf("PUT answered %d: %s", got.status, got.body)
			}
			object := got.object(t)[test.root].(map[string]any)
			if object["name"] != "renamed" || object["admin_state_up"] != false || object["updated_at"] != "2026-11-22T10:01:00" {
				t.Errorf("PUT answered %v", object)
			}
			query := ""
			if test.root == "loadbalancer" {
				query = "?cascade=True"
			}
			got = f.do(http.MethodDelete, test.path+query, "")
			if got.status != http.StatusNoContent || len(got.body) != 0 {
				t.Errorf("DELETE answered %d with %q, want 204 with nothing", got.status, got.body)
			}
			if got = f.do(http.MethodGet, test.path, ""); got.status != http.StatusNotFound {
				t.Errorf("GET after DELETE answered %d, want 404", got.status)
			}
		})
	}
}

func TestFieldsSelect(t *testing.T) {
	f := newFront(t)
	f.populate(t)
	const fields = "?fields=id&fields=name&fields=no_such_field"
	want := map[string]any{"id": lbID(), "name": "web"}
	one := f.must(t, "GET", "/v2/lbaas/loadbalancers/"+lbID()+fields, "").object(t)["loadbalancer"]
	if diff := cmp.Diff(any(want), one); diff != "" {
		t.Errorf("one object (-want +got):\n%s", diff)
	}
	all := f.must(t, "GET", "/v2/lbaas/loadbalancers"+fields, "").object(t)["loadbalancers"]
	if diff := cmp.Diff(any([]any{want}), all); diff != "" {
		t.Errorf("a list (-want +got):\n%s", diff)
	}
}
