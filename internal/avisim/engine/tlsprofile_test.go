package engine_test

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// spoken is the version and the cipher that a client gets; false when it is refused.
func spoken(t *testing.T, s scene, config *tls.Config) (version, cipher uint16, served bool) {
	t.Helper()
	config.InsecureSkipVerify = true
	conn, err := tls.Dial("tcp", s.address().String(), config)
	if err != nil {
		return 0, 0, false
	}
	defer conn.Close()
	state := conn.ConnectionState()
	return state.Version, state.CipherSuite, lines(conn).line() == "a"
}

func TestTLSProfilesHold(t *testing.T) {
	s := newScene(t, engine.KindTCP, lineServer(t, "a"))
	s.vs.Services[0].TLS = true
	s.vs.Certificates = []engine.Certificate{newCertificate(t, "www.example.com").Certificate}
	e := startEngine(t, engine.Options{})
	only := func(version uint16) *tls.Config { return &tls.Config{MinVersion: version, MaxVersion: version} }
	strong := []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}
	suites := []uint16{tls.TLS_AES_128_GCM_SHA256, tls.TLS_AES_256_GCM_SHA384, tls.TLS_CHACHA20_POLY1305_SHA256}
	for _, test := range []struct {
		name    string
		profile engine.TLSProfile
		client  *tls.Config
		version uint16 // 0: refused
		cipher  uint16 // 0: any
	}{
		{"1.3 only, a client of 1.2", engine.TLSProfile{Versions: []uint16{tls.VersionTLS13}, Ciphers: strong, Ciphers13: suites}, only(tls.VersionTLS12), 0, 0},
		{"1.3 only, a client of both", engine.TLSProfile{Versions: []uint16{tls.VersionTLS13}, Ciphers: strong, Ciphers13: suites}, &tls.Config{}, tls.VersionTLS13, 0},
		{"1.2 only, a client of both", engine.TLSProfile{Versions: []uint16{tls.VersionTLS12}, Ciphers: strong, Ciphers13: suites}, &tls.Config{}, tls.VersionTLS12, strong[0]},
		{"1.2 only, a client of 1.3", engine.TLSProfile{Versions: []uint16{tls.VersionTLS12}, Ciphers: strong, Ciphers13: suites}, only(tls.VersionTLS13), 0, 0},
		{
			"a gap: 1.1 and 1.3, a client of up to 1.2",
			engine.TLSProfile{
				Versions: []uint16{tls.VersionTLS11, tls.VersionTLS13}, Ciphers: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}, Ciphers13: suites,
			},
			&tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12}, tls.VersionTLS11, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
		},
		{
			"no cipher in common",
			engine.TLSProfile{Versions: []uint16{tls.VersionTLS12}, Ciphers: strong, Ciphers13: suites},
			&tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}, 0, 0,
		},
		{"no cipher at all before 1.3", engine.TLSProfile{Versions: []uint16{tls.VersionTLS12, tls.VersionTLS13}, Ciphers13: suites}, only(tls.VersionTLS12), 0, 0},
		{"SSLv3, which nobody speaks", engine.TLSProfile{Versions: []uint16{0x0300}, Ciphers: strong}, &tls.Config{MinVersion: tls.VersionTLS10}, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s.vs.TLS = test.profile
			apply(t, e, s.config())
			version, cipher, served := spoken(t, s, test.client)
			if version != test.version || served != (test.version != 0) || test.cipher != 0 && cipher != test.cipher {
				t.Errorf("served %v with version %s and cipher %s, want %s", served, tls.VersionName(version), tls.CipherSuiteName(cipher),
					tls.VersionName(test.version))
			}
		})
	}
}

// Clients that name a host are counted there: connections, bytes, answers and failures. The limit is one for all.
func TestHostsCountTheirOwnTraffic(t *testing.T) {
	config := hosts(t, engine.KindHTTP)
	vs := &config.VirtualServices[0]
	vs.Hosts[0].UUID, vs.Hosts[2].UUID = "child-wildcard", "child-empty"
	vs.MaxConnections = 1
	e := startEngine(t, engine.Options{})
	apply(t, e, config)
	s := scene{vs: *vs}
	ask := func(name string) int {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, ServerName: name}, DisableKeepAlives: true}
		defer transport.CloseIdleConnections()
		response, err := (&http.Client{Transport: transport, Timeout: patience}).Get("https://" + s.address().String())
		if err != nil {
			return 0
		}
		_ = response.Body.Close()
		return response.StatusCode
	}
	for _, name := range []string{"c.example.com", "d.example.com", "empty.example.org", ""} {
		ask(name)
		eventually(t, "the connection ends", func() bool {
			total := uint64(0)
			for _, status := range e.Status().VirtualServices {
				total += status.Counters.OpenConnections
			}
			return total == 0
		})
	}
	// A change keeps what was counted.
	vs.XForwardedFor = true
	apply(t, e, config)
	status := e.Status().VirtualServices
	for uuid, want := range map[string][3]uint64{"child-wildcard": {2, 2, 0}, "child-empty": {1, 1, 1}, vsUUID: {1, 1, 0}} {
		c := status[uuid].Counters
		if got := [3]uint64{c.FinishedConns, c.Responses, c.ErrorResponses}; got != want {
			t.Errorf("%s: connections, answers and failures %v, want %v", uuid, got, want)
		}
		if c.BytesIn == 0 || c.BytesOut == 0 || c.MaxOpenConnections != 1 {
			t.Errorf("%s: %+v", uuid, c)
		}
	}
	// While a host's client is connected, the limit of the virtual service is reached for everybody.
	conn, err := tls.Dial("tcp", s.address().String(), &tls.Config{InsecureSkipVerify: true, ServerName: "c.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if code := ask(""); code != 0 {
		t.Errorf("beyond the limit a client was answered %d", code)
	}
	if open := e.Status().VirtualServices["child-wildcard"].Counters.OpenConnections; open != 1 {
		t.Errorf("%d connections are open at the host, want 1", open)
	}
}
