package endtoend_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// TestRandomTreesSurviveFaults says that load balancers of a project, with certificates that they share, SNI children, L7 policies,
// backups and batches of members, come to be what was accepted last, whatever passing trouble the Controller has meanwhile and
// which of two workers meets it; that looking again then writes nothing; and that their deletion leaves nothing.
func TestRandomTreesSurviveFaults(t *testing.T) {
	t.Parallel()
	k := newKeyring(t)
	s := newStationWith(t, k.reader, 2)
	number := 0
	rapid.Check(t, func(rt *rapid.T) {
		c := &chaos{
			station: s, ctx: t.Context(), project: uuid.NewString(), containers: []string{k.a, k.b, k.c}, authority: k.authority,
			pick: func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "choice") }, shown: map[string]store.LoadBalancerView{},
		}
		s.user.project = c.project
		check := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		for range 2 {
			number++
			check(c.createLoadBalancer(fmt.Sprintf("10.9.%d.%d", number/250, number%250+1)))
		}
		outsiders := rapid.Bool().Draw(rt, "outsiders")
		for range rapid.IntRange(1, 30).Draw(rt, "operations") {
			check(c.disturb())
			if outsiders && c.pick(4) == 0 {
				check(c.meddle())
			}
			check(c.ask(c.draw()))
			check(c.look())
		}
		s.bed.Sim.ClearFaults()
		check(s.user.settleAll(c.ctx))
		if outsiders {
			check(c.resync())
		}
		check(c.compare(t))
		check(c.lookAgain())
		check(c.remove())
	})
}

// chaos is a user who changes two load balancers, and a Controller that has its troubles.
type chaos struct {
	*station

	ctx        context.Context //nolint:containedctx // of one check
	pick       pick
	project    string
	lbs        []string
	containers []string
	authority  string
	named      int
	shown      map[string]store.LoadBalancerView // by id and version
}

// wish is a request that may be refused for what it says, but must not make anybody stumble.
type wish struct {
	method, path, kind string
	attributes         any
}

// disturb gives the Controller a trouble that passes, every other time.
func (c *chaos) disturb() error {
	if c.pick(2) == 0 {
		return nil
	}
	f := avisim.Fault{
		Method: []string{"", http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodGet}[c.pick(6)],
		Type:   []string{"", "virtualservice", "pool", "vsvip", "sslkeyandcertificate", "httppolicyset", "healthmonitor"}[c.pick(7)],
		Nth:    1 + c.pick(4), Count: 1 + c.pick(2),
	}
	switch c.pick(8) {
	case 0, 1:
		f.Action = avisim.FaultDropBefore
	case 2, 3:
		f.Action = avisim.FaultDropAfter
	case 4:
		f.Action, f.Method, f.Status, f.Body = avisim.FaultFail, http.MethodPost, http.StatusBadRequest, `{"error": "VrfContext object not found!"}`
	case 5:
		f.Action, f.Method, f.Status = avisim.FaultFail, http.MethodDelete, http.StatusForbidden
		f.Type, f.Body = one(c, []string{"pool", "vsvip"}), `{"error": "Cannot delete, object is referred by: ['VirtualService x']"}`
	default:
		f.Action = avisim.FaultFail
		f.Status = []int{http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusUnauthorized}[c.pick(4)]
		f.Body = `{"error": "not now"}`
		if f.Type == "" && f.Status == http.StatusUnauthorized {
			f.Type = "pool" // of a login it would mean that the password is wrong, which lasts
		}
	}
	return c.bed.Sim.AddFault(f)
}

// look wants each load balancer to be shown as it was before, if it is in a version that it was in before: lists count on it.
func (c *chaos) look() error {
	return c.bed.Store.Peek(c.ctx, func(tx *store.Tx) error {
		page, _, err := tx.LoadBalancers(store.Query{Equal: map[string]string{"project_id": c.project}}, nil)
		for _, e := range page {
			now := *e.View
			now.StatusReason = "" // is for operators, and not shown
			if before, known := c.shown[e.ID+" "+e.Version]; known && !reflect.DeepEqual(before, now) {
				return wrongf("version %s of load balancer %s has shown %v, and now shows %v", e.Version, e.ID, before, now)
			}
			c.shown[e.ID+" "+e.Version] = now
		}
		return err
	})
}

