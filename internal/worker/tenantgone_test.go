package worker_test

import (
	"errors"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// A project goes, and its tenant with everything in it; its load balancers are deleted last. They are gone then, without a tenant
// being waited for, or made.
func TestALoadBalancerGoesWithoutItsTenant(t *testing.T) {
	bed := testbed.New(t, testbed.Options{CreateTenants: true})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	lb, err := bed.Service.CreateLoadBalancer(t.Context(), bed.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given("10.0.0.10"),
	})
	must(err)
	bed.Settle(t)
	_, err = bed.Service.CreateListener(t.Context(), bed.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(lb.ID), Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(80),
	})
	must(err)
	bed.Settle(t)
	var made []store.Item
	must(bed.Store.Read(t.Context(), func(tx *store.Tx) (err error) {
		made, err = tx.Inventory(lb.ID)
		return err
	}))
	for _, typ := range []string{translate.TypeVirtualService, translate.TypeVsVip} {
		for _, item := range made {
			if item.Type == typ {
				must(bed.Client.Delete(t.Context(), item.Tenant, item.Type, item.UUID))
			}
		}
	}
	must(bed.Client.Delete(t.Context(), "", "tenant", tenant()))

	must(bed.Service.DeleteLoadBalancer(t.Context(), bed.Caller, lb.ID, true))
	must(bed.Worker.Drain(t.Context()))
	if _, err := bed.Service.LoadBalancer(t.Context(), bed.Caller, lb.ID); !errors.Is(err, lbaas.KindNotFound) {
		t.Errorf("the load balancer is still there: %v", err)
	}
	if _, err := bed.Client.Get(t.Context(), "", "tenant", tenant()); !errors.Is(err, avi.NotFound) {
		t.Errorf("the tenant was made again (%v)", err)
	}
}
