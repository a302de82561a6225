package cloudsim

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// timestamp is Keystone's form of times in tokens, always UTC.
const timestamp = "2006-01-02T15:04:05.000000Z"

type token struct {
	ID              string
	methods         []string
	auditIDs        []string // its own, then that of the first of a chain of rescoped tokens
	user            *user
	on              scope
	roles           []string
	issued, expires time.Time
	credential      *credential // nil unless got by an application credential
}

// has tells whether the token carries a role.
func (t *token) has(role string) bool { return slices.Contains(t.roles, role) }

// issue makes and keeps a token that expires at the given time.
func (id *identity) issue(t *token, expires time.Time) *token {
	t.ID = "gAAAAA" + rand.Text() + rand.Text() + rand.Text()
	t.auditIDs = append([]string{rand.Text()[:22]}, t.auditIDs...)
	t.issued, t.expires = id.now().UTC(), expires
	id.tokens[t.ID] = t
	return t
}

func (id *identity) tokenFor(userName, projectName string) (string, error) {
	u := id.userByName(DefaultDomainID, userName)
	if u == nil {
		return "", fmt.Errorf("cloudsim: there is no user %q", userName)
	}
	t := &token{methods: []string{"password"}, user: u}
	if projectName != "" {
		p := id.projectByName(u.DomainID, projectName)
		if p == nil {
			return "", fmt.Errorf("cloudsim: there is no project %q", projectName)
		}
		t.on = scope{projectID: p.ID}
		if t.roles = u.rolesOn(t.on); len(t.roles) == 0 {
			return "", fmt.Errorf("cloudsim: user %q has no role in project %q", userName, projectName)
		}
	}
	return id.issue(t, id.now().Add(id.lifetime)).ID, nil
}

// valid is the token of that id if it is good now, else nil. Expired tokens are forgotten.
func (id *identity) valid(tokenID string) *token {
	t := id.tokens[tokenID]
	if t != nil && !id.now().Before(t.expires) {
		delete(id.tokens, tokenID)
		return nil
	}
	return t
}

// authenticate finds the caller by X-Auth-Token; both services do it alike.
func (id *identity) authenticate(r *http.Request) (*token, error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	if t := id.valid(r.Header.Get("X-Auth-Token")); t != nil {
		return t, nil
	}
	return nil, errUnauthorized
}

// errUnauthorized is Keystone's 401 for every cause, so that a caller cannot find out which users there are.
var errUnauthorized = &apiError{status: http.StatusUnauthorized, message: "The request you have made requires authentication."}

func forbidden(action string) error {
	return &apiError{status: http.StatusForbidden, message: "You are not authorized to perform the requested action: " + action + "."}
}

func couldNotFind(what, name string) error {
	return &apiError{status: http.StatusNotFound, message: fmt.Sprintf("Could not find %s: %s.", what, name)}
}

// subjectToken checks that the caller may act on the token in X-Subject-Token: admins, services and the token's owner may.
func (id *identity) subjectToken(r *http.Request, caller *token, action string) (*token, error) {
	subject := id.valid(r.Header.Get("X-Subject-Token"))
	owner := subject != nil && subject.user == caller.user
	reader := action != actionRevoke && (caller.has("service") || caller.on.system && caller.has("reader"))
	if !caller.has("admin") && !owner && !reader {
		return nil, forbidden(action)
	}
	if subject == nil {
		message := "Could not recognize Fernet token"
		if r.Header.Get("X-Subject-Token") == "" {
			message = "No token in the request"
		}
		return nil, &apiError{status: http.StatusNotFound, message: message}
	}
	return subject, nil
}

// Names of the token actions in Keystone's policy.
const (
	actionValidate = "identity:validate_token"
	actionRevoke   = "identity:revoke_token"
)

func (id *identity) validateToken(r *http.Request, caller *token) (reply, error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	id.counts.Validations++
	subject, err := id.subjectToken(r, caller, actionValidate)
	if err != nil {
		return reply{}, err
	}
	return id.tokenReply(r, http.StatusOK, subject), nil
}

