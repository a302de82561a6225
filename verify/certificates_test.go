//go:build verify

package verify_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/containers"

	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

const portCertificates = 18445

// keyring is what a test has put into Barbican, for a service of its own that logs all it can.
type keyring struct {
	*site
	t       *testing.T
	reader  string // the id of the service's user
	address string // the service's
	config  string // its configuration file
	program *program
	// secret are all texts that nobody but Barbican and the Controller may keep.
	secret map[string][]byte
	lb     string
	vip    string
}

// Certificates of every kind out of a real Barbican, each shown to whom it is for; what cannot serve is refused; what is renewed
// is shown at once; nothing is left in the end, and no key was written anywhere.
func (s *site) testCertificates(t *testing.T) {
	t.Parallel()
	k := s.newKeyring(t)
	locked, _ := newChainedCertificate(t, "locked.example.org")
	k.secret["passphrase"] = []byte(strings.TrimSpace(locked.PrivateKeyPassphrase))
	kinds := map[string]realcloud.Certificate{
		"default.example.org":  k.issue(identity{name: "default.example.org"}),
		"rsa.example.org":      k.issue(identity{name: "rsa", names: []string{"rsa.example.org", "alias.example.org"}, rsa: true}),
		"cn.example.org":       k.issue(identity{name: "cn.example.org", nameless: true}),
		"any.wild.example.org": k.issue(identity{name: "wild", names: []string{"*.wild.example.org"}}),
		"expired.example.org":  k.issue(identity{name: "expired.example.org", expired: true}),
		"locked.example.org":   locked,
	}
	refs := map[string]string{}
	for name, c := range kinds {
		refs[name] = k.contain(containers.CertificateContainer, c).Ref
	}
	bundled := k.issue(identity{name: "bundle", names: []string{"bundle.example.org"}, rsa: true})
	kinds["bundle.example.org"], refs["bundle.example.org"] = bundled, k.keep(pkcs12(t, bundled))
	renewable := k.contain(containers.GenericContainer, k.issue(identity{name: "renewed.example.org"}))
	refs["renewed.example.org"] = renewable.Ref
	k.refusals(kinds)

	k.secret["token"] = []byte(s.demo.Token())
	sni := slices.DeleteFunc(slices.Sorted(maps.Values(refs)), func(ref string) bool { return ref == refs["default.example.org"] })
	listener := k.must(http.MethodPost, "listeners", map[string]any{"listener": map[string]any{
		"loadbalancer_id": k.lb, "protocol": "TERMINATED_HTTPS", "protocol_port": portCertificates,
		"default_tls_container_ref": refs["default.example.org"], "sni_container_refs": sni,
	}}, http.StatusCreated)
	id := fmt.Sprint(listener["listener"].(map[string]any)["id"])
	k.settledLB()
	kinds["alias.example.org"], kinds["nobody.example.org"], kinds[""] = kinds["rsa.example.org"], kinds["default.example.org"], kinds["default.example.org"]
	for name, c := range kinds {
		k.isShown(name, c)
	}
	k.renewals(id, renewable, refs)
	k.nothingLeft(id, slices.Collect(maps.Values(refs)))
	k.secretsAreWrittenNowhere()
}

func (s *site) newKeyring(t *testing.T) *keyring {
	t.Helper()
	k := &keyring{
		site: s, t: t, reader: s.cloud.Identity().UserID(realcloud.UserService), address: freeAddress(t), secret: map[string][]byte{},
	}
	k.program = s.serve(t, service{address: k.address, database: filepath.Join(t.TempDir(), "avi-lbaas.sqlite"), debug: true})
	k.config = k.program.cmd.Args[len(k.program.cmd.Args)-1]
	n := s.network(t, s.demo, "certificates", "127.92.0.0/24", false)
	made := k.must(http.MethodPost, "loadbalancers", onSubnet("certificates", n.SubnetID), http.StatusCreated)
	lb := made["loadbalancer"].(map[string]any)
	k.lb, k.vip = fmt.Sprint(lb["id"]), fmt.Sprint(lb["vip_address"])
	k.settledLB()
	return k
}

func (k *keyring) api(u *realcloud.User, method, path string, body any) answer {
	k.t.Helper()
	return request(k.t, u.Token(), method, "http://"+k.address+"/v2/lbaas/"+path, body)
}

func (k *keyring) must(method, path string, body any, status int) map[string]any {
	k.t.Helper()
	a := k.api(k.demo, method, path, body)
	if a.status != status {
		k.t.Fatalf("%s %s: %d %v", method, path, a.status, a.body)
	}
	return a.body
}

