package engine_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second

// eventually waits for a condition that the engine brings about on its own.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	deadline := time.After(patience)
	for !condition() {
		select {
		case <-deadline:
			t.Fatalf("%s: not within %v", what, patience)
		case <-ticker.C:
		}
	}
}

func startEngine(t *testing.T, options engine.Options) *engine.Engine {
	t.Helper()
	if options.Seed == 0 {
		options.Seed = 1
	}
	e := engine.New(options)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func apply(t *testing.T, e *engine.Engine, config engine.Config) {
	t.Helper()
	if err := e.Apply(config); err != nil {
		t.Fatal(err)
	}
}

// freePort is a port of 127.0.0.1 that nobody has, for TCP and UDP. It lies below the range that systems give to
// outgoing connections and to listeners on port 0, so that no other test takes it meanwhile.
func freePort(t *testing.T) uint16 {
	t.Helper()
	for {
		port := uint16(10000 + rand.IntN(20000))
		if free(port) {
			return port
		}
	}
}

func free(port uint16) bool {
	address := netip.AddrPortFrom(loopback, port).String()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	defer listener.Close()
	packets, err := net.ListenPacket("udp", address)
	if err != nil {
		return false
	}
	_ = packets.Close()
	return true
}

var loopback = netip.MustParseAddr("127.0.0.1")

// scene is a virtual service with one port and one pool, which tests change as they need.
type scene struct {
	vs   engine.VirtualService
	pool engine.Pool
}

const (
	vsUUID   = "virtualservice-1"
	poolUUID = "pool-1"
)

func newScene(t *testing.T, kind engine.Kind, servers ...netip.AddrPort) scene {
	t.Helper()
	port := freePort(t)
	s := scene{
		vs: engine.VirtualService{
			UUID:     vsUUID,
			Enabled:  true,
			VIPs:     []netip.Addr{loopback},
			Services: []engine.Service{{Kind: kind, Port: port, PortEnd: port}},
			PoolUUID: poolUUID,
		},
		pool: engine.Pool{UUID: poolUUID, Enabled: true, Algorithm: engine.AlgorithmRoundRobin},
	}
	for _, address := range servers {
		s.pool.Servers = append(s.pool.Servers, engine.Server{Address: address, Enabled: true, Ratio: 1})
	}
	return s
}

func (s scene) config() engine.Config {
	return engine.Config{VirtualServices: []engine.VirtualService{s.vs}, Pools: []engine.Pool{s.pool}}
}

func (s scene) address() netip.AddrPort {
	return netip.AddrPortFrom(loopback, s.vs.Services[0].Port)
}

func (s scene) url() string { return "http://" + s.address().String() }

// monitored adds a fast health check of that kind.
func (s *scene) monitored(kind engine.MonitorKind) {
	s.pool.Monitors = []engine.Monitor{{
		UUID: "healthmonitor-1", Kind: kind, SendInterval: 10 * time.Millisecond, ReceiveTimeout: 5 * time.Second,
		SuccessfulChecks: 2, FailedChecks: 2,
		HTTPRequest: "GET / HTTP/1.0", HTTPCodes: []int{2},
	}}
}

func serverState(e *engine.Engine, address netip.AddrPort) engine.State {
	return e.Status().Pools[poolUUID].Servers[address].State
}

func vsStatus(e *engine.Engine) engine.VirtualServiceStatus {
	return e.Status().VirtualServices[vsUUID]
}

// webServer is an HTTP server that answers every request with its name, on a given address or a free one.
func webServer(t *testing.T, name, address string) *httptest.Server {
	t.Helper()
	return webServerWith(t, address, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, name)
	}))
}

func webServerWith(t *testing.T, address string, handler http.Handler) *httptest.Server {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler}}
	server.Start()
	t.Cleanup(server.Close)
	return server
}

func addressOf(server *httptest.Server) netip.AddrPort {
	return netip.MustParseAddrPort(server.Listener.Addr().String())
}

// newClient is an HTTP client that follows no redirects and keeps no connections between tests.
func newClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: patience}
}

// get returns the status code, the body and the cookies set.
func get(t *testing.T, client *http.Client, url string, cookies ...*http.Cookie) (int, string, []*http.Cookie) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		request.AddCookie(c)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(body)), response.Cookies()
}

// lineServer is a TCP server that greets with its name and echoes lines; at the client's end it says "bye".
func lineServer(t *testing.T, name string) netip.AddrPort {
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
			go func() {
				defer conn.Close()
				_, _ = fmt.Fprintln(conn, name)
				lines := bufio.NewScanner(conn)
				for lines.Scan() {
					_, _ = fmt.Fprintln(conn, lines.Text())
				}
				_, _ = fmt.Fprintln(conn, "bye")
			}()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return netip.MustParseAddrPort(listener.Addr().String())
}

// lineClient is the other side of a lineServer.
type lineClient struct {
	net.Conn
	lines *bufio.Reader
}

func dialLines(t *testing.T, address netip.AddrPort) *lineClient {
	t.Helper()
	return dialLinesFrom(t, netip.Addr{}, address)
}

// dialLinesFrom uses a loopback address of its own as the client's, if valid.
func dialLinesFrom(t *testing.T, local netip.Addr, address netip.AddrPort) *lineClient {
	t.Helper()
	dialer := net.Dialer{}
	if local.IsValid() {
		dialer.LocalAddr = &net.TCPAddr{IP: local.AsSlice()}
	}
	conn, err := dialer.DialContext(t.Context(), "tcp", address.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return lines(conn)
}

func lines(conn net.Conn) *lineClient {
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &lineClient{Conn: conn, lines: bufio.NewReader(conn)}
}

// line reads one line; "" means that the connection has ended.
func (c *lineClient) line() string {
	text, _ := c.lines.ReadString('\n')
	return strings.TrimSpace(text)
}

func (c *lineClient) echo(t *testing.T, text string) {
	t.Helper()
	if _, err := fmt.Fprintln(c, text); err != nil {
		t.Fatal(err)
	}
	if got := c.line(); got != text {
		t.Fatalf("echo %q, want %q", got, text)
	}
}
