package worker_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/acls"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/containers"

	"github.com/avi-lbaas/avi-lbaas/internal/barbican"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// A container that cannot serve is refused at the request, with a message that says which and why; nothing is stored.
func TestContainersThatCannotServeAreRefused(t *testing.T) {
	s := beginTLS(t)
	good := s.ca.issue("good", "good.example.com")
	mismatched := good
	mismatched.PrivateKey = s.ca.issue("x", "x.example.com").PrivateKey
	keyless := good
	keyless.PrivateKey = nil
	locked := encryptedWithPassphrase()
	locked.Passphrase = nil
	nowhere := s.cloud.KeyManagerURL() + "/v1/containers/5a8ad2a5-0f0b-4e9c-a3f5-5d5e0e4d8a01"
	unshared := s.contain(good)
	s.ok(acls.DeleteContainerACL(t.Context(), s.owner, last(unshared)).Err)
	halfShared := s.contain(good)
	found, err := containers.Get(t.Context(), s.owner, last(halfShared)).Extract()
	s.ok(err)
	for _, secret := range found.SecretRefs {
		if secret.Name == "private_key" {
			s.ok(acls.DeleteSecretACL(t.Context(), s.owner, last(secret.SecretRef)).Err)
		}
	}
	rsa, err := containers.Create(t.Context(), s.owner, containers.CreateOpts{Type: containers.RSAContainer}).Extract()
	s.ok(err)
	s.ok(acls.SetContainerACL(t.Context(), s.owner, last(rsa.ContainerRef), s.readers()).Err)
	ok, ca, crl := s.contain(good), s.keep(s.ca.pem(), false), s.keep(newAuthority(t, "Other", nil).revoke(), false)
	reader := "avi-lbaas (" + s.cloud.UserID("avi-lbaas") + ") may not read it"
	for name, test := range map[string]struct {
		ref  string // named in the message
		in   lbaas.ListenerTLSInput
		want string
	}{
		"not there":          {nowhere, withDefault(nowhere), "the key manager has no such thing"},
		"no reference":       {"shop.pem", withDefault("shop.pem"), "it has to end in /v1/containers/ID or /v1/secrets/ID"},
		"another path":       {"https://k/v1/orders/" + last(ok), withDefault("https://k/v1/orders/" + last(ok)), "it is not a reference to the key manager"},
		"not shared":         {unshared, withDefault(unshared), reader},
		"key not shared":     {halfShared, withDefault(halfShared), "the private_key of container"},
		"wrong type":         {rsa.ContainerRef, withDefault(rsa.ContainerRef), "it is of type rsa"},
		"key does not match": {s.contain(mismatched), lbaas.ListenerTLSInput{}, "its private key does not match its certificate"},
		"no key":             {s.contain(keyless), lbaas.ListenerTLSInput{}, "it has no private key"},
		"no passphrase":      {s.contain(locked), lbaas.ListenerTLSInput{}, "its private key is encrypted"},
		"not a bundle":       {s.keep([]byte("text"), true), lbaas.ListenerTLSInput{}, "it is not a readable PKCS #12 bundle"},
		"second of SNI": {nowhere, lbaas.ListenerTLSInput{
			DefaultTLSContainerRef: lbaas.Given(ok), SNIContainerRefs: lbaas.Given([]string{ok, nowhere}),
		}, "the key manager has no such thing"},
		"client CA is a container": {ok, lbaas.ListenerTLSInput{
			DefaultTLSContainerRef: lbaas.Given(ok), ClientCATLSContainerRef: lbaas.Given(ok),
		}, "it has to be a secret"},
		"client CA is none": {crl, lbaas.ListenerTLSInput{
			DefaultTLSContainerRef: lbaas.Given(ok), ClientCATLSContainerRef: lbaas.Given(crl),
		}, "it has no CA certificate in PEM form"},
		"CRL of another": {crl, lbaas.ListenerTLSInput{
			DefaultTLSContainerRef: lbaas.Given(ok), ClientCATLSContainerRef: lbaas.Given(ca), ClientCRLContainerRef: lbaas.Given(crl),
		}, "it was not signed by the CA certificate that it goes with"},
	} {
		t.Run(name, func(t *testing.T) {
			if !test.in.DefaultTLSContainerRef.Set {
				test.in = withDefault(test.ref)
			}
			_, err := s.Service.CreateListener(t.Context(), s.Caller, s.listenerInput(test.in))
			message, kind, _ := lbaas.MessageFor(err)
			if kind != lbaas.KindInvalid || !strings.HasPrefix(message, "Could not retrieve certificate: ['"+test.ref+"']: ") ||
				!strings.Contains(message, test.want) {
				t.Errorf("%s: %q, want one about %s with %q", kind, message, test.ref, test.want)
			}
		})
	}
	_, err = s.Service.CreateListener(t.Context(), s.Caller, s.listenerInput(lbaas.ListenerTLSInput{
		DefaultTLSContainerRef: lbaas.Given(nowhere), SNIContainerRefs: lbaas.Given([]string{ok, rsa.ContainerRef, nowhere}),
	}))
	message, _, _ := lbaas.MessageFor(err)
	if !strings.HasPrefix(message, "Could not retrieve certificate: ['"+nowhere+"', '"+rsa.ContainerRef+"']: "+nowhere+": ") ||
		!strings.Contains(message, "; "+rsa.ContainerRef+": it is of type rsa") {
		t.Errorf("two of three: %q", message)
	}
	if listeners := s.Tree(t, s.lb).Listeners; len(listeners) != 0 {
		t.Errorf("stored all the same: %v", listeners)
	}
	s.cloud.FailKeys(10, http.StatusInternalServerError)
	_, err = s.Service.CreateListener(t.Context(), s.Caller, s.listenerInput(withDefault(ok)))
	if !errors.Is(err, lbaas.KindUnavailable) {
		t.Errorf("with a key manager that is away: %v", err)
	}
}

