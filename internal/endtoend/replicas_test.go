//go:build verify

package endtoend_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/store/storetest"
)

// replica is one of several services on one database.
type replica struct {
	*installation
	dead atomic.Bool
}

// replicas are the services behind one address: a client's calls go to one after the other of those that are alive.
type replicas struct {
	all  []*replica
	next atomic.Int64
}

func (r *replicas) address() string {
	for {
		if one := r.all[int(r.next.Add(1))%len(r.all)]; !one.dead.Load() {
			return one.address()
		}
	}
}

// watch looks for requests that overlap although they are for one load balancer. Each load balancer has a tenant of its own.
type watch struct {
	mu       sync.Mutex
	running  map[string]string
	overlaps []string
	requests int
}

func (w *watch) onRequest(_ int, r *http.Request, phase string) {
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	tenant := r.Header.Get("X-Avi-Tenant-UUID")
	if len(path) > 3 || strings.HasSuffix(path[1], "-inventory") || path[1] == "analytics" || tenant == "" {
		return // the poller's
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	request := r.Method + " " + r.URL.Path
	if phase == avisim.PhaseAfter {
		delete(w.running, tenant)
		return
	}
	w.requests++
	if other := w.running[tenant]; other != "" {
		w.overlaps = append(w.overlaps, fmt.Sprintf("tenant %s: %s while %s", tenant, request, other))
	}
	w.running[tenant] = request
}

// TestReplicas has two services share a database while users change load balancers through both. One after the other is killed and
// stays dead for a while: the other one takes its work over. Whatever was accepted holds, the Controller has what making the final
// trees at once would have made there, and no load balancer was ever worked by both.
func TestReplicas(t *testing.T) {
	const kills = 3
	underLoad(t, func(homes *replicas, goesOn func() bool) {
		for n := 0; n < kills && goesOn(); n++ {
			<-time.After(1500 * time.Millisecond)
			homes.lose(t, n%2)
		}
	})
}

// lose kills a replica, which stays dead until the other one has taken its work over.
func (r *replicas) lose(t *testing.T, n int) {
	t.Helper()
	victim := r.all[n]
	victim.dead.Store(true)
	victim.kill()
	// The lease of what it was working runs out, and the other one goes on.
	<-time.After(8 * time.Second)
	if err := victim.start(); err != nil {
		t.Fatal(err)
	}
	victim.dead.Store(false)
}

// underLoad has users change load balancers through two replicas while these, or what they need, are disturbed. In the end it wants
// what was accepted to hold.
func underLoad(t *testing.T, disturb func(homes *replicas, goesOn func() bool)) {
	t.Helper()
	const users, seed = 6, 7
	w := &watch{running: map[string]string{}}
	sim := newController(t, avisim.Options{OnRequest: w.onRequest})
	slowDown(t, sim)
	homes := newReplicas(t, sim, 2)

	var over atomic.Bool
	var longest atomic.Int64
	var crowd errgroup.Group
	all := make([]*user, users)
	for i := range all {
		tr := newTree(uuid.NewString(), i+1)
		u := &user{client: newClient(t, tr.project, homes.address), tree: tr, revive: func() error { return nil }}
		u.outages = storetest.Clustered()
		all[i] = u
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		crowd.Go(func() error {
			for !over.Load() {
				begun := time.Now()
				if err := u.do(t.Context(), u.tree.draw(random.IntN)); err != nil {
					over.Store(true)
					return err
				}
				longest.Store(max(longest.Load(), int64(time.Since(begun))))
			}
			return nil
		})
	}
	disturb(homes, func() bool { return !over.Load() })
	over.Store(true)
	if err := crowd.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d requests at the Controller; the longest operation took %s", w.requests, time.Duration(longest.Load()))
	expected := newFresh(t, nil)
	for _, u := range all {
		t.Logf("%d objects at the end, %d were named", len(u.tree.objects), u.tree.named)
		if err := u.settleAll(t.Context()); err != nil {
			t.Error(err)
		}
		if err := u.shows(t.Context()); err != nil {
			t.Error(err)
		}
		if err := expected.compare(t, sim, u.tree); err != nil {
			t.Error(err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.overlaps) > 0 {
		t.Errorf("%d requests overlap, the first: %s", len(w.overlaps), w.overlaps[0])
	}
}

func newReplicas(t *testing.T, sim *avisim.Server, n int) *replicas {
	t.Helper()
	homes := &replicas{}
	for _, database := range storetest.URLs(t, n) {
		homes.all = append(homes.all, &replica{installation: installOn(t, sim, database, databaseOptions()...)})
	}
	return homes
}

// databaseOptions has a replica see at once what another one has written at another node of a cluster.
func databaseOptions() []string {
	if !storetest.Clustered() {
		return nil
	}
	return []string{"[database]", "mysql_wsrep_sync_wait = 1"}
}

// TestParallelDuplicates sends the same creation to both replicas at the same moment, again and again: one is accepted, the others
// are conflicts.
func TestParallelDuplicates(t *testing.T) {
	const rounds, clients = 15, 4
	sim := newController(t, avisim.Options{})
	homes := newReplicas(t, sim, 2)
	tr := newTree(uuid.NewString(), 1)
	u := &user{client: newClient(t, tr.project, homes.address), tree: tr, revive: func() error { return nil }}
	for _, step := range creations()[:2] {
		if err := u.do(t.Context(), step(tr)); err != nil {
			t.Fatal(err)
		}
	}
	for round := range rounds {
		for _, op := range []operation{
			{verb: create, kind: listener, attributes: attributes{
				"name": "web", "loadbalancer_id": tr.rootID, "protocol": "HTTP", "protocol_port": 1000 + round,
			}},
			{verb: create, kind: member, pool: tr.byName("shared").id, attributes: attributes{
				"address": "10.2.0.1", "protocol_port": 1000 + round,
			}},
		} {
			statuses := u.together(t, op, clients)
			if statuses[http.StatusCreated] != 1 || statuses[http.StatusConflict] != clients-1 {
				t.Errorf("round %d, %d equal requests for a %s: answers %v, want one 201 and the rest 409", round, clients, op.kind, statuses)
			}
			if err := u.settle(t.Context(), tr.rootID); err != nil {
				t.Fatal(err)
			}
		}
	}
	for path, want := range map[string]int{"listeners": rounds, "pools/" + tr.byName("shared").id + "/members": rounds} {
		a, err := u.call(t.Context(), http.MethodGet, path+"?project_id="+tr.project, nil)
		if err != nil {
			t.Fatal(err)
		}
		items := asList(a.body[path[strings.LastIndex(path, "/")+1:]])
		if len(items) != want {
			t.Errorf("%d %s are there, want %d", len(items), path, want)
		}
	}
}

// together sends a request several times at once and counts the answers by status.
func (u *user) together(t *testing.T, op operation, times int) map[int]int {
	t.Helper()
	var mu sync.Mutex
	statuses := map[int]int{}
	var crowd sync.WaitGroup
	for range times {
		crowd.Go(func() {
			a, err := u.send(t.Context(), op)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[a.status]++
		})
	}
	crowd.Wait()
	return statuses
}
