package engine

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestHTTPCheckRequestIsCompleted(t *testing.T) {
	tests := []struct{ name, configured, want string }{
		{
			"the Controller's default", "HEAD / HTTP/1.0",
			"HEAD / HTTP/1.0\r\nHost: h\r\nConnection: close\r\n\r\n",
		},
		{
			"no version", "GET /health",
			"GET /health HTTP/1.0\r\nHost: h\r\nConnection: close\r\n\r\n",
		},
		{"nothing", "", "GET / HTTP/1.0\r\nHost: h\r\nConnection: close\r\n\r\n"},
		{
			"own headers stay", "GET / HTTP/1.1\nhost: own\r\nX-A: 1\r\n",
			"GET / HTTP/1.1\r\nhost: own\r\nX-A: 1\r\nConnection: close\r\n\r\n",
		},
		{
			"a body gets its length", "POST / HTTP/1.1\r\nHost: own\r\n\r\nping",
			"POST / HTTP/1.1\r\nHost: own\r\nConnection: close\r\nContent-Length: 4\r\n\r\nping",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := httpCheckRequest(test.configured, "h"); got != test.want {
				t.Errorf("request %q, want %q", got, test.want)
			}
		})
	}
}

func TestHTTPAnswerIsJudgedByClassAndText(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nX-State: fine\r\nContent-Length: 5\r\n\r\nready"
	tests := []struct {
		name, answer string
		classes      []int
		text         string
		pass         bool
	}{
		{"class", ok, []int{2}, "", true},
		{"one of several classes", "HTTP/1.0 302 Found\r\nLocation: /x\r\n\r\n", []int{2, 3}, "", true},
		{"other class", "HTTP/1.0 500 Oops\r\n\r\n", []int{2, 3}, "", false},
		{"any class", "HTTP/1.0 500 Oops\r\n\r\n", nil, "", true},
		{"text in the body", ok, []int{2}, "ready", true},
		{"text in a header", ok, []int{2}, "fine", true},
		{"text missing", ok, []int{2}, "steady", false},
		{
			"text too far behind", "HTTP/1.0 200 OK\r\n\r\n" + strings.Repeat("x", maxAnswer) + "ready",
			[]int{2},
			"ready", false,
		},
		{"chunked body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nready\r\n0\r\n\r\n", nil, "ready", true},
		{"not HTTP", "SSH-2.0-OpenSSH_9\r\n", nil, "", false},
		{"nothing", "", nil, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := readHTTPAnswer(strings.NewReader(test.answer), http.MethodGet, test.classes, test.text)
			if (err == nil) != test.pass {
				t.Errorf("got %v, want pass %v", err, test.pass)
			}
		})
	}
}

func FuzzReadHTTPAnswer(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready", "ready")
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nready\r\n0\r\n\r\n", "x")
	f.Add("HTTP/1.0 999\r\n\r\n", "")
	f.Fuzz(func(t *testing.T, answer, text string) {
		err := readHTTPAnswer(strings.NewReader(answer), http.MethodGet, nil, text)
		if err == nil && !strings.Contains(answer, text) {
			t.Fatalf("passed without %q in %q", text, answer)
		}
	})
}

func FuzzHTTPCheckRequest(f *testing.F) {
	f.Add("HEAD / HTTP/1.0")
	f.Add("GET /\nHost: a\n\nbody")
	f.Fuzz(func(t *testing.T, configured string) {
		head, _, found := strings.Cut(httpCheckRequest(configured, "h"), "\r\n\r\n")
		if line, _, _ := strings.Cut(head, "\r\n"); !found || len(strings.Fields(line)) < 3 {
			t.Fatalf("%q made the head %q", configured, head)
		}
	})
}

// probeOnce makes one check with a time-out that is short where silence decides and long where it must not.
func probeOnce(t *testing.T, m Monitor, address net.Addr, timeout time.Duration) error {
	t.Helper()
	m.ReceiveTimeout = timeout
	return probe(t.Context(), m, checkTarget{address: netip.MustParseAddrPort(address.String())})
}

// speaker is a TCP server that reads one message and answers it.
func speaker(t *testing.T, answer string) net.Addr {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 100))
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return listener.Addr()
}

