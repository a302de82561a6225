package api

import (
	"fmt"
	"testing"
)

// Each version promises all before it: none may be announced over a gap.
func TestVersionsAreInOrder(t *testing.T) {
	for i, v := range minorVersions() {
		if v.id != fmt.Sprintf("v2.%d", i) || v.adds == "" || len(v.updated) != len("2016-12-11T00:00:00Z") {
			t.Errorf("version %d is %+v", i, v)
		}
	}
}
