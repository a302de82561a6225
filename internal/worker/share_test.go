package worker_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

// silent is a Controller that takes requests and answers none.
type silent struct{ worker.Controller }

func (silent) Version(ctx context.Context) (string, error) {
	<-ctx.Done()
	return "", ctx.Err()
}

// A Controller that answers nothing has every request last until its time limit. The load balancers of others must not wait for it,
// however many of its own do.
func TestASilentControllerDoesNotHoldUpOthers(t *testing.T) {
	b := testbed.New(t, testbed.Options{})
	options := b.Worker.Options
	options.Concurrency = 2
	options.Providers = map[string]worker.Provider{
		testbed.Provider: options.Providers[testbed.Provider], "silent": {Controller: silent{}},
	}
	insert := func(id, provider string) {
		t.Helper()
		err := b.Store.Write(t.Context(), func(tx *store.Tx) error {
			return tx.InsertLoadBalancer(&lbaas.LoadBalancer{
				Resource: lbaas.Resource{ID: id, ProjectID: "project", AdminStateUp: true, ProvisioningStatus: lbaas.PendingCreate},
				Provider: provider, VIP: lbaas.VIP{Address: "10.0.0.1"},
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for n := range 5 {
		insert(fmt.Sprint("silent-", n), "silent")
	}
	ctx, stop := context.WithCancel(t.Context())
	var running errgroup.Group
	running.Go(func() error { return worker.New(options).Run(ctx, ctx) })
	defer func() {
		stop()
		if err := running.Wait(); err != nil {
			t.Error(err)
		}
	}()
	for n := range 3 {
		id := fmt.Sprint("other-", n)
		insert(id, testbed.Provider)
		deadline := time.Now().Add(10 * time.Second)
		for b.Tree(t, id).LoadBalancer.ProvisioningStatus != lbaas.Active {
			if time.Now().After(deadline) {
				t.Fatalf("load balancer %s still waits for the other provider's Controller", id)
			}
			<-time.After(10 * time.Millisecond)
		}
	}
}
