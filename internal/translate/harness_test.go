package translate_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The ids of the trees of this package's tests.
const (
	projectID  = "9f1b2c3d4e5f40718293a4b5c6d7e8f9"
	lbID       = "c1fce364-108c-5776-accb-578eb33e2935"
	listenerID = "14e3d615-f3f8-5b60-89d0-e870954740ae"
	secondID   = "bbcc6389-a63d-526b-b33a-72b458851c92"
	poolID     = "34f6955f-71ea-548f-ad13-c87a33171f9a"
	memberID   = "6e37d4b6-e5f5-52d6-a85e-e6a8ede0ebdd"
	monitorID  = "973b8e7a-acc1-54ee-8593-53697e59b01c"
	subnetID   = "e67f16e5-833a-5b95-8f9b-b69eb58b37aa"
	portID     = "22b9259b-dbe5-5746-b77d-323502768462"
)

func resource(id, name string) lbaas.Resource {
	return lbaas.Resource{ID: id, ProjectID: projectID, Name: name, AdminStateUp: true}
}

// shop is a load balancer with one listener, one pool behind it and one member.
func shop() translate.Input {
	return translate.Input{
		Options: translate.Options{Cloud: "Default-Cloud"},
		Tree: lbaas.Tree{
			LoadBalancer: lbaas.LoadBalancer{
				Resource: resource(lbID, "web"), Description: "shop front",
				VIP: lbaas.VIP{Address: "10.0.0.10", SubnetID: subnetID, PortID: portID},
			},
			Listeners: []lbaas.Listener{{
				Resource: resource(listenerID, "l1"), LoadBalancerID: lbID, Description: "in the clear", Protocol: lbaas.ListenerHTTP,
				ProtocolPort: 80, ConnectionLimit: lbaas.Unlimited, DefaultPoolID: poolID,
			}},
			Pools: []lbaas.Pool{{
				Resource: resource(poolID, "p1"), LoadBalancerID: lbID, Protocol: lbaas.PoolHTTP, Algorithm: lbaas.RoundRobin,
			}},
			Members: []lbaas.Member{{
				Resource: resource(memberID, "m1"), PoolID: poolID, Address: "10.0.0.21", ProtocolPort: 8080, Weight: 1,
			}},
		},
	}
}

// monitored is shop with a health monitor of HTTP.
func monitored() translate.Input {
	in := shop()
	in.Tree.Monitors = []lbaas.HealthMonitor{{
		Resource: resource(monitorID, ""), PoolID: poolID, Type: lbaas.MonitorHTTP, Delay: 5, Timeout: 3, MaxRetries: 2,
		MaxRetriesDown: 4, HTTPMethod: "GET", URLPath: "/up", ExpectedCodes: "200",
	}}
	return in
}

// find gives the one object of a type.
func find(t *testing.T, objects []plan.Object, typ string) plan.Object {
	t.Helper()
	var found []plan.Object
	for _, o := range objects {
		if o.Type == typ {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d objects of type %s, want 1", len(found), typ)
	}
	return found[0]
}

// checkGolden compares with the file of the test's name.
func checkGolden(t *testing.T, name string, objects []plan.Object) {
	t.Helper()
	type object struct {
		Type, UUID, Tenant, AlternativeName string
		Fields, Once                        map[string]any
	}
	shown := make([]object, len(objects))
	for i, o := range objects {
		shown[i] = object{o.Type, o.UUID, o.Tenant, o.AlternativeName, o.Fields, o.Once}
	}
	got, err := json.MarshalIndent(shown, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".golden.json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}
