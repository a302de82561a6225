//go:build verify

package realcloud

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/endpoints"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/projects"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/roles"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/services"
	"github.com/gophercloud/gophercloud/v2/openstack/identity/v3/users"
	"golang.org/x/sync/errgroup"
)

// The roles that tests give to users, besides Keystone's own admin, member and reader.
const (
	RoleMember  = "member"
	RoleReader  = "reader"
	RoleAdmin   = "admin"
	RoleService = "service"
	RoleCreator = "creator" // Barbican's: may store secrets
	// RoleBalancers and RoleObserver are Octavia's: who has the first may make load balancers, who has the other may see them.
	RoleBalancers = "load-balancer_member"
	RoleObserver  = "load-balancer_observer"
)

// The users that a Cloud has, besides those of its own services.
const (
	// UserService is the user of the load-balancer service, an admin of project service.
	UserService = "avi-lbaas"
	// UserAdmin is Keystone's first user, admin of project admin.
	UserAdmin = "admin"
	// UserDemo is an ordinary user of project demo, who may store secrets.
	UserDemo = "demo"
	// UserAlt is the same in project alt.
	UserAlt = "alt"
	// UserReader may look at project demo, but for its load balancers.
	UserReader = "demo-reader"
	// UserObserver may look at the load balancers of project demo alone.
	UserObserver = "demo-observer"
	// UserPlain has a role in project demo that nothing knows.
	UserPlain = "demo-plain"
)

// rolePlain is a role without a meaning.
const rolePlain = "visitor"

// octaviaRoles are the roles that Octavia's policy knows; suites look for them.
func octaviaRoles() []string {
	return []string{
		RoleBalancers, "load-balancer_admin", RoleObserver, "load-balancer_global_observer", "load-balancer_quota_admin",
	}
}

// account is a user to make.
type account struct {
	name, project string
	roles         []string
}

func accounts() []account {
	return []account{
		{"neutron", "service", []string{RoleAdmin, RoleService}},
		{"barbican", "service", []string{RoleAdmin, RoleService}},
		{UserService, "service", []string{RoleAdmin, RoleService}},
		{UserDemo, "demo", []string{RoleMember, RoleBalancers, RoleCreator}},
		{UserAlt, "alt", []string{RoleMember, RoleBalancers, RoleCreator}},
		{UserReader, "demo", []string{RoleReader}},
		{UserObserver, "demo", []string{RoleObserver}},
		{UserPlain, "demo", []string{rolePlain}},
	}
}

// Identity is what Keystone made: ids by name.
type Identity struct {
	keystone *gophercloud.ServiceClient
	http     *http.Transport

	mu                               sync.Mutex // guards what follows
	projects, users, roles, services map[string]string
}

func (i *Identity) close() { i.http.CloseIdleConnections() }

// Identity has the ids of the projects and users, and Keystone's API as its admin.
func (c *Cloud) Identity() *Identity { return c.identity }

// ProjectID is the id of a project by its name.
func (i *Identity) ProjectID(name string) string { return i.id(i.projects, name) }

// UserID is the id of a user by its name.
func (i *Identity) UserID(name string) string { return i.id(i.users, name) }

// Client is Keystone's API as its admin.
func (i *Identity) Client() *gophercloud.ServiceClient { return i.keystone }

func (i *Identity) id(of map[string]string, name string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return of[name]
}

func (i *Identity) learn(of map[string]string, name, id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	of[name] = id
}

