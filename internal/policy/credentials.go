package policy

// Credentials are what Keystone says of the sender of a request.
type Credentials struct {
	UserID, UserDomainID       string
	ProjectID, ProjectDomainID string // empty when the token is not one of a project
	DomainID                   string // empty when the token is not one of a domain
	SystemScope                string // "all" when the token is one of the system, else empty
	Roles                      []string
	// Service is who passed the request on, by its own token; its ids are empty where nobody did.
	Service ServiceCredentials
	// NoAuth says that everybody is an administrator (auth_strategy = noauth).
	NoAuth bool
}

// ServiceCredentials are those of the service that passed a user's request on (X-Service-Token).
type ServiceCredentials struct {
	UserID, UserDomainID, ProjectID, ProjectDomainID string
	Roles                                            []string
}

// Target is what is known of the object of a request, by attribute; an empty value is the absence of one (Python's None). Octavia
// has one attribute only, project_id.
type Target map[string]string

// OfProject is the target that is an object of a project; empty for what belongs to none.
func OfProject(id string) Target { return Target{"project_id": id} }

// attributes are the credentials as rules name them: those of oslo.context's to_policy_values, and its older names.
func (c *Credentials) attributes() map[string]any {
	orNone := func(s string) string {
		if s == "" {
			return none
		}
		return s
	}
	return map[string]any{
		"user_id": orNone(c.UserID), "user": orNone(c.UserID),
		"user_domain_id": orNone(c.UserDomainID), "user_domain": orNone(c.UserDomainID),
		"project_id": orNone(c.ProjectID), "tenant": orNone(c.ProjectID),
		"project_domain_id": orNone(c.ProjectDomainID), "project_domain": orNone(c.ProjectDomainID),
		"domain_id": orNone(c.DomainID), "domain": orNone(c.DomainID),
		"system_scope": orNone(c.SystemScope), "system": orNone(c.SystemScope),
		"roles": c.Roles,
		// Keystone's is_admin_project has no effect unless it is configured there; oslo.context's default is True.
		"is_admin_project":          "True",
		"service_user_id":           orNone(c.Service.UserID),
		"service_user_domain_id":    orNone(c.Service.UserDomainID),
		"service_project_id":        orNone(c.Service.ProjectID),
		"service_project_domain_id": orNone(c.Service.ProjectDomainID),
		"service_roles":             c.Service.Roles,
	}
}

// known says that rules may ask for an attribute of the credentials.
func known(attribute string) bool {
	_, ok := (&Credentials{}).attributes()[attribute]
	return ok
}

// scope is what the token is for, as rules' scope types name it.
func (c *Credentials) scope() string {
	switch {
	case c.SystemScope != "":
		return "system"
	case c.DomainID != "":
		return "domain"
	}
	return "project"
}
