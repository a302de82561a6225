package worker_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// A client that is silent for longer than timeout_client_data is let go: within a request's header, within its body, and between
// two requests. Without the attribute, and with Octavia's default, the Controller's own times are kept.
func TestSilentClientsAreLetGo(t *testing.T) {
	sc := newScene(t)
	const silence = 200 * time.Millisecond
	profile := "applicationprofile/applicationprofile-" + sc.listener
	set := func(in lbaas.Attr[int]) {
		t.Helper()
		_, err := sc.Service.UpdateListener(t.Context(), sc.Caller, sc.listener, lbaas.ListenerInput{TimeoutClientData: in})
		sc.settled(err)
		sc.mustBeActive()
	}
	set(lbaas.Given(int(silence.Milliseconds())))
	for what, said := range map[string]string{
		"within the header":    "GET / HTTP/1.1\r\nHost: example.org\r\n",
		"within the body":      "POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 10\r\n\r\n123",
		"between two requests": "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(sc.port)))
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
		begun := time.Now()
		if _, err := io.WriteString(conn, said); err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, bufio.NewReader(conn)) // ends with the connection
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			t.Errorf("%s: the client is still waited for after %s", what, time.Since(begun))
		}
		if took := time.Since(begun); took < silence {
			t.Errorf("%s: the client is let go after %s already", what, took)
		}
		_ = conn.Close()
	}
	// A client that is slow, but never silent for long, is served.
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(sc.port)))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: example.org\r\nContent-Length: 8\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		<-time.After(silence / 4)
		if _, err := io.WriteString(conn, "x"); err != nil {
			t.Fatal(err)
		}
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("a slow client: %v, %v", response, err)
	}
	_ = response.Body.Close()
	if sc.Objects()[profile] == nil {
		t.Error("there is no profile of its own")
	}
	for _, in := range []lbaas.Attr[int]{lbaas.Given(lbaas.DefaultTimeoutClientData), lbaas.GivenNull[int]()} {
		set(lbaas.Given(1000))
		set(in)
		if sc.Objects()[profile] != nil {
			t.Errorf("with %+v the profile of its own is left", in)
		}
		if ref := fmt.Sprint(sc.get("virtualservice", sc.vsUUID())["application_profile_ref"]); !strings.Contains(ref, "System-HTTP") {
			t.Errorf("with %+v the application profile is %s", in, ref)
		}
	}
}

// Either side of a TCP connection may be idle for as long as the listener says, in seconds and at least five of them: the clients' of
// one that does not read HTTP, and the members' of any.
func TestIdleConnectionsAreClosed(t *testing.T) {
	sc := newScene(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	listen := func(in lbaas.ListenerInput) string {
		t.Helper()
		port := freePort(t)
		in.LoadBalancerID, in.ProtocolPort = lbaas.Given(sc.lb), lbaas.Given(port)
		l, err := sc.Service.CreateListener(t.Context(), sc.Caller, in)
		sc.settled(err)
		protocol := lbaas.PoolTCP
		if in.Protocol.Value == lbaas.ListenerHTTP {
			protocol = lbaas.PoolHTTP
		}
		p, err := sc.Service.CreatePool(t.Context(), sc.Caller, lbaas.PoolInput{
			ListenerID: lbaas.Given(l.ID), Protocol: lbaas.Given(protocol), Algorithm: lbaas.Given(lbaas.RoundRobin),
		})
		sc.settled(err)
		_, err = sc.Service.CreateMember(t.Context(), sc.Caller, lbaas.MemberInput{
			PoolID: lbaas.Given(p.ID), Address: lbaas.Given("127.0.0.1"), ProtocolPort: lbaas.Given(silent.Addr().(*net.TCPAddr).Port),
		})
		sc.settled(err)
		sc.mustBeActive()
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	const asked, least = 1000, 5 * time.Second
	// open gives when a connection to an address ends, after it has said something.
	open := func(address, said string) func() time.Duration {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		begun := time.Now()
		_ = conn.SetDeadline(begun.Add(least + 10*time.Second))
		if _, err := io.WriteString(conn, said); err != nil {
			t.Fatal(err)
		}
		return func() time.Duration {
			_, _ = io.Copy(io.Discard, conn)
			return time.Since(begun)
		}
	}
	tcp, http := lbaas.Given(lbaas.ListenerTCP), lbaas.Given(lbaas.ListenerHTTP)
	const request = "GET / HTTP/1.0\r\n\r\n"
	ends := map[string]func() time.Duration{
		"a client of TCP":  open(listen(lbaas.ListenerInput{Protocol: tcp, TimeoutClientData: lbaas.Given(asked)}), "x"),
		"a member of TCP":  open(listen(lbaas.ListenerInput{Protocol: tcp, TimeoutMemberData: lbaas.Given(asked)}), "x"),
		"a member of HTTP": open(listen(lbaas.ListenerInput{Protocol: http, TimeoutMemberData: lbaas.Given(asked)}), request),
	}
	for what, ended := range ends {
		if took := ended(); took < least-200*time.Millisecond || took > least+8*time.Second {
			t.Errorf("%s: the connection has ended after %s, want %s", what, took, least)
		}
	}
}

// Network profiles are there while they are needed, and go with the times.
func TestNetworkProfilesComeAndGo(t *testing.T) {
	s := begin(t, testbed.Options{})
	before := len(s.Objects())
	profile := "networkprofile/" + translate.ServerNetworkProfileUUID(s.listener)
	s.updateListener(lbaas.ListenerInput{TimeoutMemberConnect: lbaas.Given(20000), TimeoutMemberData: lbaas.Given(60001)})
	s.mustBeActive()
	tcp := at(s.Objects()[profile], "profile", "tcp_proxy_profile")
	for field, want := range map[string]string{
		"max_syn_retransmissions": "4", "idle_connection_timeout": "61", "idle_connection_type": "CLOSE_IDLE",
	} {
		if got := scalar(at(tcp, field)); got != want {
			t.Errorf("%s is %s, want %s", field, got, want)
		}
	}
	s.updateListener(lbaas.ListenerInput{TimeoutMemberConnect: lbaas.GivenNull[int]()})
	if got := scalar(at(s.Objects()[profile], "profile", "tcp_proxy_profile", "max_syn_retransmissions")); got != "8" {
		t.Errorf("max_syn_retransmissions is %s without timeout_member_connect, want the Controller's 8", got)
	}
	s.updateListener(lbaas.ListenerInput{TimeoutMemberData: lbaas.Given(lbaas.DefaultTimeoutMemberData)})
	s.mustBeActive()
	if after := len(s.Objects()); after != before {
		t.Errorf("%d objects, were %d before", after, before)
	}
	if ref := s.get("virtualservice", s.vsUUID()).RefUUID("server_network_profile_ref"); ref != "" {
		t.Errorf("the virtual service still has %s", ref)
	}
}
