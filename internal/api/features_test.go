package api_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
)

// otherUUID names whatever else a request of a probe needs.
const otherUUID = "b6a2f0a4-6b2c-4f8e-8a59-52f2fd1f2f11"

// featureProbe is how one row of the feature matrix is tried.
type featureProbe struct {
	feature     string // "group/feature" as in the table
	kind        string
	attributes  string
	unsupported string // empty but for features that are carried out partly
}

// featureClaims reads the table: what it says of each feature.
func featureClaims(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "feature-matrix.md"))
	if err != nil {
		t.Fatal(err)
	}
	claims := map[string]string{}
	group := ""
	for line := range strings.SplitSeq(string(data), "\n") {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			group = name
			continue
		}
		cells := strings.Split(line, "|")
		if len(cells) < 4 || group == "" {
			continue
		}
		feature, claim := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])
		if feature != "feature" && !strings.HasPrefix(feature, "---") {
			claims[group+"/"+feature] = claim
		}
	}
	return claims
}

// TestFeatureMatrix holds docs/feature-matrix.md to what the API answers.
func TestFeatureMatrix(t *testing.T) {
	claims := featureClaims(t)
	probes := featureProbes()
	if len(claims) != 142 || len(probes) != len(claims) {
		t.Errorf("%d features and %d probes, want 142 of each", len(claims), len(probes))
	}
	p := newProber(t, newKeyring(t))
	for _, probe := range probes {
		t.Run(probe.feature, func(t *testing.T) {
			switch claim := claims[probe.feature]; claim {
			case "yes":
				wantDone(t, p.send(t, probe.kind, probe.attributes))
			case "501":
				wantNamed(t, p.send(t, probe.kind, probe.attributes), optionOf(probe.feature))
			case "partly":
				wantDone(t, p.send(t, probe.kind, probe.attributes))
				wantNamed(t, p.send(t, probe.kind, probe.unsupported), "")
			default:
				t.Errorf("the table says %q of it", claim)
			}
		})
	}
}

func wantDone(t *testing.T, got reply) {
	t.Helper()
	if got.status >= http.StatusMultipleChoices {
		t.Errorf("the table says that it works; answered %d: %s", got.status, got.body)
	}
}

func wantNamed(t *testing.T, got reply, option string) {
	t.Helper()
	if got.status != http.StatusNotImplemented || !strings.Contains(got.fault(t), option) {
		t.Errorf("the table says that it is 501 and named; answered %d: %s", got.status, got.body)
	}
}

// optionOf is what a refusal has to name: the last word of the feature.
func optionOf(feature string) string {
	if _, option, ok := strings.Cut(feature, " - "); ok {
		return option
	}
	_, option, _ := strings.Cut(feature, "/")
	return strings.ReplaceAll(option, "-", "_")
}

// prober is an API with a load balancer that has an HTTP listener, a pool of HTTP and one of UDP, and an L7 policy.
type prober struct {
	*realFront
	names *strings.Replacer
}

func newProber(t *testing.T, keys keyring) *prober {
	t.Helper()
	f := newRealFrontWith(t, service.Options{Network: everything{}, Keys: keys})
	f.makeZone(t, "az1", `{}`)
	_, flavor := f.makeFlavor(t, "gold")
	lb := idOf(f.make(t, "/v2/lbaas/loadbalancers", "loadbalancer", `"vip_subnet_id": "`+subnetID+`"`))
	p := &prober{realFront: f}
	listener := idOf(f.make(t, "/v2/lbaas/listeners", "listener", `"loadbalancer_id": "`+lb+`", "protocol": "HTTP", "protocol_port": 80`))
	pool := idOf(f.make(t, "/v2/lbaas/pools", "pool", `"loadbalancer_id": "`+lb+`", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"`))
	udp := idOf(f.make(t, "/v2/lbaas/pools", "pool", `"loadbalancer_id": "`+lb+`", "protocol": "UDP", "lb_algorithm": "ROUND_ROBIN"`))
	monitored := idOf(f.make(t, "/v2/lbaas/pools", "pool", `"loadbalancer_id": "`+lb+`", "protocol": "TCP", "lb_algorithm": "ROUND_ROBIN"`+
		`, "healthmonitor": {"type": "TCP", "delay": 5, "timeout": 3, "max_retries": 2}, "members": [{"address": "192.0.2.8", "protocol_port": 81}]`))
	policy := idOf(f.make(t, "/v2/lbaas/l7policies", "l7policy", `"listener_id": "`+listener+`", "action": "REJECT"`))
	const secrets = "http://keys.example.org/v1/"
	p.names = strings.NewReplacer("$FLAVOR", filepath.Base(flavor), "$LISTENER", listener, "$POLICY", policy, "$UDPPOOL", udp, "$MONITORED", monitored,
		"$POOL", pool, "$LB", lb, "$UUID2", otherUUID, "$CERT2", secrets+"containers/2", "$CERT", secrets+"containers/1",
		"$CRL", secrets+"secrets/crl", "$CA", secrets+"secrets/ca")
	return p
}

