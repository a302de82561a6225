//go:build verify

package verify_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

// The names that the listener of the test serves, and its port.
const (
	nameWWW, nameShop = "www.tls.example.org", "shop.tls.example.org"
	portTLS           = "18443"
)

// A TERMINATED_HTTPS listener shows each name its certificate out of a real Barbican, and its requests reach the backend. What the
// service or the user may not read is refused before, and nothing is left in the end.
func (s *site) testTLS(t *testing.T) {
	t.Parallel()
	n, c := s.network(t, s.demo, "tls", "127.91.0.0/24", false), s.cli(t, s.demo)
	made := s.api(t, s.demo.Token(), http.MethodPost, "", onSubnet("tls", n.SubnetID))
	if made.status != http.StatusCreated {
		t.Fatalf("create: %d %v", made.status, made.body)
	}
	lb := made.body["loadbalancer"].(map[string]any)
	id, address := fmt.Sprint(lb["id"]), net.JoinHostPort(fmt.Sprint(lb["vip_address"]), portTLS)
	s.settled(t, s.demo, id)

	www, roots := newChainedCertificate(t, nameWWW)
	shop := newCertificate(t, nameShop) // an EC key
	roots.AppendCertsFromPEM([]byte(shop.Certificate))
	container, err := s.demo.StoreCertificate(t.Context(), "tls-www", www)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := s.demo.StorePKCS12(t.Context(), "tls-shop", pkcs12(t, shop))
	if err != nil {
		t.Fatal(err)
	}
	s.refusedCertificates(t, id, container, secret)
	s.refusedToOthers(t, container, secret)

	listener := c.show("loadbalancer", "listener", "create", "--name", "tls", "--protocol", "TERMINATED_HTTPS", "--protocol-port", portTLS,
		"--sni-container-refs", secret.Ref, "--default-tls-container-ref", container.Ref, "--wait", id)
	c.expect(listener, "provisioning_status", "ACTIVE")
	c.expect(listener, "default_tls_container_ref", container.Ref)
	host, port, err := net.SplitHostPort(startBackends(t, "backend")[0].Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	pool := c.show("loadbalancer", "pool", "create", "--name", "tls", "--listener", fmt.Sprint(listener["id"]), "--protocol", "HTTP",
		"--lb-algorithm", "ROUND_ROBIN", "--wait")
	c.run("loadbalancer", "member", "create", "--address", host, "--protocol-port", port, "--wait", fmt.Sprint(pool["id"]))
	s.settled(t, s.demo, id)

	// A client verifies the chain up to the root, so the intermediate has to be sent along.
	for asked, shown := range map[string]string{nameWWW: nameWWW, nameShop: nameShop, "": nameWWW, "other.example.org": nameWWW} {
		if got := shownCertificate(t, address, asked, roots); got != shown {
			t.Errorf("who asks for %q is shown the certificate of %q, want %q", asked, got, shown)
		}
	}
	for _, name := range []string{nameWWW, nameShop} {
		if got := askTLS(t, address, name, roots); got != "backend" {
			t.Errorf("https://%s: answered %q", name, got)
		}
	}
	s.survivesLostAccess(t, id, fmt.Sprint(listener["id"]), container, address, roots)

	// What belongs to the load balancer names one of these.
	ids := []string{id, fmt.Sprint(listener["id"]), fmt.Sprint(pool["id"]), lastOf(container.Ref), lastOf(secret.Ref)}
	held := map[string]int{}
	for _, part := range ids {
		for kind, count := range c.controllerObjects(t, part) {
			held[kind] = max(held[kind], count)
		}
	}
	for _, kind := range []string{"virtualservice", "sslkeyandcertificate", "pool", "vsvip"} {
		if held[kind] == 0 {
			t.Errorf("no %s names the load balancer at the Controller: %v", kind, held)
		}
	}
	s.remove(t, s.demo, id)
	for _, part := range ids {
		if left := c.controllerObjects(t, part); len(left) != 0 {
			t.Errorf("the Controller still holds %v of %s", left, part)
		}
	}
	s.noPorts(t, n)
}

// listeners asks the site's service at its listeners, or below them.
func (s *site) listeners(t *testing.T, u *realcloud.User, method, path string, listener map[string]any) answer {
	t.Helper()
	url := "http://" + s.cloud.LoadBalancerAddress + "/v2/lbaas/listeners" + path
	return request(t, u.Token(), method, url, map[string]any{"listener": listener})
}

// terminated is a listener with a default certificate.
func terminated(lb, ref string) map[string]any {
	return map[string]any{
		"loadbalancer_id": lb, "protocol": "TERMINATED_HTTPS", "protocol_port": 18444, "default_tls_container_ref": ref,
	}
}

// refuses wants a listener to be refused for the sake of a reference.
func (s *site) refuses(t *testing.T, u *realcloud.User, lb, ref, why string) {
	t.Helper()
	a := s.listeners(t, u, http.MethodPost, "", terminated(lb, ref))
	if a.status != http.StatusBadRequest || !strings.Contains(a.fault(), ref) || !strings.Contains(a.fault(), why) {
		t.Errorf("%s: answered %d %v, want 400 that names it with %q", ref, a.status, a.body, why)
	}
}

// refusedCertificates tries what is not there, and what the service may not read or only in part. In the end it may read both.
func (s *site) refusedCertificates(t *testing.T, lb string, container, secret realcloud.Stored) {
	t.Helper()
	const nobody = "5a8ad2a5-0f0b-4e9c-a3f5-5d5e0e4d8a01"
	reader := s.cloud.Identity().UserID(realcloud.UserService)
	refused := realcloud.UserService + " (" + reader + ") may not read it"
	for _, ref := range []string{container.Ref, secret.Ref} {
		s.refuses(t, s.demo, lb, ref, refused)
		s.refuses(t, s.demo, lb, strings.TrimSuffix(ref, lastOf(ref))+nobody, "the key manager has no such thing")
	}
	allow := func(stored realcloud.Stored) {
		if err := s.demo.Allow(t.Context(), stored, reader); err != nil {
			t.Fatal(err)
		}
	}
	allow(realcloud.Stored{Ref: container.Ref})
	s.refuses(t, s.demo, lb, container.Ref, "of container "+lastOf(container.Ref))
	s.cli(t, s.demo).fails(refused, "loadbalancer", "listener", "create", "--protocol", "TERMINATED_HTTPS", "--protocol-port", "18444",
		"--default-tls-container-ref", container.Ref, lb)
	allow(container)
	allow(secret)
}

// refusedToOthers wants another project to be unable to use what the service may read.
func (s *site) refusedToOthers(t *testing.T, stored ...realcloud.Stored) {
	t.Helper()
	n := s.network(t, s.alt, "tls-alt", "10.24.0.0/24", false)
	made := s.api(t, s.alt.Token(), http.MethodPost, "", onSubnet("tls-alt", n.SubnetID))
	if made.status != http.StatusCreated {
		t.Fatalf("create: %d %v", made.status, made.body)
	}
	id := fmt.Sprint(made.body["loadbalancer"].(map[string]any)["id"])
	s.settled(t, s.alt, id)
	for _, other := range stored {
		s.refuses(t, s.alt, id, other.Ref, "you may not see it")
	}
	s.remove(t, s.alt, id)
}

// survivesLostAccess takes the service off the access list of a private key: what is at the Controller serves on, and changes go
// through.
func (s *site) survivesLostAccess(t *testing.T, lb, listener string, container realcloud.Stored, address string, roots *x509.CertPool) {
	t.Helper()
	if _, err := s.demo.OpenStack(t.Context(), "acl", "delete", container.Secrets["private_key"]); err != nil {
		t.Fatal(err)
	}
	s.refuses(t, s.demo, lb, container.Ref, "may not read it")
	a := s.listeners(t, s.demo, http.MethodPut, "/"+listener, map[string]any{"connection_limit": 100})
	if a.status != http.StatusOK {
		t.Fatalf("change the listener: %d %v", a.status, a.body)
	}
	s.settled(t, s.demo, lb)
	if got := askTLS(t, address, nameWWW, roots); got != "backend" {
		t.Errorf("without access to the key: answered %q", got)
	}
}

func lastOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// shownCertificate is the name in the certificate that a client is shown who asks for a name. It has to lead to a root.
func shownCertificate(t *testing.T, address, name string, roots *x509.CertPool) string {
	t.Helper()
	// The name is left to the caller to compare: it may not be the one asked for.
	dialer := tls.Dialer{Config: &tls.Config{ServerName: name, InsecureSkipVerify: true}}
	connection, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatalf("%q: %v", name, err)
	}
	defer func() { _ = connection.Close() }()
	shown := connection.(*tls.Conn).ConnectionState().PeerCertificates
	between := x509.NewCertPool()
	for _, c := range shown[1:] {
		between.AddCert(c)
	}
	if _, err := shown[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between}); err != nil {
		t.Errorf("%q: the %d certificates shown lead to no root: %v", name, len(shown), err)
	}
	return shown[0].DNSNames[0]
}

