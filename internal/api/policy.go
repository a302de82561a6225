package api

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/policy"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// Action is what a request wants to do, in the words of Octavia's policy rules: os_load-balancer_api:<Resource>:<Verb>.
type Action struct{ Resource, Verb string }

// The verbs of Octavia's rules that are used here.
const (
	verbGetAll       = "get_all"
	verbGetAllGlobal = "get_all-global"
	verbGetOne       = "get_one"
	verbGetStatus    = "get_status"
	verbGetStats     = "get_stats"
	verbGetDefaults  = "get_defaults"
	verbPost         = "post"
	verbPut          = "put"
	verbDelete       = "delete"
	verbPutFailover  = "put_failover"
	verbPutConfig    = "put_config"
	// Those of who sets a load balancer's security groups, beside its other attributes.
	verbPostGroups = "post:vip_sg_ids"
	verbPutGroups  = "put:vip_sg_ids"
)

// name is the action's policy rule.
func (a Action) name() string { return policy.ActionName(a.Resource, a.Verb) }

// PolicySource has the rules that are in force, which may be others from one request to the next.
type PolicySource interface {
	Policy() *policy.Policy
}

// FixedPolicy is a PolicySource whose rules do not change.
type FixedPolicy struct{ Rules *policy.Policy }

// Policy implements PolicySource.
func (f FixedPolicy) Policy() *policy.Policy { return f.Rules }

// subject is what an action is done to, which decides when it is judged.
type subject int

const (
	// onObjects: to objects with projects of their own. The service finds the object and then asks, as Octavia does: who asks for
	// what is not there is told so, whoever it is.
	onObjects subject = iota
	// onProjects: to all objects of a project, or of all projects.
	onProjects
	// onOffers: to what belongs to no project. The question is whether the caller may do it in its own.
	onOffers
)

func (a Action) subject() subject {
	switch a.Resource {
	case ruleMember, ruleL7Rule:
		return onObjects // lists of them are those of one parent
	case ruleLoadBalancer, ruleListener, rulePool, ruleHealthMonitor, ruleL7Policy, ruleQuota:
		if a.Verb == verbGetAll {
			return onProjects
		}
		return onObjects
	case ruleAmphora:
		if a.Verb == verbGetOne || a.Verb == verbPutFailover || a.Verb == verbPutConfig {
			return onObjects
		}
	case ruleFlavor, ruleFlavorProfile, ruleZone, ruleZoneProfile:
		if a.Verb == verbPost || a.Verb == verbPut || a.Verb == verbDelete {
			return onObjects // after a look at the body
		}
	}
	return onOffers
}

// rights are what the policy lets the sender of a request do, to the objects of some projects: an operation that is one or several
// of the policy's actions. It implements service.Rights.
type rights struct {
	bearer  *policy.Bearer
	actions []string
	// exchange notes what was refused, for the log; nil notes nothing.
	exchange *exchange
}

// Allow implements service.Rights.
func (r *rights) Allow(projectID string) bool {
	for _, action := range r.actions {
		if r.bearer.May(action, policy.OfProject(projectID)) {
			continue
		}
		if r.exchange != nil {
			r.exchange.refusal = &refusal{r.bearer, action, projectID}
		}
		return false
	}
	return true
}

// refusal is what a rule did not allow.
type refusal struct {
	bearer            *policy.Bearer
	action, projectID string
}

// attributes say, for the log, which rule it was, and any one of which roles would do.
func (r *refusal) attributes() []slog.Attr {
	would := r.bearer.Missing(r.action, policy.OfProject(r.projectID))
	if would == nil {
		would = []string{}
	}
	return []slog.Attr{slog.String("refused_by_rule", r.action), slog.Any("would_do_roles", would)}
}

// also is a caller that authorize has made, who must be allowed further actions on the same objects.
func also(c service.Caller, further ...Action) service.Caller {
	may := *c.Rights.(*rights)
	may.actions = slices.Clone(may.actions)
	for _, a := range further {
		may.actions = append(may.actions, a.name())
	}
	c.Rights = &may
	return c
}

// authorize makes the caller of an identity and an action, or refuses it where that can be said without its object.
func (s *server) authorize(id Identity, a Action, r *http.Request) (service.Caller, error) {
	bearer := s.policy.Policy().Bearer(id.credentials())
	x, _ := r.Context().Value(exchangeKey{}).(*exchange)
	may := &rights{bearer: bearer, actions: []string{a.name()}, exchange: x}
	caller := service.Caller{UserID: id.UserID, ProjectID: id.ProjectID, Token: id.Token, Rights: may}
	switch a.subject() {
	case onObjects: // the service asks once it has found the object
	case onOffers:
		if !may.Allow(id.ProjectID) {
			return service.Caller{}, lbaas.Forbidden()
		}
	case onProjects:
		// A question that cannot be read is refused by the list itself.
		project := r.URL.Query().Get("project_id")
		if a.Resource == ruleQuota {
			project = "" // Octavia takes no project here: it only narrows what the caller sees
		}
		all := &rights{bearer: bearer, actions: []string{Action{a.Resource, verbGetAllGlobal}.name()}}
		if caller.Global = all.Allow(project); caller.Global {
			return caller, nil
		}
		if project != "" {
			caller.ProjectID = project
		}
		if !may.Allow(caller.ProjectID) || caller.ProjectID == "" {
			return service.Caller{}, lbaas.Forbidden()
		}
	}
	return caller, nil
}

// credentials are an identity as policy rules see it.
func (id Identity) credentials() policy.Credentials {
	return policy.Credentials{
		UserID: id.UserID, UserDomainID: id.UserDomainID, ProjectID: id.ProjectID, ProjectDomainID: id.ProjectDomainID,
		DomainID: id.DomainID, SystemScope: id.SystemScope, Roles: id.Roles, Service: id.Service, NoAuth: id.NoAuth,
	}
}
