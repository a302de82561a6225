package translate

import (
	"cmp"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// listenerProfiles are the profiles that a listener needs of its own; most need none.
func (t *translator) listenerProfiles(l *lbaas.Listener) []plan.Object {
	var objects []plan.Object
	if l.TLS.AuthenticatesClients() {
		objects = append(objects, t.pkiProfile(l.ID, l.TLS.ClientCARef, l.TLS.ClientCRLRef))
	}
	if hasOwnApplicationProfile(l) {
		objects = append(objects, t.ownApplicationProfile(l))
	}
	if l.Protocol == lbaas.ListenerTerminatedHTTPS && ownSSLProfile(l.TLS.Versions, l.TLS.Ciphers) {
		objects = append(objects, t.sslProfile(l.ID, l.TLS.Versions, l.TLS.Ciphers))
	}
	return objects
}

// poolProfiles are the profiles that a pool's TLS needs; its copies share them.
func (t *translator) poolProfiles(p *lbaas.Pool) []plan.Object {
	var objects []plan.Object
	if p.TLS.CARef != "" {
		objects = append(objects, t.pkiProfile(p.ID, p.TLS.CARef, p.TLS.CRLRef))
	}
	if ownSSLProfile(p.TLS.Versions, p.TLS.Ciphers) {
		objects = append(objects, t.sslProfile(p.ID, p.TLS.Versions, p.TLS.Ciphers))
	}
	return objects
}

// pkiProfile is a bundle of authorities with its revocation lists. The Controller wants a list for each authority unless it is
// told not to look (controller facts 4.2).
func (t *translator) pkiProfile(ownerID, caRef, crlRef string) plan.Object {
	authorities, lists := plan.List{}, plan.List{}
	for _, a := range t.material.Authorities[caRef] {
		authorities.Entries = append(authorities.Entries, map[string]any{"certificate": a.PEM})
	}
	for _, body := range t.material.Revocations[crlRef] {
		lists.Entries = append(lists.Entries, map[string]any{"body": body})
	}
	o := t.object(TypePKIProfile, TypePKIProfile+"-"+ownerID, ownerID, map[string]any{
		"name": TypePKIProfile + "-" + ownerID, "ca_certs": authorities, "crls": lists, "crl_check": len(lists.Entries) > 0,
	})
	return o
}

// hasOwnApplicationProfile says that the Controller's System-HTTP or System-Secure-HTTP, which the Python driver uses, will not do.
func hasOwnApplicationProfile(l *lbaas.Listener) bool {
	return l.TLS.AuthenticatesClients() || l.TLS.HSTSMaxAge != nil || l.Protocol.HTTP() && l.TimeoutClientData != 0
}

// ownApplicationProfile is System-Secure-HTTP (controller facts 4.2) but for what the user asks: it begins with the same
// settings, which may be changed by hand afterwards.
func (t *translator) ownApplicationProfile(l *lbaas.Listener) plan.Object {
	http := map[string]any{
		"hsts_enabled":                false,
		"ssl_client_certificate_mode": "SSL_CLIENT_CERTIFICATE_NONE",
		"pki_profile_ref":             nil,
	}
	if age := l.TLS.HSTSMaxAge; age != nil {
		http["hsts_enabled"] = true
		http["hsts_max_age"] = *age / lbaas.SecondsPerDay
		http["hsts_subdomains_enabled"] = l.TLS.HSTSIncludeSubdomains
	}
	if l.TLS.AuthenticatesClients() {
		http["ssl_client_certificate_mode"] = "SSL_CLIENT_CERTIFICATE_REQUIRE"
		http["pki_profile_ref"] = refTo(TypePKIProfile, TypePKIProfile+"-"+l.ID)
	}
	if l.TLS.ClientAuthentication == lbaas.ClientAuthOptional {
		http["ssl_client_certificate_mode"] = "SSL_CLIENT_CERTIFICATE_REQUEST"
	}
	for field, standard := range clientTimeouts() {
		http[field] = cmp.Or(l.TimeoutClientData, standard)
	}
	o := t.object(TypeApplicationProfile, ApplicationProfileUUID(l.ID), l.ID, map[string]any{
		"name": ApplicationProfileUUID(l.ID), "type": "APPLICATION_PROFILE_TYPE_HTTP", "http_profile": http,
	})
	if l.Protocol != lbaas.ListenerTerminatedHTTPS {
		return o // System-HTTP is what the Controller's defaults make
	}
	o.Once["http_profile"] = map[string]any{
		"x_forwarded_proto_enabled": true, "secure_cookie_enabled": true, "httponly_enabled": true,
		"server_side_redirect_to_https": true,
	}
	return o
}

// clientTimeouts are the Controller's times for a client that is silent: until the end of a request's header, between two pieces of
// its body, and between two requests; with its defaults, in milliseconds (controller facts 4.3: HTTPApplicationProfile).
func clientTimeouts() map[string]int {
	return map[string]int{"client_header_timeout": 10000, "client_body_timeout": 30000, "keepalive_timeout": 30000}
}

func ownSSLProfile(versions []lbaas.TLSVersion, ciphers string) bool {
	return len(versions) > 0 || ciphers != ""
}

// The ciphers for a user who names versions only: those of Octavia's default for TLS 1.2, and for older versions, which know
// none of them, AES with SHA-1.
const (
	modernCiphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" +
		"ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:" +
		"DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305"
	oldCiphers = ":ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:AES128-SHA:AES256-SHA"
)

// sslProfile holds versions and ciphers. LBaaS v2 has one list of ciphers, the Controller two: TLS 1.3's are apart.
func (t *translator) sslProfile(ownerID string, versions []lbaas.TLSVersion, ciphers string) plan.Object {
	if len(versions) == 0 {
		versions = []lbaas.TLSVersion{lbaas.TLSv12, lbaas.TLSv13} // Octavia's default
	}
	before13, of13 := splitCiphers(ciphers)
	if ciphers != "" && before13 == "" {
		versions = []lbaas.TLSVersion{lbaas.TLSv13} // the user named no cipher for the others
	}
	if ciphers == "" {
		before13 = modernCiphers
		if slices.ContainsFunc(versions, func(v lbaas.TLSVersion) bool { return v != lbaas.TLSv12 && v != lbaas.TLSv13 }) {
			before13 += oldCiphers
		}
	}
	accepted := plan.List{}
	for _, v := range versions {
		accepted.Entries = append(accepted.Entries, map[string]any{"type": versionName(v)})
	}
	fields := map[string]any{"name": TypeSSLProfile + "-" + ownerID, "accepted_versions": accepted}
	if before13 != "" {
		fields["accepted_ciphers"] = before13
	}
	if of13 != "" {
		fields["ciphersuites"] = of13
	}
	return t.object(TypeSSLProfile, TypeSSLProfile+"-"+ownerID, ownerID, fields)
}

// splitCiphers tells the ciphers of TLS 1.3, whose names begin with TLS_, from the others.
func splitCiphers(ciphers string) (before13, of13 string) {
	var older, newer []string
	for name := range strings.SplitSeq(ciphers, ":") {
		switch {
		case strings.HasPrefix(name, "TLS_"):
			newer = append(newer, name)
		case name != "":
			older = append(older, name)
		}
	}
	return strings.Join(older, ":"), strings.Join(newer, ":")
}

func versionName(v lbaas.TLSVersion) string {
	switch v {
	case lbaas.SSLv3:
		return "SSL_VERSION_SSLV3"
	case lbaas.TLSv1:
		return "SSL_VERSION_TLS1"
	case lbaas.TLSv11:
		return "SSL_VERSION_TLS1_1"
	case lbaas.TLSv12:
		return "SSL_VERSION_TLS1_2"
	case lbaas.TLSv13:
	}
	return "SSL_VERSION_TLS1_3"
}
