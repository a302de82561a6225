package store_test

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// limit gives a project a limit of its own.
func (b *bed) limit(project string, limits lbaas.Quotas) {
	b.t.Helper()
	b.write(func(tx *store.Tx) error {
		q, _, err := tx.Quotas(project)
		if err != nil {
			return err
		}
		maps.Copy(q.Limits, limits)
		return tx.SetQuotas(q)
	})
}

// usage is how many objects a project is taken to have, by kind; those of which it has none are left out.
func (b *bed) usage(project string) lbaas.Quotas {
	b.t.Helper()
	usage := lbaas.Quotas{}
	b.read(func(tx *store.Tx) error {
		for _, kind := range lbaas.QuotaKinds() {
			n, err := tx.Usage(project, kind)
			if err != nil {
				return err
			}
			if n > 0 {
				usage[kind] = n
			}
		}
		return nil
	})
	return usage
}

// mustSettle works everything off and wants the accounts to be right.
func (b *bed) mustSettle() {
	b.t.Helper()
	b.settle()
	wrong, err := b.Recount(b.ctx())
	b.check(err)
	if len(wrong) > 0 {
		b.t.Errorf("the numbers of objects are wrong: %+v", wrong)
	}
}

// raw runs a statement behind the store's back.
func (b *bed) raw(statement string) {
	b.t.Helper()
	b.write(func(tx *store.Tx) error { return tx.Exec(statement) })
}

func (b *bed) loadBalancer(id, project string) lbaas.LoadBalancer {
	lb := lbaas.LoadBalancer{Resource: b.resource(id), Provider: "avi_adc"}
	lb.ProjectID = project
	return lb
}

// refusedOver wants an error to be the user's, about a kind of objects.
func refusedOver(t *testing.T, err error, shown string) {
	t.Helper()
	message, kind, _ := lbaas.MessageFor(err)
	if kind != lbaas.KindForbidden || message != "Quota has been met for resources: "+shown {
		t.Errorf("the user is told (%q, %q): %v", message, kind, err)
	}
}

// Of requests at the same moment, through two processes, exactly as many succeed as the quota has room for.
func TestQuotasHoldUnderParallelRequests(t *testing.T) {
	const requests, room = 24, 7
	b := newBed(t)
	second, err := store.Open(b.ctx(), b.options)
	b.check(err)
	t.Cleanup(func() { b.check(second.Close()) })
	b.limit("p", lbaas.Quotas{lbaas.QuotaLoadBalancer: room})
	outcomes := make([]error, requests)
	var all sync.WaitGroup
	for i := range requests {
		through := []*store.Store{b.Store, second}[i%2]
		all.Go(func() {
			lb := b.loadBalancer(fmt.Sprint("lb", i), "p")
			outcomes[i] = through.Write(b.ctx(), func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lb) })
		})
	}
	all.Wait()
	succeeded := 0
	for _, err := range outcomes {
		if err == nil {
			succeeded++
		} else {
			refusedOver(t, err, "Load Balancer")
		}
	}
	if succeeded != room {
		t.Errorf("%d requests succeeded, want %d", succeeded, room)
	}
	if diff := cmp.Diff(lbaas.Quotas{lbaas.QuotaLoadBalancer: room}, b.usage("p")); diff != "" {
		t.Errorf("usage (-want +got):\n%s", diff)
	}
}

func TestEveryKindHasItsQuota(t *testing.T) {
	t.Parallel()
	for kind, shown := range map[lbaas.QuotaKind]string{
		lbaas.QuotaLoadBalancer: "Load Balancer", lbaas.QuotaListener: "Listener", lbaas.QuotaMember: "Member", lbaas.QuotaPool: "Pool",
		lbaas.QuotaHealthMonitor: "Health Monitor", lbaas.QuotaL7Policy: "L7 Policy", lbaas.QuotaL7Rule: "L7 Rule",
	} {
		t.Run(string(kind), func(t *testing.T) {
			b := newBed(t)
			tree := b.insert("a")
			policy := lbaas.L7Policy{Resource: b.resource("a-y"), LoadBalancerID: "a", ListenerID: "a-l0", Action: lbaas.L7Reject, Position: 1}
			b.write(func(tx *store.Tx) error { return tx.InsertL7Policy(&policy) })
			b.limit("project", lbaas.Quotas{kind: 1}) // there are as many or more: that stays
			again := map[lbaas.QuotaKind]func(*store.Tx) error{
				lbaas.QuotaLoadBalancer:  func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lbaas.LoadBalancer{Resource: b.resource("x")}) },
				lbaas.QuotaListener:      func(tx *store.Tx) error { return tx.InsertListener(&tree.Listeners[0]) },
				lbaas.QuotaMember:        func(tx *store.Tx) error { return tx.InsertMember("a", &tree.Members[0]) },
				lbaas.QuotaPool:          func(tx *store.Tx) error { return tx.InsertPool(&tree.Pools[0]) },
				lbaas.QuotaHealthMonitor: func(tx *store.Tx) error { return tx.InsertHealthMonitor("a", &tree.Monitors[0]) },
				lbaas.QuotaL7Policy:      func(tx *store.Tx) error { return tx.InsertL7Policy(&policy) },
				lbaas.QuotaL7Rule: func(tx *store.Tx) error {
					for _, id := range []string{"r1", "r2"} {
						r := lbaas.L7Rule{Resource: b.resource(id), LoadBalancerID: "a", ListenerID: "a-l0", PolicyID: "a-y"}
						if err := tx.InsertL7Rule(&r); err != nil {
							return err
						}
					}
					return nil
				},
			}
			refusedOver(t, b.Write(b.ctx(), again[kind]), shown)
		})
	}
}

