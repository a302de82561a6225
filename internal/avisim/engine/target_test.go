package engine_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// inGroup makes the scene's virtual service one of a pool group, of pools with a server each.
func (s *scene) inGroup(members []engine.GroupMember, servers ...netip.AddrPort) engine.Config {
	config := engine.Config{Groups: []engine.PoolGroup{{UUID: "poolgroup-1", Members: members}}}
	s.vs.PoolUUID = "poolgroup-1"
	for i, m := range members {
		pool := s.pool
		pool.UUID, pool.Servers = m.PoolUUID, []engine.Server{{Address: servers[i], Enabled: true, Ratio: 1}}
		config.Pools = append(config.Pools, pool)
	}
	config.VirtualServices = []engine.VirtualService{s.vs}
	return config
}

func TestAGroupTakesThePoolOfTheHighestPriorityThatIsUp(t *testing.T) {
	first, second, third := webServer(t, "first", "127.0.0.1:0"), webServer(t, "second", "127.0.0.1:0"), webServer(t, "third", "127.0.0.1:0")
	s := newScene(t, engine.KindHTTP)
	s.monitored(engine.MonitorTCP)
	// Their order is that of their priorities, not of the list.
	config := s.inGroup([]engine.GroupMember{
		{PoolUUID: "pool-c", Priority: 1, Ratio: 1}, {PoolUUID: "pool-a", Priority: 10, Ratio: 1}, {PoolUUID: "pool-b", Priority: 2, Ratio: 1},
	}, addressOf(third), addressOf(first), addressOf(second))
	e := startEngine(t, engine.Options{})
	apply(t, e, config)
	client := newClient(t)
	answers := func(want string) func() bool {
		return func() bool {
			_, name, _ := get(t, client, s.url())
			return name == want
		}
	}
	eventually(t, "the first answers", answers("first"))
	first.Close()
	eventually(t, "the second stands in", answers("second"))
	second.Close()
	eventually(t, "the third stands in", answers("third"))
	webServer(t, "first", first.Listener.Addr().String())
	eventually(t, "the first is back", answers("first"))
	if got := vsStatus(e); got.State != engine.StateUp {
		t.Errorf("the virtual service is %s (%s) with two of three pools up", got.State, got.Reason)
	}
	third.Close()
	config.Groups = []engine.PoolGroup{{UUID: "poolgroup-1", Members: config.Groups[0].Members[:1]}}
	apply(t, e, config)
	eventually(t, "nobody is left", func() bool {
		code, _, _ := get(t, client, s.url())
		return code == http.StatusServiceUnavailable && vsStatus(e).State == engine.StateDown
	})
}

func TestPoolsOfOnePriorityShareByTheirRatios(t *testing.T) {
	a, b, none := webServer(t, "a", "127.0.0.1:0"), webServer(t, "b", "127.0.0.1:0"), webServer(t, "none", "127.0.0.1:0")
	s := newScene(t, engine.KindHTTP)
	e := startEngine(t, engine.Options{})
	apply(t, e, s.inGroup([]engine.GroupMember{
		{PoolUUID: "pool-a", Ratio: 3}, {PoolUUID: "pool-b", Ratio: 1}, {PoolUUID: "pool-c", Ratio: 0},
	}, addressOf(a), addressOf(b), addressOf(none)))
	client := newClient(t)
	count := map[string]int{}
	for range 40 {
		_, name, _ := get(t, client, s.url())
		count[name]++
	}
	if count["a"] != 30 || count["b"] != 10 {
		t.Errorf("40 requests went to %v, want 30 to a and 10 to b", count)
	}
}

// Datagrams go on to the pool that they went to, as long as it is one of the group's.
func TestDatagramsOfAGroup(t *testing.T) {
	a, b := echoServer(t, "a"), echoServer(t, "b")
	s := newScene(t, engine.KindUDP)
	members := []engine.GroupMember{{PoolUUID: "pool-a", Priority: 2, Ratio: 1}, {PoolUUID: "pool-b", Priority: 1, Ratio: 1}}
	config := s.inGroup(members, a.LocalAddr().(*net.UDPAddr).AddrPort(), b.LocalAddr().(*net.UDPAddr).AddrPort())
	e := startEngine(t, engine.Options{})
	apply(t, e, config)
	client := dialUDP(t, s)
	answer := func() string {
		if _, err := client.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		_ = client.SetReadDeadline(time.Now().Add(patience))
		buffer := make([]byte, 64)
		n, err := client.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return string(buffer[:n])
	}
	if got := answer(); !strings.HasPrefix(got, "a") {
		t.Errorf("answered by %q, want a", got)
	}
	config.Groups = []engine.PoolGroup{{UUID: "poolgroup-1", Members: members[1:]}}
	apply(t, e, config)
	if got := answer(); !strings.HasPrefix(got, "b") {
		t.Errorf("with the first pool gone, answered by %q, want b", got)
	}
}

