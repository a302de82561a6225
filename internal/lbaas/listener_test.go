package lbaas_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestNewListener(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       lbaas.Listener
	}{
		{"defaults", `{"loadbalancer_id":"lb","protocol":"TCP","protocol_port":1}`, lbaas.Listener{
			Resource: lbaas.Resource{AdminStateUp: true}, LoadBalancerID: "lb", Protocol: lbaas.ListenerTCP, ProtocolPort: 1,
			ConnectionLimit: lbaas.Unlimited,
		}},
		{
			"everything",
			`{"loadbalancer_id":"lb","name":"n","description":"d","admin_state_up":false,"protocol":"UDP","protocol_port":65535,
			  "connection_limit":2147483647,"default_pool_id":"p"}`,
			lbaas.Listener{
				Resource: lbaas.Resource{Name: "n"}, LoadBalancerID: "lb", Description: "d", Protocol: lbaas.ListenerUDP,
				ProtocolPort: 65535, ConnectionLimit: 1<<31 - 1, DefaultPoolID: "p",
			},
		},
		{
			"a limit of no connections is one",
			`{"loadbalancer_id":"lb","protocol":"HTTP","protocol_port":80,"connection_limit":0}`,
			lbaas.Listener{
				Resource: lbaas.Resource{AdminStateUp: true}, LoadBalancerID: "lb", Protocol: lbaas.ListenerHTTP, ProtocolPort: 80,
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := lbaas.NewListener(decode[lbaas.ListenerInput](t, c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestListenerRefusals(t *testing.T) {
	const port = "Invalid input for field/attribute protocol_port. "
	const limit = "Invalid input for field/attribute connection_limit. "
	const cannot = "Provider 'avi' does not support a requested option: a listener with protocol "
	checkRefusals(t, []refusal{
		{
			"no load balancer", `{"protocol":"TCP","protocol_port":1}`, invalid,
			"Invalid input for field/attribute loadbalancer_id. Value: 'None'. Mandatory field missing.",
		},
		{
			"no protocol", `{"loadbalancer_id":"lb","protocol":null,"protocol_port":1}`, invalid,
			"Invalid input for field/attribute protocol. Value: 'None'. Mandatory field missing.",
		},
		{"no port", `{"loadbalancer_id":"lb","protocol":"TCP"}`, invalid, port + "Value: 'None'. Mandatory field missing."},
		{
			"port 0", `{"loadbalancer_id":"lb","protocol":"TCP","protocol_port":0}`, invalid,
			port + "Value: '0'. Value should be greater or equal to 1",
		},
		{
			"port 65536", `{"loadbalancer_id":"lb","protocol":"TCP","protocol_port":65536}`, invalid,
			port + "Value: '65536'. Value should be lower or equal to 65535",
		},
		{
			"a limit below -1", `{"loadbalancer_id":"lb","protocol":"TCP","protocol_port":1,"connection_limit":-2}`, invalid,
			limit + "Value: '-2'. Value should be greater or equal to -1",
		},
		{
			"a limit beyond 32 bits", `{"loadbalancer_id":"lb","protocol":"TCP","protocol_port":1,"connection_limit":2147483648}`,
			invalid, limit + "Value: '2147483648'. Value should be lower or equal to 2147483647",
		},
		{
			"an unknown protocol", `{"loadbalancer_id":"lb","protocol":"http","protocol_port":1}`, invalid,
			"Invalid input for field/attribute protocol. Value: 'http'. " +
				"Value should be one of: HTTP, HTTPS, PROMETHEUS, SCTP, TCP, TERMINATED_HTTPS, UDP",
		},
		{"PROMETHEUS", `{"loadbalancer_id":"lb","protocol":"PROMETHEUS","protocol_port":1}`, unsupported, cannot + "PROMETHEUS"},
	}, func(in lbaas.ListenerInput) error {
		_, err := lbaas.NewListener(in)
		return err
	})
}

func TestUpdateListener(t *testing.T) {
	before := lbaas.Listener{
		Resource:       lbaas.Resource{ID: "l", Name: "n", AdminStateUp: true},
		LoadBalancerID: "lb", Protocol: lbaas.ListenerHTTP, ProtocolPort: 80, ConnectionLimit: 10, DefaultPoolID: "p",
	}
	for _, c := range []struct {
		name, body string
		change     func(*lbaas.Listener)
	}{
		{"an empty request changes nothing", `{}`, func(*lbaas.Listener) {}},
		{"null takes the default pool and the limit off", `{"default_pool_id":null,"connection_limit":null}`, func(l *lbaas.Listener) {
			l.DefaultPoolID, l.ConnectionLimit = "", lbaas.Unlimited
		}},
		{"what cannot be changed stays", `{"protocol":"UDP","protocol_port":81,"loadbalancer_id":"x"}`, func(*lbaas.Listener) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, want := before, before
			c.change(&want)
			if err := got.Update(decode[lbaas.ListenerInput](t, c.body)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyUDPListenersTakeAUDPPort(t *testing.T) {
	for protocol, want := range map[lbaas.ListenerProtocol]string{
		lbaas.ListenerHTTP: "TCP", lbaas.ListenerHTTPS: "TCP", lbaas.ListenerTCP: "TCP", lbaas.ListenerUDP: "UDP",
	} {
		l := lbaas.Listener{Protocol: protocol}
		if got := l.L4(); got != want {
			t.Errorf("%s: %s, want %s", protocol, got, want)
		}
	}
}
