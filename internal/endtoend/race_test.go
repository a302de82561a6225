//go:build race

package endtoend_test

// Under the race detector everything is several times slower, so that only a sample is run: every stride-th kill and fewer random
// sequences, and pauses in which something has to get done are slowness times longer. The stride has no factor in common with
// the two phases of a request, so that the sample has both.
const (
	stride    = 7
	sequences = 6
	slowness  = 5
)
