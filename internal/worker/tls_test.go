package worker_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/containers"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// Every name gets its own certificate, chain included, and an answer from the pool, whatever form the key manager has it in.
func TestEachNameGetsItsCertificate(t *testing.T) {
	s := beginTLS(t)
	intermediate := newAuthority(t, "Intermediate", &s.ca)
	chained := intermediate.issue("chained", "chained.example.com")
	chained.Intermediates = append(s.ca.pem(), intermediate.pem()...)
	s.addListener(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef: lbaas.Given(s.contain(s.ca.issue("default", "www.example.com"))),
		SNIContainerRefs: lbaas.Given([]string{
			s.contain(s.ca.issueRSA("rsa", "rsa.example.com", "alias.example.com")),
			s.contain(chained),
			s.keep(bundle(t, intermediate.issue("pkcs12", "pkcs12.example.com"), intermediate), true),
			s.contain(s.ca.issue("cn.example.com")),
			s.contain(s.ca.issue("wildcard", "*.example.org")),
		}),
	})
	s.mustBeActive()
	for name, want := range map[string]string{
		"": "default", "www.example.com": "default", "unknown.example.com": "default",
		"rsa.example.com": "rsa", "alias.example.com": "rsa", "chained.example.com": "chained",
		"pkcs12.example.com": "pkcs12", "cn.example.com": "cn.example.com", "a.example.org": "wildcard",
	} {
		if got := s.shown(name); got != want {
			t.Errorf("%q was shown %q, want %q", name, got, want)
		}
		if got, err := s.get(name); err != nil || got.status != http.StatusOK || !strings.HasPrefix(got.body, "hello") {
			t.Errorf("%q: answer %q, %v", name, got.body, err)
		}
	}
	// Containers go, and with them their virtual services, pool copies and certificates; in the end nothing is left.
	s.updateListener(lbaas.ListenerTLSInput{SNIContainerRefs: lbaas.GivenNull[[]string]()})
	s.mustBeActive()
	if certificates, services := s.ofType("sslkeyandcertificate"), s.ofType("virtualservice"); len(certificates) != 1 || len(services) != 1 {
		t.Errorf("%d certificates and %d virtual services are left, want 1 of each", len(certificates), len(services))
	}
	if got := s.shown("rsa.example.com"); got != "default" {
		t.Errorf("a name without its container was shown %q", got)
	}
	s.settled(s.Service.DeleteLoadBalancer(t.Context(), s.Caller, s.lb, true))
	if left := s.Objects(); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

// A renewed container reaches the Controller with the listener's next update; no client notices.
func TestRenewalLeavesNoGap(t *testing.T) {
	s := beginTLS(t)
	www := s.contain(s.ca.issue("old", "www.example.com"))
	shop := s.contain(s.ca.issue("old shop", "shop.example.com"))
	s.addListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(www), SNIContainerRefs: lbaas.Given([]string{shop})})
	before := s.ofType("sslkeyandcertificate")
	stop, failures := make(chan struct{}), make(chan error, 1)
	var polling sync.WaitGroup
	var asked atomic.Int64
	polling.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			for _, name := range []string{"www.example.com", "shop.example.com"} {
				got, err := s.get(name)
				if err == nil && got.status != http.StatusOK {
					err = fmt.Errorf("%s: answer %d", name, got.status)
				}
				asked.Add(1)
				if err != nil {
					select {
					case failures <- err:
					default:
					}
				}
			}
		}
	})
	s.renew(www, s.ca.issue("new", "www.example.com"))
	s.renew(shop, s.ca.issue("new shop", "shop.example.com"))
	s.updateListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(www)})
	s.renew(shop, s.ca.issue("newest shop", "shop.example.com"))
	s.settled(s.Store.Resync(t.Context(), s.lb))
	// A few more when all is done, so that on a slow machine too some were asked before and some after.
	for enough := asked.Load() + 10; asked.Load() < enough; {
		runtime.Gosched()
	}
	close(stop)
	polling.Wait()
	select {
	case err := <-failures:
		t.Errorf("a client noticed: %v", err)
	default:
	}
	s.mustBeActive()
	for name, want := range map[string]string{"www.example.com": "new", "shop.example.com": "newest shop"} {
		if got := s.shown(name); got != want {
			t.Errorf("%s is shown %q, want %q", name, got, want)
		}
	}
	after := s.ofType("sslkeyandcertificate")
	if len(after) != 2 {
		t.Errorf("%d certificates after the renewal, want 2", len(after))
	}
	for uuid := range before {
		if after[uuid] != nil {
			t.Errorf("the old certificate %s is still there", uuid)
		}
	}
}

