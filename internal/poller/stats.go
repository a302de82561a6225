package poller

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// The metrics that LBaaS v2's counters are made of (controller facts 6.3).
const (
	metricBytesIn    = "l4_client.max_rx_bytes_absolute" // cumulative
	metricBytesOut   = "l4_client.max_tx_bytes_absolute" // cumulative
	metricOpen       = "l4_client.max_open_conns"        // the most that were open in the window
	metricFinished   = "l4_client.sum_finished_conns"    // in the window
	metricL4Errors   = "l4_client.sum_connection_errors" // in the window
	metricHTTPErrors = "l7_client.sum_errors"            // in the window
)

// metricStep is the length of a window in seconds: the shortest that is there without switching realtime metrics on.
const metricStep = 300

// point is the newest value of a metric, of the window that ends at Timestamp.
type point struct {
	Timestamp string      `json:"timestamp"`
	Value     json.Number `json:"value"`
}

func (p point) count() int64 {
	f, err := p.Value.Float64()
	if err != nil || f < 0 {
		return 0
	}
	return int64(f)
}

// sample is the newest point of each metric of one virtual service.
type sample map[string]point

// metricItem is one virtual service's entry in an answer about all of them.
type metricItem struct {
	EntityUUID string `json:"entity_uuid"`
	Series     []struct {
		Header struct {
			Name string `json:"name"`
		} `json:"header"`
		Data []point `json:"data"`
	} `json:"series"`
}

// readSamples reads the metrics of all virtual services, of every tenant, in pages.
func (r *report) readSamples(ctx context.Context, c Controller) error {
	query := url.Values{
		"metric_id": {strings.Join([]string{
			metricBytesIn, metricBytesOut, metricOpen, metricFinished, metricL4Errors, metricHTTPErrors,
		}, ",")},
		"step": {strconv.Itoa(metricStep)}, "limit": {"1"}, "pad_missing_data": {"false"},
	}
	for object, err := range c.List(ctx, avi.AllTenants, "analytics/metrics/virtualservice/", query) {
		if err != nil {
			return fmt.Errorf("read metrics: %w", err)
		}
		item, err := decodeAs[metricItem](object)
		if err != nil {
			return fmt.Errorf("read metrics: %w", err)
		}
		s := sample{}
		for _, one := range item.Series {
			if n := len(one.Data); n > 0 {
				s[one.Header.Name] = one.Data[n-1]
			}
		}
		r.samples[item.EntityUUID] = s
	}
	r.sampled = true
	return nil
}

// addStats continues the sums of listeners with their newest samples.
func (p *Poller) addStats(ctx context.Context, r *report, listeners []lbaas.Listener, o *store.Observed) error {
	ids := make([]string, len(listeners))
	for i := range listeners {
		ids[i] = listeners[i].ID
	}
	var before map[string]store.ListenerStats
	err := p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		before, err = tx.Stats(ids)
		return err
	})
	if err != nil {
		return err
	}
	for i := range listeners {
		id := listeners[i].ID
		next, err := r.continued(before[id], &listeners[i])
		if err != nil {
			return fmt.Errorf("listener %s: %w", id, err)
		}
		if next != before[id] {
			o.Stats[id] = next
		}
	}
	return nil
}

// continued adds what is new of a listener's virtual service and of its SNI children, where the clients count that name one of
// their hosts.
func (r *report) continued(before store.ListenerStats, l *lbaas.Listener) (store.ListenerStats, error) {
	var sums listenerProgress
	if before.Sampled != "" {
		if err := json.Unmarshal([]byte(before.Sampled), &sums); err != nil {
			return before, fmt.Errorf("read how far the counters go: %w", err)
		}
	}
	var open int64
	news := false
	if s := r.samples[translate.VirtualServiceUUID(l.ID)]; len(s) > 0 {
		sums.progress, open, news = sums.next(s), s[metricOpen].count(), true
	}
	children := map[string]bool{}
	for _, ref := range l.TLS.SNIRefs {
		children[translate.ChildUUID(lbaas.ContainerID(ref), l.ID)] = true
	}
	for _, uuid := range sums.childrenAnd(children) {
		s := r.samples[uuid]
		switch {
		case len(s) > 0:
			sums.setChild(uuid, sums.Children[uuid].next(s))
			open, news = open+s[metricOpen].count(), true
		case r.sampled && !children[uuid]:
			sums.retire(uuid)
			news = true
		}
	}
	if !news {
		return before, nil
	}
	text, err := json.Marshal(sums)
	stats := sums.total()
	stats.ActiveConnections = open
	return store.ListenerStats{Stats: stats, Sampled: string(text)}, err
}
