package endtoend_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/api"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

// TestRandomOperationsConverge says that every way to a tree ends in the same objects at the Controller, namely those of making
// the tree at once, however slow the Controller is and whether the user waits between calls or not; that each call is answered
// as a small model of LBaaS v2 predicts; and that looking at everything again then writes nothing.
func TestRandomOperationsConverge(t *testing.T) {
	s := newStation(t)
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		number++
		s.slowDown(rt)
		tr := newTree(uuid.NewString(), number)
		s.user.tree, s.user.project = tr, tr.project
		choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }
		// Half of the sequences begin with something to change.
		for _, step := range creations()[:rapid.SampledFrom([]int{0, 7}).Draw(rt, "furniture")] {
			if err := s.user.ask(t.Context(), step(tr), false); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 25).Draw(rt, "operations") {
			op := tr.draw(choose)
			settled := rapid.Bool().Draw(rt, "wait")
			if err := s.user.ask(t.Context(), op, settled); err != nil {
				rt.Fatal(err)
			}
		}
		if err := s.atRest(t, tr); err != nil {
			rt.Fatal(err)
		}
	})
}

// station is the service without a process of its own: the API, the store and a worker at work, and the simulated Controller.
type station struct {
	bed   *testbed.Bed
	fresh fresh
	user  *user
}

func newStation(t *testing.T) *station {
	t.Helper()
	return newStationWith(t, nil, 1)
}

// newStationWith has a key manager, unless keys is nil, and several workers that share the queue.
func newStationWith(t *testing.T, keys testbed.Keys, workers int) *station {
	t.Helper()
	s := &station{bed: testbed.New(t, testbed.Options{Keys: keys}), fresh: newFresh(t, keys)}
	server := httptest.NewServer(api.New(api.Options{
		Service: s.bed.Service, Authenticator: api.NoAuth{}, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry(),
	}))
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "http://")
	s.user = &user{
		client: newClient(t, "", func() string { return address }),
		revive: func() error { return errors.New("the service gives no answer") },
	}
	ctx, stop := context.WithCancel(t.Context())
	var working errgroup.Group
	for n := range workers {
		another := s.bed.Worker
		if n > 0 {
			options := s.bed.Worker.Options
			options.Owner = fmt.Sprint("worker ", n)
			another = worker.New(options)
		}
		working.Go(func() error { return another.Run(ctx, t.Context()) })
	}
	t.Cleanup(func() {
		stop()
		if err := working.Wait(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// slowDown has the Controller take its time, 0 to 3 ms, for each type of object.
func (s *station) slowDown(rt *rapid.T) {
	s.bed.Sim.ClearFaults()
	for _, typ := range []string{"virtualservice", "vsvip", "pool", "healthmonitor", "applicationpersistenceprofile"} {
		if delay := rapid.IntRange(0, 3).Draw(rt, "delay of "+typ); delay > 0 {
			err := s.bed.Sim.AddFault(avisim.Fault{Type: typ, Action: avisim.FaultDelay, Delay: time.Duration(delay) * time.Millisecond})
			if err != nil {
				rt.Fatal(err)
			}
		}
	}
}

// ask sends an operation and wants the answer that the model predicts. While something is PENDING, 409 is as good; then the
// user waits and asks again.
func (u *user) ask(ctx context.Context, op operation, settled bool) error {
	for {
		if settled && u.tree.rootID != "" {
			if err := u.settle(ctx, u.tree.rootID); err != nil {
				return err
			}
		}
		predicted := u.tree.predict(op)
		a, err := u.send(ctx, op)
		if err != nil {
			return err
		}
		switch {
		case a.status == predicted:
			if predicted == op.success() {
				u.tree.apply(op, idIn(a, op.kind))
			}
			return nil
		case settled || a.status != http.StatusConflict:
			return wrongf("%s: answered %s, expected %d", op, a, predicted)
		}
		settled = true
	}
}

// atRest wants the Controller to be as if the tree had been made at once, a second look at it to write nothing, and its deletion
// to leave nothing.
func (s *station) atRest(t *testing.T, tr *tree) error {
	t.Helper()
	ctx := t.Context()
	if err := s.user.settleAll(ctx); err != nil {
		return err
	}
	if err := s.user.shows(ctx); err != nil {
		return err
	}
	if err := s.fresh.compare(t, s.bed.Sim, tr); err != nil {
		return err
	}
	if len(tr.objects) == 0 {
		return nil
	}
	s.bed.Sim.ResetRequests()
	if err := s.bed.Store.Resync(ctx, tr.rootID); err != nil {
		return err
	}
	s.bed.Worker.Wake()
	if err := s.user.settle(ctx, tr.rootID); err != nil {
		return err
	}
	for _, r := range s.bed.Sim.Requests() {
		if r.Method != http.MethodGet {
			return wrongf("looking again wrote: %s %s", r.Method, r.Path)
		}
	}
	if err := s.user.ask(ctx, operation{verb: remove, kind: loadBalancer, target: tr.objects[0], cascade: true}, true); err != nil {
		return err
	}
	if err := s.user.settle(ctx, tr.rootID); err != nil {
		return err
	}
	return s.fresh.compare(t, s.bed.Sim, tr)
}

// shows wants the API to show everything that was accepted, and no more.
func (u *user) shows(ctx context.Context) error {
	for _, o := range u.tree.objects {
		shown := maps.Clone(o.attributes)
		delete(shown, "loadbalancer_id") // answers have lists of these instead
		delete(shown, "pool_id")
		op := operation{verb: update, kind: o.kind, target: o, attributes: shown}
		if _, ok, err := u.holds(ctx, op); err != nil || !ok {
			return errors.Join(err, wrongf("%s %s is not shown with %v", o.kind, o.id, o.attributes))
		}
	}
	for _, kind := range []string{loadBalancer, listener, pool, healthMonitor} {
		a, err := u.call(ctx, http.MethodGet, kind+"s?project_id="+u.project, nil)
		if err != nil {
			return err
		}
		if got, want := len(asList(a.body[kind+"s"])), len(u.tree.of(kind)); a.status != http.StatusOK || got != want {
			return wrongf("%d of kind %s are shown, %d were accepted: %s", got, kind, want, a)
		}
	}
	return nil
}
