//go:build verify

package verify_test

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

// TestDatabases runs the tests that keep their data in the store on each database server, and those that only make sense with one:
// upgrades and replicas that meet.
func TestDatabases(t *testing.T) {
	for name, start := range map[string]func(context.Context) (*realcloud.Database, error){
		"MariaDB": realcloud.StartMariaDB, "PostgreSQL": realcloud.StartPostgreSQL,
	} {
		t.Run(name, func(t *testing.T) {
			d, err := start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			})
			for _, arguments := range [][]string{
				{"./internal/store/...", "./internal/service"},
				{"-v", "-run", "^(TestReplicas|TestParallelDuplicates)$", "./internal/endtoend"},
			} {
				cmd := exec.CommandContext(t.Context(), "go", append([]string{"test", "-count=1", "-tags=verify"}, arguments...)...)
				cmd.Dir, cmd.Env = "..", append(os.Environ(), storetest.Variable+"="+d.URL)
				cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
				if err := cmd.Run(); err != nil {
					t.Errorf("go test %v: %v", arguments, err)
				}
			}
		})
	}
}