// send asks for a feature in one of several ways: with a creation that has the attributes, or otherwise. What was made is removed.
func (p *prober) send(t *testing.T, kind, attributes string) reply {
	t.Helper()
	kinds := map[string]struct{ path, root, base string }{
		"lb":         {"loadbalancers", "loadbalancer", `"vip_subnet_id": "` + subnetID + `"`},
		"listener":   {"listeners", "listener", `"loadbalancer_id": "$LB", "protocol": "HTTP", "protocol_port": 8080`},
		"tls":        {"listeners", "listener", `"loadbalancer_id": "$LB", "protocol": "TERMINATED_HTTPS", "protocol_port": 443, "default_tls_container_ref": "$CERT"`},
		"pool":       {"pools", "pool", `"loadbalancer_id": "$LB", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"`},
		"member":     {"pools/$POOL/members", "member", `"address": "192.0.2.7", "protocol_port": 80`},
		"monitored":  {"pools/$MONITORED/members", "member", `"address": "192.0.2.7", "protocol_port": 80`},
		"monitor":    {"healthmonitors", "healthmonitor", `"pool_id": "$POOL", "type": "HTTP", "delay": 5, "timeout": 3, "max_retries": 2`},
		"udpmonitor": {"healthmonitors", "healthmonitor", `"pool_id": "$UDPPOOL", "delay": 5, "timeout": 3, "max_retries": 2`},
		"policy":     {"l7policies", "l7policy", `"listener_id": "$LISTENER", "action": "REJECT"`},
		"rule":       {"l7policies/$POLICY/rules", "rule", `"type": "PATH", "compare_type": "EQUAL_TO", "value": "/a"`},
	}
	switch kind {
	case "get":
		return p.do("GET", "/v2/lbaas/"+p.names.Replace(attributes), "")
	case "batch":
		path := p.names.Replace("/v2/lbaas/pools/$POOL/members")
		got := p.do("PUT", path, `{"members": [{"address": "192.0.2.7", "protocol_port": 80}]}`)
		p.settle(t)
		p.must(t, "PUT", path, `{"members": []}`)
		p.settle(t)
		return got
	}
	k, ok := kinds[kind]
	if !ok {
		t.Fatalf("there is no kind %q of probes", kind)
	}
	object := map[string]any{}
	for _, part := range []string{k.base, attributes} {
		if err := json.Unmarshal([]byte("{"+p.names.Replace(part)+"}"), &object); err != nil {
			t.Fatal(err)
		}
	}
	body, err := json.Marshal(map[string]any{k.root: object})
	if err != nil {
		t.Fatal(err)
	}
	path := "/v2/lbaas/" + p.names.Replace(k.path)
	got := p.do("POST", path, string(body))
	if got.status == http.StatusCreated {
		p.settle(t)
		made, _ := got.object(t)[k.root].(map[string]any)
		p.must(t, "DELETE", path+"/"+idOf(made), "")
		p.settle(t)
	}
	return got
}

// everything is a network service that has whatever is asked for, on one network.
type everything struct{}

func (everything) Subnet(_ context.Context, id string) (neutron.Subnet, error) {
	return neutron.Subnet{ID: id, NetworkID: otherUUID, CIDR: netip.MustParsePrefix("203.0.113.0/24"), IPVersion: 4}, nil
}

func (everything) Network(_ context.Context, id string) (neutron.Network, error) {
	return neutron.Network{ID: id, SubnetIDs: []string{subnetID}}, nil
}

func (everything) Port(_ context.Context, id string) (neutron.Port, error) {
	return neutron.Port{ID: id, NetworkID: otherUUID, FixedIPs: []neutron.FixedIP{
		{SubnetID: subnetID, Address: netip.MustParseAddr("203.0.113.9")},
	}}, nil
}

func (everything) CheckQoSPolicy(context.Context, string) error     { return nil }
func (everything) CheckSecurityGroup(context.Context, string) error { return nil }
func (everything) DeletePort(context.Context, string) error         { return nil }

func (everything) CreateVIPPort(_ context.Context, want neutron.VIPPort) (neutron.Port, error) {
	address := want.Address
	if !address.IsValid() {
		address = netip.MustParseAddr("203.0.113.10")
	}
	return neutron.Port{ID: otherUUID, NetworkID: want.NetworkID, FixedIPs: []neutron.FixedIP{{SubnetID: want.SubnetID, Address: address}}}, nil
}

func (everything) Flavor(context.Context, string) (neutron.Flavor, error) {
	return neutron.Flavor{}, &neutron.Error{Kind: neutron.ErrNotFound}
}

func (everything) ServiceProfile(context.Context, string) (neutron.ServiceProfile, error) {
	return neutron.ServiceProfile{}, &neutron.Error{Kind: neutron.ErrNotFound}
}

// keyring is a key manager that has one certificate with its key, and what the certificate's authority issues.
type keyring struct{ cert, key, authority, revocations []byte }

func newKeyring(t *testing.T) keyring {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "shop.example.org"}, DNSNames: []string{"shop.example.org"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	issuer, err := x509.ParseCertificate(der)
	must(t, err)
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour),
	}, issuer, key)
	must(t, err)
	block := func(typ string, data []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: typ, Bytes: data}) }
	cert := block("CERTIFICATE", der)
	return keyring{cert: cert, key: block("PRIVATE KEY", private), authority: cert, revocations: block("X509 CRL", list)}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (k keyring) Material(context.Context, string) (certificate.Material, error) {
	return certificate.Material{Certificate: k.cert, PrivateKey: k.key}, nil
}

func (k keyring) Payload(_ context.Context, ref string) ([]byte, error) {
	if strings.HasSuffix(ref, "crl") {
		return k.revocations, nil
	}
	return k.authority, nil
}

func (keyring) Reader(context.Context) (string, error) { return "the service", nil }
