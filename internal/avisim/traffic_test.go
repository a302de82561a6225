package avisim

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// freePort is a port of 127.0.0.1 that nothing listens on.
func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}

func TestTrafficThroughARealEngine(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "from the server")
	}))
	t.Cleanup(backend.Close)
	e := engine.New(engine.Options{})
	t.Cleanup(func() { _ = e.Close() })
	c := newClient(t, newServer(t, Options{Engine: e}))
	port := freePort(t)
	c.mustMake("vsvip", "vsvip-1", vip("0", "127.0.0.1"))
	c.mustMake("pool", "pool-1", pool("p", fmt.Sprintf(`"servers":[{"ip":{"addr":"127.0.0.1","type":"V4"},"port":%d}]`, backend.Listener.Addr().(*net.TCPAddr).Port)))
	c.mustMake("virtualservice", "vs-1", vs("web", strconv.Itoa(port), `"pool_ref":"/api/pool/pool-1"`))

	web := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := web.Get(fmt.Sprintf("http://127.0.0.1:%d/", port))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if err != nil || string(body) != "from the server" {
		t.Fatalf("the virtual service answers %q, %v", body, err)
	}
	for path, want := range map[string]string{
		"/api/virtualservice-inventory/vs-1": "OPER_UP", "/api/pool-inventory/pool-1": "OPER_UP",
	} {
		if got := at(t, c.get(path), "runtime.oper_status.state"); got != want {
			t.Errorf("%s is %v, want %s", path, got, want)
		}
	}
	metrics := c.get("/api/analytics/metrics/virtualservice/vs-1?step=300&limit=1&metric_id=l4_client.max_tx_bytes_absolute")
	if got := at(t, metrics, "series.0.data.0.value").(float64); got < float64(len(body)) {
		t.Errorf("%v bytes went out", got)
	}
	c.must(http.MethodPatch, "/api/virtualservice/vs-1", `{"replace":{"enabled":false}}`)
	if answer, err := web.Get(fmt.Sprintf("http://127.0.0.1:%d/", port)); err == nil {
		_ = answer.Body.Close()
		t.Error("a disabled virtual service answers")
	}
	if got := at(t, c.get("/api/virtualservice-inventory/vs-1"), "runtime.oper_status.state"); got != "OPER_DISABLED" {
		t.Errorf("it is %v", got)
	}
}
