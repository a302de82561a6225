package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// memberLines are the members of a pool as "address:port weight status", in the order of their addresses.
func (f *realFront) memberLines(t *testing.T, pool string) []string {
	t.Helper()
	items, _ := f.must(t, "GET", "/v2/lbaas/pools/"+pool+"/members", "").object(t)["members"].([]any)
	lines := []string{}
	for _, item := range items {
		m := item.(map[string]any)
		lines = append(lines, fmt.Sprint(m["address"], " ", m["name"], " ", m["weight"], " ", m["provisioning_status"]))
	}
	slices.Sort(lines)
	return lines
}

func TestMembersAreReplacedTogether(t *testing.T) {
	f := newRealFront(t)
	lb := idOf(f.loadBalancer(t, ""))
	pool := idOf(f.make(t, "/v2/lbaas/pools", "pool", `"loadbalancer_id": "`+lb+`", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN",
		"members": [{"address": "192.0.2.1", "protocol_port": 80, "name": "one", "weight": 7}, {"address": "192.0.2.2", "protocol_port": 80}]`))
	path := "/v2/lbaas/pools/" + pool + "/members"
	for _, step := range []struct {
		query, members   string
		pending, settled []string
	}{
		{
			"", `{"address": "192.0.2.1", "protocol_port": 80}, {"address": "192.0.2.3", "protocol_port": 80, "weight": 9}`,
			[]string{"192.0.2.1 one 1 PENDING_UPDATE", "192.0.2.2  1 PENDING_DELETE", "192.0.2.3  9 PENDING_CREATE"},
			[]string{"192.0.2.1 one 1 ACTIVE", "192.0.2.3  9 ACTIVE"},
		},
		{
			"?additive_only=True", `{"address": "192.0.2.4", "protocol_port": 80}`,
			[]string{"192.0.2.1 one 1 ACTIVE", "192.0.2.3  9 ACTIVE", "192.0.2.4  1 PENDING_CREATE"},
			[]string{"192.0.2.1 one 1 ACTIVE", "192.0.2.3  9 ACTIVE", "192.0.2.4  1 ACTIVE"},
		},
		{
			"?additive_only=false", `{"address": "192.0.2.4", "protocol_port": 81}`,
			[]string{"192.0.2.1 one 1 PENDING_DELETE", "192.0.2.3  9 PENDING_DELETE", "192.0.2.4  1 PENDING_CREATE", "192.0.2.4  1 PENDING_DELETE"},
			[]string{"192.0.2.4  1 ACTIVE"},
		},
		{"", ``, []string{"192.0.2.4  1 PENDING_DELETE"}, []string{}},
	} {
		got := f.do("PUT", path+step.query, `{"members": [`+step.members+`]}`)
		if got.status != http.StatusAccepted || len(got.body) != 0 {
			t.Fatalf("PUT %s answered %d with %q, want 202 with nothing", step.members, got.status, got.body)
		}
		if diff := cmp.Diff(step.pending, f.memberLines(t, pool)); diff != "" {
			t.Errorf("after PUT %s (-want +got):\n%s", step.members, diff)
		}
		f.settle(t)
		if diff := cmp.Diff(step.settled, f.memberLines(t, pool)); diff != "" {
			t.Errorf("settled after PUT %s (-want +got):\n%s", step.members, diff)
		}
	}
	// A list that changes nothing is accepted and leaves everything as it is.
	for _, query := range []string{"", "?additive_only=true"} {
		if got := f.do("PUT", path+query, `{"members": []}`); got.status != http.StatusAccepted {
			t.Errorf("an empty list for an empty pool: answered %d", got.status)
		}
	}
	if status := f.must(t, "GET", "/v2/lbaas/loadbalancers/"+lb, "").object(t)["loadbalancer"].(map[string]any)["provisioning_status"]; status != "ACTIVE" {
		t.Errorf("after a list that changes nothing the load balancer is %v", status)
	}
}

func TestMemberListRefusals(t *testing.T) {
	f := newRealFront(t)
	lb := idOf(f.loadBalancer(t, ""))
	pool := idOf(f.make(t, "/v2/lbaas/pools", "pool", `"loadbalancer_id": "`+lb+`", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN",
		"members": [{"address": "192.0.2.1", "protocol_port": 80}]`))
	const one, two = `{"address": "192.0.2.1", "protocol_port": 80}`, `{"address": "192.0.2.2", "protocol_port": 80}`
	path := "/v2/lbaas/pools/" + pool + "/members"
	for _, test := range []struct {
		path, body string
		status     int
		fault      string
	}{
		{path, `{"members": [` + one + `,` + one + `]}`, 400, "Validation failure: Member must be updated only once in the same request."},
		{path, `{"members": [` + two + `,` + two + `]}`, 409, "Another member on this pool is already using ip 192.0.2.2 on protocol_port 80"},
		{path, `{"members": [{"address": "192.0.2.1"}]}`, 400, "Invalid input for field/attribute protocol_port. Value: 'None'. Mandatory field missing."},
		{path, `{"members": [{"address": "192.0.2.1", "protocol_port": 80, "weight": 999}]}`, 400, "Invalid input for field/attribute weight. Value: '999'. Value should be lower or equal to 256"},
		{path, `{"members": [{"address": "192.0.2.1", "protocol_port": 80, "foo": 1}]}`, 400, "Unknown attribute for argument members_.members: foo"},
		{path, `{"members": {}}`, 400, "Invalid input for field/attribute members. Value: '{}'. Value not a valid list"},
		{path, `{"member": []}`, 400, "Unknown attribute for argument members_: member"},
		{path, `{}`, 400, `Missing argument: "members"`},
		{path, ``, 400, `Missing argument: "members"`},
		{path + "?foo=1", `{"members": []}`, 400, `Unknown argument: "foo"`},
		{path + "?additive_only=maybe", `{"members": []}`, 400, "Invalid input for field/attribute additive_only. Value: 'maybe'. Value not an unambiguous boolean"},
		{"/v2/lbaas/pools/" + lb + "/members", `{"members": []}`, 404, "Pool " + lb + " not found."},
	} {
		f.do("PUT", test.path, test.body).refused(t, test.path+" "+test.body, test.status, test.fault)
	}
	if diff := cmp.Diff([]string{"192.0.2.1  1 ACTIVE"}, f.memberLines(t, pool)); diff != "" {
		t.Errorf("something was changed all the same (-want +got):\n%s", diff)
	}
	f.must(t, "PUT", path, `{"members": [`+two+`]}`)
	f.do("PUT", path, `{"members": []}`).refused(t, "a pool that is being worked on", 409, "Load Balancer "+lb+" is immutable and cannot be updated.")
}
