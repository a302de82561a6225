package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

func TestATreeComesBackAsItWasStored(t *testing.T) {
	b := newBed(t)
	want := b.insert("a")
	b.insert("b")
	if diff := cmp.Diff(want, b.tree("a")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.read(func(tx *store.Tx) error {
		if _, err := tx.Tree("c"); !errors.Is(err, lbaas.KindNotFound) {
			t.Errorf("an unknown one: %v, want an error of kind %q", err, lbaas.KindNotFound)
		}
		return nil
	})
}

func TestATreeSurvivesARestart(t *testing.T) {
	b := newBed(t)
	want := b.insert("a")
	b.check(b.Close())
	b.open()
	if diff := cmp.Diff(want, b.tree("a")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.claimOne("worker")
}

func TestUpdatesComeBack(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	b.clock.advance(time.Hour)
	want := b.tree("a")
	now := b.clock.Now()
	want.LoadBalancer.Name, want.LoadBalancer.UpdatedAt, want.LoadBalancer.AdminStateUp = "x", now, false
	want.Listeners[0].DefaultPoolID, want.Listeners[0].ConnectionLimit = "", 7
	want.Pools[0].Persistence, want.Pools[0].Algorithm = nil, lbaas.SourceIP
	want.Members[1].Weight = 256
	want.Monitors[0].URLPath, want.Monitors[0].MaxRetriesDown = "/up", 0
	b.write(func(tx *store.Tx) error {
		return errors.Join(
			tx.UpdateLoadBalancer(&want.LoadBalancer), tx.UpdateListener(&want.Listeners[0]), tx.UpdatePool(&want.Pools[0]),
			tx.UpdateMember("a", &want.Members[1]), tx.UpdateHealthMonitor("a", &want.Monitors[0]),
		)
	})
	if diff := cmp.Diff(want, b.tree("a")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	err := b.Write(b.ctx(), func(tx *store.Tx) error { return tx.UpdatePool(&lbaas.Pool{Resource: b.resource("x")}) })
	if !errors.Is(err, lbaas.KindNotFound) {
		t.Errorf("an unknown pool: %v", err)
	}
}

func TestAFailedTransactionLeavesNothing(t *testing.T) {
	b := newBed(t)
	broken := errors.New("broken")
	err := b.Write(b.ctx(), func(tx *store.Tx) error {
		if err := tx.InsertLoadBalancer(&lbaas.LoadBalancer{Resource: b.resource("a")}); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if claims := b.claim("worker"); len(claims) != 0 {
		t.Errorf("due: %v", claims)
	}
}

func TestWhatOneObjectIsFoundBy(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	b.read(func(tx *store.Tx) error {
		l, err := tx.Listener("a-l1")
		b.check(err)
		p, err := tx.Pool("a-p")
		b.check(err)
		m, memberRoot, err := tx.Member("a-m1")
		b.check(err)
		h, monitorRoot, err := tx.HealthMonitor("a-h")
		b.check(err)
		if l.ProtocolPort != 81 || p.LoadBalancerID != "a" || m.ProtocolPort != 81 || h.PoolID != "a-p" {
			t.Errorf("got %v, %v, %v, %v", l, p, m, h)
		}
		if memberRoot != "a" || monitorRoot != "a" {
			t.Errorf("their load balancers are %q and %q", memberRoot, monitorRoot)
		}
		return nil
	})
}

func TestTreesComeInPages(t *testing.T) {
	b := newBed(t)
	for i := range 5 {
		b.insert(fmt.Sprintf("lb%d", i))
	}
	var ids []string
	after := ""
	for {
		var trees []lbaas.Tree
		b.read(func(tx *store.Tx) (err error) {
			trees, err = tx.Trees(after, 2)
			return err
		})
		for _, tree := range trees {
			after = tree.LoadBalancer.ID
			ids = append(ids, after)
			if len(tree.Listeners) != 2 || len(tree.Pools) != 1 || len(tree.Members) != 2 || len(tree.Monitors) != 1 {
				t.Errorf("%s lacks children: %v", after, tree)
			}
		}
		if len(trees) < 2 {
			break
		}
	}
	if diff := cmp.Diff([]string{"lb0", "lb1", "lb2", "lb3", "lb4"}, ids); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDuplicatesAreConflicts(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	b.insert("b")
	sameID := "Already an entity with that specified id."
	for _, c := range []struct {
		name   string
		insert func(*store.Tx) error
		want   string
	}{
		{"load balancer", func(tx *store.Tx) error {
			return tx.InsertLoadBalancer(&lbaas.LoadBalancer{Resource: b.resource("a")})
		}, sameID},
		{"listener's id", func(tx *store.Tx) error {
			return tx.InsertListener(&lbaas.Listener{Resource: b.resource("a-l0"), LoadBalancerID: "b", ProtocolPort: 1})
		}, sameID},
		{"pool's id", func(tx *store.Tx) error {
			return tx.InsertPool(&lbaas.Pool{Resource: b.resource("a-p"), LoadBalancerID: "b"})
		}, sameID},
		{"member's id", func(tx *store.Tx) error {
			return tx.InsertMember("a", &lbaas.Member{Resource: b.resource("a-m0"), PoolID: "a-p", Address: "10.0.0.99"})
		}, sameID},
		{"listener's port", func(tx *store.Tx) error {
			return tx.InsertListener(&lbaas.Listener{
				Resource: b.resource("l"), LoadBalancerID: "a", Protocol: lbaas.ListenerTCP, ProtocolPort: 80,
			})
		}, "Another Listener on this Load Balancer is already using protocol HTTP and protocol_port 80"},
		{"member's address and port", func(tx *store.Tx) error {
			return tx.InsertMember("a", &lbaas.Member{Resource: b.resource("m"), PoolID: "a-p", Address: "10.0.0.21", ProtocolPort: 80})
		}, "Another member on this pool is already using ip 10.0.0.21 on protocol_port 80"},
		{"second monitor", func(tx *store.Tx) error {
			return tx.InsertHealthMonitor("a", &lbaas.HealthMonitor{Resource: b.resource("h"), PoolID: "a-p"})
		}, "This pool already has a health monitor"},
	} {
		message, kind, _ := lbaas.MessageFor(b.Write(b.ctx(), c.insert))
		if kind != lbaas.KindConflict || message != c.want {
			t.Errorf("%s: the user is told (%q, %q), want (%q, %q)", c.name, message, kind, c.want, lbaas.KindConflict)
		}
	}
	b.write(func(tx *store.Tx) error {
		return errors.Join(
			tx.InsertListener(&lbaas.Listener{Resource: b.resource("u"), LoadBalancerID: "a", Protocol: lbaas.ListenerUDP, ProtocolPort: 80}),
			tx.InsertMember("a", &lbaas.Member{Resource: b.resource("n"), PoolID: "a-p", Address: "10.0.0.21", ProtocolPort: 82}),
		)
	})
}

func TestDoomPool(t *testing.T) {
	b := newBed(t)
	b.active("a")
	b.write(func(tx *store.Tx) error { return errors.Join(tx.TouchPool("a-p"), tx.DoomPool("a-p")) })
	want := all("a", "PENDING_DELETE†")
	want["a"], want["a-l0"], want["a-l1"] = "ACTIVE", "PENDING_UPDATE", "PENDING_UPDATE"
	if diff := cmp.Diff(want, statuses(b.tree("a"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, l := range b.tree("a").Listeners {
		if l.DefaultPoolID != "" {
			t.Errorf("%s still has the default pool %s", l.ID, l.DefaultPoolID)
		}
	}
}

func TestTouchPoolTouchesTheListenersThatItServes(t *testing.T) {
	b := newBed(t)
	b.active("a")
	doomed := b.tree("a").Listeners[1]
	doomed.Doomed, doomed.ProvisioningStatus = true, lbaas.ErrorStatus
	b.write(func(tx *store.Tx) error { return errors.Join(tx.UpdateListener(&doomed), tx.TouchPool("a-p")) })
	want := all("a", "ACTIVE")
	want["a-p"], want["a-l0"], want["a-l1"] = "PENDING_UPDATE", "PENDING_UPDATE", "ERROR†"
	if diff := cmp.Diff(want, statuses(b.tree("a"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
