//go:build verify

package verify_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// demonstration is the program as `avi-lbaas demo` runs it, on free ports, with a load balancer of its own to begin with.
type demonstration struct {
	environment []string // of a client
	controller  string   // host:port
	api         string   // host:port
}

// build builds the program as make build does.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "avi-lbaas")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", binary, "./cmd/avi-lbaas")
	cmd.Dir, cmd.Env = "..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return binary
}

// startDemonstration starts the program and waits until it tells how clients log in. It is stopped with SIGTERM at the end of
// the test, and has to stop well.
func startDemonstration(t *testing.T) demonstration {
	t.Helper()
	d := demonstration{controller: freeAddress(t), api: freeAddress(t), environment: os.Environ()}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, build(t), "demo", "--api-listen", d.api, "--controller-listen", d.controller,
		"--cloud-listen", freeAddress(t), "--metrics-listen", freeAddress(t), "--vip-port", "0", "--backend-port", "0")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 40 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exports, read := make(chan string, 64), make(chan struct{})
	go func() {
		defer close(read)
		defer close(exports)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			t.Log(lines.Text())
			if export, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), "export "); ok {
				exports <- export
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-read
		// The context's end is what stopped it; only its exit status counts.
		if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 0 {
			t.Errorf("the program ended with %v after SIGTERM", cmd.ProcessState)
		}
	})
	d.environment = append(d.environment, collect(t, exports)...)
	return d
}

// collect reads the client's environment, which the program prints when its tour is over.
func collect(t *testing.T, exports <-chan string) []string {
	t.Helper()
	var environment []string
	patience := time.After(time.Minute)
	for {
		select {
		case export, open := <-exports:
			if !open {
				t.Fatal("the program ended before it said how clients log in")
			}
			name, value, _ := strings.Cut(export, "=")
			environment = append(environment, name+"="+strings.Trim(value, `'"`))
			patience = time.After(time.Second) // they come together
		case <-patience:
			if len(environment) == 0 {
				t.Fatal("the program did not say how clients log in")
			}
			return environment
		}
	}
}

// freeAddress is a loopback address with a port that is free now.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// controllerObjects counts what the simulated Controller holds, by type, of objects whose JSON names an id.
func (d demonstration) controllerObjects(t *testing.T, id string) map[string]int {
	t.Helper()
	client := http.Client{Transport: &http.Transport{
		// The certificate was made by the program for itself; the address is loopback.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+d.controller+"/sim/objects", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var held struct {
		Objects []struct {
			Type   string          `json:"type"`
			Object json.RawMessage `json:"object"`
		} `json:"objects"`
	}
	if err := json.Unmarshal(text, &held); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	counts := map[string]int{}
	for _, o := range held.Objects {
		if strings.Contains(string(o.Object), id) {
			counts[o.Type]++
		}
	}
	return counts
}
