package lbaas_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func TestNewPool(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       lbaas.Pool
	}{
		{"defaults", `{"loadbalancer_id":"lb","protocol":"TCP","lb_algorithm":"ROUND_ROBIN"}`, lbaas.Pool{
			Resource: lbaas.Resource{AdminStateUp: true}, LoadBalancerID: "lb", Protocol: lbaas.PoolTCP, Algorithm: lbaas.RoundRobin,
		}},
		{"a listener is enough", `{"listener_id":"l","protocol":"UDP","lb_algorithm":"SOURCE_IP_PORT"}`, lbaas.Pool{
			Resource: lbaas.Resource{AdminStateUp: true}, Protocol: lbaas.PoolUDP, Algorithm: lbaas.SourceIPPort,
		}},
		{
			"an application cookie",
			`{"loadbalancer_id":"lb","protocol":"HTTP","lb_algorithm":"SOURCE_IP",
			  "session_persistence":{"type":"APP_COOKIE","cookie_name":"JSESSIONID"}}`,
			lbaas.Pool{
				Resource: lbaas.Resource{AdminStateUp: true}, LoadBalancerID: "lb", Protocol: lbaas.PoolHTTP, Algorithm: lbaas.SourceIP,
				Persistence: &lbaas.SessionPersistence{Type: lbaas.PersistAppCookie, CookieName: "JSESSIONID"},
			},
		},
		{
			"null persistence is none",
			`{"loadbalancer_id":"lb","protocol":"HTTPS","lb_algorithm":"LEAST_CONNECTIONS","session_persistence":null}`,
			lbaas.Pool{
				Resource: lbaas.Resource{AdminStateUp: true}, LoadBalancerID: "lb", Protocol: lbaas.PoolHTTPS,
				Algorithm: lbaas.LeastConnections,
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := lbaas.NewPool(decode[lbaas.PoolInput](t, c.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPoolRefusals(t *testing.T) {
	with := func(protocol, persistence string) string {
		return `{"loadbalancer_id":"lb","protocol":"` + protocol + `","lb_algorithm":"ROUND_ROBIN","session_persistence":` + persistence + `}`
	}
	const (
		failure  = "Validation failure: "
		cannot   = "Provider 'avi' does not support a requested option: "
		needless = failure + "persistence_timeout and persistence_granularity is only for UDP and SCTP protocol pools."
	)
	longCookie := strings.Repeat("c", 256)
	checkRefusals(t, []refusal{
		{
			"neither load balancer nor listener", `{"protocol":"TCP","lb_algorithm":"ROUND_ROBIN"}`, invalid,
			failure + "Must provide at least one of: loadbalancer_id, listener_id",
		},
		{
			"no protocol", `{"loadbalancer_id":"lb","lb_algorithm":"ROUND_ROBIN"}`, invalid,
			"Invalid input for field/attribute protocol. Value: 'None'. Mandatory field missing.",
		},
		{
			"no algorithm", `{"loadbalancer_id":"lb","protocol":"TCP"}`, invalid,
			"Invalid input for field/attribute lb_algorithm. Value: 'None'. Mandatory field missing.",
		},
		{
			"an unknown algorithm", `{"loadbalancer_id":"lb","protocol":"TCP","lb_algorithm":"RANDOM"}`, invalid,
			"Invalid input for field/attribute lb_algorithm. Value: 'RANDOM'. " +
				"Value should be one of: LEAST_CONNECTIONS, ROUND_ROBIN, SOURCE_IP, SOURCE_IP_PORT",
		},
		{
			"an unknown protocol", with("tcp", "null"), invalid,
			"Invalid input for field/attribute protocol. Value: 'tcp'. " +
				"Value should be one of: HTTP, HTTPS, PROXY, PROXYV2, SCTP, TCP, UDP",
		},
		{
			"persistence without type", with("HTTP", `{}`), invalid,
			"Invalid input for field/attribute type. Value: 'None'. Mandatory field missing.",
		},
		{
			"persistence of an unknown type", with("HTTP", `{"type":"TLS_ID"}`), invalid,
			"Invalid input for field/attribute type. Value: 'TLS_ID'. Value should be one of: APP_COOKIE, HTTP_COOKIE, SOURCE_IP",
		},
		{
			"a cookie's name over UDP", with("UDP", `{"type":"HTTP_COOKIE","cookie_name":"c"}`), invalid,
			failure + "Cookie names are not supported for UDP/SCTP pools.",
		},
		{
			"a cookie's name for addresses over UDP", with("UDP", `{"type":"SOURCE_IP","cookie_name":"c"}`), invalid,
			failure + "session_persistence SOURCE_IP type for UDP and SCTP protocols only accepts: type, persistence_timeout, " +
				"persistence_granularity.",
		},
		{
			"cookies over UDP", with("UDP", `{"type":"HTTP_COOKIE"}`), invalid,
			failure + "Session persistence of type HTTP_COOKIE is not supported for UDP/SCTP protocol pools.",
		},
		{
			"a cookie's name where there is no cookie", with("HTTP", `{"type":"SOURCE_IP","cookie_name":"c"}`), invalid,
			failure + `Field "cookie_name" can only be specified with session persistence of type "APP_COOKIE".`,
		},
		{
			"an application cookie without name", with("HTTP", `{"type":"APP_COOKIE"}`), invalid,
			failure + `Field "cookie_name" must be specified when using the "APP_COOKIE" session persistence type.`,
		},
		{
			"a cookie's name with a space", with("HTTP", `{"type":"APP_COOKIE","cookie_name":"a b"}`), invalid,
			`Invalid input for field/attribute cookie_name. Value: 'a b'. Value should match the pattern ^[^\s,;\\]+$`,
		},
		{
			"a cookie's name outside ASCII", with("HTTP", `{"type":"APP_COOKIE","cookie_name":"ü"}`), invalid,
			failure + `Supplied "cookie_name" is invalid.`,
		},
		{
			"a cookie's name of 256 characters", with("HTTP", `{"type":"APP_COOKIE","cookie_name":"`+longCookie+`"}`), invalid,
			"Invalid input for field/attribute cookie_name. Value: '" + longCookie + "'. " + itsLimit,
		},
		{"a timeout over TCP", with("TCP", `{"type":"SOURCE_IP","persistence_timeout":60}`), invalid, needless},
		{"a granularity over TCP", with("TCP", `{"type":"SOURCE_IP","persistence_granularity":"255.255.0.0"}`), invalid, needless},
		{
			"a timeout of no whole minutes", with("UDP", `{"type":"SOURCE_IP","persistence_timeout":90}`), unsupported,
			cannot + "a persistence_timeout that is not of 1 to 720 whole minutes (in seconds: 60, 120, … 43200)",
		},
	}, func(in lbaas.PoolInput) error {
		_, err := lbaas.NewPool(in)
		return err
	})
}

func TestUpdatePersistence(t *testing.T) {
	appCookie := &lbaas.SessionPersistence{Type: lbaas.PersistAppCookie, CookieName: "old"}
	for _, c := range []struct {
		name, body   string
		before, want *lbaas.SessionPersistence
	}{
		{"absent leaves it alone", `{}`, appCookie, appCookie},
		{"null takes it off", `{"session_persistence":null}`, appCookie, nil},
		{"an empty one leaves it alone", `{"session_persistence":{}}`, appCookie, appCookie},
		{
			"another cookie", `{"session_persistence":{"cookie_name":"new"}}`, appCookie,
			&lbaas.SessionPersistence{Type: lbaas.PersistAppCookie, CookieName: "new"},
		},
		{
			"another type drops the cookie", `{"session_persistence":{"type":"SOURCE_IP"}}`, appCookie,
			&lbaas.SessionPersistence{Type: lbaas.PersistSourceIP},
		},
		{
			"put on later", `{"session_persistence":{"type":"HTTP_COOKIE"}}`, nil,
			&lbaas.SessionPersistence{Type: lbaas.PersistHTTPCookie},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := lbaas.Pool{Protocol: lbaas.PoolHTTP, Algorithm: lbaas.RoundRobin, Persistence: c.before}
			if err := p.Update(decode[lbaas.PoolInput](t, c.body)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, p.Persistence); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if appCookie.CookieName != "old" {
				t.Error("the persistence that others may hold was changed in place")
			}
		})
	}
}
