//go:build verify && tempest

package verify_test

import "testing"

// TestTempest runs the API tests of octavia-tempest-plugin, all of them.
func TestTempest(t *testing.T) {
	suite := startSite(t).startTempest(t)
	suite.check(suite.run())
}