func withDefault(ref string) lbaas.ListenerTLSInput {
	return lbaas.ListenerTLSInput{DefaultTLSContainerRef: lbaas.Given(ref)}
}

// A tenant cannot use a container that it may not see, although this service may read it.
func TestContainersOfOthersAreRefused(t *testing.T) {
	s := beginTLS(t)
	ref := s.contain(s.ca.issue("theirs", "theirs.example.com"))
	session := s.session("avi-lbaas", "service")
	door := service.New(service.Options{
		Store: s.Store, Providers: []service.Provider{{Name: testbed.Provider}}, Wake: s.Worker.Wake, Keys: s.keys,
		KeysAs: func(token string) service.KeyViewer { return barbican.New(barbican.Config{}, session.As(token)) },
	})
	for user, allowed := range map[string]bool{"demo": true, "alt": false} {
		token, err := s.cloud.Token(user, user)
		s.ok(err)
		_, err = door.CreateListener(t.Context(), service.Caller{ProjectID: project, Token: token}, s.listenerInput(withDefault(ref)))
		if message, _, _ := lbaas.MessageFor(err); allowed != (err == nil) || !allowed && !strings.Contains(message, "you may not see it") {
			t.Errorf("%s: %v", user, err)
		}
		s.Settle(t)
	}
}

// Without a key manager TLS termination is not there, and says so.
func TestNoKeyManager(t *testing.T) {
	b := testbed.New(t, testbed.Options{})
	lb, err := b.Service.CreateLoadBalancer(t.Context(), b.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given("127.0.0.1"),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Settle(t)
	_, err = b.Service.CreateListener(t.Context(), b.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(lb.ID), Protocol: lbaas.Given(lbaas.ListenerTerminatedHTTPS), ProtocolPort: lbaas.Given(443),
		ListenerTLSInput: withDefault("https://k/v1/containers/5a8ad2a5-0f0b-4e9c-a3f5-5d5e0e4d8a01"),
	})
	if message, kind, _ := lbaas.MessageFor(err); kind != lbaas.KindUnsupported || !strings.Contains(message, "no key manager") {
		t.Errorf("%s: %q", kind, message)
	}
}
