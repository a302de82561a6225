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
	tcp := lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(sc.lb), Protocol: lbaas.Given(lbaas.ListenerTCP), ProtocolPort: lbaas.Given(sc.port + 1),
		TimeoutClientData: lbaas.Given(1000),
	}
	if _, err := sc.Service.CreateListener(t.Context(), sc.Caller, tcp); !errors.Is(err, lbaas.KindUnsupported) {
		t.Errorf("a TCP listener: %v", err)
	}
}
