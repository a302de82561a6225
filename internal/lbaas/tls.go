package lbaas

import (
	"path"
	"slices"
	"strings"
)

// ClientAuthentication says whether clients have to show a certificate.
type ClientAuthentication string

// The ways to treat clients' certificates.
const (
	ClientAuthNone      ClientAuthentication = "NONE"
	ClientAuthOptional  ClientAuthentication = "OPTIONAL"  // one that is shown has to be good
	ClientAuthMandatory ClientAuthentication = "MANDATORY" // no connection without a good one
)

// TLSVersion is a version of TLS, in Octavia's spelling.
type TLSVersion string

// The versions of TLS, the oldest first.
const (
	SSLv3  TLSVersion = "SSLv3"
	TLSv1  TLSVersion = "TLSv1"
	TLSv11 TLSVersion = "TLSv1.1"
	TLSv12 TLSVersion = "TLSv1.2"
	TLSv13 TLSVersion = "TLSv1.3"
)

// The protocols that a listener may offer within TLS (ALPN).
const (
	alpnHTTP2  = "h2"
	alpnHTTP11 = "http/1.1"
	alpnHTTP10 = "http/1.0"
)

// maxHSTSDays is the Controller's limit of HTTPApplicationProfile.hsts_max_age (schema).
const maxHSTSDays = 10000

// SecondsPerDay converts LBaaS v2's seconds to the Controller's days.
const SecondsPerDay = 24 * 60 * 60

// ListenerTLS is how a TERMINATED_HTTPS listener decrypts. References are those of the key manager, as the user gave them. For
// every other protocol Versions, Ciphers and ALPN are what the user said, without effect, and all other fields are zero. The JSON
// form is the store's.
type ListenerTLS struct {
	// DefaultRef is the certificate for clients that name no host, or none that another one is for; empty when there is none.
	DefaultRef string `json:"default_tls_container_ref,omitempty"`
	// SNIRefs are certificates for the hosts that they name, in the user's order.
	SNIRefs []string `json:"sni_container_refs,omitempty"`
	// ClientCARef is the bundle of authorities for clients' certificates; set whenever ClientAuthentication is not NONE.
	ClientCARef string `json:"client_ca_tls_container_ref,omitempty"`
	// ClientCRLRef is set only when ClientCARef is.
	ClientCRLRef         string               `json:"client_crl_container_ref,omitempty"`
	ClientAuthentication ClientAuthentication `json:"client_authentication,omitempty"` // empty is NONE
	// Versions and Ciphers are empty when the Controller's standard profile is to be used.
	Versions []TLSVersion `json:"tls_versions,omitempty"`
	Ciphers  string       `json:"tls_ciphers,omitempty"` // OpenSSL's form
	// ALPN is empty when the user leaves it to the Controller.
	ALPN []string `json:"alpn_protocols,omitempty"`
	// HSTSMaxAge is in seconds; nil turns HSTS off. HSTSIncludeSubdomains is set only when it is not nil.
	HSTSMaxAge            *int `json:"hsts_max_age,omitempty"`
	HSTSIncludeSubdomains bool `json:"hsts_include_subdomains,omitempty"`
}

// ListenerTLSInput is what a request may say of a listener's TLS; it is part of ListenerInput.
type ListenerTLSInput struct {
	DefaultTLSContainerRef  Attr[string]               `json:"default_tls_container_ref,omitzero"`
	SNIContainerRefs        Attr[[]string]             `json:"sni_container_refs,omitzero"`
	ClientCATLSContainerRef Attr[string]               `json:"client_ca_tls_container_ref,omitzero"`
	ClientCRLContainerRef   Attr[string]               `json:"client_crl_container_ref,omitzero"`
	ClientAuthentication    Attr[ClientAuthentication] `json:"client_authentication,omitzero"`
	TLSVersions             Attr[[]TLSVersion]         `json:"tls_versions,omitzero"`
	TLSCiphers              Attr[string]               `json:"tls_ciphers,omitzero"`
	ALPNProtocols           Attr[[]string]             `json:"alpn_protocols,omitzero"`
	HSTSMaxAge              Attr[int]                  `json:"hsts_max_age,omitzero"`
	HSTSIncludeSubdomains   Attr[bool]                 `json:"hsts_include_subdomains,omitzero"`
	HSTSPreload             Attr[bool]                 `json:"hsts_preload,omitzero"`
}

