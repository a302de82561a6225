package endtoend_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// lanes is how many services are being killed at the same time, each with a Controller of its own.
const lanes = 2

// TestKilledAtEveryRequest kills the service at each request that it makes to the Controller while a whole tree is created,
// changed and deleted: once before the request has an effect, once after it has had it and before its answer leaves. Each time
// the service is started again, and everything has to end as without the kill: what was accepted holds, nothing stays PENDING,
// the Controller has the same objects, and after the deletion none.
func TestKilledAtEveryRequest(t *testing.T) {
	t.Parallel()
	killAtRequests(t, stride, newVictim)
}

// killAtRequests kills victims at every stride-th moment of their scenario.
func killAtRequests(t *testing.T, stride int, victimOf func(*testing.T) *victim) {
	t.Helper()
	undisturbed := victimOf(t)
	if err := undisturbed.live(t, moment{}); err != nil {
		t.Fatal(err)
	}
	requests := undisturbed.requests
	t.Logf("the scenario makes %d requests: %s", len(requests), strings.Join(requests, ", "))
	if len(requests) < 30 {
		t.Fatal("the scenario is too small to tell anything")
	}
	var plan []moment
	for n := range requests {
		plan = append(plan, moment{n + 1, avisim.PhaseBefore}, moment{n + 1, avisim.PhaseAfter})
	}
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			t.Parallel()
			v := victimOf(t)
			for i := lane * stride; i < len(plan); i += lanes * stride {
				if err := v.live(t, plan[i]); err != nil {
					t.Fatalf("killed %s request %d, %s: %v", plan[i].phase, plan[i].request, requests[plan[i].request-1], err)
				}
			}
		})
	}
}

// moment is when the service is killed: the zero value is never.
type moment struct {
	request int // from 1
	phase   string
}

// victim is a service that is killed, with its Controller and its user. It may live many lives: each scenario ends with nothing.
type victim struct {
	sim   *avisim.Server
	home  *installation
	fresh fresh
	user  *user
	lives int
	// story is what happens in a life.
	story func(*testing.T) error

	mu       sync.Mutex
	killing  moment
	requests []string // of this scenario
	killed   bool
	revived  bool
}

func newVictim(t *testing.T) *victim {
	t.Helper()
	return newVictimWith(t, nil, creations(), deletions())
}

// newVictimWith has a key manager and a scenario; keys may be nil. What else the configuration needs is more.
func newVictimWith(t *testing.T, keys testbed.Keys, creations, deletions []func(*tree) operation, more ...string) *victim {
	t.Helper()
	v := &victim{fresh: newFresh(t, keys)}
	v.story = func(t *testing.T) error {
		t.Helper()
		return v.oneTree(t, creations, deletions)
	}
	v.sim = newController(t, avisim.Options{OnRequest: v.onRequest})
	v.serve(t, more...)
	return v
}

// serve starts the service, whose configuration needs more.
func (v *victim) serve(t *testing.T, more ...string) {
	t.Helper()
	v.home = install(t, v.sim, more...)
	v.user = &user{client: newClient(t, "", v.home.address), revive: v.revive}
}

// onRequest kills the service when its time has come.
func (v *victim) onRequest(_ int, r *http.Request, phase string) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(path) > 3 || strings.HasSuffix(path[1], "-inventory") || path[1] == "analytics" {
		return // the poller's, which come when they come
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if phase == avisim.PhaseBefore {
		v.requests = append(v.requests, r.Method+" "+path[1])
	}
	if v.killed || v.killing != (moment{len(v.requests), phase}) {
		return
	}
	v.killed = true
	v.home.kill()
	// Neither carried out, if it was not yet, nor answered.
	panic(http.ErrAbortHandler)
}

// revive starts the service again after it was killed, which is once.
func (v *victim) revive() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.killed || v.revived {
		return errors.New("the service gives no answer, and was not killed")
	}
	v.revived = true
	return v.home.start()
}

// live goes through the story once.
func (v *victim) live(t *testing.T, m moment) error {
	t.Helper()
	v.mu.Lock()
	v.killing, v.killed, v.revived, v.requests = m, false, false, nil
	v.mu.Unlock()
	v.lives++
	if err := v.story(t); err != nil {
		return err
	}
	v.mu.Lock()
	killed := v.killed
	v.mu.Unlock()
	if killed != (m != moment{}) {
		return wrongf("the kill: planned %v, happened %t", m, killed)
	}
	return v.user.nothingLeft(t.Context())
}

// oneTree is the story of a tree that is made, changed and taken down.
func (v *victim) oneTree(t *testing.T, creations, deletions []func(*tree) operation) error {
	t.Helper()
	tr := newTree(uuid.NewString(), v.lives)
	v.user.tree, v.user.project = tr, tr.project
	for _, step := range creations {
		if err := v.user.do(t.Context(), step(tr)); err != nil {
			return err
		}
	}
	if err := v.fresh.compare(t, v.sim, tr); err != nil {
		return fmt.Errorf("after the changes: %w", err)
	}
	for _, step := range deletions {
		if err := v.user.do(t.Context(), step(tr)); err != nil {
			return err
		}
	}
	if err := v.fresh.compare(t, v.sim, tr); err != nil {
		return fmt.Errorf("after the deletions: %w", err)
	}
	return nil
}
