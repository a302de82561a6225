package engine

import (
	"crypto/tls"
	"errors"
	"slices"
)

// TLSProfile is which versions and ciphers of TLS may be used. The zero value allows what crypto/tls does from TLS 1.2 on.
type TLSProfile struct {
	// Versions are those allowed, as crypto/tls numbers them; there may be gaps between them.
	Versions []uint16
	// Ciphers are those allowed before TLS 1.3, and Ciphers13 those with it, as crypto/tls numbers them.
	Ciphers, Ciphers13 []uint16
}

// errNoCommonCipher ends the handshake of a client.
var errNoCommonCipher = errors.New("the client offers no cipher that the profile allows")

// apply leaves a client the newest version that both sides know, which is the one that it would get, so that versions between
// two others can be turned off. Of TLS 1.3 crypto/tls chooses the cipher itself: a client is refused if it offers none of those
// allowed, but one that offers others as well may get one of these.
func (p TLSProfile) apply(config *tls.Config, hello *tls.ClientHelloInfo) error {
	if len(p.Versions) == 0 {
		return nil
	}
	version := slices.Max(p.Versions) // crypto/tls refuses in its own words whoever does not know it
	both := slices.DeleteFunc(slices.Clone(hello.SupportedVersions), func(v uint16) bool { return !slices.Contains(p.Versions, v) })
	if len(both) > 0 {
		version = slices.Max(both)
	}
	config.MinVersion, config.MaxVersion = version, version
	allowed := p.Ciphers
	if version == tls.VersionTLS13 {
		allowed = p.Ciphers13
	}
	if !slices.ContainsFunc(hello.CipherSuites, func(id uint16) bool { return slices.Contains(allowed, id) }) {
		return errNoCommonCipher
	}
	config.CipherSuites = p.Ciphers
	return nil
}
