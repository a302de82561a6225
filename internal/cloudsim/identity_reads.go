package cloudsim

import (
	"net/http"
	"slices"
)

// routes mounts the Keystone API.
func (id *identity) routes() {
	s := id.service
	s.handle("GET /{$}", nil, id.versions)
	s.handle("GET /v3", nil, id.version)
	s.handle("POST /v3/auth/tokens", nil, id.createToken)

	signedIn := map[string]endpoint{
		"GET /v3/auth/tokens":    id.validateToken, // HEAD too: ServeMux answers it by GET
		"DELETE /v3/auth/tokens": id.revokeToken,

		"GET /v3/auth/catalog":  id.ownCatalog,
		"GET /v3/auth/projects": id.ownProjects,
		"GET /v3/auth/domains":  id.ownDomains,
		"GET /v3/auth/system":   id.ownSystem,

		"GET /v3/projects":            id.listProjects,
		"GET /v3/projects/{id}":       id.showProject,
		"GET /v3/users":               id.listUsers,
		"GET /v3/users/{id}":          id.showUser,
		"GET /v3/users/{id}/projects": id.userProjects,
		"GET /v3/domains":             id.listDomains,
		"GET /v3/domains/{id}":        id.showDomain,
		"GET /v3/roles":               id.listRoles,
		"GET /v3/roles/{id}":          id.showRole,
	}
	for pattern, e := range signedIn {
		s.handle(pattern, id.authenticate, func(r *http.Request, caller *token) (reply, error) { return e(r, caller) })
	}
}

func versionDocument(base string) map[string]any {
	return map[string]any{
		"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
		"links":       []map[string]string{{"rel": "self", "href": base + "/v3/"}},
		"media-types": []map[string]string{{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}},
	}
}

func (id *identity) versions(r *http.Request, _ *token) (reply, error) {
	base := id.service.baseURL(r)
	return reply{
		status: http.StatusMultipleChoices,
		header: http.Header{"Location": {base + "/v3/"}},
		body:   map[string]any{"versions": map[string]any{"values": []any{versionDocument(base)}}},
	}, nil
}

func (id *identity) version(r *http.Request, _ *token) (reply, error) {
	return ok("version", versionDocument(id.service.baseURL(r))), nil
}

// ok is a 200 with one object under its name.
func ok(name string, object any) reply {
	return reply{status: http.StatusOK, body: map[string]any{name: object}}
}

// list is Keystone's form of a collection; filters are exact matches of the query's known attributes, others are ignored
// as Keystone ignores them.
func (id *identity) list(r *http.Request, name string, all []map[string]any, filters ...string) reply {
	query := r.URL.Query()
	kept := make([]map[string]any, 0, len(all))
	for _, object := range all {
		matches := !slices.ContainsFunc(filters, func(f string) bool { return query.Has(f) && query.Get(f) != object[f] })
		if matches {
			kept = append(kept, object)
		}
	}
	self := id.service.baseURL(r) + r.URL.Path
	return reply{status: http.StatusOK, body: map[string]any{
		name: kept, "links": map[string]any{"self": self, "next": nil, "previous": nil},
	}}
}

func (id *identity) self(r *http.Request, collection, objectID string) map[string]string {
	return map[string]string{"self": id.service.baseURL(r) + "/v3/" + collection + "/" + objectID}
}

func (id *identity) projectBody(r *http.Request, p *project) map[string]any {
	return map[string]any{
		"id": p.ID, "name": p.Name, "domain_id": p.DomainID, "parent_id": p.DomainID, "description": "", "enabled": true,
		"is_domain": false, "tags": []string{}, "options": struct{}{}, "links": id.self(r, "projects", p.ID),
	}
}

func (id *identity) userBody(r *http.Request, u *user) map[string]any {
	body := map[string]any{
		"id": u.ID, "name": u.Name, "domain_id": u.DomainID, "enabled": true, "password_expires_at": nil,
		"options": struct{}{}, "links": id.self(r, "users", u.ID),
	}
	if u.defaultProjectID != "" {
		body["default_project_id"] = u.defaultProjectID
	}
	return body
}

func (id *identity) domainBody(r *http.Request, d *Domain) map[string]any {
	return map[string]any{
		"id": d.ID, "name": d.Name, "description": "", "enabled": true, "tags": []string{}, "options": struct{}{},
		"links": id.self(r, "domains", d.ID),
	}
}

func (id *identity) roleBody(r *http.Request, role string) map[string]any {
	return map[string]any{
		"id": roleID(role), "name": role, "domain_id": nil, "description": nil, "options": struct{}{},
		"links": id.self(r, "roles", roleID(role)),
	}
}

