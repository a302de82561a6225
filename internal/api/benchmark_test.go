package api_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// BenchmarkLists is the way of a list through the API, the service and the store, without a network: what pprof is to look at. With
// AVI_LBAAS_TEST_DATABASE it is that server's database.
func BenchmarkLists(b *testing.B) {
	s, err := store.Open(b.Context(), storetest.Options(b))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	handler := api.New(api.Options{
		Service:       service.New(service.Options{Store: s, Wake: func() {}, Providers: []service.Provider{{Name: "avi_adc"}}}),
		Authenticator: api.NoAuth{}, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	})
	send := func(method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	for _, size := range []int{1, 100, 1000} {
		project := fmt.Sprintf("project-%d", size)
		for n := range size {
			w := send(http.MethodPost, "/v2/lbaas/loadbalancers",
				fmt.Sprintf(`{"loadbalancer": {"vip_address": "198.18.%d.%d", "project_id": %q}}`, n/250, n%250+1, project))
			if w.Code != http.StatusCreated {
				b.Fatalf("create: %d %s", w.Code, w.Body)
			}
		}
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if w := send(http.MethodGet, "/v2/lbaas/loadbalancers?project_id="+project, ""); w.Code != http.StatusOK {
					b.Fatalf("list: %d %s", w.Code, w.Body)
				}
			}
		})
	}
}