// PoolTLS is how the load balancer encrypts to a pool's members. The JSON form is the store's.
type PoolTLS struct {
	Enabled bool `json:"tls_enabled,omitempty"`
	// ContainerRef is the certificate that is shown to members; empty when there is none.
	ContainerRef string `json:"tls_container_ref,omitempty"`
	// CARef is the bundle of authorities that members' certificates are held to; empty when they are not verified.
	CARef string `json:"ca_tls_container_ref,omitempty"`
	// CRLRef is set only when CARef is.
	CRLRef   string       `json:"crl_container_ref,omitempty"`
	Versions []TLSVersion `json:"tls_versions,omitempty"`
	Ciphers  string       `json:"tls_ciphers,omitempty"` // OpenSSL's form
	// ALPN is empty or HTTP/1.1 alone, which is what members are spoken to in anyway; anything, without effect, where TLS is off.
	ALPN []string `json:"alpn_protocols,omitempty"`
}

// PoolTLSInput is what a request may say of a pool's TLS; it is part of PoolInput.
type PoolTLSInput struct {
	TLSEnabled        Attr[bool]         `json:"tls_enabled,omitzero"`
	TLSContainerRef   Attr[string]       `json:"tls_container_ref,omitzero"`
	CATLSContainerRef Attr[string]       `json:"ca_tls_container_ref,omitzero"`
	CRLContainerRef   Attr[string]       `json:"crl_container_ref,omitzero"`
	TLSVersions       Attr[[]TLSVersion] `json:"tls_versions,omitzero"`
	TLSCiphers        Attr[string]       `json:"tls_ciphers,omitzero"`
	ALPNProtocols     Attr[[]string]     `json:"alpn_protocols,omitzero"`
}

// ContainerID is the id of what a reference to the key manager names: the last part of its path.
func ContainerID(ref string) string { return path.Base(strings.TrimRight(ref, "/")) }

