package lbaas

import "cmp"

// Member is one server of a pool.
type Member struct {
	Resource
	PoolID  string
	Address string // IPv4 or IPv6 in its canonical form
	// AddressWritten is the address as the user wrote it, which answers repeat, as Octavia's do; empty where that is Address.
	AddressWritten string
	ProtocolPort   int // 1-65535
	// Weight is the member's share, 0-256; 0 drains it: no new connections.
	Weight int
	// SubnetID is empty when the member is reached through the VIP's subnet.
	SubnetID string
	// Backup keeps requests from the member for as long as one of its pool that is no backup is up.
	Backup bool
	// MonitorAddress and MonitorPort are what health checks of the member ask, in place of Address and ProtocolPort; empty and 0
	// for these. See CheckMonitored.
	MonitorAddress string // as the user wrote it
	MonitorPort    int    // 1-65535
}

// ShownAddress is the address as the user wrote it.
func (m *Member) ShownAddress() string { return cmp.Or(m.AddressWritten, m.Address) }

// MemberInput is a request to create or change a member.
type MemberInput struct {
	ID           Attr[string] `json:"id,omitzero"`
	PoolID       Attr[string] `json:"pool_id,omitzero"`
	Name         Attr[string] `json:"name,omitzero"`
	AdminStateUp Attr[bool]   `json:"admin_state_up,omitzero"`
	Address      Attr[string] `json:"address,omitzero"`
	ProtocolPort Attr[int]    `json:"protocol_port,omitzero"`
	Weight       Attr[int]    `json:"weight,omitzero"`
	SubnetID     Attr[string] `json:"subnet_id,omitzero"`

	Backup         Attr[bool]   `json:"backup,omitzero"`
	MonitorAddress Attr[string] `json:"monitor_address,omitzero"`
	MonitorPort    Attr[int]    `json:"monitor_port,omitzero"`

	Tags Attr[[]string] `json:"tags,omitzero"`
}

// MaxWeight is the largest share of a member.
const MaxWeight = 256

// DefaultWeight is a member's share when none is given.
const DefaultWeight = 1

// reservedAddress is that of clouds' metadata, which no member may lead to (Octavia's reserved_ips).
const reservedAddress = "169.254.169.254"

// NewMember gives the member that a request describes, with defaults filled in.
func NewMember(in MemberInput) (Member, error) {
	m := Member{
		Resource:     Resource{AdminStateUp: true},
		PoolID:       in.PoolID.Or(""),
		ProtocolPort: in.ProtocolPort.Or(0),
		Weight:       DefaultWeight,
		SubnetID:     in.SubnetID.Or(""),
	}
	switch {
	case m.PoolID == "":
		return m, Missing("pool_id")
	case !in.Address.HasValue():
		return m, Missing("address")
	case !in.ProtocolPort.HasValue():
		return m, Missing("protocol_port")
	}
	address, err := canonicalAddress("address", in.Address.Value)
	if err != nil {
		return m, err
	}
	if address == reservedAddress {
		return m, InvalidOption(address, "member address")
	}
	if m.Address = address; in.Address.Value != address {
		m.AddressWritten = in.Address.Value
	}
	if err := checkRange("protocol_port", m.ProtocolPort, 1, 65535); err != nil {
		return m, err
	}
	return m, m.Update(in)
}

// Update applies what may be changed later.
func (m *Member) Update(in MemberInput) error {
	assign(in.Name, &m.Name, "")
	assign(in.AdminStateUp, &m.AdminStateUp, true)
	assign(in.Weight, &m.Weight, DefaultWeight)
	assign(in.Backup, &m.Backup, false)
	if err := checkText("name", m.Name); err != nil {
		return err
	}
	if err := m.updateTags(in.Tags); err != nil {
		return err
	}
	if err := checkRange("weight", m.Weight, 0, MaxWeight); err != nil {
		return err
	}
	return m.updateMonitored(in)
}
