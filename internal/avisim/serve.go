package avisim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

const maxBody = 64 << 20

// call is one API request, read and checked as far as all requests are alike.
type call struct {
	request  *http.Request
	segments []string // of the path
	query    url.Values
	body     []byte
	knobs    Knobs
	version  schema.Version
	base     string // https://host, as called
	tenant   string // uuid
	all      bool   // X-Avi-Tenant: *
	now      time.Time
}

// serve is the outermost handler: control requests, then the faults, journal and hooks around an API request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.write(r.Context(), w, badRequest("Request body unreadable: %v", err).response())
		return
	}
	segments := pathSegments(r.URL.Path)
	if len(segments) > 0 && segments[0] == "sim" {
		s.write(r.Context(), w, s.control(r, segments, body))
		return
	}
	n := 0
	if countsAsRequest(segments) {
		n = int(s.counted.Add(1))
	}
	entry := Request{N: n, Method: r.Method, Path: r.URL.RequestURI(), Tenant: tenantHeader(r), Type: typeOf(segments), Time: s.now()}
	fault := s.faults.match(entry)
	if err := fault.before(r.Context()); err != nil {
		s.journal.add(entry)
		panic(http.ErrAbortHandler)
	}
	answer := s.answer(r, segments, body, n, fault)
	entry.Status, entry.Took = answer.status, s.now().Sub(entry.Time)
	s.journal.add(entry)
	if fault != nil && fault.Action == FaultDropAfter {
		panic(http.ErrAbortHandler)
	}
	s.write(r.Context(), w, answer)
}

func (s *Server) answer(r *http.Request, segments []string, body []byte, n int, fault *Fault) *response {
	if fault != nil && fault.Action == FaultFail {
		return fault.response()
	}
	if n > 0 && s.options.OnRequest != nil {
		s.options.OnRequest(n, r, PhaseBefore)
	}
	answer := s.handle(r, segments, body)
	if n > 0 && s.options.OnRequest != nil {
		s.options.OnRequest(n, r, PhaseAfter)
	}
	return answer
}

func (s *Server) write(ctx context.Context, w http.ResponseWriter, answer *response) {
	if err := answer.write(w); err != nil {
		s.log.DebugContext(ctx, "the client did not take its answer", "error", err)
	}
}

// handle answers a request, whatever becomes of the answer.
func (s *Server) handle(r *http.Request, segments []string, body []byte) *response {
	c := &call{request: r, segments: segments, body: body, knobs: s.currentKnobs(), now: s.now(), base: "https://" + r.Host}
	answer, err := s.dispatch(c) //nolint:contextcheck // a call carries its request's context
	if err != nil {
		answer = s.errorResponse(r.Context(), err, c)
	}
	if answer.header.Get("AVI_API_VERSION") == "" {
		setVersionHeader(answer.header, r.Header.Get("X-Avi-Version"))
	}
	return answer
}

func setVersionHeader(header http.Header, requested string) {
	if requested == "" {
		requested = defaultVersion
	}
	header.Set("AVI_API_VERSION", requested)
}

func (s *Server) errorResponse(ctx context.Context, err error, c *call) *response {
	var refused *apiError
	var field *schema.FieldError
	var newer *schema.NewerFieldError
	switch {
	case errors.As(err, &refused):
		return refused.response()
	case errors.As(err, &field):
		return badRequest("%s", field.Error()).response()
	case errors.As(err, &newer):
		return badRequest("%s", newer.Error()).response()
	default:
		s.log.ErrorContext(ctx, "request failed", "method", c.request.Method, "path", c.request.URL.Path, "error", err)
		return refuse(http.StatusInternalServerError, "Bad pb: %v", err).response()
	}
}

// dispatch takes a request through the checks that all share to its handler.
func (s *Server) dispatch(c *call) (*response, error) {
	if c.knobs.Unavailable {
		return nil, refuse(http.StatusServiceUnavailable, "The controller is initializing")
	}
	if answer, err := s.withoutSession(c); answer != nil || err != nil {
		return answer, err
	}
	cookies, err := s.sessions.authenticate(c.request, c.knobs)
	if err != nil {
		return nil, err
	}
	answer, err := s.authenticated(c)
	if err != nil {
		answer = s.errorResponse(c.request.Context(), err, c)
	}
	answer.cookies = append(answer.cookies, cookies...)
	return answer, nil
}