// What LBaaS v2 does not say of a certificate or an SNI child stays as somebody set it.
func TestHandSetFieldsOfTLSObjectsSurvive(t *testing.T) {
	s := beginTLS(t)
	s.addListener(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef: lbaas.Given(s.contain(s.ca.issue("default", "www.example.com"))),
		SNIContainerRefs:       lbaas.Given([]string{s.contain(s.ca.issue("shop", "shop.example.com"))}),
		HSTSMaxAge:             lbaas.Given(30 * lbaas.SecondsPerDay),
		TLSVersions:            lbaas.Given([]lbaas.TLSVersion{lbaas.TLSv12}),
	})
	s.mustBeActive()
	tenant := translate.TenantUUID(project)
	edits := map[string]avi.Object{}
	set := func(typ, uuid string, fields avi.Object) {
		o, err := s.Client.Get(t.Context(), tenant, typ, uuid)
		s.ok(err)
		for name, value := range fields {
			if nested, ok := value.(map[string]any); ok {
				maps.Copy(o[name].(map[string]any), nested)
				continue
			}
			o[name] = value
		}
		_, err = s.Client.Replace(t.Context(), tenant, typ, uuid, o)
		s.ok(err)
		edits[typ+"/"+uuid] = fields
	}
	for uuid := range s.ofType("sslkeyandcertificate") {
		set("sslkeyandcertificate", uuid, avi.Object{"enable_ocsp_stapling": true})
	}
	for uuid := range s.ofType("virtualservice") {
		set("virtualservice", uuid, avi.Object{"allow_invalid_client_cert": true})
	}
	set("sslprofile", "sslprofile-"+s.listener, avi.Object{"send_close_notify": false})
	set("applicationprofile", "applicationprofile-"+s.listener,
		avi.Object{"http_profile": map[string]any{"httponly_enabled": false}})
	s.updateListener(lbaas.ListenerTLSInput{
		HSTSMaxAge: lbaas.Given(60 * lbaas.SecondsPerDay), TLSVersions: lbaas.Given([]lbaas.TLSVersion{lbaas.TLSv12, lbaas.TLSv13}),
	})
	s.settled(s.Store.Resync(t.Context(), s.lb))
	s.mustBeActive()
	for key, fields := range edits {
		typ, uuid, _ := strings.Cut(key, "/")
		o, err := s.Client.Get(t.Context(), tenant, typ, uuid)
		s.ok(err)
		for name, want := range fields {
			if nested, ok := want.(map[string]any); ok {
				for inner, v := range nested {
					if got := o[name].(map[string]any)[inner]; got != v {
						t.Errorf("%s: %s.%s is %v, want %v", key, name, inner, got, v)
					}
				}
			} else if o[name] != want {
				t.Errorf("%s: %s is %v, want %v", key, name, o[name], want)
			}
		}
	}
	if age := at(s.Objects()["applicationprofile/applicationprofile-"+s.listener], "http_profile", "hsts_max_age"); fmt.Sprint(age) != "60" {
		t.Errorf("hsts_max_age is %v, want 60", age)
	}
}

