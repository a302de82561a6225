package engine_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

type certificate struct {
	engine.Certificate
	parsed tls.Certificate
}

// newCertificate makes a self-signed certificate; without hosts its common name is all that names a host.
func newCertificate(t *testing.T, commonName string, hosts ...string) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: commonName}, DNSNames: hosts,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := certificate{Certificate: engine.Certificate{
		ChainPEM: encodePEM(t, "CERTIFICATE", der),
		KeyPEM:   encodePEM(t, "PRIVATE KEY", keyDER),
	}}
	if c.parsed, err = tls.X509KeyPair([]byte(c.ChainPEM), []byte(c.KeyPEM)); err != nil {
		t.Fatal(err)
	}
	return c
}

func encodePEM(t *testing.T, kind string, der []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := pem.Encode(&out, &pem.Block{Type: kind, Bytes: der}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// servedTo returns the common name of the certificate that a client asking for that name is shown.
func servedTo(t *testing.T, s scene, name string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", s.address().String(), &tls.Config{InsecureSkipVerify: true, ServerName: name})
	if err != nil {
		t.Fatalf("handshake for %q: %v", name, err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestTLSCertificateIsChosenByName(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"))
	s.vs.Services[0].TLS = true
	s.vs.Certificates = []engine.Certificate{
		newCertificate(t, "default", "www.example.com").Certificate,
		newCertificate(t, "wildcard", "*.example.org").Certificate,
		newCertificate(t, "old.example.net").Certificate,
	}
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	for name, want := range map[string]string{
		"www.example.com":   "default",
		"shop.example.org":  "wildcard",
		"old.example.net":   "old.example.net",
		"other.example.net": "default",
		"":                  "default",
	} {
		if got := servedTo(t, s, name); got != want {
			t.Errorf("%q was shown %q, want %q", name, got, want)
		}
	}
}

func TestTLSIsTerminatedForHTTP(t *testing.T) {
	server := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, "%s over TLS: %v", r.Proto, r.TLS != nil)
	}))
	s := newScene(t, engine.KindHTTP, addressOf(server))
	s.vs.Services[0].TLS = true
	own := newCertificate(t, "www.example.com", "www.example.com")
	s.vs.Certificates = []engine.Certificate{own.Certificate}
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	client := newClient(t)
	roots := x509.NewCertPool()
	roots.AddCert(own.parsed.Leaf)
	transport, _ := client.Transport.(*http.Transport)
	transport.TLSClientConfig = &tls.Config{RootCAs: roots, ServerName: "www.example.com"}
	code, body, _ := get(t, client, strings.Replace(s.url(), "http", "https", 1))
	if code != http.StatusOK || body != "HTTP/1.1 over TLS: false" {
		t.Errorf("answer %d %q", code, body)
	}
}

func TestTLSCertificatesAreReplacedInPlace(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"))
	s.vs.Services[0].TLS = true
	s.vs.Certificates = []engine.Certificate{newCertificate(t, "before").Certificate}
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	open, err := tls.Dial("tcp", s.address().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	client := lines(open)
	if name := client.line(); name != "a" {
		t.Fatalf("greeting %q", name)
	}
	s.vs.Certificates = []engine.Certificate{newCertificate(t, "after").Certificate}
	apply(t, e, s.config())
	if got := servedTo(t, s, ""); got != "after" {
		t.Errorf("shown %q, want the new certificate", got)
	}
	client.echo(t, "still here")
}

func TestTLSProblemsAreTheStatusOfTheVirtualService(t *testing.T) {
	good := newCertificate(t, "www.example.com").Certificate
	other := newCertificate(t, "www.example.com").Certificate
	for _, test := range []struct {
		name         string
		kind         engine.Kind
		certificates []engine.Certificate
		reason       string
	}{
		{"no certificate", engine.KindHTTP, nil, "TLS without a certificate"},
		{"not PEM", engine.KindHTTP, []engine.Certificate{{ChainPEM: "x", KeyPEM: "y"}}, "certificate 1"},
		{"another's key", engine.KindTCP, []engine.Certificate{good, {ChainPEM: good.ChainPEM, KeyPEM: other.KeyPEM}}, "certificate 2"},
		{"UDP", engine.KindUDP, []engine.Certificate{good}, "no TLS over UDP"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t, test.kind, lineServer(t, "a"))
			s.vs.Services[0].TLS, s.vs.Certificates = true, test.certificates
			e := startEngine(t, engine.Options{})
			apply(t, e, s.config())
			if got := vsStatus(e); got.State != engine.StateResources || !strings.Contains(got.Reason, test.reason) {
				t.Errorf("status %s, %q, want RESOURCES for %q", got.State, got.Reason, test.reason)
			}
		})
	}
}
