package converge_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

var sites = rapid.Custom(func(t *rapid.T) site {
	return site{
		monitor: rapid.Bool().Draw(t, "monitor"),
		pool:    rapid.Bool().Draw(t, "pool"),
		servers: rapid.SliceOfN(rapid.IntRange(0, 3), 0, 3).Draw(t, "servers"),
		limit:   rapid.IntRange(0, 2).Draw(t, "limit"),
		name:    rapid.SampledFrom([]string{"web", "shop"}).Draw(t, "name"),
		down:    rapid.Bool().Draw(t, "down"),
		// One sorts before the virtual service that it refers to, one after.
		children: rapid.SliceOfDistinct(rapid.SampledFrom([]int{0, 2}), rapid.ID).Draw(t, "children"),
		deleted:  rapid.IntRange(0, 3).Draw(t, "deleted") == 3,
	}
})

// A process that dies at any request, before or after the Controller has carried it out, leaves nothing that the next one
// does not mend: it ends where it would have ended without dying, with what
// others did by hand.
func TestARunAfterACrashEndsWhereTheRunWithoutItEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, second := sites.Draw(t, "first"), sites.Draw(t, "second")
		edits := rapid.SliceOfDistinct(rapid.SampledFrom([]string{hm, pool, vip, vs}), rapid.ID).Draw(t, "edited by hand")

		calm, calmMemory := edited(t, first, edits)
		if err := calmMemory.run(calm, second.objects()); err != nil {
			t.Fatal(err)
		}

		c, m := edited(t, first, edits)
		crash := rapid.IntRange(1, max(1, len(calm.taken()))).Draw(t, "crash at request")
		dying := func(string) error {
			if len(c.requests) >= crash {
				return errors.New("the process died")
			}
			return nil
		}
		if rapid.Bool().Draw(t, "the Controller carried the request out") {
			c.after = dying
		} else {
			c.before = dying
		}
		m.die(c, second.objects())
		c.before, c.after = nil, nil

		if err := m.run(c, second.objects()); err != nil {
			t.Fatal(err)
		}
		checkAsWanted(t, c, second)
		if got, want := c.state(), calm.state(); !reflect.DeepEqual(got, want) {
			t.Fatalf("(-without the crash +with it):\n%s", cmp.Diff(want, got))
		}
		c.taken()
		if err := m.run(c, second.objects()); err != nil || len(c.requests) > 0 {
			t.Fatalf("another run sends %v (%v), want nothing", c.requests, err)
		}
	})
}

// edited is a controller on which a site was made and then edited by hand.
func edited(t *rapid.T, s site, edits []string) (*controller, *memory) {
	c, m := newController(), &memory{t: t}
	m.settle(c, s.objects())
	for _, key := range edits {
		if _, ok := c.objects[key]; ok {
			c.edit(key, func(o avi.Object) { o["hand_edit"] = "kept" })
		}
	}
	return c, m
}
