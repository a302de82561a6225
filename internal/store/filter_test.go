package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// secured are two load balancers of insert, of which the first has everything that lists can be narrowed by.
func secured(t *testing.T) *bed {
	t.Helper()
	b := newBed(t)
	b.insert("a")
	b.insert("b")
	age := 86400
	b.write(func(tx *store.Tx) error {
		l, err := tx.Listener("a-l0")
		if err != nil {
			return err
		}
		l.AllowedCIDRs = []string{"10.0.0.0/8", "192.0.2.7/32"}
		l.TLS = lbaas.ListenerTLS{
			DefaultRef: `http://k/v1/containers/"quoted"`, ClientCARef: "http://k/ca", ClientCRLRef: "http://k/crl", ClientAuthentication: "OPTIONAL",
			Versions: []lbaas.TLSVersion{"TLSv1.2", "TLSv1.3"}, Ciphers: "AES128", ALPN: []string{"h2"}, HSTSMaxAge: &age, HSTSIncludeSubdomains: true,
		}
		if err := tx.UpdateListener(&l); err != nil {
			return err
		}
		p, err := tx.Pool("a-p")
		if err != nil {
			return err
		}
		p.TLS = lbaas.PoolTLS{Enabled: true, ContainerRef: "http://k/1", CARef: "http://k/2", CRLRef: "http://k/3", Ciphers: "AES128", ALPN: []string{"http/1.1"}}
		return tx.UpdatePool(&p)
	})
	return b
}

// Everything that Octavia filters by, also what is kept within other columns or in other tables.
func TestEveryAttributeFilters(t *testing.T) {
	b := secured(t)
	listeners := func(tx *store.Tx, q store.Query) (ids []string, err error) {
		page, _, err := tx.Listeners(q)
		for _, l := range page {
			ids = append(ids, l.ID)
		}
		return ids, err
	}
	pools := func(tx *store.Tx, q store.Query) (ids []string, err error) {
		page, _, err := tx.Pools(q)
		for _, p := range page {
			ids = append(ids, p.ID)
		}
		return ids, err
	}
	members := func(tx *store.Tx, q store.Query) (ids []string, err error) {
		page, _, err := tx.Members(q)
		for _, m := range page {
			ids = append(ids, m.ID)
		}
		return ids, err
	}
	balancers := func(tx *store.Tx, q store.Query) ([]string, error) {
		ids, _, err := list(tx, q)
		return ids, err
	}
	all := []string{"a-l0", "a-l1", "b-l0", "b-l1"}
	for _, c := range []struct {
		list             func(*store.Tx, store.Query) ([]string, error)
		attribute, value string
		want             []string
	}{
		{balancers, "listeners", "a-l1", []string{"a"}},
		{balancers, "pools", "b-p", []string{"b"}},
		{balancers, "pools", "a-l1", nil},
		{balancers, "enabled", "True", []string{"a", "b"}},
		{balancers, "availability_zone", "nova", nil},
		{listeners, "load_balancer_id", "a", []string{"a-l0", "a-l1"}},
		{listeners, "protocol_port", "81", []string{"a-l1", "b-l1"}},
		{listeners, "protocol_port", "81 OR 1=1", nil},
		{listeners, "default_tls_container_ref", `http://k/v1/containers/"quoted"`, []string{"a-l0"}},
		{listeners, "default_tls_container_ref", "http://k/v1/containers/", nil},
		{listeners, "client_ca_tls_container_ref", "http://k/ca", []string{"a-l0"}},
		{listeners, "client_ca_tls_container_ref", "http://k/crl", nil},
		{listeners, "client_crl_container_ref", "http://k/crl", []string{"a-l0"}},
		{listeners, "client_authentication", "OPTIONAL", []string{"a-l0"}},
		{listeners, "client_authentication", "NONE", []string{"a-l1", "b-l0", "b-l1"}},
		{listeners, "tls_versions", "TLSv1.3", []string{"a-l0"}},
		{listeners, "tls_versions", "tlsv1.3", nil},
		{listeners, "tls_ciphers", "AES128", []string{"a-l0"}},
		{listeners, "alpn_protocols", "h2", []string{"a-l0"}},
		{listeners, "hsts_max_age", "86400", []string{"a-l0"}},
		{listeners, "hsts_max_age", "8640", nil},
		{listeners, "hsts_max_age", "many", nil},
		{listeners, "hsts_include_subdomains", "true", []string{"a-l0"}},
		{listeners, "hsts_include_subdomains", "no", []string{"a-l1", "b-l0", "b-l1"}},
		{listeners, "hsts_preload", "false", all},
		{listeners, "allowed_cidrs", "192.0.2.7/32", []string{"a-l0"}},
		{listeners, "timeout_client_data", "50000", all},
		{listeners, "timeout_client_data", "0", nil},
		{listeners, "timeout_member_connect", "5000", all},
		{listeners, "timeout_member_data", "60000", nil},
		{listeners, "timeout_member_data", "long", nil},
		{listeners, "timeout_tcp_inspect", "0", all},
		{listeners, "timeout_tcp_inspect", "1", nil},
		{listeners, "insert_headers", "X-Forwarded-For", nil},
		{pools, "listeners", "a-l0", []string{"a-p"}},
		{pools, "members", "b-m1", []string{"b-p"}},
		{pools, "healthmonitor_id", "b-h", []string{"b-p"}},
		{pools, "tls_enabled", "true", []string{"a-p"}},
		{pools, "tls_enabled", "false", []string{"b-p"}},
		{pools, "ca_tls_container_ref", "http://k/2", []string{"a-p"}},
		{pools, "crl_container_ref", "http://k/2", nil},
		{pools, "alpn_protocols", "http/1.1", []string{"a-p"}},
		{pools, "alpn_protocols", "h2", nil},
		{members, "weight", "1", []string{"a-m1", "b-m1"}},
		{members, "ip_address", "192.0.2.99", nil},
		{members, "backup", "false", []string{"a-m0", "a-m1", "b-m0", "b-m1"}},
		{members, "backup", "true", nil},
		{members, "monitor_port", "80", nil},
		// What an object does not have is null to users, and nothing that can be asked for.
		{members, "monitor_port", "0", nil},
		{members, "subnet_id", "", nil},
		{listeners, "default_tls_container_ref", "", nil},
		{listeners, "description", "", all},
	} {
		b.read(func(tx *store.Tx) error {
			got, err := c.list(tx, store.Query{Equal: map[string]string{c.attribute: c.value}, Sort: []store.SortKey{{Attribute: "id"}}})
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%s=%s: %v (-want +got):\n%s", c.attribute, c.value, err, diff)
			}
			return nil
		})
	}
}
