package lbaas

import (
	"regexp"
	"strings"
)

// The versions of HTTP that a health monitor may ask in.
const (
	http10 = "1.0"
	http11 = "1.1"
)

// domainForm is that of Octavia's domain names, but for the bounds of lengths.
var domainForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)

// The lengths of a domain name and of each of its labels, in characters.
const (
	maxDomain = 253
	maxLabel  = 63
)

// updateHost applies which version of HTTP a monitor asks in, and for which host. In Octavia's way a domain name wants version 1.1,
// and monitors that do not ask in HTTP keep both without effect: programs send a version with every monitor.
func (h *HealthMonitor) updateHost(in HealthMonitorInput) error {
	if in.HTTPVersion.Set {
		version, ok := map[float64]string{0: "", 1.0: http10, 1.1: http11}[in.HTTPVersion.Or(0)]
		if !ok || in.HTTPVersion.HasValue() && version == "" {
			return InvalidValue("http_version", in.HTTPVersion.Value, "Value should be one of: 1.0, 1.1")
		}
		h.HTTPVersion = version
	}
	assign(in.DomainName, &h.DomainName, "")
	switch {
	case h.DomainName == "" && !in.DomainName.HasValue():
		return nil
	case !validDomain(h.DomainName):
		return InvalidValue("domain_name", h.DomainName, "Value should be a domain name")
	case h.HTTPVersion == "":
		return Invalidf("'http_version' must be specified when 'domain_name' is provided.")
	case h.HTTPVersion == http10:
		return InvalidOption("http_version "+h.HTTPVersion, "health monitors HTTP 1.1 domain name health check")
	}
	return nil
}

func validDomain(name string) bool {
	bare := strings.TrimSuffix(name, ".")
	if len(bare) > maxDomain || !domainForm.MatchString(name) {
		return false
	}
	for label := range strings.SplitSeq(bare, ".") {
		if len(label) > maxLabel {
			return false
		}
	}
	return true
}
