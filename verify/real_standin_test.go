//go:build verify

package verify_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// side is one of two clouds that get the same requests.
type side struct {
	network, identity string
	tokens            map[string]string // by user
	ids               map[string]string // by the name that a step gave them
}

// put replaces {name} by the id that this side gave to it.
func (s side) put(text string) string {
	for name, id := range s.ids {
		text = strings.ReplaceAll(text, "{"+name+"}", id)
	}
	return text
}

// strip replaces ids by their names.
func (s side) strip(text string) string {
	for name, id := range s.ids {
		text = strings.ReplaceAll(text, id, "{"+name+"}")
	}
	return text
}

// step is a request to both clouds.
type step struct {
	what, user, method, path, body string
	save                           string // the name for the id of what is made
}

// The stand-in cloud of the demonstration and of most tests answers as the real services do.
func (s *site) testStandIn(t *testing.T) {
	t.Parallel()
	standIn, err := cloudsim.New(cloudsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := standIn.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := standIn.Close(); err != nil {
			t.Error(err)
		}
	})
	actual := side{network: s.cloud.NetworkURL, identity: s.cloud.IdentityURL, tokens: map[string]string{
		"admin": s.admin.Token(), "demo": s.demo.Token(), "alt": s.alt.Token(), "nobody": "gAAAAABmadeup", "": "",
	}, ids: map[string]string{"admin": s.admin.ProjectID, "demo": s.demo.ProjectID, "alt": s.alt.ProjectID, "missing": "11111111-2222-4333-8444-555555555555"}}
	made := side{network: standIn.NetworkURL(), identity: standIn.IdentityURL(), tokens: map[string]string{"nobody": "gAAAAABmadeup", "": ""}, ids: map[string]string{
		"admin": standIn.ProjectID("admin"), "demo": standIn.ProjectID("demo"), "alt": standIn.ProjectID("alt"), "missing": actual.ids["missing"],
	}}
	for _, user := range []string{"admin", "demo", "alt"} {
		if made.tokens[user], err = standIn.Token(user, user); err != nil {
			t.Fatal(err)
		}
	}
	for _, st := range networkSteps() {
		t.Run(st.what, func(t *testing.T) { compareStep(t, st, actual, made) })
	}
	for _, st := range identitySteps() {
		t.Run(st.what, func(t *testing.T) { compareIdentity(t, st, actual, made) })
	}
}

