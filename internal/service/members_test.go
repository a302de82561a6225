package service_test

import (
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// How a new member is, nobody knows yet: that is NO_MONITOR where nobody will find out, else OFFLINE, however it was made.
func TestANewMemberIsOfflineWhereItIsMonitored(t *testing.T) {
	b := newBed(t, newNetwork())
	monitor := monitorOf("")
	monitor.PoolID = lbaas.Attr[string]{}
	pool := func(name string) lbaas.PoolInput {
		in := poolOn("")
		in.LoadBalancerID, in.Name = lbaas.Attr[string]{}, lbaas.Given(name)
		member := memberOf("", "10.0.0.21")
		member.PoolID = lbaas.Attr[string]{}
		in.Members = lbaas.Given([]lbaas.MemberInput{member})
		return in
	}
	watched, unwatched := pool("watched"), pool("unwatched")
	watched.Monitor = lbaas.Given(monitor)
	in := vip("", "", "v4", "")
	in.Pools = lbaas.Given([]lbaas.PoolInput{watched, unwatched})
	lb, err := b.CreateLoadBalancer(b.ctx(), alice, in)
	b.check(err)
	b.settle()
	for _, p := range lb.Made.Pools {
		want := lbaas.NoMonitor
		if p.Name == "watched" {
			want = lbaas.Offline
		}
		_, err := b.CreateMember(b.ctx(), alice, memberOf(p.ID, "10.0.0.22"))
		b.check(err)
		b.settle()
		b.check(b.ReplaceMembers(b.ctx(), alice, p.ID, []lbaas.MemberInput{memberOf(p.ID, "10.0.0.23")}, true))
		var members []lbaas.Member
		b.check(b.store.Read(b.ctx(), func(tx *store.Tx) (err error) {
			members, err = tx.MembersOfPool(p.ID)
			return err
		}))
		if len(members) != 3 {
			t.Fatalf("the %s pool has %d members, want 3", p.Name, len(members))
		}
		for _, m := range members {
			if m.OperatingStatus != want {
				t.Errorf("the new member %s of the %s pool is %s, want %s", m.Address, p.Name, m.OperatingStatus, want)
			}
		}
		b.settle()
	}
}
