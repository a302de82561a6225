//go:build !race

package worker_test

// Without the race detector there is time for as many cases as rapid tries by itself, and for every request; see race_test.go.
const (
	cases  = "100"
	stride = 1
)
