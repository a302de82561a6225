//go:build verify

package verify_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// testHeat has Heat make, change and delete a stack with each kind of resource that it has for load balancers. OS::Octavia::Quota is
// not among them: in Heat 19 it calls an attribute that its own client does not have.
func (s *site) testHeat(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	if err := s.cloud.StartHeat(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("Heat is up after %.0f s", time.Since(begun).Seconds())
	n := s.network(t, s.admin, "heat", "10.31.0.0/24", false)
	template, err := filepath.Abs("testdata/heat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	stack := heatStack{t: t, client: s.console(t, s.admin)}

	stack.run("stack", "create", "--wait", "--poll", "1", "-t", template,
		"--parameter", "subnet="+n.SubnetID, "heat")
	stack.shows("CREATE_COMPLETE", "10.31.0.", "stack", "show", "heat")
	stack.shows(string(lbaas.Active), `"first"`, "loadbalancer", "show", "heat", "-f", "json")
	stack.shows("10.31.0.201", `"weight": 1`, "loadbalancer", "member", "list", "heat", "-f", "json")
	stack.shows("/old", "STARTS_WITH", "loadbalancer", "l7rule", "list", "heat", "-f", "json")

	stack.run("stack", "update", "--existing", "--wait", "--parameter", "weight=5", "--parameter", "path=/older",
		"--parameter", "timeout=4", "--parameter", "text=second", "heat")
	stack.shows("UPDATE_COMPLETE", "10.31.0.", "stack", "show", "heat")
	stack.shows(string(lbaas.Active), `"second"`, "loadbalancer", "show", "heat", "-f", "json")
	stack.shows("10.31.0.201", `"weight": 5`, "loadbalancer", "member", "list", "heat", "-f", "json")
	stack.shows("/older", "STARTS_WITH", "loadbalancer", "l7rule", "list", "heat", "-f", "json")

	stack.run("stack", "delete", "--yes", "--wait", "heat")
	for _, kind := range []string{"", "listener ", "pool ", "healthmonitor ", "l7policy ", "flavor ", "flavorprofile "} {
		out := stack.run(append([]string{"loadbalancer"}, strings.Fields(kind+"list -f value -c name")...)...)
		if strings.Contains(out, "heat\n") {
			t.Errorf("after the stack, %s list still has\n%s", kind, out)
		}
	}
	s.noPorts(t, n)
}

// heatStack is a stack, looked at with the openstack client.
type heatStack struct {
	t      *testing.T
	client *console
}

func (s heatStack) run(arguments ...string) string {
	s.t.Helper()
	a := s.client.run(s.t, arguments...)
	if a.Status != 0 {
		why := s.client.run(s.t, "stack", "failures", "list", "heat", "--long")
		s.t.Fatalf("openstack %s: %s\n%s", strings.Join(arguments, " "), a.Err, why.Out)
	}
	return a.Out
}

// shows wants two texts in the output of a command.
func (s heatStack) shows(one, other string, arguments ...string) {
	s.t.Helper()
	if out := s.run(arguments...); !strings.Contains(out, one) || !strings.Contains(out, other) {
		s.t.Errorf("openstack %s: want %q and %q in\n%s", strings.Join(arguments, " "), one, other, out)
	}
}
