package app

import (
	"cmp"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newBuildInfo())
	return r
}

// newBuildInfo is a constant 1 with what the build knows of itself.
func newBuildInfo() prometheus.Collector {
	labels := prometheus.Labels{"version": "unknown", "revision": "unknown", "go_version": "unknown"}
	if info, ok := debug.ReadBuildInfo(); ok {
		labels["version"], labels["go_version"] = cmp.Or(info.Main.Version, "(devel)"), info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				labels["revision"] = s.Value
			}
		}
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "avi_lbaas_build_info", Help: "1, with the version, the commit and the Go version of the program.", ConstLabels: labels,
	})
	info.Set(1)
	return info
}

func metricsHandler(r *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
	return mux
}

// controllerMetrics count the requests to Controllers.
type controllerMetrics struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

func newControllerMetrics(r prometheus.Registerer) *controllerMetrics {
	m := &controllerMetrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "avi_lbaas_controller_requests_total",
			Help: "Requests to the Avi Controller by provider, method, type of object, status (0: no answer) and outcome.",
		}, []string{"provider", "method", "type", "status", "outcome"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "avi_lbaas_controller_request_duration_seconds",
			Help: "Time until the Avi Controller had answered a request.",
		}, []string{"provider", "method", "type"}),
	}
	r.MustRegister(m.requests, m.duration)
	return m
}

func (m *controllerMetrics) observe(provider string, r avi.Request) {
	outcome := "ok"
	if r.Err != nil {
		outcome = "error"
		if e, ok := errors.AsType[*avi.Error](r.Err); ok {
			outcome = string(e.Kind)
		}
	}
	m.requests.WithLabelValues(provider, r.Method, r.Type, strconv.Itoa(r.Status), outcome).Inc()
	m.duration.WithLabelValues(provider, r.Method, r.Type).Observe(r.Duration.Seconds())
}
