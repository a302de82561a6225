package poller

import "github.com/prometheus/client_golang/prometheus"

// Metrics of the poller.
type Metrics struct{ last *prometheus.GaugeVec }

// NewMetrics makes the poller's metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{last: prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "avi_lbaas_status_last_read_timestamp_seconds",
		Help: "When the statuses of a provider's load balancers were last read from its Controller and stored.",
	}, []string{"provider"})}
	r.MustRegister(m.last)
	return m
}

// stored notes that a provider's statuses are up to date.
func (m *Metrics) stored(provider string) {
	if m != nil {
		m.last.WithLabelValues(provider).SetToCurrentTime()
	}
}
