package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// routeUnsupported serves the parts of LBaaS v2 that this version does not carry out: a client learns what is missing, rather
// than that there is no such path.
func (s *server) routeUnsupported(mux *http.ServeMux, base string) {
	for _, part := range []struct{ path, resource, feature string }{
		{"/quotas", "quota", "quotas"},
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
	s.handle(mux, version+"/octavia/amphorae", s.unsupported("amphora", "amphorae"))
	s.handle(mux, version+"/octavia/amphorae/{rest...}", s.unsupported("amphora", "amphorae"))
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
	return s.authorized(a, func(context.Context, *call) (answer, error) {
		return answer{}, &lbaas.Error{
			Kind: lbaas.KindUnsupported,
			Message: fmt.Sprintf("Provider '%s' does not support a requested action: %s",
				lbaas.ProviderDisplayName, feature),
		}
	})
}
