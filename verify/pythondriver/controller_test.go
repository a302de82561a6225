//go:build pythondriver

package pythondriver

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
)

// makeAtController makes objects as an operator would.
func makeAtController(t *testing.T, controller *avisim.Server, password, version string, objects []recorded) {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(controller.CAPEM())
	client, err := avi.New(avi.Config{
		Address: controller.Addr(), User: "admin", Password: password, RootCAs: roots, APIVersion: version, Timeout: 10 * time.Second,
	})
	check(t, err)
	defer func() { check(t, client.Close(context.WithoutCancel(t.Context()))) }()
	for _, o := range objects {
		if _, err := client.Create(t.Context(), "", o.Type, o.Object["uuid"].(string), o.Object); err != nil {
			t.Fatal(err)
		}
	}
}

// issueAll makes the certificates of containers, in the form that the runner reads.
func issueAll(t *testing.T, containers map[string]container) map[string]any {
	t.Helper()
	issued := map[string]any{}
	for ref, c := range containers {
		key := newKey(t)
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: c.CommonName}, DNSNames: c.Names,
			NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		}
		issuer, issuerKey, intermediates := template, key, []string(nil)
		if c.Chained {
			issuerKey = newKey(t)
			issuer = &x509.Certificate{
				SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Intermediate"}, IsCA: true, BasicConstraintsValid: true,
				NotBefore: template.NotBefore, NotAfter: template.NotAfter,
			}
			root := &x509.Certificate{Subject: pkix.Name{CommonName: "Root"}}
			intermediates = []string{sign(t, issuer, root, issuerKey.Public(), newKey(t))}
		}
		keyDER, err := x509.MarshalPKCS8PrivateKey(key)
		check(t, err)
		issued[ref] = map[string]any{
			"certificate": sign(t, template, issuer, key.Public(), issuerKey), "intermediates": intermediates,
			"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})),
		}
	}
	return issued
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(t, err)
	return key
}

func sign(t *testing.T, template, issuer *x509.Certificate, public any, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, key)
	check(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}
