package api

import "github.com/avi-lbaas/avi-lbaas/internal/lbaas"

// showTLS shows what the user said of a listener's TLS. What is left to the Controller is null.
func (v *listenerView) showTLS(t *lbaas.ListenerTLS) {
	v.DefaultTLSContainerRef = orNull(t.DefaultRef)
	if len(t.SNIRefs) > 0 {
		v.SNIContainerRefs = t.SNIRefs
	}
	v.ClientCATLSContainerRef, v.ClientCRLContainerRef = orNull(t.ClientCARef), orNull(t.ClientCRLRef)
	if t.AuthenticatesClients() {
		v.ClientAuthentication = string(t.ClientAuthentication)
	}
	v.TLSCiphers, v.TLSVersions, v.ALPNProtocols = orNull(t.Ciphers), versionTexts(t.Versions), t.ALPN
	v.HSTSMaxAge, v.HSTSIncludeSubdomains = t.HSTSMaxAge, t.HSTSIncludeSubdomains
}

// showTLS shows what the user said of a pool's TLS. What is left to the Controller is null.
func (v *poolView) showTLS(t *lbaas.PoolTLS) {
	v.TLSEnabled, v.TLSContainerRef = t.Enabled, orNull(t.ContainerRef)
	v.CATLSContainerRef, v.CRLContainerRef = orNull(t.CARef), orNull(t.CRLRef)
	v.TLSCiphers, v.TLSVersions, v.ALPNProtocols = orNull(t.Ciphers), versionTexts(t.Versions), t.ALPN
}

// versionTexts is nil, null in JSON, for none.
func versionTexts(versions []lbaas.TLSVersion) []string {
	var texts []string
	for _, v := range versions {
		texts = append(texts, string(v))
	}
	return texts
}