// askTLS gets https://name/ at an address, verifying all that a client does.
func askTLS(t *testing.T, address, name string, roots *x509.CertPool) string {
	t.Helper()
	client := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+net.JoinHostPort(name, portTLS)+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("https://%s: %s, %v", name, response.Status, err)
	}
	return string(body)
}

// newChainedCertificate is one for a name, with an RSA key under a passphrase, of an intermediate authority. The pool has the root.
func newChainedCertificate(t *testing.T, name string) (realcloud.Certificate, *x509.CertPool) {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	keys := [2]*ecdsa.PrivateKey{}
	for i := range keys {
		if keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	authority := func(serial int64, name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
			KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		}
	}
	sign := func(template, parent *x509.Certificate, public any, signer *ecdsa.PrivateKey) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
		if err != nil {
			t.Fatal(err)
		}
		signed, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	root := authority(1, "Root of the test")
	root = sign(root, root, keys[0].Public(), keys[0])
	intermediate := sign(authority(2, "Intermediate of the test"), root, keys[1].Public(), keys[0])
	leaf := sign(&x509.Certificate{
		SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}, intermediate, rsaKey.Public(), keys[1])
	roots := x509.NewCertPool()
	roots.AddCert(root)
	const passphrase = "open sesame"
	return realcloud.Certificate{
		Certificate: toPEM(leaf), Intermediates: toPEM(intermediate), PrivateKey: lockedKey(t, rsaKey, passphrase),
		PrivateKeyPassphrase: passphrase + "\n", // as editors leave it
	}, roots
}

func toPEM(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// lockedKey is an encrypted key as users make it, with openssl.
func lockedKey(t *testing.T, key *rsa.PrivateKey, passphrase string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "key.pem")
	plain := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(file, plain, 0o600); err != nil {
		t.Fatal(err)
	}
	locked, err := exec.CommandContext(t.Context(), "/usr/bin/openssl", "pkcs8", "-topk8", "-in", file, "-passout", "pass:"+passphrase).Output()
	if err != nil {
		t.Fatalf("openssl: %v", err)
	}
	return string(locked)
}
