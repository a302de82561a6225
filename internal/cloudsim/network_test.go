package cloudsim_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

// portBody is a request for a port on a network with further attributes in JSON.
func portBody(networkID string, more ...string) string {
	attributes := append([]string{fmt.Sprintf(`"network_id":%q`, networkID)}, more...)
	return `{"port":{` + strings.Join(attributes, ",") + `}}`
}

func fixedIP(subnetID, address string) string {
	return fmt.Sprintf(`"fixed_ips":[{"subnet_id":%q,"ip_address":%q}]`, subnetID, address)
}

// wantNeutronError checks status and error type, and that the message has a text.
func wantNeutronError(t *testing.T, got answer, status int, kind, text string) {
	t.Helper()
	if got.status != status || got.text("NeutronError", "type") != kind || !strings.Contains(got.text("NeutronError", "message"), text) {
		t.Errorf("got %d %v, want %d %s with %q", got.status, got.body, status, kind, text)
	}
}

func TestPortLife(t *testing.T) {
	s := start(t, nil)
	demo := s.token("demo", "demo")
	network, subnet := s.NetworkID("demo-net"), s.SubnetID("demo-subnet")
	made := s.network("POST", "/ports", demo, portBody(network, `"name":"a"`, `"device_id":"lb-1"`, `"device_owner":"Octavia"`, `"admin_state_up":false`))
	id := made.text("port", "id")
	if made.status != http.StatusCreated || made.text("port", "fixed_ips", 0, "ip_address") != "127.77.0.10" ||
		made.text("port", "fixed_ips", 0, "subnet_id") != subnet || made.text("port", "status") != "DOWN" {
		t.Fatalf("%d %v", made.status, made.body)
	}
	want := []cloudsim.PortInfo{{
		ID: id, Name: "a", ProjectID: s.ProjectID("demo"), NetworkID: network, DeviceOwner: "Octavia", DeviceID: "lb-1",
		Addresses: []string{"127.77.0.10"}, SecurityGroups: []string{s.AddSecurityGroup("default", "demo")},
	}}
	if diff := cmp.Diff(want, s.Ports()); diff != "" {
		t.Errorf("ports (-want +got):\n%s", diff)
	}
	if got := s.network("GET", "/ports/"+id, demo, ""); !cmp.Equal(got.body, made.body) {
		t.Error(cmp.Diff(made.body, got.body))
	}
	moved := s.network("PUT", "/ports/"+id, demo, `{"port":{"name":"b",`+fixedIP(subnet, "127.77.0.5")+`}}`)
	if moved.text("port", "name") != "b" || moved.text("port", "fixed_ips", 0, "ip_address") != "127.77.0.5" || moved.at("port", "revision_number") != 1.0 {
		t.Errorf("%d %v", moved.status, moved.body)
	}
	if got := s.network("DELETE", "/ports/"+id, demo, ""); got.status != http.StatusNoContent {
		t.Errorf("deleting: %d", got.status)
	}
	wantNeutronError(t, s.network("DELETE", "/ports/"+id, demo, ""), 404, "PortNotFound", "Port "+id+" could not be found.")
	wantNeutronError(t, s.network("GET", "/ports/"+id, demo, ""), 404, "PortNotFound", "")
	wantNeutronError(t, s.network("PUT", "/ports/"+id, demo, `{}`), 404, "PortNotFound", "")
}

