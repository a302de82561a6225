//go:build verify

package verify_test

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/networking/v2/ports"

	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

// vipPort is the only port of a network, as an admin sees it.
func (s *site) vipPort(t *testing.T, n realcloud.Network) ports.Port {
	t.Helper()
	found, err := s.admin.Ports(t.Context(), n.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("network %s has %d ports, want one: %v", n.ID, len(found), found)
	}
	return found[0]
}

// noPorts wants a network to have no port.
func (s *site) noPorts(t *testing.T, n realcloud.Network) {
	t.Helper()
	found, err := s.admin.Ports(t.Context(), n.ID)
	if err != nil || len(found) > 0 {
		t.Errorf("network %s has ports: %v, %v", n.ID, found, err)
	}
}

// A network of the project's own, by its subnet and as a whole, with an address of the user's choice and of Neutron's.
func (s *site) testOwnNetwork(t *testing.T) {
	t.Parallel()
	n, c := s.network(t, s.demo, "own", "10.21.0.0/24", false), s.cli(t, s.demo)
	lb := c.show("loadbalancer", "create", "--name", "own", "--vip-subnet-id", n.SubnetID, "--wait")
	c.expect(lb, "provisioning_status", "ACTIVE")
	c.expect(lb, "vip_network_id", n.ID)
	c.expect(lb, "project_id", s.demo.ProjectID)
	id, _ := lb["id"].(string)

	port := s.vipPort(t, n)
	c.expect(lb, "vip_port_id", port.ID)
	c.expect(lb, "vip_address", port.FixedIPs[0].IPAddress)
	type marks struct{ Name, DeviceID, DeviceOwner, ProjectID string }
	want := marks{"octavia-lb-" + id, "lb-" + id, "Octavia", s.demo.ProjectID}
	if got := (marks{port.Name, port.DeviceID, port.DeviceOwner, port.ProjectID}); got != want {
		t.Errorf("the port is %+v, want %+v", got, want)
	}
	if err := s.demo.RemoveSubnet(t.Context(), n); err == nil || !strings.Contains(err.Error(), "One or more ports have an IP allocation") {
		t.Errorf("the subnet in use was deleted: %v", err)
	}

	s.refusedAddresses(t, n, port.FixedIPs[0].IPAddress)
	c.run("loadbalancer", "delete", "--wait", id)
	s.noPorts(t, n)

	lb = c.show("loadbalancer", "create", "--vip-network-id", n.ID, "--vip-address", "10.21.0.77", "--wait")
	c.expect(lb, "vip_subnet_id", n.SubnetID)
	c.expect(lb, "vip_address", "10.21.0.77")
	c.run("loadbalancer", "delete", "--wait", fmt.Sprint(lb["id"]))
	s.noPorts(t, n)
	if err := s.demo.RemoveSubnet(t.Context(), n); err != nil {
		t.Error(err)
	}
}

// refusedAddresses tries addresses that cannot be had, by API and by client.
func (s *site) refusedAddresses(t *testing.T, n realcloud.Network, used string) {
	t.Helper()
	for _, test := range []struct {
		address, why string
		status       int
	}{
		{used, "already allocated", http.StatusConflict},
		{"10.99.0.1", "not a valid IP", http.StatusBadRequest},
	} {
		body := onSubnet("refused", n.SubnetID)
		body["loadbalancer"].(map[string]any)["vip_address"] = test.address
		a := s.api(t, s.demo.Token(), http.MethodPost, "", body)
		if a.status != test.status || !strings.Contains(a.fault(), test.why) {
			t.Errorf("address %s: answered %d %v, want %d with %q", test.address, a.status, a.body, test.status, test.why)
		}
	}
	s.cli(t, s.demo).fails("already allocated", "loadbalancer", "create", "--vip-subnet-id", n.SubnetID, "--vip-address", used)
	s.vipPort(t, n) // the refused ones left none
}

// A port of the user's is used, and left alone.
func (s *site) testOwnPort(t *testing.T) {
	t.Parallel()
	n, c := s.network(t, s.demo, "own-port", "10.22.0.0/24", false), s.cli(t, s.demo)
	port, err := s.demo.AddPort(t.Context(), n, "")
	if err != nil {
		t.Fatal(err)
	}
	lb := c.show("loadbalancer", "create", "--vip-port-id", port.ID, "--wait")
	c.expect(lb, "vip_address", port.FixedIPs[0].IPAddress)
	c.expect(lb, "vip_subnet_id", n.SubnetID)
	c.expect(lb, "vip_network_id", n.ID)
	c.run("loadbalancer", "delete", "--wait", fmt.Sprint(lb["id"]))
	if left := s.vipPort(t, n); left.ID != port.ID || left.DeviceID != port.DeviceID || left.DeviceOwner != port.DeviceOwner || left.Name != port.Name {
		t.Errorf("the user's port was changed: %+v, was %+v", left, port)
	}

	busy, err := s.demo.AddPort(t.Context(), n, "some-server")
	if err != nil {
		t.Fatal(err)
	}
	foreign := s.network(t, s.alt, "foreign-port", "10.22.1.0/24", false)
	hidden, err := s.alt.AddPort(t.Context(), foreign, "")
	if err != nil {
		t.Fatal(err)
	}
	for id, why := range map[string]string{busy.ID: "already used", hidden.ID: "not found"} {
		body := map[string]any{"loadbalancer": map[string]any{"vip_port_id": id}}
		if a := s.api(t, s.demo.Token(), http.MethodPost, "", body); a.status != http.StatusBadRequest || !strings.Contains(a.fault(), why) {
			t.Errorf("port %s: answered %d %v, want 400 with %q", id, a.status, a.body, why)
		}
	}
}

