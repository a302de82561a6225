//go:build !race

package adopt_test

// Without the race detector there is time for every moment; see race_test.go.
const stride = 1
