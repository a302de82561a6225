package certificate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"

	"software.sslmate.com/src/go-pkcs12"
)

// parsePKCS12 reads a bundle without a passphrase, in the old and the new algorithms.
func parsePKCS12(der []byte) (*Certificate, error) {
	key, leaf, others, err := pkcs12.DecodeChain(der, "")
	if err != nil {
		return nil, invalidf("it is not a readable PKCS #12 bundle with one certificate and its key; it must not need a passphrase")
	}
	return assemble(leaf, others, key)
}

// parseKey reads the first private key of a PEM text.
func parseKey(text, passphrase []byte) (any, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "EC PARAMETERS" || block.Type == "CERTIFICATE" {
			continue
		}
		der, err := decrypted(block, passphrase)
		if err != nil {
			return nil, err
		}
		return parseKeyDER(block.Type, der)
	}
	if len(text) == 0 {
		return nil, invalidf("it has no private key")
	}
	return nil, invalidf("its private key is not in PEM form")
}

func parseKeyDER(kind string, der []byte) (any, error) {
	var key any
	var err error
	switch kind {
	case "PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(der)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(der)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(der)
	default:
		return nil, invalidf("its private key is of a kind that is not supported: it has to be PKCS #8, PKCS #1 or SEC 1")
	}
	if err != nil {
		return nil, invalidf("its private key cannot be read")
	}
	return key, nil
}

// decrypted is the content of a key's PEM block.
func decrypted(block *pem.Block, passphrase []byte) ([]byte, error) {
	legacy := x509.IsEncryptedPEMBlock(block) //nolint:staticcheck // insecure by design, yet keys of this form exist
	if block.Type != "ENCRYPTED PRIVATE KEY" && !legacy {
		return block.Bytes, nil
	}
	if len(passphrase) == 0 {
		return nil, invalidf("its private key is encrypted, and it has no private key passphrase")
	}
	if !legacy {
		return decryptPKCS8(block.Bytes, passphrase)
	}
	der, err := x509.DecryptPEMBlock(block, passphrase) //nolint:staticcheck // as above
	if err != nil {
		return nil, invalidf("its private key cannot be decrypted with its passphrase")
	}
	return der, nil
}

// checkKey says whether a key is a certificate's, and of a kind that the Controller takes (RSA or EC).
func checkKey(leaf *x509.Certificate, key any) error {
	switch key.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
	case ed25519.PrivateKey:
		return invalidf("its key is Ed25519, which the Avi Controller does not serve: use RSA or EC")
	default:
		return invalidf("its key is neither RSA nor EC")
	}
	signer, _ := key.(crypto.Signer)
	public, ok := signer.Public().(interface{ Equal(x crypto.PublicKey) bool })
	if !ok || !public.Equal(leaf.PublicKey) {
		return invalidf("its private key does not match its certificate")
	}
	return nil
}

func encodeKey(key any) (string, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", invalidf("its private key is of a form that is not supported")
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}
