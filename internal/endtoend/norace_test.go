//go:build !race

package endtoend_test

// Without the race detector there is time for every kill; see race_test.go.
const (
	stride    = 1
	sequences = 25
	slowness  = 1
)
