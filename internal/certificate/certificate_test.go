package certificate_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

const passphrase = "secret-passphrase"

// Every form in which OpenSSL writes a key is read, and gives the same.
func TestKeysOfOpenSSL(t *testing.T) {
	plain, err := certificate.Parse(certificate.Material{Certificate: file(t, "rsa.crt"), PrivateKey: file(t, "rsa.pkcs8.key")})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"rsa.pkcs1.key", "rsa.aes-128-cbc.key", "rsa.aes-192-cbc.key", "rsa.aes-256-cbc.key", "rsa.des3.key", "rsa.hmacWithSHA1.key",
		"rsa.hmacWithSHA384.key", "rsa.hmacWithSHA512.key", "rsa.legacy.key",
	} {
		got, err := certificate.Parse(certificate.Material{
			Certificate: file(t, "rsa.crt"), PrivateKey: file(t, name), Passphrase: []byte(passphrase),
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got.KeyPEM.Reveal() != plain.KeyPEM.Reveal() || got.Fingerprint != plain.Fingerprint {
			t.Errorf("%s gives another certificate or key", name)
		}
	}
	for _, name := range []string{"rsa.p12", "legacy.p12"} {
		got, err := certificate.Parse(certificate.Material{PKCS12: file(t, name)})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got.KeyPEM.Reveal() != plain.KeyPEM.Reveal() || got.Fingerprint != plain.Fingerprint {
			t.Errorf("%s gives another certificate or key", name)
		}
	}
	if _, err := certificate.Parse(certificate.Material{Certificate: file(t, "ec.crt"), PrivateKey: file(t, "ecparam.key")}); err != nil {
		t.Errorf("EC with parameters: %v", err)
	}
	want := []string{"www.example.com", "*.example.org"}
	if diff := cmp.Diff(want, plain.Domains); diff != "" {
		t.Errorf("domains (-want +got):\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	rsa, key := file(t, "rsa.crt"), file(t, "rsa.pkcs8.key")
	for name, test := range map[string]struct {
		material certificate.Material
		want     string
	}{
		"nothing":            {certificate.Material{}, "it has no certificate in PEM form"},
		"no key":             {certificate.Material{Certificate: rsa}, "it has no private key"},
		"DER":                {certificate.Material{Certificate: []byte{0x30, 0x82}, PrivateKey: key}, "it has no certificate in PEM form"},
		"a broken one":       {certificate.Material{Certificate: broken("CERTIFICATE"), PrivateKey: key}, "its certificate cannot be read: certificate 1 is not an X.509 certificate"},
		"broken chain":       {certificate.Material{Certificate: rsa, Intermediates: broken("CERTIFICATE"), PrivateKey: key}, "its intermediates cannot be read: certificate 1 is not an X.509 certificate"},
		"a key that is none": {certificate.Material{Certificate: rsa, PrivateKey: []byte("x")}, "its private key is not in PEM form"},
		"a broken key":       {certificate.Material{Certificate: rsa, PrivateKey: broken("PRIVATE KEY")}, "its private key cannot be read"},
		"a public key":       {certificate.Material{Certificate: rsa, PrivateKey: broken("PUBLIC KEY")}, "its private key is of a kind that is not supported: it has to be PKCS #8, PKCS #1 or SEC 1"},
		"another's key":      {certificate.Material{Certificate: rsa, PrivateKey: file(t, "ecparam.key")}, "its private key does not match its certificate"},
		"no passphrase":      {certificate.Material{Certificate: rsa, PrivateKey: file(t, "rsa.aes-256-cbc.key")}, "its private key is encrypted, and it has no private key passphrase"},
		"wrong passphrase":   {certificate.Material{Certificate: rsa, PrivateKey: file(t, "rsa.legacy.key"), Passphrase: []byte("wrong")}, "its private key cannot be decrypted with its passphrase"},
		"scrypt":             {certificate.Material{Certificate: rsa, PrivateKey: file(t, "rsa.scrypt.key"), Passphrase: []byte(passphrase)}, "its private key is encrypted in a way that is not supported: use PBES2 with PBKDF2 and AES, or no encryption"},
		"Ed25519":            {certificate.Material{Certificate: file(t, "ed25519.crt"), PrivateKey: file(t, "ed25519.key")}, "its key is Ed25519, which the Avi Controller does not serve: use RSA or EC"},
		"no name":            {certificate.Material{Certificate: file(t, "noname.crt"), PrivateKey: file(t, "ecparam.key")}, "its certificate has neither a DNS name among its subject alternative names nor a common name that is one"},
		"a bundle's passphrase": {
			certificate.Material{PKCS12: file(t, "passphrase.p12")},
			"it is not a readable PKCS #12 bundle with one certificate and its key; it must not need a passphrase",
		},
	} {
		_, err := certificate.Parse(test.material)
		if wrong, ok := errors.AsType[*certificate.Error](err); !ok || wrong.Reason != test.want {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	// With a wrong passphrase the padding fits by chance once in 256 times; then the key cannot be read.
	_, err := certificate.Parse(certificate.Material{
		Certificate: rsa, PrivateKey: file(t, "rsa.aes-256-cbc.key"), Passphrase: []byte("wrong"),
	})
	if err == nil || !strings.Contains(err.Error(), "private key cannot be") {
		t.Errorf("wrong passphrase of PKCS #8: %v", err)
	}
}

func broken(kind string) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte("not ASN.1")})
}

// signer is an authority or a leaf that is made for a test.
type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (s signer) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert.Raw})
}

