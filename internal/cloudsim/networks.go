package cloudsim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// networkAttributes are those of Neutron's networks that this simulator keeps.
//
//nolint:gochecknoglobals // a table
var networkAttributes = writable{
	post:     []string{"name", "description", "admin_state_up", "shared", "tenant_id", "project_id", "router:external"},
	put:      []string{"name", "description", "admin_state_up", "shared", "router:external"},
	readOnly: []string{"id", "status", "subnets", "mtu", "created_at", "updated_at", "revision_number"},
}

// networkFilters are the attributes that lists can be filtered and sorted by.
//
//nolint:gochecknoglobals // a table
var networkFilters = []string{
	"id", "name", "description", "admin_state_up", "shared", "router:external", "status", "tenant_id", "project_id", "mtu",
}

func addMeta(body map[string]any, m *meta) map[string]any {
	body["id"], body["name"], body["description"] = m.ID, m.Name, m.Description
	body["tenant_id"], body["project_id"] = m.ProjectID, m.ProjectID
	body["created_at"], body["updated_at"] = m.created.Format(time.RFC3339), m.updated.Format(time.RFC3339)
	body["revision_number"], body["tags"] = m.revision, []string{}
	return body
}

func (n *network) networkBody(o *networkObject) map[string]any {
	ids := []string{}
	for _, s := range n.subnetsOf(o.ID) {
		ids = append(ids, s.ID)
	}
	return addMeta(map[string]any{
		"admin_state_up": o.AdminStateUp, "shared": o.Shared, "router:external": o.External, "status": "ACTIVE", "mtu": 1500,
		"subnets": ids, "availability_zones": []string{}, "availability_zone_hints": []string{},
		"ipv4_address_scope": nil, "ipv6_address_scope": nil,
	}, &o.meta)
}

// subnetsOf are a network's subnets, oldest first.
func (n *network) subnetsOf(networkID string) []*subnet {
	return slices.DeleteFunc(sortedValues(n.subnets, byAge), func(s *subnet) bool { return s.NetworkID != networkID })
}

// findNetwork is the network if the caller may see it: own, shared, external, or as admin.
func (n *network) findNetwork(caller *token, networkID string) (*networkObject, error) {
	o := n.networks[networkID]
	if o == nil || (!caller.owns(o.ProjectID) && !o.Shared && !o.External) {
		return nil, notFound("NetworkNotFound", "Network %s could not be found.", networkID)
	}
	return o, nil
}

func (n *network) listNetworks(r *http.Request, caller *token) (reply, error) {
	var bodies []map[string]any
	for _, o := range sortedValues(n.networks, byAge) {
		if _, err := n.findNetwork(caller, o.ID); err == nil {
			bodies = append(bodies, n.networkBody(o))
		}
	}
	return n.list(r, "networks", bodies, networkFilters)
}

func (n *network) showNetwork(r *http.Request, caller *token) (reply, error) {
	o, err := n.findNetwork(caller, r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok("network", only(n.networkBody(o), r.URL.Query()["fields"])), nil
}

// apply sets what the body says on a copy, so that a refused request changes nothing.
func (o networkObject) apply(attrs attributes, caller *token, rule string) (*networkObject, error) {
	before := o
	if err := attrs.setMeta(&o.meta); err != nil {
		return nil, err
	}
	for name, dst := range map[string]*bool{"admin_state_up": &o.AdminStateUp, "shared": &o.Shared, "router:external": &o.External} {
		if err := set(attrs, name, dst); err != nil {
			return nil, err
		}
	}
	if (o.Shared != before.Shared || o.External != before.External) && !caller.has("admin") {
		return nil, policyForbids(rule + " and rule:" + rule + ":shared")
	}
	return &o, nil
}

func (n *network) createNetwork(r *http.Request, caller *token) (reply, error) {
	attrs, err := readAttributes(r, "network", networkAttributes)
	if err != nil {
		return reply{}, err
	}
	owner, err := attrs.owner(caller)
	if err != nil {
		return reply{}, err
	}
	o, err := networkObject{meta: n.newMeta("", owner), AdminStateUp: true}.apply(attrs, caller, "create_network")
	if err != nil {
		return reply{}, err
	}
	n.networks[o.ID] = o
	return created("network", n.networkBody(o)), nil
}

func created(name string, body map[string]any) reply {
	return reply{status: http.StatusCreated, body: map[string]any{name: body}}
}

// ownNetwork is a network that the caller may change: one that it sees but does not own is refused, not hidden.
func (n *network) ownNetwork(r *http.Request, caller *token, rule string) (*networkObject, error) {
	o, err := n.findNetwork(caller, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if !caller.owns(o.ProjectID) {
		return nil, policyForbids(rule)
	}
	return o, nil
}

func (n *network) updateNetwork(r *http.Request, caller *token) (reply, error) {
	o, err := n.ownNetwork(r, caller, "update_network")
	if err != nil {
		return reply{}, err
	}
	attrs, err := readAttributes(r, "network", networkAttributes)
	if err != nil {
		return reply{}, err
	}
	if o, err = o.apply(attrs, caller, "update_network"); err != nil {
		return reply{}, err
	}
	o.touch(n.now())
	n.networks[o.ID] = o
	return ok("network", n.networkBody(o)), nil
}

func (n *network) deleteNetwork(r *http.Request, caller *token) (reply, error) {
	o, err := n.ownNetwork(r, caller, "delete_network")
	if err != nil {
		return reply{}, err
	}
	var inUse []string
	for _, p := range n.ports {
		if p.NetworkID == o.ID {
			inUse = append(inUse, p.ID)
		}
	}
	if len(inUse) > 0 {
		slices.Sort(inUse)
		return reply{}, conflict("NetworkInUse", "Unable to complete operation on network %s. There are one or more ports still in use "+
			"on the network, id for these ports is: %s.", o.ID, strings.Join(inUse, ","))
	}
	for _, s := range n.subnetsOf(o.ID) {
		delete(n.subnets, s.ID)
	}
	delete(n.networks, o.ID)
	return reply{status: http.StatusNoContent}, nil
}