// A project may use a network exactly if Neutron shows it to the project.
func (s *site) testNetworksOfOthers(t *testing.T) {
	t.Parallel()
	hidden := s.network(t, s.alt, "hidden", "10.23.0.0/24", false)
	for what, vip := range map[string]map[string]any{
		"Subnet " + hidden.SubnetID: {"vip_subnet_id": hidden.SubnetID},
		"Network " + hidden.ID:      {"vip_network_id": hidden.ID},
	} {
		a := s.api(t, s.demo.Token(), http.MethodPost, "", map[string]any{"loadbalancer": vip})
		if a.status != http.StatusBadRequest || !strings.Contains(a.fault(), what+" not found") {
			t.Errorf("%s: answered %d %v, want 400", what, a.status, a.body)
		}
	}
	s.noPorts(t, hidden)
	c := s.cli(t, s.demo)
	c.fails("Unable to locate", "loadbalancer", "create", "--vip-subnet-id", hidden.SubnetID)

	granted, shared := s.network(t, s.alt, "granted", "10.23.1.0/24", false), s.network(t, s.admin, "shared", "10.23.2.0/24", true)
	if err := s.alt.Share(t.Context(), granted, s.demo.ProjectID); err != nil {
		t.Fatal(err)
	}
	for _, n := range []realcloud.Network{granted, shared} {
		// The address too may be chosen, which Neutron allows only to the network's owner and to us.
		prefix := netip.MustParseAddr("10.23.1.50")
		if n == shared {
			prefix = netip.MustParseAddr("10.23.2.50")
		}
		lb := c.show("loadbalancer", "create", "--vip-subnet-id", n.SubnetID, "--vip-address", prefix.String(), "--wait")
		c.expect(lb, "provisioning_status", "ACTIVE")
		if port := s.vipPort(t, n); port.ProjectID != s.demo.ProjectID {
			t.Errorf("the port on the network of another project is %+v", port)
		}
		s.remove(t, s.demo, fmt.Sprint(lb["id"]))
		s.noPorts(t, n)
	}
}

// A load balancer on a loopback subnet of a real Neutron carries traffic, and its tenant at the Controller is the project's.
func (s *site) testTraffic(t *testing.T) {
	t.Parallel()
	n, c := s.network(t, s.demo, "traffic", "127.90.0.0/24", false), s.cli(t, s.demo)
	backends := startBackends(t, "red", "green")
	lb := c.show("loadbalancer", "create", "--name", "traffic", "--vip-subnet-id", n.SubnetID, "--wait")
	c.show("loadbalancer", "listener", "create", "--name", "traffic", "--protocol", "HTTP", "--protocol-port", "18090", "traffic", "--wait")
	c.show("loadbalancer", "pool", "create", "--name", "traffic", "--listener", "traffic", "--protocol", "HTTP",
		"--lb-algorithm", "ROUND_ROBIN", "--wait")
	for _, b := range backends {
		host, port, err := net.SplitHostPort(b.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c.run("loadbalancer", "member", "create", "--address", host, "--protocol-port", port, "--subnet-id", n.SubnetID, "--wait", "traffic")
	}
	if got := ask(t, "http://"+net.JoinHostPort(fmt.Sprint(lb["vip_address"]), "18090")+"/", 20); got["red"] != 10 || got["green"] != 10 {
		t.Errorf("20 requests went to %v, want 10 to each", got)
	}
	id := fmt.Sprint(lb["id"])
	if got := c.controllerObjects(t, id); got["virtualservice"] != 1 || got["vsvip"] != 1 {
		t.Errorf("the Controller holds %v of the load balancer", got)
	}
	c.run("loadbalancer", "delete", "--cascade", "--wait", id)
	if got := c.controllerObjects(t, id); len(got) != 0 {
		t.Errorf("the Controller still holds %v", got)
	}
	s.noPorts(t, n)
	if err := s.demo.RemoveSubnet(t.Context(), n); err != nil {
		t.Error(err)
	}
}
