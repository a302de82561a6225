package converge_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
)

const (
	hm   = "healthmonitor/healthmonitor-1"
	pool = "pool/pool-1"
	vip  = "vsvip/vsvip-1"
	vs   = "virtualservice/virtualservice-1"
)

func TestObjectsAreCreatedAfterWhatTheyReferTo(t *testing.T) {
	c, m := newController(), &memory{t: t}
	if err := m.run(c, full().objects()); err != nil {
		t.Fatal(err)
	}
	want := []string{"POST " + hm, "POST " + pool, "POST " + vip, "POST " + vs}
	if diff := cmp.Diff(want, c.taken()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.objects[pool]["created_by"] != "us" {
		t.Errorf("our mark is missing: %v", c.objects[pool])
	}
}

func TestObjectsAreDeletedBeforeWhatTheyReferTo(t *testing.T) {
	c, m := settled(t)
	if err := m.run(c, nil); err != nil {
		t.Fatal(err)
	}
	want := []string{"DELETE " + vs, "DELETE " + pool, "DELETE " + vip, "DELETE " + hm}
	if diff := cmp.Diff(want, c.taken()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(c.objects) != 0 || len(m.known) != 0 {
		t.Errorf("left behind: %v, remembered: %v", c.objects, m.known)
	}
}

func TestTheFewestRequestsForEachChange(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*site)
		want   []string
	}{
		{"nothing", func(*site) {}, nil},
		{"a server more", func(s *site) { s.servers = []int{1, 1, 1} }, []string{"PATCH " + pool}},
		{"a server less", func(s *site) { s.servers = []int{1, 0} }, []string{"PATCH " + pool}},
		{"a server less, after what may lead to it by another way", func(s *site) { s.servers, s.down = []int{1, 0}, true }, []string{"PATCH " + vs, "PATCH " + pool}},
		{"a server changed", func(s *site) { s.servers = []int{1, 7} }, []string{"PATCH " + pool}},
		{"a server exchanged", func(s *site) { s.servers = []int{1, 0, 1} }, []string{"GET " + pool, "PUT " + pool}},
		{"a scalar", func(s *site) { s.down = true }, []string{"PATCH " + vs}},
		{"a field within a message", func(s *site) { s.limit = 9 }, []string{"GET " + vs, "PUT " + vs}},
		{"the monitor goes", func(s *site) { s.monitor = false }, []string{"PATCH " + pool, "DELETE " + hm}},
		{"the pool goes", func(s *site) { s.pool = false }, []string{"PATCH " + vs, "DELETE " + pool}},
		{"pool and monitor go", func(s *site) { s.pool, s.monitor = false, false }, []string{"PATCH " + vs, "DELETE " + pool, "DELETE " + hm}},
		{"another name for two", func(s *site) { s.name = "shop" }, []string{"PATCH " + pool, "PATCH " + vs}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, m := settled(t)
			c.edit(pool, func(o avi.Object) { o["hand_edit"] = "kept" })
			c.edit(vs, func(o avi.Object) { o["hand_edit"] = "kept" })
			s := full()
			tc.change(&s)
			if err := m.run(c, s.objects()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, c.taken()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			checkAsWanted(t, c, s)
			for _, key := range []string{pool, vs} {
				if o, ok := c.objects[key]; ok && o["hand_edit"] != "kept" {
					t.Errorf("%s: the hand edit is gone: %v", key, o)
				}
			}
			if err := m.run(c, s.objects()); err != nil || len(c.requests) > 0 {
				t.Errorf("a second run sends %v (%v), want nothing", c.requests, err)
			}
		})
	}
}

// checkAsWanted wants the site's objects, and no others, to be as wanted.
func checkAsWanted(t reporter, c *controller, s site) {
	t.Helper()
	wanted := s.objects()
	for _, o := range wanted {
		actual, ok := c.objects[o.Type+"/"+o.UUID]
		if !ok {
			t.Fatalf("%s is missing", o.UUID)
		}
		if differs := o.Differs(actual); len(differs) > 0 {
			t.Fatalf("%s: %v differ in %v", o.UUID, differs, actual)
		}
	}
	if len(c.objects) != len(wanted) {
		t.Fatalf("there are %d objects, want %d", len(c.objects), len(wanted))
	}
}

func TestAPatchPutsBackWhatOthersChangedOfOurFields(t *testing.T) {
	c, m := settled(t)
	c.edit(pool, func(o avi.Object) { o["name"] = "by hand" })
	s := full()
	s.servers = []int{1, 1, 1}
	if err := m.run(c, s.objects()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"PATCH " + pool, "PUT " + pool}, c.taken()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkAsWanted(t, c, s)
}

func TestWhatIsNotKnownIsLookedAt(t *testing.T) {
	c, m := settled(t)
	for i := range m.known {
		m.known[i].Applied = ""
	}
	c.edit(vs, func(o avi.Object) { o["enabled"] = false })
	delete(c.objects, hm)
	if err := m.run(c, full().objects()); err != nil {
		t.Fatal(err)
	}
	want := []string{"GET " + hm, "POST " + hm, "GET " + pool, "GET " + vip, "GET " + vs, "PUT " + vs}
	if diff := cmp.Diff(want, c.taken()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkAsWanted(t, c, full())
}