func TestAddressAllocation(t *testing.T) {
	s := start(t, nil)
	demo := s.token("demo", "demo")
	network, subnet := s.NetworkID("demo-net"), s.SubnetID("demo-subnet")
	if got := s.network("POST", "/ports", demo, portBody(network, fixedIP(subnet, "127.77.0.11"))); got.status != http.StatusCreated {
		t.Fatalf("%d %v", got.status, got.body)
	}
	tests := []struct {
		name, body, wantAddress string
		status                  int
		kind, text              string
	}{
		{"the lowest free one", portBody(network), "127.77.0.10", 201, "", ""},
		{"of a subnet, past one that is taken", portBody(network, `"fixed_ips":[{"subnet_id":"`+subnet+`"}]`), "127.77.0.12", 201, "", ""},
		{"outside of the pool", portBody(network, fixedIP(subnet, "127.77.0.254")), "127.77.0.254", 201, "", ""},
		{"without naming the subnet", portBody(network, `"fixed_ips":[{"ip_address":"127.77.0.253"}]`), "127.77.0.253", 201, "", ""},
		{"none", portBody(network, `"fixed_ips":[]`), "", 201, "", ""},
		{"taken", portBody(network, fixedIP(subnet, "127.77.0.11")), "", 409, "IpAddressAlreadyAllocated", "IP address 127.77.0.11 already allocated in subnet " + subnet},
		{"twice in one request", portBody(network, `"fixed_ips":[{"ip_address":"127.77.0.99"},{"ip_address":"127.77.0.99"}]`), "", 409, "IpAddressAlreadyAllocated", ""},
		{"outside of the subnet", portBody(network, fixedIP(subnet, "127.78.0.20")), "", 400, "InvalidIpForSubnet", "127.78.0.20 is not a valid IP"},
		{"the broadcast address", portBody(network, fixedIP(subnet, "127.77.0.255")), "", 400, "InvalidIpForSubnet", ""},
		{"outside of the network", portBody(network, `"fixed_ips":[{"ip_address":"10.1.1.1"}]`), "", 400, "InvalidIpForNetwork", ""},
		{"subnet of another network", portBody(network, `"fixed_ips":[{"subnet_id":"`+s.SubnetID("shared-subnet")+`"}]`), "", 400, "InvalidInput", "invalid subnet"},
		{"neither subnet nor address", portBody(network, `"fixed_ips":[{}]`), "", 400, "InvalidInput", "requires subnet_id or ip_address"},
		{"not an address", portBody(network, fixedIP(subnet, "127.77.0")), "", 400, "HTTPBadRequest", "'127.77.0' is not a valid IP address"},
		{"null", portBody(network, `"fixed_ips":null`), "", 400, "HTTPBadRequest", "fixed_ips"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := len(s.Ports())
			got := s.network("POST", "/ports", demo, test.body)
			if test.status != http.StatusCreated {
				wantNeutronError(t, got, test.status, test.kind, test.text)
				if len(s.Ports()) != before {
					t.Error("a refused request made a port")
				}
				return
			}
			if got.status != http.StatusCreated || got.text("port", "fixed_ips", 0, "ip_address") != test.wantAddress {
				t.Errorf("%d %v, want %s", got.status, got.body, test.wantAddress)
			}
		})
	}
}

func TestAddressesRunOut(t *testing.T) {
	s := start(t, nil)
	demo := s.token("demo", "demo")
	network := s.network("POST", "/networks", demo, `{"network":{"name":"small"}}`).text("network", "id")
	if got := s.network("POST", "/ports", demo, portBody(network)); len(got.list("port", "fixed_ips")) != 0 || got.status != http.StatusCreated {
		t.Errorf("a port on a network without subnets: %d %v", got.status, got.body)
	}
	subnet := s.network("POST", "/subnets", demo, fmt.Sprintf(`{"subnet":{"network_id":%q,"ip_version":4,"cidr":"10.0.0.0/30"}}`, network))
	if got := subnet.at("subnet", "allocation_pools", 0); !cmp.Equal(got, any(map[string]any{"start": "10.0.0.2", "end": "10.0.0.2"})) {
		t.Errorf("pool %v of %v", got, subnet.body)
	}
	if got := s.network("POST", "/ports", demo, portBody(network)); got.text("port", "fixed_ips", 0, "ip_address") != "10.0.0.2" {
		t.Errorf("%d %v", got.status, got.body)
	}
	wantNeutronError(t, s.network("POST", "/ports", demo, portBody(network)), 409, "IpAddressGenerationFailure", "No more IP addresses available on network "+network)
	named := `"fixed_ips":[{"subnet_id":"` + subnet.text("subnet", "id") + `"}]`
	wantNeutronError(t, s.network("POST", "/ports", demo, portBody(network, named)), 409, "IpAddressGenerationFailure", "No more IP addresses")

	six := fmt.Sprintf(`{"subnet":{"network_id":%q,"ip_version":6,"cidr":"2001:db8::/64","gateway_ip":null}}`, network)
	if got := s.network("POST", "/subnets", demo, six); got.status != http.StatusCreated || got.at("subnet", "gateway_ip") != nil {
		t.Fatalf("%d %v", got.status, got.body)
	}
	named = `"fixed_ips":[{"ip_address":"2001:db8::ffff:ffff:ffff:ffff"}]`
	if got := s.network("POST", "/ports", demo, portBody(network, named)); got.status != http.StatusCreated {
		t.Errorf("the last IPv6 address is a host's: %d %v", got.status, got.body)
	}
}

