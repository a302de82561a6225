package store_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

func TestLockAndDoomAreCompareAndSet(t *testing.T) {
	b := newBed(t)
	b.insert("a")
	lock := func(tx *store.Tx) (lbaas.LoadBalancer, error) { return tx.Lock("a") }
	doom := func(tx *store.Tx) (lbaas.LoadBalancer, error) { return tx.Doom("a") }
	for _, c := range []struct {
		name   string
		status lbaas.ProvisioningStatus
		doomed bool
		f      func(*store.Tx) (lbaas.LoadBalancer, error)
		want   lbaas.ProvisioningStatus // empty: refused as immutable
	}{
		{"Lock", lbaas.Active, false, lock, lbaas.PendingUpdate},
		{"Lock", lbaas.ErrorStatus, false, lock, lbaas.PendingUpdate},
		{"Lock", lbaas.PendingCreate, false, lock, ""},
		{"Lock", lbaas.PendingUpdate, false, lock, ""},
		{"Lock", lbaas.PendingDelete, true, lock, ""},
		{"Lock", lbaas.ErrorStatus, true, lock, ""},
		{"Doom", lbaas.Active, false, doom, lbaas.PendingDelete},
		{"Doom", lbaas.ErrorStatus, false, doom, lbaas.PendingDelete},
		{"Doom", lbaas.ErrorStatus, true, doom, lbaas.PendingDelete},
		{"Doom", lbaas.PendingCreate, false, doom, ""},
		{"Doom", lbaas.PendingUpdate, false, doom, ""},
		{"Doom", lbaas.PendingDelete, true, doom, ""},
	} {
		name := c.name + " in " + string(c.status)
		if c.doomed {
			name += ", doomed"
		}
		before := b.tree("a").LoadBalancer
		before.ProvisioningStatus, before.Doomed, before.StatusReason = c.status, c.doomed, "why"
		b.write(func(tx *store.Tx) error { return tx.UpdateLoadBalancer(&before) })
		var got lbaas.LoadBalancer
		err := b.Write(b.ctx(), func(tx *store.Tx) (err error) {
			got, err = c.f(tx)
			return err
		})
		if c.want == "" {
			if message, kind, _ := lbaas.MessageFor(err); kind != lbaas.KindImmutable ||
				message != "Load Balancer a is immutable and cannot be updated." {
				t.Errorf("%s: the user is told (%q, %q)", name, message, kind)
			}
			got = before // nothing is changed
		} else if err != nil || got.ProvisioningStatus != c.want || got.StatusReason != "" || got.Doomed != (c.name == "Doom") {
			t.Errorf("%s: got %+v (%v), want %s", name, got, err, c.want)
		}
		if stored := b.tree("a").LoadBalancer; !cmp.Equal(stored, got) {
			t.Errorf("%s: stored %v, want %v", name, stored, got)
		}
	}
	for name, f := range map[string]func(*store.Tx, string) (lbaas.LoadBalancer, error){"Lock": (*store.Tx).Lock, "Doom": (*store.Tx).Doom} {
		err := b.Write(b.ctx(), func(tx *store.Tx) error {
			_, err := f(tx, "x")
			return err
		})
		if message, kind, _ := lbaas.MessageFor(err); kind != lbaas.KindNotFound || message != "Load Balancer x not found." {
			t.Errorf("%s of an unknown one: the user is told (%q, %q)", name, message, kind)
		}
	}
}
