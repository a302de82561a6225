package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// ruleAmphora is the resource of amphorae in Octavia's policy rules, which are admins' only.
const ruleAmphora = "amphora"

// routeAmphorae serves what Octavia has for its own virtual machines. There are none here, which is no error: tools of operators
// ask for them.
func (s *server) routeAmphorae(mux *http.ServeMux, version string) {
	base := version + "/octavia/amphorae"
	s.handle(mux, base, methods{
		http.MethodGet:    s.authorized(Action{ruleAmphora, verbGetAll}, s.noAmphorae),
		http.MethodDelete: s.authorized(Action{ruleAmphora, verbDelete}, missing("id")),
	})
	s.handle(mux, base+"/{id}", methods{
		http.MethodGet:    s.authorized(Action{ruleAmphora, verbGetOne}, noAmphora("Amphora")),
		http.MethodDelete: s.authorized(Action{ruleAmphora, verbDelete}, noAmphora("Amphora")),
	})
	s.handle(mux, base+"/{id}/failover", methods{http.MethodPut: s.authorized(Action{ruleAmphora, verbPutFailover}, noAmphora("Amphora"))})
	s.handle(mux, base+"/{id}/config", methods{http.MethodPut: s.authorized(Action{ruleAmphora, verbPutConfig}, noAmphora("Amphora"))})
	describeAmphorae(s.described, base)
	s.handle(mux, base+"/{id}/stats", methods{http.MethodGet: s.authorized(Action{ruleAmphora, verbGetStats}, noAmphora("Amphora stats for"))})
}

// amphoraFilters are the attributes that amphorae are listed by.
func amphoraFilters() []string {
	return []string{
		"id", "loadbalancer_id", "compute_id", "lb_network_ip", "vrrp_ip", "ha_ip", "vrrp_port_id", "ha_port_id", "cert_expiration", "cert_busy",
		"role", "status", "vrrp_interface", "vrrp_id", "vrrp_priority", "cached_zone", "created_at", "updated_at", "image_id", "compute_flavor",
	}
}

// noAmphorae lists none, to questions that could be asked.
func (s *server) noAmphorae(_ context.Context, c *call) (answer, error) {
	values, err := queryOf(c.request, true)
	if err != nil {
		return answer{}, err
	}
	query, err := s.lists.parse(values, s.maxPage)
	if err != nil {
		return answer{}, err
	}
	for name := range query.Equal {
		if !slices.Contains(amphoraFilters(), name) {
			return answer{}, errFilter()
		}
	}
	for _, key := range query.Sort {
		if !slices.Contains(amphoraFilters(), key.Attribute) {
			return answer{}, malformed("Supplied sort key '"+excerpt(key.Attribute)+"' is not valid.", nil)
		}
	}
	return answer{http.StatusOK, map[string]any{"amphorae": []any{}, "amphorae_links": []any{}}}, nil
}

func noAmphora(display string) handler {
	return func(_ context.Context, c *call) (answer, error) {
		return answer{}, lbaas.NotFound(display, excerpt(c.request.PathValue("id")))
	}
}