// Nothing that is written anywhere has a private key or its passphrase in it.
func TestKeysAreWrittenNowhere(t *testing.T) {
	s := beginTLS(t)
	first, second, bad := s.ca.issue("a", "a.example.com"), s.ca.issueRSA("b", "b.example.com"), s.ca.issue("c", "c.example.com")
	encrypted := encryptedWithPassphrase()
	bad.PrivateKey = s.ca.issue("d", "d.example.com").PrivateKey
	a, b := s.contain(first), s.contain(second)
	s.addListener(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef: lbaas.Given(a), SNIContainerRefs: lbaas.Given([]string{b, s.contain(encrypted)}),
	})
	s.mustBeActive()
	_, err := s.Service.UpdateListener(t.Context(), s.Caller, s.listener, lbaas.ListenerInput{
		ListenerTLSInput: lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(s.contain(bad))},
	})
	if err == nil {
		t.Error("a key that does not match was accepted")
	}
	s.renew(a, s.ca.issue("a2", "a.example.com"))
	s.ok(s.Sim.AddFault(faultOnce("sslkeyandcertificate")))
	s.updateListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(a)})
	texts := map[string]string{"log": s.log.String(), "error": fmt.Sprintf("%v %+v %#v", err, err, err)}
	for _, file := range databaseFiles(t, s) {
		content, readErr := os.ReadFile(file)
		s.ok(readErr)
		texts[filepath.Base(file)] = string(content)
	}
	texts["tree"] = fmt.Sprintf("%+v", s.Tree(t, s.lb))
	for _, m := range []certificate.Material{first, second, encrypted, bad} {
		c, parseErr := certificate.Parse(m)
		texts["printed"] += fmt.Sprintf("%v %+v %#v %v %+v %#v", m, m, m, c, parseErr, []any{m, c})
		for where, text := range texts {
			for _, line := range secretLines(m) {
				if strings.Contains(text, line) {
					t.Errorf("the %s has a part of a private key", where)
				}
			}
		}
	}
	if !strings.Contains(texts["log"], "sslkeyandcertificate") {
		t.Error("the log says nothing of certificates: the search means nothing")
	}
}

// secretLines are the lines of a key's text, and its passphrase.
func secretLines(m certificate.Material) []string {
	var secret []string
	for line := range strings.Lines(string(m.PrivateKey)) {
		if line = strings.TrimSpace(line); len(line) > 20 && !strings.HasPrefix(line, "-----") {
			secret = append(secret, line)
		}
	}
	if len(m.Passphrase) > 0 {
		secret = append(secret, string(m.Passphrase))
	}
	if c, err := certificate.Parse(m); err == nil {
		for line := range strings.Lines(c.KeyPEM.Reveal()) {
			if line = strings.TrimSpace(line); len(line) > 20 && !strings.HasPrefix(line, "-----") {
				secret = append(secret, line)
			}
		}
	}
	return secret
}

// Clients authenticate, certificates are taken back, and HSTS and HTTP/2 are as asked.
func TestClientAuthenticationHSTSAndHTTP2(t *testing.T) {
	s := beginTLS(t)
	good, revoked, foreign := s.ca.issue("good"), s.ca.issue("revoked"), newAuthority(t, "Other CA", nil).issue("foreign")
	s.addListener(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef:  lbaas.Given(s.contain(s.ca.issue("default", "www.example.com"))),
		ClientCATLSContainerRef: lbaas.Given(s.keep(s.ca.pem(), false)),
		ClientCRLContainerRef:   lbaas.Given(s.keep(s.ca.revoke(revoked), false)),
		ClientAuthentication:    lbaas.Given(lbaas.ClientAuthMandatory),
		HSTSMaxAge:              lbaas.Given(365 * lbaas.SecondsPerDay), HSTSIncludeSubdomains: lbaas.Given(true),
		ALPNProtocols: lbaas.Given([]string{"h2", "http/1.1"}),
		TLSCiphers:    lbaas.Given("TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256"),
	})
	s.mustBeActive()
	with := func(m certificate.Material) func(*tls.Config) {
		pair, err := tls.X509KeyPair(m.Certificate, m.PrivateKey)
		s.ok(err)
		return func(c *tls.Config) { c.Certificates = []tls.Certificate{pair} }
	}
	got, err := s.get("www.example.com", with(good))
	if err != nil || got.status != http.StatusOK {
		t.Fatalf("a good client: %v", err)
	}
	if got.proto != "HTTP/2.0" || got.hsts != "max-age=31536000; includeSubDomains" {
		t.Errorf("%s, HSTS %q", got.proto, got.hsts)
	}
	refused := func(why string, change ...func(*tls.Config)) {
		t.Helper()
		if _, err := s.get("www.example.com", change...); err == nil {
			t.Errorf("%s: a client was let in", why)
		}
	}
	refused("revoked", with(revoked))
	refused("of another authority", with(foreign))
	refused("without a certificate")
	s.updateListener(lbaas.ListenerTLSInput{ClientAuthentication: lbaas.Given(lbaas.ClientAuthOptional)})
	if _, err := s.get("www.example.com"); err != nil {
		t.Errorf("without a certificate, which is optional: %v", err)
	}
	refused("revoked, where it is optional", with(revoked))
	// Everything back to the Controller's own: our profiles go.
	s.updateListener(lbaas.ListenerTLSInput{
		ClientAuthentication: lbaas.GivenNull[lbaas.ClientAuthentication](), ClientCRLContainerRef: lbaas.GivenNull[string](),
		ClientCATLSContainerRef: lbaas.GivenNull[string](), HSTSMaxAge: lbaas.GivenNull[int](),
		ALPNProtocols: lbaas.GivenNull[[]string](), TLSCiphers: lbaas.GivenNull[string](),
	})
	s.mustBeActive()
	for key := range s.Objects() {
		if typ, _, _ := strings.Cut(key, "/"); slices.Contains([]string{"pkiprofile", "sslprofile", "applicationprofile"}, typ) {
			t.Errorf("left over: %s", key)
		}
	}
	if got, err := s.get("www.example.com", with(revoked)); err != nil || got.proto != "HTTP/1.1" {
		t.Errorf("nothing is asked of clients any more: %v", err)
	}
}

