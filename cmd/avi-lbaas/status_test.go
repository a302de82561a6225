package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/config"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

func TestStatusTellsWhoWaitsForWhat(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	path := filepath.Join(t.TempDir(), "db.sqlite")
	s, err := store.Open(t.Context(), store.Options{Path: path, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fine", "refused", "waits"} {
		lb := lbaas.LoadBalancer{Resource: lbaas.Resource{ID: name + "-id", Name: name, ProvisioningStatus: lbaas.PendingCreate, CreatedAt: now}}
		if err := s.Write(t.Context(), func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lb) }); err != nil {
			t.Fatal(err)
		}
	}
	claims, err := s.Claim(t.Context(), "test", time.Minute, 10)
	if err != nil || len(claims) != 3 {
		t.Fatalf("%d claims, %v", len(claims), err)
	}
	for _, c := range claims {
		switch c.LoadBalancerID {
		case "fine-id":
			err = s.Succeed(t.Context(), c, nil)
		case "refused-id":
			err = s.Fail(t.Context(), c, nil, "Pool p: too many servers")
		case "waits-id":
			err = s.Retry(t.Context(), c, nil, 90*time.Second, "connection refused")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	var out bytes.Buffer
	if err := showStatus(t.Context(), config.Database{Dialect: config.SQLite, Path: path}, now, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("want a heading and two load balancers:\n%s", &out)
	}
	for line, want := range map[string][]string{
		lines[1]: {"refused-id", "ERROR", "-", "Pool p: too many servers"},
		lines[2]: {"waits-id", "PENDING_CREATE", "1", "in 1m30s", "connection refused"},
	} {
		for _, text := range want {
			if !strings.Contains(line, text) {
				t.Errorf("%q does not tell %q", line, text)
			}
		}
	}
}

func TestStatusWithoutADatabase(t *testing.T) {
	t.Parallel()
	absent := config.Database{Dialect: config.SQLite, Path: filepath.Join(t.TempDir(), "none")}
	err := showStatus(t.Context(), absent, time.Now(), &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "no database") {
		t.Errorf("got %v", err)
	}
}
