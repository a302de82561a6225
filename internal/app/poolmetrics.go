package app

import (
	"database/sql"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// poolMetrics read the state of the database's connection pools when they are asked for.
type poolMetrics struct {
	store  *store.Store
	series []poolSeries
}

// poolSeries is one number of each pool.
type poolSeries struct {
	described *prometheus.Desc
	kind      prometheus.ValueType
	read      func(sql.DBStats) float64
}

func newPoolMetrics(s *store.Store) *poolMetrics {
	series := func(name, help string, kind prometheus.ValueType, read func(sql.DBStats) float64) poolSeries {
		return poolSeries{prometheus.NewDesc("avi_lbaas_database_"+name, help, []string{"pool"}, nil), kind, read}
	}
	return &poolMetrics{store: s, series: []poolSeries{
		series("connections_max", "The most connections that a pool of the database may have; 0: no limit.", prometheus.GaugeValue,
			func(s sql.DBStats) float64 { return float64(s.MaxOpenConnections) }),
		series("connections_in_use", "Connections of a pool that are in use.", prometheus.GaugeValue,
			func(s sql.DBStats) float64 { return float64(s.InUse) }),
		series("connections_idle", "Connections of a pool that are idle.", prometheus.GaugeValue,
			func(s sql.DBStats) float64 { return float64(s.Idle) }),
		series("connection_waits_total", "How often a transaction had to wait for a connection.", prometheus.CounterValue,
			func(s sql.DBStats) float64 { return float64(s.WaitCount) }),
		series("connection_wait_seconds_total", "How long transactions have waited for connections.", prometheus.CounterValue,
			func(s sql.DBStats) float64 { return s.WaitDuration.Seconds() }),
	}}
}

// Describe implements prometheus.Collector.
func (m *poolMetrics) Describe(ch chan<- *prometheus.Desc) {
	for _, s := range m.series {
		ch <- s.described
	}
}

// Collect implements prometheus.Collector.
func (m *poolMetrics) Collect(ch chan<- prometheus.Metric) {
	for pool, stats := range m.store.PoolStats() {
		for _, s := range m.series {
			ch <- prometheus.MustNewConstMetric(s.described, s.kind, s.read(stats), pool)
		}
	}
}
