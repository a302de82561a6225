//go:build !verify

package endtoend_test

// The TLS scenario is long, and much of it is like the other one: a sample is run, of both phases of a request, and all of it with
// the build tag verify. See race_test.go.
const tlsStride = 9
