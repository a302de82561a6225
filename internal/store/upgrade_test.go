//go:build verify

package store_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// An SQLite file is one process's own: this is about servers.
func TestUpgradesAtTheSameTimeAreOne(t *testing.T) {
	t.Parallel()
	o := storetest.Blank(t)
	o.Schema = store.AnySchema
	var running sync.WaitGroup
	var mu sync.Mutex
	applied := map[string]int{}
	for range 3 {
		running.Go(func() {
			s, err := store.Open(t.Context(), o)
			if err != nil {
				t.Error(err)
				return
			}
			names, err := s.Upgrade(t.Context())
			if err := errors.Join(err, s.CheckSchema(t.Context()), s.Close()); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			for _, name := range names {
				applied[name]++
			}
		})
	}
	running.Wait()
	if len(applied) == 0 {
		t.Error("nobody has upgraded")
	}
	for name, times := range applied {
		if times != 1 {
			t.Errorf("%s was applied %d times", name, times)
		}
	}
}
