package converge_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/converge"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/worker"
)

func TestMain(m *testing.M) {
	// A case is a load balancer's whole life over HTTPS and SQL: fewer of them than rapid's default. -rapid.checks still works.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	flag.Parse()
	goleak.VerifyTestMain(m)
}

const project = "9f1b2c3d4e5f40718293a4b5c6d7e8f9"

// preview is what would become of a load balancer's objects.
func preview(t testing.TB, b *testbed.Bed, id string) []converge.Effect {
	t.Helper()
	standing, err := b.Store.Standing(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	_, wanted, err := b.Worker.Wanted(t.Context(), standing.Work)
	if err != nil {
		t.Fatal(err)
	}
	effects, err := converge.Preview(t.Context(), b.Client, wanted, worker.KnownOf(standing.Inventory))
	if err != nil {
		t.Fatal(err)
	}
	return effects
}

// due are the effects that the next run has, as "action type/uuid".
func due(effects []converge.Effect) map[string]bool {
	found := map[string]bool{}
	for _, e := range effects {
		if e.Due {
			found[fmt.Sprintf("%s %s/%s", e.Action, e.Type, e.UUID)] = true
		}
	}
	return found
}

// objects are those at the Controller without what each write changes.
func objects(b *testbed.Bed) map[string]map[string]any {
	all := map[string]map[string]any{}
	for key, o := range b.Objects() {
		o = maps.Clone(o)
		for _, own := range []string{"_last_modified", "configpb_attributes", "vs_refs", "version"} {
			delete(o, own)
		}
		all[key] = o
	}
	return all
}

// happened says how the Controller's objects changed, in due's words.
func happened(before, after map[string]map[string]any) map[string]bool {
	found := map[string]bool{}
	for key, o := range after {
		if was, ok := before[key]; !ok {
			found["create "+key] = true
		} else if !reflect.DeepEqual(was, o) {
			found["change "+key] = true
		}
	}
	for key := range before {
		if _, ok := after[key]; !ok {
			found["delete "+key] = true
		}
	}
	return found
}

// What the preview says is what happens, and afterwards it has nothing more to say; whatever users ask for and whatever is
// changed by hand meanwhile.
func TestPreviewAndRunAgree(t *testing.T) {
	t.Parallel()
	b := testbed.New(t, testbed.Options{})
	rapid.Check(t, func(rt *rapid.T) {
		u := user{T: rt, bed: b, t: t}
		u.createLoadBalancer()
		for range rapid.IntRange(1, 5).Draw(rt, "steps") {
			u.act()
			before := objects(b)
			says := due(preview(t, b, u.lb))
			b.Settle(t)
			if does := happened(before, objects(b)); !reflect.DeepEqual(says, does) {
				rt.Fatalf("the preview says %v, what happens is %v", says, does)
			}
			if left := due(preview(t, b, u.lb)); len(left) > 0 {
				rt.Fatalf("after the run the preview still says %v", left)
			}
			if rapid.Bool().Draw(rt, "someone edits") {
				u.edit()
			}
			if rapid.Bool().Draw(rt, "an operator resyncs") {
				u.resync()
			}
		}
		u.remove()
	})
}

// user is someone who uses a load balancer at random.
type user struct {
	*rapid.T
	bed *testbed.Bed
	t   *testing.T

	lb                        string
	listeners, pools, members []string
	poolOf                    map[string]string
	port                      int
}

func (u *user) must(err error) {
	if err != nil {
		u.Fatal(err)
	}
}

func (u *user) createLoadBalancer() {
	lb, err := u.bed.Service.CreateLoadBalancer(u.t.Context(), u.bed.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), Name: lbaas.Given("web"), VIPAddress: lbaas.Given("10.0.0.10"),
	})
	u.must(err)
	u.lb, u.poolOf = lb.ID, map[string]string{}
	u.bed.Settle(u.t)
}