// CertificateRefs are the references to certificates with keys: the default one first, each once.
func (t *ListenerTLS) CertificateRefs() []string {
	var refs []string
	for _, ref := range append([]string{t.DefaultRef}, t.SNIRefs...) {
		if ref != "" && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// AuthenticatesClients says that clients are asked for a certificate.
func (t *ListenerTLS) AuthenticatesClients() bool {
	return t.ClientAuthentication != "" && t.ClientAuthentication != ClientAuthNone
}

// updateTLS applies what a request says of TLS, and checks the outcome as a whole by Octavia's rules.
func (l *Listener) updateTLS(in ListenerTLSInput) error {
	t := &l.TLS
	assign(in.DefaultTLSContainerRef, &t.DefaultRef, "")
	assign(in.SNIContainerRefs, &t.SNIRefs, nil)
	assign(in.ClientCATLSContainerRef, &t.ClientCARef, "")
	assign(in.ClientCRLContainerRef, &t.ClientCRLRef, "")
	assign(in.ClientAuthentication, &t.ClientAuthentication, "")
	if t.ClientAuthentication == ClientAuthNone {
		t.ClientAuthentication = "" // the one form of NONE
	}
	assign(in.TLSVersions, &t.Versions, nil)
	assign(in.TLSCiphers, &t.Ciphers, "")
	assign(in.ALPNProtocols, &t.ALPN, nil)
	switch {
	case in.HSTSMaxAge.HasValue():
		t.HSTSMaxAge = &in.HSTSMaxAge.Value
	case in.HSTSMaxAge.Null:
		t.HSTSMaxAge, t.HSTSIncludeSubdomains = nil, false
	}
	assign(in.HSTSIncludeSubdomains, &t.HSTSIncludeSubdomains, false)
	if l.Protocol != ListenerTerminatedHTTPS {
		return l.checkNoTLS(in)
	}
	for _, check := range []func(ListenerTLSInput) error{l.checkContainers, l.checkClientAuthentication, l.checkHSTS} {
		if err := check(in); err != nil {
			return err
		}
	}
	if err := checkTLSVersions(in.TLSVersions); err != nil {
		return err
	}
	if err := checkCiphers(t.Ciphers); err != nil {
		return err
	}
	if err := checkCiphersOfVersions(in.TLSVersions.Set || in.TLSCiphers.Set, t.Versions, t.Ciphers); err != nil {
		return err
	}
	return checkALPN(in.ALPNProtocols)
}

// checkNoTLS refuses what would have to be shown or done where nothing is decrypted. As in Octavia the versions, ciphers and ALPN
// protocols are kept without effect: programs send them with every listener (gophercloud's own tests do).
func (l *Listener) checkNoTLS(in ListenerTLSInput) error {
	t := &l.TLS
	certificates := t.DefaultRef != "" || len(t.SNIRefs) > 0
	switch {
	case certificates && l.L4() != l4TCP && l.ID == "":
		return Invalidf("%s protocol listener does not support TLS.", l.Protocol)
	case certificates && l.L4() != l4TCP:
		return Invalidf("%s protocol listener does not support TLS or header insertion.", l.Protocol)
	case !certificates && t.ClientCARef != "" && l.ID == "": // so is a new listener of any protocol
		return Invalidf(caWithoutCertificate)
	case certificates || t.ClientCARef != "":
		return Invalidf("Certificate container references are not allowed on %s protocol listeners.", l.Protocol)
	}
	if err := l.checkClientAuthentication(in); err != nil {
		return err
	}
	if err := l.checkUnusedTLS(in); err != nil {
		return err
	}
	switch {
	case t.HSTSMaxAge != nil, t.HSTSIncludeSubdomains, in.HSTSPreload.Or(false):
		return Invalidf("The HSTS feature can only be used for listeners using the TERMINATED_HTTPS protocol.")
	}
	l.TLS = ListenerTLS{Versions: t.Versions, Ciphers: t.Ciphers, ALPN: t.ALPN}
	// Empty lists ask for nothing here.
	if len(t.Versions) > 0 {
		if err := checkTLSVersions(in.TLSVersions); err != nil {
			return err
		}
	}
	if len(t.ALPN) > 0 {
		if err := checkALPNNames(in.ALPNProtocols); err != nil {
			return err
		}
	}
	return checkCiphers(t.Ciphers)
}

// checkUnusedTLS checks what Octavia does where nothing is decrypted: the ciphers always, and the lists in a change only.
func (l *Listener) checkUnusedTLS(in ListenerTLSInput) error {
	if err := checkCiphers(l.TLS.Ciphers); err != nil || l.ID == "" {
		return err
	}
	if err := checkTLSVersions(in.TLSVersions); err != nil {
		return err
	}
	return checkALPN(in.ALPNProtocols)
}

// caWithoutCertificate is Octavia's refusal of a listener that would ask its clients for a certificate and show them none.
const caWithoutCertificate = "An SNI or default certificate container reference must be provided with a client CA container reference."

func (l *Listener) checkContainers(ListenerTLSInput) error {
	for _, ref := range append(l.TLS.CertificateRefs(), l.TLS.ClientCARef, l.TLS.ClientCRLRef) {
		if err := checkText("container reference", ref); err != nil {
			return err
		}
	}
	if slices.Contains(l.TLS.SNIRefs, "") {
		return InvalidValue("sni_container_refs", l.TLS.SNIRefs, "Value should not contain an empty reference")
	}
	if len(l.TLS.CertificateRefs()) > 0 {
		return nil
	}
	if l.TLS.ClientCARef != "" {
		return Invalidf(caWithoutCertificate)
	}
	return Invalidf("An SNI or default certificate container reference must be provided for %s protocol listeners.", l.Protocol)
}

func (l *Listener) checkClientAuthentication(in ListenerTLSInput) error {
	t := &l.TLS
	// Octavia's null is none, and yet not NONE: it wants a CA to be there, if only until the same change takes it away.
	if in.ClientAuthentication.Null && t.ClientCARef == "" && !in.ClientCATLSContainerRef.Null {
		return Invalidf("Client authentication setting None requires a client CA container reference.")
	}
	if t.AuthenticatesClients() {
		if err := checkEnum("client_authentication", t.ClientAuthentication, ClientAuthentications()); err != nil {
			return err
		}
		if t.ClientCARef == "" {
			return Invalidf("Client authentication setting %s requires a client CA container reference.", t.ClientAuthentication)
		}
	}
	if t.ClientCRLRef != "" && t.ClientCARef == "" {
		return Invalidf("A client authentication CA reference is required to specify a client authentication revocation list.")
	}
	return nil
}

// checkHSTS: the Controller counts the age in days, and knows no preload.
func (l *Listener) checkHSTS(in ListenerTLSInput) error {
	age := l.TLS.HSTSMaxAge
	switch {
	case age == nil && (l.TLS.HSTSIncludeSubdomains || in.HSTSPreload.Or(false)):
		return Invalidf("HSTS configuration options hsts_include_subdomains and hsts_preload only make sense if hsts_max_age is set as well.")
	case in.HSTSPreload.Or(false):
		return Unsupportedf(ProviderDisplayName, "hsts_preload")
	case age == nil:
		return nil
	case *age < 0:
		return InvalidValue("hsts_max_age", *age, "Value should be greater or equal to 0")
	case *age%SecondsPerDay != 0 || *age/SecondsPerDay > maxHSTSDays:
		return Unsupportedf(ProviderDisplayName, "hsts_max_age of %d seconds: the Avi Controller takes whole days (multiples of %d) up to %d days",
			*age, SecondsPerDay, maxHSTSDays)
	}
	return nil
}

// updateTLS applies what a request says of TLS, and checks the outcome as a whole by Octavia's rules.
func (p *Pool) updateTLS(in PoolTLSInput) error {
	t := &p.TLS
	hadCA := t.CARef != ""
	assign(in.TLSEnabled, &t.Enabled, false)
	assign(in.TLSContainerRef, &t.ContainerRef, "")
	assign(in.CATLSContainerRef, &t.CARef, "")
	assign(in.CRLContainerRef, &t.CRLRef, "")
	assign(in.TLSVersions, &t.Versions, nil)
	assign(in.TLSCiphers, &t.Ciphers, "")
	assign(in.ALPNProtocols, &t.ALPN, nil)
	for _, ref := range []string{t.ContainerRef, t.CARef, t.CRLRef} {
		if err := checkText("container reference", ref); err != nil {
			return err
		}
	}
	switch {
	case t.CRLRef == "" || t.CARef != "":
	case hadCA:
		return Invalidf("A CA reference cannot be removed when a certificate revocation list is present.")
	case p.ID != "":
		return Invalidf("A CA reference is required to specify a certificate revocation list.")
	default:
		return Invalidf("A CA certificate reference is required to specify a revocation list.")
	}
	if err := checkTLSVersions(in.TLSVersions); err != nil {
		return err
	}
	if err := checkCiphers(t.Ciphers); err != nil {
		return err
	}
	if err := checkCiphersOfVersions(in.TLSVersions.Set || in.TLSCiphers.Set, t.Versions, t.Ciphers); err != nil {
		return err
	}
	if err := checkALPNNames(in.ALPNProtocols); err != nil {
		return err
	}
	if t.Enabled && len(t.ALPN) > 0 && !slices.Equal(t.ALPN, []string{alpnHTTP11}) {
		return Unsupportedf(ProviderDisplayName, "alpn_protocols of a pool other than %s", alpnHTTP11)
	}
	return nil
}

func checkTLSVersions(in Attr[[]TLSVersion]) error {
	if !in.HasValue() {
		return nil
	}
	if len(in.Value) == 0 {
		return Invalidf("Empty TLS version list. Either specify at least one TLS version or remove this parameter to use the default.")
	}
	var unknown []TLSVersion
	for _, v := range in.Value {
		if !slices.Contains([]TLSVersion{SSLv3, TLSv1, TLSv11, TLSv12, TLSv13}, v) {
			unknown = append(unknown, v)
		}
	}
	if len(unknown) > 0 {
		return Invalidf("Invalid TLS versions: %s", joined(unknown))
	}
	return nil
}

func checkCiphers(ciphers string) error {
	const maxCiphers = 2048 // Octavia's limit
	if len(ciphers) > maxCiphers {
		return InvalidValue("tls_ciphers", ciphers[:maxCiphers], "Value should have a maximum character requirement of 2048")
	}
	if strings.ContainsFunc(ciphers, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("-+!:@=_.", r)
	}) {
		return Invalidf("Invalid characters in cipher string. Only alphanumeric, -, +, !, :, @, =, _, and . are allowed.")
	}
	return nil
}

// checkCiphersOfVersions refuses versions that the list of ciphers has none for: they could not be offered. In OpenSSL's naming,
// the ciphers of TLS 1.3 are those whose names begin with TLS_.
func checkCiphersOfVersions(given bool, versions []TLSVersion, ciphers string) error {
	if !given || ciphers == "" {
		return nil
	}
	for name := range strings.SplitSeq(ciphers, ":") {
		if name != "" && !strings.HasPrefix(name, "TLS_") {
			return nil
		}
	}
	older := slices.DeleteFunc(slices.Clone(versions), func(v TLSVersion) bool { return v == TLSv13 })
	if len(older) == 0 {
		return nil
	}
	return Unsupportedf(ProviderDisplayName, "tls_versions with %s beside tls_ciphers that name no cipher of it", joined(older))
}

// checkALPN: the Controller offers HTTP/1.1 always and HTTP/2 when it is turned on, and nothing else.
func checkALPN(in Attr[[]string]) error {
	if err := checkALPNNames(in); err != nil || !in.HasValue() {
		return err
	}
	switch {
	case slices.Contains(in.Value, alpnHTTP10):
		return Unsupportedf(ProviderDisplayName, "alpn_protocols with %s", alpnHTTP10)
	case !slices.Contains(in.Value, alpnHTTP11):
		return Unsupportedf(ProviderDisplayName, "alpn_protocols without %s", alpnHTTP11)
	}
	return nil
}

// checkALPNNames wants the names that Octavia knows, and at least one.
func checkALPNNames(in Attr[[]string]) error {
	if !in.HasValue() {
		return nil
	}
	if len(in.Value) == 0 {
		return Invalidf("Empty ALPN protocol list. Either specify at least one ALPN protocol or remove this parameter to use the default.")
	}
	if slices.ContainsFunc(in.Value, func(p string) bool { return p != alpnHTTP2 && p != alpnHTTP11 && p != alpnHTTP10 }) {
		return InvalidValue("alpn_protocols", quoted(in.Value), "Value should be a valid ALPN protocol ID")
	}
	return nil
}

// OffersHTTP2 says that the user asked for HTTP/2 by ALPN, of a listener that decrypts.
func (l *Listener) OffersHTTP2() bool {
	return l.Protocol == ListenerTerminatedHTTPS && slices.Contains(l.TLS.ALPN, alpnHTTP2)
}
