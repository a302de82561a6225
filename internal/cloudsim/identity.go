package cloudsim

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// seedNamespace makes ids of seeds the same at every start, so that a demonstration can be stopped and gone on with.
//
//nolint:gochecknoglobals // a constant, in all but Go's grammar
var seedNamespace = uuid.MustParse("9d6c2a5e-6f0b-5d0e-8f0c-2f6f6d0a7c11")

// seedID derives an id in Keystone's form, 32 hexadecimal digits without dashes.
func seedID(parts ...string) string {
	return strings.ReplaceAll(uuid.NewSHA1(seedNamespace, []byte(strings.Join(parts, "\x00"))).String(), "-", "")
}

type project struct {
	ID, Name, DomainID string
}

type user struct {
	ID, Name, DomainID string
	password           string
	defaultProjectID   string // empty: logins without scope are unscoped
	grants             []grant
	credentials        []*credential
}

// scope is what a token or a grant is for; the zero scope is "unscoped".
type scope struct {
	projectID, domainID string
	system              bool
}

type grant struct {
	role string
	on   scope
}

// credential is an application credential.
type credential struct {
	ID, Name, secret string
	user             *user
	projectID        string
	roles            []string // the roles that it passes on
}

// identity is Keystone's state and API.
type identity struct {
	service  *service
	region   string
	lifetime time.Duration
	now      func() time.Time

	mu sync.Mutex // guards all that follows
	// The slices are in the order of creation, in which lists are given out.
	domains         []Domain
	projects        []*project
	users           []*user
	roles           []string
	tokens          map[string]*token
	loadBalancerURL string
	counts          Counts
}

func newIdentity(o Options) (*identity, error) {
	id := &identity{
		region: o.Region, lifetime: o.TokenLifetime, now: o.Now, loadBalancerURL: o.LoadBalancerURL,
		domains: []Domain{{ID: DefaultDomainID, Name: DefaultDomainName}},
		roles:   []string{"admin", "member", "reader", "service"},
		tokens:  make(map[string]*token),
	}
	id.service = &service{prefix: identityPrefix, mux: http.NewServeMux(), log: o.Logger, writeError: id.writeError}
	id.service.noRoute = func(w http.ResponseWriter, r *http.Request, err *apiError) { id.writeError(w, r, err) }
	id.routes()
	for _, d := range o.Domains {
		if d.Name == "" || id.domainByName(d.Name) != nil {
			return nil, fmt.Errorf("cloudsim: domain name %q is empty or used twice", d.Name)
		}
		if d.ID == "" {
			d.ID = seedID("domain", d.Name)
		}
		id.domains = append(id.domains, d)
	}
	for _, p := range o.Projects {
		if _, err := id.addProject(p); err != nil {
			return nil, err
		}
	}
	for _, u := range o.Users {
		if _, err := id.addUser(u); err != nil {
			return nil, err
		}
	}
	return id, nil
}

func (id *identity) addProject(p Project) (string, error) {
	domain, err := id.domainNamed(p.Domain)
	if err != nil {
		return "", fmt.Errorf("cloudsim: project %q: %w", p.Name, err)
	}
	if p.Name == "" || id.projectByName(domain.ID, p.Name) != nil {
		return "", fmt.Errorf("cloudsim: project name %q is empty or used twice in domain %s", p.Name, domain.Name)
	}
	if p.ID == "" {
		p.ID = seedID("project", domain.ID, p.Name)
	}
	if id.projectByID(p.ID) != nil {
		return "", fmt.Errorf("cloudsim: project id %s is used twice", p.ID)
	}
	id.projects = append(id.projects, &project{ID: p.ID, Name: p.Name, DomainID: domain.ID})
	return p.ID, nil
}

func (id *identity) addUser(seed User) (string, error) {
	domain, err := id.domainNamed(seed.Domain)
	if err != nil {
		return "", fmt.Errorf("cloudsim: user %q: %w", seed.Name, err)
	}
	if seed.Name == "" || id.userByName(domain.ID, seed.Name) != nil {
		return "", fmt.Errorf("cloudsim: user name %q is empty or used twice in domain %s", seed.Name, domain.Name)
	}
	if seed.ID == "" {
		seed.ID = seedID("user", domain.ID, seed.Name)
	}
	if id.userByID(seed.ID) != nil {
		return "", fmt.Errorf("cloudsim: user id %s is used twice", seed.ID)
	}
	u := &user{ID: seed.ID, Name: seed.Name, DomainID: domain.ID, password: seed.Password}
	if err := id.fillUser(u, seed); err != nil {
		return "", fmt.Errorf("cloudsim: user %q: %w", seed.Name, err)
	}
	id.users = append(id.users, u)
	return u.ID, nil
}

