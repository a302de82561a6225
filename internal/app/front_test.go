package app_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/app"
	"github.com/avi-lbaas/avi-lbaas/internal/config"
)

// identity is a self-signed certificate with its key.
type identity struct {
	leaf *x509.Certificate
	pair tls.Certificate
	pem  []byte // the certificate
	key  []byte
}

func newIdentity(t *testing.T, name string) identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	id := identity{
		pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}),
	}
	if id.leaf, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	if id.pair, err = tls.X509KeyPair(id.pem, id.key); err != nil {
		t.Fatal(err)
	}
	return id
}

// door is a running service of which only the front matters: no cloud, and a Controller that is not there.
type door struct {
	t   *testing.T
	dir string
	app *app.App
}

const frontConfiguration = `
[DEFAULT]
host = test
[api_settings]
auth_strategy = noauth
bind_port = 0
%s
[database]
connection = sqlite:///%s/store.sqlite
[avi_adc]
address = 127.0.0.1:1
password = x
`

func (d *door) configuration(settings string) *config.Config {
	d.t.Helper()
	file := filepath.Join(d.dir, "avi-lbaas.conf")
	d.write("avi-lbaas.conf", []byte(fmt.Sprintf(frontConfiguration, settings, d.dir)))
	cfg, err := config.Load([]string{file}, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return cfg
}

func (d *door) write(name string, content []byte) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), content, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *door) use(id identity) { d.write("cert.pem", id.pem); d.write("key.pem", id.key) }

func (d *door) tls() string {
	return fmt.Sprintf("cert_file = %[1]s/cert.pem\nkey_file = %[1]s/key.pem", d.dir)
}

// open starts the service; the test's end stops it.
func (d *door) open(settings string) {
	d.t.Helper()
	var err error
	if d.app, err = app.New(d.t.Context(), d.configuration(settings), slog.New(slog.DiscardHandler)); err != nil {
		d.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(d.t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- d.app.Run(ctx) }()
	d.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			d.t.Errorf("the service ended with %v", err)
		}
	})
}

// client trusts a server's certificate and shows its own, if any.
func (d *door) client(server identity, own ...tls.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(server.leaf)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: own, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
	d.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// reply is what is looked at of an answer.
type reply struct{ StatusCode, ProtoMajor int }

func (d *door) get(c *http.Client, path string) (reply, error) {
	scheme := "http"
	if c.Transport != nil {
		scheme = "https"
	}
	request, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, scheme+"://"+d.app.Address().String()+path, http.NoBody)
	if err != nil {
		return reply{}, err
	}
	answer, err := c.Do(request)
	if err != nil {
		return reply{}, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return reply{answer.StatusCode, answer.ProtoMajor}, errors.Join(err, answer.Body.Close())
}

func TestACertificateIsExchangedWithoutDroppingConnections(t *testing.T) {
	d := &door{t: t, dir: t.TempDir()}
	first, second := newIdentity(t, "first"), newIdentity(t, "second")
	d.use(first)
	d.open(d.tls())
	old := d.client(first)
	answer, err := d.get(old, "/v2")
	if err != nil || answer.StatusCode != http.StatusOK || answer.ProtoMajor != 2 {
		t.Fatalf("over TLS it answers %+v, %v; want 200 over HTTP/2", answer, err)
	}
	connections := 0
	transport, _ := old.Transport.(*http.Transport)
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		connections++
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}

	d.use(second)
	if err := d.app.Reload(t.Context(), d.configuration(d.tls())); err != nil {
		t.Fatal(err)
	}
	if _, err := d.get(old, "/v2"); err != nil || connections != 0 {
		t.Errorf("on the old connection: %v, after %d new ones", err, connections)
	}
	if _, err := d.get(d.client(first), "/v2"); err == nil {
		t.Error("a new connection gets the old certificate")
	}
	if _, err := d.get(d.client(second), "/v2"); err != nil {
		t.Errorf("a new connection: %v", err)
	}

	cfg := d.configuration(d.tls())
	d.write("cert.pem", []byte("nonsense"))
	if err := d.app.Reload(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "cert.pem") {
		t.Errorf("a certificate that is none gives %v, want an error that names the file", err)
	}
	if _, err := d.get(d.client(second), "/v2"); err != nil {
		t.Errorf("after that: %v", err)
	}
}

