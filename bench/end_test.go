package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The environment of a child of these tests: what it is to be, and an address to which the service that it starts holds a connection.
const (
	childIs     = "AVI_LBAAS_BENCH_CHILD"
	childLine   = "AVI_LBAAS_BENCH_LINE"
	isBench     = "bench"
	isObstinate = "bench of a service that does not end"
)

// TestMain runs the tests, or is the program, or the service that the program measures.
func TestMain(m *testing.M) {
	switch is := os.Getenv(childIs); {
	case is == "":
		os.Exit(m.Run())
	case len(os.Args) > 1 && os.Args[1] == "serve":
		if err := pretend(os.Args[3], is == isObstinate); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	default:
		os.Exit(execute())
	}
}

// pretend is a service that says that it is ready, and answers each request with the same load balancer, until SIGTERM. One that is
// obstinate does not hear that.
func pretend(config string, obstinate bool) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if obstinate {
		ctx = context.WithoutCancel(ctx)
	}
	var dialer net.Dialer
	line, err := dialer.DialContext(ctx, "tcp", os.Getenv(childLine)) // open for as long as this process is there
	if err != nil {
		return err
	}
	defer func() { _ = line.Close() }()
	text, err := os.ReadFile(config)
	if err != nil {
		return err
	}
	_, port, _ := strings.Cut(string(text), "bind_port = ")
	port, _, _ = strings.Cut(port, "\n")
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", "127.0.0.1:"+port)
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"loadbalancers":[{"id":"one"}],"loadbalancer":{"id":"one"}}`)
	})}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if notify, err := dialer.DialContext(ctx, "unixgram", os.Getenv("NOTIFY_SOCKET")); err != nil {
		return err
	} else if _, err := io.WriteString(notify, "READY=1"); err != nil {
		return err
	}
	_ = server.Serve(listener) // ends with the server
	return nil
}

// measured is the program at work on a service.
type measured struct {
	command *exec.Cmd
	results *bufio.Reader
	pipe    io.Closer
	service net.Conn // of the service's
	files   string   // where the program makes its temporary files
	says    bytes.Buffer
}

// measure starts the program, which has much to measure, in loops that last so long, and waits until the service is there.
func measure(t *testing.T, lasting string) *measured {
	t.Helper()
	var listening net.ListenConfig
	listener, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	m := &measured{
		command: exec.CommandContext(t.Context(), self, "-binary", self, "-lists", strings.Repeat("1,", 10_000), "-lasting", lasting),
		files:   t.TempDir(),
	}
	m.command.Env = append(os.Environ(), childIs+"="+isBench, childLine+"="+listener.Addr().String(), "TMPDIR="+m.files)
	out, err := m.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	m.results, m.pipe = bufio.NewReader(out), out
	m.command.Stderr = &m.says
	if err := m.command.Start(); err != nil {
		t.Fatal(err)
	}
	if err := listener.(*net.TCPListener).SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if m.service, err = listener.Accept(); err != nil {
		t.Fatalf("no service has been started: %v", err)
	}
	t.Cleanup(func() { _ = m.service.Close() })
	return m
}

// wait waits for the program's end and gives its exit code, -1 when a signal has ended it.
func (m *measured) wait() int {
	_ = m.command.Wait() // the code says all
	return m.command.ProcessState.ExitCode()
}

// However the program ends, the service that it measures ends with it; and unless it is killed, its files go too.
func TestTheServiceEndsWithTheProgram(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]struct {
		lasting string
		how     func(*measured) error
		says    string
	}{
		"interrupted":       {"1h", func(m *measured) error { return m.command.Process.Signal(os.Interrupt) }, "interrupt signal"},
		"terminated":        {"1h", func(m *measured) error { return m.command.Process.Signal(syscall.SIGTERM) }, "terminated signal"},
		"killed":            {"1h", func(m *measured) error { return m.command.Process.Kill() }, ""},
		"its output is cut": {"1ms", func(m *measured) error { return m.pipe.Close() }, "write the results"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := measure(t, end.lasting)
			if line, err := m.results.ReadString('\n'); err != nil {
				t.Fatalf("it says %q: %v", line, err)
			}
			if err := end.how(m); err != nil {
				t.Fatal(err)
			}
			if err := m.service.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			if _, err := m.service.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
				t.Errorf("the service is still there: %v", err)
			}
			code := m.wait()
			left, err := os.ReadDir(m.files)
			if err != nil {
				t.Fatal(err)
			}
			if name != "killed" && (code != 1 || len(left) > 0 || !strings.Contains(m.says.String(), end.says)) {
				t.Errorf("the program ended with %d, left %v and said %q", code, left, m.says.String())
			}
		})
	}
}

// A service that does not end when it is asked to is killed.
func TestAServiceThatDoesNotEndIsKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	t.Setenv(childIs, isObstinate)
	t.Setenv(childLine, listener.Addr().String())
	s, err := startOurs(t.Context(), ourOptions{binary: self, patience: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("its end: %v", err)
	}
	if s.command.ProcessState == nil {
		t.Error("it has not ended")
	}
}
