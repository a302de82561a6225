//go:build race

package worker_test

// Under the race detector everything is several times slower: properties are tried on fewer cases, and of what is tried at every
// request of a story only every stride-th is.
const (
	cases  = "12"
	stride = 3
)