// A certificate that the Python driver made is found by its name and used as it is; another one under the name is left alone.
func TestCertificatesOfThePythonDriverAreUsed(t *testing.T) {
	s := beginTLS(t)
	same, other := s.ca.issue("same", "same.example.com"), s.ca.issue("other", "other.example.com")
	refs := []string{s.contain(same), s.contain(other)}
	tenant := translate.TenantUUID(project)
	theirs := make([]string, 2)
	for i, m := range []certificate.Material{same, s.ca.issue("not this", "x.example.com")} {
		made, err := s.Client.Create(t.Context(), tenant, "sslkeyandcertificate", "", avi.Object{
			"name":        "sslkeyandcertificate-" + last(refs[i]),
			"certificate": map[string]any{"certificate": string(m.Certificate)}, "key": string(m.PrivateKey),
		})
		s.ok(err)
		theirs[i], _ = made["uuid"].(string)
	}
	s.addListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(refs[0]), SNIContainerRefs: lbaas.Given(refs[1:])})
	s.mustBeActive()
	vs, err := s.Client.Get(t.Context(), tenant, "virtualservice", translate.VirtualServiceUUID(s.listener))
	s.ok(err)
	if used := fmt.Sprint(vs["ssl_key_and_certificate_refs"]); !strings.Contains(used, theirs[0]) {
		t.Errorf("the listener uses %s, want %s", used, theirs[0])
	}
	if got := s.shown("other.example.com"); got != "other" {
		t.Errorf("shown %q", got)
	}
	// Nothing is written where nothing changed, also with a name that is not ours.
	s.Sim.ResetRequests()
	s.updateListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(refs[0])})
	if sent := s.Sim.Requests(); len(sent) != 0 {
		t.Errorf("requests without a change: %v", sent)
	}
	s.mustBeAsPlanned()
	s.settled(s.Store.Resync(t.Context(), s.lb))
	s.mustBeActive()
	s.mustBeAsPlanned()
	s.settled(s.Service.DeleteLoadBalancer(t.Context(), s.Caller, s.lb, true))
	for key := range s.Objects() {
		if key != "sslkeyandcertificate/"+theirs[1] {
			t.Errorf("left over: %s", key)
		}
	}
}

// Load balancers of one project share a certificate; the last one removes it.
func TestSharedCertificatesStayUntilTheLastOneGoes(t *testing.T) {
	s := beginTLS(t)
	ref := s.contain(s.ca.issue("shared", "www.example.com"))
	s.addListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(ref)})
	lb, err := s.Service.CreateLoadBalancer(t.Context(), s.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), Name: lbaas.Given("second"), VIPAddress: lbaas.Given("127.0.0.2"),
	})
	s.settled(err)
	in := s.listenerInput(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(ref)})
	in.LoadBalancerID, in.DefaultPoolID = lbaas.Given(lb.ID), lbaas.Attr[string]{}
	_, err = s.Service.CreateListener(t.Context(), s.Caller, in)
	s.settled(err)
	if n := len(s.ofType("sslkeyandcertificate")); n != 1 {
		t.Errorf("%d certificates for one container, want 1", n)
	}
	s.settled(s.Service.DeleteLoadBalancer(t.Context(), s.Caller, lb.ID, true))
	if _, err := s.Service.LoadBalancer(t.Context(), s.Caller, lb.ID); !errors.Is(err, lbaas.KindNotFound) {
		t.Errorf("the second load balancer: %v", err)
	}
	if got := s.shown("www.example.com"); got != "shared" {
		t.Errorf("after the other one went, clients are shown %q", got)
	}
	s.settled(s.Service.DeleteLoadBalancer(t.Context(), s.Caller, s.lb, true))
	if left := s.Objects(); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

