package worker_test

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// member adds a member that answers with its name, and gives its server.
func (sc *scene) member(pool, name string, in lbaas.MemberInput) (id string, server *httptest.Server) {
	sc.t.Helper()
	server = httptest.NewServer(named(name))
	sc.t.Cleanup(server.Close)
	address := netip.MustParseAddrPort(server.Listener.Addr().String())
	in.PoolID, in.Address, in.ProtocolPort = lbaas.Given(pool), lbaas.Given(address.Addr().String()), lbaas.Given(int(address.Port()))
	m, err := sc.Service.CreateMember(sc.t.Context(), sc.Caller, in)
	sc.settled(err)
	return m.ID, server
}

func named(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, name) })
}

// again starts a server at the address of one that has ended.
func (sc *scene) again(ended *httptest.Server, name string) {
	sc.t.Helper()
	listener, err := net.Listen("tcp", ended.Listener.Addr().String())
	if err != nil {
		sc.t.Fatal(err)
	}
	server := &http.Server{Handler: named(name), ReadHeaderTimeout: time.Second}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	sc.t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
}

// becomes waits until requests are answered so.
func (sc *scene) becomes(path, want string) {
	sc.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for got := ""; got != want; got = sc.seen(hit{path: path}) {
		if time.Now().After(deadline) {
			sc.t.Fatalf("%s is answered with %q, not %q", path, got, want)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// wantAnswers wants requests to be answered by some servers and nobody else. It asks a dozen times, and on while one of them has not
// answered yet: whose turn it is depends on the other clients too.
func (sc *scene) wantAnswers(when, path string, want ...string) {
	sc.t.Helper()
	seen := map[string]bool{}
	for n := 0; n < 12 || n < 1000 && len(seen) < len(want); n++ {
		seen[sc.seen(hit{path: path})] = true
	}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
		sc.t.Errorf("%s: answered by %q, want %q", when, got, want)
	}
}

// quickMonitor checks the scene's pool every second or two.
func (sc *scene) quickMonitor(pool string, typ lbaas.MonitorType) string {
	sc.t.Helper()
	h, err := sc.Service.CreateHealthMonitor(sc.t.Context(), sc.Caller, lbaas.HealthMonitorInput{
		PoolID: lbaas.Given(pool), Type: lbaas.Given(typ), Delay: lbaas.Given(1), Timeout: lbaas.Given(1),
		MaxRetries: lbaas.Given(1), MaxRetriesDown: lbaas.Given(1),
	})
	sc.settled(err)
	return h.ID
}

// A backup gets requests while no other member is up, and only then: whichever way the others went down, and also where an L7 policy
// chooses the pool.
func TestBackupsStandInForTheOthers(t *testing.T) {
	sc := newScene(t)
	primary, server := sc.member(sc.other, "primary", lbaas.MemberInput{})
	for _, m := range sc.members(sc.other) {
		if m.ID != primary {
			sc.settled(sc.Service.DeleteMember(t.Context(), sc.Caller, sc.other, m.ID))
		}
	}
	sc.member(sc.other, "backup 1", lbaas.MemberInput{Backup: lbaas.Given(true)})
	sc.member(sc.other, "backup 2", lbaas.MemberInput{Backup: lbaas.Given(true)})
	sc.addPolicy(toPool(sc.other), path(lbaas.L7StartsWith, "/other"))
	sc.mustBeActive()
	use := func(change lbaas.MemberInput) {
		t.Helper()
		_, err := sc.Service.UpdateMember(t.Context(), sc.Caller, sc.other, primary, change)
		sc.settled(err)
	}
	for name, path := range map[string]string{"by a policy": "/other", "as the default": "/"} {
		if name == "as the default" {
			sc.updateListener(lbaas.ListenerInput{DefaultPoolID: lbaas.Given(sc.other)})
		}
		sc.wantAnswers(name, path, "primary")
		use(lbaas.MemberInput{AdminStateUp: lbaas.Given(false)})
		sc.wantAnswers(name+", the primary disabled", path, "backup 1", "backup 2")
		use(lbaas.MemberInput{AdminStateUp: lbaas.Given(true), Weight: lbaas.Given(0)})
		sc.wantAnswers(name+", the primary drained", path, "backup 1", "backup 2")
		use(lbaas.MemberInput{Weight: lbaas.Given(1)})
		sc.wantAnswers(name+", all as before", path, "primary")
		sc.updateListener(lbaas.ListenerInput{DefaultPoolID: lbaas.Given(sc.pool)})
	}
	sc.quickMonitor(sc.other, lbaas.MonitorTCP)
	sc.becomes("/other", "primary")
	server.Close()
	sc.becomes("/other", "backup 1")
	sc.wantAnswers("with the primary's check failed", "/other", "backup 1", "backup 2")
	sc.again(server, "primary")
	sc.becomes("/other", "primary")
	sc.wantAnswers("with the primary back", "/other", "primary")
}

// busy has clients ask for as long as it takes until stop is called, which wants every request to have been answered.
func (sc *scene) busy() (stop func()) {
	sc.t.Helper()
	done, failed := make(chan struct{}), make(chan string, 100)
	fail := func(format string, args ...any) {
		select {
		case failed <- fmt.Sprintf(format, args...):
		default: // enough is known
		}
	}
	var clients sync.WaitGroup
	for range 3 {
		clients.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				response, err := sc.client.Get(sc.url("/"))
				if err != nil {
					fail("%v", err)
					continue
				}
				body, err := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if err != nil || response.StatusCode != http.StatusOK {
					fail("%s %q: %v", response.Status, body, err)
				}
			}
		})
	}
	return func() {
		sc.t.Helper()
		close(done)
		clients.Wait()
		close(failed)
		for failure := range failed {
			sc.t.Errorf("a request failed: %s", failure)
		}
	}
}

