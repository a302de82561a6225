package engine_test

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// echoServer is a UDP server that answers each datagram with its name and the datagram.
func echoServer(t *testing.T, name string) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		datagram := make([]byte, 1500)
		for {
			n, client, err := conn.ReadFromUDPAddrPort(datagram)
			if err != nil {
				return
			}
			_, _ = conn.WriteToUDPAddrPort(append([]byte(name+" "), datagram[:n]...), client)
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	return conn
}

func addressOfUDP(conn *net.UDPConn) netip.AddrPort {
	return netip.MustParseAddrPort(conn.LocalAddr().String())
}

func dialUDP(t *testing.T, s scene) *net.UDPConn {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(s.address()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return conn
}

func ask(t *testing.T, conn *net.UDPConn, text string) string {
	t.Helper()
	if _, err := conn.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 1500)
	n, err := conn.Read(answer)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer[:n])
}

func TestUDPEachClientHasASession(t *testing.T) {
	a, b := echoServer(t, "a"), echoServer(t, "b")
	s := newScene(t, engine.KindUDP, addressOfUDP(a), addressOfUDP(b))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	first, second := dialUDP(t, s), dialUDP(t, s)
	for range 3 {
		if got := ask(t, first, "1"); got != "a 1" {
			t.Errorf("first client got %q", got)
		}
		if got := ask(t, second, "22"); got != "b 22" {
			t.Errorf("second client got %q", got)
		}
	}
	want := engine.Counters{
		BytesIn: 9, BytesOut: 9 + 12, OpenConnections: 2, NewConnections: 2, MaxOpenConnections: 2,
	}
	eventually(t, "the counters", func() bool { return vsStatus(e).Counters == want })
}

func TestUDPSessionEndsWhenIdle(t *testing.T) {
	a, b := echoServer(t, "a"), echoServer(t, "b")
	s := newScene(t, engine.KindUDP, addressOfUDP(a), addressOfUDP(b))
	e := startEngine(t, engine.Options{UDPIdleTimeout: 20 * time.Millisecond})
	apply(t, e, s.config())
	client := dialUDP(t, s)
	if got := ask(t, client, "x"); got != "a x" {
		t.Errorf("got %q", got)
	}
	eventually(t, "the session is over", func() bool { return vsStatus(e).Counters.FinishedConns == 1 })
	if got := ask(t, client, "x"); got != "b x" {
		t.Errorf("after the session's end got %q, want the next server", got)
	}
}

func TestUDPARefusedDatagramGoesToAnotherServer(t *testing.T) {
	alive := echoServer(t, "alive")
	dead := netip.AddrPortFrom(loopback, freePort(t))
	s := newScene(t, engine.KindUDP, dead, addressOfUDP(alive))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	for range 4 {
		if got := ask(t, dialUDP(t, s), "x"); got != "alive x" {
			t.Errorf("got %q", got)
		}
	}
}

func TestUDPASessionMovesWhenItsServerIsDisabled(t *testing.T) {
	a, b := echoServer(t, "a"), echoServer(t, "b")
	s := newScene(t, engine.KindUDP, addressOfUDP(a), addressOfUDP(b))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client := dialUDP(t, s)
	if got := ask(t, client, "x"); got != "a x" {
		t.Fatalf("got %q", got)
	}
	s.pool.Servers = []engine.Server{s.pool.Servers[0], s.pool.Servers[1]}
	s.pool.Servers[0].Enabled = false
	apply(t, e, s.config())
	if got := ask(t, client, "y"); got != "b y" {
		t.Errorf("got %q, want the other server", got)
	}
	if c := vsStatus(e).Counters; c.NewConnections != 1 {
		t.Errorf("%d sessions, want the one that moved", c.NewConnections)
	}
}

func TestUDPWithoutAServerDropsAndCounts(t *testing.T) {
	s := newScene(t, engine.KindUDP, netip.AddrPortFrom(loopback, freePort(t)))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	if _, err := dialUDP(t, s).Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the loss is counted", func() bool {
		c := vsStatus(e).Counters
		return c.ConnectionErrors == 1 && c.OpenConnections == 0
	})
}

func TestUDPConnectionLimit(t *testing.T) {
	a := echoServer(t, "a")
	s := newScene(t, engine.KindUDP, addressOfUDP(a))
	s.vs.MaxConnections = 1
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	ask(t, dialUDP(t, s), "x")
	if _, err := dialUDP(t, s).Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the refusal is counted", func() bool { return vsStatus(e).Counters.ConnectionErrors == 1 })
}

func TestUDPASessionMovesWhenItsServerDies(t *testing.T) {
	a, b := echoServer(t, "a"), echoServer(t, "b")
	s := newScene(t, engine.KindUDP, addressOfUDP(a), addressOfUDP(b))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client := dialUDP(t, s)
	if got := ask(t, client, "x"); got != "a x" {
		t.Fatalf("got %q", got)
	}
	_ = a.Close()
	if got := ask(t, client, "y"); got != "b y" {
		t.Errorf("got %q, want the other server", got)
	}
}
