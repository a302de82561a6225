package api

import (
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// Action is what a request wants to do, in the words of Octavia's policy rules: os_load-balancer_api:<Resource>:<Verb>.
type Action struct{ Resource, Verb string }

// The verbs of Octavia's rules that are used here.
const (
	verbGetAll    = "get_all"
	verbGetOne    = "get_one"
	verbGetStatus = "get_status"
	verbGetStats  = "get_stats"
	verbPost      = "post"
	verbPut       = "put"
	verbDelete    = "delete"

	verbPutFailover = "put_failover"
)

// reads says that the action changes nothing.
func (a Action) reads() bool { return strings.HasPrefix(a.Verb, "get_") }

// Policy decides who may do what. An error is lbaas.KindForbidden.
type Policy interface {
	Authorize(id Identity, a Action) (service.Caller, error)
}

// RolePolicy is Octavia's advanced RBAC reduced to its roles, with OpenStack's own roles of the same meaning. Who has none of them
// may do nothing.
type RolePolicy struct{}

// Authorize implements Policy.
func (RolePolicy) Authorize(id Identity, a Action) (service.Caller, error) {
	caller := service.Caller{UserID: id.UserID, ProjectID: id.ProjectID, Token: id.Token}
	if a.ofAdmins() && !id.has("admin", "load-balancer_admin") {
		return service.Caller{}, errForbidden()
	}
	caller.Global = id.has("admin", "load-balancer_admin") || (a.reads() && id.has("load-balancer_global_observer"))
	if caller.Global {
		return caller, nil
	}
	allowed := id.has("load-balancer_member", "member") || (a.reads() && id.has("load-balancer_observer", "reader"))
	// Whoever is held to a project needs one: a token of a domain or unscoped has none.
	if !allowed || id.ProjectID == "" {
		return service.Caller{}, errForbidden()
	}
	return caller, nil
}

// has compares roles without regard to case, as oslo.policy does.
func (id Identity) has(roles ...string) bool {
	return slices.ContainsFunc(id.Roles, func(role string) bool { return slices.Contains(roles, strings.ToLower(role)) })
}

func errForbidden() error {
	return &lbaas.Error{Kind: lbaas.KindForbidden, Message: "Policy does not allow this request to be performed."}
}
