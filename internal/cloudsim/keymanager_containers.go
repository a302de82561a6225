package cloudsim

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// containerParts are the names that secrets of a container may have, by its type; nil takes any.
var containerParts = map[string][]string{ //nolint:gochecknoglobals // a table that never changes
	"certificate": {"certificate", "private_key", "private_key_passphrase", "intermediates"},
	"rsa":         {"private_key", "private_key_passphrase", "public_key"},
	"generic":     nil,
}

func (k *keyManager) createContainer(r *http.Request, caller *token) (reply, error) {
	if !mayCreate(caller) {
		return reply{}, errKeyForbidden("Container creation")
	}
	var body struct {
		Name    string     `json:"name"`
		Kind    string     `json:"type"`
		Secrets []namedRef `json:"secret_refs"`
	}
	if err := readJSON(r, &body); err != nil {
		return reply{}, badKeyRequest("Unable to process the contained instructions")
	}
	allowed, known := containerParts[body.Kind]
	if !known {
		return reply{}, badKeyRequest("Provided object does not match schema 'Container': '" + body.Kind + "' is not one of ['certificate', 'generic', 'rsa']")
	}
	names := map[string]bool{}
	for _, s := range body.Secrets {
		switch {
		case names[s.Name]:
			return reply{}, badKeyRequest("Duplicate reference names are not allowed")
		case allowed != nil && !slices.Contains(allowed, s.Name):
			return reply{}, badKeyRequest("Provided object does not match schema 'Container': only reference names '" + strings.Join(allowed, "', '") + "' are allowed for type '" + body.Kind + "'")
		case k.secrets[lastOf(s.Ref)] == nil:
			return reply{}, &apiError{status: http.StatusNotFound, message: "Secret provided for '" + s.Name + "' doesn't exist."}
		}
		names[s.Name] = true
	}
	if body.Kind == "certificate" && !names["certificate"] {
		return reply{}, badKeyRequest("Provided object does not match schema 'Container': The reference 'certificate' is required for type 'certificate'")
	}
	c := k.newStored(caller, body.Name, body.Kind)
	c.secrets = body.Secrets
	k.containers[c.id] = c
	return reply{status: http.StatusCreated, body: map[string]string{"container_ref": k.ref(r, "containers", c.id)}}, nil
}

func lastOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func (k *keyManager) showContainer(r *http.Request, caller *token) (reply, error) {
	c, err := k.find(r, caller, "retrieval", (*stored).mayRead)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: k.containerBody(r, c)}, nil
}

func (k *keyManager) containerBody(r *http.Request, c *stored) map[string]any {
	body := k.commonBody(c)
	body["container_ref"], body["type"], body["consumers"] = k.ref(r, "containers", c.id), c.kind, []any{}
	body["secret_refs"] = append([]namedRef{}, c.secrets...)
	return body
}

func (k *keyManager) deleteContainer(r *http.Request, caller *token) (reply, error) {
	c, err := k.find(r, caller, "deletion", (*stored).mayWrite)
	if err != nil {
		return reply{}, err
	}
	delete(k.containers, c.id)
	return reply{status: http.StatusNoContent}, nil
}

func (k *keyManager) listContainers(r *http.Request, caller *token) (reply, error) {
	return k.listOf(r, caller, "containers", k.containers, k.containerBody)
}

// aclBody is an access list: who may read beside the project.
type aclBody struct {
	Read *struct {
		Users         []string `json:"users"`
		ProjectAccess *bool    `json:"project-access"`
	} `json:"read"`
}

func (k *keyManager) showACL(r *http.Request, caller *token) (reply, error) {
	s, err := k.find(r, caller, "ACL(s) retrieval", (*stored).mayRead)
	if err != nil {
		return reply{}, err
	}
	read := map[string]any{"project-access": !s.private}
	if len(s.readers) > 0 {
		read["users"] = s.readers
		read["created"], read["updated"] = s.updated.UTC().Format(keyManagerTime), s.updated.UTC().Format(keyManagerTime)
	}
	return reply{status: http.StatusOK, body: map[string]any{"read": read}}, nil
}

func (k *keyManager) setACL(r *http.Request, caller *token) (reply, error) {
	s, err := k.find(r, caller, "ACL(s) Update", (*stored).mayWrite)
	if err != nil {
		return reply{}, err
	}
	var body aclBody
	if err := readJSON(r, &body); err != nil || body.Read == nil {
		return reply{}, badKeyRequest("Provided object does not match schema 'ACL'")
	}
	if r.Method == http.MethodPut || body.Read.Users != nil {
		s.readers = body.Read.Users
	}
	if access := body.Read.ProjectAccess; r.Method == http.MethodPut || access != nil {
		s.private = access != nil && !*access
	}
	s.updated = k.now()
	return reply{status: http.StatusOK, body: map[string]string{"acl_ref": k.service.baseURL(r) + r.URL.Path}}, nil
}

func (k *keyManager) deleteACL(r *http.Request, caller *token) (reply, error) {
	s, err := k.find(r, caller, "ACL(s) deletion", (*stored).mayWrite)
	if err != nil {
		return reply{}, err
	}
	s.readers, s.private = nil, false
	return reply{status: http.StatusOK, body: map[string]any{}}, nil
}

// KeyManagerURL is the key manager's endpoint as in the catalog, without a version; empty while not started.
func (c *Cloud) KeyManagerURL() string { return c.url(keyManagerPrefix) }

// FailKeys answers the next n calls of the key manager with status; n = 0 ends an earlier fault.
func (c *Cloud) FailKeys(n, status int) { c.keys.service.gate.fail(n, status) }

// RenewContainer points a container at other secrets, by their names: what an operator of a real key manager does with a generic
// container. Names that it does not give keep their secrets.
func (c *Cloud) RenewContainer(ref string, secrets map[string]string) {
	c.keys.mu.Lock()
	defer c.keys.mu.Unlock()
	container := c.keys.containers[lastOf(ref)]
	if container == nil {
		return
	}
	secrets = maps.Clone(secrets)
	renewed := make([]namedRef, 0, len(container.secrets)+len(secrets))
	for _, s := range container.secrets {
		if secret, ok := secrets[s.Name]; ok {
			s.Ref = secret
			delete(secrets, s.Name)
		}
		renewed = append(renewed, s)
	}
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		renewed = append(renewed, namedRef{Name: name, Ref: secrets[name]})
	}
	container.secrets = renewed
}

// UserID is the id of the user of that name in the Default domain, or empty.
func (c *Cloud) UserID(name string) string {
	c.identity.mu.Lock()
	defer c.identity.mu.Unlock()
	if u := c.identity.userByName(DefaultDomainID, name); u != nil {
		return u.ID
	}
	return ""
}
