package certificate

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // keys that were encrypted with it long ago exist
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // PBKDF2's default (RFC 8018, A.2)
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"hash"
)

// The structures of an encrypted PKCS #8 key (RFC 5958 section 3, RFC 8018 appendix A).
type (
	encryptedKey struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	pbes2Parameters struct {
		Derivation pkix.AlgorithmIdentifier
		Encryption pkix.AlgorithmIdentifier
	}
	pbkdf2Parameters struct {
		Salt       []byte
		Iterations int
		KeyLength  int                      `asn1:"optional"`
		PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
	}
)

// maxIterations bounds what an uploaded key may cost: three times what OWASP recommends for PBKDF2 with SHA-256.
const maxIterations = 2_000_000

func errUnsupportedEncryption() error {
	return invalidf("its private key is encrypted in a way that is not supported: use PBES2 with PBKDF2 and AES, or no encryption")
}

func errWrongPassphrase() error {
	return invalidf("its private key cannot be decrypted with its passphrase")
}

// decryptPKCS8 decrypts a key that was encrypted by PBES2 with PBKDF2, which is what OpenSSL writes since version 1.0.
func decryptPKCS8(der, passphrase []byte) ([]byte, error) {
	var outer encryptedKey
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) > 0 {
		return nil, invalidf("its private key cannot be read")
	}
	var scheme pbes2Parameters
	if outer.Algorithm.Algorithm.String() != "1.2.840.113549.1.5.13" || !into(outer.Algorithm, &scheme) {
		return nil, errUnsupportedEncryption()
	}
	var derivation pbkdf2Parameters
	if scheme.Derivation.Algorithm.String() != "1.2.840.113549.1.5.12" || !into(scheme.Derivation, &derivation) ||
		derivation.Iterations < 1 || derivation.Iterations > maxIterations {
		return nil, errUnsupportedEncryption()
	}
	size, newCipher := cipherOf(scheme.Encryption)
	pseudorandom := hashOf(derivation.PRF)
	var iv []byte
	if newCipher == nil || pseudorandom == nil || !into(scheme.Encryption, &iv) {
		return nil, errUnsupportedEncryption()
	}
	key, err := pbkdf2.Key(pseudorandom, string(passphrase), derivation.Salt, derivation.Iterations, size)
	if err != nil {
		return nil, errUnsupportedEncryption()
	}
	block, err := newCipher(key)
	if err != nil || len(iv) != block.BlockSize() {
		return nil, errUnsupportedEncryption()
	}
	return unpadded(block, iv, outer.Data)
}

func into(algorithm pkix.AlgorithmIdentifier, value any) bool {
	rest, err := asn1.Unmarshal(algorithm.Parameters.FullBytes, value)
	return err == nil && len(rest) == 0
}

func cipherOf(algorithm pkix.AlgorithmIdentifier) (keySize int, newCipher func([]byte) (cipher.Block, error)) {
	switch algorithm.Algorithm.String() {
	case "2.16.840.1.101.3.4.1.2":
		return 16, aes.NewCipher
	case "2.16.840.1.101.3.4.1.22":
		return 24, aes.NewCipher
	case "2.16.840.1.101.3.4.1.42":
		return 32, aes.NewCipher
	case "1.2.840.113549.3.7":
		return 24, des.NewTripleDESCipher
	}
	return 0, nil
}

func hashOf(prf pkix.AlgorithmIdentifier) func() hash.Hash {
	switch prf.Algorithm.String() {
	case "", "1.2.840.113549.2.7":
		return sha1.New
	case "1.2.840.113549.2.9":
		return sha256.New
	case "1.2.840.113549.2.10":
		return sha512.New384
	case "1.2.840.113549.2.11":
		return sha512.New
	}
	return nil
}

// unpadded decrypts in CBC mode and takes the padding off (RFC 8018, 6.2); wrong padding means the wrong passphrase.
func unpadded(block cipher.Block, iv, data []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(data) == 0 || len(data)%size != 0 {
		return nil, errWrongPassphrase()
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	pad := int(plain[len(plain)-1])
	if pad < 1 || pad > size || !bytes.Equal(plain[len(plain)-pad:], bytes.Repeat(plain[len(plain)-1:], pad)) {
		return nil, errWrongPassphrase()
	}
	return plain[:len(plain)-pad], nil
}
