package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ran is how a command line ended.
type ran struct {
	code           int
	stdout, stderr string
}

func runCommand(t *testing.T, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := execute(t.Context(), args, &stdout, &stderr)
	return ran{code, stdout.String(), stderr.String()}
}

// background is a command that runs until it is stopped.
type background struct {
	stop           context.CancelFunc
	code           chan int
	stdout, stderr transcript
}

func start(t *testing.T, args ...string) *background {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	b := &background{stop: stop, code: make(chan int, 1)}
	go func() { b.code <- execute(ctx, args, &b.stdout, &b.stderr) }()
	t.Cleanup(func() {
		stop()
		if code := <-b.code; code != exitOK {
			t.Errorf("avi-lbaas %s ended with %d:\n%s", strings.Join(args, " "), code, b.stderr.text())
		}
	})
	return b
}

// transcript is what a command has written so far.
type transcript struct {
	mu      sync.Mutex
	written strings.Builder
}

func (w *transcript) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written.Write(p)
}

func (w *transcript) text() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written.String()
}

// after waits for what follows mark in the transcript, up to one of the ends.
func (w *transcript) after(t *testing.T, mark, ends string) string {
	t.Helper()
	found := ""
	w.until(t, mark, func(text string) bool {
		_, rest, ok := strings.Cut(text, mark)
		end := strings.IndexAny(rest, ends)
		if !ok || end < 0 {
			return false
		}
		found = rest[:end]
		return true
	})
	return found
}

// times waits until mark is so many times in the transcript.
func (w *transcript) times(t *testing.T, mark string, n int) {
	t.Helper()
	w.until(t, mark, func(text string) bool { return strings.Count(text, mark) >= n })
}

func (w *transcript) until(t *testing.T, what string, holds func(text string) bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !holds(w.text()) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited too long for %q in:\n%s", what, w.text())
		}
	}
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWrongUsageEndsWith2(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no such command":          {[]string{"paint"}, `avi-lbaas: unknown command "paint" for "avi-lbaas"` + "\nTry 'avi-lbaas --help'.\n"},
		"no such sub-command":      {[]string{"config", "paint"}, "Try 'avi-lbaas config --help'."},
		"no such flag":             {[]string{"serve", "--fast"}, "unknown flag: --fast"},
		"an argument too many":     {[]string{"demo", "twice"}, `unknown command "twice"`},
		"no load balancer":         {[]string{"resync"}, "requires at least 1 arg"},
		"a number that is none":    {[]string{"demo", "--vip-port", "http"}, "invalid argument"},
		"both passwords":           {[]string{"simulator", "--password", "a", "--password-file", "b"}, "not both"},
		"no password":              {[]string{"simulator", "--password", ""}, "the password is empty"},
		"a tenant without a name":  {[]string{"simulator", "--tenant", "tenant-1"}, "not of the form uuid=name"},
		"no such knob":             {[]string{"simulator", "--knob", "speed=11"}, "speed"},
		"a knob without a value":   {[]string{"simulator", "--knob", "rate_limit"}, "not of the form name=value"},
		"a knob of another type":   {[]string{"simulator", "--knob", "rate_limit=fast"}, "rate_limit"},
		"a knob's duration is odd": {[]string{"simulator", "--knob", "read_lag=soon"}, "soon"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runCommand(t, tc.args...)
			if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, tc.want) {
				t.Errorf("got %+v, want code 2 and %q", got, tc.want)
			}
			if strings.Count(got.stderr, "avi-lbaas: ") != 1 {
				t.Errorf("the error is not told once:\n%s", got.stderr)
			}
		})
	}
}