func TestDeletionOfWhatIsInUse(t *testing.T) {
	s := start(t, nil)
	demo := s.token("demo", "demo")
	network, subnet := s.NetworkID("demo-net"), s.SubnetID("demo-subnet")
	port := s.network("POST", "/ports", demo, portBody(network)).text("port", "id")
	wantNeutronError(t, s.network("DELETE", "/subnets/"+subnet, demo, ""), 409, "SubnetInUse",
		"Unable to complete operation on subnet "+subnet+": One or more ports have an IP allocation from this subnet.")
	wantNeutronError(t, s.network("DELETE", "/networks/"+network, demo, ""), 409, "NetworkInUse",
		"Unable to complete operation on network "+network+". There are one or more ports still in use on the network, id for these ports is: "+port+".")
	for _, path := range []string{"/ports/" + port, "/subnets/" + subnet, "/networks/" + network} {
		if got := s.network("DELETE", path, demo, ""); got.status != http.StatusNoContent {
			t.Errorf("DELETE %s: %d %v", path, got.status, got.body)
		}
	}
	wantNeutronError(t, s.network("GET", "/subnets/"+subnet, demo, ""), 404, "SubnetNotFound", "Subnet "+subnet+" could not be found.")
	wantNeutronError(t, s.network("GET", "/networks/"+network, demo, ""), 404, "NetworkNotFound", "Network "+network+" could not be found.")
}

func TestProjectsAreApart(t *testing.T) {
	s := start(t, nil)
	demo, alt, admin := s.token("demo", "demo"), s.token("alt", "alt"), s.token("admin", "admin")
	port := s.network("POST", "/ports", demo, portBody(s.NetworkID("shared-net"))).text("port", "id")
	names := func(token, collection string) (got []string) {
		answer := s.network("GET", "/"+collection, token, "")
		for i := range answer.list(collection) {
			got = append(got, answer.text(collection, i, "name"))
		}
		return got
	}
	for _, test := range []struct {
		token, collection string
		want              []string
	}{
		{demo, "networks", []string{"demo-net", "shared-net"}},
		{alt, "subnets", []string{"shared-subnet", "alt-subnet"}},
		{admin, "networks", []string{"demo-net", "shared-net", "alt-net"}},
		{demo, "ports", []string{""}},
		{alt, "ports", nil},
		{admin, "ports", []string{""}},
	} {
		if diff := cmp.Diff(test.want, names(test.token, test.collection)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.collection, diff)
		}
	}
	wantNeutronError(t, s.network("GET", "/ports/"+port, alt, ""), 404, "PortNotFound", "")
	wantNeutronError(t, s.network("GET", "/networks/"+s.NetworkID("demo-net"), alt, ""), 404, "NetworkNotFound", "")
	wantNeutronError(t, s.network("POST", "/ports", alt, portBody(s.NetworkID("demo-net"))), 404, "NetworkNotFound", "")
	wantNeutronError(t, s.network("DELETE", "/networks/"+s.NetworkID("shared-net"), alt, ""), 403, "PolicyNotAuthorized", "delete_network")
	wantNeutronError(t, s.network("PUT", "/subnets/"+s.SubnetID("shared-subnet"), alt, `{"subnet":{}}`), 403, "PolicyNotAuthorized", "update_subnet")
	other := fmt.Sprintf(`"project_id":%q`, s.ProjectID("demo"))
	shared := s.NetworkID("shared-net")
	wantNeutronError(t, s.network("POST", "/ports", alt, portBody(shared, other)), 400, "HTTPBadRequest", "requires admin")
	wantNeutronError(t, s.network("POST", "/ports", alt, portBody(shared, `"fixed_ips":[{"ip_address":"127.78.0.9"}]`)), 403, "PolicyNotAuthorized", "ip_address")
	wantNeutronError(t, s.network("POST", "/ports", alt, portBody(shared, `"mac_address":"02:00:00:00:00:01"`)), 403, "PolicyNotAuthorized", "mac_address")
	wantNeutronError(t, s.network("POST", "/ports", alt, portBody(shared, `"device_owner":"network:dhcp"`)), 403, "PolicyNotAuthorized", "device_owner")
	wantNeutronError(t, s.network("POST", "/networks", alt, `{"network":{"shared":true}}`), 403, "PolicyNotAuthorized", "shared")
	if got := s.network("POST", "/ports", admin, portBody(s.NetworkID("demo-net"), other)); got.text("port", "project_id") != s.ProjectID("demo") {
		t.Errorf("an admin makes a port for a project: %d %v", got.status, got.body)
	}
	unscoped, err := s.Token("alt", "")
	if err != nil {
		t.Fatal(err)
	}
	wantNeutronError(t, s.network("GET", "/ports", unscoped, ""), 403, "PolicyNotAuthorized", "")
	if got := s.network("GET", "/ports", "nonsense", ""); got.status != 401 || got.at("error", "code") != 401.0 {
		t.Errorf("a bad token: %d %v", got.status, got.body)
	}
}

