package worker_test

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
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/acls"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/containers"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/secrets"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/barbican"
	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// tlsStory is a load balancer on a loopback address whose listener decrypts with certificates of a key manager, in front of one
// backend.
type tlsStory struct {
	*testbed.Bed
	t     *testing.T
	cloud *cloudsim.Cloud
	keys  *barbican.Client
	owner *gophercloud.ServiceClient // the key manager as the project's user sees it
	ca    authority
	log   *lockedBuffer

	lb, listener, pool string
	port               int
	// accepted is called with each request that was accepted, before it is worked; may be nil.
	accepted func()
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func beginTLS(t *testing.T, change ...func(*testbed.Options)) *tlsStory {
	t.Helper()
	s := &tlsStory{t: t, log: &lockedBuffer{}, ca: newAuthority(t, "Test CA", nil)}
	var err error
	s.cloud, err = cloudsim.New(cloudsim.Options{})
	s.ok(err)
	s.ok(s.cloud.Start(t.Context()))
	t.Cleanup(func() { _ = s.cloud.Close() })
	service := s.session("avi-lbaas", "service")
	s.keys = barbican.New(barbican.Config{}, service)
	provider, err := s.session("demo", "demo").Client(t.Context())
	s.ok(err)
	s.owner = &gophercloud.ServiceClient{
		ProviderClient: provider, Endpoint: s.cloud.KeyManagerURL() + "/", ResourceBase: s.cloud.KeyManagerURL() + "/v1/", Type: "key-manager",
	}
	e := engine.New(engine.Options{})
	t.Cleanup(func() { _ = e.Close() })
	options := testbed.Options{
		Keys: s.keys, Logger: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Simulator: avisim.Options{Engine: e},
	}
	for _, f := range change {
		f(&options)
	}
	s.Bed = testbed.New(t, options)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			w.Header()["Got-"+name] = values
		}
		_, _ = io.WriteString(w, "hello over "+r.Proto)
	}))
	t.Cleanup(backend.Close)
	lb, err := s.Service.CreateLoadBalancer(t.Context(), s.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), Name: lbaas.Given("web"), VIPAddress: lbaas.Given("127.0.0.1"),
	})
	s.settled(err)
	s.lb = lb.ID
	pool, err := s.Service.CreatePool(t.Context(), s.Caller, lbaas.PoolInput{
		LoadBalancerID: lbaas.Given(s.lb), Name: lbaas.Given("p1"), Protocol: lbaas.Given(lbaas.PoolHTTP),
		Algorithm: lbaas.Given(lbaas.RoundRobin),
	})
	s.settled(err)
	s.pool = pool.ID
	address := netip.MustParseAddrPort(backend.Listener.Addr().String())
	_, err = s.Service.CreateMember(t.Context(), s.Caller, lbaas.MemberInput{
		PoolID: lbaas.Given(s.pool), Address: lbaas.Given(address.Addr().String()), ProtocolPort: lbaas.Given(int(address.Port())),
	})
	s.settled(err)
	s.port = freePort(t)
	return s
}

func (s *tlsStory) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *tlsStory) settled(err error) {
	s.t.Helper()
	s.ok(err)
	if s.accepted != nil {
		s.accepted()
	}
	s.Settle(s.t)
}

func (s *tlsStory) session(user, project string) *keystone.Session {
	s.t.Helper()
	session, err := keystone.NewSession(keystone.Config{
		AuthURL: s.cloud.IdentityURL(), Username: user, Password: cloudsim.DemoPassword, UserDomainName: "Default",
		ProjectName: project, ProjectDomainName: "Default",
	}, slog.New(slog.DiscardHandler))
	s.ok(err)
	s.t.Cleanup(session.Close)
	return session
}

// addListener makes the listener, with the pool as its default.
func (s *tlsStory) addListener(in lbaas.ListenerTLSInput) {
	s.t.Helper()
	l, err := s.Service.CreateListener(s.t.Context(), s.Caller, s.listenerInput(in))
	s.settled(err)
	s.listener = l.ID
}