func networkSteps() []step {
	const port = `{"port": {"network_id": "{net}", "name": "p", "device_id": "lb-1", "device_owner": "Octavia"`
	const subnet = `{"subnet": {"network_id": "{other}", "ip_version": 4`
	const on = `, "fixed_ips": [{"subnet_id": "{subnet}"`
	return []step{
		{"make a network", "demo", "POST", "/v2.0/networks", `{"network": {"name": "n"}}`, "net"},
		{"make a subnet", "demo", "POST", "/v2.0/subnets", `{"subnet": {"network_id": "{net}", "ip_version": 4, "cidr": "10.30.0.0/29",
			"enable_dhcp": false, "name": "s"}}`, "subnet"},
		{"an overlapping subnet", "demo", "POST", "/v2.0/subnets", `{"subnet": {"network_id": "{net}", "ip_version": 4, "cidr": "10.30.0.0/24"}}`, ""},
		{"a subnet without a CIDR", "demo", "POST", "/v2.0/subnets", `{"subnet": {"network_id": "{net}", "ip_version": 4}}`, ""},
		{"show the network", "demo", "GET", "/v2.0/networks/{net}", "", ""},
		{"show the subnet", "demo", "GET", "/v2.0/subnets/{subnet}", "", ""},
		{"another's network", "alt", "GET", "/v2.0/networks/{net}", "", ""},
		{"another's subnet", "alt", "GET", "/v2.0/subnets/{subnet}", "", ""},
		{"a port on another's network", "alt", "POST", "/v2.0/ports", `{"port": {"network_id": "{net}"}}`, ""},
		{"no such network", "demo", "GET", "/v2.0/networks/{missing}", "", ""},
		{"no such subnet", "demo", "GET", "/v2.0/subnets/{missing}", "", ""},
		{"no such port", "demo", "GET", "/v2.0/ports/{missing}", "", ""},
		{"delete no such port", "demo", "DELETE", "/v2.0/ports/{missing}", "", ""},
		{"a port on no such network", "admin", "POST", "/v2.0/ports", `{"port": {"network_id": "{missing}"}}`, ""},
		{"a port without a network", "admin", "POST", "/v2.0/ports", `{"port": {}}`, ""},
		{"a port for a project", "admin", "POST", "/v2.0/ports", port + `, "project_id": "{demo}"` + on + `, "ip_address": "10.30.0.4"}]}}`, "port"},
		{"show the port", "demo", "GET", "/v2.0/ports/{port}", "", ""},
		{"another's port", "alt", "GET", "/v2.0/ports/{port}", "", ""},
		{"an address in use", "admin", "POST", "/v2.0/ports", port + on + `, "ip_address": "10.30.0.4"}]}}`, ""},
		{"an address of no subnet", "admin", "POST", "/v2.0/ports", port + on + `, "ip_address": "10.31.0.4"}]}}`, ""},
		{"an address of none of the subnets", "admin", "POST", "/v2.0/ports", port + `, "fixed_ips": [{"ip_address": "10.31.0.4"}]}}`, ""},
		{"the network's address", "admin", "POST", "/v2.0/ports", port + on + `, "ip_address": "10.30.0.0"}]}}`, ""},
		{"the broadcast address", "admin", "POST", "/v2.0/ports", port + on + `, "ip_address": "10.30.0.7"}]}}`, ""},
		{"the gateway's address", "admin", "POST", "/v2.0/ports", port + on + `, "ip_address": "10.30.0.1"}]}}`, "gatewayport"},
		{"an address that is none", "admin", "POST", "/v2.0/ports", port + on + `, "ip_address": "10.30.0.400"}]}}`, ""},
		{"make another network", "demo", "POST", "/v2.0/networks", `{"network": {"name": "o"}}`, "other"},
		{"make a subnet of it", "demo", "POST", "/v2.0/subnets", `{"subnet": {"network_id": "{other}", "ip_version": 4, "cidr": "10.32.0.0/24"}}`, "othersubnet"},
		{"a subnet of another network", "admin", "POST", "/v2.0/ports", port + `, "fixed_ips": [{"subnet_id": "{othersubnet}"}]}}`, ""},
		{"a loopback subnet with DHCP", "demo", "POST", "/v2.0/subnets", subnet + `, "cidr": "127.9.0.0/24"}}`, ""},
		{"a subnet of the other IP version", "demo", "POST", "/v2.0/subnets", subnet + `, "cidr": "fd00::/64"}}`, ""},
		{"a CIDR that is none", "demo", "POST", "/v2.0/subnets", subnet + `, "cidr": "10.33.0.0.0/24"}}`, ""},
		{"a CIDR without a length", "demo", "POST", "/v2.0/subnets", subnet + `, "cidr": "10.33.0.0"}}`, ""},
		{"a gateway that is the broadcast address", "demo", "POST", "/v2.0/subnets", subnet + `, "cidr": "10.35.0.0/24", "gateway_ip": "10.35.0.255"}}`, ""},
		{"a CIDR of everything", "demo", "POST", "/v2.0/subnets", subnet + `, "cidr": "0.0.0.0/0"}}`, ""},
		{"a gateway elsewhere", "demo", "POST", "/v2.0/subnets", subnet + `, "cidr": "10.36.0.0/24", "gateway_ip": "10.34.0.1"}}`, "elsewhere"},
		{"a pool elsewhere", "demo", "POST", "/v2.0/subnets", subnet + `, "cidr": "10.33.0.0/24",
			"allocation_pools": [{"start": "10.34.0.1", "end": "10.34.0.2"}]}}`, ""},
		{"a subnet without a gateway", "demo", "POST", "/v2.0/subnets", subnet + `, "cidr": "10.37.0.0/24", "gateway_ip": null}}`, "withoutgateway"},
		{"a shared network of an ordinary user's", "demo", "POST", "/v2.0/networks", `{"network": {"name": "x", "shared": true}}`, ""},
		{"a network id that is none", "admin", "POST", "/v2.0/ports", `{"port": {"network_id": "x"}}`, ""},
		{"a body of another kind", "admin", "POST", "/v2.0/ports", `{"network": {}}`, ""},
		{"a subnet of no network", "admin", "POST", "/v2.0/ports", port + `, "fixed_ips": [{"subnet_id": "{missing}"}]}}`, ""},
		{"an unknown attribute", "admin", "POST", "/v2.0/ports", port + `, "colour": "red"}}`, ""},
		{"for another project", "demo", "POST", "/v2.0/ports", port + `, "project_id": "{alt}"}}`, ""},
		{"the last addresses, one", "demo", "POST", "/v2.0/ports", port + on + `, "ip_address": "10.30.0.2"}]}}`, "last1"},
		{"the last addresses, two", "demo", "POST", "/v2.0/ports", port + on + `, "ip_address": "10.30.0.3"}]}}`, "last2"},
		{"the last addresses, three", "demo", "POST", "/v2.0/ports", port + on + `, "ip_address": "10.30.0.5"}]}}`, "last3"},
		{"the last addresses, four", "demo", "POST", "/v2.0/ports", port + on + `, "ip_address": "10.30.0.6"}]}}`, "last4"},
		{"no address left on the subnet", "demo", "POST", "/v2.0/ports", port + on + `}]}}`, ""},
		{"no address left on the network", "demo", "POST", "/v2.0/ports", port + `}}`, ""},
		{"delete a subnet in use", "demo", "DELETE", "/v2.0/subnets/{subnet}", "", ""},
		{"delete a network in use", "demo", "DELETE", "/v2.0/networks/{net}", "", ""},
		{"another deletes the port", "alt", "DELETE", "/v2.0/ports/{port}", "", ""},
		{"find by device", "demo", "GET", "/v2.0/ports?device_id=lb-1&device_owner=Octavia&network_id={net}&fixed_ips=ip_address%3D10.30.0.4", "", ""},
		{"find none", "demo", "GET", "/v2.0/ports?device_id=lb-2", "", ""},
		{"rename the port", "demo", "PUT", "/v2.0/ports/{port}", `{"port": {"name": "q", "admin_state_up": false}}`, ""},
		{"move the port", "demo", "PUT", "/v2.0/ports/{port}", `{"port": {"network_id": "{other}"}}`, ""},
		{"another renames the port", "alt", "PUT", "/v2.0/ports/{port}", `{"port": {"name": "r"}}`, ""},
		{"rename no such port", "demo", "PUT", "/v2.0/ports/{missing}", `{"port": {"name": "r"}}`, ""},
		{"delete the port", "demo", "DELETE", "/v2.0/ports/{port}", "", ""},
		{"delete it again", "demo", "DELETE", "/v2.0/ports/{port}", "", ""},
		{"a bad token", "nobody", "GET", "/v2.0/ports", "", ""},
		{"no token", "", "GET", "/v2.0/ports", "", ""},
	}
}

