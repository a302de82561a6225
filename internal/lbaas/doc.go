// Package lbaas is the domain: LBaaS v2's objects as a user knows them, their defaults, their validation and the rules of
// their statuses. It is pure (no I/O, no clock, no randomness) and imports nothing of this project; everything else may
// import it.
//
// Words, defaults and limits are those of Octavia's v2 API (its API reference), which is a superset of Neutron LBaaS v2.
package lbaas