// A container that is gone, and a key manager that is away, are no reason to refuse other changes.
func TestWorkGoesOnWithoutTheKeyManager(t *testing.T) {
	s := beginTLS(t)
	ref := s.contain(s.ca.issue("default", "www.example.com"))
	s.addListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(ref)})
	s.mustBeActive()
	addMember := func(address string) {
		t.Helper()
		_, err := s.Service.CreateMember(t.Context(), s.Caller, lbaas.MemberInput{
			PoolID: lbaas.Given(s.pool), Address: lbaas.Given(address), ProtocolPort: lbaas.Given(80),
		})
		s.settled(err)
		s.mustBeActive()
	}
	s.cloud.FailKeys(1000, http.StatusServiceUnavailable)
	addMember("127.0.0.9")
	s.cloud.FailKeys(0, 0)
	s.ok(containers.Delete(t.Context(), s.owner, last(ref)).Err)
	addMember("127.0.0.10")
	s.settled(s.Store.Resync(t.Context(), s.lb))
	s.mustBeActive()
	if got := s.shown("www.example.com"); got != "default" {
		t.Errorf("shown %q", got)
	}
	if !bytes.Contains([]byte(s.log.String()), []byte("what the Controller has of it is kept")) {
		t.Error("the log does not say that a container could not be read")
	}
}

// A pool with TLS is encrypted to, with the profile, the authorities and the certificate that the user names.
func TestPoolTLS(t *testing.T) {
	s := beginTLS(t)
	s.addListener(lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(s.contain(s.ca.issue("default", "www.example.com")))})
	change := func(in lbaas.PoolTLSInput) map[string]any {
		t.Helper()
		_, err := s.Service.UpdatePool(t.Context(), s.Caller, s.pool, lbaas.PoolInput{PoolTLSInput: in})
		s.settled(err)
		s.mustBeActive()
		return s.Objects()["pool/"+translate.PoolUUID(s.pool, s.listener)]
	}
	o := change(lbaas.PoolTLSInput{TLSEnabled: lbaas.Given(true)})
	if ref := fmt.Sprint(o["ssl_profile_ref"]); !strings.Contains(ref, "sslprofile") || o["pki_profile_ref"] != nil {
		t.Errorf("ssl_profile_ref %v, pki_profile_ref %v", o["ssl_profile_ref"], o["pki_profile_ref"])
	}
	o = change(lbaas.PoolTLSInput{
		TLSContainerRef:   lbaas.Given(s.contain(s.ca.issue("client", "client.example.com"))),
		CATLSContainerRef: lbaas.Given(s.keep(s.ca.pem(), false)), CRLContainerRef: lbaas.Given(s.keep(s.ca.revoke(), false)),
		TLSVersions: lbaas.Given([]lbaas.TLSVersion{lbaas.TLSv13}),
	})
	for field, want := range map[string]string{
		"ssl_profile_ref": "sslprofile-" + s.pool, "pki_profile_ref": "pkiprofile-" + s.pool, "ssl_key_and_certificate_ref": "sslkeyandcertificate-",
	} {
		if !strings.Contains(fmt.Sprint(o[field]), want) {
			t.Errorf("%s is %v, want %s", field, o[field], want)
		}
	}
	if check := s.Objects()["pkiprofile/pkiprofile-"+s.pool]["crl_check"]; check != true {
		t.Errorf("crl_check is %v", check)
	}
	o = change(lbaas.PoolTLSInput{TLSEnabled: lbaas.Given(false)})
	for _, field := range []string{"ssl_profile_ref", "pki_profile_ref", "ssl_key_and_certificate_ref"} {
		if o[field] != nil {
			t.Errorf("%s is still %v", field, o[field])
		}
	}
	if n := len(s.ofType("sslkeyandcertificate")); n != 1 {
		t.Errorf("%d certificates, want the listener's only", n)
	}
}
