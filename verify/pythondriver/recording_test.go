//go:build pythondriver

package pythondriver

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
)

var update = flag.Bool("update", false, "write the recordings anew")

// recorded is an object at the Controller. References to objects whose uuids the Controller chose are by name.
type recorded struct {
	Type   string         `json:"type"`
	Tenant string         `json:"tenant"`
	Object map[string]any `json:"object"`
}

// recording is a scenario with what came of it.
type recording struct {
	*scenario
	Tables  map[string][]map[string]any `json:"tables"`
	Objects []recorded                  `json:"objects"`
}

// outcome is what the runner writes.
type outcome struct {
	Tables map[string][]map[string]any `json:"tables"`
	Failed []string                    `json:"failed"`
}

// The Python driver, of today's checkout, against today's simulator leaves what is recorded: the recordings can be relied on, and
// the simulator takes everything that the driver sends. With -update they are written anew.
func TestRecordings(t *testing.T) {
	for _, version := range []string{"30.2.1", "22.1.6", "18.2.9"} {
		for _, s := range scenarios() {
			t.Run(version+"/"+s.Name, func(t *testing.T) {
				got := record(t, s, version)
				if version != "30.2.1" {
					return // the driver worked; releases differ in their defaults
				}
				text, err := json.MarshalIndent(got, "", " ")
				check(t, err)
				file := filepath.Join("..", "..", "internal", "adopt", "testdata", "pythondriver", s.Name+".json")
				if *update {
					check(t, os.MkdirAll(filepath.Dir(file), 0o755))
					check(t, os.WriteFile(file, append(text, '\n'), 0o644))
				}
				want, err := os.ReadFile(file)
				check(t, err)
				if diff := cmp.Diff(string(want), string(text)+"\n"); diff != "" {
					t.Errorf("the driver wrote something else than is recorded (-recorded +now):\n%s", diff)
				}
			})
		}
	}
}

// named are the objects of operators that flavors name.
func named() []recorded {
	return []recorded{
		{"serviceenginegroup", "admin", map[string]any{"uuid": "serviceenginegroup-00000000-0000-4000-8000-000000000001", "name": "se-group-1"}},
		{"vrfcontext", "admin", map[string]any{"uuid": "vrfcontext-00000000-0000-4000-8000-000000000002", "name": "blue"}},
	}
}

func record(t *testing.T, s *scenario, version string) recording {
	t.Helper()
	const password = "a password for tests"
	controller, err := avisim.New(avisim.Options{Password: password, AutoTenants: true, Version: version})
	check(t, err)
	check(t, controller.Start(context.WithoutCancel(t.Context())))
	t.Cleanup(func() { check(t, controller.Close()) })
	makeAtController(t, controller, password, version, named())
	request := map[string]any{
		"controller": controller.Addr(), "user": "admin", "password": password, "config": s.Config, "flavors": s.Flavors,
		"subnets": s.Subnets, "certificates": issueAll(t, s.Containers), "steps": s.steps,
	}
	for name, value := range request {
		if text, _ := json.Marshal(value); string(text) == "null" {
			delete(request, name)
		}
	}
	out := drive(t, request)
	for _, failure := range out.Failed {
		t.Errorf("%s: %s", s.Name, failure)
	}
	var before []string
	for _, o := range named() {
		before = append(before, o.Object["uuid"].(string))
	}
	return recording{s, out.Tables, state(t, controller, before)}
}

// drive runs the driver.
func drive(t *testing.T, request map[string]any) outcome {
	t.Helper()
	python := os.Getenv("PYTHON2")
	if python == "" {
		python = "python2.7"
	}
	text, err := json.Marshal(request)
	check(t, err)
	cmd := exec.CommandContext(t.Context(), python, "-W", "ignore", "runner.py")
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	var out outcome
	check(t, json.Unmarshal(stdout.Bytes(), &out))
	return out
}

// reference matches one to an object, up to its uuid.
var reference = regexp.MustCompile(`^/api/([a-z]+)/(.+)$`)

// state is what the Controller has, without what every write changes and what follows from a certificate's text.
func state(t *testing.T, controller *avisim.Server, before []string) []recorded {
	t.Helper()
	names := map[string]string{} // of certificates, by uuid
	var all []recorded
	for _, o := range controller.Objects() {
		uuid, _ := o.Object["uuid"].(string)
		if o.Type == "tenant" || slices.Contains(before, uuid) {
			continue
		}
		object := map[string]any{}
		text, err := json.Marshal(o.Object)
		check(t, err)
		check(t, json.Unmarshal(text, &object))
		for _, own := range []string{"_last_modified", "url", "tenant_ref", "configpb_attributes"} {
			delete(object, own)
		}
		if o.Type == "sslkeyandcertificate" {
			names[uuid], _ = object["name"].(string)
			object = map[string]any{"name": object["name"], "type": object["type"]}
		}
		all = append(all, recorded{o.Type, o.Tenant, object})
	}
	for i := range all {
		all[i].Object = byName(all[i].Object, names).(map[string]any)
	}
	key := func(r recorded) string { return r.Type + " " + r.Object["name"].(string) + " " + r.Tenant }
	slices.SortFunc(all, func(a, b recorded) int { return strings.Compare(key(a), key(b)) })
	return all
}

// byName replaces references to objects that names has.
func byName(value any, names map[string]string) any {
	switch v := value.(type) {
	case string:
		if m := reference.FindStringSubmatch(v); m != nil && names[m[2]] != "" {
			return "/api/" + m[1] + "?name=" + names[m[2]]
		}
	case []any:
		for i := range v {
			v[i] = byName(v[i], names)
		}
	case map[string]any:
		for _, name := range slices.Collect(maps.Keys(v)) {
			v[name] = byName(v[name], names)
		}
	}
	return value
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
