package cloudsim

import (
	"net/http"
	"slices"

	"github.com/google/uuid"
)

// securityGroup is a group without rules: nothing here filters traffic.
type securityGroup struct{ id, name, projectID string }

// AddSecurityGroup adds a security group of a project, by the project's name, and returns its id.
func (c *Cloud) AddSecurityGroup(name, project string) string {
	owner := c.ProjectID(project)
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	return c.network.addGroup(name, owner)
}

func (n *network) addGroup(name, projectID string) string {
	id := uuid.NewSHA1(seedNamespace, []byte("security group\x00"+projectID+"\x00"+name)).String()
	group := securityGroup{id, name, projectID}
	if !slices.Contains(n.groups, group) {
		n.groups = append(n.groups, group)
	}
	return id
}

// defaultGroup is the group that a project's ports get when they ask for none. As in Neutron it comes into being when it is needed.
func (n *network) defaultGroup(projectID string) string { return n.addGroup("default", projectID) }

func groupBody(g securityGroup) map[string]any {
	return map[string]any{
		"id": g.id, "name": g.name, "project_id": g.projectID, "tenant_id": g.projectID, "description": "", "stateful": true,
		"security_group_rules": []string{},
	}
}

func (n *network) listSecurityGroups(r *http.Request, caller *token) (reply, error) {
	if project := r.URL.Query().Get("project_id"); project != "" {
		n.defaultGroup(project)
	}
	var bodies []map[string]any
	for _, g := range n.groups {
		if caller.owns(g.projectID) {
			bodies = append(bodies, groupBody(g))
		}
	}
	return n.list(r, "security_groups", bodies, []string{"id", "name", "project_id", "tenant_id"})
}

func (n *network) showSecurityGroup(r *http.Request, caller *token) (reply, error) {
	g, err := n.findGroup(caller, r.PathValue("id"))
	if err != nil {
		return reply{}, err
	}
	return ok("security_group", groupBody(g)), nil
}

// findGroup is the group if the caller may see it.
func (n *network) findGroup(caller *token, id string) (securityGroup, error) {
	for _, g := range n.groups {
		if g.id == id && caller.owns(g.projectID) {
			return g, nil
		}
	}
	return securityGroup{}, notFound("SecurityGroupNotFound", "Security group %s does not exist", id)
}

// setGroups applies a port's attribute of that name; a new port that does not have it gets the default group.
func (n *network) setGroups(p *port, attrs attributes, caller *token) error {
	groups := p.SecurityGroups
	if groups == nil {
		groups = []string{n.defaultGroup(p.ProjectID)}
	}
	if err := set(attrs, "security_groups", &groups); err != nil {
		return err
	}
	for _, id := range groups {
		if _, known := attrs["security_groups"]; known {
			if _, err := n.findGroup(caller, id); err != nil {
				return err
			}
		}
	}
	p.SecurityGroups = groups
	return nil
}
