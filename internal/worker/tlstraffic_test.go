package worker_test

import (
	"crypto/tls"
	"log/slog"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/poller"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// Versions and ciphers that a listener names are what its clients may use, whichever of its names they ask for.
func TestVersionsAndCiphersOfAListenerHold(t *testing.T) {
	s := beginTLS(t)
	s.addListener(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef: lbaas.Given(s.contain(s.ca.issue("default", "www.example.com"))),
		SNIContainerRefs:       lbaas.Given([]string{s.contain(s.ca.issue("shop", "shop.example.com"))}),
		TLSVersions:            lbaas.Given([]lbaas.TLSVersion{lbaas.TLSv13}),
	})
	s.mustBeActive()
	upTo := func(version uint16) func(*tls.Config) {
		return func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, version }
	}
	wants := func(name string, version uint16, change func(*tls.Config)) {
		t.Helper()
		conn, err := s.dial(name, change)
		if version == 0 {
			if err == nil {
				_ = conn.Close()
				t.Errorf("%s: a client was let in that the listener does not allow", name)
			}
			return
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if got := conn.ConnectionState().Version; got != version {
			t.Errorf("%s: %s, want %s", name, tls.VersionName(got), tls.VersionName(version))
		}
		_ = conn.Close()
	}
	for _, name := range []string{"www.example.com", "shop.example.com"} {
		wants(name, 0, upTo(tls.VersionTLS12))
		wants(name, tls.VersionTLS13, upTo(tls.VersionTLS13))
	}
	s.updateListener(lbaas.ListenerTLSInput{
		TLSVersions: lbaas.Given([]lbaas.TLSVersion{lbaas.TLSv11, lbaas.TLSv12}), TLSCiphers: lbaas.Given("ECDHE-ECDSA-AES128-SHA"),
	})
	s.mustBeActive()
	for _, name := range []string{"www.example.com", "shop.example.com"} {
		wants(name, tls.VersionTLS11, upTo(tls.VersionTLS11))
		wants(name, tls.VersionTLS12, upTo(tls.VersionTLS13))
		wants(name, 0, upTo(tls.VersionTLS10))
		wants(name, 0, func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
		})
	}
}

// A listener's counters have what went through its SNI children, also when a child has gone.
func TestTrafficThroughSNIChildrenIsTheListeners(t *testing.T) {
	s := beginTLS(t)
	s.addListener(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef: lbaas.Given(s.contain(s.ca.issue("default", "www.example.com"))),
		SNIContainerRefs:       lbaas.Given([]string{s.contain(s.ca.issue("shop", "shop.example.com"))}),
	})
	s.mustBeActive()
	p := poller.New(poller.Options{
		Store: s.Store, Controllers: map[string]poller.Controller{testbed.Provider: s.Client},
		Logger: slog.New(slog.DiscardHandler), Interval: time.Minute,
	})
	polled := func(requests int64) lbaas.Stats {
		t.Helper()
		var stats lbaas.Stats
		for deadline := time.Now().Add(10 * time.Second); stats.TotalConnections < requests; <-time.After(time.Millisecond) {
			s.ok(p.Poll(t.Context()))
			var err error
			stats, err = s.Service.ListenerStats(t.Context(), s.Caller, s.listener)
			s.ok(err)
			if time.Now().After(deadline) {
				t.Fatalf("%d connections are counted, want %d", stats.TotalConnections, requests)
			}
		}
		return stats
	}
	for _, name := range []string{"www.example.com", "shop.example.com", "shop.example.com"} {
		_, err := s.get(name)
		s.ok(err)
	}
	before := polled(3)
	if before.TotalConnections != 3 || before.BytesIn == 0 || before.BytesOut == 0 {
		t.Errorf("after one request to the default and two to the SNI container: %+v", before)
	}
	s.updateListener(lbaas.ListenerTLSInput{SNIContainerRefs: lbaas.GivenNull[[]string]()})
	_, err := s.get("shop.example.com")
	s.ok(err)
	after := polled(4)
	if after.TotalConnections != 4 || after.BytesIn <= before.BytesIn {
		t.Errorf("%+v before the container went, and %+v after one more request", before, after)
	}
}
