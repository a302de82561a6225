package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// ruleAmphora is the resource of Octavia's virtual machines in policy rules.
const ruleAmphora = "amphora"

// routeUnsupported serves the parts of LBaaS v2 that this version does not carry out: a client learns what is missing, rather
// than that there is no such path.
func (s *server) routeUnsupported(mux *http.ServeMux, base string) {
	for _, part := range []struct{ path, resource, feature string }{
		{"/availabilityzones", "availability-zone", "availability zones"},
		{"/availabilityzoneprofiles", "availability-zone-profile", "availability zone profiles"},
		{"/providers/{id}/availability_zone_capabilities", "provider-availability-zone", "availability zone capabilities"},
	} {
		s.handle(mux, base+part.path, s.unsupported(part.resource, part.feature))
		s.handle(mux, base+part.path+"/{rest...}", s.unsupported(part.resource, part.feature))
	}
	s.handle(mux, base+"/loadbalancers/{id}/failover", methods{
		http.MethodPut: s.notImplemented(Action{ruleLoadBalancer, "put_failover"}, "failover of a load balancer"),
	})
}

// routeAmphorae serves what Octavia has for its own virtual machines, which there are none of here.
func (s *server) routeAmphorae(mux *http.ServeMux, version string) {
	no := func(verb string) http.HandlerFunc { return s.notImplemented(Action{ruleAmphora, verb}, "amphorae") }
	base := version + "/octavia/amphorae"
	s.handle(mux, base, methods{http.MethodGet: no(verbGetAll)})
	s.handle(mux, base+"/{id}", methods{http.MethodGet: no(verbGetOne), http.MethodDelete: no(verbDelete)})
	s.handle(mux, base+"/{id}/stats", methods{http.MethodGet: no(verbGetStats)})
	s.handle(mux, base+"/{id}/config", methods{http.MethodPut: no("put_config")})
	s.handle(mux, base+"/{id}/failover", methods{http.MethodPut: no("put_failover")})
}

func (s *server) unsupported(resource, feature string) methods {
	return methods{
		http.MethodGet:    s.notImplemented(Action{resource, verbGetAll}, feature),
		http.MethodPost:   s.notImplemented(Action{resource, verbPost}, feature),
		http.MethodPut:    s.notImplemented(Action{resource, verbPut}, feature),
		http.MethodDelete: s.notImplemented(Action{resource, verbDelete}, feature),
	}
}

// notImplemented refuses an action in Octavia's words for what a provider cannot do.
func (s *server) notImplemented(a Action, feature string) http.HandlerFunc {
	return s.authorized(a, func(_ context.Context, c *call) (answer, error) {
		// Whatever the object is, nothing is done to it: the right to one's own is enough to be told.
		if !c.caller.Rights.Allow(c.caller.ProjectID) {
			return answer{}, errForbidden()
		}
		return answer{}, &lbaas.Error{
			Kind: lbaas.KindUnsupported,
			Message: fmt.Sprintf("Provider '%s' does not support a requested action: %s",
				lbaas.ProviderDisplayName, feature),
		}
	})
}
