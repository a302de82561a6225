package service_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// The benchmarks are four clients at a time, as those of the reference; with AVI_LBAAS_TEST_DATABASE against a server.
const parallelClients = 2 // for each of two cores

// benched is a service with n load balancers of alice's, each with a listener, a pool and ten members.
func benched(b *testing.B, n int) (*service.Service, []string) {
	b.Helper()
	kept, err := store.Open(b.Context(), storetest.Options(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := kept.Close(); err != nil {
			b.Error(err)
		}
	})
	resource := func(id string) lbaas.Resource {
		return lbaas.Resource{ID: id, ProjectID: alice.ProjectID, ProvisioningStatus: lbaas.Active, OperatingStatus: lbaas.Online}
	}
	ids := make([]string, n)
	for i := range ids {
		id := fmt.Sprintf("lb%04d", i)
		ids[i] = id
		tree := lbaas.Tree{
			LoadBalancer: lbaas.LoadBalancer{Resource: resource(id), Provider: "avi_adc"},
			Listeners:    []lbaas.Listener{{Resource: resource(id + "-l"), LoadBalancerID: id, ProtocolPort: 80, DefaultPoolID: id + "-p"}},
			Pools:        []lbaas.Pool{{Resource: resource(id + "-p"), LoadBalancerID: id}},
		}
		for m := range 10 {
			tree.Members = append(tree.Members, lbaas.Member{
				Resource: resource(fmt.Sprintf("%s-m%d", id, m)), PoolID: id + "-p", Address: "10.0.0.1", ProtocolPort: m + 1,
			})
		}
		if err := kept.Adopt(b.Context(), tree, nil); err != nil {
			b.Fatal(err)
		}
	}
	return service.New(service.Options{Store: kept, Providers: []service.Provider{{Name: "avi_adc"}}, Wake: func() {}}), ids
}

func BenchmarkList(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, _ := benched(b, n)
			measure(b, func(ctx context.Context) error {
				page, err := s.LoadBalancers(ctx, alice, service.Query{}, nil)
				if err == nil && len(page.Items) != n {
					err = fmt.Errorf("%d are listed", len(page.Items))
				}
				return err
			})
		})
	}
}

func BenchmarkShow(b *testing.B) {
	s, ids := benched(b, 100)
	var next atomic.Int64
	measure(b, func(ctx context.Context) error {
		_, err := s.LoadBalancer(ctx, alice, ids[int(next.Add(1))%len(ids)])
		return err
	})
}

func BenchmarkCreate(b *testing.B) {
	s, _ := benched(b, 1)
	measure(b, func(ctx context.Context) error {
		_, err := s.CreateLoadBalancer(ctx, alice, lbaas.LoadBalancerInput{VIPAddress: lbaas.Given("10.0.0.1")})
		return err
	})
}

func measure(b *testing.B, f func(context.Context) error) {
	b.Helper()
	b.ResetTimer()
	b.SetParallelism(parallelClients)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := f(b.Context()); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}
