package cloudsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// maxBody bounds a request body, in bytes; what clients send here is far smaller.
const maxBody = 1 << 20

// apiError is an error answer of one of the two services, which differ only in how they write it.
type apiError struct {
	status int
	// kind is Neutron's exception name; Keystone shows the status's standard text in its place.
	kind    string
	message string
}

func (e *apiError) Error() string { return e.message }

// reply is a successful answer; a nil body sends none.
type reply struct {
	status int
	body   any
	header http.Header
}

// service is one API: where it is mounted, its routes, and how it writes errors.
type service struct {
	prefix string
	mux    *http.ServeMux
	gate   gate
	log    *slog.Logger
	// writeError renders any error in the service's form.
	writeError func(w http.ResponseWriter, r *http.Request, err error)
	// noRoute answers requests that no route takes; it differs from writeError where a front of the real service answers.
	noRoute func(w http.ResponseWriter, r *http.Request, err *apiError)
}

// endpoint answers one request of a caller that has a valid token; caller is nil on open endpoints.
type endpoint func(r *http.Request, caller *token) (reply, error)

// ServeHTTP applies injected faults, then routes. ServeMux's own plain-text 404 and 405 become the service's JSON.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Openstack-Request-Id", "req-"+uuid.NewString())
	if status, failed := s.gate.pass(r.Context()); failed {
		s.writeError(w, r, &apiError{status: status, kind: "InjectedFault", message: http.StatusText(status)})
		return
	}
	if len(r.URL.Path) > 1 {
		// http.StripPrefix, which calls this, has made a request and URL of its own.
		r.URL.Path = strings.TrimSuffix(r.URL.Path, "/")
	}
	handler, pattern := s.mux.Handler(r)
	s.log.DebugContext(r.Context(), "request", "service", s.prefix, "method", r.Method, "path", r.URL.Path, "route", pattern)
	if pattern != "" {
		s.mux.ServeHTTP(w, r)
		return
	}
	probe := headerProbe{}
	handler.ServeHTTP(probe, r)
	if allow := http.Header(probe).Get("Allow"); allow != "" {
		w.Header().Set("Allow", allow)
		s.noRoute(w, r, &apiError{status: http.StatusMethodNotAllowed, message: "The method is not allowed for the requested URL."})
		return
	}
	s.noRoute(w, r, &apiError{status: http.StatusNotFound, message: "The resource could not be found."})
}

// headerProbe takes only the headers of an answer: ServeMux says by Allow that a path exists for other methods.
type headerProbe http.Header

func (p headerProbe) Header() http.Header       { return http.Header(p) }
func (headerProbe) Write(b []byte) (int, error) { return len(b), nil }
func (headerProbe) WriteHeader(int)             {}

// handle mounts e; authenticate is nil on open endpoints.
func (s *service) handle(pattern string, authenticate func(*http.Request) (*token, error), e endpoint) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var caller *token
		if authenticate != nil {
			var err error
			if caller, err = authenticate(r); err != nil {
				s.writeError(w, r, err)
				return
			}
		}
		answer, err := e(r, caller)
		if err != nil {
			s.writeError(w, r, err)
			return
		}
		maps.Copy(w.Header(), answer.header)
		writeJSON(w, answer.status, answer.body)
	})
}

// baseURL is the service's root as the caller reached it, without a slash at the end.
func (s *service) baseURL(r *http.Request) string { return "http://" + r.Host + s.prefix }

func writeJSON(w http.ResponseWriter, status int, body any) {
	if body == nil {
		w.WriteHeader(status)
		return
	}
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that has gone away is no concern of the simulator.
	_, _ = w.Write(text)
}

// readJSON decodes exactly one JSON value of the request's body into v.
func readJSON(r *http.Request, v any) error {
	text, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(v); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("data after the JSON value")
	}
	return nil
}

// asAPIError is err's answer; what no handler foresaw is a 500.
func asAPIError(err error) *apiError {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e
	}
	return &apiError{status: http.StatusInternalServerError, kind: "HTTPInternalServerError", message: err.Error()}
}
