// Package certificate makes sense of certificates, private keys, bundles of authorities and revocation lists as users hand them
// over: in which forms they may come, whether they belong together, which domain names they are for. It is pure (no I/O, no
// clock, no randomness) and imports nothing of this project.
//
// Its errors are written for the user and never quote what they are about: it may be a key.
package certificate