// populate makes the catalog, roles, projects and users.
func (c *Cloud) populate(ctx context.Context) error {
	provider, transport, err := c.login(ctx, UserAdmin, "admin")
	if err != nil {
		return err
	}
	c.identity = &Identity{
		keystone: &gophercloud.ServiceClient{ProviderClient: provider, Endpoint: c.IdentityURL + "/", Type: "identity"},
		http:     transport, projects: map[string]string{}, users: map[string]string{}, roles: map[string]string{},
		services: map[string]string{},
	}
	for _, parallel := range []func(context.Context, *errgroup.Group) error{c.addCatalog, c.addNames, c.addUsers} {
		var calls errgroup.Group
		calls.SetLimit(4) // a few more than Keystone's processes
		if err := parallel(ctx, &calls); err != nil {
			return err
		}
		if err := calls.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// login is a client of all services as a user, who is known by name in the project.
func (c *Cloud) login(ctx context.Context, user, project string) (*gophercloud.ProviderClient, *http.Transport, error) {
	provider, err := openstack.NewClient(c.IdentityURL + "/")
	if err != nil {
		return nil, nil, err
	}
	// Loopback is not for proxies.
	transport := &http.Transport{}
	provider.HTTPClient = http.Client{Transport: transport}
	err = openstack.AuthenticateV3(ctx, provider, &gophercloud.AuthOptions{
		Username: user, Password: c.password, DomainID: "default", AllowReauth: true,
		Scope: &gophercloud.AuthScope{ProjectName: project, DomainID: "default"},
	}, gophercloud.EndpointOpts{})
	if err != nil {
		return nil, nil, fmt.Errorf("log in as %s: %w", user, err)
	}
	return provider, transport, nil
}

// addCatalog names each service in the catalog, once: clients want the public interface.
func (c *Cloud) addCatalog(ctx context.Context, calls *errgroup.Group) error {
	for kind, url := range map[string]string{
		"network": c.NetworkURL, "key-manager": c.KeyManagerURL, "load-balancer": "http://" + c.LoadBalancerAddress,
	} {
		calls.Go(func() error { return c.addService(ctx, kind, url) })
	}
	return nil
}

// addService names a service in the catalog, with its endpoint.
func (c *Cloud) addService(ctx context.Context, kind, url string) error {
	service, err := services.Create(ctx, c.identity.keystone, services.CreateOpts{
		Type: kind, Extra: map[string]any{"name": kind},
	}).Extract()
	if err != nil {
		return fmt.Errorf("add %s to the catalog: %w", kind, err)
	}
	c.identity.learn(c.identity.services, kind, service.ID)
	return c.AddEndpoint(ctx, Region, kind, url)
}

// AddEndpoint names an endpoint of a service that the catalog has, in a region that need not be there yet.
func (c *Cloud) AddEndpoint(ctx context.Context, region, kind, url string) error {
	_, err := endpoints.Create(ctx, c.identity.keystone, endpoints.CreateOpts{
		Availability: gophercloud.AvailabilityPublic, Name: kind, Region: region, URL: url,
		ServiceID: c.identity.id(c.identity.services, kind),
	}).Extract()
	if err != nil {
		return fmt.Errorf("add the endpoint of %s in %s to the catalog: %w", kind, region, err)
	}
	return nil
}

// addNames makes the projects and roles that the accounts need and Keystone does not bring.
func (c *Cloud) addNames(ctx context.Context, calls *errgroup.Group) error {
	pages, err := roles.List(c.identity.keystone, roles.ListOpts{}).AllPages(ctx)
	if err != nil {
		return fmt.Errorf("list the roles: %w", err)
	}
	present, err := roles.ExtractRoles(pages)
	if err != nil {
		return err
	}
	for _, role := range present {
		c.identity.roles[role.Name] = role.ID
	}
	wanted := map[string]bool{} // true: a project; false: a role
	for _, role := range octaviaRoles() {
		wanted["role "+role] = false
	}
	for _, a := range accounts() {
		wanted[a.project] = true
		for _, role := range a.roles {
			if c.identity.roles[role] == "" {
				wanted["role "+role] = false
			}
		}
	}
	for name, isProject := range wanted {
		calls.Go(func() error {
			if isProject {
				return c.addProject(ctx, name)
			}
			return c.addRole(ctx, strings.TrimPrefix(name, "role "))
		})
	}
	return nil
}

func (c *Cloud) addProject(ctx context.Context, name string) error {
	project, err := projects.Create(ctx, c.identity.keystone, projects.CreateOpts{Name: name, DomainID: "default"}).Extract()
	if err != nil {
		return fmt.Errorf("make project %s: %w", name, err)
	}
	c.identity.learn(c.identity.projects, name, project.ID)
	return nil
}

func (c *Cloud) addRole(ctx context.Context, name string) error {
	role, err := roles.Create(ctx, c.identity.keystone, roles.CreateOpts{Name: name}).Extract()
	if err != nil {
		return fmt.Errorf("make role %s: %w", name, err)
	}
	c.identity.learn(c.identity.roles, name, role.ID)
	return nil
}

// AddUser makes a user with a project of the same name, where it has roles that are there.
func (c *Cloud) AddUser(ctx context.Context, name string, roles ...string) error {
	if err := c.addProject(ctx, name); err != nil {
		return err
	}
	return c.addUser(ctx, account{name, name, roles})
}

func (c *Cloud) addUsers(ctx context.Context, calls *errgroup.Group) error {
	for _, a := range accounts() {
		calls.Go(func() error { return c.addUser(ctx, a) })
	}
	return nil
}

func (c *Cloud) addUser(ctx context.Context, a account) error {
	made, err := users.Create(ctx, c.identity.keystone, users.CreateOpts{
		Name: a.name, DomainID: "default", Password: c.password,
	}).Extract()
	if err != nil {
		return fmt.Errorf("make user %s: %w", a.name, err)
	}
	c.identity.learn(c.identity.users, a.name, made.ID)
	for _, role := range a.roles {
		err := roles.Assign(ctx, c.identity.keystone, c.identity.id(c.identity.roles, role), roles.AssignOpts{
			UserID: made.ID, ProjectID: c.identity.ProjectID(a.project),
		}).ExtractErr()
		if err != nil {
			return fmt.Errorf("give role %s to user %s: %w", role, a.name, err)
		}
	}
	return nil
}
