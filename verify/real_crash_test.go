//go:build verify

package verify_test

import (
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver of the service's database
)

// The service dies when Neutron has made the port, before it knows. The next one finds the port and removes it.
func (s *site) testCrashWhilePortIsMade(t *testing.T) {
	t.Parallel()
	n := s.network(t, s.demo, "crash", "10.24.0.0/24", false)
	var victim atomic.Pointer[program]
	neutron := s.neutronThat(t, func(r *http.Request, status int) error {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/ports") || status != http.StatusCreated {
			return nil
		}
		victim.Load().kill()
		return errors.New("nobody is left to hear it")
	})
	database, address := filepath.Join(t.TempDir(), "crash.sqlite"), freeAddress(t)
	victim.Store(s.serve(t, service{address: address, database: database, network: neutron}))
	if a, err := tryRequest(t.Context(), s.demo.Token(), http.MethodPost, loadBalancers(address), onSubnet("crash", n.SubnetID)); err == nil {
		t.Fatalf("the service that was killed answered %d %v", a.status, a.body)
	}
	port := s.vipPort(t, n)
	if !strings.HasPrefix(port.DeviceID, "lb-") {
		t.Errorf("the port left over is %+v", port)
	}

	// A port may belong to a request that is still under way, so only those that are a while old are removed.
	age(t, database, 10*time.Minute)
	s.serve(t, service{address: address, database: database})
	eventually(t, "the port is removed", func() bool {
		found, err := s.admin.Ports(t.Context(), n.ID)
		return err == nil && len(found) == 0
	})
	if a := request(t, s.demo.Token(), http.MethodGet, loadBalancers(address), nil); len(a.body["loadbalancers"].([]any)) != 0 {
		t.Errorf("there is a load balancer that nobody was told of: %v", a.body)
	}
	if err := s.demo.RemoveSubnet(t.Context(), n); err != nil {
		t.Error(err)
	}
}

// neutronThat is a way to Neutron that shows each answer to after before it goes on; with an error it does not.
func (s *site) neutronThat(t *testing.T, after func(r *http.Request, status int) error) string {
	t.Helper()
	target, err := url.Parse(s.cloud.NetworkURL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error { return after(r.Request, r.StatusCode) },
		ErrorLog:       slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	})
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// age makes what a service that is not running wrote down about ports older.
func age(t *testing.T, database string, by time.Duration) {
	t.Helper()
	db, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	result, err := db.ExecContext(t.Context(), "UPDATE port_intents SET created_at = created_at - ?", by.Microseconds())
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := result.RowsAffected(); err != nil || changed != 1 {
		t.Errorf("the service wrote down %d ports, %v; want one", changed, err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// What was answered with 2xx is done by the next service, whatever happens to this one.
func (s *site) testCrashAfterAcceptance(t *testing.T) {
	t.Parallel()
	n := s.network(t, s.demo, "accepted", "10.25.0.0/24", false)
	o := service{address: freeAddress(t), database: filepath.Join(t.TempDir(), "accepted.sqlite")}
	p := s.serve(t, o)
	made := request(t, s.demo.Token(), http.MethodPost, loadBalancers(o.address), onSubnet("accepted", n.SubnetID))
	p.kill()
	if made.status != http.StatusCreated {
		t.Fatalf("create: %d %v", made.status, made.body)
	}
	lb, _ := made.body["loadbalancer"].(map[string]any)
	one := loadBalancers(o.address) + "/" + lb["id"].(string)

	p = s.serve(t, o)
	eventually(t, "the load balancer is ACTIVE", func() bool {
		a := request(t, s.demo.Token(), http.MethodGet, one, nil)
		lb, _ := a.body["loadbalancer"].(map[string]any)
		return lb["provisioning_status"] == "ACTIVE"
	})
	if port := s.vipPort(t, n); port.ID != lb["vip_port_id"] {
		t.Errorf("the port is %s, the answer said %v", port.ID, lb["vip_port_id"])
	}
	deleted := request(t, s.demo.Token(), http.MethodDelete, one, nil)
	p.kill()
	if deleted.status != http.StatusNoContent {
		t.Fatalf("delete: %d %v", deleted.status, deleted.body)
	}

	s.serve(t, o)
	eventually(t, "the load balancer is gone", func() bool {
		return request(t, s.demo.Token(), http.MethodGet, one, nil).status == http.StatusNotFound
	})
	s.noPorts(t, n)
}
