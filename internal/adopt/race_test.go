//go:build race

package adopt_test

// Under the race detector everything is several times slower, so that only every stride-th moment of the vectors is replayed: their
// code is the same, their data not. The stride has no factor in common with the number of operations of a scenario.
const stride = 7
