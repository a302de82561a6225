package engine_test

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

func TestHTTPRequestsAreDistributedByRatio(t *testing.T) {
	a, b := webServer(t, "a", "127.0.0.1:0"), webServer(t, "b", "127.0.0.1:0")
	for _, algorithm := range []engine.Algorithm{engine.AlgorithmRoundRobin, engine.AlgorithmLeastConnections} {
		t.Run(string(algorithm), func(t *testing.T) {
			s := newScene(t, engine.KindHTTP, addressOf(a), addressOf(b))
			s.pool.Algorithm = algorithm
			s.pool.Servers[0].Ratio = 3
			e := startEngine(t, engine.Options{})
			apply(t, e, s.config())
			client, count := newClient(t), make(map[string]int)
			for range 40 {
				_, name, _ := get(t, client, s.url())
				count[name]++
			}
			// A server is free again when its answer has been passed on, a little after the client has read it.
			if count["a"] < 28 || count["a"] > 32 {
				t.Errorf("requests %v, want a: 30, b: 10", count)
			}
		})
	}
}

func TestHTTPWithoutAServerAnswers503(t *testing.T) {
	s := newScene(t, engine.KindHTTP)
	for _, test := range []struct {
		name     string
		poolUUID string
		state    engine.State
	}{
		{"no pool", "", engine.StateUp},
		{"empty pool", poolUUID, engine.StateDown},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.vs.PoolUUID = test.poolUUID
			e := startEngine(t, engine.Options{})
			apply(t, e, s.config())
			code, body, _ := get(t, newClient(t), s.url())
			if code != http.StatusServiceUnavailable || body != "503 Service Unavailable" {
				t.Errorf("answer %d %q", code, body)
			}
			status := vsStatus(e)
			if status.State != test.state {
				t.Errorf("virtual service %s, want %s", status.State, test.state)
			}
			if c := status.Counters; c.Responses != 1 || c.ErrorResponses != 1 {
				t.Errorf("counted %d answers, %d errors", c.Responses, c.ErrorResponses)
			}
		})
	}
}

func TestHTTPTriesTheNextServerWhenConnectingFails(t *testing.T) {
	alive := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	}))
	dead := netip.AddrPortFrom(loopback, freePort(t))
	s := newScene(t, engine.KindHTTP, dead, addressOf(alive)) // no monitor: both count as up
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client := newClient(t)
	for range 6 {
		response, err := client.Post(s.url(), "text/plain", strings.NewReader("the whole body"))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK || string(body) != "the whole body" {
			t.Errorf("answer %d %q", response.StatusCode, body)
		}
	}
}

func TestHTTPHeadersReachTheServer(t *testing.T) {
	var seen atomic.Pointer[http.Request]
	server := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen.Store(r) }))
	for _, test := range []struct {
		name      string
		add       bool
		rewrite   bool
		forwarded []string
		host      string
	}{
		{"as they came", false, false, []string{"192.0.2.1"}, "www.example.com"},
		{"with the client's address", true, false, []string{"192.0.2.1", "127.0.0.1"}, "www.example.com"},
		{"with the server's name", false, true, []string{"192.0.2.1"}, "inner.example.com"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, engine.KindHTTP, addressOf(server))
			s.vs.XForwardedFor = test.add
			s.pool.Servers[0].Hostname, s.pool.Servers[0].RewriteHost = "inner.example.com", test.rewrite
			e := startEngine(t, engine.Options{})
			apply(t, e, s.config())
			request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url()+"/?a=1;b=2", http.NoBody)
			request.Host = "www.example.com"
			request.Header.Set("X-Forwarded-For", "192.0.2.1")
			request.Header.Set("X-Forwarded-Proto", "https")
			response, err := newClient(t).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			got := seen.Load()
			if found := got.Header.Values("X-Forwarded-For"); fmt.Sprint(found) != fmt.Sprint(test.forwarded) {
				t.Errorf("X-Forwarded-For %q, want %q", found, test.forwarded)
			}
			if got.Header.Get("X-Forwarded-Proto") != "https" || got.URL.RawQuery != "a=1;b=2" {
				t.Errorf("X-Forwarded-Proto %q, query %q", got.Header.Get("X-Forwarded-Proto"), got.URL.RawQuery)
			}
			if got.Host != test.host {
				t.Errorf("host %q, want %q", got.Host, test.host)
			}
		})
	}
}

func TestHTTPAnswersAreStreamed(t *testing.T) {
	more := make(chan struct{})
	server := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "12") // of a known length, and yet not to be held back
		_, _ = io.WriteString(w, "first\n")
		_ = http.NewResponseController(w).Flush()
		<-more
		_, _ = io.WriteString(w, "after\n")
	}))
	s := newScene(t, engine.KindHTTP, addressOf(server))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	response, err := newClient(t).Get(s.url())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	if line, err := lines.ReadString('\n'); line != "first\n" {
		t.Fatalf("read %q, %v", line, err)
	}
	close(more)
	if line, err := lines.ReadString('\n'); line != "after\n" {
		t.Fatalf("read %q, %v", line, err)
	}
}