func (id *identity) revokeToken(r *http.Request, caller *token) (reply, error) {
	id.mu.Lock()
	defer id.mu.Unlock()
	subject, err := id.subjectToken(r, caller, actionRevoke)
	if err != nil {
		return reply{}, err
	}
	delete(id.tokens, subject.ID)
	return reply{status: http.StatusNoContent}, nil
}

func (id *identity) tokenReply(r *http.Request, status int, t *token) reply {
	body := id.tokenBody(t)
	if _, without := r.URL.Query()["nocatalog"]; !without && t.on != (scope{}) {
		body["catalog"] = id.catalog(r)
	}
	return reply{
		status: status,
		body:   map[string]any{"token": body},
		header: http.Header{"X-Subject-Token": {t.ID}, "Vary": {"X-Auth-Token"}},
	}
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type namedInDomain struct {
	named
	Domain named `json:"domain"`
}

func (id *identity) inDomain(objectID, name, domainID string) namedInDomain {
	d := id.domainByID(domainID)
	return namedInDomain{named{objectID, name}, named{d.ID, d.Name}}
}

// tokenBody is the token as Keystone shows it, without its catalog.
func (id *identity) tokenBody(t *token) map[string]any {
	body := map[string]any{
		"methods":    t.methods,
		"audit_ids":  t.auditIDs,
		"issued_at":  t.issued.Format(timestamp),
		"expires_at": t.expires.UTC().Format(timestamp),
		"user": struct {
			namedInDomain
			PasswordExpiresAt *string `json:"password_expires_at"`
		}{id.inDomain(t.user.ID, t.user.Name, t.user.DomainID), nil},
	}
	roles := make([]named, 0, len(t.roles))
	for _, role := range t.roles {
		roles = append(roles, named{roleID(role), role})
	}
	switch {
	case t.on.projectID != "":
		p := id.projectByID(t.on.projectID)
		body["project"] = id.inDomain(p.ID, p.Name, p.DomainID)
		body["is_domain"], body["roles"] = false, roles
	case t.on.domainID != "":
		d := id.domainByID(t.on.domainID)
		body["domain"], body["roles"] = named{d.ID, d.Name}, roles
	case t.on.system:
		body["system"], body["roles"] = map[string]bool{"all": true}, roles
	}
	if c := t.credential; c != nil {
		body["application_credential"] = map[string]any{"id": c.ID, "name": c.Name, "restricted": true}
	}
	return body
}

func roleID(name string) string { return seedID("role", name) }

type catalogEndpoint struct {
	ID        string `json:"id"`
	Interface string `json:"interface"`
	Region    string `json:"region"`
	RegionID  string `json:"region_id"`
	URL       string `json:"url"`
}

type catalogService struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	Name      string            `json:"name"`
	Endpoints []catalogEndpoint `json:"endpoints"`
}

// catalog names the host that the caller reached, so that it is right behind any listener.
func (id *identity) catalog(r *http.Request) []catalogService {
	catalog := []catalogService{}
	for _, s := range []struct{ kind, name, url string }{
		{"identity", "keystone", id.service.baseURL(r) + "/v3"},
		{"network", "neutron", "http://" + r.Host + networkPrefix},
		{"key-manager", "barbican", "http://" + r.Host + keyManagerPrefix},
		{"load-balancer", "octavia", id.loadBalancerURL},
	} {
		if s.url == "" {
			continue
		}
		entry := catalogService{ID: seedID("service", s.kind), Type: s.kind, Name: s.name}
		for _, face := range []string{"public", "internal", "admin"} {
			entry.Endpoints = append(entry.Endpoints, catalogEndpoint{
				ID: seedID("endpoint", s.kind, face), Interface: face, Region: id.region, RegionID: id.region, URL: s.url,
			})
		}
		catalog = append(catalog, entry)
	}
	return catalog
}

// writeError writes Keystone's error body.
func (id *identity) writeError(w http.ResponseWriter, r *http.Request, err error) {
	e := asAPIError(err)
	if e.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Keystone uri=%q", id.service.baseURL(r)))
	}
	writeJSON(w, e.status, map[string]any{"error": map[string]any{
		"code": e.status, "title": cmp.Or(http.StatusText(e.status), "Error"), "message": e.message,
	}})
}
