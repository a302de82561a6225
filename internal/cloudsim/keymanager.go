package cloudsim

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
)

// keyManagerPrefix is the mount point of the key manager.
const keyManagerPrefix = "/key-manager"

// keyManagerTime is Barbican's form of times, UTC without saying so.
const keyManagerTime = "2006-01-02T15:04:05"

// The content types of payloads that Barbican takes.
const (
	payloadText   = "text/plain"
	payloadBinary = "application/octet-stream"
)

// stored is a secret or a container.
type stored struct {
	id, name, kind       string
	projectID, creatorID string
	created, updated     time.Time
	serial               int

	// Of secrets.
	payload     []byte // nil until it is set
	contentType string

	// Of containers.
	secrets []namedRef

	// readers are the users on the access list; private takes the project's own users out (project-access false).
	readers []string
	private bool
}

type namedRef struct {
	Name string `json:"name"`
	Ref  string `json:"secret_ref"`
}

// keyManager is Barbican's state and API: the parts of v1 that deal with secrets, containers and their access lists.
type keyManager struct {
	service  *service
	identity *identity
	now      func() time.Time

	mu         sync.Mutex // guards all that follows; never held while identity.mu is asked for
	secrets    map[string]*stored
	containers map[string]*stored
	serial     int
}

func newKeyManager(o Options, id *identity) *keyManager {
	k := &keyManager{identity: id, now: o.Now, secrets: map[string]*stored{}, containers: map[string]*stored{}}
	k.service = &service{prefix: keyManagerPrefix, mux: http.NewServeMux(), log: o.Logger, writeError: k.writeError}
	k.service.noRoute = func(w http.ResponseWriter, r *http.Request, err *apiError) { k.writeError(w, r, err) }
	k.routes()
	return k
}

func (k *keyManager) routes() {
	s := k.service
	s.handle("GET /{$}", nil, k.versions)
	for pattern, e := range map[string]endpoint{
		"GET /v1/secrets":             k.listSecrets,
		"POST /v1/secrets":            k.createSecret,
		"GET /v1/secrets/{id}":        k.showSecret,
		"PUT /v1/secrets/{id}":        k.fillSecret,
		"DELETE /v1/secrets/{id}":     k.deleteSecret,
		"GET /v1/containers":          k.listContainers,
		"POST /v1/containers":         k.createContainer,
		"GET /v1/containers/{id}":     k.showContainer,
		"DELETE /v1/containers/{id}":  k.deleteContainer,
		"GET /v1/secrets/{id}/acl":    k.showACL,
		"PUT /v1/secrets/{id}/acl":    k.setACL,
		"PATCH /v1/secrets/{id}/acl":  k.setACL,
		"DELETE /v1/secrets/{id}/acl": k.deleteACL,

		"GET /v1/containers/{id}/acl":    k.showACL,
		"PUT /v1/containers/{id}/acl":    k.setACL,
		"PATCH /v1/containers/{id}/acl":  k.setACL,
		"DELETE /v1/containers/{id}/acl": k.deleteACL,
	} {
		s.handle(pattern, k.authenticate, func(r *http.Request, caller *token) (reply, error) {
			k.mu.Lock()
			defer k.mu.Unlock()
			return e(r, caller)
		})
	}
	s.mux.HandleFunc("GET /v1/secrets/{id}/payload", k.payload)
}

// authenticate wants a token of a project: everything in a key manager is a project's.
func (k *keyManager) authenticate(r *http.Request) (*token, error) {
	caller, err := k.identity.authenticate(r)
	if err != nil {
		return nil, err
	}
	if caller.on.projectID == "" {
		return nil, errKeyForbidden("the request")
	}
	return caller, nil
}

func errKeyForbidden(what string) error {
	return &apiError{status: http.StatusForbidden, message: what + " attempt not allowed - please review your user/project privileges"}
}

// writeError writes Barbican's error body, or for 401 that of keystonemiddleware, which stands before it.
func (k *keyManager) writeError(w http.ResponseWriter, r *http.Request, err error) {
	e := asAPIError(err)
	if e.status == http.StatusUnauthorized {
		k.identity.writeError(w, r, err)
		return
	}
	writeJSON(w, e.status, map[string]any{"code": e.status, "title": http.StatusText(e.status), "description": e.message})
}

func (k *keyManager) versions(r *http.Request, _ *token) (reply, error) {
	return reply{status: http.StatusMultipleChoices, body: map[string]any{"versions": map[string]any{"values": []map[string]any{{
		"id": "v1", "status": "stable",
		"links": []map[string]string{{"rel": "self", "href": k.service.baseURL(r) + "/v1/"}},
	}}}}}, nil
}

