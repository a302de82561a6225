package avisim

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // a certificate's fingerprint as the Controller shows it, not a protection
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// certificateTime is how the Controller writes validity (controller facts 2.3).
const certificateTime = "2006-01-02 15:04:05"

// fillCertificate reads the PEM of a certificate object into its descriptive fields, and checks the key against it.
// A replacement without a key keeps the key: no answer shows it, so it cannot be written back.
func fillCertificate(d *draft) error {
	given := object(d.body, "certificate")
	if given == nil {
		return nil // the schema says that it is required
	}
	if d.old != nil {
		keepSecrets(d.old.body, d.body)
	}
	leaf, err := parseLeaf(text(given, "certificate"))
	if err != nil {
		return err
	}
	described, err := describe(leaf)
	if err != nil {
		return err
	}
	filled := maps.Clone(given)
	maps.Copy(filled, described)
	d.body["certificate"] = filled
	d.body["key_params"] = described["key_params"]
	setAbsent(d.body, "type", "SSL_CERTIFICATE_TYPE_VIRTUALSERVICE")
	if text(d.body, "type") == "SSL_CERTIFICATE_TYPE_CA" {
		return nil
	}
	return checkKey(text(given, "certificate"), d.body, leaf)
}

func keepSecrets(old, body schema.Object) {
	for name := range secretFields {
		if value, ok := old[name]; ok && body["key"] == nil {
			body[name] = value
		}
	}
	before, after := object(old, "certificate"), object(body, "certificate")
	if after["certificate"] == nil && before["certificate"] != nil {
		after = maps.Clone(after)
		after["certificate"] = before["certificate"]
		body["certificate"] = after
	}
}

func parseLeaf(text string) (*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, badRequest("Import error: certificate is not in PEM format")
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, badRequest("Import error: certificate cannot be read: %v", err)
	}
	return leaf, nil
}

func checkKey(certificate string, body schema.Object, leaf *x509.Certificate) error {
	key := text(body, "key")
	block, _ := pem.Decode([]byte(key))
	if block == nil {
		return badRequest("Import error: private key of certificate (common_name %s) is missing or not in PEM format", leaf.Subject.CommonName)
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
		if text(body, "key_passphrase") == "" {
			return badRequest("Import error: private key of certificate (common_name %s) needs a passphrase", leaf.Subject.CommonName)
		}
		return nil // cannot be looked into without the old PEM encryption
	}
	if _, err := tls.X509KeyPair([]byte(certificate), []byte(key)); err != nil {
		return badRequest("Import error: private key does not match certificate (common_name %s)", leaf.Subject.CommonName)
	}
	return nil
}

// describe is what the Controller shows of a certificate (controller facts 2.3).
func describe(leaf *x509.Certificate) (schema.Object, error) {
	publicKey, err := x509.MarshalPKIXPublicKey(leaf.PublicKey)
	if err != nil {
		return nil, badRequest("Import error: public key cannot be read: %v", err)
	}
	digest := sha1.Sum(leaf.Raw) //nolint:gosec // as above
	out := schema.Object{
		"issuer":              describeName(leaf.Issuer),
		"subject":             describeName(leaf.Subject),
		"serial_number":       leaf.SerialNumber.String(),
		"not_before":          leaf.NotBefore.UTC().Format(certificateTime),
		"not_after":           leaf.NotAfter.UTC().Format(certificateTime),
		"fingerprint":         "SHA1 Fingerprint=" + colonHex(digest[:]),
		"signature_algorithm": signatureName(leaf.SignatureAlgorithm),
		"self_signed":         leaf.Issuer.String() == leaf.Subject.String(),
		"version":             strconv.Itoa(leaf.Version - 1),
		"public_key":          string(encodePEM("PUBLIC KEY", publicKey)),
		"key_params":          keyParams(leaf.PublicKey),
		"expiry_status":       expiryStatus(leaf.NotAfter, time.Now()),
	}
	var names []any
	for _, name := range leaf.DNSNames {
		names = append(names, "DNS:"+name)
	}
	for _, ip := range leaf.IPAddresses {
		names = append(names, "IP:"+ip.String())
	}
	if names != nil {
		out["subject_alt_names"] = names
	}
	return out, nil
}

func describeName(name pkix.Name) schema.Object {
	out := schema.Object{"distinguished_name": name.String()}
	put := func(field string, values ...string) {
		if len(values) > 0 && values[0] != "" {
			out[field] = values[0]
		}
	}
	put("common_name", name.CommonName)
	put("country", name.Country...)
	put("locality", name.Locality...)
	put("organization", name.Organization...)
	put("organization_unit", name.OrganizationalUnit...)
	put("state", name.Province...)
	return out
}

func keyParams(public crypto.PublicKey) schema.Object {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return schema.Object{
			"algorithm":  "SSL_KEY_ALGORITHM_RSA",
			"rsa_params": schema.Object{"key_size": fmt.Sprintf("SSL_KEY_%d_BITS", key.N.BitLen()), "exponent": int64(key.E)},
		}
	case *ecdsa.PublicKey:
		return schema.Object{
			"algorithm": "SSL_KEY_ALGORITHM_EC",
			"ec_params": schema.Object{"curve": fmt.Sprintf("SSL_KEY_EC_CURVE_SECP%dR1", key.Params().BitSize)},
		}
	}
	return schema.Object{"algorithm": "SSL_KEY_ALGORITHM_EC"}
}

func signatureName(algorithm x509.SignatureAlgorithm) string {
	hash, scheme, _ := strings.Cut(algorithm.String(), "-")
	if hash == "ECDSA" {
		return "ecdsa-with-" + scheme
	}
	return strings.ToLower(scheme) + "WithRSAEncryption"
}

func expiryStatus(notAfter, now time.Time) string {
	const warning = 30 * 24 * time.Hour
	switch left := notAfter.Sub(now); {
	case left <= 0:
		return "SSL_CERTIFICATE_EXPIRED"
	case left <= warning:
		return "SSL_CERTIFICATE_EXPIRY_WARNING"
	}
	return "SSL_CERTIFICATE_GOOD"
}

func colonHex(data []byte) string {
	parts := make([]string, len(data))
	for i, b := range data {
		parts[i] = strings.ToUpper(hex.EncodeToString([]byte{b}))
	}
	return strings.Join(parts, ":")
}

// fillPKIProfile describes the CA certificates of a profile.
func fillPKIProfile(body schema.Object) error {
	var filled []any
	for _, ca := range objects(body, "ca_certs") {
		leaf, err := parseLeaf(text(ca, "certificate"))
		if err != nil {
			return err
		}
		described, err := describe(leaf)
		if err != nil {
			return err
		}
		ca = maps.Clone(ca)
		maps.Copy(ca, described)
		filled = append(filled, ca)
	}
	if filled != nil {
		body["ca_certs"] = filled
	}
	return nil
}
