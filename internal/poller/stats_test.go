package poller_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// The metrics that LBaaS v2's counters are made of (controller facts 6.3).
const (
	bytesIn    = "l4_client.max_rx_bytes_absolute"
	bytesOut   = "l4_client.max_tx_bytes_absolute"
	open       = "l4_client.max_open_conns"
	finished   = "l4_client.sum_finished_conns"
	l4Errors   = "l4_client.sum_connection_errors"
	httpErrors = "l7_client.sum_errors"
)

func TestCountersGoOnOverWindowsAndResets(t *testing.T) {
	b := newBed(t)
	b.insert(shop())
	for _, c := range []struct {
		name   string
		points []any
		want   lbaas.Stats
	}{
		{
			"the first window",
			[]any{
				bytesIn, "t1", 100, bytesOut, "t1", 200, open, "t1", 3, finished, "t1", 10, l4Errors, "t1", 1, httpErrors, "t1", 2,
			},
			lbaas.Stats{BytesIn: 100, BytesOut: 200, ActiveConnections: 3, TotalConnections: 10, RequestErrors: 3},
		},
		{
			"the same window again, grown",
			[]any{bytesIn, "t1", 150, bytesOut, "t1", 250, open, "t1", 4, finished, "t1", 12, l4Errors, "t1", 1, httpErrors, "t1", 5},
			lbaas.Stats{BytesIn: 150, BytesOut: 250, ActiveConnections: 4, TotalConnections: 12, RequestErrors: 6},
		},
		{
			"the next window starts from 0, bytes go on",
			[]any{bytesIn, "t2", 160, bytesOut, "t2", 260, open, "t2", 0, finished, "t2", 1, l4Errors, "t2", 0, httpErrors, "t2", 1},
			lbaas.Stats{BytesIn: 160, BytesOut: 260, TotalConnections: 13, RequestErrors: 7},
		},
		{"nothing new is told", nil, lbaas.Stats{BytesIn: 160, BytesOut: 260, TotalConnections: 13, RequestErrors: 7}},
		{
			"a service engine starts anew",
			[]any{bytesIn, "t3", 40, bytesOut, "t3", 300, open, "t3", 1, finished, "t3", 2},
			lbaas.Stats{BytesIn: 200, BytesOut: 300, ActiveConnections: 1, TotalConnections: 15, RequestErrors: 7},
		},
		{
			"and goes on",
			[]any{bytesIn, "t3", 45, bytesOut, "t3", 300, finished, "t3", 2},
			lbaas.Stats{BytesIn: 205, BytesOut: 300, TotalConnections: 15, RequestErrors: 7},
		},
		{
			"an older window is told again, by a Controller that lags behind",
			[]any{bytesIn, "t2", 45, bytesOut, "t2", 300, finished, "t2", 9, httpErrors, "t1", 5},
			lbaas.Stats{BytesIn: 205, BytesOut: 300, TotalConnections: 15, RequestErrors: 7},
		},
		{
			"values that are none count nothing",
			[]any{bytesIn, "t4", "null", bytesOut, "t4", 300.9, finished, "t4", -5},
			lbaas.Stats{BytesIn: 205, BytesOut: 300, TotalConnections: 15, RequestErrors: 7},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b.poll(func(controller *controller) {
				well(controller)
				if c.points != nil {
					controller.sample("l", c.points...)
				}
			})
			if diff := cmp.Diff(c.want, b.stats("l")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestASeriesWithoutDataCountsNothing(t *testing.T) {
	b := newBed(t)
	b.insert(shop())
	b.poll(func(c *controller) {
		c.lists[metrics] = []string{`{"entity_uuid":"virtualservice-l","series":[{"header":{"name":"` + bytesIn + `"},"data":[]}]}`}
	})
	if got := b.stats("l"); got != (lbaas.Stats{}) {
		t.Errorf("got %+v", got)
	}
}
