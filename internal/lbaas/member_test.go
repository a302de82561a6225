package lbaas_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestNewMember(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       lbaas.Member
	}{
		{"defaults", `{"pool_id":"p","address":"10.0.0.21","protocol_port":80}`, lbaas.Member{
			Resource: lbaas.Resource{AdminStateUp: true}, PoolID: "p", Address: "10.0.0.21", ProtocolPort: 80, Weight: 1,
		}},
		{
			"everything",
			`{"pool_id":"p","name":"n","admin_state_up":false,"address":"2001:DB8::0:1","protocol_port":65535,"weight":256,"subnet_id":"s",
				"backup":true,"monitor_address":"2001:DB8::2","monitor_port":8081}`,
			lbaas.Member{
				Resource: lbaas.Resource{Name: "n"}, PoolID: "p", Address: "2001:db8::1", AddressWritten: "2001:DB8::0:1", ProtocolPort: 65535, Weight: 256, SubnetID: "s",
				Backup: true, MonitorAddress: "2001:DB8::2", MonitorPort: 8081,
			},
		},
		{"weight 0 drains", `{"pool_id":"p","address":"10.0.0.21","protocol_port":80,"weight":0}`, lbaas.Member{
			Resource: lbaas.Resource{AdminStateUp: true}, PoolID: "p", Address: "10.0.0.21", ProtocolPort: 80, Weight: 0,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := lbaas.NewMember(decode[lbaas.MemberInput](t, c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMemberRefusals(t *testing.T) {
	const field = "Invalid input for field/attribute "
	checkRefusals(t, []refusal{
		{
			"no pool", `{"address":"10.0.0.21","protocol_port":80}`, invalid,
			field + "pool_id. Value: 'None'. Mandatory field missing.",
		},
		{
			"no address", `{"pool_id":"p","address":null,"protocol_port":80}`, invalid,
			field + "address. Value: 'None'. Mandatory field missing.",
		},
		{
			"no port", `{"pool_id":"p","address":"10.0.0.21"}`, invalid,
			field + "protocol_port. Value: 'None'. Mandatory field missing.",
		},
		{
			"a name for an address", `{"pool_id":"p","address":"web-1","protocol_port":80}`, invalid,
			field + "address. Value: 'web-1'. Value should be IPv4 or IPv6 format",
		},
		{
			"the metadata of clouds", `{"pool_id":"p","address":"169.254.169.254","protocol_port":80}`, invalid,
			"169.254.169.254 is not a valid option for member address",
		},
		{
			"port 0", `{"pool_id":"p","address":"10.0.0.21","protocol_port":0}`, invalid,
			field + "protocol_port. Value: '0'. Value should be greater or equal to 1",
		},
		{
			"a negative weight", `{"pool_id":"p","address":"10.0.0.21","protocol_port":80,"weight":-1}`, invalid,
			field + "weight. Value: '-1'. Value should be greater or equal to 0",
		},
		{
			"weight 257", `{"pool_id":"p","address":"10.0.0.21","protocol_port":80,"weight":257}`, invalid,
			field + "weight. Value: '257'. Value should be lower or equal to 256",
		},
		{
			"a name for monitor_address", `{"pool_id":"p","address":"10.0.0.21","protocol_port":80,"monitor_address":"web-1"}`, invalid,
			field + "monitor_address. Value: 'web-1'. Value should be IPv4 or IPv6 format",
		},
		{
			"monitor_port 0", `{"pool_id":"p","address":"10.0.0.21","protocol_port":80,"monitor_port":0}`, invalid,
			field + "monitor_port. Value: '0'. Value should be greater or equal to 1",
		},
	}, func(in lbaas.MemberInput) error {
		_, err := lbaas.NewMember(in)
		return err
	})
}

func TestUpdateMember(t *testing.T) {
	before := lbaas.Member{
		Resource: lbaas.Resource{ID: "m", Name: "n"}, PoolID: "p", Address: "10.0.0.21", ProtocolPort: 80, Weight: 5, SubnetID: "s",
		Backup: true, MonitorAddress: "10.0.0.31", MonitorPort: 81,
	}
	for _, c := range []struct {
		name, body string
		change     func(*lbaas.Member)
	}{
		{"an empty request changes nothing", `{}`, func(*lbaas.Member) {}},
		{"nulls are defaults", `{"name":null,"weight":null,"admin_state_up":null}`, func(m *lbaas.Member) {
			m.Name, m.Weight, m.AdminStateUp = "", lbaas.DefaultWeight, true
		}},
		{"of these too", `{"backup":null,"monitor_address":null,"monitor_port":null}`, func(m *lbaas.Member) {
			m.Backup, m.MonitorAddress, m.MonitorPort = false, "", 0
		}},
		{"what cannot be changed stays", `{"address":"10.0.0.22","protocol_port":81,"subnet_id":"t","pool_id":"q"}`, func(*lbaas.Member) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, want := before, before
			c.change(&want)
			if err := got.Update(decode[lbaas.MemberInput](t, c.body)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
