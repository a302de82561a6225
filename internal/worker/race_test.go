//go:build race

package worker_test

// Under the race detector everything is several times slower: properties are tried on fewer cases.
const cases = "12"
