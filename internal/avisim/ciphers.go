package avisim

import (
	"crypto/tls"
	"maps"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// tlsVersions are those of SSLVersion.type. Nobody speaks SSLv3 any more, the engine included: its number keeps a profile that
// allows nothing else from allowing everything.
var tlsVersions = map[string]uint16{ //nolint:gochecknoglobals // a table that never changes
	"SSL_VERSION_SSLV3": 0x0300, "SSL_VERSION_TLS1": tls.VersionTLS10, "SSL_VERSION_TLS1_1": tls.VersionTLS11,
	"SSL_VERSION_TLS1_2": tls.VersionTLS12, "SSL_VERSION_TLS1_3": tls.VersionTLS13,
}

// opensslCiphers are the ciphers before TLS 1.3 that the engine has, by the names that SSLProfile.accepted_ciphers knows.
var opensslCiphers = map[string]uint16{ //nolint:gochecknoglobals // a table that never changes
	"ECDHE-ECDSA-AES128-GCM-SHA256": tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-ECDSA-AES256-GCM-SHA384": tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-RSA-AES128-GCM-SHA256":   tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-RSA-AES256-GCM-SHA384":   tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-ECDSA-CHACHA20-POLY1305": tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	"ECDHE-RSA-CHACHA20-POLY1305":   tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	"ECDHE-ECDSA-AES128-SHA256":     tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
	"ECDHE-RSA-AES128-SHA256":       tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
	"ECDHE-ECDSA-AES128-SHA":        tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
	"ECDHE-RSA-AES128-SHA":          tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	"ECDHE-ECDSA-AES256-SHA":        tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
	"ECDHE-RSA-AES256-SHA":          tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	"ECDHE-RSA-DES-CBC3-SHA":        tls.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,
	"AES128-GCM-SHA256":             tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
	"AES256-GCM-SHA384":             tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	"AES128-SHA256":                 tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
	"AES128-SHA":                    tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	"AES256-SHA":                    tls.TLS_RSA_WITH_AES_256_CBC_SHA,
	"DES-CBC3-SHA":                  tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
	"RC4-SHA":                       tls.TLS_RSA_WITH_RC4_128_SHA,
}

// ciphersuites13 are those of TLS 1.3.
var ciphersuites13 = map[string]uint16{ //nolint:gochecknoglobals // a table that never changes
	"TLS_AES_128_GCM_SHA256": tls.TLS_AES_128_GCM_SHA256, "TLS_AES_256_GCM_SHA384": tls.TLS_AES_256_GCM_SHA384,
	"TLS_CHACHA20_POLY1305_SHA256": tls.TLS_CHACHA20_POLY1305_SHA256,
}

// tlsProfile is what an SSL profile allows; the zero value where there is none.
func (s *Server) tlsProfile(uuid string) engine.TLSProfile {
	var out engine.TLSProfile
	r := s.store.get("SSLProfile", uuid)
	if r == nil {
		return out
	}
	for _, version := range objects(r.body, "accepted_versions") {
		out.Versions = append(out.Versions, tlsVersions[text(version, "type")])
	}
	out.Ciphers = acceptedCiphers(r.body)
	for name := range strings.SplitSeq(text(r.body, "ciphersuites"), ":") {
		if id, known := ciphersuites13[name]; known {
			out.Ciphers13 = append(out.Ciphers13, id)
		}
	}
	return out
}

// acceptedCiphers reads the list in OpenSSL's form: names, kinds ("AES"), kinds that go together ("ECDHE+AESGCM"), and either of
// them taken away ("!3DES", "-RC4"). What OpenSSL does not know, it passes over.
func acceptedCiphers(profile schema.Object) []uint16 {
	accepted, banned := map[uint16]bool{}, map[uint16]bool{}
	for word := range strings.SplitSeq(text(profile, "accepted_ciphers"), ":") {
		kinds := strings.TrimLeft(word, "!-+")
		for name, id := range opensslCiphers {
			if !isOfKinds(name, kinds) {
				continue
			}
			switch word[0] {
			case '!':
				banned[id] = true
			case '-':
				delete(accepted, id)
			case '+': // puts them last
			default:
				accepted[id] = true
			}
		}
	}
	maps.DeleteFunc(accepted, func(id uint16, _ bool) bool { return banned[id] })
	return slices.Sorted(maps.Keys(accepted))
}

// isOfKinds says that a cipher has a name, or is of all kinds that are joined by "+".
func isOfKinds(name, kinds string) bool {
	if name == kinds {
		return true
	}
	for kind := range strings.SplitSeq(kinds, "+") {
		if !slices.Contains(kindsOf(name), kind) {
			return false
		}
	}
	return true
}

func kindsOf(name string) []string {
	kinds := []string{"ALL", "DEFAULT"}
	has := func(part string, more ...string) {
		if strings.Contains(name, part) {
			kinds = append(kinds, more...)
		}
	}
	has("ECDHE-", "ECDHE", "EECDH", "kECDHE", "kEECDH")
	has("ECDSA", "ECDSA", "aECDSA")
	has("AES", "AES", "HIGH")
	has("AES128", "AES128")
	has("AES256", "AES256")
	has("GCM", "AESGCM")
	has("CHACHA20", "CHACHA20", "HIGH")
	has("DES-CBC3", "3DES")
	has("RC4", "RC4")
	if !strings.Contains(name, "ECDSA") {
		kinds = append(kinds, "aRSA")
	}
	if !strings.Contains(name, "ECDHE") {
		kinds = append(kinds, "RSA", "kRSA")
	}
	if strings.HasSuffix(name, "-SHA") {
		kinds = append(kinds, "SHA", "SHA1")
	}
	return kinds
}
