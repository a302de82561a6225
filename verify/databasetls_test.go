//go:build verify

package verify_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

// databaseTLS is a kind of server as its URL's options are written.
type databaseTLS struct {
	start    func(context.Context, realcloud.ServerTLS) (*realcloud.Database, error)
	database string
	// Options of the URL: none, with the authority's file, the same without the server's name, and our own certificate and key.
	none, verified, anyName, own string
	// What the program says of the server when it is not allowed in: without TLS, and without a certificate of its own.
	noTLS, noCertificate string
}

// TestDatabaseTLS reaches database servers that take nobody without TLS, as operators write it in the configuration.
func TestDatabaseTLS(t *testing.T) {
	t.Parallel()
	binary := build(t)
	for name, kind := range map[string]databaseTLS{
		"MariaDB": {
			start: realcloud.StartMariaDBWithTLS, database: "avi",
			none: "charset=utf8mb4", verified: "ssl_ca=%s", anyName: "ssl_ca=%s&ssl_check_hostname=false", own: "&ssl_cert=%s&ssl_key=%s",
			noTLS: "Access denied", noCertificate: "Access denied",
		},
		"PostgreSQL": {
			start: realcloud.StartPostgreSQLWithTLS, database: "postgres",
			none: "sslmode=disable", verified: "sslmode=verify-full&sslrootcert=%s", anyName: "sslmode=verify-ca&sslrootcert=%s",
			own:   "&sslcert=%s&sslkey=%s",
			noTLS: "no encryption", noCertificate: "requires a valid client certificate",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind.try(t, binary)
		})
	}
}

func (d databaseTLS) try(t *testing.T, binary string) {
	t.Helper()
	ours, others := newAuthority(t, "ours"), newAuthority(t, "others")
	certificate, key := ours.issue(t, net.IPv4(127, 0, 0, 1))
	ca, wrongCA := writeText(t, "ca.pem", ours.pem), writeText(t, "other-ca.pem", others.pem)
	own, ownKey := ours.issue(t, nil)
	ownFile, ownKeyFile := writeText(t, "own.pem", own), writeText(t, "own.key", ownKey)

	server := d.begin(t, realcloud.ServerTLS{Certificate: certificate, Key: key})
	named := strings.Replace(server, "@127.0.0.1:", "@localhost:", 1)
	upgrade := func(url, options string, files ...any) string {
		return upgradeDatabase(t, binary, url+"/"+d.database+"?"+fmt.Sprintf(options, files...))
	}
	for _, c := range []struct{ what, said, want string }{
		{"without TLS", upgrade(server, "%s", d.none), d.noTLS},
		{"with another authority", upgrade(server, d.verified, wrongCA), "certificate signed by unknown authority"},
		{"by a name that is not the certificate's", upgrade(named, d.verified, ca), "certificate is not valid for any names"},
		{"with the right authority", upgrade(server, d.verified, ca), "Applied 0001_initial.sql."},
		{"by another name, which is not looked at", upgrade(named, d.anyName, ca), "The schema has version"},
		{"by another name, with another authority", upgrade(named, d.anyName, wrongCA), "certificate signed by unknown authority"},
	} {
		if !strings.Contains(c.said, c.want) {
			t.Errorf("%s the program says\n%s\nwant %q", c.what, c.said, c.want)
		}
	}

	mutual := d.begin(t, realcloud.ServerTLS{Certificate: certificate, Key: key, ClientCA: ours.pem})
	if said := upgrade(mutual, d.verified, ca); !strings.Contains(said, d.noCertificate) {
		t.Errorf("without a certificate of its own the program says\n%s\nwant %q", said, d.noCertificate)
	}
	if said := upgrade(mutual, d.verified+d.own, ca, ownFile, ownKeyFile); !strings.Contains(said, "Applied 0001_initial.sql.") {
		t.Errorf("with a certificate of its own the program says\n%s", said)
	}
}

// begin starts a server that ends with the test, and gives its URL.
func (d databaseTLS) begin(t *testing.T, secured realcloud.ServerTLS) string {
	t.Helper()
	server, err := d.start(t.Context(), secured)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server.URL
}

// upgradeDatabase runs avi-lbaas db upgrade and gives what it says, which never has the password.
func upgradeDatabase(t *testing.T, binary, url string) string {
	t.Helper()
	config := writeText(t, "avi-lbaas.conf", strings.Join([]string{
		"[api_settings]", "auth_strategy = noauth", "[avi_adc]", "address = 127.0.0.1", "password = pw", "[database]", "connection = " + url,
	}, "\n"))
	said, err := exec.CommandContext(t.Context(), binary, "db", "upgrade", "--config-file", config).CombinedOutput()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		t.Fatal(err)
	}
	_, password, _ := strings.Cut(url[strings.Index(url, "://")+len("://"):], ":")
	password, _, _ = strings.Cut(password, "@")
	if strings.Contains(string(said), password) {
		t.Errorf("the password is shown:\n%s", said)
	}
	return string(said)
}

func writeText(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         string
}

func newAuthority(t *testing.T, name string) authority {
	t.Helper()
	a := authority{certificate: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	a.pem, _, a.key = a.sign(t, a.certificate)
	return a
}

// issue makes a certificate for a server at an address, or for a client, with its key.
func (a authority) issue(t *testing.T, address net.IP) (certificate, key string) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "avi"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if address != nil {
		template.IPAddresses = []net.IP{address}
	}
	certificate, key, _ = a.sign(t, template)
	return certificate, key
}

func (a authority) sign(t *testing.T, template *x509.Certificate) (certificate, keyText string, key *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer := a.key
	if signer == nil {
		signer = key // an authority signs for itself
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return certificate, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: plain})), key
}