func TestFailuresEndWith1(t *testing.T) {
	t.Parallel()
	absent := filepath.Join(t.TempDir(), "absent")
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"serve without its file":      {[]string{"serve", "--config-file", absent}, absent},
		"check without its file":      {[]string{"config", "check", "--config-dir", absent}, absent},
		"resync without its file":     {[]string{"resync", "--config-file", absent, "id"}, absent},
		"no knobs file":               {[]string{"simulator", "--knobs-file", absent}, absent},
		"no password file":            {[]string{"simulator", "--password-file", absent}, absent},
		"a release that is too new":   {[]string{"simulator", "--version", "99.1.1"}, "99.1.1"},
		"a demonstration in the open": {[]string{"demo", "--api-listen", "0.0.0.0:0"}, "not a loopback address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := runCommand(t, tc.args...)
			if got.code != exitFailed || !strings.Contains(got.stderr, tc.want) || strings.Contains(got.stderr, "--help") {
				t.Errorf("got %+v, want code 1 and %q", got, tc.want)
			}
		})
	}
}

// Every command's help says more than its flags do.
func TestHelp(t *testing.T) {
	t.Parallel()
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		if len(c.Long) < 80 || c.Example == "" || c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("the help of %s is not worth reading", c.CommandPath())
		}
		for line := range strings.Lines(c.Long) {
			if len(line) > 120 {
				t.Errorf("the help of %s has a line of %d letters", c.CommandPath(), len(line))
			}
		}
		got := runCommand(t, append(strings.Fields(c.CommandPath())[1:], "--help")...)
		if got.code != exitOK || !strings.Contains(got.stdout, "Examples:") || got.stderr != "" {
			t.Errorf("%s --help: %+v", c.CommandPath(), got)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRootCommand())
}

func TestConfigReferenceAndSample(t *testing.T) {
	t.Parallel()
	for command, want := range map[string]string{"reference": "# Configuration reference", "sample": "[keystone_authtoken]"} {
		got := runCommand(t, "config", command)
		if got.code != exitOK || !strings.Contains(got.stdout, want) {
			t.Errorf("config %s: %+v", command, got)
		}
	}
}

func TestConfigCheckShowsNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hunter2hunter2"
	file := writeFile(t, `
[api_settings]
bind_port = 1234
[keystone_authtoken]
auth_url = http://keystone:5000
username = u
password = `+secret+`
user_domain_name = Default
project_name = p
project_domain_name = Default
[DEFAULT]
providers = east, west
[api_settings]
default_provider_driver = west
[east]
address = 192.0.2.1
password = `+secret+`
controller_name = both
cert_verify = true
api_version = 22.1.6
[west]
address = avi.example.org:8443
password = `+secret+`
controller_name = both
`)
	got := runCommand(t, "config", "check", "--config-file", file)
	if got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	if strings.Contains(got.stdout, secret) {
		t.Error("it shows a password")
	}
	tidy := strings.Join(strings.Fields(got.stdout), " ")
	for _, want := range []string{
		"API http://127.0.0.1:1234", "Identity service http://keystone:5000", "Metrics not served",
		"Provider east Description", "Controller https://192.0.2.1:443 The same as of west", "verified with the system's authorities", "API version 22.1.6",
		"Provider west (default)", "Controller https://avi.example.org:8443 The same as of east", "NOT verified", "the newest that both sides know",
	} {
		if !strings.Contains(tidy, want) {
			t.Errorf("it does not show %q:\n%s", want, got.stdout)
		}
	}
}

// servingPair is a certificate with its key, in PEM.
func servingPair(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

func TestConfigCheckSaysThatTheAPISpeaksTLS(t *testing.T) {
	t.Parallel()
	pair := writeFile(t, servingPair(t))
	file := writeFile(t, `
[api_settings]
auth_strategy = noauth
bind_port = 1234
cert_file = `+pair+`
key_file = `+pair+`
[avi_adc]
address = 192.0.2.1
password = x
`)
	got := runCommand(t, "config", "check", "--config-file", file)
	if tidy := strings.Join(strings.Fields(got.stdout), " "); !strings.Contains(tidy, "API https://127.0.0.1:1234") {
		t.Errorf("%+v", got)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	got := runCommand(t, "version")
	if got.code != exitOK || !strings.HasPrefix(got.stdout, "avi-lbaas ") || !strings.Contains(got.stdout, "built by  go") {
		t.Errorf("%+v", got)
	}
}