func TestListFilters(t *testing.T) {
	s := start(t, nil)
	demo := s.token("demo", "demo")
	network, subnet := s.NetworkID("demo-net"), s.SubnetID("demo-subnet")
	for _, name := range []string{"c", "a", "b"} {
		s.network("POST", "/ports", demo, portBody(network, fmt.Sprintf(`"name":%q`, name), fmt.Sprintf(`"device_id":"lb-%s"`, name)))
	}
	names := func(query string) string {
		got := s.network("GET", "/ports?"+query, demo, "")
		if got.status != http.StatusOK {
			return got.text("NeutronError", "message")
		}
		var all []string
		for i := range got.list("ports") {
			all = append(all, got.text("ports", i, "name"))
		}
		return strings.Join(all, " ")
	}
	tests := []struct{ query, want string }{
		{"", "c a b"},
		{"device_id=lb-a", "a"},
		{"device_id=lb-a&device_id=lb-b", "a b"},
		{"device_id=lb-a&name=b", ""},
		{"network_id=" + network + "&admin_state_up=True", "c a b"},
		{"admin_state_up=false", ""},
		{"fixed_ips=subnet_id%3D" + subnet, "c a b"},
		{"fixed_ips=subnet_id%3Dnope", ""},
		{"fixed_ips=ip_address%3D127.77.0.11", "a"},
		{"fixed_ips=ip_address_substr%3D.12&fixed_ips=subnet_id%3D" + subnet, "b"},
		{"fixed_ips=what%3Dever", ""},
		{"sort_key=name", "a b c"},
		{"sort_key=name&sort_dir=desc", "c b a"},
		{"limit=2", "c a"},
		{"limit=0", "c a b"},
		{"colour=red", "['colour'] is invalid attribute for filtering"},
		{"sort_key=colour", "['colour'] is invalid attribute for sort_key"},
		{"sort_key=name&sort_dir=up", "sort_dirs must be 'asc' or 'desc'"},
		{"sort_dir=asc", "The number of sort_keys and sort_dirs must be same"},
		{"marker=nope", "Marker nope could not be found"},
		{"limit=-1", "The limit must be an integer of 0 or more"},
	}
	for _, test := range tests {
		if got := names(test.query); got != test.want {
			t.Errorf("?%s: %q, want %q", test.query, got, test.want)
		}
	}
	first := s.network("GET", "/ports?limit=2&fields=id", demo, "")
	next := first.text("ports_links", 0, "href")
	query, err := url.Parse(next)
	if err != nil || first.text("ports", 0, "name") != "" || first.text("ports", 0, "id") == "" {
		t.Fatalf("%v: %v", err, first.body)
	}
	if got := names(strings.ReplaceAll(query.RawQuery, "fields=id", "fields=name")); got != "b" {
		t.Errorf("the second page: %q", got)
	}
}

