package api

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// answer is what a handler says. A nil body is no body.
type answer struct {
	status int
	body   any
}

// call is one authorised request.
type call struct {
	request *http.Request
	caller  service.Caller
}

// handler answers one call.
type handler func(ctx context.Context, c *call) (answer, error)

// methods are what answers the requests for one path, by method.
type methods map[string]http.HandlerFunc

// route finds who answers a request. http.ServeMux does the matching only: its own 404, 405 and redirects are plain text, and
// OpenStack's clients want JSON.
func (s *server) route(x *exchange, r *http.Request) {
	// The path is tidied here, so that ServeMux finds nothing to redirect. Octavia serves paths with a trailing slash too.
	tidy := *r.URL
	tidy.Path, tidy.RawPath = withoutTrailingSlash(tidy.Path), withoutTrailingSlash(tidy.RawPath)
	r.URL = &tidy
	_, pattern := s.mux.Handler(r)
	if pattern == "" || path.Clean(tidy.Path) != tidy.Path {
		s.writeError(r.Context(), x, &wireError{status: http.StatusNotFound, message: "The resource could not be found."})
		return
	}
	x.route = pattern
	s.mux.ServeHTTP(x, r)
}

// handle serves a path, in all its methods.
func (s *server) handle(mux *http.ServeMux, pattern string, available methods) {
	if get, ok := available[http.MethodGet]; ok {
		available[http.MethodHead] = get
	}
	s.described.note(pattern, available)
	allow := strings.Join(slices.Sorted(maps.Keys(available)), ", ")
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if serve, ok := available[r.Method]; ok {
			serve(w, r)
			return
		}
		w.Header().Set("Allow", allow)
		s.writeError(r.Context(), w, &wireError{
			status:  http.StatusMethodNotAllowed,
			message: fmt.Sprintf("The method %s is not allowed for this resource.", r.Method),
		})
	})
}

func withoutTrailingSlash(p string) string {
	if len(p) > 1 {
		return strings.TrimSuffix(p, "/")
	}
	return p
}

// authorized serves those who may do an action.
func (s *server) authorized(a Action, h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := s.perform(w, r, a, h)
		switch {
		case err != nil:
			s.writeError(r.Context(), w, err)
		case out.body == nil:
			w.WriteHeader(out.status)
		default:
			s.writeJSON(r.Context(), w, out.status, out.body)
		}
	}
}

func (s *server) perform(w http.ResponseWriter, r *http.Request, a Action, h handler) (answer, error) {
	ctx := r.Context()
	identity, err := s.auth.Authenticate(ctx, r)
	if err != nil {
		return answer{}, err
	}
	identified(ctx, identity)
	if err := s.limit(identity); err != nil {
		return answer{}, err
	}
	if !acceptsJSON(r.Header.Values("Accept")) {
		return answer{}, &wireError{status: http.StatusNotAcceptable, message: "Only content type application/json is accepted."}
	}
	caller, err := s.authorize(identity, a, r)
	if err != nil {
		return answer{}, err
	}
	r.Body = http.MaxBytesReader(w, r.Body, s.maxBody)
	return h(ctx, &call{request: s.lists.withFields(r), caller: caller})
}

// newMux is the table of everything that is served. Octavia serves the same tree at /v2 and /v2.0, with and without /lbaas.
func (s *server) newMux() *http.ServeMux {
	mux := http.NewServeMux()
	s.handle(mux, "/{$}", methods{http.MethodGet: s.versions})
	s.handle(mux, routeOpenAPI, methods{http.MethodGet: s.serveOpenAPI()})
	describeRoots(s.described)
	if s.health != nil {
		s.handle(mux, routeHealthcheck, methods{http.MethodGet: s.health.ServeHTTP})
	}
	for _, version := range []string{"/v2", "/v2.0"} {
		s.handle(mux, version, methods{http.MethodGet: s.version})
		s.handle(mux, version+"/lbaas", methods{http.MethodGet: s.version})
		for _, base := range []string{version, version + "/lbaas"} {
			s.routeResources(mux, base)
			s.routeFlavors(mux, base)
			s.routeZones(mux, base)
			s.routeQuotas(mux, base)
			describeOthers(s.described, base)
		}
		s.routeAmphorae(mux, version)
	}
	return mux
}

func (s *server) routeResources(mux *http.ServeMux, base string) {
	s.loadBalancers().route(s, mux, base+"/loadbalancers")
	status := s.authorized(Action{ruleLoadBalancer, verbGetStatus}, s.statusTree)
	s.handle(mux, base+"/loadbalancers/{id}/status", methods{http.MethodGet: status})
	s.handle(mux, base+"/loadbalancers/{id}/statuses", methods{http.MethodGet: status}) // Neutron LBaaS v2's name
	s.handle(mux, base+"/loadbalancers/{id}/stats", methods{
		http.MethodGet: s.authorized(Action{ruleLoadBalancer, verbGetStats}, s.loadBalancerStats),
	})
	s.handle(mux, base+"/loadbalancers/{id}/failover", methods{
		http.MethodPut: s.authorized(Action{ruleLoadBalancer, verbPutFailover}, s.failover),
	})
	s.listeners().route(s, mux, base+"/listeners")
	s.handle(mux, base+"/listeners/{id}/stats", methods{
		http.MethodGet: s.authorized(Action{ruleListener, verbGetStats}, s.listenerStats),
	})
	s.pools().route(s, mux, base+"/pools")
	s.members().route(s, mux, base+"/pools/{pool}/members")
	s.healthMonitors().route(s, mux, base+"/healthmonitors")
	s.routeL7(mux, base)
	s.handle(mux, base+"/providers", methods{http.MethodGet: s.authorized(Action{ruleProvider, verbGetAll}, s.providers)})
}