// ask makes a wish, and makes it again when somebody is still at work on the load balancer.
func (c *chaos) ask(w wish) error {
	for range 100 {
		var body any
		if w.attributes != nil {
			body = map[string]any{w.kind: w.attributes}
		}
		a, err := c.user.call(c.ctx, w.method, w.path, body)
		switch {
		case err != nil:
			return err
		case a.status >= 500 && a.status != http.StatusNotImplemented:
			return wrongf("%s %s %v: answered %s", w.method, w.path, w.attributes, a)
		case a.status != http.StatusConflict || !strings.Contains(a.text, "immutable") && !strings.Contains(a.text, "Invalid state"):
			return nil
		}
		if err := c.user.settleAll(c.ctx); err != nil {
			return err
		}
	}
	return wrongf("%s %s: 409 without end", w.method, w.path)
}

func (c *chaos) createLoadBalancer(address string) error {
	a, err := c.user.call(c.ctx, http.MethodPost, "loadbalancers", map[string]any{
		loadBalancer: attributes{"name": c.name(), "vip_address": address, "project_id": c.project},
	})
	if err != nil {
		return err
	}
	if a.status != http.StatusCreated {
		return wrongf("a load balancer: %s", a)
	}
	c.lbs = append(c.lbs, idIn(a, loadBalancer))
	return nil
}

func (c *chaos) name() string {
	c.named++
	return fmt.Sprint("object-", c.named)
}

func (c *chaos) tree(id string) (lbaas.Tree, error) {
	tree, err := c.bed.Service.LoadBalancerTree(c.ctx, c.bed.Caller, id)
	return tree.Wanted(), err
}

// compare wants the Controller to hold what it would hold if the trees had been made at once.
func (c *chaos) compare(t *testing.T) error {
	t.Helper()
	actual := c.objects(c.bed.Sim)
	twin := c.fresh.bed
	var trees []lbaas.Tree
	var extra []string
	err := twin.Store.Write(c.ctx, func(tx *store.Tx) error {
		trees, extra = nil, nil
		for _, id := range c.lbs {
			tree, err := c.tree(id)
			if err != nil {
				return err
			}
			if _, has := actual["vsvip/vsvip-"+id]; has && len(tree.Listeners) == 0 {
				// It is there because of a listener that has gone.
				gone := uuid.NewString()
				tree.Listeners = []lbaas.Listener{{
					Resource: lbaas.Resource{ID: gone, ProjectID: c.project, AdminStateUp: true}, LoadBalancerID: id,
					Protocol: lbaas.ListenerTCP, ProtocolPort: 1, ConnectionLimit: -1,
				}}
				extra = append(extra, gone)
			}
			if err := plant(tx, &tree); err != nil {
				return err
			}
			trees = append(trees, tree)
		}
		return nil
	})
	if err != nil {
		return err
	}
	twin.Settle(t)
	for _, id := range extra {
		if err := twin.Service.DeleteListener(c.ctx, twin.Caller, id); err != nil {
			return err
		}
	}
	twin.Settle(t)
	want := c.objects(twin.Sim)
	for _, id := range c.lbs {
		if err := twin.Service.DeleteLoadBalancer(c.ctx, twin.Caller, id, true); err != nil {
			return err
		}
	}
	twin.Settle(t)
	if d := gocmp.Diff(want, actual); d != "" {
		return wrongf("the Controller's objects differ from those of a fresh start (-fresh +actual):\n%s\nof %+v", d, trees)
	}
	if left := objectsOf(twin.Sim, c.project); len(left) > 0 {
		return wrongf("the fresh start leaves %v", left)
	}
	return nil
}

// objects are those of the project. A certificate bears the mark of whichever load balancer was first to have it, and an empty list is
// as good as none.
func (c *chaos) objects(sim *avisim.Server) map[string]any {
	objects := objectsOf(sim, c.project)
	for key, o := range objects {
		fields, _ := o.(map[string]any)
		if strings.HasPrefix(key, "sslkeyandcertificate/") {
			delete(fields, "markers")
		}
		maps.DeleteFunc(fields, func(_ string, value any) bool {
			entries, isList := value.([]any)
			return isList && len(entries) == 0
		})
	}
	return objects
}

