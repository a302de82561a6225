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
}

// The headers that a request may name.
const (
	headerForwardedFor   = "X-Forwarded-For"
	headerForwardedPort  = "X-Forwarded-Port"
	headerForwardedProto = "X-Forwarded-Proto"
)

// Map gives the headers as the API shows them.
func (h InsertHeaders) Map() map[string]string {
	shown := map[string]string{}
	for name, wanted := range map[string]bool{
		headerForwardedFor: h.ForwardedFor, headerForwardedPort: h.ForwardedPort, headerForwardedProto: h.ForwardedProto,
	} {
		if wanted {
			shown[name] = "true"
		}
	}
	return shown
}

// newInsertHeaders reads the headers of a request. A header that is "false" is as good as one that is not named.
func newInsertHeaders(protocol ListenerProtocol, given map[string]string) (InsertHeaders, error) {
	var h InsertHeaders
	if len(given) == 0 {
		return h, nil
	}
	if !protocol.HTTP() {
		return h, InvalidOption("insert-headers", "a "+string(protocol)+" protocol listener.")
	}
	for _, name := range sortedNames(given) {
		wanted, err := headerWanted(name, given[name])
		if err != nil {
			return h, err
		}
		switch {
		case name == headerForwardedFor:
			h.ForwardedFor = wanted
		case name == headerForwardedPort:
			h.ForwardedPort = wanted
		case name == headerForwardedProto:
			h.ForwardedProto = wanted
		case !slices.Contains(certificateHeaders(), name):
			return h, InvalidOption("["+name+"]", "insert_headers")
		case protocol != ListenerTerminatedHTTPS:
			return h, InvalidOption("["+name+"]", string(protocol)+" protocol listener.")
		case wanted:
			return h, Unsupportedf(ProviderDisplayName, "%s in insert_headers", name)
		}
	}
	return h, nil
}

// certificateHeaders are Octavia's headers about client certificates.
func certificateHeaders() []string {
	return []string{
		"X-SSL-Client-Verify", "X-SSL-Client-Has-Cert", "X-SSL-Client-DN", "X-SSL-Client-CN", "X-SSL-Issuer",
		"X-SSL-Client-SHA1", "X-SSL-Client-Not-Before", "X-SSL-Client-Not-After",
	}
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
			return nil, InvalidValue("allowed_cidrs", text, "Value should be IPv4 or IPv6 CIDR format")
		}
		if canonical := prefix.String(); !slices.Contains(ranges, canonical) {
			ranges = append(ranges, canonical)
		}
	}
	return ranges, nil
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
			return Invalidf("CIDR %s IP version incompatible with all VIPs ['%s'] IP version.", text, strings.Join(addresses, "', '"))
		}
	}
	return nil
}

// updateOptions applies what a request says of the listener's options.
func (l *Listener) updateOptions(in ListenerInput) (err error) {
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
