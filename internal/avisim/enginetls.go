package avisim

import (
	"fmt"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// engineHost is an SNI child: its own certificates, rules and pool, for its domains.
func (s *Server) engineHost(child *record) engine.Host {
	host := engine.Host{
		UUID: child.uuid, Certificates: s.engineCertificates(child.body), RequestRules: s.requestRules(child.body),
		TLS: s.tlsProfile(refUUID(child.body, "ssl_profile_ref")),
	}
	domains, _ := child.body["vh_domain_name"].([]any)
	for _, domain := range domains {
		if name, ok := domain.(string); ok {
			host.Domains = append(host.Domains, strings.ToLower(name))
		}
	}
	host.PoolUUID = s.poolOrGroup(child.body)
	return host
}

// fillTLS resolves what a virtual service's application profile and services say of its TLS clients.
func (s *Server) fillTLS(out *engine.VirtualService, vs schema.Object) {
	for _, service := range objects(vs, "services") {
		if flag(service, "enable_ssl") && flag(service, "enable_http2") {
			out.HTTP2 = true
		}
	}
	out.TLS = s.tlsProfile(refUUID(vs, "ssl_profile_ref"))
	profile := object(s.profilesOf(vs).application, "http_profile")
	if flag(profile, "hsts_enabled") {
		out.StrictTransportSecurity = fmt.Sprintf("max-age=%d", number(profile, "hsts_max_age")*24*60*60)
		if flag(profile, "hsts_subdomains_enabled") {
			out.StrictTransportSecurity += "; includeSubDomains"
		}
	}
	switch text(profile, "ssl_client_certificate_mode") {
	case "SSL_CLIENT_CERTIFICATE_REQUEST":
		out.ClientAuth.Mode = engine.ClientAuthRequest
	case "SSL_CLIENT_CERTIFICATE_REQUIRE":
		out.ClientAuth.Mode = engine.ClientAuthRequire
	}
	pki := s.store.get("PKIProfile", refUUID(profile, "pki_profile_ref"))
	if pki == nil {
		return
	}
	for _, authority := range objects(pki.body, "ca_certs") {
		out.ClientAuth.AuthoritiesPEM = append(out.ClientAuth.AuthoritiesPEM, text(authority, "certificate"))
	}
	if flag(pki.body, "crl_check") {
		for _, list := range objects(pki.body, "crls") {
			out.ClientAuth.RevocationsPEM = append(out.ClientAuth.RevocationsPEM, text(list, "body"))
		}
	}
}
