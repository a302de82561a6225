package store_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// TestFileBelongsToTheOwnerOfItsDirectory: an operator who is root may make the database before the service, which is not, first runs.
func TestFileBelongsToTheOwnerOfItsDirectory(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	owner := os.Geteuid()
	if owner == 0 {
		owner = 4711
		if err := os.Chown(directory, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(directory, "store.sqlite")
	s, err := store.Open(t.Context(), store.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := info.Sys().(*syscall.Stat_t).Uid; int(got) != owner { //nolint:forcetypeassert // what a Unix system has
			t.Errorf("%s belongs to user %d, want %d", filepath.Base(name), got, owner)
		}
		if got := info.Mode().Perm(); got != 0o600 {
			t.Errorf("%s has mode %v, want -rw-------", filepath.Base(name), got)
		}
	}
}
