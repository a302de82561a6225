//go:build verify

package endtoend_test

// With time, the service is killed at every moment of the TLS scenario too.
const tlsStride = 1
