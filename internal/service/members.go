package service

import (
	"context"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/store"
)

// CreateMember accepts a new member of a pool.
func (s *Service) CreateMember(ctx context.Context, c Caller, in lbaas.MemberInput) (Member, error) {
	m, err := lbaas.NewMember(in)
	if err != nil {
		return Member{}, orMissing(err, lookFor(ctx, c, in.PoolID.Or(""), s.Pool))
	}
	if err := s.checkMemberSubnet(ctx, c, m.SubnetID); err != nil {
		return Member{}, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		p, err := lockPool(tx, c, m.PoolID)
		if err != nil {
			return err
		}
		if err := growable("Pool", &p.Resource); err != nil {
			return err
		}
		m.ID = in.ID.Or("")
		monitor, err := tx.MonitorOfPool(p.ID)
		if err != nil {
			return err
		}
		if err := beginMember(tx, &p, &m, monitor != nil); err != nil {
			return err
		}
		if err := tx.InsertMember(p.LoadBalancerID, &m); err != nil {
			return err
		}
		if err := checkMonitored(tx, monitor, p.ID); err != nil {
			return err
		}
		return tx.TouchPool(p.ID)
	})
	return Member{m}, err
}

// beginMember makes a member ready to be stored in a pool. Its operating status is Octavia's, until something is observed.
func beginMember(tx *store.Tx, p *lbaas.Pool, m *lbaas.Member, monitored bool) error {
	if err := begin(tx, &m.Resource, p.ProjectID); err != nil {
		return err
	}
	m.OperatingStatus = lbaas.NoMonitor
	if monitored {
		m.OperatingStatus = lbaas.Offline
	}
	return nil
}

// checkMemberSubnet wants a subnet that is named to exist for the caller.
func (s *Service) checkMemberSubnet(ctx context.Context, c Caller, id string) error {
	if id == "" || s.network == nil {
		return nil
	}
	if _, err := s.networkFor(c).Subnet(ctx, id); err != nil {
		return lookupError(err, "Subnet", id)
	}
	return nil
}

// Member shows one member of a pool.
func (s *Service) Member(ctx context.Context, c Caller, poolID, id string) (Member, error) {
	allow := func(tx *store.Tx, m *lbaas.Member) error { return allowMember(tx, c, poolID, m) }
	return show(ctx, s, id, (*store.Tx).MemberView, allow, viewMember)
}

// Members lists the members of a pool.
func (s *Service) Members(ctx context.Context, c Caller, poolID string, q Query) (Page[Member], error) {
	var page Page[Member]
	err := s.store.Peek(ctx, func(tx *store.Tx) error {
		p, err := tx.Pool(poolID)
		if err != nil {
			return err
		}
		if err := c.allow(p.ProjectID); err != nil {
			return err
		}
		scoped := unscoped(q) // a pool's members are all of its project
		if wanted, ok := scoped.Equal["pool_id"]; ok && wanted != poolID {
			return nil
		}
		scoped.Equal["pool_id"] = poolID
		page, err = readPage(tx, scoped, (*store.Tx).Members, viewMember)
		return err
	})
	return page, err
}

func viewMember(m *lbaas.Member) Member { return Member{*m} }

// UpdateMember accepts a change of a member.
func (s *Service) UpdateMember(ctx context.Context, c Caller, poolID, id string, in lbaas.MemberInput) (Member, error) {
	var m lbaas.Member
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		var loadBalancerID string
		if m, loadBalancerID, err = lockMember(tx, c, poolID, id); err != nil {
			return sooner(err, func() error { return m.Update(in) })
		}
		if err := mutable("Member", &m.Resource); err != nil {
			return err
		}
		if err := m.Update(in); err != nil {
			return err
		}
		touch(tx, &m.Resource)
		if err := tx.UpdateMember(loadBalancerID, &m); err != nil {
			return err
		}
		monitor, err := tx.MonitorOfPool(m.PoolID)
		if err != nil {
			return err
		}
		if err := checkMonitored(tx, monitor, m.PoolID); err != nil {
			return err
		}
		if err := replaceTags(tx, loadBalancerID, &m.Resource, in.Tags); err != nil {
			return err
		}
		if err := tx.TouchPool(m.PoolID); err != nil {
			return err
		}
		m, err = tx.MemberView(m.ID)
		return err
	})
	return Member{m}, err
}

// DeleteMember accepts the deletion of a member.
func (s *Service) DeleteMember(ctx context.Context, c Caller, poolID, id string) error {
	return s.change(ctx, func(tx *store.Tx) error {
		m, loadBalancerID, err := lockMember(tx, c, poolID, id)
		if err != nil {
			return err
		}
		m.Doomed, m.ProvisioningStatus = true, lbaas.PendingDelete
		if err := tx.UpdateMember(loadBalancerID, &m); err != nil {
			return err
		}
		return tx.TouchPool(m.PoolID)
	})
}

// findMember finds a member that the caller may see, in the pool that it is asked for in.
func findMember(tx *store.Tx, c Caller, poolID, id string) (lbaas.Member, string, error) {
	m, loadBalancerID, err := tx.Member(id)
	if err == nil {
		err = allowMember(tx, c, poolID, &m)
	}
	return m, loadBalancerID, err
}

// allowMember wants a member that was found to be the pool's, and one that the caller may see.
func allowMember(tx *store.Tx, c Caller, poolID string, m *lbaas.Member) error {
	if m.PoolID != poolID {
		// A pool that there is not is told before the right to the member, as Octavia does.
		if _, err := tx.Pool(poolID); err != nil {
			return err
		}
	}
	if err := c.allow(m.ProjectID); err != nil {
		return err
	}
	if m.PoolID != poolID {
		return lbaas.NotFound("Member", m.ID)
	}
	return nil
}

func lockMember(tx *store.Tx, c Caller, poolID, id string) (lbaas.Member, string, error) {
	m, loadBalancerID, err := findMember(tx, c, poolID, id)
	if err != nil {
		return m, "", err
	}
	_, err = lockAllowed(tx, c, loadBalancerID)
	return m, loadBalancerID, err
}
