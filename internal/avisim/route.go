package avisim

import (
	"net/http"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// route finds the handler for a path under /api, with at least one segment more.
func (s *Server) route(c *call) (*response, error) {
	rest := c.segments[2:]
	switch name := c.segments[1]; {
	case name == "cluster" || name == "systemconfiguration" || name == "controllerproperties":
		return s.singleton(c, name, rest)
	case strings.HasSuffix(name, "-inventory"):
		return s.inventory(c, strings.TrimSuffix(name, "-inventory"), rest)
	case name == "analytics":
		return s.analytics(c, rest)
	default:
		model := s.models[name]
		if model == nil {
			return nil, unknownURL()
		}
		return s.objectCall(c, model, rest)
	}
}

// objectCall answers /api/<type>[/<uuid>[/runtime…]].
func (s *Server) objectCall(c *call, model *schema.Message, rest []string) (*response, error) {
	if isWrite(c.request.Method) && c.knobs.Upgrading {
		return nil, refuse(http.StatusForbidden, "Configuration is disallowed during upgrade")
	}
	methods := []string{http.MethodHead, http.MethodPost, http.MethodGet, http.MethodOptions}
	if len(rest) == 1 {
		methods = []string{http.MethodHead, http.MethodGet, http.MethodPut, http.MethodPatch, http.MethodOptions, http.MethodDelete}
	}
	if s.readOnly[model.Name] || len(rest) > 1 {
		methods = []string{http.MethodHead, http.MethodGet, http.MethodOptions}
	}
	if !slices.Contains(methods, c.request.Method) {
		return nil, methodNotAllowed(c.request.Method)
	}
	answer, err := s.objectMethod(c, model, rest)
	if err != nil {
		answer = s.errorResponse(c.request.Context(), err, c)
	}
	answer.header.Set("Allow", strings.Join(methods, ", "))
	return answer, nil
}

func (s *Server) objectMethod(c *call, model *schema.Message, rest []string) (*response, error) {
	if c.request.Method == http.MethodOptions {
		return jsonResponse(http.StatusOK, []byte("{}")), nil
	}
	switch len(rest) {
	case 0:
		if c.request.Method == http.MethodPost {
			return s.create(c, model)
		}
		return s.list(c, model)
	case 1:
		switch c.request.Method {
		case http.MethodPut:
			return s.replace(c, model, rest[0])
		case http.MethodPatch:
			return s.patch(c, model, rest[0])
		case http.MethodDelete:
			return s.remove(c, model, rest[0])
		}
		return s.read(c, model, rest[0])
	}
	return s.runtime(c, model, rest[0], rest[1:])
}