func sign(t testing.TB, name string, by *signer) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name))), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:  x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
		NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour),
	}
	issuer := signer{template, key}
	if by != nil {
		issuer = *by
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer.cert, key.Public(), crypto.Signer(issuer.key))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return signer{cert, key}
}

// Intermediates are put in order, roots and strangers are left out, and a change of the chain is a change of the certificate.
func TestTheChainIsOrdered(t *testing.T) {
	root := sign(t, "root", nil)
	upper := sign(t, "upper", &root)
	lower := sign(t, "lower", &upper)
	leaf := sign(t, "leaf.example.com", &lower)
	stranger := sign(t, "stranger", nil)
	keyDER, err := x509.MarshalPKCS8PrivateKey(leaf.key)
	if err != nil {
		t.Fatal(err)
	}
	m := certificate.Material{
		Certificate: leaf.pem(), PrivateKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}
	for _, s := range []signer{root, upper, stranger, lower} {
		m.Intermediates = append(m.Intermediates, s.pem()...)
	}
	c, err := certificate.Parse(m)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range c.Chain {
		got = append(got, a.PEM)
	}
	if diff := cmp.Diff([]string{string(lower.pem()), string(upper.pem())}, got); diff != "" {
		t.Errorf("chain (-want +got):\n%s", diff)
	}
	m.Intermediates = nil
	alone, err := certificate.Parse(m)
	if err != nil {
		t.Fatal(err)
	}
	if alone.Fingerprint == c.Fingerprint || len(alone.Chain) != 0 {
		t.Error("a certificate without its chain counts as the same")
	}
}

func TestAuthoritiesAndRevocations(t *testing.T) {
	root, other := sign(t, "root", nil), sign(t, "other", nil)
	bundle := append(append(root.pem(), other.pem()...), root.pem()...)
	authorities, err := certificate.ParseAuthorities(bundle)
	if err != nil || len(authorities) != 2 {
		t.Errorf("%d authorities, %v; want 2", len(authorities), err)
	}
	if _, err := certificate.ParseAuthorities([]byte("none")); err == nil {
		t.Error("no authority at all was accepted")
	}
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour),
	}, other.cert, other.key)
	if err != nil {
		t.Fatal(err)
	}
	list := pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
	if lists, err := certificate.ParseRevocations(list, bundle); err != nil || len(lists) != 1 {
		t.Errorf("%d lists, %v; want 1", len(lists), err)
	}
	if _, err := certificate.ParseRevocations(list, root.pem()); err == nil || !strings.Contains(err.Error(), "not signed by the CA") {
		t.Errorf("a list of another authority: %v", err)
	}
	if _, err := certificate.ParseRevocations(root.pem(), bundle); err == nil {
		t.Error("a certificate was accepted as a list")
	}
}

// FuzzParse holds everything that users may upload to: no panic, and what is refused is refused in words for the user.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		content, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, content, []byte(passphrase))
	}
	chain := file(f, "rsa.crt")
	f.Fuzz(func(t *testing.T, text, key, phrase []byte) {
		if len(key) > 1<<14 {
			return
		}
		for _, m := range []certificate.Material{
			{Certificate: text, PrivateKey: key, Passphrase: phrase, Intermediates: chain},
			{Certificate: chain, PrivateKey: key, Passphrase: phrase},
			{PKCS12: text},
		} {
			c, err := certificate.Parse(m)
			if err == nil && (len(c.Domains) == 0 || c.KeyPEM == "" || c.Fingerprint == "") {
				t.Errorf("incomplete: %v", c.Domains)
			}
			if _, ok := errors.AsType[*certificate.Error](err); err != nil && !ok {
				t.Errorf("%T: %v", err, err)
			}
		}
		if _, err := certificate.ParseRevocations(text, key); err != nil {
			if _, ok := errors.AsType[*certificate.Error](err); !ok {
				t.Errorf("%T: %v", err, err)
			}
		}
	})
}
