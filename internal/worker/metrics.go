package worker

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

// Metrics of the worker.
type Metrics struct {
	attempts *prometheus.CounterVec
	duration prometheus.Histogram
	depth    prometheus.Gauge
	retrying prometheus.Gauge
	age      prometheus.Gauge
	settled  prometheus.Histogram
}

// NewMetrics makes the worker's metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "avi_lbaas_reconcile_attempts_total",
			Help: "Attempts to bring a load balancer to its wanted state, by outcome: ok, or why it was not.",
		}, []string{"outcome"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "avi_lbaas_reconcile_duration_seconds",
			Help:    "Time that one attempt took.",
			Buckets: prometheus.ExponentialBuckets(0.005, 2, 14),
		}),
		depth: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "avi_lbaas_queue_depth", Help: "Load balancers with something to do.",
		}),
		retrying: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "avi_lbaas_queue_retrying", Help: "Load balancers in the queue of which an attempt has failed.",
		}),
		age: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "avi_lbaas_queue_oldest_seconds", Help: "For how long the longest-waiting load balancer has been due.",
		}),
	}
	m.settled = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "avi_lbaas_request_to_active_seconds",
		Help: "Time from the acceptance of a request until the load balancer was as it asked for: ACTIVE, or gone.",
		// From what is invisible to the hour of an outage.
		Buckets: []float64{.05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600},
	})
	r.MustRegister(m.attempts, m.duration, m.depth, m.retrying, m.age, m.settled)
	return m
}

func (m *Metrics) reconciled(err error, took time.Duration) {
	m.attempts.WithLabelValues(outcome(err)).Inc()
	m.duration.Observe(took.Seconds())
}

// carriedOut counts the time of the request that work was done for; work that no request asked for has none.
func (m *Metrics) carriedOut(accepted time.Time) {
	if !accepted.IsZero() {
		m.settled.Observe(max(0, time.Since(accepted).Seconds()))
	}
}

// outcome is a word out of a small set.
func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	if e, ok := errors.AsType[*avi.Error](err); ok {
		return string(e.Kind)
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	return "other"
}

// observeQueue reads the queue's state for the gauges, and says how long there is nothing to do unless the worker is woken.
func (w *Worker) observeQueue(ctx context.Context) time.Duration {
	q, err := w.Store.Queue(ctx)
	if err != nil {
		return idle // the queue itself could not be read either, which is logged
	}
	w.Metrics.depth.Set(float64(q.Depth))
	w.Metrics.retrying.Set(float64(q.Retrying))
	age := 0.0
	if !q.Oldest.IsZero() {
		age = max(0, time.Since(q.Oldest).Seconds())
	}
	w.Metrics.age.Set(age)
	if q.Next.IsZero() {
		return idle
	}
	return min(idle, max(0, time.Until(q.Next)))
}
