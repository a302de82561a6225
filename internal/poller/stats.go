package poller

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

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
	for object, err := range c.List(ctx, everyTenant, "analytics/metrics/virtualservice/", query) {
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
	return nil
}

// progress is how far a listener's sums go: what was there before the window that is being counted, and that window.
type progress struct {
	BytesIn, BytesOut counter
	Finished          window
	L4Errors          window
	HTTPErrors        window
}

// counter follows a cumulative metric over its resets (a service engine that starts anew counts from 0).
type counter struct{ Before, Last int64 }

func (c counter) next(value int64) counter {
	if value < c.Last {
		return counter{Before: c.Before + c.Last, Last: value}
	}
	return counter{Before: c.Before, Last: value}
}

func (c counter) total() int64 { return c.Before + c.Last }

// window sums a metric that starts from 0 in each window. The value of the newest window may still grow.
type window struct {
	Before, Current int64
	Timestamp       string
}

func (w window) next(p point) window {
	switch {
	case p.Timestamp == w.Timestamp:
		w.Current = max(w.Current, p.count())
		return w
	case p.Timestamp < w.Timestamp:
		return w // counted already; a follower that has taken over may lag behind
	}
	return window{Before: w.Before + w.Current, Current: p.count(), Timestamp: p.Timestamp}
}

func (w window) total() int64 { return w.Before + w.Current }

// addStats continues the sums of listeners with their newest samples.
func (p *Poller) addStats(ctx context.Context, r *report, listenerIDs []string, o *store.Observed) error {
	var before map[string]store.ListenerStats
	err := p.Store.Read(ctx, func(tx *store.Tx) (err error) {
		before, err = tx.Stats(listenerIDs)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range listenerIDs {
		s, ok := r.samples[translate.VirtualServiceUUID(id)]
		if !ok || len(s) == 0 {
			continue
		}
		next, err := continued(before[id], s)
		if err != nil {
			return fmt.Errorf("listener %s: %w", id, err)
		}
		if next != before[id] {
			o.Stats[id] = next
		}
	}
	return nil
}

func continued(before store.ListenerStats, s sample) (store.ListenerStats, error) {
	var sums progress
	if before.Sampled != "" {
		if err := json.Unmarshal([]byte(before.Sampled), &sums); err != nil {
			return before, fmt.Errorf("read how far the counters go: %w", err)
		}
	}
	if p, ok := s[metricBytesIn]; ok {
		sums.BytesIn = sums.BytesIn.next(p.count())
	}
	if p, ok := s[metricBytesOut]; ok {
		sums.BytesOut = sums.BytesOut.next(p.count())
	}
	for name, w := range map[string]*window{
		metricFinished: &sums.Finished, metricL4Errors: &sums.L4Errors, metricHTTPErrors: &sums.HTTPErrors,
	} {
		if p, ok := s[name]; ok {
			*w = w.next(p)
		}
	}
	text, err := json.Marshal(sums)
	return store.ListenerStats{
		Stats: lbaas.Stats{
			BytesIn:           sums.BytesIn.total(),
			BytesOut:          sums.BytesOut.total(),
			ActiveConnections: s[metricOpen].count(),
			TotalConnections:  sums.Finished.total(),
			RequestErrors:     sums.L4Errors.total() + sums.HTTPErrors.total(),
		},
		Sampled: string(text),
	}, err
}
