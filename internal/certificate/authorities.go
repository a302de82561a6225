package certificate

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
)

// ParseAuthorities reads a bundle of authorities, in PEM: those whose certificates clients or members may show. Its errors are
// *Error.
func ParseAuthorities(text []byte) ([]Authority, error) {
	parsed, err := readAuthorities(text)
	if err != nil {
		return nil, err
	}
	authorities := make([]Authority, 0, len(parsed))
	for _, c := range parsed {
		a := newAuthority(c)
		if !slices.Contains(authorities, a) {
			authorities = append(authorities, a)
		}
	}
	return authorities, nil
}

func readAuthorities(text []byte) ([]*x509.Certificate, error) {
	parsed, err := parseCertificates(text)
	if err != nil {
		return nil, invalidf("it cannot be read as CA certificates: %s", err)
	}
	if len(parsed) == 0 {
		return nil, invalidf("it has no CA certificate in PEM form")
	}
	return parsed, nil
}

// ParseRevocations reads revocation lists, in PEM, and wants each to be signed by one of the authorities of a bundle. Its errors
// are *Error.
func ParseRevocations(text, bundle []byte) ([]string, error) {
	authorities, err := readAuthorities(bundle)
	if err != nil {
		return nil, err
	}
	var lists []string
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "X509 CRL" {
			continue
		}
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			return nil, invalidf("it cannot be read as a certificate revocation list")
		}
		if !slices.ContainsFunc(authorities, func(a *x509.Certificate) bool { return list.CheckSignatureFrom(a) == nil }) {
			return nil, invalidf("it was not signed by the CA certificate that it goes with")
		}
		lists = append(lists, string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: block.Bytes})))
	}
	if len(lists) == 0 {
		return nil, invalidf("it has no certificate revocation list in PEM form")
	}
	return lists, nil
}
