package translate_test

import (
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

// TestGolden shows what whole trees become. Read the files: they are what is sent.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*translate.Input)
	}{
		{"http", func(*translate.Input) {}},
		{"markers", func(in *translate.Input) { in.Markers = true }},
		{"https-passed-through", func(in *translate.Input) { speak(in, lbaas.ListenerHTTPS, lbaas.PoolHTTPS) }},
		{"https-terminated", func(in *translate.Input) {
			in.TerminateHTTPS = true
			speak(in, lbaas.ListenerHTTPS, lbaas.PoolHTTPS)
		}},
		{"tcp", func(in *translate.Input) { speak(in, lbaas.ListenerTCP, lbaas.PoolTCP) }},
		{"udp", func(in *translate.Input) { speak(in, lbaas.ListenerUDP, lbaas.PoolUDP) }},
		{"ipv6", func(in *translate.Input) {
			in.Tree.LoadBalancer.VIP.Address, in.Tree.Members[0].Address = "2001:db8::10", "2001:db8::21"
		}},
		{"application-cookie", func(in *translate.Input) {
			in.Tree.Pools[0].Persistence = &lbaas.SessionPersistence{Type: lbaas.PersistAppCookie, CookieName: "JSESSIONID-OF-THE-SHOP"}
		}},
		{"monitored", func(in *translate.Input) { in.Tree.Monitors = monitored().Tree.Monitors }},
		{"shared-pool", func(in *translate.Input) {
			in.Tree.Monitors = monitored().Tree.Monitors
			second := in.Tree.Listeners[0]
			second.ID, second.Name, second.ProtocolPort = secondID, "l2", 8080
			in.Tree.Listeners = append(in.Tree.Listeners, second)
		}},
		{"names-missing", func(in *translate.Input) {
			in.Tree.Monitors = monitored().Tree.Monitors
			in.Tree.LoadBalancer.Name, in.Tree.Listeners[0].Name, in.Tree.Pools[0].Name = "", "", ""
		}},
		{"names-too-long", func(in *translate.Input) {
			in.Tree.Monitors = monitored().Tree.Monitors
			long := strings.Repeat("ü", 255)
			in.Tree.LoadBalancer.Name, in.Tree.Listeners[0].Name, in.Tree.Pools[0].Name = long, long, long
			in.Tree.Monitors[0].Name = long
		}},
		{"everything-down", func(in *translate.Input) {
			in.Tree.Monitors = monitored().Tree.Monitors
			in.Tree.LoadBalancer.AdminStateUp, in.Tree.Listeners[0].AdminStateUp = false, false
			in.Tree.Pools[0].AdminStateUp, in.Tree.Monitors[0].AdminStateUp = false, false
		}},
		{"no-network-service", func(in *translate.Input) {
			in.Tree.LoadBalancer.VIP = lbaas.VIP{Address: "10.0.0.10"}
		}},
		{"two-addresses", func(in *translate.Input) {
			in.Tree.LoadBalancer.AdditionalVIPs = []lbaas.AdditionalVIP{{Address: "2001:db8::10", SubnetID: secondID, PortID: memberID}}
		}},
		{"availability-zone", func(in *translate.Input) {
			in.Tree.LoadBalancer.Zone = lbaas.ZoneSettings{
				Cloud: "east", SEGroupRef: "/api/serviceenginegroup?name=big&cloud=east", VRFRef: "/api/vrfcontext?name=blue&cloud=east",
			}
		}},
		{"clients-of-a-network", func(in *translate.Input) {
			speak(in, lbaas.ListenerUDP, lbaas.PoolUDP)
			in.Tree.Pools[0].Persistence = &lbaas.SessionPersistence{
				Type: lbaas.PersistSourceIP, Timeout: 600, Granularity: "255.255.255.0",
			}
		}},
		{"monitored-by-name", func(in *translate.Input) {
			in.Tree.Monitors = monitored().Tree.Monitors
			in.Tree.Monitors[0].HTTPVersion, in.Tree.Monitors[0].DomainName = "1.1", "shop.example.org"
		}},
		{"monitored-at-a-port", func(in *translate.Input) {
			in.Tree.Monitors = monitored().Tree.Monitors
			for i := range in.Tree.Members {
				in.Tree.Members[i].MonitorPort = 8081
			}
		}},
		{"tls-hello", func(in *translate.Input) {
			in.Tree.Monitors = monitored().Tree.Monitors
			in.Tree.Monitors[0].Type = lbaas.MonitorTLSHello
		}},
		{"backups", func(in *translate.Input) {
			in.Tree.Monitors = monitored().Tree.Monitors
			spare := in.Tree.Members[0]
			spare.ID, spare.Address, spare.Backup, spare.MonitorPort = secondID, "10.0.0.31", true, 8081
			in.Tree.Members = append(in.Tree.Members, spare)
		}},
		{"backups-no-more", func(in *translate.Input) {
			in.Made = map[string]bool{"poolgroup-of-before": true}
		}},
		{"timeouts", func(in *translate.Input) {
			speak(in, lbaas.ListenerTCP, lbaas.PoolTCP)
			l := &in.Tree.Listeners[0]
			l.TimeoutClientData, l.TimeoutMemberConnect, l.TimeoutMemberData = 60000, 20000, 90000
		}},
		{"timeouts-of-http", func(in *translate.Input) {
			in.Tree.Listeners[0].TimeoutClientData, in.Tree.Listeners[0].TimeoutMemberData = 60000, 90000
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := shop()
			c.change(&in)
			checkGolden(t, c.name, translate.Objects(in))
		})
	}
}

func speak(in *translate.Input, listener lbaas.ListenerProtocol, pool lbaas.PoolProtocol) {
	in.Tree.Listeners[0].Protocol, in.Tree.Pools[0].Protocol = listener, pool
}
