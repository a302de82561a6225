package lbaas

// MemberChanges are what makes the members of a pool be those of a request.
type MemberChanges struct {
	// Created have no ids yet; Updated and Removed are members that the pool has.
	Created, Updated, Removed []Member
	// Retagged are the ids of the updated members whose tags the request gives.
	Retagged map[string]bool
}

// Empty says that there is nothing to change.
func (c *MemberChanges) Empty() bool { return len(c.Created)+len(c.Updated)+len(c.Removed) == 0 }

// ReplaceMembers compares the members of a pool with those of a request for all of them. A member is known by its address and port;
// what the request does not say of one gets its default, but for the name and the tags, which stay. With additive nothing is
// removed.
//
// As in Octavia a member may be updated only once (KindInvalid), and created only once (KindConflict). One that an accepted
// deletion has doomed cannot be had back (KindImmutable).
func ReplaceMembers(poolID string, have []Member, want []MemberInput, additive bool) (MemberChanges, error) {
	type place struct {
		address string
		port    int
	}
	existing := make(map[place]Member, len(have))
	for _, m := range have {
		existing[place{m.Address, m.ProtocolPort}] = m
	}
	changes := MemberChanges{Retagged: map[string]bool{}}
	wanted := make(map[place]bool, len(want))
	for _, in := range want {
		in.PoolID = Given(poolID)
		m, err := NewMember(in)
		if err != nil {
			return MemberChanges{}, err
		}
		at := place{m.Address, m.ProtocolPort}
		old, known := existing[at]
		switch {
		case wanted[at] && known:
			return MemberChanges{}, Invalidf("Member must be updated only once in the same request.")
		case wanted[at]:
			return MemberChanges{}, DuplicateMember(m.Address, m.ProtocolPort)
		case known && old.Doomed:
			return MemberChanges{}, Immutable("Member", old.ID)
		case known:
			changes.Updated = append(changes.Updated, replaced(old, m, in))
			changes.Retagged[old.ID] = in.Tags.HasValue()
		default:
			changes.Created = append(changes.Created, m)
		}
		wanted[at] = true
	}
	for _, m := range have {
		if !additive && !m.Doomed && !wanted[place{m.Address, m.ProtocolPort}] {
			changes.Removed = append(changes.Removed, m)
		}
	}
	return changes, nil
}

// replaced is a member with what a new one of its address says.
func replaced(old, m Member, in MemberInput) Member {
	tags := m.Tags
	m.Resource = old.Resource
	m.AdminStateUp = in.AdminStateUp.Or(true)
	if in.Tags.HasValue() {
		m.Tags = tags
	}
	assign(in.Name, &m.Name, "")
	if !in.SubnetID.Set {
		m.SubnetID = old.SubnetID
	}
	return m
}
