package cloudsim

import (
	"net/http"
	"net/netip"

	"github.com/google/uuid"
)

// Flavor is a flavor of Neutron's own, with the one service profile that says what it means.
type Flavor struct {
	// ID and ProfileID are derived from the name when empty.
	ID, Name, ProfileID string
	// ServiceType is LOADBALANCERV2 when empty.
	ServiceType string
	Disabled    bool
	// Metainfo is that of the service profile, text of a driver's own.
	Metainfo string
	// ProfileDisabled switches the service profile off; NoProfile makes a flavor without one.
	ProfileDisabled, NoProfile bool
}

// AddFlavor adds a flavor with its service profile.
func (c *Cloud) AddFlavor(f Flavor) Flavor {
	if f.ID == "" {
		f.ID = uuid.NewSHA1(seedNamespace, []byte("flavor\x00"+f.Name)).String()
	}
	if f.ProfileID == "" {
		f.ProfileID = uuid.NewSHA1(seedNamespace, []byte("service profile\x00"+f.Name)).String()
	}
	if f.ServiceType == "" {
		f.ServiceType = "LOADBALANCERV2"
	}
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	c.network.flavors[f.ID] = f
	return f
}

func (n *network) showFlavor(r *http.Request, _ *token) (reply, error) {
	f, found := n.flavors[r.PathValue("id")]
	if !found {
		return reply{}, notFound("FlavorNotFound", "Flavor %s could not be found.", r.PathValue("id"))
	}
	profiles := []string{}
	if !f.NoProfile {
		profiles = append(profiles, f.ProfileID)
	}
	return ok("flavor", map[string]any{
		"id": f.ID, "name": f.Name, "description": "", "enabled": !f.Disabled, "service_type": f.ServiceType, "service_profiles": profiles,
	}), nil
}

// showServiceProfile is for admins only, by Neutron's default policy; others are told that there is none.
func (n *network) showServiceProfile(r *http.Request, caller *token) (reply, error) {
	for _, f := range n.flavors {
		if f.ProfileID == r.PathValue("id") && !f.NoProfile && caller.has("admin") {
			return ok("service_profile", map[string]any{
				"id": f.ProfileID, "description": "", "driver": "", "enabled": !f.ProfileDisabled, "metainfo": f.Metainfo,
			}), nil
		}
	}
	return reply{}, notFound("ServiceProfileNotFound", "Service Profile %s could not be found.", r.PathValue("id"))
}

// AddQoSPolicy adds a QoS policy of a project, by the project's name, and returns its id.
func (c *Cloud) AddQoSPolicy(name, project string) string {
	owner := c.ProjectID(project)
	id := uuid.NewSHA1(seedNamespace, []byte("qos policy\x00"+owner+"\x00"+name)).String()
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	c.network.qosPolicies[id] = qosPolicy{name: name, projectID: owner}
	return id
}

type qosPolicy struct{ name, projectID string }

// findQoSPolicy is the policy if the caller may see it.
func (n *network) findQoSPolicy(caller *token, id string) (qosPolicy, error) {
	p, found := n.qosPolicies[id]
	if !found || !caller.owns(p.projectID) {
		return p, notFound("QosPolicyNotFound", "QoS policy %s could not be found.", id)
	}
	return p, nil
}

func (n *network) showQoSPolicy(r *http.Request, caller *token) (reply, error) {
	id := r.PathValue("id")
	p, err := n.findQoSPolicy(caller, id)
	if err != nil {
		return reply{}, err
	}
	return ok("policy", map[string]any{
		"id": id, "name": p.name, "project_id": p.projectID, "tenant_id": p.projectID, "description": "", "shared": false,
		"is_default": false, "rules": []string{},
	}), nil
}

// setQoSPolicy applies a port's attribute of that name.
func (n *network) setQoSPolicy(p *port, attrs attributes, caller *token) error {
	if attrs.isNull("qos_policy_id") {
		p.QoSPolicyID = ""
		return nil
	}
	before := p.QoSPolicyID
	if err := set(attrs, "qos_policy_id", &p.QoSPolicyID); err != nil || p.QoSPolicyID == before {
		return err
	}
	_, err := n.findQoSPolicy(caller, p.QoSPolicyID)
	return err
}

func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// RemoveQoSPolicy takes a QoS policy away, also from under the ports that have it, which a Neutron would refuse.
func (c *Cloud) RemoveQoSPolicy(id string) {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	delete(c.network.qosPolicies, id)
}

// RemoveSubnet takes a subnet away, whatever is in it.
func (c *Cloud) RemoveSubnet(id string) {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	delete(c.network.subnets, id)
}

// AddPort makes a port for the owner of the network of that name, on the addresses given (of no address: one of each version, as
// Neutron chooses), with a QoS policy or none. It gives its id, or empty when Neutron would refuse.
func (c *Cloud) AddPort(name, networkName, qosPolicyID string, addresses ...netip.Addr) string {
	networkID := c.NetworkID(networkName)
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	n := c.network
	p := port{meta: n.newMeta(name, n.networks[networkID].ProjectID), NetworkID: networkID, AdminStateUp: true, QoSPolicyID: qosPolicyID}
	var wanted []fixedIP
	for _, a := range addresses {
		wanted = append(wanted, fixedIP{Address: a})
	}
	ips, err := n.allocate(&p, wanted)
	if err != nil {
		return ""
	}
	p.FixedIPs = ips
	n.ports[p.ID] = &p
	return p.ID
}