func TestLimitsOfAProjectStandAboveTheDefaults(t *testing.T) {
	b := newBed(t)
	b.check(b.Close())
	b.options.Quotas = lbaas.Quotas{lbaas.QuotaLoadBalancer: 1}
	b.open()
	b.limit("more", lbaas.Quotas{lbaas.QuotaLoadBalancer: 2})
	b.limit("all", lbaas.Quotas{lbaas.QuotaLoadBalancer: lbaas.Unlimited})
	b.limit("none", lbaas.Quotas{lbaas.QuotaLoadBalancer: 0})
	b.limit("other kinds", lbaas.Quotas{lbaas.QuotaPool: 5})
	for project, want := range map[string]int{"default": 1, "more": 2, "all": 3, "none": 0, "other kinds": 1} {
		got := 0
		for i := range 3 {
			lb := b.loadBalancer(fmt.Sprint(project, i), project)
			check := b.Read(b.ctx(), func(tx *store.Tx) error { return tx.CheckQuota(project, lbaas.QuotaLoadBalancer, 1) })
			err := b.Write(b.ctx(), func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lb) })
			if err == nil {
				got++
			} else {
				refusedOver(t, err, "Load Balancer")
			}
			// What is not counted yet cannot be said in advance.
			if counted := want > 0 || i > 0; counted && (check == nil) != (err == nil) {
				t.Errorf("%s: CheckQuota says %v, and the insertion %v", project, check, err)
			}
		}
		if got != want {
			t.Errorf("project %q could have %d load balancers, want %d", project, got, want)
		}
	}
	b.write(func(tx *store.Tx) error { return tx.DeleteQuotas("none") })
	lb := b.loadBalancer("later", "none")
	b.write(func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lb) })
	err := b.Write(b.ctx(), func(tx *store.Tx) error { return tx.DeleteQuotas("none") })
	if message, kind, _ := lbaas.MessageFor(err); kind != lbaas.KindNotFound || message != "Quotas none not found." {
		t.Errorf("deleting quotas that there are not: (%q, %q)", message, kind)
	}
}

// What is being deleted counts until it is gone at the Controller; then a cascade gives everything back.
func TestDeletionsGiveBackWhenTheRowsGo(t *testing.T) {
	b := newBed(t)
	b.active("a")
	b.active("b")
	full := lbaas.Quotas{
		lbaas.QuotaLoadBalancer: 2, lbaas.QuotaListener: 4, lbaas.QuotaPool: 2, lbaas.QuotaMember: 4, lbaas.QuotaHealthMonitor: 2,
	}
	b.write(func(tx *store.Tx) error {
		if _, err := tx.Doom("a"); err != nil {
			return err
		}
		return tx.DoomTree("a")
	})
	b.write(func(tx *store.Tx) error {
		if _, err := tx.Lock("b"); err != nil {
			return err
		}
		return tx.DoomPool("b-p")
	})
	if diff := cmp.Diff(full, b.usage("project")); diff != "" {
		t.Errorf("while they are being deleted (-want +got):\n%s", diff)
	}
	b.mustSettle()
	want := lbaas.Quotas{lbaas.QuotaLoadBalancer: 1, lbaas.QuotaListener: 2}
	if diff := cmp.Diff(want, b.usage("project")); diff != "" {
		t.Errorf("when they are gone (-want +got):\n%s", diff)
	}
}

