//go:build verify && tempest

package verify_test

import "testing"

// TestTempest runs the tests of octavia-tempest-plugin, all of them, but for those in testdata/tempest-skips.txt.
func TestTempest(t *testing.T) {
	s := startSite(t)
	addTempestUsers(t, s.cloud)
	t.Run("api", func(t *testing.T) {
		suite := s.startTempest(t, tempestTests, silence)
		suite.check(suite.run())
	})
	t.Run("scenario", func(t *testing.T) {
		suite := s.startTempest(t, tempestScenarios)
		suite.check(suite.run("--exclude-regex", tempestUnobserved))
	})
	t.Run("unobserved scenario", func(t *testing.T) {
		suite := s.startTempest(t, tempestScenarios+tempestUnobserved, silence)
		suite.check(suite.run())
	})
}

// tempestScenarios are the suite's scenarios: what a user does with an object from its making to its end, and what state the object is in
// meanwhile.
const tempestScenarios = `^octavia_tempest_plugin\.tests\.scenario\.v2\.`

// tempestUnobserved are the scenarios that want no status to be observed, without anything real behind the service; the others wait
// for one.
const tempestUnobserved = `test_listener\.`