func (id *identity) ownCatalog(r *http.Request, caller *token) (reply, error) {
	if caller.on == (scope{}) {
		return reply{}, forbidden("identity:get_auth_catalog")
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	return reply{status: http.StatusOK, body: map[string]any{
		"catalog": id.catalog(r), "links": map[string]string{"self": id.service.baseURL(r) + r.URL.Path},
	}}, nil
}

// projectsOf are those in which the user has a role.
func (id *identity) projectsOf(r *http.Request, u *user) []map[string]any {
	var bodies []map[string]any
	for _, p := range id.projects {
		if len(u.rolesOn(scope{projectID: p.ID})) > 0 {
			bodies = append(bodies, id.projectBody(r, p))
		}
	}
	return bodies
}

func (id *identity) ownProjects(r *http.Request, caller *token) (reply, error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	return id.list(r, "projects", id.projectsOf(r, caller.user)), nil
}

func (id *identity) ownDomains(r *http.Request, caller *token) (reply, error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	var bodies []map[string]any
	for i := range id.domains {
		if len(caller.user.rolesOn(scope{domainID: id.domains[i].ID})) > 0 {
			bodies = append(bodies, id.domainBody(r, &id.domains[i]))
		}
	}
	return id.list(r, "domains", bodies), nil
}

func (id *identity) ownSystem(r *http.Request, caller *token) (reply, error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	var bodies []map[string]any
	if len(caller.user.rolesOn(scope{system: true})) > 0 {
		bodies = append(bodies, map[string]any{"all": true})
	}
	return id.list(r, "system", bodies), nil
}

func (id *identity) listProjects(r *http.Request, caller *token) (reply, error) {
	if !caller.has("admin") {
		return reply{}, forbidden("identity:list_projects")
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	bodies := make([]map[string]any, 0, len(id.projects))
	for _, p := range id.projects {
		bodies = append(bodies, id.projectBody(r, p))
	}
	return id.list(r, "projects", bodies, "name", "domain_id", "parent_id"), nil
}

func (id *identity) showProject(r *http.Request, caller *token) (reply, error) {
	projectID := r.PathValue("id")
	if !caller.has("admin") && caller.on.projectID != projectID {
		return reply{}, forbidden("identity:get_project")
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	p := id.projectByID(projectID)
	if p == nil {
		return reply{}, couldNotFind("project", projectID)
	}
	return ok("project", id.projectBody(r, p)), nil
}

func (id *identity) listUsers(r *http.Request, caller *token) (reply, error) {
	if !caller.has("admin") {
		return reply{}, forbidden("identity:list_users")
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	bodies := make([]map[string]any, 0, len(id.users))
	for _, u := range id.users {
		bodies = append(bodies, id.userBody(r, u))
	}
	return id.list(r, "users", bodies, "name", "domain_id"), nil
}

// userFor finds the user in the path for an admin or the user itself.
func (id *identity) userFor(r *http.Request, caller *token, action string) (*user, error) {
	userID := r.PathValue("id")
	if !caller.has("admin") && caller.user.ID != userID {
		return nil, forbidden(action)
	}
	u := id.userByID(userID)
	if u == nil {
		return nil, couldNotFind("user", userID)
	}
	return u, nil
}

func (id *identity) showUser(r *http.Request, caller *token) (reply, error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	u, err := id.userFor(r, caller, "identity:get_user")
	if err != nil {
		return reply{}, err
	}
	return ok("user", id.userBody(r, u)), nil
}

func (id *identity) userProjects(r *http.Request, caller *token) (reply, error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	u, err := id.userFor(r, caller, "identity:list_user_projects")
	if err != nil {
		return reply{}, err
	}
	return id.list(r, "projects", id.projectsOf(r, u), "name", "domain_id"), nil
}

func (id *identity) listDomains(r *http.Request, caller *token) (reply, error) {
	if !caller.has("admin") {
		return reply{}, forbidden("identity:list_domains")
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	bodies := make([]map[string]any, 0, len(id.domains))
	for i := range id.domains {
		bodies = append(bodies, id.domainBody(r, &id.domains[i]))
	}
	return id.list(r, "domains", bodies, "name"), nil
}

func (id *identity) showDomain(r *http.Request, caller *token) (reply, error) {
	if !caller.has("admin") {
		return reply{}, forbidden("identity:get_domain")
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	d := id.domainByID(r.PathValue("id"))
	if d == nil {
		return reply{}, couldNotFind("domain", r.PathValue("id"))
	}
	return ok("domain", id.domainBody(r, d)), nil
}

func (id *identity) listRoles(r *http.Request, caller *token) (reply, error) {
	if !caller.has("admin") {
		return reply{}, forbidden("identity:list_roles")
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	bodies := make([]map[string]any, 0, len(id.roles))
	for _, role := range id.roles {
		bodies = append(bodies, id.roleBody(r, role))
	}
	return id.list(r, "roles", bodies, "name"), nil
}

func (id *identity) showRole(r *http.Request, caller *token) (reply, error) {
	if !caller.has("admin") {
		return reply{}, forbidden("identity:get_role")
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	for _, role := range id.roles {
		if roleID(role) == r.PathValue("id") {
			return ok("role", id.roleBody(r, role)), nil
		}
	}
	return reply{}, couldNotFind("role", r.PathValue("id"))
}
