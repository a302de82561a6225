package engine_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

func TestApplyKeepsConnectionsOfWhatStays(t *testing.T) {
	a, b := lineServer(t, "a"), lineServer(t, "b")
	s := newScene(t, engine.KindTCP, a)
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client := dialLines(t, s.address())
	if name := client.line(); name != "a" {
		t.Fatalf("greeting %q", name)
	}
	changes := []struct {
		name   string
		change func()
	}{
		{"the same again", func() {}},
		{"another port", func() {
			port := freePort(t)
			s.vs.Services = append(slices.Clone(s.vs.Services), engine.Service{Kind: engine.KindHTTP, Port: port, PortEnd: port})
		}},
		{"a limit", func() { s.vs.MaxConnections = 5 }},
		{"another server", func() {
			s.pool.Servers = append(slices.Clone(s.pool.Servers), engine.Server{Address: b, Enabled: true, Ratio: 2})
		}},
		{"its server disabled", func() {
			s.pool.Servers = slices.Clone(s.pool.Servers)
			s.pool.Servers[0].Enabled = false
		}},
		{"its server gone", func() { s.pool.Servers = s.pool.Servers[1:] }},
		{"another pool", func() { s.pool.UUID, s.vs.PoolUUID = "pool-2", "pool-2" }},
		{"another VIP", func() { s.vs.VIPs = append(s.vs.VIPs, netip.IPv6Loopback()) }},
	}
	for _, c := range changes {
		c.change()
		apply(t, e, s.config())
		client.echo(t, c.name)
	}
	if name := dialLines(t, s.address()).line(); name != "b" {
		t.Errorf("a new connection went to %q, want b", name)
	}
	if got := vsStatus(e).Counters; got.NewConnections != 2 {
		t.Errorf("the counters began anew: %+v", got)
	}
}

func TestApplyClosesWhatIsGone(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*scene) engine.Config
	}{
		{"virtual service disabled", func(s *scene) engine.Config { s.vs.Enabled = false; return s.config() }},
		{"virtual service gone", func(*scene) engine.Config { return engine.Config{} }},
		{"port gone", func(s *scene) engine.Config { s.vs.Services = nil; return s.config() }},
		{"VIP gone", func(s *scene) engine.Config { s.vs.VIPs = []netip.Addr{netip.IPv6Loopback()}; return s.config() }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, engine.KindTCP, lineServer(t, "a"))
			address := s.address()
			e := startEngine(t, engine.Options{})
			apply(t, e, s.config())
			client := dialLines(t, address)
			if name := client.line(); name != "a" {
				t.Fatalf("greeting %q", name)
			}
			apply(t, e, test.change(&s))
			if line := client.line(); line != "" {
				t.Errorf("the open connection read %q", line)
			}
			if !free(address.Port()) {
				t.Error("the port is still taken")
			}
		})
	}
}

func TestAPortGoesFromOneVirtualServiceToAnother(t *testing.T) {
	server := webServer(t, "web", "127.0.0.1:0")
	s := newScene(t, engine.KindTCP, addressOf(server))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	s.vs.UUID = "virtualservice-2"
	apply(t, e, s.config())
	if code, _, _ := get(t, newClient(t), s.url()); code != http.StatusOK {
		t.Errorf("answer %d", code)
	}
	s.vs.Services = slices.Clone(s.vs.Services)
	s.vs.Services[0].Kind = engine.KindHTTP
	apply(t, e, s.config())
	get(t, newClient(t), s.url())
	if got := e.Status().VirtualServices["virtualservice-2"]; got.State != engine.StateUp || got.Counters.Responses != 1 {
		t.Errorf("after TCP became HTTP: %+v", got)
	}
}

func TestATakenPortIsTheStatusOfWhoComesSecond(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"))
	config := s.config()
	second := s.vs
	second.UUID = "virtualservice-2"
	config.VirtualServices = append(config.VirtualServices, second)
	e := startEngine(t, engine.Options{})
	apply(t, e, config)
	if got := vsStatus(e).State; got != engine.StateUp {
		t.Errorf("the first is %s", got)
	}
	loser := e.Status().VirtualServices["virtualservice-2"]
	want := fmt.Sprintf("TCP of %s is already in use", s.address())
	if loser.State != engine.StateResources || loser.Reason != want {
		t.Errorf("the second is %s for %q, want RESOURCES for %q", loser.State, loser.Reason, want)
	}
	apply(t, e, engine.Config{VirtualServices: []engine.VirtualService{second}, Pools: config.Pools})
	if got := e.Status().VirtualServices["virtualservice-2"].State; got != engine.StateUp {
		t.Errorf("after the first has gone the second is %s", got)
	}
}

func TestAPortIsTakenOnceItIsFree(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"))
	squatter, err := net.Listen("tcp", s.address().String())
	if err != nil {
		t.Fatal(err)
	}
	defer squatter.Close()
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	if got := vsStatus(e); got.State != engine.StateResources || got.Changed.IsZero() {
		t.Fatalf("status %+v", got)
	}
	_ = squatter.Close()
	eventually(t, "placed", func() bool { return vsStatus(e).State == engine.StateUp })
	if name := dialLines(t, s.address()).line(); name != "a" {
		t.Errorf("greeting %q", name)
	}
}

