package endtoend_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"testing"
	"time"

	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/containers"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/secrets"

	"github.com/avi-lbaas/avi-lbaas/internal/barbican"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
)

// TestKilledAtRequestsForTLS is TestKilledAtEveryRequest for a listener that decrypts: its certificates, SNI children and profiles
// come, change, are shared with another listener, renewed, and go.
func TestKilledAtRequestsForTLS(t *testing.T) {
	t.Parallel()
	killAtRequests(t, tlsStride, func(t *testing.T) *victim {
		t.Helper()
		k := newKeyring(t)
		return newVictimWith(t, k.reader, k.creations(), k.deletions(), k.configuration())
	})
}

// keyring is a key manager, with the service's own user as everything's owner.
type keyring struct {
	t      *testing.T
	cloud  *cloudsim.Cloud
	reader *barbican.Client
	owner  *gophercloud.ServiceClient

	a, b, c, authority string
}

func newKeyring(t *testing.T) *keyring {
	t.Helper()
	k := &keyring{t: t}
	var err error
	k.cloud, err = cloudsim.New(cloudsim.Options{})
	k.check(err)
	k.check(k.cloud.Start(t.Context()))
	t.Cleanup(func() { _ = k.cloud.Close() })
	session, err := keystone.NewSession(keystone.Config{
		AuthURL: k.cloud.IdentityURL(), Username: "avi-lbaas", Password: cloudsim.DemoPassword, UserDomainName: "Default",
		ProjectName: "service", ProjectDomainName: "Default",
	}, slog.New(slog.DiscardHandler))
	k.check(err)
	t.Cleanup(session.Close)
	k.reader = barbican.New(barbican.Config{}, session)
	provider, err := session.Client(t.Context())
	k.check(err)
	k.owner = &gophercloud.ServiceClient{
		ProviderClient: provider, Endpoint: k.cloud.KeyManagerURL() + "/", ResourceBase: k.cloud.KeyManagerURL() + "/v1/", Type: "key-manager",
	}
	k.a, k.b, k.c = k.contain("a.example.com"), k.contain("b.example.com"), k.contain("c.example.com")
	k.authority = k.parts("authority")["certificate"]
	return k
}

func (k *keyring) check(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// configuration is what a service needs to read from the key manager.
func (k *keyring) configuration() string {
	return fmt.Sprintf(`
[barbican]
endpoint_override = %s
[service_auth]
auth_url = %s
username = avi-lbaas
password = %s
project_name = service
user_domain_name = Default
project_domain_name = Default
`, k.cloud.KeyManagerURL(), k.cloud.IdentityURL(), cloudsim.DemoPassword)
}

// parts are the secrets of a new certificate for a host, by their names in a container.
func (k *keyring) parts(host string) map[string]string {
	k.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		IsCA: true, BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	k.check(err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	k.check(err)
	return map[string]string{
		"certificate": k.keep(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		"private_key": k.keep(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})),
	}
}

func (k *keyring) keep(payload []byte) string {
	k.t.Helper()
	opts := secrets.CreateOpts{Payload: string(payload), PayloadContentType: "text/plain"}
	made, err := secrets.Create(k.t.Context(), k.owner, opts).Extract()
	k.check(err)
	return made.SecretRef
}

func (k *keyring) contain(host string) string {
	k.t.Helper()
	opts := containers.CreateOpts{Type: containers.CertificateContainer}
	for name, secret := range k.parts(host) {
		opts.SecretRefs = append(opts.SecretRefs, containers.SecretRef{Name: name, SecretRef: secret})
	}
	made, err := containers.Create(k.t.Context(), k.owner, opts).Extract()
	k.check(err)
	return made.ContainerRef
}

func (k *keyring) terminated(name string, port int, more attributes) func(*tree) operation {
	return func(t *tree) operation {
		op := createListener(name, "TERMINATED_HTTPS", port, "pool")(t)
		maps.Copy(op.attributes, more)
		return op
	}
}

func (k *keyring) creations() []func(*tree) operation {
	renewed := func(t *tree) operation {
		k.cloud.RenewContainer(k.a, k.parts("a.example.com"))
		return change("web", attributes{"description": "renewed", "default_tls_container_ref": k.a})(t)
	}
	return []func(*tree) operation{
		func(t *tree) operation {
			return operation{verb: create, kind: loadBalancer, attributes: attributes{"name": "lb", "vip_address": t.address}}
		},
		func(t *tree) operation {
			return operation{verb: create, kind: pool, attributes: attributes{
				"name": "pool", "loadbalancer_id": t.rootID, "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN",
			}}
		},
		k.terminated("web", 443, attributes{
			"default_tls_container_ref": k.a, "sni_container_refs": []any{k.b}, "tls_versions": []any{"TLSv1.3"},
		}),
		createMember("pool", "member", "10.2.0.1"),
		k.terminated("second", 8443, attributes{"default_tls_container_ref": k.c, "sni_container_refs": []any{k.b}}),
		change("web", attributes{
			"sni_container_refs": []any{k.b, k.c}, "client_authentication": "OPTIONAL", "client_ca_tls_container_ref": k.authority,
			"hsts_max_age": 86400,
		}),
		renewed,
		change("web", attributes{"sni_container_refs": []any{k.c}, "default_tls_container_ref": k.b}),
		change("web", attributes{
			"sni_container_refs": []any{}, "tls_versions": nil, "client_authentication": "NONE", "client_ca_tls_container_ref": nil,
			"hsts_max_age": nil,
		}),
		change("second", attributes{"default_tls_container_ref": nil}),
	}
}

func (k *keyring) deletions() []func(*tree) operation {
	return []func(*tree) operation{
		deletion("web"),
		func(t *tree) operation {
			op := deletion("lb")(t)
			op.cascade = true
			return op
		},
	}
}
