package cloudsim

import "slices"

// SetLoadBalancerURL changes the load-balancer endpoint of the catalog; empty takes the service out of it.
func (c *Cloud) SetLoadBalancerURL(url string) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	c.identity.loadBalancerURL = url
}

// AddProject adds a project and returns its id. The domain must exist and the name be free in it.
func (c *Cloud) AddProject(p Project) (id string, err error) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	return c.identity.addProject(p)
}

// AddUser adds a user and returns its id. Projects and domains that it names must exist.
func (c *Cloud) AddUser(u User) (id string, err error) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	return c.identity.addUser(u)
}

// ProjectID is the id of the project of that name in the Default domain, or empty.
func (c *Cloud) ProjectID(name string) string {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	if p := c.identity.projectByName(DefaultDomainID, name); p != nil {
		return p.ID
	}
	return ""
}

// Token issues a token for the user (of the Default domain) as a password login would; an empty project gives an unscoped
// one. It saves tests a login whose workings they do not look at.
func (c *Cloud) Token(user, project string) (string, error) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	return c.identity.tokenFor(user, project)
}

// Revoke makes a token invalid, as DELETE /v3/auth/tokens does. Unknown tokens are ignored.
func (c *Cloud) Revoke(token string) {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	delete(c.identity.tokens, token)
}

// RevokeAll makes every token issued so far invalid, as a restart of a Keystone with lost keys does.
func (c *Cloud) RevokeAll() {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	clear(c.identity.tokens)
}

// Counts are numbers of identity calls that reached Keystone's logic; calls that an injected fault answered are not in.
type Counts struct {
	// Logins are POST /v3/auth/tokens.
	Logins int
	// Validations are GET and HEAD /v3/auth/tokens.
	Validations int
}

// Counts since the start.
func (c *Cloud) Counts() Counts {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	return c.identity.counts
}

// FailIdentity answers the next n identity calls with status; n = 0 ends an earlier fault.
func (c *Cloud) FailIdentity(n, status int) { c.identity.service.gate.fail(n, status) }

// FailNetwork answers the next n network calls with status; n = 0 ends an earlier fault.
func (c *Cloud) FailNetwork(n, status int) { c.network.service.gate.fail(n, status) }

// PauseIdentity holds identity calls until resume is called or their clients give up. resume may be called more than once.
func (c *Cloud) PauseIdentity() (resume func()) { return c.identity.service.gate.pause() }

// PauseNetwork is PauseIdentity for network calls.
func (c *Cloud) PauseNetwork() (resume func()) { return c.network.service.gate.pause() }

// PortInfo is what tests want to know of a port.
type PortInfo struct {
	ID, Name, ProjectID, NetworkID, DeviceOwner, DeviceID string
	AdminStateUp                                          bool
	// Addresses are in the order of the port's fixed IPs.
	Addresses []string
	// QoSPolicyID is empty for a port without a QoS policy of its own.
	QoSPolicyID string
	// SecurityGroups are the ids of the port's security groups.
	SecurityGroups []string
}

// Ports lists every port, whoever owns it, oldest first.
func (c *Cloud) Ports() []PortInfo {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	ports := sortedValues(c.network.ports, byAge)
	out := make([]PortInfo, 0, len(ports))
	for _, p := range ports {
		info := PortInfo{
			ID: p.ID, Name: p.Name, ProjectID: p.ProjectID, NetworkID: p.NetworkID,
			DeviceOwner: p.DeviceOwner, DeviceID: p.DeviceID, AdminStateUp: p.AdminStateUp, QoSPolicyID: p.QoSPolicyID,
			SecurityGroups: slices.Clone(p.SecurityGroups),
		}
		for _, ip := range p.FixedIPs {
			info.Addresses = append(info.Addresses, ip.Address.String())
		}
		out = append(out, info)
	}
	return out
}

// NetworkID is the id of the oldest network of that name, or empty.
func (c *Cloud) NetworkID(name string) string {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	for _, n := range sortedValues(c.network.networks, byAge) {
		if n.Name == name {
			return n.ID
		}
	}
	return ""
}

// SubnetID is the id of the oldest subnet of that name, or empty.
func (c *Cloud) SubnetID(name string) string {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	for _, s := range sortedValues(c.network.subnets, byAge) {
		if s.Name == name {
			return s.ID
		}
	}
	return ""
}
