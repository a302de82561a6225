package service

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// anyNetwork is Network under a name that is none of its methods'.
type anyNetwork = Network

// ports notes the ports that are deleted; nothing else is asked of it.
type ports struct {
	anyNetwork
	deleted []string
}

func (p *ports) DeletePort(_ context.Context, id string) error {
	p.deleted = append(p.deleted, id)
	return nil
}

// A database that does not answer COMMIT may have stored the load balancer, whose address somebody else must not get.
func TestAPortStaysWhileItIsNotKnownWhetherItsLoadBalancerIsStored(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), storetest.Options(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	lb := &lbaas.LoadBalancer{VIP: lbaas.VIP{PortID: "port", OwnsPort: true}}
	for _, c := range []struct {
		cause   error
		deleted int
	}{
		{fmt.Errorf("commit: %w", store.ErrUncertain), 0},
		{errors.New("no room"), 1},
	} {
		network := &ports{}
		if err := New(Options{Store: s, Network: network}).releaseVIP(t.Context(), lb, c.cause); !errors.Is(err, c.cause) {
			t.Errorf("%v becomes %v", c.cause, err)
		}
		if len(network.deleted) != c.deleted {
			t.Errorf("after %v the ports %v are deleted, want %d", c.cause, network.deleted, c.deleted)
		}
	}
}