// mayRead follows Barbican's policy: the creator, users of the project with a role that reads unless it is private, and who is on
// the access list. An administrator of another project is nobody here.
func (s *stored) mayRead(caller *token) bool {
	if slices.Contains(s.readers, caller.user.ID) {
		return true
	}
	if caller.on.projectID != s.projectID {
		return false
	}
	if s.creatorID == caller.user.ID || caller.has("admin") {
		return true
	}
	return !s.private && slices.ContainsFunc([]string{"creator", "observer", "member", "audit"}, caller.has)
}

// mayWrite: the creator of a thing, and the project's administrators.
func (s *stored) mayWrite(caller *token) bool {
	return caller.on.projectID == s.projectID && (caller.has("admin") || s.creatorID == caller.user.ID)
}

func mayCreate(caller *token) bool {
	return slices.ContainsFunc([]string{"admin", "creator", "member"}, caller.has)
}

// find gives the thing that a request's path names.
func (k *keyManager) find(r *http.Request, caller *token, what string, allowed func(*stored, *token) bool) (*stored, error) {
	id, all, kind := r.PathValue("id"), k.secrets, "Secret"
	if strings.HasPrefix(r.URL.Path, "/v1/containers") {
		all, kind = k.containers, "Container"
	}
	s := all[id]
	if s == nil {
		if _, err := uuid.Parse(id); err != nil {
			return nil, &apiError{status: http.StatusNotFound, message: "Not Found. Provided object id is not valid."}
		}
		return nil, &apiError{status: http.StatusNotFound, message: "Not Found. Sorry but your " + strings.ToLower(kind) + " is in another castle."}
	}
	if !allowed(s, caller) {
		return nil, errKeyForbidden(kind + " " + what)
	}
	return s, nil
}

func (k *keyManager) newStored(caller *token, name, kind string) *stored {
	k.serial++
	return &stored{
		id: uuid.NewString(), name: name, kind: kind, projectID: caller.on.projectID, creatorID: caller.user.ID,
		created: k.now(), updated: k.now(), serial: k.serial,
	}
}

type secretBody struct {
	Name        string  `json:"name"`
	Payload     *string `json:"payload"`
	ContentType string  `json:"payload_content_type"`
	Encoding    string  `json:"payload_content_encoding"`
	Kind        string  `json:"secret_type"`
	Algorithm   string  `json:"algorithm"`
	Mode        string  `json:"mode"`
	BitLength   int     `json:"bit_length"`
	Expiration  *string `json:"expiration"`
}

func (k *keyManager) createSecret(r *http.Request, caller *token) (reply, error) {
	if !mayCreate(caller) {
		return reply{}, errKeyForbidden("Secret creation")
	}
	var body secretBody
	if err := readJSON(r, &body); err != nil {
		return reply{}, badKeyRequest("Unable to process the contained instructions")
	}
	s := k.newStored(caller, body.Name, body.Kind)
	if s.kind == "" {
		s.kind = "opaque"
	}
	if body.Payload != nil {
		var err error
		if s.payload, s.contentType, err = decodePayload(*body.Payload, body.ContentType, body.Encoding); err != nil {
			return reply{}, err
		}
	}
	k.secrets[s.id] = s
	return reply{status: http.StatusCreated, body: map[string]string{"secret_ref": k.ref(r, "secrets", s.id)}}, nil
}

// decodePayload holds a payload to Barbican's rules: text as it is, binary in base64.
func decodePayload(text, contentType, encoding string) ([]byte, string, error) {
	contentType, _, _ = strings.Cut(contentType, ";")
	switch {
	case text == "":
		return nil, "", badKeyRequest("Provided object does not match schema 'Secret': If 'payload' specified, must be non empty")
	case contentType == "":
		return nil, "", badKeyRequest("payload_content_type must be supplied when payload is supplied")
	case contentType == payloadText:
		return []byte(text), contentType, nil
	case contentType != payloadBinary:
		return nil, "", badKeyRequest("Crypto: payload_content_type '" + contentType + "' is not supported")
	case encoding != "base64":
		return nil, "", badKeyRequest("payload_content_encoding must be specified when payload_content_type is " + payloadBinary)
	}
	payload, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, "", badKeyRequest("Unable to decode request data")
	}
	return payload, contentType, nil
}

func badKeyRequest(message string) error {
	return &apiError{status: http.StatusBadRequest, message: message}
}

