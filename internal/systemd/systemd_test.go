package systemd

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// manager is a service manager's end of the socket.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
	path string
}

func newManager(t *testing.T) *manager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &manager{t: t, conn: conn, path: path}
}

func (m *manager) hears() string {
	m.t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		m.t.Fatal(err)
	}
	buffer := make([]byte, 1024)
	n, err := m.conn.Read(buffer)
	if err != nil {
		m.t.Fatalf("the manager hears nothing: %v", err)
	}
	return string(buffer[:n])
}

func (m *manager) notifier(more map[string]string) *Notifier {
	return New(func(name string) string {
		if name == "NOTIFY_SOCKET" {
			return m.path
		}
		return more[name]
	})
}

func TestTheLifeOfAService(t *testing.T) {
	m := newManager(t)
	n := m.notifier(nil)
	for _, test := range []struct {
		say  func(context.Context) error
		want string
	}{
		{n.Ready, `^READY=1$`},
		{n.Reloading, `^RELOADING=1\nMONOTONIC_USEC=[1-9]\d+$`},
		{n.Stopping, `^STOPPING=1$`},
	} {
		if err := test.say(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := m.hears(); !regexp.MustCompile(test.want).MatchString(got) {
			t.Errorf("the manager hears %q, want %s", got, test.want)
		}
	}
}

func TestAliveUntilTheEnd(t *testing.T) {
	m := newManager(t)
	n := m.notifier(map[string]string{"WATCHDOG_USEC": "20000", "WATCHDOG_PID": strconv.Itoa(os.Getpid())})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Watch(ctx) }()
	for range 3 {
		if got := m.hears(); got != "WATCHDOG=1" {
			t.Errorf("the manager hears %q", got)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("its end is an error: %v", err)
	}
}

func TestWithoutAManager(t *testing.T) {
	for name, n := range map[string]*Notifier{
		"none":                   nil,
		"no socket":              New(func(string) string { return "" }),
		"another process's dogs": New(func(name string) string { return map[string]string{"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}[name] }),
	} {
		err := errors.Join(n.Ready(t.Context()), n.Reloading(t.Context()), n.Stopping(t.Context()), n.Watch(t.Context()))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := New(func(string) string { return filepath.Join(t.TempDir(), "gone") })
	if err := gone.Ready(t.Context()); err == nil {
		t.Error("nobody listens, and that is no error")
	}
}
