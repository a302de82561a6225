//go:build verify

package endtoend_test

import (
	"net/http"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
)

// nodeVariable is the environment variable with the process id of a database cluster's first node, which may be killed.
const nodeVariable = "AVI_LBAAS_TEST_DATABASE_NODE"

// TestReplicasWhileANodeHangs has two services share a Galera cluster, each at a node of its own, of which one is stopped for a while:
// it goes on to take connections and statements, and answers none. The service at that node goes on at the next one, and what the
// node makes of the statements once it is back changes nothing.
func TestReplicasWhileANodeHangs(t *testing.T) {
	node := firstNode(t)
	underLoad(t, func(homes *replicas, goesOn func() bool) {
		<-time.After(1500 * time.Millisecond)
		if !goesOn() {
			return
		}
		signal := func(s syscall.Signal) {
			if err := syscall.Kill(node, s); err != nil {
				t.Error(err)
			}
		}
		signal(syscall.SIGSTOP)
		defer signal(syscall.SIGCONT)
		begun := time.Now()
		atNode := newClient(t, uuid.NewString(), homes.all[0].address)
		// A missed answer takes 15 s, and a connection that is not greeted 3.
		for time.Since(begun) < 40*time.Second {
			if a, err := atNode.call(t.Context(), http.MethodGet, "loadbalancers", nil); err == nil && a.status == http.StatusOK {
				break
			}
		}
		if waited := time.Since(begun); waited > 25*time.Second {
			t.Errorf("the service at the node that hangs does not go on at another one within %s", waited)
		}
		signal(syscall.SIGCONT)
		<-time.After(8 * time.Second)
	})
}

func firstNode(t *testing.T) (pid int) {
	t.Helper()
	pid, err := strconv.Atoi(os.Getenv(nodeVariable))
	if err != nil {
		t.Fatalf("%s names no process: %v", nodeVariable, err)
	}
	return pid
}

// TestReplicasAtDifferentNodes has two services share a Galera cluster, each at a node of its own. First one of them is killed, then
// the node of the other: for some seconds the cluster takes no writes, and whoever was at that node goes on at the next one.
// Whatever was accepted holds.
func TestReplicasAtDifferentNodes(t *testing.T) {
	node := firstNode(t)
	underLoad(t, func(homes *replicas, goesOn func() bool) {
		<-time.After(1500 * time.Millisecond)
		homes.lose(t, 1)
		<-time.After(time.Second)
		if !goesOn() {
			return
		}
		if err := syscall.Kill(node, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		// Half of it is the cluster's own wait for the node.
		<-time.After(12 * time.Second)
	})
}
