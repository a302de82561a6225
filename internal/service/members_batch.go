package service

import (
	"context"
	"errors"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// errNothingToChange ends a transaction that would change nothing, without a trace.
var errNothingToChange = errors.New("nothing to change")

// ReplaceMembers accepts a whole new list of a pool's members: those that are not there yet are created, the others updated, and
// those that are not in it removed, unless it is additive only. All of it happens or nothing.
func (s *Service) ReplaceMembers(ctx context.Context, c Caller, poolID string, want []lbaas.MemberInput, additive bool) error {
	if err := s.mayReplaceMembers(ctx, c, poolID, want); err != nil {
		return err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		p, err := lockPool(tx, c, poolID)
		if err != nil {
			return err
		}
		if err := mutable("Pool", &p.Resource); err != nil {
			return err
		}
		have, err := tx.MembersOfPool(poolID)
		if err != nil {
			return err
		}
		changes, err := lbaas.ReplaceMembers(poolID, have, want, additive)
		if err != nil {
			return err
		}
		if changes.Empty() {
			return errNothingToChange
		}
		if err := storeMembers(tx, &p, &changes); err != nil {
			return err
		}
		return tx.TouchPool(p.ID)
	})
	if errors.Is(err, errNothingToChange) {
		return nil
	}
	return err
}

// mayReplaceMembers looks at the subnets of a request, for those who may change the pool.
func (s *Service) mayReplaceMembers(ctx context.Context, c Caller, poolID string, want []lbaas.MemberInput) error {
	if _, err := s.Pool(ctx, c, poolID); err != nil {
		return err
	}
	members := make([]lbaas.Member, len(want))
	for i := range want {
		members[i].SubnetID = want[i].SubnetID.Or("")
	}
	return s.checkMemberSubnets(ctx, c, members)
}

func storeMembers(tx *store.Tx, p *lbaas.Pool, changes *lbaas.MemberChanges) error {
	for i := range changes.Removed {
		m := &changes.Removed[i]
		m.Doomed, m.ProvisioningStatus = true, lbaas.PendingDelete
		if err := tx.UpdateMember(p.LoadBalancerID, m); err != nil {
			return err
		}
	}
	for i := range changes.Updated {
		m := &changes.Updated[i]
		touch(tx, &m.Resource)
		if err := tx.UpdateMember(p.LoadBalancerID, m); err != nil {
			return err
		}
		if !changes.Retagged[m.ID] {
			continue
		}
		if err := tx.ReplaceTags(p.LoadBalancerID, &m.Resource); err != nil {
			return err
		}
	}
	return createMembers(tx, p, changes.Created, len(changes.Removed))
}

// createMembers stores the new members of a batch. As with Octavia those that take the place of removed ones need no room in the
// quota. They come last, so that it is judged by what the project has before.
func createMembers(tx *store.Tx, p *lbaas.Pool, created []lbaas.Member, removed int) error {
	monitor, err := tx.MonitorOfPool(p.ID)
	if err != nil {
		return err
	}
	for i := range created {
		m := &created[i]
		if err := beginMember(tx, p, m, monitor != nil); err != nil {
			return err
		}
		insert := tx.InsertMember
		if i >= len(created)-removed {
			insert = tx.InsertMemberInPlace
		}
		if err := insert(p.LoadBalancerID, m); err != nil {
			return err
		}
	}
	return checkMonitored(tx, monitor, p.ID)
}