func TestBodiesThatNeutronRefuses(t *testing.T) {
	s := start(t, nil)
	demo := s.token("demo", "demo")
	network := s.NetworkID("demo-net")
	subnet := func(more string) string {
		return fmt.Sprintf(`{"subnet":{"network_id":%q,%s}}`, network, more)
	}
	tests := []struct{ method, path, body, kind, text string }{
		{"POST", "/ports", `{`, "MalformedRequestBody", "Malformed request body"},
		{"POST", "/ports", `{}`, "HTTPBadRequest", "Unable to find 'port' in request body"},
		{"POST", "/ports", `{"port":[]}`, "HTTPBadRequest", "Body contains invalid data"},
		{"POST", "/ports", `{"port":{}}`, "HTTPBadRequest", "Required attribute 'network_id'"},
		{"POST", "/ports", portBody(network, `"colour":1`, `"age":2`), "HTTPBadRequest", "Unrecognized attribute(s) 'age, colour'"},
		{"POST", "/ports", portBody(network, `"id":"x"`), "HTTPBadRequest", "Attribute 'id' not allowed in POST"},
		{"POST", "/ports", portBody(network, `"name":1`), "HTTPBadRequest", "Invalid input for name"},
		{"POST", "/ports", portBody(network, `"mac_address":"x"`), "HTTPBadRequest", "is not a valid MAC address"},
		{"PUT", "/networks/" + network, `{"network":{"id":"x"}}`, "HTTPBadRequest", "Cannot update read-only attribute id"},
		{"POST", "/subnets", subnet(`"ip_version":4`), "BadRequest", "a subnetpool must be specified"},
		{"POST", "/subnets", subnet(`"ip_version":4,"cidr":"127.77.0.0/25","enable_dhcp":false`), "InvalidInput", "overlaps with another subnet"},
		{"POST", "/subnets", subnet(`"ip_version":4,"cidr":"127.90.0.0/24"`), "InvalidInput", "Loopback IP subnet is not supported if enable_dhcp is True"},
		{"POST", "/subnets", subnet(`"ip_version":6,"cidr":"10.0.0.0/24"`), "InvalidInput", "does not match the ip_version"},
		{"POST", "/subnets", subnet(`"ip_version":4,"cidr":"0.0.0.0/0"`), "InvalidInput", "First IP '0.0.0.0' of network is not supported"},
		{"POST", "/subnets", subnet(`"ip_version":4,"cidr":"10.0.0"`), "InvalidInput", "10.0.0 is not in a CIDR format"},
		{"POST", "/subnets", subnet(`"ip_version":4,"cidr":"10.0.0.0"`), "InvalidInput", "incompatible with DHCP service enabled"},
		{"POST", "/subnets", subnet(`"ip_version":4,"cidr":"10.0.0.0/24","gateway_ip":"10.0.0.255"`), "InvalidInput", "Gateway is not valid"},
		{"POST", "/subnets", subnet(`"ip_version":4,"cidr":"10.0.0.0/24","allocation_pools":[{"start":"10.0.0.9","end":"10.0.0.8"}]`), "InvalidAllocationPool", "is not valid"},
		{"POST", "/subnets", subnet(`"ip_version":4,"cidr":"10.0.0.0/24","allocation_pools":[{"start":"10.0.0.9","end":"10.0.1.8"}]`), "OutOfBoundsAllocationPool", "spans beyond"},
	}
	for _, test := range tests {
		wantNeutronError(t, s.network(test.method, test.path, demo, test.body), 400, test.kind, test.text)
	}
	gateway := `"ip_version":4,"cidr":"10.0.0.0/24","allocation_pools":[{"start":"10.0.0.1","end":"10.0.0.8"}]`
	wantNeutronError(t, s.network("POST", "/subnets", demo, subnet(gateway)), 409, "GatewayConflictWithAllocationPools", "conflicts")
	twice := `"ip_version":4,"cidr":"10.0.0.0/24","allocation_pools":[{"start":"10.0.0.2","end":"10.0.0.8"},{"start":"10.0.0.8","end":"10.0.0.9"}]`
	wantNeutronError(t, s.network("POST", "/subnets", demo, subnet(twice)), 409, "OverlappingAllocationPools", "overlapping")
	wantNeutronError(t, s.network("POST", "/ports", demo, portBody(network, `"security_groups":["x"]`)), 404, "SecurityGroupNotFound", "x does not exist")
	mac := portBody(network, `"mac_address":"02:00:00:00:00:01"`)
	if got := s.network("POST", "/ports", demo, mac); got.text("port", "mac_address") != "02:00:00:00:00:01" {
		t.Errorf("%d %v", got.status, got.body)
	}
	wantNeutronError(t, s.network("POST", "/ports", demo, mac), 409, "MacAddressInUse", "is in use")
}