func TestApplyRefusesContradictions(t *testing.T) {
	monitor := func(change func(*engine.Monitor)) func(*scene) {
		return func(s *scene) {
			s.monitored(engine.MonitorTCP)
			change(&s.pool.Monitors[0])
		}
	}
	for _, test := range []struct {
		name   string
		change func(*scene)
		want   string
	}{
		{"pool missing", func(s *scene) { s.vs.PoolUUID = "pool-9" }, "pool pool-9 is not listed"},
		{"kind", func(s *scene) { s.vs.Services[0].Kind = "SCTP" }, `unknown kind "SCTP"`},
		{"ratio", func(s *scene) { s.pool.Servers[0].Ratio = 0 }, "ratio 0 is less than 1"},
		{"no address", func(s *scene) { s.pool.Servers[0].Address = netip.AddrPort{} }, "server without an address"},
		{"monitor kind", monitor(func(m *engine.Monitor) { m.Kind = "DNS" }), `unknown kind "DNS"`},
		{"monitor interval", monitor(func(m *engine.Monitor) { m.SendInterval = 0 }), "must be positive"},
		{"monitor checks", monitor(func(m *engine.Monitor) { m.FailedChecks = 0 }), "must be positive"},
		{"persistence", func(s *scene) { s.pool.Persistence = &engine.Persistence{Kind: "TLS"} }, `unknown kind of persistence "TLS"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, engine.KindTCP, netip.AddrPortFrom(loopback, 9))
			test.change(&s)
			e := startEngine(t, engine.Options{})
			err := e.Apply(s.config())
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
			if got := e.Status(); len(got.VirtualServices)+len(got.Pools) != 0 {
				t.Errorf("something was applied: %+v", got)
			}
		})
	}
}

// Everything that can be open is open, and Close must leave neither a goroutine nor a connection.
func TestCloseLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Run("traffic", func(t *testing.T) {
		hung := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}))
		web := newScene(t, engine.KindHTTP, addressOf(hung))
		web.monitored(engine.MonitorTCP)
		tcp := newScene(t, engine.KindTCP, lineServer(t, "a"))
		tcp.vs.UUID, tcp.vs.PoolUUID, tcp.pool.UUID = "virtualservice-2", "pool-2", "pool-2"
		udp := newScene(t, engine.KindUDP, addressOfUDP(echoServer(t, "u")))
		udp.vs.UUID, udp.vs.PoolUUID, udp.pool.UUID = "virtualservice-3", "pool-3", "pool-3"
		e := engine.New(engine.Options{})
		apply(t, e, engine.Config{
			VirtualServices: []engine.VirtualService{web.vs, tcp.vs, udp.vs},
			Pools:           []engine.Pool{web.pool, tcp.pool, udp.pool},
		})
		eventually(t, "the web server is up", func() bool { return serverState(e, addressOf(hung)) == engine.StateUp })
		waiting := dialLines(t, web.address())
		_, _ = io.WriteString(waiting, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		talking := dialLines(t, tcp.address())
		if name := talking.line(); name != "a" {
			t.Fatalf("greeting %q", name)
		}
		ask(t, dialUDP(t, udp), "x")
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		if waiting.line() != "" || talking.line() != "" {
			t.Error("a connection outlived the engine")
		}
		if err := e.Apply(engine.Config{}); !errors.Is(err, engine.ErrClosed) {
			t.Errorf("Apply after Close: %v", err)
		}
		if err := e.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
		for uuid, vs := range e.Status().VirtualServices {
			if vs.Counters.OpenConnections != 0 {
				t.Errorf("%s still counts %d open connections", uuid, vs.Counters.OpenConnections)
			}
		}
	})
	goleak.VerifyNone(t, before)
}

// Requests go on while the configuration changes under them; none may fail, and the race detector watches.
func TestApplyUnderTraffic(t *testing.T) {
	a, b := webServer(t, "a", "127.0.0.1:0"), webServer(t, "b", "127.0.0.1:0")
	s := newScene(t, engine.KindHTTP, addressOf(a), addressOf(b))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client, url := newClient(t), s.url()
	var traffic sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		traffic.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				response, err := client.Get(url)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
				if response.StatusCode != http.StatusOK {
					t.Errorf("answer %d", response.StatusCode)
				}
			}
		})
	}
	algorithms := []engine.Algorithm{
		engine.AlgorithmRoundRobin, engine.AlgorithmLeastConnections, engine.AlgorithmHashSourceIP, engine.AlgorithmRandom,
	}
	for i := range 100 {
		s.pool.Servers = slices.Clone(s.pool.Servers)
		s.pool.Servers[i%2].Enabled = i%4 < 2
		s.pool.Servers[(i+1)%2].Enabled = true
		s.pool.Algorithm = algorithms[i%len(algorithms)]
		s.pool.Persistence = nil
		if i%3 == 0 {
			s.pool.Persistence = &engine.Persistence{Kind: engine.PersistenceClientIP, Timeout: time.Minute}
		}
		apply(t, e, s.config())
		_ = e.Status()
	}
	close(stop)
	traffic.Wait()
}
