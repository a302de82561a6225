package adopt_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/adopt"
)

// vector is a scenario of what the Python driver writes: see internal/compat/testdata.
type vector struct {
	Name   string         `json:"name"`
	Config map[string]any `json:"config"`
	Steps  []struct {
		Op      string       `json:"op"`
		Type    string       `json:"type"`
		ID      string       `json:"id"`
		Body    adopt.Object `json:"body"`
		Objects []written    `json:"objects"`
	} `json:"steps"`
}

// written is an object that the Python driver has written.
type written struct {
	Type   string         `json:"type"`
	Tenant string         `json:"tenant"`
	Object map[string]any `json:"object"`
}

func (w written) uuid() string { s, _ := w.Object["uuid"].(string); return s }

// moment is a cloud of the Python driver's at one point of a scenario.
type moment struct {
	name    string
	config  map[string]any
	cloud   cloud
	objects []written
}

// moments are all points of all scenarios at which the Controller's objects are known, but for those that need what a test of its
// own would have to make: certificates, flavors and VRF contexts.
func moments(t *testing.T) []moment {
	t.Helper()
	files, err := filepath.Glob("../compat/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors (%v)", err)
	}
	var all []moment
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var v vector
		d := json.NewDecoder(strings.NewReader(string(text)))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		c := newCloud()
		for i, s := range v.Steps {
			c.operate(s.Op, s.Type, s.ID, s.Body)
			if s.Objects != nil && within(v.Config, c, s.Objects) {
				name := v.Name + "/" + s.Op + " " + s.Type + " " + string(rune('a'+i))
				all = append(all, moment{name, v.Config, c.clone(), s.Objects})
			}
		}
	}
	return all
}

func within(config map[string]any, c cloud, objects []written) bool {
	for option, value := range config {
		if option != "cloud" && value != false {
			return false
		}
	}
	for _, lb := range c["loadbalancer"] {
		if lb["flavor_id"] != nil {
			return false
		}
	}
	for _, l := range c["listener"] {
		if l["protocol"] == "TERMINATED_HTTPS" {
			return false
		}
	}
	return !slices.ContainsFunc(objects, func(w written) bool { return w.Type == "sslkeyandcertificate" || w.Type == "vrfcontext" })
}

// order is that of creation; SNI children come after their parents.
func order(w written) int {
	i := slices.Index([]string{
		"serviceenginegroup", "vrfcontext", "sslkeyandcertificate", "healthmonitor", "applicationpersistenceprofile", "pool", "vsvip",
		"virtualservice",
	}, w.Type)
	if w.Object["vh_parent_vs_ref"] != nil {
		i++
	}
	return i
}

// cloud is what a neutron-lbaas holds: objects by type and id, with the attributes that users gave.
type cloud map[string]map[string]adopt.Object

func newCloud() cloud {
	return cloud{"loadbalancer": {}, "listener": {}, "pool": {}, "member": {}, "healthmonitor": {}}
}

func (c cloud) clone() cloud {
	out := newCloud()
	for typ, objects := range c {
		for id, o := range objects {
			out[typ][id] = maps.Clone(o)
		}
	}
	return out
}

func (c cloud) operate(op, typ, id string, body adopt.Object) {
	switch op {
	case "create":
		o := maps.Clone(body)
		id, _ := o["id"].(string)
		c[typ][id] = o
		if listener, _ := o["listener_id"].(string); typ == "pool" && listener != "" {
			c["listener"][listener]["default_pool_id"] = id
			o["loadbalancer_id"] = c["listener"][listener]["loadbalancer_id"]
			delete(o, "listener_id")
		}
	case "update":
		maps.Copy(c[typ][id], body)
	case "delete":
		delete(c[typ], id)
		for _, l := range c["listener"] {
			if l["default_pool_id"] == id {
				l["default_pool_id"] = nil
			}
		}
		for _, children := range []string{"member", "healthmonitor"} {
			maps.DeleteFunc(c[children], func(_ string, o adopt.Object) bool { return o["pool_id"] == id })
		}
	}
}

// sorted are the objects of a type in the order of their ids.
func (c cloud) sorted(typ string) []adopt.Object {
	all := []adopt.Object{}
	for _, id := range slices.Sorted(maps.Keys(c[typ])) {
		all = append(all, c[typ][id])
	}
	return all
}
