// Package testbed sets the real path up for tests: the service layer over a store, a worker, and the simulated Controller over
// HTTPS. It is imported by tests only; it may import everything but app and the commands.
package testbed