func (s *tlsStory) listenerInput(in lbaas.ListenerTLSInput) lbaas.ListenerInput {
	return lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(s.lb), Name: lbaas.Given("l1"), Protocol: lbaas.Given(lbaas.ListenerTerminatedHTTPS),
		ProtocolPort: lbaas.Given(s.port), DefaultPoolID: lbaas.Given(s.pool), ListenerTLSInput: in,
	}
}

func (s *tlsStory) updateListener(in lbaas.ListenerTLSInput) {
	s.t.Helper()
	_, err := s.Service.UpdateListener(s.t.Context(), s.Caller, s.listener, lbaas.ListenerInput{ListenerTLSInput: in})
	s.settled(err)
}

func (s *tlsStory) mustBeActive() {
	s.t.Helper()
	if lb := s.Tree(s.t, s.lb).LoadBalancer; lb.ProvisioningStatus != lbaas.Active {
		s.t.Fatalf("the load balancer is %s: %s", lb.ProvisioningStatus, lb.StatusReason)
	}
}

// ofType are the objects of a type at the Controller that we made, by uuid.
func (s *tlsStory) ofType(typ string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for key, o := range s.Objects() {
		if rest, ok := bytes.CutPrefix([]byte(key), []byte(typ+"/")); ok && o["created_by"] != nil {
			found[string(rest)] = o
		}
	}
	return found
}

// keep puts a secret into the key manager, as the project's user, and lets the service read it.
func (s *tlsStory) keep(payload []byte, binary bool) string {
	s.t.Helper()
	opts := secrets.CreateOpts{Payload: string(payload), PayloadContentType: "text/plain"}
	if binary {
		opts.Payload = base64.StdEncoding.EncodeToString(payload)
		opts.PayloadContentType, opts.PayloadContentEncoding = "application/octet-stream", "base64"
	}
	made, err := secrets.Create(s.t.Context(), s.owner, opts).Extract()
	s.ok(err)
	s.ok(acls.SetSecretACL(s.t.Context(), s.owner, last(made.SecretRef), s.readers()).Err)
	return made.SecretRef
}

func (s *tlsStory) readers() acls.SetOpts {
	users := []string{s.cloud.UserID("avi-lbaas")}
	return acls.SetOpts{{Type: "read", Users: &users}}
}

func last(ref string) string { return lbaas.ContainerID(ref) }

// contain puts a certificate into a container that the service may read.
func (s *tlsStory) contain(m certificate.Material) string {
	s.t.Helper()
	opts := containers.CreateOpts{Type: containers.CertificateContainer}
	for name, secret := range s.keepParts(m) {
		opts.SecretRefs = append(opts.SecretRefs, containers.SecretRef{Name: name, SecretRef: secret})
	}
	made, err := containers.Create(s.t.Context(), s.owner, opts).Extract()
	s.ok(err)
	s.ok(acls.SetContainerACL(s.t.Context(), s.owner, last(made.ContainerRef), s.readers()).Err)
	return made.ContainerRef
}

func (s *tlsStory) keepParts(m certificate.Material) map[string]string {
	parts := map[string]string{}
	for name, content := range map[string][]byte{
		"certificate": m.Certificate, "private_key": m.PrivateKey, "intermediates": m.Intermediates, "private_key_passphrase": m.Passphrase,
	} {
		if len(content) > 0 {
			parts[name] = s.keep(content, false)
		}
	}
	return parts
}

func (s *tlsStory) renew(ref string, m certificate.Material) {
	s.t.Helper()
	s.cloud.RenewContainer(ref, s.keepParts(m))
}

// authority signs certificates.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

var serial = struct {
	sync.Mutex
	next int64
}{next: 1}

func nextSerial() *big.Int {
	serial.Lock()
	defer serial.Unlock()
	serial.next++
	return big.NewInt(serial.next)
}

func newAuthority(t *testing.T, name string, parent *authority) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: nextSerial(), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:  x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	signer, signerKey := template, key
	if parent != nil {
		signer, signerKey = parent.cert, parent.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer, key.Public(), signerKey)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{t: t, cert: cert, key: key}
}

