package api

import (
	"context"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// ruleAmphora is the resource of amphorae in Octavia's policy rules, which are admins' only.
const ruleAmphora = "amphora"

// routeAmphorae serves what Octavia has for its own virtual machines. There are none here, which is no error: tools of operators
// ask for them.
func (s *server) routeAmphorae(mux *http.ServeMux, version string) {
	base := version + "/octavia/amphorae"
	s.handle(mux, base, methods{http.MethodGet: s.authorized(Action{ruleAmphora, verbGetAll}, noAmphorae)})
	s.handle(mux, base+"/{id}", methods{
		http.MethodGet:    s.authorized(Action{ruleAmphora, verbGetOne}, noAmphora("Amphora")),
		http.MethodDelete: s.authorized(Action{ruleAmphora, verbDelete}, noAmphora("Amphora")),
	})
	s.handle(mux, base+"/{id}/failover", methods{http.MethodPut: s.authorized(Action{ruleAmphora, verbPutFailover}, noAmphora("Amphora"))})
	s.handle(mux, base+"/{id}/config", methods{http.MethodPut: s.authorized(Action{ruleAmphora, "put_config"}, noAmphora("Amphora"))})
	s.handle(mux, base+"/{id}/stats", methods{http.MethodGet: s.authorized(Action{ruleAmphora, verbGetStats}, noAmphora("Amphora stats for"))})
}

func noAmphorae(context.Context, *call) (answer, error) {
	return answer{http.StatusOK, map[string]any{"amphorae": []any{}, "amphorae_links": []any{}}}, nil
}

func noAmphora(display string) handler {
	return func(_ context.Context, c *call) (answer, error) {
		return answer{}, lbaas.NotFound(display, excerpt(c.request.PathValue("id")))
	}
}
