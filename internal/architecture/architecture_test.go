package architecture_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/avi-lbaas/avi-lbaas/"

// mayImport says which packages of the project each package may import. Data flows one way: see docs/architecture.md.
var mayImport = map[string][]string{
	// The pure core.
	"internal/lbaas":       {},
	"internal/flavor":      {},
	"internal/plan":        {},
	"internal/certificate": {},
	"internal/policy":      {},
	"internal/translate":   {"internal/certificate", "internal/lbaas", "internal/plan"},

	// The edges.
	"internal/avi":         {"internal/requestid", "internal/tracing"},
	"internal/keystone":    {"internal/requestid"},
	"internal/store":       {"internal/lbaas", "internal/requestid", "internal/tracing"},
	"internal/openstack":   {},
	"internal/neutron":     {"internal/openstack"},
	"internal/barbican":    {"internal/certificate", "internal/openstack"},
	"internal/requestid":   {},
	"internal/config":      {"internal/config/oslo"},
	"internal/config/oslo": {},
	"internal/healthcheck": {},
	"internal/ratelimit":   {},
	"internal/reload":      {},
	"internal/systemd":     {},
	"internal/tracing":     {},

	"internal/policy/files":    {"internal/policy"},
	"internal/store/storetest": {"internal/store"},

	// What happens between them.
	"internal/converge":  {"internal/avi", "internal/plan"},
	"internal/reference": {"internal/avi", "internal/translate"},
	"internal/service": {
		"internal/barbican", "internal/certificate", "internal/flavor", "internal/lbaas", "internal/neutron", "internal/store",
	},
	"internal/worker": {
		"internal/avi", "internal/certificate", "internal/converge", "internal/lbaas", "internal/neutron", "internal/plan",
		"internal/requestid", "internal/store", "internal/tracing", "internal/translate",
	},
	"internal/networkwait": {"internal/neutron"},
	"internal/adopt": {
		"internal/avi", "internal/converge", "internal/lbaas", "internal/neutron", "internal/plan", "internal/store", "internal/translate",
	},
	"internal/poller": {"internal/avi", "internal/lbaas", "internal/store", "internal/translate"},
	"internal/audit": {
		"internal/avi", "internal/converge", "internal/lbaas", "internal/plan", "internal/store", "internal/translate",
	},
	"internal/api": {
		"internal/keystone", "internal/lbaas", "internal/policy", "internal/requestid", "internal/service", "internal/tracing",
	},

	// The stand-ins: they share nothing with what they stand in for, so that a misunderstanding shows.
	"internal/avisim":        {"internal/avisim/engine", "internal/avisim/schema"},
	"internal/avisim/engine": {},
	"internal/avisim/schema": {},
	"internal/cloudsim":      {},

	// What puts parts together.
	"internal/app": {
		"internal/api", "internal/avi", "internal/barbican", "internal/config", "internal/keystone", "internal/neutron",
		"internal/poller", "internal/reference", "internal/service", "internal/store", "internal/translate", "internal/worker",
		"internal/adopt", "internal/audit", "internal/converge", "internal/lbaas", "internal/plan", // for operators' commands
		"internal/healthcheck", "internal/ratelimit", "internal/requestid", "internal/tracing",
		"internal/policy", "internal/policy/files",
	},
	"internal/demo": {"internal/app", "internal/avisim", "internal/avisim/engine", "internal/cloudsim", "internal/config"},
	"internal/testbed": {
		"internal/avi", "internal/avisim", "internal/lbaas", "internal/reference", "internal/service", "internal/store", "internal/store/storetest",
		"internal/translate", "internal/worker",
	},
	"cmd/avi-lbaas": {
		"internal/app", "internal/avisim", "internal/avisim/engine", "internal/config", "internal/demo", "internal/store",
		"internal/adopt", "internal/audit", "internal/converge", "internal/networkwait", "internal/plan", // what commands print
		"internal/reload", "internal/systemd",
		"internal/policy", "internal/policy/files",
	},
	"bench":                 {"internal/avisim", "internal/cloudsim"},
	"internal/architecture": {},
	"internal/compat":       {},
	"internal/conformance":  {},
	"internal/endtoend":     {},
	"verify":                {},
	"verify/realcloud":      {},
	"verify/pythondriver":   {},
	"verify/webdriver":      {},
	"verify/record":         {"internal/conformance"}, // of the build tag verify
}

// listed is what the go command tells of a package.
type listed struct {
	ImportPath string
	Doc        string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Doc,Imports", module+"...").Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("%s has no place in the plan yet: give it one here and in docs/architecture.md", name)
			continue
		}
		for _, i := range p.Imports {
			if other, ours := strings.CutPrefix(i, module); ours && !slices.Contains(allowed, other) {
				t.Errorf("%s imports %s, which the plan does not have", name, other)
			}
		}
	}
}

// The core is pure: nothing that it imports can do I/O, tell the time or roll dice.
func TestCoreIsPure(t *testing.T) {
	forbidden := []string{"os", "net", "net/http", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2", "crypto/rand", "os/exec"}
	for _, p := range packages(t) {
		switch strings.TrimPrefix(p.ImportPath, module) {
		case "internal/certificate", "internal/flavor", "internal/lbaas", "internal/plan", "internal/policy", "internal/translate":
			for _, i := range p.Imports {
				if slices.Contains(forbidden, i) {
					t.Errorf("%s imports %s", p.ImportPath, i)
				}
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.Doc) < 40 {
			t.Errorf("%s has no doc comment that says what it is for: %q", p.ImportPath, p.Doc)
		}
		for _, word := range []string{"util", "common", "helper", "misc", "models"} {
			if strings.Contains(p.ImportPath[strings.LastIndex(p.ImportPath, "/"):], word) {
				t.Errorf("%s has a name that says nothing", p.ImportPath)
			}
		}
	}
}

// modernc.org/sqlite works with exactly the modernc.org/libc that its own go.mod names (its documentation says so); another
// dependency must not lift it.
func TestSQLiteHasItsOwnLibc(t *testing.T) {
	list := func(format, module string) string {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", format, module).Output()
		if err != nil {
			t.Fatalf("go list -m %s: %v", module, err)
		}
		return strings.TrimSpace(string(out))
	}
	gomod, err := os.ReadFile(list("{{.GoMod}}", "modernc.org/sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	want := ""
	for line := range strings.Lines(string(gomod)) {
		if fields := strings.Fields(strings.TrimPrefix(line, "require")); len(fields) > 1 && fields[0] == "modernc.org/libc" {
			want = fields[1]
		}
	}
	if got := list("{{.Version}}", "modernc.org/libc"); got != want {
		t.Errorf("modernc.org/libc is %s, and modernc.org/sqlite wants %s", got, want)
	}
}
