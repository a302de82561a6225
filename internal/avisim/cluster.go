package avisim

import (
	"net/http"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

const clusterUUID = "cluster-5f1a2c34-9d0e-4b7a-8c6d-0a1b2c3d4e5f"

// productVersion is the version object of logins and initial-data (controller facts 1.1).
func (s *Server) productVersion() schema.Object {
	return schema.Object{
		"Version": s.version.String(), "Product": "controller", "ProductName": "Avi Cloud Controller", "Tag": s.version.String() + "-sim",
		"build": int64(1), "Date": s.started.UTC().Format(time.RFC3339), "min_version": "15.2",
	}
}

func (s *Server) handleLogin(c *call) (*response, error) {
	if c.request.Method != http.MethodPost {
		return nil, methodNotAllowed(c.request.Method)
	}
	user, password, err := credentials(c.request.Header.Get("Content-Type"), c.body)
	if err != nil {
		return nil, err
	}
	opened, err := s.sessions.login(user, password, c.knobs)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	view := view{base: c.base, version: s.version}
	tenants := []any{}
	for _, r := range s.store.byModel["Tenant"] {
		tenants = append(tenants, view.rendered(&schema.Field{Kind: schema.KindMessage, Message: r.model}, r.shown(r.body, r.modified, http.MethodGet)))
	}
	body := schema.Object{
		"user_initialized": true, "version": s.productVersion(), "session_cookie_name": sessionCookie,
		"user":          schema.Object{"uuid": "user-1", "username": user, "name": user, "is_superuser": true},
		"tenants":       tenants,
		"system_config": s.portal(c.knobs),
		"controller":    schema.Object{"api_idle_timeout": int64(c.knobs.IdleTimeout / time.Minute)},
	}
	answer := jsonResponse(http.StatusOK, view.appendValue(nil, nil, body))
	answer.cookies = opened.cookies(c.knobs)
	answer.header.Set("Allow", "POST, OPTIONS")
	setVersionHeader(answer.header, "")
	return answer, nil
}

// portal is the part of the system configuration that this Controller has.
func (s *Server) portal(knobs Knobs) schema.Object {
	return schema.Object{
		"portal_configuration": schema.Object{
			"allow_basic_authentication": knobs.AllowBasicAuthentication, "use_uuid_from_input": knobs.UseUUIDFromInput,
			"api_force_timeout": int64(knobs.ForcedTimeout / time.Hour), "password_strength_check": false,
		},
		"global_tenant_config": schema.Object{"tenant_vrf": false, "se_in_provider_context": true, "tenant_access_to_provider_se": true},
	}
}

// initialData needs no session (controller facts 1.5).
func (s *Server) initialData(c *call) (*response, error) {
	if c.request.Method != http.MethodGet {
		return nil, methodNotAllowed(c.request.Method)
	}
	return objectResponse(c, schema.Object{"version": s.productVersion(), "user_initialized": true}), nil
}

func (s *Server) clusterStatus(c *call) (*response, error) {
	if c.request.Method != http.MethodGet {
		return nil, methodNotAllowed(c.request.Method)
	}
	return objectResponse(c, s.clusterState()), nil
}

func (s *Server) clusterState() schema.Object {
	since := s.started.UTC().Format(time.DateTime)
	node := schema.Object{"name": "node1", "role": "CLUSTER_LEADER", "state": "CLUSTER_ACTIVE", "up_since": since}
	return schema.Object{
		"cluster_state": schema.Object{"state": "CLUSTER_UP_NO_HA", "progress": int64(100), "up_since": since},
		"node_states":   []any{node}, "service_states": []any{},
	}
}

// singleton answers the types of which there is one object (controller facts 2.1).
func (s *Server) singleton(c *call, name string, rest []string) (*response, error) {
	if c.request.Method != http.MethodGet {
		return nil, methodNotAllowed(c.request.Method)
	}
	var body schema.Object
	switch {
	case name == "cluster" && len(rest) == 0:
		node := schema.Object{"name": "node1", "ip": schema.Object{"addr": "127.0.0.1", "type": "V4"}}
		body = schema.Object{
			"url": schema.Ref{Type: "Cluster", UUID: clusterUUID}, "uuid": clusterUUID, "name": "cluster-0-1",
			"nodes": []any{node}, "tenant_ref": schema.Ref{Type: "Tenant", UUID: adminTenant},
		}
	case name == "cluster" && len(rest) == 1 && rest[0] == "runtime":
		body = s.clusterState()
	case name == "cluster" && len(rest) == 1 && rest[0] == "version":
		body = s.productVersion()
	case name == "systemconfiguration" && len(rest) == 0:
		body = s.portal(c.knobs)
		body["url"], body["uuid"] = c.base+"/api/systemconfiguration", "default"
	case name == "controllerproperties" && len(rest) == 0:
		body = schema.Object{
			"url": c.base + "/api/controllerproperties", "uuid": "global",
			"api_idle_timeout": int64(c.knobs.IdleTimeout / time.Minute), "portal_request_rate_limit": int64(c.knobs.RateLimit),
		}
	default:
		return nil, unknownURL()
	}
	return objectResponse(c, body), nil
}

func objectResponse(c *call, body schema.Object) *response {
	v := view{base: c.base}
	return jsonResponse(http.StatusOK, v.appendValue(nil, nil, body))
}