func (k *keyring) settledLB() {
	k.t.Helper()
	eventually(k.t, "the load balancer is ACTIVE", func() bool {
		a := k.api(k.demo, http.MethodGet, "loadbalancers/"+k.lb, nil)
		lb, _ := a.body["loadbalancer"].(map[string]any)
		if lb["provisioning_status"] == "ERROR" {
			k.t.Fatalf("%v\n%s", lb, k.program.said())
		}
		return lb["provisioning_status"] == "ACTIVE"
	})
}

// identity is what a certificate says.
type identity struct {
	name     string   // the common name
	names    []string // subject alternative names; none: the common name
	nameless bool     // none at all
	rsa      bool
	expired  bool
}

// issue makes a certificate that signs itself. Its key is remembered as secret.
func (k *keyring) issue(i identity) realcloud.Certificate {
	k.t.Helper()
	var key crypto.Signer
	var err error
	if i.rsa {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	if len(i.names) == 0 && !i.nameless {
		i.names = []string{i.name}
	}
	ends := time.Now().Add(time.Hour)
	if i.expired {
		ends = time.Now().Add(-time.Minute)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: i.name}, DNSNames: i.names,
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: ends,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, key.Public(), key)
	if err != nil {
		k.t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		k.t.Fatal(err)
	}
	return k.remember(realcloud.Certificate{
		Certificate: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		PrivateKey:  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})),
	})
}

// remember notes what of a certificate is secret: the lines of its key, and the key's own number in every common form.
func (k *keyring) remember(c realcloud.Certificate) realcloud.Certificate {
	k.t.Helper()
	block, _ := pem.Decode([]byte(c.PrivateKey))
	if block == nil {
		return c
	}
	for line := range strings.Lines(c.PrivateKey) {
		if line = strings.TrimSpace(line); len(line) > 20 && !strings.HasPrefix(line, "-----") {
			k.secret["line "+line[:8]] = []byte(line)
		}
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return c // encrypted: its lines are what there is
	}
	var number []byte
	switch key := parsed.(type) {
	case *ecdsa.PrivateKey:
		if number, err = key.Bytes(); err != nil {
			k.t.Fatal(err)
		}
	case *rsa.PrivateKey:
		number = key.D.Bytes()
	}
	k.secret[fmt.Sprintf("number %x", number[:4])] = number
	k.secret[fmt.Sprintf("DER %x", number[:4])] = block.Bytes
	return c
}

func (k *keyring) contain(kind containers.ContainerType, c realcloud.Certificate) realcloud.Stored {
	k.t.Helper()
	stored, err := k.demo.Contain(k.t.Context(), kind, k.remember(c), k.reader)
	if err != nil {
		k.t.Fatal(err)
	}
	return stored
}

func (k *keyring) keep(bundle []byte) string {
	k.t.Helper()
	ref, err := k.demo.Keep(k.t.Context(), bundle, true, k.reader)
	if err != nil {
		k.t.Fatal(err)
	}
	return ref
}

// refusals are containers that cannot serve, and one that another project owns. Nothing is changed by them.
func (k *keyring) refusals(kinds map[string]realcloud.Certificate) {
	k.t.Helper()
	mismatched, keyless, unlocked := kinds["rsa.example.org"], kinds["rsa.example.org"], kinds["locked.example.org"]
	mismatched.PrivateKey, keyless.PrivateKey = kinds["default.example.org"].PrivateKey, ""
	unlocked.PrivateKeyPassphrase = "not the passphrase"
	foreign, err := k.alt.Contain(k.t.Context(), containers.CertificateContainer, k.issue(identity{name: "foreign.example.org"}), k.reader)
	if err != nil {
		k.t.Fatal(err)
	}
	for why, ref := range map[string]string{
		"its private key does not match its certificate": k.contain(containers.GenericContainer, mismatched).Ref,
		"it has no private key":                          k.contain(containers.GenericContainer, keyless).Ref,
		"passphrase":                                     k.contain(containers.GenericContainer, unlocked).Ref,
		"you may not see it":                             foreign.Ref,
		"it is not a readable PKCS #12 bundle":           k.keep([]byte("no bundle")),
	} {
		a := k.api(k.demo, http.MethodPost, "listeners", map[string]any{"listener": terminated(k.lb, ref)})
		if a.status != http.StatusBadRequest || !strings.Contains(a.fault(), ref) || !strings.Contains(a.fault(), why) {
			k.t.Errorf("%s: answered %d %v, want 400 that names it with %q", ref, a.status, a.body, why)
		}
	}
}

