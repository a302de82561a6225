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
	} {
		s.handle(mux, base+part.path, s.unsupported(part.resource, part.feature))
		s.handle(mux, base+part.path+"/{rest...}", s.unsupported(part.resource, part.feature))
	}
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
