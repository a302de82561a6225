package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is asked for of TLS is shown again, and what is left to the Controller is null.
func TestTLSAttributesAreShown(t *testing.T) {
	for name, test := range map[string]struct{ target, given, want string }{
		"listener": {
			"listener POST",
			`"protocol":"TERMINATED_HTTPS","default_tls_container_ref":"http://k/v1/containers/a","sni_container_refs":["http://k/v1/containers/b"],
			 "client_ca_tls_container_ref":"http://k/v1/secrets/c","client_crl_container_ref":"http://k/v1/secrets/d","client_authentication":"MANDATORY",
			 "tls_versions":["TLSv1.3"],"tls_ciphers":"TLS_AES_128_GCM_SHA256","alpn_protocols":["h2","http/1.1"],"hsts_max_age":86400,
			 "hsts_include_subdomains":true`,
			`{"protocol":"TERMINATED_HTTPS","default_tls_container_ref":"http://k/v1/containers/a","sni_container_refs":["http://k/v1/containers/b"],
			 "client_ca_tls_container_ref":"http://k/v1/secrets/c","client_crl_container_ref":"http://k/v1/secrets/d","client_authentication":"MANDATORY",
			 "tls_versions":["TLSv1.3"],"tls_ciphers":"TLS_AES_128_GCM_SHA256","alpn_protocols":["h2","http/1.1"],"hsts_max_age":86400,
			 "hsts_include_subdomains":true,"hsts_preload":false}`,
		},
		"listener without": {
			"listener POST", `"protocol":"HTTP","tls_versions":[],"alpn_protocols":null,"client_authentication":"NONE"`,
			`{"default_tls_container_ref":null,"sni_container_refs":[],"client_authentication":"NONE","tls_versions":null,"tls_ciphers":null,
			 "alpn_protocols":null,"hsts_max_age":null}`,
		},
		"pool": {
			"pool POST",
			`"tls_enabled":true,"tls_container_ref":"http://k/v1/containers/a","ca_tls_container_ref":"http://k/v1/secrets/c",
			 "crl_container_ref":"http://k/v1/secrets/d","tls_versions":["TLSv1.2"],"tls_ciphers":"X","alpn_protocols":["http/1.1"]`,
			`{"tls_enabled":true,"tls_container_ref":"http://k/v1/containers/a","ca_tls_container_ref":"http://k/v1/secrets/c",
			 "crl_container_ref":"http://k/v1/secrets/d","tls_versions":["TLSv1.2"],"tls_ciphers":"X","alpn_protocols":["http/1.1"]}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := targetNamed(t, test.target)
			f := newFront(t)
			f.populate(t)
			answer := f.must(t, g.method, g.path, g.with(test.given))
			var got map[string]map[string]any
			var want map[string]any
			if err := json.Unmarshal(answer.body, &got); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			for attribute, value := range want {
				for _, shown := range got {
					if diff := cmp.Diff(value, shown[attribute]); diff != "" {
						t.Errorf("%s (-want +got):\n%s", attribute, diff)
					}
				}
			}
		})
	}
}

// A body that is wrong in its form is a 400 that says where.
func TestTLSAttributesAreRead(t *testing.T) {
	for _, given := range []string{
		`"sni_container_refs":"x"`, `"sni_container_refs":[1]`, `"sni_container_refs":[null]`, `"hsts_max_age":"a day"`, `"hsts_max_age":-1`,
		`"client_authentication":"SOMETIMES"`, `"tls_versions":"TLSv1.2"`, `"default_tls_container_ref":{}`,
	} {
		g := targetNamed(t, "listener POST")
		f := newFront(t)
		f.populate(t)
		if got := f.do(g.method, g.path, g.with(given)); got.status != http.StatusBadRequest {
			t.Errorf("%s: answered %d: %s", given, got.status, got.body)
		}
	}
}
