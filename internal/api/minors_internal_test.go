package api

import (
	"fmt"
	"slices"
	"testing"
)

// Each version promises all before it: none may be announced over a gap.
func TestVersionsAreAnnouncedUpToTheFirstGap(t *testing.T) {
	all := []minorVersion{{id: "v2.0"}, {id: "v2.1"}, {id: "v2.2", missing: "something"}, {id: "v2.3"}}
	for gap, want := range map[int]int{2: 2, 3: 3, 4: 4} {
		some := slices.Clone(all)
		for i := range some {
			some[i].missing = ""
		}
		if gap < len(some) {
			some[gap].missing = "something"
		}
		if got := honoured(some); len(got) != want {
			t.Errorf("with a gap at v2.%d %d versions are announced, want %d", gap, len(got), want)
		}
	}
}

func TestVersionsAreInOrder(t *testing.T) {
	for i, v := range minorVersions() {
		if v.id != fmt.Sprintf("v2.%d", i) || v.adds == "" || len(v.updated) != len("2016-12-11T00:00:00Z") {
			t.Errorf("version %d is %+v", i, v)
		}
	}
	if minorVersions()[0].missing != "" {
		t.Error("without v2.0 there is no API")
	}
}
