package avisim

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// metric is one id that analytics know (controller facts 6.3), with how its value in a window comes out of the counters.
type metric struct {
	units string
	value func(window) float64
}

// window is what happened in one step.
type window struct {
	from, to engine.Counters
	step     time.Duration
	maxOpen  uint64
}

func total(field func(engine.Counters) uint64) func(window) float64 {
	return func(w window) float64 { return float64(field(w.to)) }
}

// sum is the growth in the window. Counters that went back were reset: all of them is new.
func sum(field func(engine.Counters) uint64) func(window) float64 {
	return func(w window) float64 {
		from, to := field(w.from), field(w.to)
		if to < from {
			from = 0
		}
		return float64(to - from)
	}
}

func perSecond(value func(window) float64, factor float64) func(window) float64 {
	return func(w window) float64 { return value(w) * factor / w.step.Seconds() }
}

func bytesIn(c engine.Counters) uint64        { return c.BytesIn }
func bytesOut(c engine.Counters) uint64       { return c.BytesOut }
func newConns(c engine.Counters) uint64       { return c.NewConnections }
func finishedConns(c engine.Counters) uint64  { return c.FinishedConns }
func connErrors(c engine.Counters) uint64     { return c.ConnectionErrors }
func responses(c engine.Counters) uint64      { return c.Responses }
func errorResponses(c engine.Counters) uint64 { return c.ErrorResponses }
func allBytes(c engine.Counters) uint64       { return c.BytesIn + c.BytesOut }

// metrics by the id without its table; the l4 ones are in l4_client and l4_server.
func l4Metrics() map[string]metric {
	return map[string]metric{
		"max_rx_bytes_absolute":     {"BYTES", total(bytesIn)},
		"max_tx_bytes_absolute":     {"BYTES", total(bytesOut)},
		"avg_rx_bytes":              {"BYTES_PER_SECOND", perSecond(sum(bytesIn), 1)},
		"avg_tx_bytes":              {"BYTES_PER_SECOND", perSecond(sum(bytesOut), 1)},
		"avg_bandwidth":             {"BITS_PER_SECOND", perSecond(sum(allBytes), 8)},
		"max_open_conns":            {"METRIC_COUNT", func(w window) float64 { return float64(w.maxOpen) }},
		"sum_finished_conns":        {"METRIC_COUNT", sum(finishedConns)},
		"avg_complete_conns":        {"PER_SECOND", perSecond(sum(finishedConns), 1)},
		"avg_new_established_conns": {"PER_SECOND", perSecond(sum(newConns), 1)},
		"sum_connection_errors":     {"METRIC_COUNT", sum(connErrors)},
		"sum_connections_dropped":   {"METRIC_COUNT", sum(connErrors)},
	}
}

func l7Metrics() map[string]metric {
	return map[string]metric{
		"sum_total_responses": {"METRIC_COUNT", sum(responses)},
		"sum_errors":          {"METRIC_COUNT", sum(errorResponses)},
		"avg_error_responses": {"PER_SECOND", perSecond(sum(errorResponses), 1)},
	}
}

// metricTable finds metrics by their whole id.
func metricTable() map[string]metric {
	out := map[string]metric{}
	for name, m := range l4Metrics() {
		out["l4_client."+name] = m
		out["l4_server."+name] = m
	}
	for name, m := range l7Metrics() {
		out["l7_client."+name] = m
		out["l7_server."+name] = m
	}
	return out
}

// metricQuery is one entity's, or one kind of entities', request for series.
type metricQuery struct {
	ids   []string
	step  time.Duration
	limit int
	pad   bool
}

const (
	defaultMetricStep  = 5 // seconds (controller facts 6.3)
	defaultMetricLimit = 60
	maxMetricLimit     = 100_000
)

// metricSteps: 5 only for virtual services with real-time metrics (controller facts 6.3).
var metricSteps = []int{5, 300, 3600, 86400} //nolint:gochecknoglobals // a table that never changes

func (s *Server) newMetricQuery(ids string, step, limit int, pad bool) (metricQuery, error) {
	if step == 0 {
		step = defaultMetricStep
	}
	if limit == 0 {
		limit = defaultMetricLimit
	}
	if !slices.Contains(metricSteps, step) || limit < 1 || limit > maxMetricLimit {
		return metricQuery{}, badRequest("Invalid step %d or limit %d", step, limit)
	}
	q := metricQuery{step: time.Duration(step) * time.Second, limit: limit, pad: pad}
	for id := range strings.SplitSeq(ids, ",") {
		id = strings.TrimSpace(id)
		if _, ok := s.metrics[id]; !ok {
			return metricQuery{}, badRequest("Invalid metric_id %q", id)
		}
		q.ids = append(q.ids, id)
	}
	return q, nil
}

// series are a query's answers for one object. The server's lock must be held.
func (s *Server) series(q metricQuery, r *record, now time.Time) []any {
	out := []any{}
	realtime := flag(object(object(r.body, "analytics_policy"), "metrics_realtime_update"), "enabled")
	for _, id := range q.ids {
		m := s.metrics[id]
		data := []any{}
		values := []float64{}
		if q.step != defaultMetricStep*time.Second || realtime {
			for end := range s.windowEnds(q, r, now) {
				value := m.value(s.history.window(r.uuid, end, q.step))
				values = append(values, value)
				data = append(data, schema.Object{"timestamp": windowName(end, q.step), "value": value})
			}
		}
		out = append(out, schema.Object{"header": metricHeader(id, m, r, values), "data": data})
	}
	return out
}