func TestHTTPConnectionsCanBeUpgraded(t *testing.T) {
	server := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.Copy(conn, buffered)
		_, _ = io.WriteString(conn, "bye\n")
	}))
	s := newScene(t, engine.KindHTTP, addressOf(server))
	s.pool.MaxConnectionsPerServer = 1
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client := dialLines(t, s.address())
	_, _ = io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	if line := client.line(); line != "HTTP/1.1 101 Switching Protocols" {
		t.Fatalf("answer %q", line)
	}
	for client.line() != "" { // to the end of the headers
	}
	client.echo(t, "hello")
	if code, _, _ := get(t, newClient(t), s.url()); code != http.StatusServiceUnavailable {
		t.Errorf("a second request to the full server was answered with %d", code)
	}
	if err := client.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if line := client.line(); line != "bye" {
		t.Errorf("after half-closing: %q, want bye", line)
	}
}

func TestHTTPKeepsConnectionsToServersOpen(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	s := newScene(t, engine.KindHTTP, addressOf(server))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	for range 5 {
		get(t, newClient(t), s.url()) // a new client connection each
	}
	if n := opened.Load(); n > 2 {
		t.Errorf("%d connections to the server for 5 requests in a row", n)
	}
	if c := vsStatus(e).Counters; c.Responses != 5 || c.ErrorResponses != 5 || c.NewConnections != 5 {
		t.Errorf("counters %+v", c)
	}
}

func TestHTTPAClientThatGoesTakesItsRequestAlong(t *testing.T) {
	arrived, cancelled := make(chan struct{}), make(chan struct{})
	server := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
		close(cancelled)
	}))
	s := newScene(t, engine.KindHTTP, addressOf(server))
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client := dialLines(t, s.address())
	_, _ = io.WriteString(client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-arrived
	_ = client.Close()
	select {
	case <-cancelled:
	case <-time.After(patience):
		t.Fatal("the server was left with the request")
	}
	eventually(t, "the connection is over", func() bool { return vsStatus(e).Counters.OpenConnections == 0 })
}

// A server that takes a request and closes without an answer has failed; who may ask another is up to the method.
func TestHTTPRequestsWithoutAnAnswerAreRepeatedWhenThatIsSafe(t *testing.T) {
	alive := webServer(t, "alive", "127.0.0.1:0")
	broken := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	for _, test := range []struct {
		method, body string
		codes        map[int]bool
	}{
		{http.MethodGet, "", map[int]bool{http.StatusOK: true}},
		{http.MethodOptions, "", map[int]bool{http.StatusOK: true}},
		{http.MethodPost, "", map[int]bool{http.StatusOK: true, http.StatusBadGateway: true}},
		{http.MethodGet, "with a body", map[int]bool{http.StatusOK: true, http.StatusBadGateway: true}},
	} {
		t.Run(test.method+" "+test.body, func(t *testing.T) {
			s := newScene(t, engine.KindHTTP, addressOf(broken), addressOf(alive))
			e := startEngine(t, engine.Options{})
			apply(t, e, s.config())
			client, got := newClient(t), make(map[int]bool)
			for range 4 {
				request, err := http.NewRequestWithContext(t.Context(), test.method, s.url(), strings.NewReader(test.body))
				if err != nil {
					t.Fatal(err)
				}
				response, err := client.Do(request)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
				got[response.StatusCode] = true
			}
			if diff := cmp.Diff(test.codes, got); diff != "" {
				t.Errorf("codes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHTTPIsEncryptedToServersWhenThePoolSaysSo(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "asked for %q", r.TLS.ServerName)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // checks that are cut off are not worth a line
	server.StartTLS()
	defer server.Close()
	s := newScene(t, engine.KindHTTP, addressOf(server))
	s.pool.TLS, s.pool.Servers[0].Hostname = true, "inner.example.com"
	s.monitored(engine.MonitorHTTPS)
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	eventually(t, "the server is up", func() bool { return serverState(e, addressOf(server)) == engine.StateUp })
	if code, body, _ := get(t, newClient(t), s.url()); code != http.StatusOK || body != `asked for "inner.example.com"` {
		t.Errorf("answer %d %q", code, body)
	}
}

func TestHTTPAnUpgradeToSomethingElseFreesTheServer(t *testing.T) {
	server := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "surprise")
		w.WriteHeader(http.StatusSwitchingProtocols)
	}))
	s := newScene(t, engine.KindHTTP, addressOf(server))
	s.pool.MaxConnectionsPerServer = 1
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	for range 2 { // the second finds room only if the first has left
		if code, _, _ := get(t, newClient(t), s.url()); code != http.StatusBadGateway {
			t.Errorf("answer %d, want 502", code)
		}
	}
}
