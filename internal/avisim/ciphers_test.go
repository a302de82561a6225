package avisim

import (
	"crypto/tls"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

func TestListsOfCiphersInOpenSSLsForm(t *testing.T) {
	for list, want := range map[string][]uint16{
		"":                          nil,
		"NO-SUCH-CIPHER":            nil,
		"AES128-SHA:NO-SUCH-CIPHER": {tls.TLS_RSA_WITH_AES_128_CBC_SHA},
		"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256": {
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		},
		"kRSA+AESGCM": {tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384},
		"AESGCM:!kRSA:-ECDSA:kRSA": { // what is banned does not come back, what is taken away may
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		},
		"3DES:RC4:+RC4": {
			tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
		},
	} {
		slices.Sort(want)
		if diff := cmp.Diff(want, acceptedCiphers(map[string]any{"accepted_ciphers": list})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", list, diff)
		}
	}
}

// The profile of a virtual service reaches the engine, with the Controller's default for one that decrypts.
func TestTheEngineGetsTheProfileOfAVirtualService(t *testing.T) {
	e := &recorder{}
	c := newClient(t, newServer(t, Options{Engine: e}))
	c.mustMake("vsvip", "vsvip-1", `{"name":"v","vip":[{"vip_id":"0","ip_address":{"addr":"127.0.0.10","type":"V4"}}]}`)
	c.mustMake("sslprofile", "profile-1", `{"name":"p","accepted_versions":[{"type":"SSL_VERSION_TLS1_1"},{"type":"SSL_VERSION_TLS1_3"}],
		"accepted_ciphers":"AES128-SHA","ciphersuites":"TLS_AES_256_GCM_SHA384"}`)
	c.mustMake("virtualservice", "vs-1", `{"name":"vs","vsvip_ref":"/api/vsvip/vsvip-1","services":[{"port":443,"enable_ssl":true}]}`)
	if got := e.last().VirtualServices[0].TLS; !slices.Equal(got.Versions, []uint16{tls.VersionTLS12}) || len(got.Ciphers13) != 3 {
		t.Errorf("by default: %+v", got)
	}
	c.must(http.MethodPatch, "/api/virtualservice/vs-1", `{"replace":{"ssl_profile_ref":"/api/sslprofile/profile-1"}}`)
	want := engine.TLSProfile{
		Versions: []uint16{tls.VersionTLS11, tls.VersionTLS13}, Ciphers: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA},
		Ciphers13: []uint16{tls.TLS_AES_256_GCM_SHA384},
	}
	if diff := cmp.Diff(want, e.last().VirtualServices[0].TLS); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