// Members become backups and cease to be some while requests run: none of them fails, the virtual service stays what it is, and in
// the end the objects are those of a pool that never had a backup.
func TestRolesChangeWithoutAFailedRequest(t *testing.T) {
	sc := newScene(t)
	second, _ := sc.member(sc.pool, "second", lbaas.MemberInput{})
	sc.wantAnswers("before", "/", "default", "second")
	before := slices.Sorted(maps.Keys(sc.Objects()))
	sc.Sim.ResetRequests()

	stop := sc.busy()
	for range 5 {
		for _, backup := range []bool{true, false} {
			_, err := sc.Service.UpdateMember(t.Context(), sc.Caller, sc.pool, second, lbaas.MemberInput{Backup: lbaas.Given(backup)})
			sc.settled(err)
			sc.mustBeActive()
			if backup {
				sc.wantAnswers("second as a backup", "/", "default")
			} else {
				sc.wantAnswers("second as one like the other", "/", "default", "second")
			}
		}
	}
	// All at once: nobody is left but backups, and then nobody is one.
	for _, backup := range []bool{true, false} {
		var want []lbaas.MemberInput
		for _, m := range sc.members(sc.pool) {
			want = append(want, lbaas.MemberInput{
				Address: lbaas.Given(m.Address), ProtocolPort: lbaas.Given(m.ProtocolPort), Backup: lbaas.Given(backup),
			})
		}
		sc.settled(sc.Service.ReplaceMembers(t.Context(), sc.Caller, sc.pool, want, false))
		sc.wantAnswers("all alike", "/", "default", "second")
	}
	stop()
	for _, r := range sc.Sim.Requests() {
		if r.Type == "virtualservice" && (r.Method == http.MethodDelete || r.Method == http.MethodPost) {
			t.Errorf("the virtual service was made anew: %s", r.Method)
		}
	}
	if after := slices.Sorted(maps.Keys(sc.Objects())); !slices.Equal(after, before) {
		t.Errorf("the objects are %q, were %q", after, before)
	}
	if ref := sc.get("virtualservice", sc.vsUUID()).RefUUID("pool_group_ref"); ref != "" {
		t.Errorf("the virtual service still has the pool group %s", ref)
	}
}

// What is attached to a pool group goes with its pool, its listener and its load balancer.
func TestPoolGroupsGoWithTheirPools(t *testing.T) {
	for name, remove := range map[string]func(*story) error{
		"pool": func(s *story) error { return s.Service.DeletePool(s.t.Context(), s.Caller, s.pool) },
		"listener": func(s *story) error {
			return s.Service.DeleteListener(s.t.Context(), s.Caller, s.listener)
		},
		"load balancer": func(s *story) error {
			return s.Service.DeleteLoadBalancer(s.t.Context(), s.Caller, s.lb, true)
		},
		"its backups": func(s *story) error { return s.Service.DeleteMember(s.t.Context(), s.Caller, s.pool, s.memberB) },
	} {
		t.Run(name, func(t *testing.T) {
			s := begin(t, testbed.Options{})
			s.updateMember(s.memberB, lbaas.MemberInput{Backup: lbaas.Given(true)})
			group, backup := translate.PoolGroupUUID(s.pool, s.listener), translate.BackupPoolUUID(s.pool, s.listener)
			if !s.has("poolgroup", group) || !s.has("pool", backup) {
				t.Fatal("there is no pool group, or no pool of backups")
			}
			s.settled(remove(s))
			if s.has("poolgroup", group) || s.has("pool", backup) {
				t.Error("the pool group, or the pool of backups, is left behind")
			}
		})
	}
}
