package lbaas_test

import (
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestCheckMonitored(t *testing.T) {
	const cannot = "Provider 'avi' does not support a requested option: "
	const differs = cannot + "monitor_port that differs between members of a pool with a health monitor: " +
		"all members that are no backups, and all backups, are checked at one port, or each at its protocol_port"
	for _, c := range []struct {
		name    string
		monitor lbaas.MonitorType
		members []lbaas.Member
		message string // empty: it can be checked
		port    int    // where all are checked, 0: each at its own
	}{
		{"nobody", lbaas.MonitorTCP, nil, "", 0},
		{"each at its own", lbaas.MonitorTCP, []lbaas.Member{member(80, 0), member(81, 0)}, "", 0},
		{"own ports are named", lbaas.MonitorTCP, []lbaas.Member{member(80, 80), member(81, 81)}, "", 0},
		{"one port for all", lbaas.MonitorTCP, []lbaas.Member{member(80, 9000), member(81, 9000)}, "", 9000},
		{"one that is the own of some", lbaas.MonitorTCP, []lbaas.Member{member(80, 0), member(81, 80)}, "", 80},
		{"two ports", lbaas.MonitorTCP, []lbaas.Member{member(80, 9000), member(81, 9001)}, differs, 0},
		{"one and another's own", lbaas.MonitorTCP, []lbaas.Member{member(80, 9000), member(81, 0)}, differs, 0},
		{"a PING asks no port", lbaas.MonitorPing, []lbaas.Member{member(80, 9000), member(81, 0)}, "", 0},
		{"the own address in another spelling", lbaas.MonitorTCP, []lbaas.Member{
			{Address: "2001:db8::1", ProtocolPort: 80, MonitorAddress: "2001:DB8:0::1"},
		}, "", 0},
		{
			"another address", lbaas.MonitorPing,
			[]lbaas.Member{{Address: "10.0.0.21", ProtocolPort: 80, MonitorAddress: "10.0.0.31"}},
			cannot + "monitor_address 10.0.0.31 of a member with address 10.0.0.21 in a pool with a health monitor", 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := lbaas.CheckMonitored(&lbaas.HealthMonitor{Type: c.monitor}, c.members)
			if message, _, _ := lbaas.MessageFor(err); message != c.message || (err != nil) != (c.message != "") {
				t.Errorf("the user is told %q (%v), want %q", message, err, c.message)
			}
			if port, _ := lbaas.MonitorPort(c.members); port != c.port && c.monitor != lbaas.MonitorPing {
				t.Errorf("checked at %d, want %d", port, c.port)
			}
		})
	}
	backup := member(81, 0)
	backup.Backup = true
	if err := lbaas.CheckMonitored(&lbaas.HealthMonitor{Type: lbaas.MonitorTCP}, []lbaas.Member{member(80, 9000), backup}); err != nil {
		t.Errorf("a backup is checked by itself, but: %v", err)
	}
}

func member(port, monitorPort int) lbaas.Member {
	return lbaas.Member{Address: "10.0.0.21", ProtocolPort: port, MonitorPort: monitorPort}
}

// What a request nests is held to the same as what is made one after the other.
func TestNestedMembersAreMonitored(t *testing.T) {
	in := decode[lbaas.PoolInput](t, `{"loadbalancer_id":"lb","protocol":"TCP","lb_algorithm":"ROUND_ROBIN",
		"healthmonitor":{"type":"TCP","delay":5,"timeout":3,"max_retries":2},
		"members":[{"address":"10.0.0.21","protocol_port":80},{"address":"10.0.0.22","protocol_port":80,"monitor_port":81}]}`)
	n := 0
	_, err := lbaas.NewPoolTree(in, func() string { n++; return string(rune('a' + n)) })
	if _, kind, _ := lbaas.MessageFor(err); kind != unsupported {
		t.Errorf("got %v, want it unsupported", err)
	}
}
