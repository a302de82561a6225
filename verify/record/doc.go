//go:build verify

// Command record sends the scripts of internal/conformance to a reference Octavia and stores what it answers, which the tests
// then hold this project's API to. It is run by hand, when a script was added or a newer reference is at hand. Its project has to
// be one that nobody else uses: it is emptied. It may import internal/conformance.
package main