// fillSecret sets the payload of a secret that was made without; it can be set once.
func (k *keyManager) fillSecret(r *http.Request, caller *token) (reply, error) {
	s, err := k.find(r, caller, "update", (*stored).mayWrite)
	if err != nil {
		return reply{}, err
	}
	if s.payload != nil {
		return reply{}, &apiError{status: http.StatusConflict, message: "Secret already has data, cannot modify it."}
	}
	payload, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return reply{}, badKeyRequest("The payload cannot be read")
	}
	if s.payload, s.contentType, err = decodePayload(string(payload), r.Header.Get("Content-Type"), r.Header.Get("Content-Encoding")); err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusNoContent}, nil
}

func (k *keyManager) showSecret(r *http.Request, caller *token) (reply, error) {
	s, err := k.find(r, caller, "retrieval", (*stored).mayRead)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: k.secretBody(r, s)}, nil
}

func (k *keyManager) secretBody(r *http.Request, s *stored) map[string]any {
	body := k.commonBody(s)
	body["secret_ref"], body["secret_type"] = k.ref(r, "secrets", s.id), s.kind
	body["algorithm"], body["bit_length"], body["mode"], body["expiration"] = nil, nil, nil, nil
	if s.payload != nil {
		body["content_types"] = map[string]string{"default": s.contentType}
	}
	return body
}

func (k *keyManager) commonBody(s *stored) map[string]any {
	return map[string]any{
		"name": s.name, "status": "ACTIVE", "creator_id": s.creatorID,
		"created": s.created.UTC().Format(keyManagerTime), "updated": s.updated.UTC().Format(keyManagerTime),
	}
}

func (k *keyManager) ref(r *http.Request, collection, id string) string {
	return k.service.baseURL(r) + "/v1/" + collection + "/" + id
}

// payload answers with the content itself, which is not JSON.
func (k *keyManager) payload(w http.ResponseWriter, r *http.Request) {
	caller, err := k.authenticate(r)
	if err != nil {
		k.writeError(w, r, err)
		return
	}
	content, kind, err := k.content(r, caller)
	if err != nil {
		k.writeError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(content) //nolint:gosec // as it was stored, by its own type; a client that has gone away is no concern of the simulator
}

func (k *keyManager) content(r *http.Request, caller *token) (payload []byte, kind string, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, err := k.find(r, caller, "payload retrieval", (*stored).mayRead)
	if err != nil {
		return nil, "", err
	}
	accept, _, _ := strings.Cut(r.Header.Get("Accept"), ";")
	switch {
	case s.payload == nil:
		return nil, "", &apiError{status: http.StatusNotFound, message: "Not Found. Sorry but your secret has no payload."}
	case accept != s.contentType && accept != "*/*":
		return nil, "", &apiError{
			status:  http.StatusNotAcceptable,
			message: fmt.Sprintf("Secret payload retrieval issue seen - Secret encoding of '%s' not supported.", accept),
		}
	}
	return s.payload, s.contentType, nil
}

func (k *keyManager) deleteSecret(r *http.Request, caller *token) (reply, error) {
	s, err := k.find(r, caller, "deletion", (*stored).mayWrite)
	if err != nil {
		return reply{}, err
	}
	delete(k.secrets, s.id)
	return reply{status: http.StatusNoContent}, nil
}

func (k *keyManager) listSecrets(r *http.Request, caller *token) (reply, error) {
	return k.listOf(r, caller, "secrets", k.secrets, k.secretBody)
}

// listOf lists the project's own, newest last, by limit, offset and name.
func (k *keyManager) listOf(
	r *http.Request, caller *token, name string, all map[string]*stored, body func(*http.Request, *stored) map[string]any,
) (reply, error) {
	found := []map[string]any{}
	for _, s := range sortedValues(all, func(a, b *stored) int { return a.serial - b.serial }) {
		wanted := r.URL.Query().Get("name")
		if caller.on.projectID == s.projectID && s.mayRead(caller) && (wanted == "" || wanted == s.name) {
			found = append(found, body(r, s))
		}
	}
	total := len(found)
	offset, limit := pageNumbers(r, total)
	return reply{status: http.StatusOK, body: map[string]any{name: found[offset:limit], "total": total}}, nil
}

// pageNumbers are the bounds of a page; what is no number counts for Barbican's default.
func pageNumbers(r *http.Request, total int) (from, to int) {
	number := func(name string, fallback int) int {
		n := fallback
		if _, err := fmt.Sscan(r.URL.Query().Get(name), &n); err != nil || n < 0 {
			return fallback
		}
		return n
	}
	from = min(number("offset", 0), total)
	return from, min(from+number("limit", 10), total)
}
