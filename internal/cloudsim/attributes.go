package cloudsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// attributes are those that a request's body sets, still undecoded, so that an absent one, null and a value can be told
// apart.
type attributes map[string]json.RawMessage

// writable says of a resource's attributes in which requests they may be set; those not listed but shown are read-only.
type writable struct {
	post, put []string
	readOnly  []string
}

// readAttributes takes the body {"<resource>": {…}} and refuses attributes that Neutron refuses, in its words.
func readAttributes(r *http.Request, resource string, may writable) (attributes, error) {
	var body map[string]json.RawMessage
	if err := readJSON(r, &body); err != nil {
		return nil, &apiError{status: http.StatusBadRequest, kind: "MalformedRequestBody", message: fmt.Sprintf("Malformed request body: %v.", err)}
	}
	raw, found := body[resource]
	if !found || bytes.Equal(raw, []byte("null")) {
		return nil, badRequest(fmt.Sprintf("Unable to find '%s' in request body", resource))
	}
	var attrs attributes
	if err := json.Unmarshal(raw, &attrs); err != nil {
		return nil, badRequest("Body contains invalid data")
	}
	allowed := may.post
	if r.Method == http.MethodPut {
		allowed = may.put
	}
	var unknown []string
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		switch {
		case slices.Contains(allowed, name):
		case slices.Contains(may.post, name), slices.Contains(may.readOnly, name):
			if r.Method == http.MethodPut {
				return nil, badRequest("Cannot update read-only attribute " + name)
			}
			return nil, badRequest(fmt.Sprintf("Attribute '%s' not allowed in POST", name))
		default:
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return nil, badRequest(fmt.Sprintf("Unrecognized attribute(s) '%s'", strings.Join(unknown, ", ")))
	}
	return attrs, nil
}

// set decodes an attribute into dst if the body has it; null is refused, as Neutron does for most attributes.
func set[T any](attrs attributes, name string, dst *T) error {
	raw, found := attrs[name]
	if !found {
		return nil
	}
	var value *T
	if err := json.Unmarshal(raw, &value); err != nil || value == nil {
		return invalidValue(name, string(raw), "value")
	}
	*dst = *value
	return nil
}

// invalidValue is the refusal of an attribute that is not what it has to be, for example "IP address".
func invalidValue(name, value, what string) error {
	return badRequest(fmt.Sprintf("Invalid input for %s. Reason: '%s' is not a valid %s.", name, value, what))
}

// isNull tells whether the body has the attribute with the value null.
func (a attributes) isNull(name string) bool {
	raw, found := a[name]
	return found && bytes.Equal(raw, []byte("null"))
}

// require names the first of the attributes that the body lacks.
func (a attributes) require(names ...string) error {
	for _, name := range names {
		if _, found := a[name]; !found {
			return badRequest("Failed to parse request. Required attribute '" + name + "' not specified")
		}
	}
	return nil
}

// owner is the project that a new resource is for: the caller's, or for admins any that the body names.
func (a attributes) owner(caller *token) (string, error) {
	projectID := caller.on.projectID
	for _, name := range []string{"tenant_id", "project_id"} {
		if err := set(a, name, &projectID); err != nil {
			return "", err
		}
	}
	if projectID == "" {
		return "", badRequest("Running without keystone AuthN requires that tenant_id is specified")
	}
	if !caller.owns(projectID) {
		// Neutron finds this before it asks its policy.
		return "", badRequest("Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges")
	}
	return projectID, nil
}

// setMeta applies the attributes that every resource has.
func (a attributes) setMeta(m *meta) error {
	if err := set(a, "name", &m.Name); err != nil {
		return err
	}
	return set(a, "description", &m.Description)
}
