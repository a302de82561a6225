package compat_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
)

// vault gives, for every container, a certificate with the common name that the vectors have for it. Their own texts are
// placeholders.
type vault struct {
	t     *testing.T
	known map[string]certificate.Material
}

func (v *vault) Material(_ context.Context, ref string) (certificate.Material, error) {
	id := path.Base(ref)
	if m, ok := v.known[id]; ok {
		return m, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(v.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "cn-of-sslkeyandcertificate-" + id},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check(v.t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	check(v.t, err)
	m := certificate.Material{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		PrivateKey:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}
	if v.known == nil {
		v.known = map[string]certificate.Material{}
	}
	v.known[id] = m
	return m, nil
}

func (*vault) Payload(context.Context, string) ([]byte, error) {
	return nil, errors.New("no vector has authorities")
}

func (*vault) Reader(context.Context) (string, error) { return "avi-lbaas", nil }

func (*vault) Temporary(error) bool { return false }

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// uuid is an object's at the Controller: that of a certificate, which vectors give by name only, is looked up.
func (r *replay) uuid(e expected) string {
	if e.uuid() != "" {
		return e.uuid()
	}
	for _, o := range r.bed.Sim.Objects() {
		if uuid, ok := o.Object["uuid"].(string); ok && o.Type == e.Type && o.Tenant == e.Tenant && o.Object["name"] == e.name() {
			return uuid
		}
	}
	return "(none named " + e.name() + ")"
}

// withTLSDeviations takes the vectors' placeholders and what is never shown out of a certificate, and names an SNI child after
// its domain.
func withTLSDeviations(all []expected, e expected) expected {
	changed := maps.Clone(e.Object)
	switch {
	case e.Type == "sslkeyandcertificate":
		content, _ := changed["certificate"].(map[string]any)
		changed["certificate"] = map[string]any{"subject": content["subject"]}
		for _, hidden := range []string{"key", "key_passphrase", "intermediates"} {
			delete(changed, hidden)
		}
	case e.Object["vh_parent_vs_ref"] != nil:
		domains, _ := e.Object["vh_domain_name"].([]any)
		for _, parent := range all {
			if ref, _ := e.Object["vh_parent_vs_ref"].(string); strings.HasSuffix(ref, "/"+parent.uuid()) && parent.uuid() != "" {
				changed["name"] = parent.name() + "-" + domains[0].(string)
			}
		}
	}
	e.Object = changed
	return e
}