// closedPort is an address that refuses connections.
func closedPort(t *testing.T, network string) net.Addr {
	t.Helper()
	if network == "udp" {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.LocalAddr()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr()
}

func TestProbeTCP(t *testing.T) {
	tests := []struct {
		name    string
		monitor Monitor
		address net.Addr
		pass    bool
	}{
		{"connecting is enough", Monitor{}, speaker(t, ""), true},
		{"refused", Monitor{}, closedPort(t, "tcp"), false},
		{"expected response", Monitor{Request: "ping", Response: "pong"}, speaker(t, "+pong\r\n"), true},
		{"other response", Monitor{Request: "ping", Response: "pong"}, speaker(t, "-busy\r\n"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.monitor.Kind = MonitorTCP
			if err := probeOnce(t, test.monitor, test.address, 10*time.Second); (err == nil) != test.pass {
				t.Errorf("got %v, want pass %v", err, test.pass)
			}
		})
	}
}

func TestProbeUDP(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	tests := []struct {
		name    string
		monitor Monitor
		address net.Addr
		timeout time.Duration
		pass    bool
	}{
		{"silence is up", Monitor{Request: "ping"}, silent.LocalAddr(), 50 * time.Millisecond, true},
		{"silence where a response is due", Monitor{Request: "a", Response: "b"}, silent.LocalAddr(), 50 * time.Millisecond, false},
		{"refused", Monitor{Request: "ping"}, closedPort(t, "udp"), 10 * time.Second, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.monitor.Kind = MonitorUDP
			if err := probeOnce(t, test.monitor, test.address, test.timeout); (err == nil) != test.pass {
				t.Errorf("got %v, want pass %v", err, test.pass)
			}
		})
	}
}

func TestProbeHTTP(t *testing.T) {
	handler := http.NewServeMux()
	handler.HandleFunc("GET /moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/ok", http.StatusFound)
	})
	handler.HandleFunc("GET /ok", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ready") })
	plain, encrypted := httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer encrypted.Close()
	for kind, server := range map[MonitorKind]*httptest.Server{MonitorHTTP: plain, MonitorHTTPS: encrypted} {
		tests := []struct {
			name    string
			monitor Monitor
			pass    bool
		}{
			{"code and text", Monitor{HTTPRequest: "GET /ok HTTP/1.1", HTTPCodes: []int{2}, HTTPResponse: "ready"}, true},
			{"wrong code", Monitor{HTTPRequest: "GET /none HTTP/1.0", HTTPCodes: []int{2}}, false},
			{"redirects are not followed", Monitor{HTTPRequest: "GET /moved HTTP/1.0", HTTPCodes: []int{2}}, false},
			{"a redirect may be what is wanted", Monitor{HTTPRequest: "GET /moved HTTP/1.0", HTTPCodes: []int{3}}, true},
		}
		for _, test := range tests {
			t.Run(string(kind)+" "+test.name, func(t *testing.T) {
				test.monitor.Kind = kind
				if err := probeOnce(t, test.monitor, server.Listener.Addr(), 10*time.Second); (err == nil) != test.pass {
					t.Errorf("got %v, want pass %v", err, test.pass)
				}
			})
		}
	}
}

func TestProbeGoesToTheMonitorsPort(t *testing.T) {
	server := netip.MustParseAddrPort(closedPort(t, "tcp").String())
	monitored := netip.MustParseAddrPort(speaker(t, "").String())
	m := Monitor{Kind: MonitorTCP, Port: monitored.Port(), ReceiveTimeout: 10 * time.Second}
	if err := probe(t.Context(), m, checkTarget{address: server}); err != nil {
		t.Error(err)
	}
}

func TestProbeSaysWhenTheServerIsSilent(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel connects, nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	m := Monitor{Kind: MonitorHTTP, HTTPRequest: "GET / HTTP/1.0"}
	err = probeOnce(t, m, silent.Addr(), 20*time.Millisecond)
	if err == nil || err.Error() != "no answer within 20ms" {
		t.Errorf("got %v", err)
	}
}

func TestProbeEndsWithItsContext(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		m := Monitor{Kind: MonitorTCP, Response: "never", ReceiveTimeout: time.Hour}
		result <- probe(ctx, m, checkTarget{address: netip.MustParseAddrPort(silent.Addr().String())})
	}()
	cancel()
	select {
	case err := <-result:
		if err == nil {
			t.Error("a cancelled check passed")
		}
	case <-time.After(10 * time.Second):
		t.Error("the check outlived its context")
	}
}

func TestPingLoopback(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "127.8.9.10", "::1"} {
		t.Run(address, func(t *testing.T) {
			m := Monitor{Kind: MonitorPing, ReceiveTimeout: 10 * time.Second}
			target := checkTarget{address: netip.AddrPortFrom(netip.MustParseAddr(address), 80)}
			if err := probe(t.Context(), m, target); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEchoReplyIsKnownByItsToken(t *testing.T) {
	address, token := netip.MustParseAddr("127.0.0.1"), []byte("0123456789abcdef")
	reply := echoRequest(address, token)
	if checksum(reply) != 0 {
		t.Errorf("the checksum over the message with its checksum is %#x, want 0", checksum(reply))
	}
	if isEchoReply(reply, address, token) {
		t.Error("our own request passed as the reply")
	}
	reply[0] = icmpEchoReply
	if !isEchoReply(reply, address, token) {
		t.Error("the reply was not recognised")
	}
	if isEchoReply(reply, address, []byte("another token...")) {
		t.Error("another one's reply was taken for ours")
	}
}
