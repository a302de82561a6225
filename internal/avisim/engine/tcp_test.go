package engine_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

func TestTCPHalfCloseIsPassedOn(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client := dialLines(t, s.address())
	if name := client.line(); name != "a" {
		t.Fatalf("greeting %q", name)
	}
	client.echo(t, "hello")
	if err := client.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if line := client.line(); line != "bye" {
		t.Errorf("after half-closing: %q, want bye", line)
	}
	if line := client.line(); line != "" {
		t.Errorf("after the server's end: %q", line)
	}
	eventually(t, "the connection is over", func() bool { return vsStatus(e).Counters.OpenConnections == 0 })
	want := engine.Counters{
		BytesIn: 6, BytesOut: 2 + 6 + 4, NewConnections: 1, FinishedConns: 1, MaxOpenConnections: 1,
	}
	if got := vsStatus(e).Counters; got != want {
		t.Errorf("counters %+v, want %+v", got, want)
	}
}

func TestTCPTriesTheNextServerWhenConnectingFails(t *testing.T) {
	s := newScene(t, engine.KindTCP, netip.AddrPortFrom(loopback, freePort(t)), lineServer(t, "b"))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	for range 4 {
		if name := dialLines(t, s.address()).line(); name != "b" {
			t.Errorf("greeting %q, want b", name)
		}
	}
}

func TestTCPWithoutAServerIsClosed(t *testing.T) {
	for name, pool := range map[string]string{"no pool": "", "empty pool": poolUUID} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, engine.KindTCP)
			s.vs.PoolUUID = pool
			e := startEngine(t, engine.Options{})
			apply(t, e, s.config())
			client := dialLines(t, s.address())
			if line := client.line(); line != "" {
				t.Errorf("read %q", line)
			}
			eventually(t, "the refusal is counted", func() bool { return vsStatus(e).Counters.ConnectionErrors == 1 })
		})
	}
}

func TestTCPConnectionLimitOfTheVirtualService(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"))
	s.vs.MaxConnections = 2
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	first, second := dialLines(t, s.address()), dialLines(t, s.address())
	if first.line() != "a" || second.line() != "a" {
		t.Fatal("two connections are within the limit")
	}
	if line := dialLines(t, s.address()).line(); line != "" {
		t.Errorf("a third connection got %q", line)
	}
	if c := vsStatus(e).Counters; c.ConnectionErrors != 1 || c.NewConnections != 2 || c.MaxOpenConnections != 2 {
		t.Errorf("counters %+v", c)
	}
	_ = first.Close()
	eventually(t, "room for another", func() bool { return vsStatus(e).Counters.OpenConnections == 1 })
	if line := dialLines(t, s.address()).line(); line != "a" {
		t.Errorf("after one has gone another got %q", line)
	}
}

func TestTCPConnectionLimitOfAServer(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"), lineServer(t, "b"))
	s.pool.MaxConnectionsPerServer = 1
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	first, second := dialLines(t, s.address()), dialLines(t, s.address())
	if names := first.line() + second.line(); names != "ab" && names != "ba" {
		t.Errorf("two connections went to %q", names)
	}
	if line := dialLines(t, s.address()).line(); line != "" {
		t.Errorf("a third connection got %q", line)
	}
}

func TestTCPLeastConnectionsPicksTheIdleServer(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"), lineServer(t, "b"))
	s.pool.Algorithm = engine.AlgorithmLeastConnections
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	busy := dialLines(t, s.address()).line()
	for range 3 {
		client := dialLines(t, s.address())
		if name := client.line(); name == busy {
			t.Errorf("connection to the busy server %q", name)
		}
		_ = client.Close()
		eventually(t, "the connection is over", func() bool { return vsStatus(e).Counters.OpenConnections == 1 })
	}
}

func TestTCPSourceIPHashIsStable(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"), lineServer(t, "b"), lineServer(t, "c"))
	s.pool.Algorithm = engine.AlgorithmHashSourceIP
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	seen := make(map[string]bool)
	for last := range byte(20) {
		client := netip.AddrFrom4([4]byte{127, 0, 1, last + 1})
		name := dialLinesFrom(t, client, s.address()).line()
		seen[name] = true
		for range 2 {
			if again := dialLinesFrom(t, client, s.address()).line(); again != name {
				t.Errorf("client %v went to %q and then to %q", client, name, again)
			}
		}
	}
	if len(seen) != 3 {
		t.Errorf("20 clients reached %d of 3 servers", len(seen))
	}
}

func TestTCPEncryptsToServersWhenThePoolSaysSo(t *testing.T) {
	pair := newCertificate(t, "inner.example.com")
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair.parsed}})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "secret\n")
		_, _ = io.Copy(io.Discard, conn)
		served <- conn.(*tls.Conn).ConnectionState().ServerName
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	s := newScene(t, engine.KindTCP, netip.MustParseAddrPort(listener.Addr().String()))
	s.pool.TLS, s.pool.Servers[0].Hostname = true, "inner.example.com"
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client := dialLines(t, s.address())
	if line := client.line(); line != "secret" {
		t.Errorf("read %q", line)
	}
	_ = client.Close()
	if name := <-served; name != "inner.example.com" {
		t.Errorf("the server was asked for as %q", name)
	}
}

func TestTCPPortRangeAndIPv6(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"))
	s.vs.VIPs = append(s.vs.VIPs, netip.IPv6Loopback())
	port := freePort(t)
	for !free(port+1) || !free(port+2) {
		port = freePort(t)
	}
	s.vs.Services[0].Port, s.vs.Services[0].PortEnd = port, port+2
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	for _, vip := range s.vs.VIPs {
		for p := port; p <= port+2; p++ {
			if name := dialLines(t, netip.AddrPortFrom(vip, p)).line(); name != "a" {
				t.Errorf("%v port %d greets with %q", vip, p, name)
			}
		}
	}
}
