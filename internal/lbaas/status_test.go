package lbaas_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestCombine(t *testing.T) {
	type parts = []lbaas.OperatingStatus
	for _, c := range []struct {
		name  string
		parts parts
		want  lbaas.OperatingStatus
	}{
		{"nothing", nil, lbaas.Online},
		{"all online", parts{lbaas.Online, lbaas.Online}, lbaas.Online},
		{"unmonitored ones count as online", parts{lbaas.NoMonitor, lbaas.Draining}, lbaas.Online},
		{"all offline", parts{lbaas.Offline, lbaas.Offline}, lbaas.Offline},
		{"one offline of two", parts{lbaas.Online, lbaas.Offline}, lbaas.Online},
		{"all failed", parts{lbaas.OperatingError, lbaas.OperatingError}, lbaas.OperatingError},
		{"all that are in service failed", parts{lbaas.OperatingError, lbaas.Offline}, lbaas.OperatingError},
		{"some failed", parts{lbaas.OperatingError, lbaas.Online}, lbaas.Degraded},
		{"a failed and an unmonitored one", parts{lbaas.OperatingError, lbaas.NoMonitor}, lbaas.Degraded},
		{"a degraded part", parts{lbaas.Degraded}, lbaas.Degraded},
		{"a degraded part among good ones", parts{lbaas.Degraded, lbaas.Online, lbaas.Offline}, lbaas.Degraded},
	} {
		if got := lbaas.Combine(c.parts); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestCombineDoesNotDependOnTheOrder(t *testing.T) {
	status := rapid.SampledFrom([]lbaas.OperatingStatus{
		lbaas.Online, lbaas.Offline, lbaas.Degraded, lbaas.OperatingError, lbaas.Draining, lbaas.NoMonitor,
	})
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOf(status).Draw(t, "parts")
		shuffled := rapid.Permutation(parts).Draw(t, "shuffled")
		if a, b := lbaas.Combine(parts), lbaas.Combine(shuffled); a != b {
			t.Fatalf("%s and %s", a, b)
		}
	})
}

func TestPending(t *testing.T) {
	pending := []lbaas.ProvisioningStatus{lbaas.PendingCreate, lbaas.PendingUpdate, lbaas.PendingDelete}
	for _, s := range append(pending[:3:3], lbaas.Active, lbaas.ErrorStatus, lbaas.Deleted) {
		if got, want := s.Pending(), slices.Contains(pending, s); got != want {
			t.Errorf("%s: %v, want %v", s, got, want)
		}
	}
}

func TestStatsAdd(t *testing.T) {
	a := lbaas.Stats{BytesIn: 1, BytesOut: 2, ActiveConnections: 3, TotalConnections: 4, RequestErrors: 5}
	b := lbaas.Stats{BytesIn: 10, BytesOut: 20, ActiveConnections: 30, TotalConnections: 40, RequestErrors: 50}
	want := lbaas.Stats{BytesIn: 11, BytesOut: 22, ActiveConnections: 33, TotalConnections: 44, RequestErrors: 55}
	if got := a.Add(b); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
