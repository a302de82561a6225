package converge_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
)

// once runs f before the first request of that name.
func once(request string, f func() error) func(string) error {
	done := false
	return func(r string) error {
		if r != request || done {
			return nil
		}
		done = true
		return f()
	}
}

func TestAStaleWriteStartsFromAFreshRead(t *testing.T) {
	c, m := settled(t)
	c.before = once("PUT "+vs, func() error {
		c.edit(vs, func(o avi.Object) { o["hand_edit"] = "in between" })
		return nil
	})
	s := full()
	s.limit = 9
	if err := m.run(c, s.objects()); err != nil {
		t.Fatal(err)
	}
	want := []string{"GET " + vs, "PUT " + vs, "GET " + vs, "PUT " + vs}
	if diff := cmp.Diff(want, c.taken()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkAsWanted(t, c, s)
	if c.objects[vs]["hand_edit"] != "in between" {
		t.Errorf("the hand edit is gone: %v", c.objects[vs])
	}
}

func TestAnObjectThatOthersAlwaysWriteIsGivenUpForNow(t *testing.T) {
	c, m := settled(t)
	c.before = func(request string) error {
		if request == "PUT "+vs {
			c.edit(vs, func(avi.Object) {})
		}
		return nil
	}
	s := full()
	s.limit = 9
	err := m.run(c, s.objects())
	e, ok := errors.AsType[*avi.Error](err)
	if !ok || e.Kind != avi.Stale || !e.Temporary() || e.UUID != "virtualservice-1" {
		t.Errorf("got %v, want a temporary error of kind %q about the object", err, avi.Stale)
	}
	if n := strings.Count(strings.Join(c.requests, "\n"), "PUT"); n != 10 {
		t.Errorf("%d PUTs, want 10", n)
	}
}

func TestAnObjectDeletedBetweenReadAndWriteIsMadeByTheNextRun(t *testing.T) {
	c, m := settled(t)
	c.before = once("PUT "+vs, func() error {
		delete(c.objects, vs)
		return nil
	})
	s := full()
	s.limit = 9
	err := m.run(c, s.objects())
	if e, ok := errors.AsType[*avi.Error](err); !ok || !e.Temporary() {
		t.Fatalf("got %v, want a temporary error", err)
	}
	m.settle(c, s.objects())
	checkAsWanted(t, c, s)
}

func TestAnObjectThatIsGoneIsMadeAnew(t *testing.T) {
	for name, change := range map[string]func(*site){
		"PATCH":       func(s *site) { s.down = true },
		"GET and PUT": func(s *site) { s.limit = 9 },
	} {
		t.Run(name, func(t *testing.T) {
			c, m := settled(t)
			delete(c.objects, vs)
			s := full()
			change(&s)
			m.settle(c, s.objects())
			checkAsWanted(t, c, s)
		})
	}
}

func TestATakenNameGivesWayToTheAlternativeOne(t *testing.T) {
	const others = "virtualservice/virtualservice-of-others"
	for _, tc := range []struct {
		name         string
		exists       bool // our own object, under another name
		distrusted   bool
		want, theirs []string
	}{
		{name: "POST", want: []string{"POST " + vs, "GET " + vs, "POST " + vs}},
		{name: "PATCH", exists: true, want: []string{"PATCH " + vs, "GET " + vs, "PUT " + vs}},
		{name: "PUT", exists: true, distrusted: true, want: []string{"GET " + vs, "PUT " + vs, "PUT " + vs}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, m := newController(), &memory{t: t}
			s := full()
			s.pool, s.monitor = false, false
			s.name = "before"
			if tc.exists {
				m.settle(c, s.objects())
			} else {
				m.settle(c, s.objects()[:1])
			}
			if tc.distrusted {
				m.save(converge.Known{Type: "virtualservice", UUID: "virtualservice-1", Tenant: "tenant-1"})
			}
			theirs := avi.Object{"name": "web", "tenant": "tenant-1", "_last_modified": "1"}
			c.objects[others] = theirs
			s.name = "web"
			if err := m.run(c, s.objects()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, c.taken()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := c.objects[vs]["name"]; got != "web-1234" {
				t.Errorf("its name is %v, want the alternative one", got)
			}
			if diff := cmp.Diff(theirs, c.objects[others]); diff != "" {
				t.Errorf("the other object was touched (-before +after):\n%s", diff)
			}
			if err := m.run(c, s.objects()); err != nil || len(c.requests) > 0 {
				t.Errorf("a second run sends %v (%v), want nothing", c.requests, err)
			}
			s.down = true
			m.settle(c, s.objects())
			if got := c.objects[vs]["name"]; got != "web-1234" {
				t.Errorf("after another change its name is %v, want the alternative one", got)
			}
			if applied, _ := m.applied("virtualservice"); !strings.Contains(applied, `"name":"web-1234"`) {
				t.Errorf("its name is not remembered as it was written: %s", applied)
			}
		})
	}
}

func TestATakenAlternativeNameIsAnError(t *testing.T) {
	c, m := newController(), &memory{t: t}
	for _, name := range []string{"vsvip", "vsvip-1234"} {
		c.objects["vsvip/"+name] = avi.Object{"name": name, "tenant": "tenant-1"}
	}
	if err := m.run(c, full().objects()); !errors.Is(err, avi.Duplicate) {
		t.Errorf("got %v, want an error of kind %q", err, avi.Duplicate)
	}
}

func TestAnObjectWithOurUUIDIsAdopted(t *testing.T) {
	c, m := newController(), &memory{t: t}
	c.objects[vip] = avi.Object{"name": "of another driver", "hand_edit": "kept", "tenant": "tenant-1", "_last_modified": "1"}
	s := full()
	if err := m.run(c, s.objects()); err != nil {
		t.Fatal(err)
	}
	want := []string{"POST " + hm, "POST " + pool, "POST " + vip, "GET " + vip, "PUT " + vip, "POST " + vs}
	if diff := cmp.Diff(want, c.taken()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	checkAsWanted(t, c, s)
	if c.objects[vip]["hand_edit"] != "kept" {
		t.Errorf("the hand edit is gone: %v", c.objects[vip])
	}
}

func TestAMissingReferenceHasEverythingLookedAt(t *testing.T) {
	c, m := settled(t)
	delete(c.objects, pool) // by hand; the virtual service that referred to it as well
	delete(c.objects, vs)
	m.save(converge.Known{Type: "healthmonitor", UUID: "healthmonitor-1", Tenant: "tenant-1"}) // looked at, and found well
	s := full()
	s.down = true
	if err := m.run(c, s.objects()); !errors.Is(err, avi.ReferenceMissing) {
		t.Fatalf("got %v, want an error of kind %q", err, avi.ReferenceMissing)
	}
	for _, typ := range []string{"healthmonitor", "pool", "vsvip", "virtualservice"} {
		if applied, known := m.applied(typ); !known || applied != "" {
			t.Errorf("%s: remembered %q (known: %v), want it to be looked at", typ, applied, known)
		}
	}
	m.settle(c, s.objects())
	checkAsWanted(t, c, s)
}

func TestAControllerThatKeepsItsOwnValueIsWarnedAbout(t *testing.T) {
	c := newController()
	c.keeps = func(o avi.Object) {
		if o["vsvip_ref"] != nil {
			o["enabled"] = false
		}
	}
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	m := &memory{t: t}
	changes, err := converge.Run(t.Context(), c, logger, m.task(full().objects()))
	if err != nil {
		t.Fatal(err)
	}
	if got := log.String(); strings.Count(got, "level=WARN") != 1 ||
		!strings.Contains(got, "keeps its own value") || !strings.Contains(got, "fields=[enabled]") {
		t.Errorf("the log is\n%s\nwant one warning that names the field", got)
	}
	m.known = changes
	c.taken()
	if err := m.run(c, full().objects()); err != nil || len(c.requests) > 0 {
		t.Errorf("a second run sends %v (%v), want nothing", c.requests, err)
	}
}

func TestWhatIsGoneAlreadyNeedNotBeDeleted(t *testing.T) {
	c, m := settled(t)
	delete(c.objects, vs)
	if err := m.run(c, nil); err != nil || len(c.objects) != 0 || len(m.known) != 0 {
		t.Errorf("%v; left behind %v, remembered %v", err, c.objects, m.known)
	}
}

func TestWhatOthersReferToStaysInMemory(t *testing.T) {
	c, m := settled(t)
	c.objects["virtualservice/virtualservice-of-others"] = avi.Object{"pool_ref": "/api/pool/pool-1"}
	if err := m.run(c, nil); !errors.Is(err, avi.Referred) {
		t.Fatalf("got %v, want an error of kind %q", err, avi.Referred)
	}
	if _, known := m.applied("virtualservice"); known {
		t.Error("the virtual service, which is gone, is remembered")
	}
	for _, typ := range []string{"pool", "vsvip", "healthmonitor"} {
		if _, known := m.applied(typ); !known {
			t.Errorf("the %s, which is there, is forgotten", typ)
		}
	}
}

func TestAFailureLeavesTheRestAsItWas(t *testing.T) {
	c, m := settled(t)
	before, _ := m.applied("virtualservice")
	s := full()
	s.servers, s.down = []int{2, 2}, true
	more := append(s.objects(), site{name: "x"}.objects()[0])
	more[len(more)-1].UUID, more[len(more)-1].Fields["name"] = "vsvip-2", "second"
	c.before = once("PATCH "+pool, func() error { return failure(avi.Unavailable, "PATCH", "pool", "pool-1") })
	if err := m.run(c, more); !errors.Is(err, avi.Unavailable) {
		t.Fatalf("got %v, want an error of kind %q", err, avi.Unavailable)
	}
	if applied, _ := m.applied("pool"); applied != "" {
		t.Errorf("the pool, whose write may have been carried out, is remembered as %q", applied)
	}
	if applied, _ := m.applied("virtualservice"); applied != before {
		t.Errorf("the virtual service, which was not begun, is remembered as %q, want %q", applied, before)
	}
	for _, k := range m.known {
		if k.UUID == "vsvip-2" {
			t.Error("an object that was never sent is remembered")
		}
	}
}

func TestNothingIsSentBeforeItIsRecorded(t *testing.T) {
	c := newController()
	broken := errors.New("the store is down")
	var intended []converge.Known
	_, err := converge.Run(t.Context(), c, slog.New(slog.DiscardHandler), converge.Task{
		Wanted: full().objects(),
		Intend: func(_ context.Context, objects []converge.Known) error {
			intended = objects
			return broken
		},
	})
	if !errors.Is(err, broken) || len(c.requests) > 0 {
		t.Errorf("got %v and sent %v, want the store's error and nothing", err, c.requests)
	}
	var want []converge.Known
	for _, o := range full().objects() {
		want = append(want, converge.Known{Type: o.Type, UUID: o.UUID, Tenant: o.Tenant})
	}
	if diff := cmp.Diff(want, intended); diff != "" {
		t.Errorf("intended (-want +got):\n%s", diff)
	}
}

func TestACancelledRunSaysSo(t *testing.T) {
	c, m := newController(), &memory{t: t}
	ctx, cancel := context.WithCancel(t.Context())
	c.after = func(string) error {
		cancel()
		return nil
	}
	_, err := converge.Run(ctx, c, slog.New(slog.DiscardHandler), m.task(full().objects()))
	if !errors.Is(err, context.Canceled) || len(c.requests) != 1 {
		t.Errorf("got %v after %v, want %v after one request", err, c.requests, context.Canceled)
	}
}

// A process that died while it deleted a tree no longer knows which of the objects refer to which.
func TestReferrersGoFirstEvenWhereNobodyKnowsThem(t *testing.T) {
	parent, child := "virtualservice-parent", "virtualservice-child"
	for _, order := range [][]string{{parent, child}, {child, parent}} {
		c, m := newController(), &memory{t: t}
		c.objects["virtualservice/"+parent] = avi.Object{"name": "parent"}
		c.objects["virtualservice/"+child] = avi.Object{"vh_parent_vs_ref": "/api/virtualservice/" + parent}
		for _, uuid := range order {
			m.save(converge.Known{Type: "virtualservice", UUID: uuid, Tenant: "tenant-1"})
		}
		if err := m.run(c, nil); err != nil || len(c.objects) != 0 || len(m.known) != 0 {
			t.Errorf("%v first: %v; left behind %v, remembered %v", order[0], err, c.objects, m.known)
		}
	}
}

func TestWhatOthersReferToDoesNotKeepItsLikeFromGoing(t *testing.T) {
	c, m := newController(), &memory{t: t}
	for _, uuid := range []string{"pool-1", "pool-2"} {
		c.objects["pool/"+uuid] = avi.Object{}
		m.save(converge.Known{Type: "pool", UUID: uuid, Tenant: "tenant-1"})
	}
	c.objects["virtualservice/virtualservice-of-others"] = avi.Object{"pool_ref": "/api/pool/pool-1"}
	if err := m.run(c, nil); !errors.Is(err, avi.Referred) {
		t.Fatalf("got %v, want an error of kind %q", err, avi.Referred)
	}
	if want := []string{"DELETE pool/pool-1", "DELETE pool/pool-2", "DELETE pool/pool-1"}; !slices.Equal(c.taken(), want) {
		t.Errorf("got other requests than %v", want)
	}
	if len(m.known) != 1 || m.known[0].UUID != "pool-1" {
		t.Errorf("remembered are %v, want the pool that is there still", m.known)
	}
}
