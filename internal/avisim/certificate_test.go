package avisim

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// pair makes a certificate with its key.
func pair(t *testing.T, name string) (certificate, key string) {
	t.Helper()
	ca, err := newAuthority("Test CA", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	certPEM, keyPEM, err := ca.issue(name, []string{name, "10.0.0.1"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return string(certPEM), string(keyPEM)
}

func certificateBody(name, certificate, key string) string {
	body, _ := json.Marshal(map[string]any{"name": name, "key": key, "certificate": map[string]any{"certificate": certificate}})
	return string(body)
}

func TestCertificatesAreRead(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	certificate, key := pair(t, "www.example.com")
	made := c.mustMake("sslkeyandcertificate", "cert-1", certificateBody("web", certificate, key))
	for path, want := range map[string]any{
		"certificate.subject.common_name": "www.example.com", "certificate.issuer.common_name": "Test CA", "certificate.self_signed": false,
		"certificate.subject_alt_names.0": "DNS:www.example.com", "certificate.expiry_status": "SSL_CERTIFICATE_GOOD",
		"certificate.days_until_expire": 365.0, "key_params.algorithm": "SSL_KEY_ALGORITHM_EC", "status": "SSL_CERTIFICATE_FINISHED",
		"type": "SSL_CERTIFICATE_TYPE_VIRTUALSERVICE", "certificate.certificate": nil, "key": nil,
	} {
		if got := at(t, made.object(), path); got != want {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	}
	if _, err := time.Parse(certificateTime, at(t, made.object(), "certificate.not_after").(string)); err != nil {
		t.Error(err)
	}
	read := c.get("/api/sslkeyandcertificate/cert-1")
	if at(t, read, "certificate.certificate") != certificate || read["key"] != nil {
		t.Error("GET shows another certificate, or the key")
	}
	// Written back without its key, the certificate keeps it.
	c.must(http.MethodPut, "/api/sslkeyandcertificate/cert-1", c.must(http.MethodGet, "/api/sslkeyandcertificate/cert-1", "").text)
}

func TestCertificatesThatAreRefused(t *testing.T) {
	certificate, key := pair(t, "a.example.com")
	other, otherKey := pair(t, "b.example.com")
	c := newClient(t, newServer(t, Options{}))
	c.mustMake("sslkeyandcertificate", "cert-1", certificateBody("web", certificate, key))
	for name, test := range map[string]struct{ method, path, body, text string }{
		"no certificate":           {"POST", "sslkeyandcertificate", `{"name":"x"}`, "certificate is required"},
		"no PEM":                   {"POST", "sslkeyandcertificate", certificateBody("x", "CERT", key), "not in PEM format"},
		"broken PEM":               {"POST", "sslkeyandcertificate", certificateBody("x", strings.Replace(certificate, "MII", "MIJ", 1), key), "Import error"},
		"no key":                   {"POST", "sslkeyandcertificate", certificateBody("x", certificate, ""), "private key"},
		"another's key":            {"POST", "sslkeyandcertificate", certificateBody("x", certificate, otherKey), "does not match certificate (common_name a.example.com)"},
		"renewed without its key":  {"PUT", "sslkeyandcertificate/cert-1", certificateBody("web", other, ""), "private key"},
		"an encrypted key":         {"POST", "sslkeyandcertificate", certificateBody("x", certificate, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"), "needs a passphrase"},
		"a CA bundle without PEM":  {"POST", "pkiprofile", `{"name":"x","ca_certs":[{"certificate":"CA"}]}`, "not in PEM format"},
		"a CA bundle without text": {"POST", "pkiprofile", `{"name":"x","ca_certs":[{}]}`, "not in PEM format"},
	} {
		t.Run(name, func(t *testing.T) {
			c.do(test.method, "/api/"+test.path, test.body).wants(http.StatusBadRequest, test.text)
		})
	}
	body, _ := json.Marshal(map[string]any{"name": "ca", "type": "SSL_CERTIFICATE_TYPE_CA", "certificate": map[string]any{"certificate": certificate}})
	c.must(http.MethodPost, "/api/sslkeyandcertificate", string(body))
}

func TestCertificatesOfAVirtualService(t *testing.T) {
	c := newClient(t, newServer(t, Options{}))
	c.mustMake("vsvip", "vsvip-1", simpleVIP)
	for _, id := range []string{"ec-1", "ec-2"} {
		certificate, key := pair(t, id)
		c.mustMake("sslkeyandcertificate", id, certificateBody(id, certificate, key))
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := template("rsa", time.Now())
	der, err := x509.CreateCertificate(rand.Reader, template, template, rsaKey.Public(), rsaKey)
	if err != nil {
		t.Fatal(err)
	}
	keyPEM := encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))
	made := c.mustMake("sslkeyandcertificate", "rsa-1", certificateBody("rsa", string(encodePEM("CERTIFICATE", der)), string(keyPEM))).object()
	if got := at(t, made, "key_params.rsa_params.key_size"); got != "SSL_KEY_2048_BITS" {
		t.Errorf("key_size is %v", got)
	}
	certs := func(ids ...string) string {
		return `"ssl_key_and_certificate_refs":["/api/sslkeyandcertificate/` + strings.Join(ids, `","/api/sslkeyandcertificate/`) + `"]`
	}
	c.play([]step{
		post("virtualservice", "vs-1", vs("a", `443,"enable_ssl":true`, certs("ec-1", "ec-2")), 400, "one RSA and one EC"),
		post("virtualservice", "vs-1", vs("a", `443,"enable_ssl":true`, certs("ec-1", "ec-2", "rsa-1")), 400, "at most 2 certificates"),
		post("virtualservice", "vs-1", vs("a", `443,"enable_ssl":true`, certs("ec-1", "rsa-1")), 201, ""),
		{"DELETE", "sslkeyandcertificate/ec-1", "", 403, "['VirtualService a']"},
	})
}

func TestExpiryStatus(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]string{
		0: "SSL_CERTIFICATE_EXPIRED", 30 * 24 * time.Hour: "SSL_CERTIFICATE_EXPIRY_WARNING", 31 * 24 * time.Hour: "SSL_CERTIFICATE_GOOD",
	} {
		if got := expiryStatus(now.Add(after), now); got != want {
			t.Errorf("in %s: %s, want %s", after, got, want)
		}
	}
}