// windowName is the time by which a window goes: its end, also while it is running, so that it keeps its name until it is over.
func windowName(end time.Time, step time.Duration) string {
	if whole := end.Truncate(step); whole.Before(end) {
		end = whole.Add(step)
	}
	return end.UTC().Format("2006-01-02T15:04:05")
}

// windowEnds are the ends of the windows to show, oldest first. The last window is the running one.
func (s *Server) windowEnds(q metricQuery, r *record, now time.Time) func(func(time.Time) bool) {
	return func(yield func(time.Time) bool) {
		last := now.Truncate(q.step)
		if last.Before(now) {
			last = last.Add(q.step)
		}
		for i := q.limit - 1; i >= 0; i-- {
			end := last.Add(-time.Duration(i) * q.step)
			if end.After(now) {
				end = now
			}
			exists := !end.Before(r.created)
			shown := s.knobs.MetricsDelay == 0 || now.Sub(end) >= s.knobs.MetricsDelay
			if (exists || q.pad) && shown && !yield(end) {
				return
			}
		}
	}
}

func metricHeader(id string, m metric, r *record, values []float64) schema.Object {
	statistics := schema.Object{"num_samples": int64(len(values))}
	if len(values) > 0 {
		total := 0.0
		for _, v := range values {
			total += v
		}
		statistics["min"], statistics["max"] = slices.Min(values), slices.Max(values)
		statistics["sum"], statistics["mean"] = total, total/float64(len(values))
	}
	return schema.Object{
		"name": id, "entity_uuid": r.uuid, "tenant_uuid": r.tenant, "units": m.units, "statistics": statistics,
		"obj_id_type": "METRICS_OBJ_ID_TYPE_VIRTUALSERVICE", "metric_description": "",
	}
}

// sample takes the counters' present values into the history, for every object that has some.
func (s *Server) sample(now time.Time) {
	if s.options.Engine == nil {
		return
	}
	status := s.options.Engine.Status()
	for id, vs := range status.VirtualServices {
		s.history.add(id, now, vs.Counters)
	}
	for _, pool := range s.store.byModel["Pool"] {
		var all engine.Counters
		for _, vs := range s.store.referredBy(pool.ref(), "VirtualService") {
			all = addCounters(all, status.VirtualServices[vs.uuid].Counters)
		}
		s.history.add(pool.uuid, now, all)
	}
}

func addCounters(a, b engine.Counters) engine.Counters {
	a.BytesIn += b.BytesIn
	a.BytesOut += b.BytesOut
	a.OpenConnections += b.OpenConnections
	a.NewConnections += b.NewConnections
	a.FinishedConns += b.FinishedConns
	a.ConnectionErrors += b.ConnectionErrors
	a.Responses += b.Responses
	a.ErrorResponses += b.ErrorResponses
	a.MaxOpenConnections += b.MaxOpenConnections
	return a
}

// analytics answers /api/analytics/….
func (s *Server) analytics(c *call, rest []string) (*response, error) {
	if len(rest) < 2 || rest[0] != "metrics" {
		return nil, unknownURL()
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.sample(c.now)
	if rest[1] == "collection" && len(rest) == 2 {
		if c.request.Method != http.MethodPost {
			return nil, methodNotAllowed(c.request.Method)
		}
		return s.metricCollection(c)
	}
	if c.request.Method != http.MethodGet {
		return nil, methodNotAllowed(c.request.Method)
	}
	model := s.models[rest[1]]
	if model == nil || metricEntities[model.Name] == "" || len(rest) > 3 {
		return nil, unknownURL()
	}
	q, err := s.queryOf(c)
	if err != nil {
		return nil, err
	}
	v := view{base: c.base}
	if len(rest) == 3 {
		r, err := s.find(c, model, rest[2])
		if err != nil {
			return nil, err
		}
		return jsonResponse(http.StatusOK, v.appendValue(nil, nil, s.entityAnswer(q, r, c.now))), nil
	}
	results := []any{}
	for _, r := range s.store.byModel[model.Name] {
		if c.all || r.tenant == c.tenant {
			results = append(results, s.entityAnswer(q, r, c.now))
		}
	}
	answer := schema.Object{"count": int64(len(results)), "results": results}
	return jsonResponse(http.StatusOK, v.appendValue(nil, nil, answer)), nil
}

// metricEntities are the kinds of objects that have metrics.
var metricEntities = map[string]string{"VirtualService": "VSERVER_METRICS_ENTITY", "Pool": "POOL_METRICS_ENTITY"} //nolint:gochecknoglobals // a table that never changes

func (s *Server) entityAnswer(q metricQuery, r *record, now time.Time) schema.Object {
	seconds := int64(q.step / time.Second)
	return schema.Object{
		"entity_uuid": r.uuid, "metric_entity": metricEntities[r.model.Name], "metric_id": strings.Join(q.ids, ","),
		"limit": int64(q.limit), "step": seconds, "series": s.series(q, r, now),
		"start": now.Add(-time.Duration(q.limit) * q.step).UTC().Format(time.RFC3339), "stop": now.UTC().Format(time.RFC3339),
	}
}

func (s *Server) queryOf(c *call) (metricQuery, error) {
	step, err := intParameter(c.query, "step", defaultMetricStep)
	if err != nil {
		return metricQuery{}, err
	}
	limit, err := intParameter(c.query, "limit", defaultMetricLimit)
	if err != nil {
		return metricQuery{}, err
	}
	return s.newMetricQuery(c.query.Get("metric_id"), step, limit, c.query.Get("pad_missing_data") != "false")
}
