package poller_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
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

// Clients that name a host of an SNI container count at its virtual service. What a child has counted stays when it goes, and when
// it is made again, it counts from 0.
func TestSNIChildrenCountForTheirListener(t *testing.T) {
	b := newBed(t)
	tree := shop()
	ref := "https://keys.example.com/v1/containers/11111111-1111-4111-8111-111111111111"
	id := "22222222-2222-4222-8222-222222222222"
	l := &tree.Listeners[0]
	l.ID, l.Protocol, l.TLS = id, lbaas.ListenerTerminatedHTTPS, lbaas.ListenerTLS{SNIRefs: []string{ref}}
	b.insert(tree)
	child := translate.ChildUUID(lbaas.ContainerID(ref), id)
	entry := func(uuid, timestamp string, in, opened, ended, failed int) string {
		return fmt.Sprintf(`{"entity_uuid":%q,"series":[
			{"header":{"name":%q},"data":[{"timestamp":%q,"value":%d}]},{"header":{"name":%q},"data":[{"timestamp":%q,"value":%d}]},
			{"header":{"name":%q},"data":[{"timestamp":%q,"value":%d}]},{"header":{"name":%q},"data":[{"timestamp":%q,"value":%d}]}]}`,
			uuid, bytesIn, timestamp, in, open, timestamp, opened, finished, timestamp, ended, httpErrors, timestamp, failed)
	}
	parent := translate.VirtualServiceUUID(id)
	for _, step := range []struct {
		name    string
		broken  error
		entries []string
		want    lbaas.Stats
	}{
		{
			"both count", nil,
			[]string{entry(parent, "t1", 100, 1, 2, 0), entry(child, "t1", 1000, 2, 20, 3)},
			lbaas.Stats{BytesIn: 1100, ActiveConnections: 3, TotalConnections: 22, RequestErrors: 3},
		},
		{
			"the next window", nil,
			[]string{entry(parent, "t2", 110, 0, 1, 1), entry(child, "t2", 1500, 1, 5, 0)},
			lbaas.Stats{BytesIn: 1610, ActiveConnections: 1, TotalConnections: 28, RequestErrors: 4},
		},
		{
			"the child tells nothing for once", nil,
			[]string{entry(parent, "t2", 110, 0, 1, 1)},
			lbaas.Stats{BytesIn: 1610, TotalConnections: 28, RequestErrors: 4},
		},
		{
			"the child goes on", nil,
			[]string{entry(parent, "t2", 110, 0, 1, 1), entry(child, "t2", 1500, 1, 5, 0)},
			lbaas.Stats{BytesIn: 1610, ActiveConnections: 1, TotalConnections: 28, RequestErrors: 4},
		},
		{
			"no metrics are to be had", errors.New("metrics are away"), nil,
			lbaas.Stats{BytesIn: 1610, ActiveConnections: 1, TotalConnections: 28, RequestErrors: 4},
		},
	} {
		b.controller.broken[metrics] = step.broken
		b.controller.lists = map[string][]string{metrics: step.entries}
		if err := b.Poll(t.Context()); (err != nil) != (step.broken != nil) {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, b.stats(id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", step.name, diff)
		}
	}
	delete(b.controller.broken, metrics)
	b.update(id, func(l *lbaas.Listener) { l.TLS.SNIRefs = nil })
	poll := func(entries ...string) lbaas.Stats {
		b.controller.lists = map[string][]string{metrics: entries}
		b.check(b.Poll(t.Context()))
		return b.stats(id)
	}
	// The container has left the listener, and the child's virtual service is still there.
	if got := poll(entry(child, "t2", 1600, 0, 6, 0)).BytesIn; got != 1710 {
		t.Errorf("with a child that is about to go: %d bytes, want 1710", got)
	}
	if got := poll(entry(parent, "t2", 110, 0, 1, 1)); got.BytesIn != 1710 || got.TotalConnections != 29 {
		t.Errorf("after the child has gone: %+v", got)
	}
	b.update(id, func(l *lbaas.Listener) { l.TLS.SNIRefs = []string{ref} })
	if got := poll(entry(child, "t3", 50, 0, 1, 0)); got.BytesIn != 1760 || got.TotalConnections != 30 {
		t.Errorf("with the child made again: %+v", got)
	}
}
