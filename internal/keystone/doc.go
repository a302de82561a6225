// Package keystone is this service's side of the Identity API v3. A Session logs in with the service's own credentials and
// keeps that login fresh; other OpenStack clients share it. A Validator tells who the bearer of a user's token is.
//
// Keystone being out of reach, or refusing the service's own credentials, is never the user's fault: it is ErrUnavailable
// (503), not ErrInvalidToken (401).
//
// Keystone tells of tokens of restricted application credentials only to those who hold them to their access rules: whoever
// takes an Identity asks it MayRequest before anything is done for it.
//
// The package imports the standard library, gophercloud and golang.org/x/sync, and of this project requestid.
package keystone
