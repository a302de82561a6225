package worker_test

import (
	"crypto/sha1"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// What a client's certificate says reaches the members, behind the default certificate and behind SNI containers, and no client
// can say it of itself.
func TestHeadersAboutClientCertificates(t *testing.T) {
	s := beginTLS(t)
	client := s.ca.issue("good client")
	s.addListener(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef:  lbaas.Given(s.contain(s.ca.issue("default", "www.example.com"))),
		SNIContainerRefs:        lbaas.Given([]string{s.contain(s.ca.issue("shop", "shop.example.com"))}),
		ClientCATLSContainerRef: lbaas.Given(s.keep(s.ca.pem(), false)), ClientAuthentication: lbaas.Given(lbaas.ClientAuthMandatory),
	})
	insert := func(headers ...string) error {
		wanted := map[string]string{}
		for _, name := range headers {
			wanted[name] = "true"
		}
		_, err := s.Service.UpdateListener(t.Context(), s.Caller, s.listener, lbaas.ListenerInput{InsertHeaders: lbaas.Given(wanted)})
		return err
	}
	all := []string{
		"X-SSL-Client-Verify", "X-SSL-Client-DN", "X-SSL-Issuer", "X-SSL-Client-SHA1", "X-SSL-Client-Not-Before", "X-SSL-Client-Not-After",
	}
	s.settled(insert(append(all, "X-SSL-Client-Has-Cert")...))
	s.mustBeActive()
	leaf := parsedLeaf(t, client)
	const form = "Jan _2 15:04:05 2006 GMT"
	want := map[string]string{
		"X-SSL-Client-Verify": "0", "X-SSL-Client-Has-Cert": "1", "X-SSL-Client-DN": "CN=good client", "X-SSL-Issuer": "CN=Test CA",
		"X-SSL-Client-SHA1":       fmt.Sprintf("%x", sha1.Sum(leaf.Raw)),
		"X-SSL-Client-Not-Before": leaf.NotBefore.Format(form), "X-SSL-Client-Not-After": leaf.NotAfter.Format(form),
	}
	wants := func(what string, want map[string]string, by func(name string) (page, error)) {
		t.Helper()
		for _, name := range []string{"www.example.com", "shop.example.com"} {
			got, err := by(name)
			s.ok(err)
			for header, value := range want {
				if shown := strings.Join(got.header.Values("Got-"+header), ", "); shown != value {
					t.Errorf("%s, %s: %s is %q, want %q", what, name, header, shown, value)
				}
			}
		}
	}
	wants("with a certificate", want, func(name string) (page, error) { return s.get(name, showing(t, client)) })
	// Where certificates are optional nothing tells beforehand whether there is one, and nothing is left of what clients claim.
	optional := lbaas.ListenerInput{ListenerTLSInput: lbaas.ListenerTLSInput{ClientAuthentication: lbaas.Given(lbaas.ClientAuthOptional)}}
	_, err := s.Service.UpdateListener(t.Context(), s.Caller, s.listener, optional)
	if message, _, _ := lbaas.MessageFor(err); !errors.Is(err, lbaas.KindUnsupported) ||
		!strings.HasSuffix(message, "X-SSL-Client-Has-Cert in insert_headers where client_authentication is OPTIONAL") {
		t.Errorf("said %q", message)
	}
	s.settled(insert(all...))
	s.updateListener(optional.ListenerTLSInput)
	wants("without a certificate", map[string]string{"X-SSL-Client-DN": "", "X-SSL-Client-SHA1": "", "X-SSL-Client-Verify": "0"},
		func(name string) (page, error) { return s.get(name) })
	for uuid, vs := range s.ofType("virtualservice") {
		if vs["allow_invalid_client_cert"] == true {
			t.Errorf("%s lets in whoever has a bad certificate", uuid)
		}
	}
	if err := insert("X-SSL-Client-CN"); !errors.Is(err, lbaas.KindUnsupported) {
		t.Errorf("Avi has no value for the common name: %v", err)
	}
}

// showing is a client with a certificate.
func showing(t *testing.T, m certificate.Material) func(*tls.Config) {
	t.Helper()
	pair, err := tls.X509KeyPair(m.Certificate, m.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *tls.Config) { c.Certificates = []tls.Certificate{pair} }
}
