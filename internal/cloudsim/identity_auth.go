package cloudsim

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// byIDOrName names a domain, or a project or user in one, as requests do.
type byIDOrName struct {
	ID     string      `json:"id"`
	Name   string      `json:"name"`
	Domain *byIDOrName `json:"domain"`
}

type loginRequest struct {
	Auth *struct {
		Identity *loginIdentity  `json:"identity"`
		Scope    json.RawMessage `json:"scope"`
	} `json:"auth"`
}

type loginIdentity struct {
	Methods  []string `json:"methods"`
	Password *struct {
		User *struct {
			byIDOrName
			Password string `json:"password"`
		} `json:"user"`
	} `json:"password"`
	Token *struct {
		ID string `json:"id"`
	} `json:"token"`
	ApplicationCredential *struct {
		ID     string      `json:"id"`
		Name   string      `json:"name"`
		Secret string      `json:"secret"`
		User   *byIDOrName `json:"user"`
	} `json:"application_credential"`
}

// login is what the methods of a request proved.
type login struct {
	user       *user
	methods    []string
	auditIDs   []string
	credential *credential
	expires    time.Time
}

func badRequest(message string) error {
	return &apiError{status: http.StatusBadRequest, kind: "HTTPBadRequest", message: message}
}

// expecting is Keystone's text for something missing in a body.
func expecting(attribute, target string) error {
	return badRequest("Expecting to find " + attribute + " in " + target + ". The server could not comply with the request " +
		"since it is either malformed or otherwise incorrect. The client is assumed to be in error.")
}

// createToken is POST /v3/auth/tokens.
func (id *identity) createToken(r *http.Request, _ *token) (reply, error) {
	var request loginRequest
	if err := readJSON(r, &request); err != nil {
		return reply{}, expecting("valid JSON", "request body")
	}
	id.mu.Lock()
	defer id.mu.Unlock()
	id.counts.Logins++
	if request.Auth == nil {
		return reply{}, expecting("auth", "request body")
	}
	if request.Auth.Identity == nil || len(request.Auth.Identity.Methods) == 0 {
		return reply{}, expecting("identity.methods", "auth")
	}
	who, err := id.prove(request.Auth.Identity)
	if err != nil {
		return reply{}, err
	}
	on, err := id.wantedScope(request.Auth.Scope, who)
	if err != nil {
		return reply{}, err
	}
	made := &token{methods: who.methods, auditIDs: who.auditIDs, user: who.user, on: on, credential: who.credential}
	switch {
	case who.credential != nil:
		made.roles = who.credential.roles
	case on != (scope{}):
		made.roles = who.user.rolesOn(on)
	}
	if on != (scope{}) && len(made.roles) == 0 {
		return reply{}, errUnauthorized
	}
	return id.tokenReply(r, http.StatusCreated, id.issue(made, who.expires)), nil
}

// prove runs every method of a request; all must agree on the user.
func (id *identity) prove(in *loginIdentity) (*login, error) {
	who := &login{expires: id.now().Add(id.lifetime)}
	for _, method := range in.Methods {
		u, err := id.proveBy(method, in, who)
		if err != nil {
			return nil, err
		}
		if u == nil || (who.user != nil && who.user != u) {
			return nil, errUnauthorized
		}
		who.user = u
		if !slices.Contains(who.methods, method) {
			who.methods = append(who.methods, method)
		}
	}
	return who, nil
}

// proveBy returns the user that one method proves, nil when it proves none.
func (id *identity) proveBy(method string, in *loginIdentity, who *login) (*user, error) {
	switch method {
	case "password":
		if in.Password == nil || in.Password.User == nil {
			return nil, expecting("user", "password")
		}
		u, err := id.userBy(&in.Password.User.byIDOrName)
		if err != nil {
			return nil, err
		}
		if u == nil || !sameSecret(u.password, in.Password.User.Password) {
			return nil, nil
		}
		return u, nil
	case "token":
		if in.Token == nil || in.Token.ID == "" {
			return nil, expecting("id", "token")
		}
		t := id.valid(in.Token.ID)
		if t == nil {
			return nil, nil
		}
		if t.credential != nil {
			// A delegated token must not make further tokens.
			return nil, forbidden("Using an application credential token to create another token")
		}
		// A rescoped token never outlives the one that it came from.
		who.expires, who.auditIDs = t.expires, []string{t.auditIDs[len(t.auditIDs)-1]}
		who.methods = append(who.methods, t.methods...)
		return t.user, nil
	case "application_credential":
		return id.proveByCredential(in, who)
	default:
		return nil, &apiError{status: http.StatusUnauthorized, message: "Attempted to authenticate with an unsupported method."}
	}
}

