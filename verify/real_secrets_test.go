//go:build verify

package verify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

// Certificates get into Barbican and out again, and the service's user reads them if and only if the user allows it to.
func (s *site) testSecrets(t *testing.T) {
	t.Parallel()
	service := s.as(t, realcloud.UserService)
	certificate := newCertificate(t, "www.example.org")
	container, err := s.demo.StoreCertificate(t.Context(), "www", certificate)
	if err != nil {
		t.Fatal(err)
	}
	bundle := pkcs12(t, certificate)
	secret, err := s.demo.StorePKCS12(t.Context(), "www-bundle", bundle)
	if err != nil {
		t.Fatal(err)
	}
	// Barbican cuts white space off the ends of a text.
	contents := map[string][]byte{
		container.Secrets["certificate"]: bytes.TrimSpace([]byte(certificate.Certificate)),
		container.Secrets["private_key"]: bytes.TrimSpace([]byte(certificate.PrivateKey)),
		secret.Ref:                       bundle,
	}
	for ref := range contents {
		if _, err := service.Payload(t.Context(), ref); err == nil {
			t.Errorf("the service reads %s without having been allowed to", ref)
		}
	}
	for _, stored := range []realcloud.Stored{container, secret} {
		if err := s.demo.Allow(t.Context(), stored, service.ID); err != nil {
			t.Fatal(err)
		}
	}
	for ref, want := range contents {
		for _, u := range []*realcloud.User{s.demo, service} {
			if got, err := u.Payload(t.Context(), ref); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s reads %d bytes of %s, %v; want the %d that were stored", u.Name, len(got), ref, err, len(want))
			}
		}
		if _, err := s.alt.Payload(t.Context(), ref); err == nil {
			t.Errorf("another project reads %s", ref)
		}
	}
}

// newCertificate is a self-signed one for a name.
func newCertificate(t *testing.T, name string) realcloud.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return realcloud.Certificate{
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})),
		PrivateKey:  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
	}
}

// pkcs12 is a bundle as users make it, with openssl and without a passphrase.
func pkcs12(t *testing.T, c realcloud.Certificate) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(file, []byte(c.Certificate+c.PrivateKey), 0o600); err != nil {
		t.Fatal(err)
	}
	bundle, err := exec.CommandContext(t.Context(), "/usr/bin/openssl", "pkcs12", "-export", "-in", file, "-passout", "pass:").Output()
	if err != nil {
		t.Fatalf("openssl: %v", err)
	}
	return bundle
}