func TestClientsShowCertificates(t *testing.T) {
	d := &door{t: t, dir: t.TempDir()}
	server, friend, stranger := newIdentity(t, "server"), newIdentity(t, "friend"), newIdentity(t, "stranger")
	d.use(server)
	d.write("clients.pem", friend.pem)
	d.open(d.tls() + "\nca_file = " + d.dir + "/clients.pem\ntls_minimum_version = 1.3")
	if answer, err := d.get(d.client(server, friend.pair), "/v2"); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("a known client gets %+v, %v", answer, err)
	}
	if _, err := d.get(d.client(server, stranger.pair), "/v2"); err == nil {
		t.Error("a stranger is let in")
	}
	if _, err := d.get(d.client(server), "/v2"); err == nil {
		t.Error("somebody without a certificate is let in")
	}
	outdated := d.client(server, friend.pair)
	transport, _ := outdated.Transport.(*http.Transport)
	transport.TLSClientConfig.MaxVersion = tls.VersionTLS12
	if _, err := d.get(outdated, "/v2"); err == nil {
		t.Error("TLS 1.2 is spoken, and 1.3 is the oldest")
	}
}

func TestLimitsAndHooksAreReloaded(t *testing.T) {
	d := &door{t: t, dir: t.TempDir()}
	d.open("rate_limit = 0.001\nrate_limit_burst = 1")
	var taken []int
	refuse := error(nil)
	d.app.OnReload("test", func(_ context.Context, next *config.Config) error {
		taken = append(taken, next.API.RateLimitBurst)
		return refuse
	})
	statuses := func(count int) (got []int) {
		for range count {
			answer, err := d.get(&http.Client{}, "/v2/lbaas/loadbalancers")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, answer.StatusCode)
		}
		return got
	}
	if got := fmt.Sprint(statuses(2)); got != "[200 429]" {
		t.Errorf("with one request at a time the answers are %s", got)
	}
	if err := d.app.Reload(t.Context(), d.configuration("rate_limit = 0.001\nrate_limit_burst = 2")); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(statuses(3)); got != "[200 200 429]" {
		t.Errorf("with two at a time they are %s", got)
	}
	refuse = errors.New("not that")
	if err := d.app.Reload(t.Context(), d.configuration("")); !errors.Is(err, refuse) {
		t.Errorf("a hook's refusal is lost: %v", err)
	}
	if got := fmt.Sprint(statuses(3), taken); got != "[200 200 200] [2 50]" {
		t.Errorf("without a limit, in spite of the refusal: %s", got)
	}
}

func TestHealthcheckLooksAtWhatIsConfigured(t *testing.T) {
	d := &door{t: t, dir: t.TempDir()}
	d.open("healthcheck_refresh_interval = 0\n[healthcheck]\nbackends = octavia_db_check, disable_by_file\ndisable_by_file_path = " + d.dir + "/disabled")
	if answer, err := d.get(&http.Client{}, "/healthcheck"); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("it answers %+v, %v", answer, err)
	}
	d.write("disabled", nil)
	if answer, err := d.get(&http.Client{}, "/healthcheck"); err != nil || answer.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("when it is disabled it answers %+v, %v", answer, err)
	}
}

func TestHeadersAreBounded(t *testing.T) {
	d := &door{t: t, dir: t.TempDir()}
	d.open("")
	var dialer net.Dialer
	connection, err := dialer.DialContext(t.Context(), "tcp", d.app.Address().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	header := "GET /v2 HTTP/1.1\r\nHost: lb\r\nX-Padding: " + strings.Repeat("x", 80<<10) + "\r\n\r\n"
	if _, err := io.WriteString(connection, header); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, len("HTTP/1.1 431"))
	if _, err := io.ReadFull(connection, answer); err != nil || string(answer) != "HTTP/1.1 431" {
		t.Errorf("a header of 80 KiB is answered %q, %v; want 431", answer, err)
	}
}