func TestAGroupOfPoolsThatAreNotListed(t *testing.T) {
	s := newScene(t, engine.KindHTTP)
	config := s.inGroup(nil)
	config.Groups[0].Members = []engine.GroupMember{{PoolUUID: "nowhere", Ratio: 1}}
	if err := startEngine(t, engine.Options{}).Apply(config); err == nil || !strings.Contains(err.Error(), "pool nowhere is not listed") {
		t.Errorf("got %v", err)
	}
}

// A connection ends when nothing has passed on one of its sides for as long as the side may be idle, and not before.
func TestIdleConnectionsEnd(t *testing.T) {
	const idle = 300 * time.Millisecond
	for name, change := range map[string]func(*scene){
		"the client's side": func(s *scene) { s.vs.ClientIdle = idle },
		"the server's side": func(s *scene) { s.pool.ServerIdle = idle },
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, engine.KindTCP, lineServer(t, "a"))
			change(&s)
			e := startEngine(t, engine.Options{})
			apply(t, e, s.config())
			client := dialLines(t, s.address())
			if greeting := client.line(); greeting != "a" {
				t.Fatalf("greeting %q", greeting)
			}
			for range 6 {
				<-time.After(idle / 3)
				client.echo(t, "still here")
			}
			begun := time.Now()
			if line := client.line(); line != "" {
				t.Errorf("read %q", line)
			}
			if took := time.Since(begun); took < idle/2 || took > patience/2 {
				t.Errorf("an idle connection ends after %v, want %v", took, idle)
			}
		})
	}
}

// A server that moves from pool to pool, each time into the next one before it leaves the last, answers all the while: also when the
// virtual service turns to the other pool or to a group in between.
func TestAServerThatMovesAnswersAllTheWhile(t *testing.T) {
	for _, kind := range []engine.Kind{engine.KindHTTP, engine.KindTCP} {
		s := newScene(t, kind, addressOf(webServer(t, "it", "127.0.0.1:0")))
		e := startEngine(t, engine.Options{})
		apply(t, e, s.config())
		stop, url := make(chan struct{}), s.url()
		var clients sync.WaitGroup
		for range 4 {
			clients.Go(func() {
				client := newClient(t)
				for {
					select {
					case <-stop:
						return
					default:
					}
					if code, name, _ := get(t, client, url); code != http.StatusOK || name != "it" {
						t.Errorf("%v: %d %q", kind, code, name)
						return
					}
				}
			})
		}
		empty := s.pool
		empty.Servers = nil
		other := func(p engine.Pool) engine.Pool {
			p.UUID = "pool-other"
			return p
		}
		groups := []engine.PoolGroup{{UUID: "poolgroup-1", Members: []engine.GroupMember{
			{PoolUUID: s.pool.UUID, Priority: 2, Ratio: 1}, {PoolUUID: "pool-other", Priority: 1, Ratio: 1},
		}}}
		for range 50 {
			for _, step := range []struct {
				target string
				pools  []engine.Pool
			}{
				{s.pool.UUID, []engine.Pool{s.pool, other(s.pool)}},
				{"pool-other", []engine.Pool{s.pool, other(s.pool)}},
				{"pool-other", []engine.Pool{empty, other(s.pool)}},
				{"poolgroup-1", []engine.Pool{empty, other(s.pool)}},
				{"poolgroup-1", []engine.Pool{s.pool, other(s.pool)}},
				{"poolgroup-1", []engine.Pool{s.pool, other(empty)}},
				{s.pool.UUID, []engine.Pool{s.pool, other(empty)}},
			} {
				s.vs.PoolUUID = step.target
				apply(t, e, engine.Config{VirtualServices: []engine.VirtualService{s.vs}, Pools: step.pools, Groups: groups})
			}
		}
		close(stop)
		clients.Wait()
	}
}

// A request that is on its way while the virtual service turns to another pool, and the servers follow, still gets to them.
func TestARequestOnItsWayFollowsTheServers(t *testing.T) {
	s := newScene(t, engine.KindHTTP, addressOf(webServer(t, "it", "127.0.0.1:0")))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, s.url(), http.NoBody)
	request.RemoteAddr = "127.0.0.1:1"
	goOn := e.Chosen(vsUUID, request)
	empty, other := s.pool, s.pool
	empty.Servers, other.UUID, s.vs.PoolUUID = nil, "pool-other", "pool-other"
	apply(t, e, engine.Config{VirtualServices: []engine.VirtualService{s.vs}, Pools: []engine.Pool{empty, other}})
	answer := httptest.NewRecorder()
	goOn(answer)
	if answer.Code != http.StatusOK {
		t.Errorf("%d %q", answer.Code, answer.Body)
	}
}
