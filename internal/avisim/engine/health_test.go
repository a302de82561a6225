package engine_test

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

func TestAServerGoesDownAndComesBackWithoutAFailedRequest(t *testing.T) {
	a, b := webServer(t, "a", "127.0.0.1:0"), webServer(t, "b", "127.0.0.1:0")
	s := newScene(t, engine.KindHTTP, addressOf(a), addressOf(b))
	s.monitored(engine.MonitorHTTP)
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	up := func(server netip.AddrPort) func() bool {
		return func() bool { return serverState(e, server) == engine.StateUp }
	}
	eventually(t, "a is up", up(addressOf(a)))
	eventually(t, "b is up", up(addressOf(b)))

	client := newClient(t)
	count := make(map[string]int)
	fetch := func() {
		code, name, _ := get(t, client, s.url())
		if code != http.StatusOK {
			t.Errorf("answer %d %q", code, name)
		}
		count[name]++
	}
	a.Close()
	eventually(t, "a is down", func() bool {
		fetch()
		return serverState(e, addressOf(a)) == engine.StateDown
	})
	health := e.Status().Pools[poolUUID].Servers[addressOf(a)]
	if !strings.Contains(health.Reason, "healthmonitor-1") || !strings.Contains(health.Reason, "refused") {
		t.Errorf("reason %q", health.Reason)
	}
	webServer(t, "a again", a.Listener.Addr().String())
	eventually(t, "a is up again", func() bool {
		fetch()
		return serverState(e, addressOf(a)) == engine.StateUp
	})
	for range 4 {
		fetch()
	}
	if count["b"] == 0 || count["a again"] < 2 {
		t.Errorf("requests went to %v", count)
	}
	if c := vsStatus(e).Counters; c.ErrorResponses != 0 {
		t.Errorf("%d error answers", c.ErrorResponses)
	}
}

func TestEveryMonitorMustPass(t *testing.T) {
	var healthy atomic.Bool
	server := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if !healthy.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	s := newScene(t, engine.KindHTTP, addressOf(server))
	s.monitored(engine.MonitorHTTP)
	tcp := s.pool.Monitors[0]
	tcp.UUID, tcp.Kind = "healthmonitor-2", engine.MonitorTCP
	s.pool.Monitors = append(s.pool.Monitors, tcp, tcp) // listed twice, counted once
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	eventually(t, "down by the HTTP monitor", func() bool { return serverState(e, addressOf(server)) == engine.StateDown })
	status := vsStatus(e)
	if status.State != engine.StateDown || !strings.Contains(status.Reason, "None of 1 enabled servers is up") {
		t.Errorf("virtual service %s, %q", status.State, status.Reason)
	}
	healthy.Store(true)
	eventually(t, "up by both", func() bool { return serverState(e, addressOf(server)) == engine.StateUp })
	if got := vsStatus(e); got.State != engine.StateUp || !got.Changed.After(status.Changed) {
		t.Errorf("virtual service %s since %v, was down since %v", got.State, got.Changed, status.Changed)
	}
}