// plant stores a tree as if it had been accepted whole.
func plant(tx *store.Tx, tree *lbaas.Tree) error {
	begin := func(r *lbaas.Resource) { r.ProvisioningStatus = lbaas.PendingCreate }
	begin(&tree.LoadBalancer.Resource)
	if err := tx.InsertLoadBalancer(&tree.LoadBalancer); err != nil {
		return err
	}
	lb := tree.LoadBalancer.ID
	return firstOf(
		insertEach(tree.Pools, func(p *lbaas.Pool) error { begin(&p.Resource); return tx.InsertPool(p) }),
		insertEach(tree.Listeners, func(l *lbaas.Listener) error { begin(&l.Resource); return tx.InsertListener(l) }),
		insertEach(tree.Members, func(m *lbaas.Member) error { begin(&m.Resource); return tx.InsertMember(lb, m) }),
		insertEach(tree.Monitors, func(h *lbaas.HealthMonitor) error { begin(&h.Resource); return tx.InsertHealthMonitor(lb, h) }),
		insertEach(tree.L7Policies, func(p *lbaas.L7Policy) error { begin(&p.Resource); return tx.InsertL7Policy(p) }),
		insertEach(tree.L7Rules, func(r *lbaas.L7Rule) error { begin(&r.Resource); return tx.InsertL7Rule(r) }),
	)
}

func insertEach[T any](items []T, insert func(*T) error) func() error {
	return func() error {
		for i := range items {
			if err := insert(&items[i]); err != nil {
				return fmt.Errorf("insert %+v: %w", items[i], err)
			}
		}
		return nil
	}
}

// firstOf runs steps until one fails.
func firstOf(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// meddle has somebody delete an object at the Controller by hand, or turn it off, if the Controller lets them.
func (c *chaos) meddle() error {
	objects := objectsOf(c.bed.Sim, c.project)
	if len(objects) == 0 {
		return nil
	}
	typ, uuid, _ := strings.Cut(one(c, slices.Sorted(maps.Keys(objects))), "/")
	tenant := translate.TenantUUID(c.project)
	var err error
	if c.pick(2) == 0 {
		err = c.bed.Client.Delete(c.ctx, tenant, typ, uuid)
	} else {
		_, err = c.bed.Client.Patch(c.ctx, tenant, typ, uuid, avi.PatchReplace, avi.Object{"enabled": false})
	}
	if _, refused := errors.AsType[*avi.Error](err); refused {
		return nil
	}
	return err
}

// resync has everything looked at again.
func (c *chaos) resync() error {
	for _, id := range c.lbs {
		if err := c.bed.Store.Resync(c.ctx, id); err != nil {
			return err
		}
	}
	c.bed.Worker.Wake()
	return c.user.settleAll(c.ctx)
}

// lookAgain wants a second look at everything to write nothing.
func (c *chaos) lookAgain() error {
	c.bed.Sim.ResetRequests()
	if err := c.resync(); err != nil {
		return err
	}
	for _, r := range c.bed.Sim.Requests() {
		if r.Method != http.MethodGet {
			return wrongf("looking again wrote: %s %s", r.Method, r.Path)
		}
	}
	return nil
}

// remove deletes both load balancers at the same time, with troubles, and wants nothing to be left.
func (c *chaos) remove() error {
	for _, id := range c.lbs {
		if err := c.disturb(); err != nil {
			return err
		}
		if err := c.ask(wish{method: http.MethodDelete, path: "loadbalancers/" + id + "?cascade=true"}); err != nil {
			return err
		}
	}
	for _, id := range c.lbs {
		if err := c.user.settle(c.ctx, id); err != nil {
			return err
		}
	}
	c.bed.Sim.ClearFaults()
	if left := objectsOf(c.bed.Sim, c.project); len(left) > 0 {
		return wrongf("after the deletions the Controller still has %v", left)
	}
	return nil
}
