package certificate

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Error says what is wrong with a certificate, a key or a revocation list, in words that a user can act on.
type Error struct{ Reason string }

// Error implements error.
func (e *Error) Error() string { return e.Reason }

func invalidf(format string, args ...any) error { return &Error{Reason: fmt.Sprintf(format, args...)} }

// Material is what a key manager keeps of one certificate: either its parts, or a PKCS #12 bundle. It holds a private key: it is
// never logged, and String keeps it out of texts that are made of it by accident.
type Material struct {
	// Certificate is PEM: the certificate itself, which its intermediates may follow.
	Certificate []byte
	// PrivateKey is PEM: PKCS #8, PKCS #1 or SEC 1, in the clear or encrypted with Passphrase.
	PrivateKey []byte
	// Intermediates are PEM certificates or a PKCS #7 bundle's certificates in PEM, in any order; may be empty.
	Intermediates []byte
	// Passphrase of PrivateKey; may be empty.
	Passphrase []byte
	// PKCS12 is DER without a passphrase; when it is set, the other fields are not looked at.
	PKCS12 []byte
}

// String implements fmt.Stringer; it shows nothing.
func (Material) String() string { return "certificate.Material(hidden)" }

// GoString implements fmt.GoStringer; it shows nothing.
func (Material) GoString() string { return "certificate.Material(hidden)" }

// Certificate is a certificate that is ready to serve.
type Certificate struct {
	// Fingerprint is the SHA-256 of the certificate and its chain, in hexadecimal: another one means that it was renewed.
	Fingerprint string
	// Domains are the host names that it is for, lower-case and at least one: the DNS names among its subject alternative
	// names, or its common name where it has none. Wildcards are kept; addresses are left out.
	Domains []string
	// NotAfter is when it expires, UTC.
	NotAfter time.Time
	// PEM is the certificate alone.
	PEM string
	// Chain are its intermediates, each the issuer of the one before; those that do not belong to it are left out.
	Chain []Authority
	// KeyPEM is the private key, PKCS #8 in the clear. It is empty in a Certificate that is only remembered.
	KeyPEM Secret
}

// Secret is a text that is shown nowhere.
type Secret string

// String implements fmt.Stringer; it shows nothing.
func (Secret) String() string { return "(hidden)" }

// GoString implements fmt.GoStringer; it shows nothing.
func (Secret) GoString() string { return "(hidden)" }

// MarshalJSON shows nothing either: a secret is sent by whoever reveals it on purpose.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"(hidden)"`), nil }

// Reveal gives the text itself.
func (s Secret) Reveal() string { return string(s) }

// Authority is the certificate of an authority.
type Authority struct {
	Fingerprint string // SHA-256 in hexadecimal
	PEM         string
}

// Parse reads a certificate with its key and chain, and checks that they belong together. Its errors are *Error.
func Parse(m Material) (*Certificate, error) {
	if len(m.PKCS12) > 0 {
		return parsePKCS12(m.PKCS12)
	}
	given, err := parseCertificates(m.Certificate)
	if err != nil {
		return nil, invalidf("its certificate cannot be read: %s", err)
	}
	if len(given) == 0 {
		return nil, invalidf("it has no certificate in PEM form")
	}
	more, err := parseCertificates(m.Intermediates)
	if err != nil {
		return nil, invalidf("its intermediates cannot be read: %s", err)
	}
	key, err := parseKey(m.PrivateKey, m.Passphrase)
	if err != nil {
		return nil, err
	}
	return assemble(given[0], append(given[1:], more...), key)
}

func assemble(leaf *x509.Certificate, others []*x509.Certificate, key any) (*Certificate, error) {
	if err := checkKey(leaf, key); err != nil {
		return nil, err
	}
	domains := domainsOf(leaf)
	if len(domains) == 0 {
		return nil, invalidf("its certificate has neither a DNS name among its subject alternative names nor a common name that is one")
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	c := &Certificate{
		Domains: domains, NotAfter: leaf.NotAfter.UTC(), PEM: encodeCertificate(leaf), KeyPEM: Secret(keyPEM),
	}
	digest := sha256.New()
	digest.Write(leaf.Raw)
	for _, authority := range chainOf(leaf, others) {
		digest.Write(authority.Raw)
		c.Chain = append(c.Chain, newAuthority(authority))
	}
	c.Fingerprint = hex.EncodeToString(digest.Sum(nil))
	return c, nil
}

// chainOf orders the intermediates of a certificate: each issued the one before. Roots are left out: clients have their own.
func chainOf(leaf *x509.Certificate, others []*x509.Certificate) []*x509.Certificate {
	var chain []*x509.Certificate
	for current := leaf; ; {
		i := slices.IndexFunc(others, func(c *x509.Certificate) bool {
			return !slices.Contains(chain, c) && !c.Equal(current) && !selfIssued(c) &&
				current.CheckSignatureFrom(c) == nil
		})
		if i < 0 {
			return chain
		}
		current = others[i]
		chain = append(chain, current)
	}
}

func selfIssued(c *x509.Certificate) bool { return string(c.RawIssuer) == string(c.RawSubject) }

func newAuthority(c *x509.Certificate) Authority {
	digest := sha256.Sum256(c.Raw)
	return Authority{Fingerprint: hex.EncodeToString(digest[:]), PEM: encodeCertificate(c)}
}

// parseCertificates reads all certificates of a PEM text; what else is in it is passed over.
func parseCertificates(text []byte) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d is not an X.509 certificate", len(found)+1)
		}
		found = append(found, c)
	}
	return found, nil
}

func encodeCertificate(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// domainsOf are the names that a certificate is for. A common name counts only without alternative names (RFC 6125, as
// Octavia has it), and only when it could be a host's.
func domainsOf(c *x509.Certificate) []string {
	names := c.DNSNames
	if len(names) == 0 && isHostName(c.Subject.CommonName) {
		names = []string{c.Subject.CommonName}
	}
	var domains []string
	for _, name := range names {
		name = strings.ToLower(strings.TrimSuffix(name, "."))
		if name != "" && !slices.Contains(domains, name) {
			domains = append(domains, name)
		}
	}
	return domains
}

// isHostName says that a text has no characters that a host's name cannot have, and is not an address.
func isHostName(text string) bool {
	if text == "" || strings.Trim(text, "0123456789.") == "" {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"/:;@[]{}()<>,\`, r)
	})
}