// withoutSession handles what needs no session; both results are nil for everything else.
func (s *Server) withoutSession(c *call) (*response, error) {
	path := strings.Join(c.segments, "/")
	switch path {
	case "login":
		return s.handleLogin(c)
	case "api/initial-data":
		return s.initialData(c)
	case "api/cluster/status":
		return s.clusterStatus(c)
	}
	return nil, nil //nolint:nilnil // neither is the answer "not one of these"
}

func (s *Server) authenticated(c *call) (*response, error) {
	if len(c.segments) == 1 && c.segments[0] == "logout" {
		if c.request.Method != http.MethodPost {
			return nil, methodNotAllowed(c.request.Method)
		}
		s.sessions.logout(c.request)
		return jsonResponse(http.StatusOK, []byte("{}")), nil
	}
	if len(c.segments) < 2 || c.segments[0] != "api" {
		return nil, unknownURL()
	}
	if !s.limiter.allow(c.now, c.knobs.RateLimit) {
		return nil, refuse(http.StatusTooManyRequests, "Request rate limit exceeded")
	}
	var err error
	if c.query, err = url.ParseQuery(c.request.URL.RawQuery); err != nil {
		return nil, badRequest("Query parse error - %v", err)
	}
	if c.version, err = s.requestedVersion(c); err != nil {
		return nil, err
	}
	if err := s.requestTenant(c); err != nil {
		return nil, err
	}
	return s.route(c)
}

// requestedVersion reads X-Avi-Version; a missing header means 16.4.2 (controller facts 1.2).
func (s *Server) requestedVersion(c *call) (schema.Version, error) {
	header := c.request.Header.Get("X-Avi-Version")
	if header == "" {
		return schema.Version{Major: 16, Minor: 4, Patch: 2}, nil
	}
	version, err := schema.ParseVersion(header)
	if err != nil || s.version.Less(version) {
		return schema.Version{}, refuse(c.knobs.TooNewVersionStatus, "Invalid version %s: the controller is at %s", header, s.version)
	}
	return version, nil
}

var keystoneTenant = regexp.MustCompile(`^tenant-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func tenantHeader(r *http.Request) string {
	if id := r.Header.Get("X-Avi-Tenant-UUID"); id != "" {
		return id
	}
	return r.Header.Get("X-Avi-Tenant")
}

// requestTenant reads the tenant headers; none means admin (controller facts 1.2).
func (s *Server) requestTenant(c *call) error {
	id, name := c.request.Header.Get("X-Avi-Tenant-UUID"), c.request.Header.Get("X-Avi-Tenant")
	if name == "*" || id == "*" {
		c.all, c.tenant = true, adminTenant
		if isWrite(c.request.Method) {
			return refuse(http.StatusForbidden, "All tenants (*) can be read only")
		}
		return nil
	}
	s.mu.RLock()
	var found *record
	switch {
	case id != "":
		found = s.store.get("Tenant", id)
	case name != "":
		found = s.store.tenantNamed(name)
	default:
		found = s.store.get("Tenant", adminTenant)
	}
	s.mu.RUnlock()
	if found == nil && s.options.AutoTenants && keystoneTenant.MatchString(id) {
		if err := s.importTenant(id); err != nil {
			return err
		}
		c.tenant = id
		return nil
	}
	if found == nil {
		if id != "" {
			return unknownTenant(id)
		}
		return refuse(http.StatusForbidden, "Tenant '%s' does not exist!", name)
	}
	c.tenant = found.uuid
	return nil
}

func unknownTenant(id string) *apiError {
	return refuse(http.StatusForbidden, "Tenant with tenant uuid '%s' does not exist!", id)
}

// newUUID is "<type>-<uuid4>" (controller facts 2.2).
func newUUID(model string) string { return strings.ToLower(model) + "-" + uuid.NewString() }

// typeOf is the path's object type, empty when it has none.
func typeOf(segments []string) string {
	if len(segments) < 2 || segments[0] != "api" {
		return ""
	}
	return segments[1]
}

// countsAsRequest leaves out what is not about objects.
func countsAsRequest(segments []string) bool {
	switch typeOf(segments) {
	case "", "initial-data", "cluster":
		return false
	}
	return true
}
