// Package app puts the service together from its configuration and runs it: the API, the worker and the poller over one store.
// It is the only place that knows all parts; it may import everything but the simulators.
package app
