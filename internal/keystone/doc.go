// Package keystone is this service's side of the Identity API v3. A Session logs in with the service's own credentials and
// keeps that login fresh; other OpenStack clients share it. A Validator tells who the bearer of a user's token is.
//
// Keystone being out of reach, or refusing the service's own credentials, is never the user's fault: it is ErrUnavailable
// (503), not ErrInvalidToken (401).
//
// Tokens of application credentials with access rules are refused by Keystone itself, as this package does not announce
// support for them; so such rules cannot be bypassed here.
//
// The package imports the standard library, gophercloud and golang.org/x/sync, and of this project requestid.
package keystone