// act makes one accepted request.
func (u *user) act() {
	ctx, s, c := u.t.Context(), u.bed.Service, u.bed.Caller
	actions := []string{"listener", "pool", "rename"}
	if len(u.pools) > 0 {
		actions = append(actions, "member", "member", "algorithm", "delete pool")
	}
	if len(u.members) > 0 {
		actions = append(actions, "weight")
	}
	switch rapid.SampledFrom(actions).Draw(u.T, "action") {
	case "listener":
		in := lbaas.ListenerInput{
			LoadBalancerID: lbaas.Given(u.lb), Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(8000 + u.port),
		}
		if len(u.pools) > 0 {
			in.DefaultPoolID = lbaas.Given(rapid.SampledFrom(u.pools).Draw(u.T, "default pool"))
		}
		u.port++
		l, err := s.CreateListener(ctx, c, in)
		u.must(err)
		u.listeners = append(u.listeners, l.ID)
	case "pool":
		in := lbaas.PoolInput{
			LoadBalancerID: lbaas.Given(u.lb), Protocol: lbaas.Given(lbaas.PoolHTTP), Algorithm: lbaas.Given(lbaas.RoundRobin),
		}
		p, err := s.CreatePool(ctx, c, in)
		u.must(err)
		u.pools = append(u.pools, p.ID)
	case "rename":
		_, err := s.UpdateLoadBalancer(ctx, c, u.lb, lbaas.LoadBalancerInput{
			Name: lbaas.Given(rapid.SampledFrom([]string{"web", "shop", "blog"}).Draw(u.T, "name")),
		})
		u.must(err)
	case "member":
		pool := rapid.SampledFrom(u.pools).Draw(u.T, "pool")
		u.port++
		m, err := s.CreateMember(ctx, c, lbaas.MemberInput{
			PoolID: lbaas.Given(pool), Address: lbaas.Given("10.0.1.1"), ProtocolPort: lbaas.Given(9000 + u.port),
		})
		u.must(err)
		u.members, u.poolOf[m.ID] = append(u.members, m.ID), pool
	case "weight":
		id := rapid.SampledFrom(u.members).Draw(u.T, "member")
		_, err := s.UpdateMember(ctx, c, u.poolOf[id], id, lbaas.MemberInput{
			Weight: lbaas.Given(rapid.IntRange(0, 256).Draw(u.T, "weight")),
		})
		u.must(err)
	case "algorithm":
		_, err := s.UpdatePool(ctx, c, rapid.SampledFrom(u.pools).Draw(u.T, "pool"), lbaas.PoolInput{
			Algorithm: lbaas.Given(rapid.SampledFrom([]lbaas.Algorithm{lbaas.RoundRobin, lbaas.SourceIP}).Draw(u.T, "algorithm")),
		})
		u.must(err)
	case "delete pool":
		id := u.pools[0]
		u.must(s.DeletePool(ctx, c, id))
		u.pools = u.pools[1:]
		u.members = nil
	}
}

// edit changes an object of the load balancer by hand: a field that is LBaaS's, or one that is not.
func (u *user) edit() {
	standing, err := u.bed.Store.Standing(u.t.Context(), u.lb)
	u.must(err)
	if len(standing.Inventory) == 0 {
		return
	}
	item := rapid.SampledFrom(standing.Inventory).Draw(u.T, "edited")
	edits := []avi.Object{{"name": "by hand " + item.UUID}}
	if item.Type == "pool" {
		edits = append(edits, avi.Object{"lb_algorithm": "LB_ALGORITHM_RANDOM"}, avi.Object{"graceful_disable_timeout": json.Number("30")})
	}
	edit := rapid.SampledFrom(edits).Draw(u.T, "edit")
	_, err = u.bed.Client.Patch(u.t.Context(), item.Tenant, item.Type, item.UUID, avi.PatchReplace, edit)
	u.must(err)
}

func (u *user) resync() {
	u.must(u.bed.Store.Resync(u.t.Context(), u.lb))
	before, says := objects(u.bed), due(preview(u.t, u.bed, u.lb))
	u.bed.Settle(u.t)
	if does := happened(before, objects(u.bed)); !reflect.DeepEqual(says, does) {
		u.Fatalf("after a resync the preview says %v, what happens is %v", says, does)
	}
	if left := preview(u.t, u.bed, u.lb); len(left) > 0 {
		u.Fatalf("after a resync the preview still says %v", left)
	}
}

// remove deletes everything, which the preview foresees too.
func (u *user) remove() {
	u.must(u.bed.Service.DeleteLoadBalancer(u.t.Context(), u.bed.Caller, u.lb, true))
	before, says := objects(u.bed), due(preview(u.t, u.bed, u.lb))
	u.bed.Settle(u.t)
	if does := happened(before, objects(u.bed)); !reflect.DeepEqual(says, does) {
		u.Fatalf("at the end the preview says %v, what happens is %v", says, does)
	}
}

// A preview writes nothing, and names what an object whose name is taken will be called.
func TestPreviewOnlyReads(t *testing.T) {
	t.Parallel()
	b := testbed.New(t, testbed.Options{})
	lb, err := b.Service.CreateLoadBalancer(t.Context(), b.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), Name: lbaas.Given("web"), VIPAddress: lbaas.Given("10.0.0.10"),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Settle(t)
	vip := avi.Object{"name": "vsvip-web", "vip": []any{map[string]any{"vip_id": "1", "ip_address": map[string]any{"addr": "10.9.9.9", "type": "V4"}}}}
	if _, err := b.Client.Create(t.Context(), "tenant-9f1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9", "vsvip", "vsvip-other", vip); err != nil {
		t.Fatal(err)
	}
	_, err = b.Service.CreateListener(t.Context(), b.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(lb.ID), Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(80),
	})
	if err != nil {
		t.Fatal(err)
	}
	before, inventory := objects(b), b.Tree(t, lb.ID)
	b.Sim.ResetRequests()
	effects := preview(t, b, lb.ID)
	for _, r := range b.Sim.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("it sent %s %s", r.Method, r.Path)
		}
	}
	if !reflect.DeepEqual(before, objects(b)) || !reflect.DeepEqual(inventory, b.Tree(t, lb.ID)) {
		t.Error("it changed something")
	}
	if len(effects) != 2 || effects[0].Name != "vsvip-web-"+lb.ID[:8] || effects[1].Type != "virtualservice" {
		t.Errorf("effects %+v", effects)
	}
}
