package lbaas

import (
	"net/netip"
	"slices"
	"strings"
)

// InsertHeaders are the headers that a listener gives each request on its way to the members.
type InsertHeaders struct {
	ForwardedFor   bool `json:"for,omitempty"`   // X-Forwarded-For: the client's address
	ForwardedPort  bool `json:"port,omitempty"`  // X-Forwarded-Port: the listener's port
	ForwardedProto bool `json:"proto,omitempty"` // X-Forwarded-Proto: http or https

	// The rest is about the client's certificate, and set for TERMINATED_HTTPS listeners only.
	ClientVerify    bool `json:"client_verify,omitempty"`     // X-SSL-Client-Verify: 0, for whoever shows a bad one is not served
	ClientHasCert   bool `json:"client_has_cert,omitempty"`   // X-SSL-Client-Has-Cert: 1 or 0; not where a certificate is optional
	ClientDN        bool `json:"client_dn,omitempty"`         // X-SSL-Client-DN: the subject
	ClientIssuer    bool `json:"client_issuer,omitempty"`     // X-SSL-Issuer
	ClientSHA1      bool `json:"client_sha1,omitempty"`       // X-SSL-Client-SHA1: the fingerprint
	ClientNotBefore bool `json:"client_not_before,omitempty"` // X-SSL-Client-Not-Before
	ClientNotAfter  bool `json:"client_not_after,omitempty"`  // X-SSL-Client-Not-After

	// Unwanted are the names of headers that the request said false of, in order: answers repeat them, as Octavia's do.
	Unwanted []string `json:"unwanted,omitempty"`
}

// certificateHeader begins the names of the headers about client certificates.
const certificateHeader = "X-SSL-"

// headerCN is the one header of Octavia's that Avi has no value for.
const headerCN = "X-SSL-Client-CN"

// byName are the headers that a request may name.
func (h *InsertHeaders) byName() map[string]*bool {
	return map[string]*bool{
		"X-Forwarded-For": &h.ForwardedFor, "X-Forwarded-Port": &h.ForwardedPort, "X-Forwarded-Proto": &h.ForwardedProto,
		"X-SSL-Client-Verify": &h.ClientVerify, "X-SSL-Client-Has-Cert": &h.ClientHasCert, "X-SSL-Client-DN": &h.ClientDN,
		"X-SSL-Issuer": &h.ClientIssuer, "X-SSL-Client-SHA1": &h.ClientSHA1, "X-SSL-Client-Not-Before": &h.ClientNotBefore,
		"X-SSL-Client-Not-After": &h.ClientNotAfter,
	}
}

// Map gives the headers as the API shows them.
func (h InsertHeaders) Map() map[string]string {
	shown := map[string]string{}
	for name, wanted := range h.byName() {
		if *wanted {
			shown[name] = "true"
		}
	}
	for _, name := range h.Unwanted {
		shown[name] = "false"
	}
	return shown
}

// newInsertHeaders reads the headers of a request. A header that is "false" is as good as one that is not named, but shown.
func newInsertHeaders(protocol ListenerProtocol, given map[string]string) (InsertHeaders, error) {
	var h InsertHeaders
	if len(given) == 0 {
		return h, nil
	}
	if !protocol.HTTP() {
		return h, InvalidOption("insert-headers", "a "+string(protocol)+" protocol listener.")
	}
	known := h.byName()
	var unknown []string
	for _, name := range sortedNames(given) {
		if known[name] == nil && name != headerCN {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return h, InvalidOption(quoted(unknown), "insert_headers")
	}
	for _, name := range sortedNames(given) {
		wanted, err := headerWanted(name, given[name])
		if err != nil {
			return h, err
		}
		header := known[name]
		switch {
		case strings.HasPrefix(name, certificateHeader) && protocol != ListenerTerminatedHTTPS:
			return h, InvalidOption(quoted([]string{name}), string(protocol)+" protocol listener.")
		case header != nil:
			*header = wanted
		case wanted:
			return h, Unsupportedf(ProviderDisplayName, "%s in insert_headers", name)
		}
		if !wanted {
			h.Unwanted = append(h.Unwanted, name)
		}
	}
	return h, nil
}

// checkHeaders: whether a client has shown a certificate is known beforehand where it has to, or is not asked; Avi has no value that
// tells where it may choose.
func (l *Listener) checkHeaders() error {
	if l.InsertHeaders.ClientHasCert && l.TLS.ClientAuthentication == ClientAuthOptional {
		return Unsupportedf(ProviderDisplayName, "X-SSL-Client-Has-Cert in insert_headers where client_authentication is OPTIONAL")
	}
	return nil
}

// headerWanted reads the value of a header: Octavia's are texts.
func headerWanted(name, value string) (bool, error) {
	if err := checkText("insert_headers", value); err != nil {
		return false, err
	}
	switch strings.ToLower(value) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, InvalidValue("insert_headers", name+": "+value, "Value should be one of: true, false")
}

// canonicalCIDRs checks the ranges of addresses of a request and gives them in their canonical form, in the order given. A single
// address is a range of one.
func canonicalCIDRs(given []string) ([]string, error) {
	var ranges []string
	for _, text := range given {
		prefix, err := parseCIDR(text)
		if err != nil {
			return nil, InvalidValue("allowed_cidrs", quoted(given), "Value should be IPv4 or IPv6 CIDR format")
		}
		if canonical := prefix.String(); !slices.Contains(ranges, canonical) {
			ranges = append(ranges, canonical)
		}
	}
	return ranges, nil
}

// CheckCIDR wants a range of addresses, or a single one.
func CheckCIDR(attribute, text string) error {
	if _, err := parseCIDR(text); err != nil {
		return InvalidValue(attribute, text, "Value should be IPv4 or IPv6 CIDR format")
	}
	return nil
}

func parseCIDR(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		address, err := netip.ParseAddr(text)
		if err != nil || address.Zone() != "" {
			return netip.Prefix{}, errNoCIDR
		}
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	return prefix.Masked(), err
}

var errNoCIDR = &Error{Kind: KindInvalid, Message: "not a range of addresses"}

// CheckAllowedCIDRs wants each range to be of the same kind as one of the addresses that they are to reach. As in Octavia there
// are none beside security groups of the user's.
func CheckAllowedCIDRs(l *Listener, lb *LoadBalancer) error {
	if len(l.AllowedCIDRs) > 0 && len(lb.SecurityGroupIDs) > 0 {
		return Invalidf("Allowed CIDRs are not allowed when using custom VIP Security Groups.")
	}
	addresses := lb.Addresses()
	for _, text := range l.AllowedCIDRs {
		if !slices.ContainsFunc(addresses, func(a string) bool { return strings.Contains(text, ":") == strings.Contains(a, ":") }) {
			return Invalidf("CIDR %s IP version incompatible with all VIPs %s IP version.", text, quoted(addresses))
		}
	}
	return nil
}

// updateOptions applies what a request says of the listener's options.
func (l *Listener) updateOptions(in ListenerInput) (err error) {
	if len(in.InsertHeaders.Or(nil)) > 0 && l.ID != "" && l.L4() != l4TCP {
		return Invalidf("%s protocol listener does not support TLS or header insertion.", l.Protocol)
	}
	if in.InsertHeaders.Set {
		if l.InsertHeaders, err = newInsertHeaders(l.Protocol, in.InsertHeaders.Or(nil)); err != nil {
			return err
		}
	}
	if in.AllowedCIDRs.Set {
		l.AllowedCIDRs, err = canonicalCIDRs(in.AllowedCIDRs.Or(nil))
	}
	return err
}