// A transaction that fails takes nothing.
func TestWhatIsNotMadeIsNotCounted(t *testing.T) {
	b := newBed(t)
	tree := b.insert("a")
	before := b.usage("project")
	for name, f := range map[string]func(*store.Tx) error{
		"a duplicate": func(tx *store.Tx) error { return tx.InsertMember("a", &tree.Members[0]) },
		"a change of mind": func(tx *store.Tx) error {
			return errors.Join(tx.InsertPool(&lbaas.Pool{Resource: b.resource("x"), LoadBalancerID: "a"}), errors.New("no"))
		},
	} {
		if b.Write(b.ctx(), f) == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if diff := cmp.Diff(before, b.usage("project")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What was there before anybody counted, say in a database of an older version, is counted at the first change, whichever it is.
func TestWhatWasThereBeforeIsCounted(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(b *bed){
		"an insertion that is over quota": func(b *bed) {
			b.limit("project", lbaas.Quotas{lbaas.QuotaLoadBalancer: 2})
			lb := b.loadBalancer("c", "project")
			refusedOver(b.t, b.Write(b.ctx(), func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lb) }), "Load Balancer")
			_, err := b.Recount(b.ctx())
			b.check(err)
		},
		"a deletion": func(b *bed) {
			b.write(func(tx *store.Tx) error {
				_, err := tx.Doom("b")
				return errors.Join(err, tx.DoomTree("b"))
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t)
			b.active("a")
			b.active("b")
			b.raw("DELETE FROM quota_slots")
			change(b)
			b.mustSettle()
			want := 2
			if name == "a deletion" {
				want = 1
			}
			if got := b.usage("project")[lbaas.QuotaLoadBalancer]; got != want {
				t.Errorf("%d load balancers are counted, want %d", got, want)
			}
		})
	}
}

// Load balancers that are taken over are there already: they count, and no quota refuses them.
func TestAdoptedOnesCountAndAreNotRefused(t *testing.T) {
	b := newBed(t)
	b.limit("p", lbaas.Quotas{lbaas.QuotaLoadBalancer: 0, lbaas.QuotaPool: 0})
	pool := lbaas.Pool{Resource: b.resource("a-p"), LoadBalancerID: "a"}
	pool.ProjectID = "p"
	b.check(b.Adopt(b.ctx(), lbaas.Tree{LoadBalancer: b.loadBalancer("a", "p"), Pools: []lbaas.Pool{pool}}, nil))
	want := lbaas.Quotas{lbaas.QuotaLoadBalancer: 1, lbaas.QuotaPool: 1}
	if diff := cmp.Diff(want, b.usage("p")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecountPutsRightWhatSomebodyBroke(t *testing.T) {
	b := newBed(t)
	b.active("a")
	b.raw("UPDATE quota_slots SET used = CASE WHEN slot = 0 THEN 9 ELSE 0 END WHERE kind = 'pool'")
	b.clock.advance(time.Hour)
	wrong, err := b.Recount(b.ctx())
	b.check(err)
	want := []store.Miscount{{ProjectID: "project", Kind: lbaas.QuotaPool, Used: 9, Found: 1}}
	if diff := cmp.Diff(want, wrong); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.mustSettle()
}

func TestListsOfQuotasAreOfThoseWithLimitsOfTheirOwn(t *testing.T) {
	b := newBed(t)
	b.insert("a") // a project with objects and without limits
	for _, project := range []string{"p1", "p2", "p3"} {
		b.clock.advance(time.Second)
		b.limit(project, lbaas.Quotas{lbaas.QuotaPool: len(project)})
	}
	b.clock.advance(time.Second)
	b.limit("p1", lbaas.Quotas{lbaas.QuotaListener: 4})
	b.read(func(tx *store.Tx) error {
		page, more, err := tx.AllQuotas(store.Query{Limit: 2})
		if err != nil {
			return err
		}
		if len(page) != 2 || !more || page[0].ProjectID != "p1" || page[0].Limits[lbaas.QuotaListener] != 4 || page[0].Limits[lbaas.QuotaPool] != 2 {
			t.Errorf("the first page is %+v, more: %v", page, more)
		}
		page, more, err = tx.AllQuotas(store.Query{Limit: 2, Marker: page[1].ProjectID})
		if len(page) != 1 || more || page[0].ProjectID != "p3" {
			t.Errorf("the second page is %+v, more: %v", page, more)
		}
		return err
	})
}

// After any operations in any order, each project is taken to have what it has.
func TestUsageEqualsTheRows(t *testing.T) {
	b := newBed(t)
	rapid.Check(t, func(rt *rapid.T) {
		n := 0
		var ids []string
		rt.Repeat(map[string]func(*rapid.T){
			"insert": func(rt *rapid.T) {
				n++
				id := fmt.Sprintf("%d-%d", time.Now().UnixNano(), n)
				b.insert(id)
				ids = append(ids, id)
			},
			"fail": func(rt *rapid.T) {
				if len(ids) > 0 {
					lb := b.loadBalancer(rapid.SampledFrom(ids).Draw(rt, "id"), "project")
					if b.Write(b.ctx(), func(tx *store.Tx) error { return tx.InsertLoadBalancer(&lb) }) == nil {
						ids = append(ids, lb.ID) // it was gone
					}
				}
			},
			"doom": func(rt *rapid.T) {
				if len(ids) == 0 {
					return
				}
				id := rapid.SampledFrom(ids).Draw(rt, "id")
				part := rapid.SampledFrom([]string{"tree", "pool"}).Draw(rt, "part")
				_ = b.Write(b.ctx(), func(tx *store.Tx) error { // refused where it is gone or PENDING
					if part == "pool" {
						_, err := tx.Lock(id)
						return errors.Join(err, tx.DoomPool(id+"-p"))
					}
					_, err := tx.Doom(id)
					return errors.Join(err, tx.DoomTree(id))
				})
			},
			"settle": func(*rapid.T) { b.settle() },
		})
		wrong, err := b.Recount(b.ctx())
		if err != nil || len(wrong) > 0 {
			rt.Fatalf("the numbers of objects are wrong: %+v (%v)", wrong, err)
		}
	})
}
