package audit

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics of the background audit.
type Metrics struct {
	objects *prometheus.GaugeVec
	last    prometheus.Gauge
}

// NewMetrics makes the metrics and registers them.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		objects: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "avi_lbaas_drift_objects",
			Help: "Objects at the Controller that were not as LBaaS wants them at the last audit, by kind: " +
				"changed, missing, unwanted, orphan.",
		}, []string{"provider", "kind"}),
		last: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "avi_lbaas_drift_last_audit_timestamp_seconds",
			Help: "When the last audit of all providers ended well.",
		}),
	}
	r.MustRegister(m.objects, m.last)
	return m
}

// firstAfter is how long after the start the first audit begins, if not earlier by its interval: the start has other work.
const firstAfter = time.Minute

// Run audits every so often until ctx ends.
func (a *Auditor) Run(ctx context.Context) error {
	if a.Interval <= 0 {
		return nil
	}
	pause := a.Interval
	if a.Job != nil {
		pause = min(a.Interval, firstAfter) // the job knows when it is time
	}
	next := time.NewTimer(min(a.Interval, firstAfter))
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-next.C:
		}
		_, err := a.Job.Try(ctx, func(ctx context.Context) error {
			a.round(ctx)
			return nil
		})
		if err != nil && ctx.Err() == nil {
			a.Logger.WarnContext(ctx, "cannot see whether it is time for an audit", "error", err)
		}
		next.Reset(pause)
	}
}

// round is one audit with all that follows from it.
func (a *Auditor) round(ctx context.Context) {
	report, err := a.Audit(ctx, Scope{})
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		a.Logger.WarnContext(ctx, "the audit of the Controllers' objects is not complete", "error", err)
	}
	for _, f := range report.Findings {
		var fields []string
		for _, d := range f.Fields {
			fields = append(fields, d.Path)
		}
		a.Logger.WarnContext(ctx, "object at the Controller is not as LBaaS wants it", "kind", string(f.Kind), "provider", f.Provider,
			"type", f.Type, "uuid", f.UUID, "name", f.Name, "load_balancer_id", f.LoadBalancerID, "fields", fields)
	}
	a.Logger.InfoContext(ctx, "audited the Controllers' objects", "load_balancers", report.Compared, "busy", len(report.Busy),
		"findings", len(report.Findings))
	a.Metrics.record(a.Providers, report, err)
	mended, err := a.mend(ctx, report)
	if err != nil {
		a.Logger.ErrorContext(ctx, "cannot have drift mended", "error", err)
	}
	if mended > 0 {
		a.Logger.InfoContext(ctx, "load balancers with drift are being mended", "load_balancers", mended)
		a.Wake()
	}
}

// record keeps the last numbers when the audit was not complete: part of the objects would look like an improvement.
func (m *Metrics) record(providers map[string]Provider, report Report, err error) {
	if m == nil || err != nil {
		return
	}
	counts := map[[2]string]int{}
	for _, f := range report.Findings {
		counts[[2]string{f.Provider, string(f.Kind)}]++
	}
	for provider := range providers {
		for _, kind := range Kinds() {
			m.objects.WithLabelValues(provider, string(kind)).Set(float64(counts[[2]string{provider, string(kind)}]))
		}
	}
	m.last.SetToCurrentTime()
}
