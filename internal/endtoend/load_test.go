package endtoend_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
)

// TestKilledUnderLoad kills the service again and again at random moments while several users change load balancers. Whatever
// was accepted holds afterwards, and the Controller has what making the final trees at once would have made there.
func TestKilledUnderLoad(t *testing.T) {
	const kills, users, seed = 5, 4, 20
	sim := newController(t, avisim.Options{})
	slowDown(t, sim)
	home := install(t, sim)
	var over atomic.Bool // set after the last kill
	var crowd errgroup.Group
	all := make([]*user, users)
	for i := range all {
		u := newLoadUser(t, home, i+1)
		all[i] = u
		random := rand.New(rand.NewPCG(seed, uint64(i)))
		crowd.Go(func() error {
			for !over.Load() {
				if err := u.do(t.Context(), u.tree.draw(random.IntN)); err != nil {
					over.Store(true)
					return err
				}
			}
			return nil
		})
	}
	random := rand.New(rand.NewPCG(seed, users))
	for n := 0; n < kills && !over.Load(); n++ {
		<-time.After(slowness * time.Duration(50+random.IntN(400)) * time.Millisecond)
		if err := home.restart(); err != nil {
			t.Error(err)
			break
		}
	}
	over.Store(true)
	if err := crowd.Wait(); err != nil {
		t.Fatal(err)
	}
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
}

// slowDown has the Controller take its time, so that there is work under way at any moment.
func slowDown(t *testing.T, sim *avisim.Server) {
	t.Helper()
	if err := sim.AddFault(avisim.Fault{Action: avisim.FaultDelay, Delay: 3 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
}

// newLoadUser is a user with a project of its own, who finds the service again wherever it is started.
func newLoadUser(t *testing.T, home *installation, number int) *user {
	t.Helper()
	tr := newTree(uuid.NewString(), number)
	return &user{
		client: newClient(t, tr.project, home.address), tree: tr,
		revive: func() error { return nil }, // the next call waits for the new address
	}
}

// TestDrain ends the service with SIGTERM while many load balancers are being created. It ends in time and without complaint;
// after a start every load balancer that was accepted is there, with its listener, and becomes ACTIVE.
func TestDrain(t *testing.T) {
	const users, enough = 4, 24
	sim := newController(t, avisim.Options{})
	slowDown(t, sim)
	home := install(t, sim)
	var accepted atomic.Int64
	reached := make(chan struct{})
	var crowd errgroup.Group
	all := make([]*creator, users)
	for i := range all {
		c := &creator{client: newClient(t, uuid.NewString(), home.address), listeners: map[string]string{}}
		all[i] = c
		crowd.Go(func() error {
			return c.create(t.Context(), func() {
				if accepted.Add(1) == enough {
					close(reached)
				}
			})
		})
	}
	select {
	case <-reached:
	case <-time.After(patience):
		t.Fatal("the service is too slow to tell anything")
	}
	if err := home.terminate(patience); err != nil {
		t.Errorf("after SIGTERM: %v", err)
	}
	if err := crowd.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := home.start(); err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if err := c.check(t.Context(), sim); err != nil {
			t.Error(err)
		}
	}
}

// creator is a user who does nothing but create load balancers with a listener each, and does not wait in between.
type creator struct {
	*client
	// accepted load balancers, and of those whose listener was accepted the listener's id.
	accepted  []string
	listeners map[string]string
}

// create goes on until no answer comes any more; tell is called with each accepted load balancer.
func (c *creator) create(ctx context.Context, tell func()) error {
	for n := 0; ; n++ {
		name := "lb-" + uuid.NewString()
		a, err := c.send(ctx, operation{verb: create, kind: loadBalancer, attributes: attributes{
			"name": name, "vip_address": newTree(c.project, n).address,
		}})
		if err != nil {
			return nil //nolint:nilerr // the service has ended, as it was asked to
		}
		id := idIn(a, loadBalancer)
		if a.status != http.StatusCreated || id == "" {
			return wrongf("create load balancer: %s", a)
		}
		c.accepted = append(c.accepted, id)
		tell()
		if err := c.createListener(ctx, id); err != nil {
			return err
		}
	}
}

// createListener asks until the load balancer is not PENDING any more.
func (c *creator) createListener(ctx context.Context, id string) error {
	for {
		a, err := c.send(ctx, operation{verb: create, kind: listener, attributes: attributes{
			"name": "web", "loadbalancer_id": id, "protocol": "HTTP", "protocol_port": 80,
		}})
		switch {
		case err != nil:
			return nil //nolint:nilerr // the service has ended, as it was asked to
		case a.status == http.StatusCreated:
			c.listeners[id] = idIn(a, listener)
			return nil
		case a.status != http.StatusConflict:
			return wrongf("create a listener of load balancer %s: %s", id, a)
		}
	}
}

// check wants what was accepted to be there, ACTIVE, and at the Controller, and nothing to stay PENDING, accepted or not.
func (c *creator) check(ctx context.Context, sim *avisim.Server) error {
	if err := c.settleAll(ctx); err != nil {
		return err
	}
	for _, id := range c.accepted {
		a, err := c.call(ctx, http.MethodGet, "loadbalancers/"+id, nil)
		if err != nil {
			return err
		}
		if !strings.Contains(a.text, `"provisioning_status":"ACTIVE"`) || !strings.Contains(a.text, c.listeners[id]) {
			return wrongf("load balancer %s with listener %q was accepted, but there is %s", id, c.listeners[id], a)
		}
	}
	there := objectsOf(sim, c.project)
	for id, listenerID := range c.listeners {
		if there["virtualservice/virtualservice-"+listenerID] == nil || there["vsvip/vsvip-"+id] == nil {
			return wrongf("listener %s of load balancer %s has no objects at the Controller", listenerID, id)
		}
	}
	return nil
}