func (id *identity) proveByCredential(in *loginIdentity, who *login) (*user, error) {
	given := in.ApplicationCredential
	if given == nil || (given.ID == "" && (given.Name == "" || given.User == nil)) {
		return nil, expecting("id, or name and user,", "application_credential")
	}
	var owner *user
	if given.ID == "" {
		u, err := id.userBy(given.User)
		if err != nil {
			return nil, err
		}
		owner = u
	}
	known := false
	for _, u := range id.users {
		for _, c := range u.credentials {
			named := c.ID == given.ID || (given.ID == "" && u == owner && c.Name == given.Name)
			known = known || named
			if named && sameSecret(c.secret, given.Secret) {
				who.credential = c
				return u, nil
			}
		}
	}
	if !known && given.ID != "" {
		// An id is a secret to none, it seems: Keystone tells who guesses it.
		return nil, couldNotFind("Application Credential", given.ID)
	}
	return nil, nil
}

// sameSecret never accepts an empty secret: a seed without one has a user who cannot log in.
func sameSecret(want, got string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(want), []byte(got)) == 1
}

func (id *identity) userBy(ref *byIDOrName) (*user, error) {
	if ref.ID != "" {
		return id.userByID(ref.ID), nil
	}
	if ref.Name == "" || ref.Domain == nil {
		return nil, expecting("id, or name and domain,", "user")
	}
	domain := id.domainBy(ref.Domain)
	if domain == nil {
		return nil, nil
	}
	return id.userByName(domain.ID, ref.Name), nil
}

func (id *identity) domainBy(ref *byIDOrName) *Domain {
	if ref.ID != "" {
		return id.domainByID(ref.ID)
	}
	return id.domainByName(ref.Name)
}

// wantedScope resolves a request's scope: absent, "unscoped", {"unscoped": {}}, or a project, domain or the system.
func (id *identity) wantedScope(raw json.RawMessage, who *login) (scope, error) {
	raw = bytes.TrimSpace(raw)
	absent := len(raw) == 0 || bytes.Equal(raw, []byte("null"))
	if who.credential != nil {
		if !absent {
			return scope{}, &apiError{status: http.StatusUnauthorized, message: "Application credentials cannot request a scope."}
		}
		return scope{projectID: who.credential.projectID}, nil
	}
	if absent {
		return scope{projectID: who.user.defaultProjectID}, nil
	}
	if bytes.Equal(raw, []byte(`"unscoped"`)) {
		return scope{}, nil
	}
	var wanted struct {
		Project *byIDOrName `json:"project"`
		Domain  *byIDOrName `json:"domain"`
		System  *struct {
			All bool `json:"all"`
		} `json:"system"`
		Unscoped *struct{} `json:"unscoped"`
	}
	if err := json.Unmarshal(raw, &wanted); err != nil {
		return scope{}, expecting("an object or \"unscoped\"", "scope")
	}
	switch {
	case wanted.Unscoped != nil:
		return scope{}, nil
	case wanted.System != nil && wanted.System.All:
		return scope{system: true}, nil
	case wanted.Domain != nil:
		if d := id.domainBy(wanted.Domain); d != nil {
			return scope{domainID: d.ID}, nil
		}
		return scope{}, errUnauthorized
	case wanted.Project != nil:
		return id.projectScope(wanted.Project)
	default:
		return scope{}, expecting("one of project, domain, system", "scope")
	}
}

func (id *identity) projectScope(ref *byIDOrName) (scope, error) {
	var p *project
	switch {
	case ref.ID != "":
		p = id.projectByID(ref.ID)
	case ref.Name == "" || ref.Domain == nil:
		return scope{}, expecting("id, or name and domain,", "project")
	default:
		if d := id.domainBy(ref.Domain); d != nil {
			p = id.projectByName(d.ID, ref.Name)
		}
	}
	if p == nil {
		return scope{}, errUnauthorized
	}
	return scope{projectID: p.ID}, nil
}
