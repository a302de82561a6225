package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// noted are the notes that a store has, and how often they were read.
type noted struct {
	containers []store.Container
	reads      int
	err        error
}

func (n *noted) RememberedContainers(context.Context) ([]store.Container, error) {
	n.reads++
	return n.containers, n.err
}

func (n *noted) note(ref string, ends time.Time) {
	n.containers = append(n.containers, store.Container{Ref: ref, Summary: fmt.Sprintf(`{"fingerprint": "f", "not_after": %q}`, ends.Format(time.RFC3339))})
}

// shown are the days left by container, and the number of all.
func shown(t *testing.T, m *CertificateMetrics) (days map[string]float64, total float64) {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(m)
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	days, total = map[string]float64{}, -1
	for _, f := range families {
		for _, series := range f.GetMetric() {
			if f.GetName() == "avi_lbaas_certificates" {
				total = series.GetGauge().GetValue()
				continue
			}
			days[series.GetLabel()[0].GetValue()] = series.GetGauge().GetValue()
		}
	}
	return days, total
}

func TestDaysLeftOfCertificates(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	const first, second = "https://keys.example.org/v1/containers/11111111-1111-4111-8111-111111111111",
		"https://keys.example.org/v1/secrets/22222222-2222-4222-8222-222222222222"
	n := &noted{}
	n.note(first, now.AddDate(0, 0, 30))
	n.note(first, now.AddDate(0, 0, 10)) // another load balancer has not seen the renewed one yet
	n.note(second, now.Add(-12*time.Hour))
	n.containers = append(n.containers, store.Container{Ref: "authorities", Summary: `{"revocations": []}`})
	m := NewCertificateMetrics(n, slog.New(slog.DiscardHandler))
	m.now = func() time.Time { return now }
	days, total := shown(t, m)
	if total != 2 || len(days) != 2 || days["11111111-1111-4111-8111-111111111111"] != 10 || days["22222222-2222-4222-8222-222222222222"] != -0.5 {
		t.Errorf("of %v there are %v days left", total, days)
	}

	now = now.Add(30 * time.Second)
	shown(t, m)
	reads := n.reads
	now = now.Add(31 * time.Second)
	shown(t, m)
	if reads != 1 || n.reads != 2 {
		t.Errorf("half a minute later it was read %d times and after a minute %d times, want 1 and 2", reads, n.reads)
	}
	now, n.err = now.Add(time.Hour), errors.New("the database is away")
	if days, total := shown(t, m); len(days) != 0 || total != -1 {
		t.Errorf("while the database is away %v days are told", days)
	}
}

func TestOnlyTheCertificatesThatEndFirstAreShown(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	n := &noted{}
	for day := range 500 {
		n.note(fmt.Sprintf("https://keys.example.org/v1/containers/00000000-0000-4000-8000-%012d", day), now.AddDate(0, 0, day))
	}
	m := NewCertificateMetrics(n, slog.New(slog.DiscardHandler))
	m.now = func() time.Time { return now }
	days, total := shown(t, m)
	if total != 500 || len(days) != 200 {
		t.Fatalf("%d of %v are shown, want 200 of 500", len(days), total)
	}
	for container, left := range days {
		if left >= 200 {
			t.Errorf("%s with %v days left is among those that end first", container, left)
		}
	}
}
