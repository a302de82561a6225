package cloudsim

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/google/uuid"
)

// portAttributes are those of Neutron's ports that this simulator keeps.
//
//nolint:gochecknoglobals // a table
var portAttributes = writable{
	post: []string{
		"name", "description", "tenant_id", "project_id", "network_id", "admin_state_up", "mac_address", "fixed_ips",
		"device_id", "device_owner", "security_groups", "qos_policy_id",
	},
	put:      []string{"name", "description", "admin_state_up", "fixed_ips", "device_id", "device_owner", "security_groups", "qos_policy_id"},
	readOnly: []string{"id", "status", "created_at", "updated_at", "revision_number"},
}

// portFilters are the attributes that lists can be filtered and sorted by.
//
//nolint:gochecknoglobals // a table
var portFilters = []string{
	"id", "name", "description", "tenant_id", "project_id", "network_id", "admin_state_up", "status", "mac_address",
	"device_id", "device_owner", "fixed_ips",
}

func portBody(p *port) map[string]any {
	return addMeta(map[string]any{
		"network_id": p.NetworkID, "admin_state_up": p.AdminStateUp, "mac_address": p.MAC, "status": "DOWN",
		"device_id": p.DeviceID, "device_owner": p.DeviceOwner, "fixed_ips": orEmpty(p.FixedIPs),
		"security_groups": orEmpty(p.SecurityGroups), "allowed_address_pairs": []string{}, "extra_dhcp_opts": []string{},
		"binding:vnic_type": "normal", "qos_policy_id": orNil(p.QoSPolicyID),
	}, &p.meta)
}

// findPort is the port if the caller may see it: own, on an own network, or as admin.
func (n *network) findPort(caller *token, portID string) (*port, error) {
	if p := n.ports[portID]; p != nil && (caller.owns(p.ProjectID) || caller.owns(n.networks[p.NetworkID].ProjectID)) {
		return p, nil
	}
	return nil, notFound("PortNotFound", "Port %s could not be found.", portID)
}

func (n *network) listPorts(r *http.Request, caller *token) (reply, error) {
	var bodies []map[string]any
	for _, p := range sortedValues(n.ports, byAge) {
		if _, err := n.findPort(caller, p.ID); err == nil {
			bodies = append(bodies, portBody(p))
		}
	}
	return n.list(r, "ports", bodies, portFilters)
}

