package lbaas_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestNewTerminatedListener(t *testing.T) {
	day := lbaas.SecondsPerDay
	for _, c := range []struct {
		name, body string
		want       lbaas.ListenerTLS
	}{
		{"the least", `"default_tls_container_ref":"r"`, lbaas.ListenerTLS{DefaultRef: "r"}},
		{"SNI only", `"sni_container_refs":["a","b"]`, lbaas.ListenerTLS{SNIRefs: []string{"a", "b"}}},
		{
			"everything",
			`"default_tls_container_ref":"r","sni_container_refs":["a"],"client_ca_tls_container_ref":"ca","client_crl_container_ref":"crl",
			 "client_authentication":"OPTIONAL","tls_versions":["TLSv1.2","TLSv1.3"],"tls_ciphers":"A-B:TLS_C","alpn_protocols":["h2","http/1.1"],
			 "hsts_max_age":86400,"hsts_include_subdomains":true`,
			lbaas.ListenerTLS{
				DefaultRef: "r", SNIRefs: []string{"a"}, ClientCARef: "ca", ClientCRLRef: "crl", ClientAuthentication: lbaas.ClientAuthOptional,
				Versions: []lbaas.TLSVersion{lbaas.TLSv12, lbaas.TLSv13}, Ciphers: "A-B:TLS_C", ALPN: []string{"h2", "http/1.1"},
				HSTSMaxAge: &day, HSTSIncludeSubdomains: true,
			},
		},
		{
			"null and NONE are nothing",
			`"default_tls_container_ref":"r","sni_container_refs":null,"client_authentication":"NONE","tls_versions":null,"tls_ciphers":null,
			 "alpn_protocols":null,"hsts_max_age":null,"hsts_include_subdomains":false,"hsts_preload":false`,
			lbaas.ListenerTLS{DefaultRef: "r"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `{"loadbalancer_id":"lb","protocol":"TERMINATED_HTTPS","protocol_port":443,` + c.body + `}`
			got, err := lbaas.NewListener(decode[lbaas.ListenerInput](t, body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.TLS); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTLSRefusals(t *testing.T) {
	const no = "Validation failure: "
	const cannot = "Provider 'avi' does not support a requested option: "
	const terminated = `"protocol":"TERMINATED_HTTPS"`
	const ref = terminated + `,"default_tls_container_ref":"r",`
	refusals := []refusal{
		{"references on HTTP", `"protocol":"HTTP","default_tls_container_ref":"r"`, invalid, no + "Certificate container references are not allowed on HTTP protocol listeners."},
		{"references on UDP", `"protocol":"UDP","sni_container_refs":["r"]`, invalid, no + "UDP protocol listener does not support TLS."},
		{"an unknown version on TCP", `"protocol":"TCP","tls_versions":["TLSv9"]`, invalid, no + "Invalid TLS versions: TLSv9"},
		{"an unknown ALPN on HTTP", `"protocol":"HTTP","alpn_protocols":["h3"]`, invalid, "Invalid input for field/attribute alpn_protocols. Value: '['h3']'. Value should be a valid ALPN protocol ID"},
		{"a bad cipher string on HTTP", `"protocol":"HTTP","tls_ciphers":"A B"`, invalid, no + "Invalid characters in cipher string. Only alphanumeric, -, +, !, :, @, =, _, and . are allowed."},
		{"HSTS on HTTP", `"protocol":"HTTP","hsts_max_age":86400`, invalid, no + "The HSTS feature can only be used for listeners using the TERMINATED_HTTPS protocol."},
		{"no certificate", terminated, invalid, no + "An SNI or default certificate container reference must be provided for TERMINATED_HTTPS protocol listeners."},
		{"a client CA without a certificate", terminated + `,"client_ca_tls_container_ref":"ca"`, invalid, no + "An SNI or default certificate container reference must be provided with a client CA container reference."},
		{"authentication without a CA", ref + `"client_authentication":"MANDATORY"`, invalid, no + "Client authentication setting MANDATORY requires a client CA container reference."},
		{"a CRL without a CA", ref + `"client_crl_container_ref":"crl"`, invalid, no + "A client authentication CA reference is required to specify a client authentication revocation list."},
		{"an unknown authentication", ref + `"client_authentication":"SOMETIMES","client_ca_tls_container_ref":"ca"`, invalid, "Invalid input for field/attribute client_authentication. Value: 'SOMETIMES'. Value should be one of: MANDATORY, NONE, OPTIONAL"},
		{"no versions", ref + `"tls_versions":[]`, invalid, no + "Empty TLS version list. Either specify at least one TLS version or remove this parameter to use the default."},
		{"an unknown version", ref + `"tls_versions":["TLSv1.2","TLSv9"]`, invalid, no + "Invalid TLS versions: TLSv9"},
		{"a bad cipher string", ref + `"tls_ciphers":"A B"`, invalid, no + "Invalid characters in cipher string. Only alphanumeric, -, +, !, :, @, =, _, and . are allowed."},
		{"a version without a cipher", ref + `"tls_versions":["TLSv1.2","TLSv1.3"],"tls_ciphers":"TLS_AES_128_GCM_SHA256"`, unsupported, cannot + "tls_versions with TLSv1.2 beside tls_ciphers that name no cipher of it"},
		{"no ALPN", ref + `"alpn_protocols":[]`, invalid, no + "Empty ALPN protocol list. Either specify at least one ALPN protocol or remove this parameter to use the default."},
		{"an unknown ALPN", ref + `"alpn_protocols":["h3"]`, invalid, "Invalid input for field/attribute alpn_protocols. Value: '['h3']'. Value should be a valid ALPN protocol ID"},
		{"HTTP/1.0", ref + `"alpn_protocols":["http/1.1","http/1.0"]`, unsupported, cannot + "alpn_protocols with http/1.0"},
		{"HTTP/2 only", ref + `"alpn_protocols":["h2"]`, unsupported, cannot + "alpn_protocols without http/1.1"},
		{"subdomains without HSTS", ref + `"hsts_include_subdomains":true`, invalid, no + "HSTS configuration options hsts_include_subdomains and hsts_preload only make sense if hsts_max_age is set as well."},
		{"preload", ref + `"hsts_max_age":86400,"hsts_preload":true`, unsupported, cannot + "hsts_preload"},
		{"a client's common name", ref + `"insert_headers":{"X-SSL-Client-CN":"true"}`, unsupported, cannot + "X-SSL-Client-CN in insert_headers"},
		{"whether a client has a certificate, if it may choose", ref + `"insert_headers":{"X-SSL-Client-Has-Cert":"true"},"client_authentication":"OPTIONAL","client_ca_tls_container_ref":"ca"`, unsupported, cannot + "X-SSL-Client-Has-Cert in insert_headers where client_authentication is OPTIONAL"},
		{"half a day", ref + `"hsts_max_age":43200`, unsupported, cannot + "hsts_max_age of 43200 seconds: the Avi Controller takes whole days (multiples of 86400) up to 10000 days"},
		{"a negative age", ref + `"hsts_max_age":-86400`, invalid, "Invalid input for field/attribute hsts_max_age. Value: '-86400'. Value should be greater or equal to 0"},
	}
	for i := range refusals {
		refusals[i].body = `{"loadbalancer_id":"lb","protocol_port":1,` + refusals[i].body + `}`
	}
	checkRefusals(t, refusals, func(in lbaas.ListenerInput) error {
		_, err := lbaas.NewListener(in)
		return err
	})
	pools := []refusal{
		{"a CRL without a CA", `"crl_container_ref":"crl"`, invalid, no + "A CA certificate reference is required to specify a revocation list."},
		{"an unknown version", `"tls_versions":["TLSv9"]`, invalid, no + "Invalid TLS versions: TLSv9"},
		{"a version without a cipher", `"tls_versions":["TLSv1.1"],"tls_ciphers":"TLS_A:TLS_B"`, unsupported, cannot + "tls_versions with TLSv1.1 beside tls_ciphers that name no cipher of it"},
		{"HTTP/2", `"tls_enabled":true,"alpn_protocols":["h2","http/1.1"]`, unsupported, cannot + "alpn_protocols of a pool other than http/1.1"},
	}
	for i := range pools {
		pools[i].body = `{"loadbalancer_id":"lb","protocol":"HTTP","lb_algorithm":"ROUND_ROBIN",` + pools[i].body + `}`
	}
	checkRefusals(t, pools, func(in lbaas.PoolInput) error {
		_, err := lbaas.NewPool(in)
		return err
	})
}

// A listener keeps a certificate, whatever is taken off.
// Programs send what they would like of TLS with every listener. It is kept, as by Octavia, and even what the Controller could not do
// is harmless where nothing is decrypted.
func TestTLSOfListenersThatDoNotDecrypt(t *testing.T) {
	for _, protocol := range []string{"HTTP", "HTTPS", "TCP", "UDP"} {
		l, err := lbaas.NewListener(decode[lbaas.ListenerInput](t, `{"loadbalancer_id":"lb","protocol":"`+protocol+`","protocol_port":80,
			"tls_versions":["TLSv1.2","TLSv1.3"],"tls_ciphers":"TLS_A","alpn_protocols":["h2"],"client_authentication":"NONE"}`))
		if err != nil {
			t.Errorf("%s: %v", protocol, err)
			continue
		}
		want := lbaas.ListenerTLS{Versions: []lbaas.TLSVersion{lbaas.TLSv12, lbaas.TLSv13}, Ciphers: "TLS_A", ALPN: []string{"h2"}}
		if diff := cmp.Diff(want, l.TLS); diff != "" {
			t.Errorf("%s (-want +got):\n%s", protocol, diff)
		}
		if l.OffersHTTP2() {
			t.Errorf("%s: offers HTTP/2", protocol)
		}
		if err := l.Update(decode[lbaas.ListenerInput](t, `{"tls_versions":null,"tls_ciphers":null,"alpn_protocols":null}`)); err != nil {
			t.Errorf("%s: %v", protocol, err)
		}
		if diff := cmp.Diff(lbaas.ListenerTLS{}, l.TLS); diff != "" {
			t.Errorf("%s, nothing asked for (-want +got):\n%s", protocol, diff)
		}
	}
}

func TestALPNOfPools(t *testing.T) {
	p, err := lbaas.NewPool(decode[lbaas.PoolInput](t, `{"loadbalancer_id":"lb","protocol":"HTTP","lb_algorithm":"ROUND_ROBIN",
		"alpn_protocols":["h2"]}`))
	if err != nil {
		t.Fatalf("without TLS: %v", err)
	}
	if err := p.Update(decode[lbaas.PoolInput](t, `{"tls_enabled":true}`)); !errors.Is(err, lbaas.KindUnsupported) {
		t.Errorf("when TLS is turned on: %v, want it refused", err)
	}
	p.TLS.Enabled = false
	if err := p.Update(decode[lbaas.PoolInput](t, `{"tls_enabled":true,"alpn_protocols":["http/1.1"]}`)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lbaas.PoolTLS{Enabled: true, ALPN: []string{"http/1.1"}}, p.TLS); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUpdateTerminatedListener(t *testing.T) {
	day := lbaas.SecondsPerDay
	before := lbaas.Listener{
		Protocol: lbaas.ListenerTerminatedHTTPS, ConnectionLimit: lbaas.Unlimited,
		TLS: lbaas.ListenerTLS{DefaultRef: "r", SNIRefs: []string{"a"}, HSTSMaxAge: &day, HSTSIncludeSubdomains: true},
	}
	after := before
	in := decode[lbaas.ListenerInput](t, `{"default_tls_container_ref":null,"hsts_max_age":null,"tls_ciphers":"X"}`)
	if err := after.Update(in); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lbaas.ListenerTLS{SNIRefs: []string{"a"}, Ciphers: "X"}, after.TLS); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := after.Update(decode[lbaas.ListenerInput](t, `{"sni_container_refs":[]}`)); err == nil {
		t.Error("the last certificate could be taken off")
	}
}

func TestPoolTLSBehindListeners(t *testing.T) {
	pool := lbaas.Pool{Protocol: lbaas.PoolHTTP, TLS: lbaas.PoolTLS{Enabled: true}}
	for protocol, fits := range map[lbaas.ListenerProtocol]bool{
		lbaas.ListenerHTTP: true, lbaas.ListenerTerminatedHTTPS: true, lbaas.ListenerTCP: false,
	} {
		if err := lbaas.CheckListenerPool(&lbaas.Listener{Protocol: protocol}, &pool); (err == nil) != fits {
			t.Errorf("%s: %v", protocol, err)
		}
	}
	cookie := lbaas.Pool{Protocol: lbaas.PoolHTTP, Persistence: &lbaas.SessionPersistence{Type: lbaas.PersistHTTPCookie}}
	if err := lbaas.CheckListenerPool(&lbaas.Listener{Protocol: lbaas.ListenerTerminatedHTTPS}, &cookie); err != nil {
		t.Errorf("cookies within TLS: %v", err)
	}
}

// A pool that checks revocations keeps the authority that they are of.
func TestAPoolsRevocationsNeedItsAuthority(t *testing.T) {
	const failure = "Validation failure: "
	for _, test := range []struct {
		name   string
		before lbaas.PoolTLS
		body   string
		want   string
	}{
		{"taken off", lbaas.PoolTLS{CARef: "ca", CRLRef: "crl"}, `{"ca_tls_container_ref":null}`, failure +
			"A CA reference cannot be removed when a certificate revocation list is present."},
		{"never there", lbaas.PoolTLS{}, `{"crl_container_ref":"crl"}`, failure +
			"A CA reference is required to specify a certificate revocation list."},
		{"both taken off", lbaas.PoolTLS{CARef: "ca", CRLRef: "crl"}, `{"ca_tls_container_ref":null,"crl_container_ref":null}`, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := lbaas.Pool{Resource: lbaas.Resource{ID: "p"}, Protocol: lbaas.PoolHTTP, Algorithm: lbaas.RoundRobin, TLS: test.before}
			if got, _, _ := lbaas.MessageFor(p.Update(decode[lbaas.PoolInput](t, test.body))); got != test.want {
				t.Errorf("the user is told %q, want %q", got, test.want)
			}
		})
	}
}
