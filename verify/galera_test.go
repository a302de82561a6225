//go:build verify

package verify_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

// TestGalera runs what could go wrong in a Galera cluster of three nodes: the store's tests of what happens at the same moment,
// with the connections of one process at different nodes, and replicas at different nodes while a node hangs, and while a replica
// and a node are killed.
func TestGalera(t *testing.T) {
	g, err := realcloud.StartGalera(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, run := range []struct {
		url       string
		arguments []string
	}{
		{g.SpreadURL, []string{
			"-run", "NoUpdateIsLost|ParallelDuplicates|ClaimedTwice|ParallelRequests|UpgradesAtTheSameTime|AJobIs|Shared|ALease",
			"./internal/store",
		}},
		{g.URL, []string{"-v", "-run", "^(TestParallelDuplicates|TestReplicasWhileANodeHangs|TestReplicasAtDifferentNodes)$", "./internal/endtoend"}},
	} {
		cmd := exec.CommandContext(t.Context(), "go", append([]string{"test", "-count=1", "-tags=verify"}, run.arguments...)...)
		cmd.Dir = ".."
		cmd.Env = append(os.Environ(), storetest.Variable+"="+run.url, fmt.Sprintf("AVI_LBAAS_TEST_DATABASE_NODE=%d", g.FirstNode()))
		cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
		if err := cmd.Run(); err != nil {
			t.Errorf("go test %v: %v", run.arguments, err)
		}
	}
}
