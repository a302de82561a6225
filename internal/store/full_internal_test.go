package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// While SQLite has no room, requests are told to come again, and nothing of them is stored; once there is room, all is as before.
func TestADatabaseWithoutRoomIsUnavailable(t *testing.T) {
	t.Parallel()
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "store.sqlite")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	pages := func(n int) {
		// The single connection that writes takes the bound for itself; it is never below what there is.
		if _, err := s.write.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	made := 0
	insert := func() error {
		return s.Write(t.Context(), func(tx *Tx) error {
			return tx.InsertLoadBalancer(&lbaas.LoadBalancer{
				Resource: lbaas.Resource{ID: fmt.Sprint("lb", made), ProjectID: "project"}, Description: strings.Repeat("long", 20_000),
			})
		})
	}
	pages(1)
	for range 3 {
		if _, kind, _ := lbaas.MessageFor(insert()); kind != lbaas.KindUnavailable {
			t.Errorf("without room the error is of kind %q, want %q", kind, lbaas.KindUnavailable)
		}
	}
	pages(1 << 20)
	if err := insert(); err != nil {
		t.Fatalf("with room again: %v", err)
	}
	err = s.Read(t.Context(), func(tx *Tx) error {
		trees, err := tx.Trees("", 10)
		made = len(trees)
		return err
	})
	if err != nil || made != 1 {
		t.Errorf("%d load balancers are stored (%v), want the one that was accepted", made, err)
	}
}
