package avisim

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func overTLS(t *testing.T, s *Server) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.CAPEM()) {
		t.Fatal("CAPEM holds no certificate")
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 5 * time.Second}
}

func TestServing(t *testing.T) {
	s := newServer(t, Options{})
	if s.Addr() != "" || s.Close() != nil {
		t.Error("a server that was not started has an address, or cannot be closed")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Start(ctx); err == nil {
		t.Error("it starts twice")
	}
	web := overTLS(t, s)
	for _, base := range []string{s.URL(), strings.Replace(s.URL(), "127.0.0.1", "localhost", 1)} {
		answer, err := web.Get(base + "//api/initial-data/")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil || !bytes.Contains(body, []byte(`"Version":"30.2.1"`)) {
			t.Errorf("initial-data is %s, %v", body, err)
		}
	}
	if err := s.AddFault(Fault{Action: FaultDropAfter}); err != nil {
		t.Fatal(err)
	}
	if answer, err := web.Get(s.URL() + "/api/initial-data"); err == nil {
		t.Errorf("a dropped connection answers %d", answer.StatusCode)
		_ = answer.Body.Close()
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestServingEndsWithItsContext(t *testing.T) {
	s := newServer(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	if err := s.Start(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-s.listening.done:
	case <-time.After(5 * time.Second):
		t.Fatal("it still serves")
	}
}

func TestOptionsThatAreRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"no password": {}, "a bad version": {Password: "x", Version: "new"}, "a bad knob": {Password: "x", Knobs: Knobs{PatchListEntries: "x"}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	s := newServer(t, Options{Listen: "192.0.2.1:1"})
	if err := s.Start(t.Context()); err == nil {
		t.Error("it listens on an address that is not there")
	}
}

func TestStateSurvivesARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	first := newServer(t, Options{StateFile: path})
	c := newClient(t, first)
	c.lone()
	certificate, key := pair(t, "a")
	c.mustMake("sslkeyandcertificate", "cert-1", certificateBody("web", certificate, key))
	c.tenant = adminTenant
	c.mustMake("cloud", "cloud-1", `{"name":"east","vtype":"CLOUD_OPENSTACK"}`)
	c.tenant = testTenant
	paths := []string{"/api/virtualservice/virtualservice-1", "/api/pool/pool-1", "/api/vsvip/vsvip-1", "/api/sslkeyandcertificate/cert-1"}
	before := map[string]string{}
	for _, p := range paths {
		before[p] = c.must(http.MethodGet, p, "").text
	}

	second := newServer(t, Options{StateFile: path})
	c = newClient(t, second)
	for _, p := range paths {
		if diff := cmp.Diff(before[p], c.must(http.MethodGet, p, "").text); diff != "" {
			t.Errorf("%s (-before +after):\n%s", p, diff)
		}
	}
	c.do(http.MethodDelete, "/api/pool/pool-1", "").wants(http.StatusForbidden, "VirtualService vs")
	c.must(http.MethodPut, "/api/sslkeyandcertificate/cert-1", before["/api/sslkeyandcertificate/cert-1"])
	c.must(http.MethodPut, "/api/pool/pool-1", before["/api/pool/pool-1"])
	c.tenant = adminTenant
	c.must(http.MethodDelete, "/api/cloud/cloud-1", "")
}

func TestAStateFileThatCannotBeUsed(t *testing.T) {
	for name, content := range map[string]string{
		"no JSON": `{`, "unknown type": `[{"type":"Nothing","object":{}}]`, "bad object": `[{"type":"Pool","object":[]}]`,
		"bad reference": `[{"type":"Pool","object":{"vrf_ref":"x"}}]`, "bad owner": `[{"type":"Pool","owner":"x","object":{}}]`,
	} {
		path := filepath.Join(t.TempDir(), "state.json")
		if err := writeFileAtomically(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if _, err := New(Options{Password: "x", StateFile: path}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := writeFileAtomically(filepath.Join(t.TempDir(), "no", "such", "folder"), nil); err == nil {
		t.Error("a file in a folder that does not exist is written")
	}
}