func TestNetworkAndSubnetUpdates(t *testing.T) {
	s := start(t, nil)
	admin := s.token("admin", "admin")
	network, subnet := s.NetworkID("alt-net"), s.SubnetID("alt-subnet")
	got := s.network("PUT", "/networks/"+network, admin, `{"network":{"shared":true,"name":"open","description":"d"}}`)
	if got.at("network", "shared") != true || got.text("network", "name") != "open" || got.text("network", "description") != "d" {
		t.Errorf("%d %v", got.status, got.body)
	}
	if seen := s.network("GET", "/networks/"+network+"?fields=name", s.token("demo", "demo"), ""); seen.text("network", "name") != "open" || seen.at("network", "id") != nil {
		t.Errorf("a network that is now shared: %v", seen.body)
	}
	got = s.network("PUT", "/subnets/"+subnet, admin, `{"subnet":{"gateway_ip":null,"allocation_pools":[{"start":"127.79.0.200","end":"127.79.0.201"}],
		"dns_nameservers":["192.0.2.1"],"host_routes":[{"destination":"10.0.0.0/8","nexthop":"127.79.0.9"}]}}`)
	if got.at("subnet", "gateway_ip") != nil || got.text("subnet", "allocation_pools", 0, "end") != "127.79.0.201" ||
		got.text("subnet", "dns_nameservers", 0) != "192.0.2.1" || got.text("subnet", "host_routes", 0, "nexthop") != "127.79.0.9" {
		t.Errorf("%d %v", got.status, got.body)
	}
	wantNeutronError(t, s.network("PUT", "/subnets/"+subnet, admin, `{"subnet":{"enable_dhcp":true}}`), 400, "InvalidInput", "Loopback")
}

// A project's ports have its default security group unless they ask for others, and only for those that the caller may see.
func TestSecurityGroups(t *testing.T) {
	s := start(t, nil)
	demo, network := s.token("demo", "demo"), s.NetworkID("demo-net")
	web := s.AddSecurityGroup("web", "demo")
	if got := s.network("GET", "/security-groups/"+web, demo, ""); got.text("security_group", "name") != "web" {
		t.Errorf("the group is shown as %v", got.body)
	}
	if got := s.network("GET", "/security-groups?name=web", demo, ""); got.text("security_groups", 0, "id") != web {
		t.Errorf("the group is listed as %v", got.body)
	}
	made := s.network("POST", "/ports", demo, portBody(network))
	if group := made.text("port", "security_groups", 0); group != s.AddSecurityGroup("default", "demo") {
		t.Errorf("a port that asks for no group has %s", group)
	}
	port := "/ports/" + made.text("port", "id")
	changed := s.network("PUT", port, demo, fmt.Sprintf(`{"port":{"security_groups":[%q]}}`, web))
	if group := changed.text("port", "security_groups", 0); group != web {
		t.Errorf("a port that asks for %s has %s", web, group)
	}
	wantNeutronError(t, s.network("PUT", port, demo, `{"port":{"security_groups":["x"]}}`), 404, "SecurityGroupNotFound", "x does not exist")
}