func TestStatesFollowTheConfiguration(t *testing.T) {
	remote := netip.MustParseAddrPort("192.0.2.1:80")
	local := netip.AddrPortFrom(loopback, freePort(t))
	type states struct{ vs, pool, server engine.State }
	for _, test := range []struct {
		name   string
		server netip.AddrPort
		change func(*scene)
		want   states
	}{
		{"no monitor", local, func(*scene) {}, states{engine.StateUp, engine.StateUp, engine.StateUp}},
		{
			"server disabled", local, func(s *scene) { s.pool.Servers[0].Enabled = false },
			states{engine.StateDown, engine.StateDisabled, engine.StateDisabled},
		},
		{
			"pool disabled", local, func(s *scene) { s.pool.Enabled = false },
			states{engine.StateDown, engine.StateDisabled, engine.StateDisabled},
		},
		{
			"virtual service disabled", local, func(s *scene) { s.vs.Enabled = false },
			states{engine.StateDisabled, engine.StateUp, engine.StateUp},
		},
		{
			"no VIP", local, func(s *scene) { s.vs.VIPs = nil },
			states{engine.StateDisabled, engine.StateUp, engine.StateUp},
		},
		{
			"VIP not loopback", local, func(s *scene) { s.vs.VIPs = []netip.Addr{remote.Addr()} },
			states{engine.StateResources, engine.StateUp, engine.StateUp},
		},
		{"server not loopback", remote, func(*scene) {}, states{engine.StateDown, engine.StateDown, engine.StateDown}},
		{
			"server not loopback, monitored", remote, func(s *scene) { s.monitored(engine.MonitorPing) },
			states{engine.StateDown, engine.StateDown, engine.StateDown},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, engine.KindTCP, test.server)
			test.change(&s)
			e := startEngine(t, engine.Options{})
			apply(t, e, s.config())
			got := states{vsStatus(e).State, e.Status().Pools[poolUUID].State, serverState(e, test.server)}
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

func TestANewMonitorTakesNothingAwayBeforeItsFirstAnswer(t *testing.T) {
	arrived, proceed := make(chan struct{}, 1), make(chan struct{})
	server := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" {
			arrived <- struct{}{}
			<-proceed
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	s := newScene(t, engine.KindHTTP, addressOf(server))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	s.monitored(engine.MonitorHTTP)
	s.pool.Monitors[0].HTTPRequest = "GET /health HTTP/1.0"
	s.pool.Monitors[0].SendInterval = time.Hour
	apply(t, e, s.config())
	<-arrived
	if got := serverState(e, addressOf(server)); got != engine.StateUp {
		t.Errorf("while the first check runs: %s, want UP", got)
	}
	close(proceed)
	eventually(t, "the first failure decides", func() bool { return serverState(e, addressOf(server)) == engine.StateDown })
}

func TestAnUnchangedServerIsNotCheckedAgain(t *testing.T) {
	var checks atomic.Int32
	server := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { checks.Add(1) }))
	s := newScene(t, engine.KindHTTP, addressOf(server))
	s.monitored(engine.MonitorHTTP)
	s.pool.Monitors[0].SendInterval = time.Hour
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	eventually(t, "the server is up", func() bool { return serverState(e, addressOf(server)) == engine.StateUp })
	before := e.Status().Pools[poolUUID].Servers[addressOf(server)]

	s.pool.Servers = slices.Clone(s.pool.Servers)
	s.pool.Servers[0].Ratio = 5
	s.pool.Monitors = slices.Clone(s.pool.Monitors)
	s.pool.Algorithm = engine.AlgorithmRandom
	other := webServer(t, "other", "127.0.0.1:0")
	s.pool.Servers = append(s.pool.Servers, engine.Server{Address: addressOf(other), Enabled: true, Ratio: 1})
	apply(t, e, s.config())
	if got := e.Status().Pools[poolUUID].Servers[addressOf(server)]; got != before {
		t.Errorf("health %+v, was %+v", got, before)
	}
	eventually(t, "the new server is up", func() bool { return serverState(e, addressOf(other)) == engine.StateUp })
	if n := checks.Load(); n != 1 {
		t.Errorf("%d checks of the server, want the one at the start", n)
	}

	s.pool.Monitors[0].HTTPResponse = "nowhere"
	apply(t, e, s.config())
	eventually(t, "a changed monitor asks anew", func() bool {
		return serverState(e, addressOf(server)) == engine.StateDown && checks.Load() == 2
	})
}

func TestAServerWaitsForItsFirstCheck(t *testing.T) {
	proceed := make(chan struct{})
	server := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-proceed }))
	s := newScene(t, engine.KindHTTP, addressOf(server))
	s.monitored(engine.MonitorHTTP)
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	if got := serverState(e, addressOf(server)); got != engine.StateUnknown {
		t.Errorf("before the first answer: %s, want UNKNOWN", got)
	}
	if code, _, _ := get(t, newClient(t), s.url()); code != http.StatusServiceUnavailable {
		t.Errorf("answer %d, want 503", code)
	}
	close(proceed)
	eventually(t, "one success is enough", func() bool { return serverState(e, addressOf(server)) == engine.StateUp })
}
