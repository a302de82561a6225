package worker

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

const (
	// shownCertificates bounds the series: those that end first are the ones that somebody has to act upon.
	shownCertificates = 200
	// certificatesFor is how long what was read is shown again: days pass slowly, and scrapes may be frequent.
	certificatesFor = time.Minute
	// certificatesTimeout bounds the reading; a scrape that fails for it has no certificates in it.
	certificatesTimeout = 5 * time.Second
)

// Remembered is what CertificateMetrics reads. *store.Store implements it.
type Remembered interface {
	RememberedContainers(ctx context.Context) ([]store.Container, error)
}

// CertificateMetrics tell how long the certificates of load balancers are good for.
type CertificateMetrics struct {
	store  Remembered
	logger *slog.Logger
	now    func() time.Time
	left   *prometheus.Desc
	total  *prometheus.Desc

	mu   sync.Mutex // guards what follows
	read time.Time
	ends []certificateEnd // those that end first come first
}

type certificateEnd struct {
	container string
	at        time.Time
}

// NewCertificateMetrics reads from the store when it is asked for, at most once a minute.
func NewCertificateMetrics(s Remembered, logger *slog.Logger) *CertificateMetrics {
	return &CertificateMetrics{
		store: s, logger: logger, now: time.Now,
		left: prometheus.NewDesc("avi_lbaas_certificate_days_left",
			"Days until a certificate ends, negative when it has ended, by the id of its container; of the 200 that end first.",
			[]string{"container"}, nil),
		total: prometheus.NewDesc("avi_lbaas_certificates", "Certificate containers that load balancers use.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (m *CertificateMetrics) Describe(ch chan<- *prometheus.Desc) { ch <- m.left; ch <- m.total }

// Collect implements prometheus.Collector.
func (m *CertificateMetrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if m.read.IsZero() || now.Sub(m.read) >= certificatesFor {
		ctx, cancel := context.WithTimeout(context.Background(), certificatesTimeout) // Prometheus hands none on
		defer cancel()
		containers, err := m.store.RememberedContainers(ctx)
		if err != nil {
			m.logger.WarnContext(ctx, "the ends of certificates cannot be told", "error", err)
			return
		}
		m.read, m.ends = now, endsOf(containers)
	}
	ch <- prometheus.MustNewConstMetric(m.total, prometheus.GaugeValue, float64(len(m.ends)))
	const day = 24 * time.Hour
	for _, end := range m.ends[:min(len(m.ends), shownCertificates)] {
		ch <- prometheus.MustNewConstMetric(m.left, prometheus.GaugeValue, float64(end.at.Sub(now))/float64(day), end.container)
	}
}

// endsOf gives each container once, with the earliest end that is remembered of it. Authorities and revocation lists have none.
func endsOf(containers []store.Container) []certificateEnd {
	earliest := map[string]time.Time{}
	for _, c := range containers {
		var s summary
		if json.Unmarshal([]byte(c.Summary), &s) != nil || s.NotAfter.IsZero() {
			continue
		}
		id := lbaas.ContainerID(c.Ref)
		if known, ok := earliest[id]; !ok || s.NotAfter.Before(known) {
			earliest[id] = s.NotAfter
		}
	}
	ends := make([]certificateEnd, 0, len(earliest))
	for container, at := range earliest {
		ends = append(ends, certificateEnd{container, at})
	}
	slices.SortFunc(ends, func(a, b certificateEnd) int { return a.at.Compare(b.at) })
	return ends
}
