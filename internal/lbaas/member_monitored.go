package lbaas

import "net/netip"

// updateMonitored applies where the member's health checks go.
func (m *Member) updateMonitored(in MemberInput) error {
	assign(in.MonitorAddress, &m.MonitorAddress, "")
	assign(in.MonitorPort, &m.MonitorPort, 0)
	if m.MonitorAddress != "" {
		if _, err := canonicalAddress("monitor_address", m.MonitorAddress); err != nil {
			return err
		}
	}
	if in.MonitorPort.HasValue() {
		return checkRange("monitor_port", m.MonitorPort, 1, 65535)
	}
	return nil
}

// monitoredElsewhere says that checks of the member are to ask another address than its own.
func (m *Member) monitoredElsewhere() bool {
	if m.MonitorAddress == "" {
		return false
	}
	address, err := netip.ParseAddr(m.MonitorAddress)
	return err != nil || address.String() != m.Address
}

// monitoredPort is the port that checks of the member ask.
func (m *Member) monitoredPort() int {
	if m.MonitorPort != 0 {
		return m.MonitorPort
	}
	return m.ProtocolPort
}

// MonitorPort is the one port that checks of members ask, where that is not each member's own; 0 where it is. It is not uniform
// where some of them want a port of their own choice and others another one.
func MonitorPort(members []Member) (port int, uniform bool) {
	own, uniform := true, true
	for i := range members {
		m := &members[i]
		own = own && m.monitoredPort() == m.ProtocolPort
		uniform = uniform && m.monitoredPort() == members[0].monitoredPort()
	}
	switch {
	case own:
		return 0, true
	case uniform:
		return members[0].monitoredPort(), true
	}
	return 0, false
}

// Primaries are the members that are no backups, Backups those that are.
func Primaries(members []Member) []Member { return ofBackup(members, false) }

// Backups are the members that get requests only while none of the others is up.
func Backups(members []Member) []Member { return ofBackup(members, true) }

func ofBackup(members []Member, backup bool) []Member {
	var found []Member
	for _, m := range members {
		if m.Backup == backup {
			found = append(found, m)
		}
	}
	return found
}

// CheckMonitored says whether a health monitor can check the members of its pool where they want to be checked. Avi asks a server at
// the address that it sends requests to (schema: Server has no other), and all servers of one of its pools at their own ports or
// all at one (HealthMonitor.monitor_port); the backups of a pool are a pool of their own there. A PING asks no port. Without a
// monitor nothing is asked, so that members may say what they like.
func CheckMonitored(h *HealthMonitor, members []Member) error {
	for i := range members {
		if members[i].monitoredElsewhere() {
			return Unsupportedf(ProviderDisplayName, "monitor_address %s of a member with address %s in a pool with a health monitor",
				members[i].MonitorAddress, members[i].Address)
		}
	}
	if h.Type == MonitorPing {
		return nil
	}
	for _, alike := range [][]Member{Primaries(members), Backups(members)} {
		if _, uniform := MonitorPort(alike); !uniform {
			return Unsupportedf(ProviderDisplayName, "monitor_port that differs between members of a pool with a health monitor: "+
				"all members that are no backups, and all backups, are checked at one port, or each at its protocol_port")
		}
	}
	return nil
}