// fillUser resolves what the seed says by name.
func (id *identity) fillUser(u *user, seed User) error {
	projectID := func(name string) (string, error) {
		if p := id.projectByName(u.DomainID, name); p != nil {
			return p.ID, nil
		}
		return "", fmt.Errorf("there is no project %q in domain %s", name, u.DomainID)
	}
	var err error
	if seed.DefaultProject != "" {
		if u.defaultProjectID, err = projectID(seed.DefaultProject); err != nil {
			return err
		}
	}
	for _, g := range seed.Grants {
		on := scope{system: g.System}
		switch {
		case g.Role == "":
			return errors.New("a grant names no role")
		case g.Project != "" && g.Domain == "" && !g.System:
			if on.projectID, err = projectID(g.Project); err != nil {
				return err
			}
		case g.Domain != "" && g.Project == "" && !g.System:
			domain, err := id.domainNamed(g.Domain)
			if err != nil {
				return err
			}
			on.domainID = domain.ID
		case !g.System || g.Project != "" || g.Domain != "":
			return fmt.Errorf("the grant of role %q must name exactly one of project, domain and system", g.Role)
		}
		u.grants = append(u.grants, grant{role: g.Role, on: on})
		if !slices.Contains(id.roles, g.Role) {
			id.roles = append(id.roles, g.Role)
		}
	}
	for _, c := range seed.ApplicationCredentials {
		made, err := id.newCredential(u, c, projectID)
		if err != nil {
			return fmt.Errorf("application credential %q: %w", c.Name, err)
		}
		u.credentials = append(u.credentials, made)
	}
	return nil
}

func (id *identity) newCredential(u *user, c ApplicationCredential, projectID func(string) (string, error)) (*credential, error) {
	pid, err := projectID(c.Project)
	if err != nil {
		return nil, err
	}
	has := u.rolesOn(scope{projectID: pid})
	roles := slices.Clone(c.Roles)
	if len(roles) == 0 {
		roles = has
	}
	for _, role := range roles {
		if !slices.Contains(has, role) {
			return nil, fmt.Errorf("the user has no role %q in project %q", role, c.Project)
		}
	}
	if c.ID == "" {
		c.ID = seedID("credential", u.ID, c.Name)
	}
	return &credential{ID: c.ID, Name: c.Name, secret: c.Secret, user: u, projectID: pid, roles: roles}, nil
}

// impliedRoles are those that keystone-manage bootstrap sets up.
//
//nolint:gochecknoglobals // a table
var impliedRoles = map[string]string{"admin": "member", "member": "reader"}

// rolesOn are the user's roles for a scope, with the implied ones, without repetition.
func (u *user) rolesOn(on scope) []string {
	var roles []string
	for _, g := range u.grants {
		if g.on != on {
			continue
		}
		for role := g.role; role != "" && !slices.Contains(roles, role); role = impliedRoles[role] {
			roles = append(roles, role)
		}
	}
	return roles
}

func (id *identity) domainByName(name string) *Domain {
	return find(id.domains, func(d Domain) bool { return d.Name == name })
}

func (id *identity) domainByID(domainID string) *Domain {
	return find(id.domains, func(d Domain) bool { return d.ID == domainID })
}

// domainNamed is the domain of that name, Default for the empty one.
func (id *identity) domainNamed(name string) (*Domain, error) {
	if name == "" {
		name = DefaultDomainName
	}
	if d := id.domainByName(name); d != nil {
		return d, nil
	}
	return nil, fmt.Errorf("there is no domain %q", name)
}

func (id *identity) projectByID(projectID string) *project {
	return deref(find(id.projects, func(p *project) bool { return p.ID == projectID }))
}

func (id *identity) projectByName(domainID, name string) *project {
	return deref(find(id.projects, func(p *project) bool { return p.DomainID == domainID && p.Name == name }))
}

func (id *identity) userByID(userID string) *user {
	return deref(find(id.users, func(u *user) bool { return u.ID == userID }))
}

func (id *identity) userByName(domainID, name string) *user {
	return deref(find(id.users, func(u *user) bool { return u.DomainID == domainID && u.Name == name }))
}

func find[T any](list []T, wanted func(T) bool) *T {
	if i := slices.IndexFunc(list, wanted); i >= 0 {
		return &list[i]
	}
	return nil
}

// deref is *p, or nil for a nil p.
func deref[T any](p **T) *T {
	if p == nil {
		return nil
	}
	return *p
}
