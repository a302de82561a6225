package barbican_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gophercloud/gophercloud/v2"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/acls"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/containers"
	"github.com/gophercloud/gophercloud/v2/openstack/keymanager/v1/secrets"
	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/barbican"
	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site is a cloud with a client of the service's user, and the key manager as a tenant sees it.
type site struct {
	*cloudsim.Cloud
	*barbican.Client
	session *keystone.Session
	tenant  *gophercloud.ServiceClient
	t       *testing.T
}

func start(t *testing.T) *site {
	t.Helper()
	cloud, err := cloudsim.New(cloudsim.Options{})
	check(t, err)
	check(t, cloud.Start(t.Context()))
	t.Cleanup(func() { check(t, cloud.Close()) })
	s := &site{Cloud: cloud, t: t, session: newSession(t, cloud, "avi-lbaas", "service")}
	s.Client = barbican.New(barbican.Config{}, s.session)
	provider, err := newSession(t, cloud, "demo", "demo").Client(t.Context())
	check(t, err)
	base := cloud.KeyManagerURL() + "/"
	s.tenant = &gophercloud.ServiceClient{ProviderClient: provider, Endpoint: base, ResourceBase: base + "v1/"}
	return s
}

func newSession(t *testing.T, cloud *cloudsim.Cloud, user, project string) *keystone.Session {
	t.Helper()
	session, err := keystone.NewSession(keystone.Config{
		AuthURL: cloud.IdentityURL(), Username: user, Password: cloudsim.DemoPassword, UserDomainName: "Default",
		ProjectName: project, ProjectDomainName: "Default",
	}, slog.New(slog.DiscardHandler))
	check(t, err)
	t.Cleanup(session.Close)
	return session
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) secret(o secrets.CreateOpts) string {
	s.t.Helper()
	made, err := secrets.Create(s.t.Context(), s.tenant, o).Extract()
	check(s.t, err)
	users := []string{s.UserID("avi-lbaas")}
	check(s.t, acls.SetSecretACL(s.t.Context(), s.tenant, idOf(made.SecretRef), acls.SetOpts{{Type: "read", Users: &users}}).Err)
	return made.SecretRef
}

func (s *site) text(content string) string {
	return s.secret(secrets.CreateOpts{Payload: content, PayloadContentType: "text/plain"})
}

func (s *site) binary(content string) string {
	return s.secret(secrets.CreateOpts{
		Payload: base64.StdEncoding.EncodeToString([]byte(content)), PayloadContentType: "application/octet-stream",
		PayloadContentEncoding: "base64",
	})
}

func (s *site) container(kind containers.ContainerType, parts map[string]string) string {
	s.t.Helper()
	opts := containers.CreateOpts{Type: kind}
	for name, ref := range parts {
		opts.SecretRefs = append(opts.SecretRefs, containers.SecretRef{Name: name, SecretRef: ref})
	}
	made, err := containers.Create(s.t.Context(), s.tenant, opts).Extract()
	check(s.t, err)
	users := []string{s.UserID("avi-lbaas")}
	check(s.t, acls.SetContainerACL(s.t.Context(), s.tenant, idOf(made.ContainerRef), acls.SetOpts{{Type: "read", Users: &users}}).Err)
	return made.ContainerRef
}

