package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serviceManager is what systemd is to a service that it runs.
type serviceManager struct {
	t    *testing.T
	conn *net.UnixConn
}

// newServiceManager is told of by the services that the test starts from now on. The environment is the process's: such a test runs
// alone.
func newServiceManager(t *testing.T) serviceManager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return serviceManager{t, conn}
}

// wait reads until the service has said something.
func (m serviceManager) wait(text string) {
	m.t.Helper()
	if err := m.conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		m.t.Fatal(err)
	}
	message := make([]byte, 1024)
	for {
		n, err := m.conn.Read(message)
		if err != nil {
			m.t.Fatalf("the service has not said %s: %v", text, err)
		}
		if strings.HasPrefix(string(message[:n]), text) {
			return
		}
	}
}
