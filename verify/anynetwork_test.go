//go:build verify

package verify_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
)

// anyNetwork is a network service in which everything exists that somebody names, as in the no-op network driver of Octavia: test
// suites made for that driver name networks and subnets that nobody has made. Its ports are its own, with an address each.
type anyNetwork struct {
	mu       sync.Mutex          // guards what follows
	subnets  map[string][]string // of a network
	networks map[string]string   // of a subnet
	six      map[string]bool     // the subnets that have IPv6 addresses
	ports    map[string]map[string]any
	made     int // ports so far
}

// The addresses are those of RFC 2544 and RFC 3849: the suites' own choices are among them.
const fourCIDR, sixCIDR = "198.18.0.0/15", "2001:db8::/32"

// startAnyNetwork starts the service and tells its URL.
func startAnyNetwork(t *testing.T) (*anyNetwork, string) {
	t.Helper()
	n := &anyNetwork{
		subnets: map[string][]string{}, networks: map[string]string{}, six: map[string]bool{}, ports: map[string]map[string]any{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2.0/networks/{id}", n.showNetwork)
	mux.HandleFunc("GET /v2.0/subnets/{id}", n.showSubnet)
	mux.HandleFunc("GET /v2.0/ports", n.listPorts)
	mux.HandleFunc("POST /v2.0/ports", n.createPort)
	mux.HandleFunc("GET /v2.0/ports/{id}", n.showPort)
	mux.HandleFunc("PUT /v2.0/ports/{id}", n.updatePort)
	mux.HandleFunc("DELETE /v2.0/ports/{id}", n.deletePort)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return n, server.URL
}

// learn has the subnet of a network that a request to create a load balancer names belong to it.
func (n *anyNetwork) learn(body []byte) {
	var request struct {
		LoadBalancer struct {
			Network string `json:"vip_network_id"`
			Subnet  string `json:"vip_subnet_id"`
			Address string `json:"vip_address"`
		} `json:"loadbalancer"`
	}
	// A wrong body is the service's to refuse.
	if lb := &request.LoadBalancer; json.Unmarshal(body, &request) == nil && lb.Subnet != "" {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.join(lb.Network, lb.Subnet)
		n.six[lb.Subnet] = n.six[lb.Subnet] || strings.Contains(lb.Address, ":")
	}
}

// join puts a subnet into a network, unless it is in one.
func (n *anyNetwork) join(network, subnet string) {
	if n.networks[subnet] != "" {
		return
	}
	if network == "" {
		network = uuid.NewString()
	}
	n.networks[subnet] = network
	n.subnets[network] = append(n.subnets[network], subnet)
}

func (n *anyNetwork) showNetwork(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	id := r.PathValue("id")
	if len(n.subnets[id]) == 0 {
		n.join(id, uuid.NewString())
	}
	reply(w, http.StatusOK, map[string]any{"network": map[string]any{"id": id, "name": id, "subnets": n.subnets[id], "shared": true}})
}

func (n *anyNetwork) showSubnet(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	id := r.PathValue("id")
	n.join("", id)
	subnet := map[string]any{
		"id": id, "name": id, "network_id": n.networks[id], "cidr": fourCIDR, "ip_version": 4, "gateway_ip": nil, "enable_dhcp": false,
	}
	if n.six[id] {
		subnet["cidr"], subnet["ip_version"] = sixCIDR, 6
	}
	reply(w, http.StatusOK, map[string]any{"subnet": subnet})
}

func (n *anyNetwork) listPorts(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	found := []map[string]any{}
	for _, port := range n.ports {
		matches := true
		for filter, values := range r.URL.Query() {
			value, has := port[filter]
			matches = matches && (!has || slices.Contains(values, fmt.Sprint(value)))
		}
		if matches {
			found = append(found, port)
		}
	}
	reply(w, http.StatusOK, map[string]any{"ports": found})
}

func (n *anyNetwork) createPort(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	port, ok := readPort(w, r)
	if !ok {
		return
	}
	fixed, _ := port["fixed_ips"].([]any)
	if len(fixed) == 0 {
		fixed = []any{map[string]any{}}
	}
	for _, entry := range fixed {
		ip, _ := entry.(map[string]any)
		subnet, _ := ip["subnet_id"].(string)
		if ip["ip_address"] == nil {
			ip["ip_address"] = n.nextAddress(n.six[subnet]).String()
		}
	}
	id := uuid.NewString()
	port["id"], port["fixed_ips"], port["status"] = id, fixed, "DOWN"
	n.ports[id] = port
	reply(w, http.StatusCreated, map[string]any{"port": port})
}

// nextAddress is one that no other port has got.
func (n *anyNetwork) nextAddress(six bool) netip.Addr {
	n.made++
	high, low := byte(n.made>>8), byte(n.made)
	if six {
		return netip.AddrFrom16([16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 14: high, 15: low})
	}
	return netip.AddrFrom4([4]byte{198, 19, high, low})
}

func (n *anyNetwork) showPort(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if port := n.port(w, r); port != nil {
		reply(w, http.StatusOK, map[string]any{"port": port})
	}
}

func (n *anyNetwork) updatePort(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	port := n.port(w, r)
	if port == nil {
		return
	}
	if changed, ok := readPort(w, r); ok {
		maps.Copy(port, changed)
		reply(w, http.StatusOK, map[string]any{"port": port})
	}
}

func (n *anyNetwork) deletePort(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if port := n.port(w, r); port != nil {
		delete(n.ports, r.PathValue("id"))
		w.WriteHeader(http.StatusNoContent)
	}
}

// port is the one that the path names; without it the answer is given.
func (n *anyNetwork) port(w http.ResponseWriter, r *http.Request) map[string]any {
	port := n.ports[r.PathValue("id")]
	if port == nil {
		reply(w, http.StatusNotFound, map[string]any{"NeutronError": map[string]any{
			"type": "PortNotFound", "message": "Port " + r.PathValue("id") + " could not be found.", "detail": "",
		}})
	}
	return port
}

// left are the ports that were not deleted.
func (n *anyNetwork) left() []map[string]any {
	n.mu.Lock()
	defer n.mu.Unlock()
	var ports []map[string]any
	for _, port := range n.ports {
		ports = append(ports, port)
	}
	return ports
}

func readPort(w http.ResponseWriter, r *http.Request) (map[string]any, bool) {
	var body struct {
		Port map[string]any `json:"port"`
	}
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &body)
	}
	if err != nil || body.Port == nil {
		http.Error(w, fmt.Sprintf("not a port: %v", err), http.StatusBadRequest)
		return nil, false
	}
	return body.Port, true
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the service sees it when it fails
}
