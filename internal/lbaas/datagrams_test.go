package lbaas_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

func udpPool(persistence string) string {
	return `{"loadbalancer_id":"lb","protocol":"UDP","lb_algorithm":"ROUND_ROBIN","session_persistence":` + persistence + `}`
}

func TestPersistenceOfDatagrams(t *testing.T) {
	for _, c := range []struct {
		persistence string
		want        lbaas.SessionPersistence
		bits        int
	}{
		{`{"type":"SOURCE_IP"}`, lbaas.SessionPersistence{Type: lbaas.PersistSourceIP}, 0},
		{`{"type":"SOURCE_IP","persistence_timeout":60}`, lbaas.SessionPersistence{Type: lbaas.PersistSourceIP, Timeout: 60}, 0},
		{`{"type":"SOURCE_IP","persistence_timeout":43200}`, lbaas.SessionPersistence{Type: lbaas.PersistSourceIP, Timeout: 43200}, 0},
		{`{"type":"SOURCE_IP","persistence_granularity":"255.255.254.0"}`, lbaas.SessionPersistence{Type: lbaas.PersistSourceIP, Granularity: "255.255.254.0"}, 23},
		{`{"type":"SOURCE_IP","persistence_granularity":"255.255.255.255"}`, lbaas.SessionPersistence{Type: lbaas.PersistSourceIP, Granularity: "255.255.255.255"}, 32},
		{`{"type":"SOURCE_IP","persistence_granularity":"FFFF:ffff:0:0::"}`, lbaas.SessionPersistence{Type: lbaas.PersistSourceIP, Granularity: "ffff:ffff::"}, 32},
	} {
		p, err := lbaas.NewPool(decode[lbaas.PoolInput](t, udpPool(c.persistence)))
		if err != nil {
			t.Errorf("%s: %v", c.persistence, err)
			continue
		}
		if diff := cmp.Diff(&c.want, p.Persistence); diff != "" || p.Persistence.MaskBits() != c.bits {
			t.Errorf("%s: mask of %d bits, want %d (-want +got):\n%s", c.persistence, p.Persistence.MaskBits(), c.bits, diff)
		}
	}
}

func TestPersistenceOfDatagramsRefusals(t *testing.T) {
	const (
		minutes  = "Provider 'avi' does not support a requested option: a persistence_timeout that is not of 1 to 720 whole minutes (in seconds: 60, 120, … 43200)"
		notAMask = "Value should be a netmask, say 255.255.255.0"
	)
	checkRefusals(t, []refusal{
		{"half a minute", udpPool(`{"type":"SOURCE_IP","persistence_timeout":30}`), unsupported, minutes},
		{"longer than half a day", udpPool(`{"type":"SOURCE_IP","persistence_timeout":43260}`), unsupported, minutes},
		{"a time in the past", udpPool(`{"type":"SOURCE_IP","persistence_timeout":-60}`), invalid, "Invalid input for field/attribute persistence_timeout. Value: '-60'. Value should be greater or equal to 0"},
		{"an address", udpPool(`{"type":"SOURCE_IP","persistence_granularity":"10.0.0.1"}`), invalid, "Invalid input for field/attribute persistence_granularity. Value: '10.0.0.1'. " + notAMask},
		{"a mask with a hole", udpPool(`{"type":"SOURCE_IP","persistence_granularity":"255.0.255.0"}`), invalid, "Invalid input for field/attribute persistence_granularity. Value: '255.0.255.0'. " + notAMask},
		{"no address at all", udpPool(`{"type":"SOURCE_IP","persistence_granularity":"24"}`), invalid, "Invalid input for field/attribute persistence_granularity. Value: '24'. Value should be IPv4 or IPv6 format"},
		{"all clients together", udpPool(`{"type":"SOURCE_IP","persistence_granularity":"0.0.0.0"}`), unsupported, "Provider 'avi' does not support a requested option: a persistence_granularity of 0.0.0.0"},
	}, func(in lbaas.PoolInput) error {
		_, err := lbaas.NewPool(in)
		return err
	})
}

func monitorFor(typ, more string) string {
	return `{"pool_id":"p","type":"` + typ + `","delay":5,"timeout":3,"max_retries":2` + more + `}`
}

func TestMonitorOfADomainRefusals(t *testing.T) {
	const failure = "Validation failure: "
	checkRefusals(t, []refusal{
		{"a domain without a version", monitorFor("HTTP", `,"domain_name":"a.example.org"`), invalid, failure + "'http_version' must be specified when 'domain_name' is provided."},
		{"a domain in HTTP/1.0", monitorFor("HTTP", `,"http_version":1.0,"domain_name":"a.example.org"`), invalid, "http_version 1.0 is not a valid option for health monitors HTTP 1.1 domain name health check"},
		{"HTTP/2", monitorFor("HTTPS", `,"http_version":2`), invalid, "Invalid input for field/attribute http_version. Value: '2'. Value should be one of: 1.0, 1.1"},
		{"a domain that is none", monitorFor("HTTP", `,"http_version":1.1,"domain_name":"a b"`), invalid, "Invalid input for field/attribute domain_name. Value: 'a b'. Value should be a domain name"},
		{"a second line", monitorFor("HTTP", `,"http_version":1.1,"domain_name":"a\r\nX-B: c"`), invalid, "Invalid input for field/attribute domain_name. Value: 'a\r\nX-B: c'. Value should be a domain name"},
		{"an empty domain", monitorFor("HTTP", `,"http_version":1.1,"domain_name":""`), invalid, "Invalid input for field/attribute domain_name. Value: ''. Value should be a domain name"},
		{"a domain without a version for TCP", monitorFor("TCP", `,"domain_name":"a.example.org"`), invalid, failure + "'http_version' must be specified when 'domain_name' is provided."},
	}, func(in lbaas.HealthMonitorInput) error {
		_, err := lbaas.NewHealthMonitor(in)
		return err
	})
}

// Programs send a version of HTTP with every monitor; what does not ask in HTTP keeps it, as in Octavia.
func TestVersionOfMonitorsThatDoNotAskInHTTP(t *testing.T) {
	for _, typ := range []string{"PING", "TCP", "UDP-CONNECT", "SCTP"} {
		h, err := lbaas.NewHealthMonitor(decode[lbaas.HealthMonitorInput](t, monitorFor(typ, `,"http_version":1.1,"domain_name":"a.example.org"`)))
		if err != nil || h.HTTPVersion != "1.1" || h.DomainName != "a.example.org" || h.HTTPMethod != "" {
			t.Errorf("%s: the monitor is %+v (%v)", typ, h, err)
		}
	}
}

// The version cannot be taken from under a domain name.
func TestDomainKeepsItsVersion(t *testing.T) {
	h, err := lbaas.NewHealthMonitor(decode[lbaas.HealthMonitorInput](t, monitorFor("HTTP", `,"http_version":1.1,"domain_name":"a.example.org."`)))
	if err != nil || h.HTTPVersion != "1.1" || h.DomainName != "a.example.org." {
		t.Fatalf("the monitor is %+v (%v)", h, err)
	}
	for _, body := range []string{`{"http_version":null}`, `{"http_version":1.0}`} {
		changed := h
		if err := changed.Update(decode[lbaas.HealthMonitorInput](t, body)); err == nil {
			t.Errorf("%s is accepted", body)
		}
	}
	if err := h.Update(decode[lbaas.HealthMonitorInput](t, `{"domain_name":null,"http_version":null}`)); err != nil || h.DomainName+h.HTTPVersion != "" {
		t.Errorf("both together cannot be taken away: %+v (%v)", h, err)
	}
}