func idOf(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func TestMaterial(t *testing.T) {
	s := start(t)
	parts := map[string]string{
		"certificate": s.text("CERT"), "private_key": s.binary("KEY"), "intermediates": s.text("CHAIN"), "private_key_passphrase": s.text("PASS\n"),
	}
	whole := certificate.Material{
		Certificate: []byte("CERT"), PrivateKey: []byte("KEY"), Intermediates: []byte("CHAIN"), Passphrase: []byte("PASS"),
	}
	bundle := certificate.Material{PKCS12: []byte("\x30bundle")}
	container := s.container(containers.CertificateContainer, parts)
	for name, test := range map[string]struct {
		ref  string
		want certificate.Material
	}{
		"certificate container": {container, whole},
		"generic container":     {s.container(containers.GenericContainer, parts), whole},
		"another face":          {"https://elsewhere.example.com:9311/v1/containers/" + idOf(container) + "/", whole},
		"bundle, binary":        {s.binary("\x30bundle"), bundle},
		"bundle, base64":        {s.text(base64.StdEncoding.EncodeToString([]byte("\x30bundle")) + "\n"), bundle},
	} {
		got, err := s.Material(t.Context(), test.ref)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if payload, err := s.Payload(t.Context(), s.text("LIST")); string(payload) != "LIST" {
		t.Errorf("payload %q, %v", payload, err)
	}
	reader, err := s.Reader(t.Context())
	if want := "avi-lbaas (" + s.UserID("avi-lbaas") + ")"; err != nil || reader != want {
		t.Errorf("reader %q, %v; want %q", reader, err, want)
	}
}

func TestFailures(t *testing.T) {
	s := start(t)
	const nobody = "5a8ad2a5-0f0b-4e9c-a3f5-5d5e0e4d8a01"
	private, err := secrets.Create(t.Context(), s.tenant, secrets.CreateOpts{Payload: "KEY", PayloadContentType: "text/plain"}).Extract()
	check(t, err)
	empty, err := secrets.Create(t.Context(), s.tenant, secrets.CreateOpts{}).Extract()
	check(t, err)
	users := []string{s.UserID("avi-lbaas")}
	check(t, acls.SetSecretACL(t.Context(), s.tenant, idOf(empty.SecretRef), acls.SetOpts{{Type: "read", Users: &users}}).Err)
	for name, test := range map[string]struct {
		ref  string
		want error
	}{
		"no container":        {"http://k/v1/containers/" + nobody, barbican.ErrNotFound},
		"no secret":           {"http://k/v1/secrets/" + nobody, barbican.ErrNotFound},
		"no payload":          {empty.SecretRef, barbican.ErrNotFound},
		"not shared":          {private.SecretRef, barbican.ErrForbidden},
		"a part is no shared": {s.container(containers.CertificateContainer, map[string]string{"certificate": private.SecretRef}), barbican.ErrForbidden},
		"wrong type":          {s.container(containers.RSAContainer, nil), barbican.ErrInvalid},
		"an order":            {"http://k/v1/orders/" + nobody, barbican.ErrInvalid},
		"no id":               {"http://k/v1/containers/x", barbican.ErrInvalid},
		"empty":               {"", barbican.ErrInvalid},
		"a way out":           {"http://k/v1/containers/..", barbican.ErrInvalid},
	} {
		_, err := s.Material(t.Context(), test.ref)
		if _, ok := errors.AsType[*barbican.Error](err); !ok || !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if s.Temporary(err) {
			t.Errorf("%s counts as temporary", name)
		}
	}
	ref := s.text("CERT")
	s.FailKeys(3, http.StatusBadGateway)
	if _, err := s.Material(t.Context(), ref); !errors.Is(err, barbican.ErrUnavailable) || !s.Temporary(err) {
		t.Errorf("a failing key manager: %v", err)
	}
}

// A tenant sees its own, and nothing of others'; that the service may read a thing does not help it.
func TestVisible(t *testing.T) {
	s := start(t)
	ref, secret := s.container(containers.CertificateContainer, map[string]string{"certificate": s.text("CERT")}), s.text("X")
	for user, want := range map[string]error{"demo": nil, "alt": barbican.ErrForbidden} {
		token, err := s.Token(user, user)
		check(t, err)
		as := barbican.New(barbican.Config{}, s.session.As(token))
		for _, r := range []string{ref, secret} {
			if err := as.Visible(t.Context(), r); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", user, err, want)
			}
		}
	}
}

// What is no Barbican's answer is an outage, and no answer's body gets into an error.
func TestOutages(t *testing.T) {
	s := start(t)
	for name, handler := range map[string]http.HandlerFunc{
		"a proxy's 404": func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "LEAK not found", http.StatusNotFound) },
		"a 500":         func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "LEAK", http.StatusInternalServerError) },
		"no JSON":       func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "LEAK") },
		"silence": func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		},
	} {
		server := httptest.NewServer(handler)
		client := barbican.New(barbican.Config{EndpointOverride: server.URL + "/v1/", Timeout: 200 * time.Millisecond}, s.session)
		_, err := client.Material(context.WithoutCancel(t.Context()), "http://k/v1/containers/5a8ad2a5-0f0b-4e9c-a3f5-5d5e0e4d8a01")
		if !errors.Is(err, barbican.ErrUnavailable) || !client.Temporary(err) {
			t.Errorf("%s: %v", name, err)
		}
		if text := fmt.Sprintf("%v", err); strings.Contains(text, "LEAK") {
			t.Errorf("%s: the error has the answer's body: %s", name, text)
		}
		server.CloseClientConnections()
		server.Close()
	}
}
