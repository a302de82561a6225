package avisim

import (
	"net/http"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

func TestMetricsFollowTheCounters(t *testing.T) {
	clk, e := newClock(), &recorder{}
	c := newClient(t, newServer(t, Options{Now: clk.Now, Engine: e}))
	c.lone()
	count := func(counters engine.Counters) {
		e.say(engine.Status{VirtualServices: map[string]engine.VirtualServiceStatus{"virtualservice-1": {Counters: counters}}})
	}
	value := func(id string) any {
		t.Helper()
		return at(t, c.get("/api/analytics/metrics/virtualservice/virtualservice-1/?step=300&limit=1&metric_id="+id), "series.0.data.0.value")
	}
	count(engine.Counters{BytesIn: 1000, FinishedConns: 3, OpenConnections: 2, Responses: 9, ErrorResponses: 1})
	first := map[string]float64{
		"l4_client.max_rx_bytes_absolute": 1000, "l4_client.sum_finished_conns": 3, "l4_client.max_open_conns": 2,
		"l7_client.sum_total_responses": 9, "l7_client.sum_errors": 1,
	}
	for id, want := range first {
		if got := value(id); got != want {
			t.Errorf("at first %s is %v, want %v", id, got, want)
		}
	}
	clk.advance(300 * time.Second)
	count(engine.Counters{BytesIn: 1600, FinishedConns: 4, OpenConnections: 0, Responses: 9, ErrorResponses: 1})
	for id, want := range map[string]float64{
		"l4_client.max_rx_bytes_absolute": 1600, "l4_client.sum_finished_conns": 1, "l4_client.max_open_conns": 0,
		"l4_client.avg_rx_bytes": 2, "l7_client.sum_errors": 0,
	} {
		if got := value(id); got != want {
			t.Errorf("five minutes later %s is %v, want %v", id, got, want)
		}
	}
	count(engine.Counters{FinishedConns: 2})
	if got := value("l4_client.sum_finished_conns"); got != 2.0 {
		t.Errorf("after a restart of the engine sum_finished_conns is %v", got)
	}
}

func TestMetricCollections(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.lone()
	const request = `{"metric_entity":"VSERVER_METRICS_ENTITY","entity_uuid":"*","metric_id":"l4_client.max_rx_bytes_absolute,l4_client.max_open_conns","step":300,"limit":1}`
	bulk := c.must(http.MethodPost, "/api/analytics/metrics/collection?pad_missing_data=false", `{"metric_requests":[`+request+`]}`).object()
	if got := at(t, bulk, "series.virtualservice-1.1.header.name"); got != "l4_client.max_open_conns" {
		t.Errorf("without id: %v", got)
	}
	withID := c.must(http.MethodPost, "/api/analytics/metrics/collection", `{"metric_requests":[{"id":"x",`+request[1:]+`]}`).object()
	if got := at(t, withID, "series.x.virtualservice-1.0.header.entity_uuid"); got != "virtualservice-1" {
		t.Errorf("with id: %v", got)
	}
	all := c.get("/api/analytics/metrics/pool?metric_id=l4_server.max_open_conns&step=300&limit=1")
	if got := at(t, all, "results.0.entity_uuid"); got != "pool-1" {
		t.Errorf("all pools: %v", got)
	}
	for path, status := range map[string]int{
		"/api/analytics/metrics/virtualservice/virtualservice-1?metric_id=made.up&step=300":                400,
		"/api/analytics/metrics/virtualservice/virtualservice-1?metric_id=l4_client.max_open_conns&step=7": 400,
		"/api/analytics/metrics/virtualservice/nope?metric_id=l4_client.max_open_conns&step=300":           404,
		"/api/analytics/metrics/tenant?metric_id=l4_client.max_open_conns":                                 404,
		"/api/analytics/logs": 404,
	} {
		if got := c.do(http.MethodGet, path, ""); got.status != status {
			t.Errorf("%s is %d, want %d", path, got.status, status)
		}
	}
	for _, body := range []string{`{`, `{}`, `{"metric_requests":[{"metric_entity":"X","metric_id":"l4_client.max_open_conns"}]}`} {
		if got := c.do(http.MethodPost, "/api/analytics/metrics/collection", body); got.status != 400 {
			t.Errorf("%s is %d", body, got.status)
		}
	}
}

func TestRealtimeStepAndDelay(t *testing.T) {
	clk := newClock()
	c := newClient(t, newServer(t, Options{Now: clk.Now, Knobs: Knobs{MetricsDelay: 5 * time.Minute}}))
	c.lone()
	points := func(step string) int {
		t.Helper()
		got := c.get("/api/analytics/metrics/virtualservice/virtualservice-1?metric_id=l4_client.max_open_conns&limit=1&pad_missing_data=false&step=" + step)
		return len(at(t, got, "series.0.data").([]any))
	}
	if points("300") != 0 || points("5") != 0 {
		t.Error("a new virtual service has data points")
	}
	clk.advance(10 * time.Minute)
	c.must(http.MethodPut, "/api/virtualservice/virtualservice-1", vs("vs", "80", `"analytics_policy":{"metrics_realtime_update":{"enabled":true,"duration":0}}`))
	got := c.get("/api/analytics/metrics/virtualservice/virtualservice-1?metric_id=l4_client.max_open_conns&limit=3&step=300")
	if n := len(at(t, got, "series.0.data").([]any)); n != 2 {
		t.Errorf("%d points are older than the delay, want 2", n)
	}
}