// isShown wants a client that asks for a name to be shown a certificate, with what leads to its root.
func (k *keyring) isShown(name string, want realcloud.Certificate) {
	k.t.Helper()
	block, _ := pem.Decode([]byte(want.Certificate))
	dialer := tls.Dialer{Config: &tls.Config{ServerName: name, InsecureSkipVerify: true}}
	address := net.JoinHostPort(k.vip, fmt.Sprint(portCertificates))
	var shown []*x509.Certificate
	connection, err := dialer.DialContext(k.t.Context(), "tcp", address)
	if err == nil {
		shown = connection.(*tls.Conn).ConnectionState().PeerCertificates
		_ = connection.Close()
	}
	switch {
	case err != nil:
		k.t.Errorf("%q: %v", name, err)
	case !bytes.Equal(shown[0].Raw, block.Bytes):
		k.t.Errorf("%q is shown the certificate of %s %v", name, shown[0].Subject, shown[0].DNSNames)
	case (want.Intermediates != "") != (len(shown) > 1):
		k.t.Errorf("%q is shown %d certificates", name, len(shown))
	}
}

// renewals put another certificate into a container, and another container in the place of one.
func (k *keyring) renewals(listener string, renewable realcloud.Stored, refs map[string]string) {
	k.t.Helper()
	renewed := k.issue(identity{name: "renewed.example.org", rsa: true})
	if err := k.demo.Renew(k.t.Context(), renewable, renewed, k.reader); err != nil {
		k.t.Fatal(err)
	}
	out, err := exec.CommandContext(k.t.Context(), k.binary, "resync", "--config-file", k.config, k.lb).CombinedOutput()
	if err != nil {
		k.t.Fatalf("resync: %v\n%s", err, out)
	}
	k.settledLB()
	k.isShown("renewed.example.org", renewed)
	other := k.issue(identity{name: "default.example.org"})
	refs["default, renewed"] = k.contain(containers.CertificateContainer, other).Ref
	k.must(http.MethodPut, "listeners/"+listener, map[string]any{"listener": map[string]any{
		"default_tls_container_ref": refs["default, renewed"],
	}}, http.StatusOK)
	k.settledLB()
	k.isShown("default.example.org", other)
	c := k.cli(k.t, k.demo)
	if held := c.controllerObjects(k.t, lastOf(refs["default.example.org"])); len(held) != 0 {
		k.t.Errorf("of the container that went the Controller holds %v", held)
	}
	if held := c.controllerObjects(k.t, lastOf(renewable.Ref)); held["sslkeyandcertificate"] != 1 {
		k.t.Errorf("of the renewed container the Controller holds %v, want one certificate", held)
	}
}

// nothingLeft deletes the load balancer and counts what names it.
func (k *keyring) nothingLeft(listener string, refs []string) {
	k.t.Helper()
	k.must(http.MethodDelete, "loadbalancers/"+k.lb+"?cascade=true", nil, http.StatusNoContent)
	eventually(k.t, "the load balancer is gone", func() bool {
		return k.api(k.demo, http.MethodGet, "loadbalancers/"+k.lb, nil).status == http.StatusNotFound
	})
	ids := []string{k.lb, listener}
	for _, ref := range refs {
		ids = append(ids, lastOf(ref))
	}
	for _, id := range ids {
		if held := k.cli(k.t, k.demo).controllerObjects(k.t, id); len(held) != 0 {
			k.t.Errorf("the Controller still holds %v of %s", held, id)
		}
	}
}

// secretsAreWrittenNowhere searches all that the service has written: its database with what is beside it, and its log at debug
// level; and its configuration. What the Controller keeps is not searched: to have the keys is what it is for.
func (k *keyring) secretsAreWrittenNowhere() {
	k.t.Helper()
	database := strings.TrimSpace(strings.TrimPrefix(between(k.t, k.config, "connection = ", "\n"), "sqlite:///"))
	files, err := filepath.Glob(database + "*")
	if err != nil || len(files) < 2 {
		k.t.Fatalf("the database and its journal: %v, %v", files, err)
	}
	for _, file := range append(files, k.config, k.program.output) {
		content, err := os.ReadFile(file)
		if err != nil {
			k.t.Fatal(err)
		}
		for what, secret := range k.secret {
			for form, text := range map[string][]byte{
				"itself": secret, "hex": fmt.Appendf(nil, "%x", secret), "base64": []byte(base64.StdEncoding.EncodeToString(secret)),
				"URL-safe base64": []byte(base64.RawURLEncoding.EncodeToString(secret)), "a number": []byte(new(big.Int).SetBytes(secret).String()),
			} {
				if bytes.Contains(content, text) {
					k.t.Errorf("%s has the %s as %s", filepath.Base(file), what, form)
				}
			}
		}
		if bytes.Contains(content, []byte("PRIVATE KEY-----")) {
			k.t.Errorf("%s has a private key", filepath.Base(file))
		}
	}
	if log := k.program.said(); !strings.Contains(log, "level=DEBUG") || !strings.Contains(log, "sslkeyandcertificate") {
		k.t.Error("the log does not say much: the search means nothing")
	}
}

// between is the text of a file between two others.
func between(t *testing.T, file, before, after string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(content), before)
	if !found {
		t.Fatalf("%s has no %q", file, before)
	}
	text, _, _ := strings.Cut(rest, after)
	return text
}