func (a authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue makes a certificate for the names, with an EC key; without names the common name is all it has.
func (a authority) issue(commonName string, names ...string) certificate.Material {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.issueFor(key, commonName, names...)
}

func (a authority) issueRSA(commonName string, names ...string) certificate.Material {
	a.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.issueFor(key, commonName, names...)
}

func (a authority) issueFor(key crypto.Signer, commonName string, names ...string) certificate.Material {
	a.t.Helper()
	template := &x509.Certificate{
		SerialNumber: nextSerial(), Subject: pkix.Name{CommonName: commonName}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	return certificate.Material{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		PrivateKey:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}
}

// revoke makes a list that takes certificates back.
func (a authority) revoke(revoked ...certificate.Material) []byte {
	a.t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour)}
	for _, m := range revoked {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: parsedLeaf(a.t, m).SerialNumber, RevocationTime: time.Now(),
		})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.cert, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

func parsedLeaf(t *testing.T, m certificate.Material) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(m.Certificate)
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func bundle(t *testing.T, m certificate.Material, chain ...authority) []byte {
	t.Helper()
	pair, err := tls.X509KeyPair(m.Certificate, m.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	var cas []*x509.Certificate
	for _, a := range chain {
		cas = append(cas, a.cert)
	}
	der, err := pkcs12.Modern.Encode(pair.PrivateKey, pair.Leaf, cas, "")
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// dial makes a handshake with a client that names a host and trusts the story's authority; it looks at the chain, not at names.
func (s *tlsStory) dial(name string, change ...func(*tls.Config)) (*tls.Conn, error) {
	config := &tls.Config{ServerName: name, InsecureSkipVerify: true}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		intermediates := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			intermediates.AddCert(c)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: s.ca.pool(), Intermediates: intermediates})
		return err
	}
	for _, f := range change {
		f(config)
	}
	return tls.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), config)
}

// shown is the common name of the certificate that a client that names a host is shown.
func (s *tlsStory) shown(name string) string {
	s.t.Helper()
	conn, err := s.dial(name)
	if err != nil {
		s.t.Errorf("handshake for %q: %v", name, err)
		return ""
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// page is the answer that a client got.
type page struct {
	status            int
	proto, hsts, body string
	header            http.Header // with the request's own as the backend got them, behind "Got-"
}

// get asks for a page as a client that names a host.
func (s *tlsStory) get(name string, change ...func(*tls.Config)) (page, error) {
	return s.getPath(name, "/", change...)
}

func (s *tlsStory) getPath(name, path string, change ...func(*tls.Config)) (page, error) {
	config := &tls.Config{ServerName: name, InsecureSkipVerify: true}
	for _, f := range change {
		f(config)
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, "https://127.0.0.1:"+strconv.Itoa(s.port)+path, http.NoBody)
	s.ok(err)
	request.Header.Set("X-SSL-Client-DN", "CN=somebody else") // what clients claim themselves
	response, err := client.Do(request)
	if err != nil {
		return page{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return page{response.StatusCode, response.Proto, response.Header.Get("Strict-Transport-Security"), string(body), response.Header}, err
}

// encryptedWithPassphrase is a certificate for encrypted.example.com whose key OpenSSL encrypted (pkcs8 -topk8 -v2 aes-256-cbc).
func encryptedWithPassphrase() certificate.Material {
	return certificate.Material{
		Certificate: []byte(encryptedCertificate), PrivateKey: []byte(encryptedKey), Passphrase: []byte("correct horse battery"),
	}
}

// faultOnce fails the next request about a type, with an answer that passes.
func faultOnce(typ string) avisim.Fault {
	return avisim.Fault{Type: typ, Action: avisim.FaultFail, Status: http.StatusServiceUnavailable, Body: "initializing", Count: 1}
}

// databaseFiles are the store's.
func databaseFiles(t *testing.T, s *tlsStory) []string {
	t.Helper()
	files, err := filepath.Glob(s.DatabasePath + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no database files (%v)", err)
	}
	return files
}
