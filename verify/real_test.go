//go:build verify

package verify_test

import (
	"testing"

	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

func TestRealServices(t *testing.T) {
	c, err := realcloud.Start(t.Context(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}
