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
		suite.check(suite.run())
	})
}