func compareStep(t *testing.T, st step, actual, made side) {
	t.Helper()
	var said [2]answer
	for i, side := range []side{actual, made} {
		var body any
		if st.body != "" {
			body = json.RawMessage(side.put(st.body))
		}
		said[i] = request(t, side.tokens[st.user], st.method, side.network+side.put(st.path), body)
		if st.save != "" {
			side.ids[st.save] = madeID(t, said[i])
		}
	}
	if said[0].status != said[1].status {
		t.Errorf("Neutron answers %d %v, the stand-in %d %v", said[0].status, said[0].body, said[1].status, said[1].body)
		return
	}
	if diff := cmp.Diff(normal(t, actual, said[0].body, said[1].body), normal(t, made, said[1].body, said[1].body)); diff != "" {
		t.Errorf("they answer %d, but with different bodies (-Neutron +stand-in):\n%s", said[0].status, diff)
	}
}

func madeID(t *testing.T, a answer) string {
	t.Helper()
	for _, object := range a.body {
		if fields, ok := object.(map[string]any); ok {
			if id, ok := fields["id"].(string); ok {
				return id
			}
		}
	}
	t.Fatalf("nothing was made: %d %v", a.status, a.body)
	return ""
}

// normal is a body with ids as their names and with only the fields that the pattern has, as the stand-in keeps fewer; what is
// chance or time is left out.
func normal(t *testing.T, s side, body, pattern any) any {
	t.Helper()
	switch body := body.(type) {
	case string:
		return inOrder(s.strip(body), "these ports is: ")
	case []any:
		var out []any
		items, _ := pattern.([]any)
		for i, item := range body {
			if i < len(items) {
				out = append(out, normal(t, s, item, items[i]))
			} else {
				out = append(out, fmt.Sprintf("one more: %v", item))
			}
		}
		return out
	case map[string]any:
		out := map[string]any{}
		fields, _ := pattern.(map[string]any)
		for name, value := range body {
			_, kept := fields[name]
			if kept && !slices.Contains([]string{"created_at", "updated_at", "revision_number", "mac_address", "security_groups", "mtu"}, name) {
				out[name] = normal(t, s, value, fields[name])
			}
		}
		return out
	}
	return body
}

// inOrder sorts the list that ends a sentence: it has the order of the database.
func inOrder(text, mark string) string {
	before, list, found := strings.Cut(text, mark)
	if !found {
		return text
	}
	ids := strings.Split(strings.TrimSuffix(list, "."), ",")
	slices.Sort(ids)
	return before + mark + strings.Join(ids, ",") + "."
}
