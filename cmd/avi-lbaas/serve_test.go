package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serveConfig is a service without identity and network services, with the Controller at an address.
const serveConfig = `
[DEFAULT]
log_json = true
[api_settings]
auth_strategy = noauth
bind_port = 0
[worker]
status_interval = 1
[database]
connection = sqlite:///%s
[avi_adc]
address = %s
password = avi-simulator
cert_verify = true
ca_file = %s
`

// settled is what the service logs when it has done what was asked for a load balancer.
const settled = "load balancer is as wanted"

// The three commands that an operator uses side by side: a service at work on a simulated Controller, and resync from another
// process.
func TestServeOnASimulatorAndResync(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	simulator := start(t, "simulator", "--listen", "127.0.0.1:0", "--ca-file", ca, "--no-engine")
	controller := simulator.stdout.after(t, "at https://", ",")

	file := filepath.Join(dir, "avi-lbaas.conf")
	config := fmt.Sprintf(serveConfig, filepath.Join(dir, "db.sqlite"), controller, ca)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := runCommand(t, "resync", "--config-file", file, "some-id"); got.code != exitFailed || !strings.Contains(got.stderr, "no database") {
		t.Errorf("resync before there is a database: %+v", got)
	}
	service := start(t, "serve", "--config-file", file)
	api := service.stderr.after(t, `"msg":"serving","address":"`, `"`)
	id := createLoadBalancer(t, api)
	service.stderr.times(t, settled, 1)

	got := runCommand(t, "resync", "--config-file", file, id, "no-such-id")
	if got.code != exitFailed || !strings.Contains(got.stdout, id+" will be compared") || !strings.Contains(got.stderr, "no-such-id") {
		t.Errorf("resync of a load balancer that is there and one that is not: %+v", got)
	}
	service.stderr.times(t, settled, 2)
}

func createLoadBalancer(t *testing.T, api string) string {
	t.Helper()
	const project = "2626b20a89c15d8d91f2bf38e8c63813"
	body := `{"loadbalancer": {"name": "lb", "vip_address": "127.0.0.9", "project_id": "` + project + `"}}`
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+api+"/v2/lbaas/loadbalancers", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var made struct {
		LoadBalancer struct {
			ID string `json:"id"`
		} `json:"loadbalancer"`
	}
	if err := json.Unmarshal(text, &made); err != nil || answer.StatusCode != http.StatusCreated {
		t.Fatalf("create a load balancer: %s, %v: %s", answer.Status, err, text)
	}
	return made.LoadBalancer.ID
}

func TestSimulator(t *testing.T) {
	t.Parallel()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	password := writeFile(t, "from a file\n")
	b := start(t, "simulator", "--listen", "127.0.0.1:0", "--ca-file", ca, "--user", "op", "--password-file", password,
		"--version", "22.1.6", "--tenant", "tenant-1=one", "--knob", "invalid_credentials_status=403")
	address := b.stdout.after(t, "Simulated Avi Controller 22.1.6 at https://", ",")
	if said := b.stdout.text(); !strings.Contains(said, "stand-in") || strings.Contains(said, "from a file") {
		t.Errorf("it says %q", said)
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("the CA file holds no certificate")
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots}}}
	for given, want := range map[string]int{"from a file": http.StatusOK, "wrong": http.StatusForbidden} {
		body, err := json.Marshal(map[string]string{"username": "op", "password": given})
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+address+"/login", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		answer, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		if answer.StatusCode != want || want == http.StatusOK && !strings.Contains(string(text), `"one"`) {
			t.Errorf("login with password %q: %s %s", given, answer.Status, text)
		}
	}
}
