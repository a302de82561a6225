package engine_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// hosts gives a scene two hosts with pools of their own, and one without.
func hosts(t *testing.T, kind engine.Kind) engine.Config {
	t.Helper()
	s := newScene(t, kind)
	config := s.config()
	vs := &config.VirtualServices[0]
	vs.Services[0].TLS = true
	vs.Certificates = []engine.Certificate{newCertificate(t, "parent").Certificate}
	for _, name := range []string{"parent", "exact", "wildcard"} {
		pool := engine.Pool{UUID: "pool-" + name, Enabled: true, Algorithm: engine.AlgorithmRoundRobin}
		address := lineServer(t, name)
		if kind == engine.KindHTTP {
			address = addressOf(webServer(t, name, "127.0.0.1:0"))
		}
		pool.Servers = []engine.Server{{Address: address, Enabled: true, Ratio: 1}}
		config.Pools = append(config.Pools, pool)
	}
	vs.PoolUUID = "pool-parent"
	vs.Hosts = []engine.Host{
		{Domains: []string{"*.example.com"}, PoolUUID: "pool-wildcard", Certificates: []engine.Certificate{newCertificate(t, "wildcard").Certificate}},
		{Domains: []string{"a.example.com", "b.example.org"}, PoolUUID: "pool-exact", Certificates: []engine.Certificate{newCertificate(t, "exact").Certificate}},
		{Domains: []string{"empty.example.org"}, Certificates: []engine.Certificate{newCertificate(t, "empty").Certificate}},
	}
	return config
}

// answers are who serves a name, by certificate and by pool.
var answers = map[string]string{
	"a.example.com": "exact", "A.Example.COM": "exact", "b.example.org": "exact", "c.example.com": "wildcard",
	"x.c.example.com": "parent", "example.com": "parent", "": "parent",
}

func TestHostsHaveTheirOwnCertificateAndPool(t *testing.T) {
	config := hosts(t, engine.KindHTTP)
	e := startEngine(t, engine.Options{})
	apply(t, e, config)
	s := scene{vs: config.VirtualServices[0]}
	ask := func(name string) (int, string) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: name}}
		defer transport.CloseIdleConnections()
		code, body, _ := get(t, &http.Client{Transport: transport, Timeout: patience}, strings.Replace(s.url(), "http", "https", 1))
		return code, body
	}
	for name, want := range answers {
		if got := servedTo(t, s, name); got != want {
			t.Errorf("%q was shown the certificate of %q, want %q", name, got, want)
		}
		if code, body := ask(name); code != http.StatusOK || body != want {
			t.Errorf("%q was answered %d by %q, want %q", name, code, body, want)
		}
	}
	if code, _ := ask("empty.example.org"); code != http.StatusServiceUnavailable {
		t.Errorf("a host without a pool answers %d", code)
	}
	// A host that goes leaves its names to the others.
	config.VirtualServices[0].Hosts = config.VirtualServices[0].Hosts[:1]
	apply(t, e, config)
	if got := servedTo(t, s, "a.example.com"); got != "wildcard" {
		t.Errorf("after the host went, its name was shown %q", got)
	}
}

func TestHostsOfStreams(t *testing.T) {
	config := hosts(t, engine.KindTCP)
	e := startEngine(t, engine.Options{})
	apply(t, e, config)
	for name, want := range answers {
		conn, err := tls.Dial("tcp", scene{vs: config.VirtualServices[0]}.address().String(),
			&tls.Config{InsecureSkipVerify: true, ServerName: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := lines(conn).line(); got != want {
			t.Errorf("%q was greeted by %q, want %q", name, got, want)
		}
		_ = conn.Close()
	}
}

func TestClientCertificates(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"))
	s.vs.Services[0].TLS = true
	s.vs.Certificates = []engine.Certificate{newCertificate(t, "www.example.com").Certificate}
	known, unknown := newCertificate(t, "known"), newCertificate(t, "unknown")
	e := startEngine(t, engine.Options{})
	greeted := func(certificates ...tls.Certificate) bool {
		conn, err := tls.Dial("tcp", s.address().String(), &tls.Config{
			InsecureSkipVerify: true,
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				if len(certificates) == 0 {
					return &tls.Certificate{}, nil
				}
				return &certificates[0], nil
			},
		})
		if err != nil {
			return false
		}
		defer conn.Close()
		return lines(conn).line() == "a" // with TLS 1.3 the refusal comes after the client's side of the handshake
	}
	for mode, want := range map[engine.ClientAuthMode][3]bool{
		engine.ClientAuthNone:    {true, true, true},
		engine.ClientAuthRequest: {true, true, false},
		engine.ClientAuthRequire: {true, false, false},
	} {
		s.vs.ClientAuth = engine.ClientAuth{Mode: mode, AuthoritiesPEM: []string{known.ChainPEM}}
		apply(t, e, s.config())
		got := [3]bool{greeted(known.parsed), greeted(), greeted(unknown.parsed)}
		if got != want {
			t.Errorf("%q: a known, no and an unknown certificate are let in: %v, want %v", mode, got, want)
		}
	}
}
