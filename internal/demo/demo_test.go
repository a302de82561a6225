package demo_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/demo"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// anyPorts are options for a demonstration beside others.
func anyPorts(out io.Writer) demo.Options {
	const free = "127.0.0.1:0"
	return demo.Options{APIListen: free, ControllerListen: free, CloudListen: free, MetricsListen: free, Out: out}
}

func TestDemoOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	o := anyPorts(&out)
	o.Once, o.StateDir = true, filepath.Join(t.TempDir(), "state with $dollar")
	leaveBehind(t, o.StateDir)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := demo.Run(ctx, o); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	story := out.String()
	t.Log(story)
	for _, fact := range []string{
		`load balancer +demo-lb +ONLINE +→ +vsvip-[0-9a-f-]{36} +vsvip-demo-lb`,
		`listener +demo-http +ONLINE +→ +virtualservice-[0-9a-f-]{36}`,
		`pool +demo-pool +ONLINE +→ +pool-[0-9a-f-]{36}`,
		`health monitor +demo-monitor +ONLINE +→ +healthmonitor-[0-9a-f-]{36}`,
		`member +cherry +ONLINE +→ +server of that pool +127\.77\.0\.253:\d+`,
		`✓ Send requests to the VIP: 300 to http://127\.77\.0\.\d+:\d+/: apple \d+, banana \d+, cherry \d+`,
		`✓ Stop a backend under traffic: banana; its member is in ERROR`,
		`After that: \d{3,}, failed: 0\.`,
		`✓ Nothing is left behind: the Controller holds no object of it, demo-net has no port`,
		`Every step held`,
	} {
		if !regexp.MustCompile(fact).MatchString(story) {
			t.Errorf("the story does not tell %s", fact)
		}
	}
	for line := range strings.Lines(story) {
		if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > 120 {
			t.Errorf("%d columns are too many: %s", width, line)
		}
	}
	if strings.Contains(story, "✗") {
		t.Error("a step failed")
	}
	info, err := os.Stat(filepath.Join(o.StateDir, "avi-lbaas.conf"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the configuration, which holds passwords, has mode %v", info.Mode())
	}
}

func TestDemoStaysUntilItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	story := &stopper{stop: stop, at: "Ctrl-C stops everything."}
	if err := demo.Run(ctx, anyPorts(story)); err != nil {
		t.Fatalf("%v\n%s", err, story.text())
	}
	for _, said := range []string{
		"export OS_AUTH_URL=http://127.0.0.1:", "export OS_PASSWORD=secret\n", "openstack loadbalancer status show demo-lb", "\nStopping.\n",
	} {
		if !strings.Contains(story.text(), said) {
			t.Errorf("the story does not tell %q:\n%s", said, story.text())
		}
	}
	file := regexp.MustCompile(`(?m)^/.*/avi-lbaas\.conf`).FindString(story.text())
	if file == "" {
		t.Fatal("the story does not tell where the configuration is")
	}
	if _, err := os.Stat(filepath.Dir(file)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the state directory is left over: %v", err)
	}
}

// stopper calls stop once the story has come to a place.
type stopper struct {
	stop func()
	at   string

	mu    sync.Mutex
	story strings.Builder
}

func (s *stopper) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.story.Write(p)
	if strings.Contains(s.story.String(), s.at) {
		s.stop()
	}
	return len(p), nil
}

func (s *stopper) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.story.String()
}

// A demonstration that is stopped in the middle says so, and leaves nothing running.
func TestDemoStoppedOnTheWay(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	story := &stopper{stop: stop, at: "✓ Create a load balancer"}
	err := demo.Run(ctx, anyPorts(story))
	if err == nil || !strings.Contains(err.Error(), "step 7 (Create an HTTP listener) failed: context canceled") {
		t.Errorf("got error %v", err)
	}
}

func TestDemoSaysWhichStepFailed(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	var out bytes.Buffer
	o := anyPorts(&out)
	o.Once, o.ControllerListen = true, taken.Addr().String()
	err = demo.Run(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "step 2 (") || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Errorf("got error %v", err)
	}
	if !strings.Contains(out.String(), " 2. ✗ ") {
		t.Errorf("the story does not tell of it:\n%s", out.String())
	}
}

// leaveBehind makes a state directory look as if a demonstration had been there before, with a database that is broken.
func leaveBehind(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "avi-lbaas.sqlite"), []byte("not a database"), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDemoRefusesOptions(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*demo.Options)
		want   string
	}{
		"no address":      {func(o *demo.Options) { o.APIListen = "" }, `address "" for the API`},
		"a host name":     {func(o *demo.Options) { o.CloudListen = "localhost:1" }, "not an IP address and a port"},
		"not loopback":    {func(o *demo.Options) { o.ControllerListen = "0.0.0.0:0" }, "not a loopback address"},
		"a port too high": {func(o *demo.Options) { o.VIPPort = 65536 }, "port 65536 of the VIP"},
		"a negative port": {func(o *demo.Options) { o.BackendPort = -1 }, "port -1 of the backends"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := anyPorts(io.Discard)
			tc.change(&o)
			if err := demo.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got error %v, want one with %q", err, tc.want)
			}
		})
	}
}
