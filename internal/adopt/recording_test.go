package adopt_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/adopt"
	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/certificate"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
	"github.com/avi-lbaas/avi-lbaas/internal/service"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// recording is what the Python driver left of a scenario: verify/pythondriver makes them by running it.
type recording struct {
	Name       string                    `json:"name"`
	Config     map[string]any            `json:"config"`
	Flavors    map[string]string         `json:"flavors"` // metainfo in Neutron
	Subnets    map[string]any            `json:"subnets"`
	Containers map[string]container      `json:"containers"`
	Tables     map[string][]adopt.Object `json:"tables"`
	Objects    []written                 `json:"objects"`
}

// container says what certificate a container of the key manager has.
type container struct {
	CommonName string   `json:"common_name"`
	Names      []string `json:"names"`
	Chained    bool     `json:"chained"`
}

func readRecording(t *testing.T, name string) recording {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "pythondriver", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // nothing was written
	d := json.NewDecoder(file)
	d.UseNumber()
	var r recording
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return r
}

// dump writes the tables as "mysql --batch" does, and reads them.
func (r recording) dump(t *testing.T) adopt.Export {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range adopt.Tables() {
		text := ""
		for i, row := range r.Tables[name] {
			columns := slices.Sorted(maps.Keys(row))
			if i == 0 {
				text = strings.Join(columns, "\t") + "\n"
			}
			values := make([]string, len(columns))
			for j, column := range columns {
				values[j] = columnText(row[column])
			}
			text += strings.Join(values, "\t") + "\n"
		}
		files[name+".tsv"] = &fstest.MapFile{Data: []byte(text)}
	}
	e, err := adopt.ReadDump(files)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// columnText is a value of a table as text.
func columnText(value any) string {
	switch v := value.(type) {
	case nil:
		return "NULL"
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`).Replace(fmt.Sprint(value))
}

// keys is the key manager with the containers of a recording.
type keys map[string]certificate.Material

func (k keys) Material(_ context.Context, ref string) (certificate.Material, error) {
	m, ok := k[ref]
	if !ok {
		return m, fmt.Errorf("there is no container %s", ref)
	}
	return m, nil
}

func (keys) Payload(_ context.Context, ref string) ([]byte, error) {
	return nil, fmt.Errorf("there is no secret %s", ref)
}

func (keys) Reader(context.Context) (string, error) { return "avi-lbaas", nil }

func (keys) Temporary(error) bool { return false }

func issue(t *testing.T, c container) certificate.Material {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: c.CommonName}, DNSNames: c.Names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	var m certificate.Material
	issuer, issuerKey := template, key
	if c.Chained {
		issuerKey = newKey(t)
		issuer = &x509.Certificate{
			SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Intermediate"}, IsCA: true, BasicConstraintsValid: true,
			NotBefore: template.NotBefore, NotAfter: template.NotAfter,
		}
		root := &x509.Certificate{Subject: pkix.Name{CommonName: "Root"}}
		m.Intermediates = sign(t, issuer, root, issuerKey.Public(), newKey(t))
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	m.Certificate = sign(t, template, issuer, key.Public(), issuerKey)
	m.PrivateKey = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return m
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func sign(t *testing.T, template, issuer *x509.Certificate, public any, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// unasked is what nothing here asks of Neutron.
type unasked interface{ service.Network }

// oldCloud is the Neutron of a recording: with the flavors' service profiles and the ports of VIPs.
type oldCloud struct {
	unasked
	ports

	flavors map[string]string
	subnets map[string]neutron.Subnet
}

func (c oldCloud) Port(ctx context.Context, id string) (neutron.Port, error) {
	return c.ports.Port(ctx, id)
}

func (c oldCloud) DeletePort(ctx context.Context, id string) error {
	return c.ports.DeletePort(ctx, id)
}

func (c oldCloud) Flavor(_ context.Context, id string) (neutron.Flavor, error) {
	if _, ok := c.flavors[id]; !ok {
		return neutron.Flavor{}, &neutron.Error{Kind: neutron.ErrNotFound}
	}
	return neutron.Flavor{ID: id, ServiceType: "LOADBALANCERV2", Enabled: true, ServiceProfileIDs: []string{id}}, nil
}

func (c oldCloud) ServiceProfile(_ context.Context, id string) (neutron.ServiceProfile, error) {
	return neutron.ServiceProfile{ID: id, Enabled: true, Metainfo: c.flavors[id]}, nil
}

func (c oldCloud) Subnet(_ context.Context, id string) (neutron.Subnet, error) {
	if s, ok := c.subnets[id]; ok {
		return s, nil
	}
	return neutron.Subnet{}, &neutron.Error{Kind: neutron.ErrNotFound}
}

func newOldCloud(r recording) oldCloud {
	c := oldCloud{ports: ports{}, flavors: r.Flavors, subnets: map[string]neutron.Subnet{}}
	for _, lb := range r.Tables["lbaas_loadbalancers"] {
		id, _ := lb["vip_port_id"].(string)
		c.ports[id] = neutron.Port{ID: id, NetworkID: "n1", DeviceOwner: "neutron:LOADBALANCERV2"}
	}
	for id, v := range r.Subnets {
		s := v.(map[string]any)
		c.subnets[id] = neutron.Subnet{ID: id, NetworkID: s["network_id"].(string), CIDR: netip.MustParsePrefix(s["cidr"].(string))}
	}
	return c
}

// beginAt is a bed in which the Python driver has left what is recorded.
func beginAt(t *testing.T, r recording) (site, keys) {
	t.Helper()
	material, old := keys{}, newOldCloud(r)
	for _, ref := range slices.Sorted(maps.Keys(r.Containers)) {
		material[ref] = issue(t, r.Containers[ref])
	}
	s := begin(t, testbed.Options{
		Translate: translate.Options{PlacementNetworks: r.Config["use_placement_network_for_pool"] == true}, Keys: material, Network: old, Ports: old, Subnets: old,
		VRFContextPerSubnet: r.Config["vrf_context_per_subnet"] == true,
	}, func(o *adopt.Options) { o.Ports = old })
	s.Places = s.Service
	named := []written{
		{"serviceenginegroup", "", map[string]any{"uuid": "serviceenginegroup-00000000-0000-4000-8000-000000000001", "name": "se-group-1"}},
		{"vrfcontext", "", map[string]any{"uuid": "vrfcontext-00000000-0000-4000-8000-000000000002", "name": "blue"}},
	}
	s.write(named)
	byID := map[string]certificate.Material{}
	for ref, m := range material {
		byID[path.Base(ref)] = m
	}
	objects := slices.Clone(r.Objects)
	for i, w := range objects {
		if w.Type == "sslkeyandcertificate" {
			m := byID[strings.TrimPrefix(w.Object["name"].(string), "sslkeyandcertificate-")]
			body := maps.Clone(w.Object)
			body["key"], body["certificate"] = string(m.PrivateKey), avi.Object{"certificate": string(m.Certificate)}
			objects[i].Object = body
		}
	}
	s.write(objects)
	s.Sim.ResetRequests()
	return s, material
}
