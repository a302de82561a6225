// Package barbican reads certificates, authorities and revocation lists from OpenStack's key manager, as this service's own user:
// their owner grants it that by the key manager's access lists. It may import certificate and openstack.
//
// What it reads is secret. It is in no error and no log line; who asks for it keeps it no longer than needed.
package barbican