func (n *network) showPort(r *http.Request, caller *token) (reply, error) {
	p, err := n.findPort(caller, r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok("port", only(portBody(p), r.URL.Query()["fields"])), nil
}

// apply sets what the body says on a copy, so that a refused request changes nothing.
func (n *network) apply(p port, attrs attributes, caller *token, rule string) (*port, error) {
	if err := attrs.setMeta(&p.meta); err != nil {
		return nil, err
	}
	if err := set(attrs, "admin_state_up", &p.AdminStateUp); err != nil {
		return nil, err
	}
	if err := set(attrs, "device_id", &p.DeviceID); err != nil {
		return nil, err
	}
	if err := set(attrs, "device_owner", &p.DeviceOwner); err != nil {
		return nil, err
	}
	if err := n.setGroups(&p, attrs, caller); err != nil {
		return nil, err
	}
	if err := n.setQoSPolicy(&p, attrs, caller); err != nil {
		return nil, err
	}
	if err := n.checkPortPolicy(&p, attrs, caller, rule); err != nil {
		return nil, err
	}
	wanted, err := wantedIPs(attrs)
	if err != nil {
		return nil, err
	}
	if wanted != nil || p.FixedIPs == nil {
		ips, err := n.allocate(&p, wanted)
		if err != nil {
			return nil, err
		}
		p.FixedIPs = ips
	}
	return &p, nil
}

// wantedIPs are the addresses that the body asks for; nil if it does not say.
func wantedIPs(attrs attributes) ([]fixedIP, error) {
	var wanted []struct {
		SubnetID string `json:"subnet_id"`
		Address  string `json:"ip_address"`
	}
	if err := set(attrs, "fixed_ips", &wanted); err != nil || wanted == nil {
		return nil, err
	}
	ips := make([]fixedIP, len(wanted))
	for i, w := range wanted {
		ips[i].SubnetID = w.SubnetID
		if w.Address == "" {
			continue
		}
		var err error
		if ips[i].Address, err = netip.ParseAddr(w.Address); err != nil {
			return nil, invalidValue("fixed_ips", w.Address, "IP address")
		}
	}
	return ips, nil
}

// checkPortPolicy keeps ordinary users, on networks that are not theirs, from choosing addresses, MACs and the owners that
// begin with "network:", as Neutron's default policy does.
func (n *network) checkPortPolicy(p *port, attrs attributes, caller *token, rule string) error {
	if caller.owns(n.networks[p.NetworkID].ProjectID) {
		return nil
	}
	if strings.HasPrefix(p.DeviceOwner, "network:") {
		return policyForbids(rule + " and rule:" + rule + ":device_owner")
	}
	if _, asked := attrs["mac_address"]; asked {
		return policyForbids(rule + " and rule:" + rule + ":mac_address")
	}
	wanted, err := wantedIPs(attrs)
	if err != nil {
		return err
	}
	for _, ip := range wanted {
		if ip.Address.IsValid() {
			return policyForbids(rule + " and rule:" + rule + ":fixed_ips:ip_address")
		}
	}
	return nil
}

func (n *network) createPort(r *http.Request, caller *token) (reply, error) {
	attrs, err := readAttributes(r, "port", portAttributes)
	if err != nil {
		return reply{}, err
	}
	if err := attrs.require("network_id"); err != nil {
		return reply{}, err
	}
	owner, err := attrs.owner(caller)
	if err != nil {
		return reply{}, err
	}
	p := port{meta: n.newMeta("", owner), AdminStateUp: true}
	if err := set(attrs, "network_id", &p.NetworkID); err != nil {
		return reply{}, err
	}
	if _, err := uuid.Parse(p.NetworkID); err != nil {
		return reply{}, invalidValue("network_id", p.NetworkID, "UUID")
	}
	if _, err := n.findNetwork(caller, p.NetworkID); err != nil {
		return reply{}, err
	}
	if p.MAC, err = n.macFor(attrs, p.NetworkID); err != nil {
		return reply{}, err
	}
	made, err := n.apply(p, attrs, caller, "create_port")
	if err != nil {
		return reply{}, err
	}
	n.ports[made.ID] = made
	return created("port", portBody(made)), nil
}

// macFor is the MAC address that the body asks for, or a random one with Neutron's default prefix.
func (n *network) macFor(attrs attributes, networkID string) (string, error) {
	var tail [3]byte
	// crypto/rand.Read never fails.
	_, _ = rand.Read(tail[:])
	mac := fmt.Sprintf("fa:16:3e:%02x:%02x:%02x", tail[0], tail[1], tail[2])
	if _, asked := attrs["mac_address"]; !asked {
		return mac, nil
	}
	if err := set(attrs, "mac_address", &mac); err != nil {
		return "", err
	}
	parsed, err := net.ParseMAC(mac)
	if err != nil || len(parsed) != 6 {
		return "", invalidValue("mac_address", mac, "MAC address")
	}
	for _, p := range n.ports {
		if p.NetworkID == networkID && p.MAC == parsed.String() {
			return "", conflict("MacAddressInUse", "Unable to complete operation for network %s. The mac address %s is in use.", networkID, parsed)
		}
	}
	return parsed.String(), nil
}

// ownPort is a port that the caller may change. Whoever sees a port owns it or its network.
func (n *network) ownPort(r *http.Request, caller *token, rule string) (*port, error) {
	p, err := n.findPort(caller, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if !caller.owns(p.ProjectID) {
		return nil, policyForbids(rule)
	}
	return p, nil
}

func (n *network) updatePort(r *http.Request, caller *token) (reply, error) {
	p, err := n.ownPort(r, caller, "update_port")
	if err != nil {
		return reply{}, err
	}
	attrs, err := readAttributes(r, "port", portAttributes)
	if err != nil {
		return reply{}, err
	}
	if p, err = n.apply(*p, attrs, caller, "update_port"); err != nil {
		return reply{}, err
	}
	p.touch(n.now())
	n.ports[p.ID] = p
	return ok("port", portBody(p)), nil
}

func (n *network) deletePort(r *http.Request, caller *token) (reply, error) {
	p, err := n.findPort(caller, r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	delete(n.ports, p.ID)
	return reply{status: http.StatusNoContent}, nil
}
