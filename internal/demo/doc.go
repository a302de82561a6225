// Package demo shows the service at work on one machine, without an OpenStack and without a Controller: it starts a stand-in for
// each of them with three small HTTP servers on loopback addresses, runs the service exactly as "serve" does, and then, as a user
// of its API, builds a load balancer, sends it traffic, breaks a backend, and takes everything down again, checking each step.
//
// It may import app, config and the simulators. Nothing but the command line imports it.
package demo
