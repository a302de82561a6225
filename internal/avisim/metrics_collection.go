package avisim

import (
	"encoding/json"
	"net/http"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// metricRequest is one part of a bulk request (controller facts 6.3).
type metricRequest struct {
	ID         string `json:"id"`
	Entity     string `json:"metric_entity"`
	EntityUUID string `json:"entity_uuid"` // "*" is all
	MetricID   string `json:"metric_id"`
	TenantUUID string `json:"tenant_uuid"`
	Step       int    `json:"step"`
	Limit      int    `json:"limit"`
}

// metricCollection answers a bulk request: by id and entity where the part has an id, by entity otherwise.
func (s *Server) metricCollection(c *call) (*response, error) {
	var bulk struct {
		Requests []metricRequest `json:"metric_requests"`
	}
	if err := json.Unmarshal(c.body, &bulk); err != nil {
		return nil, badRequest("JSON parse error - %v", err)
	}
	if len(bulk.Requests) == 0 {
		return nil, badRequest("metric_requests is required")
	}
	series := schema.Object{}
	for _, part := range bulk.Requests {
		q, err := s.newMetricQuery(part.MetricID, part.Step, part.Limit, c.query.Get("pad_missing_data") != "false")
		if err != nil {
			return nil, err
		}
		entities, err := s.metricObjects(c, part)
		if err != nil {
			return nil, err
		}
		into := series
		if part.ID != "" {
			into, _ = series[part.ID].(schema.Object)
			if into == nil {
				into = schema.Object{}
				series[part.ID] = into
			}
		}
		for _, r := range entities {
			before, _ := into[r.uuid].([]any)
			into[r.uuid] = append(before, s.series(q, r, c.now)...)
		}
	}
	v := view{base: c.base}
	return jsonResponse(http.StatusOK, v.appendValue(nil, nil, schema.Object{"series": series})), nil
}

// metricObjects are the objects that one part asks for.
func (s *Server) metricObjects(c *call, part metricRequest) ([]*record, error) {
	model := ""
	for name, entity := range metricEntities {
		if entity == part.Entity || part.Entity == "" && name == "VirtualService" {
			model = name
		}
	}
	if model == "" {
		return nil, badRequest("Invalid metric_entity %q", part.Entity)
	}
	if part.EntityUUID != "*" && part.EntityUUID != "" {
		r, err := s.find(c, s.schema.Message(model), part.EntityUUID)
		if err != nil {
			return nil, err
		}
		return []*record{r}, nil
	}
	var out []*record
	for _, r := range s.store.byModel[model] {
		tenant := part.TenantUUID == "" || part.TenantUUID == r.tenant
		if tenant && (c.all || r.tenant == c.tenant) {
			out = append(out, r)
		}
	}
	return out, nil
}
