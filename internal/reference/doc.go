// Package reference finds out whether what a flavor names is at the Controller, and remembers for a while what it has found, so
// that a flavor costs no request for each load balancer. It may import avi and translate.
package reference
