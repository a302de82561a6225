package worker_test

import (
	"bufio"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/internal/avi"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
	"github.com/avi-lbaas/avi-lbaas/internal/translate"
)

func listeningAt(t *testing.T, server *httptest.Server) int {
	t.Helper()
	return int(netip.MustParseAddrPort(server.Listener.Addr().String()).Port())
}

// A member is checked at its monitor_port: it is down when nothing answers there, although its own port does, and up again when
// something does.
func TestMembersAreCheckedAtTheirMonitorPort(t *testing.T) {
	sc := newScene(t)
	health := httptest.NewServer(named("fine"))
	t.Cleanup(health.Close)
	member := sc.members(sc.pool)[0].ID
	set := func(port lbaas.Attr[int]) {
		t.Helper()
		sc.updateMember(member, lbaas.MemberInput{MonitorPort: port})
		sc.mustBeActive()
	}
	set(lbaas.Given(listeningAt(t, health))) // without a monitor it means nothing
	sc.wantAnswers("without a monitor", "/", "default")
	monitor := sc.quickMonitor(sc.pool, lbaas.MonitorHTTP)
	sc.becomes("/", "default")
	health.Close()
	sc.becomes("/", "503")
	set(lbaas.GivenNull[int]())
	sc.becomes("/", "default")
	ofPort := translate.MonitorOfPortUUID(monitor, listeningAt(t, health))
	if sc.has("healthmonitor", ofPort) {
		t.Error("the monitor of the port that nobody wants any more is left")
	}
	set(lbaas.Given(listeningAt(t, health)))
	sc.becomes("/", "503")
	sc.again(health, "fine")
	sc.becomes("/", "default")
	sc.settled(sc.Service.DeleteHealthMonitor(t.Context(), sc.Caller, monitor))
	if sc.has("healthmonitor", ofPort) || sc.has("healthmonitor", translate.HealthMonitorUUID(monitor)) {
		t.Error("a deleted monitor is left")
	}
}

// A port that somebody has set at the Controller's monitor by hand is theirs, whatever members say.
func TestMonitorPortByHandSurvivesMembers(t *testing.T) {
	s := begin(t, testbed.Options{})
	s.edit("healthmonitor", s.monitorUUID(), func(o avi.Object) { o["monitor_port"] = 9000 })
	for _, port := range []lbaas.Attr[int]{lbaas.Given(8081), lbaas.GivenNull[int]()} {
		var both []lbaas.MemberInput
		for _, address := range []string{"10.0.0.21", "10.0.0.22"} {
			both = append(both, lbaas.MemberInput{Address: lbaas.Given(address), ProtocolPort: lbaas.Given(8080), MonitorPort: port})
		}
		s.settled(s.Service.ReplaceMembers(t.Context(), s.Caller, s.pool, both, false))
		s.mustBeActive()
	}
	if got := at(s.get("healthmonitor", s.monitorUUID()), "monitor_port"); got == nil || scalar(got) != "9000" {
		t.Errorf("monitor_port is %v, not what somebody has set", got)
	}
}

// What Avi cannot check is refused where it comes about: by a member, by all of them, or by the monitor.
func TestMonitoredElsewhereIsRefused(t *testing.T) {
	s := begin(t, testbed.Options{})
	ctx := t.Context()
	elsewhere := lbaas.Given("10.0.0.99")
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, lbaas.KindUnsupported) {
			t.Errorf("%s: %v, want it unsupported", what, err)
		}
	}
	_, err := s.Service.UpdateMember(ctx, s.Caller, s.pool, s.memberA, lbaas.MemberInput{MonitorAddress: elsewhere})
	refused("another address", err)
	_, err = s.Service.UpdateMember(ctx, s.Caller, s.pool, s.memberA, lbaas.MemberInput{MonitorPort: lbaas.Given(8081)})
	refused("a port of one of two members", err)
	_, err = s.Service.CreateMember(ctx, s.Caller, lbaas.MemberInput{
		PoolID: lbaas.Given(s.pool), Address: lbaas.Given("10.0.0.23"), ProtocolPort: lbaas.Given(8080), MonitorPort: lbaas.Given(8081),
	})
	refused("a new member with a port of its own", err)
	refused("a batch", s.Service.ReplaceMembers(ctx, s.Caller, s.pool, []lbaas.MemberInput{
		{Address: lbaas.Given("10.0.0.21"), ProtocolPort: lbaas.Given(8080), MonitorAddress: elsewhere},
	}, true))
	// Backups are checked by themselves, and a port that is the member's own is none.
	s.updateMember(s.memberA, lbaas.MemberInput{MonitorPort: lbaas.Given(8080), MonitorAddress: lbaas.Given("10.0.0.21")})
	s.updateMember(s.memberB, lbaas.MemberInput{Backup: lbaas.Given(true), MonitorPort: lbaas.Given(8081)})
	s.mustBeActive()
	_, err = s.Service.UpdateMember(ctx, s.Caller, s.pool, s.memberB, lbaas.MemberInput{Backup: lbaas.Given(false)})
	refused("a backup with a port of its own that is none any more", err)
	// Without a monitor all of it is kept; then it is the monitor that cannot be made.
	s.settled(s.Service.DeleteHealthMonitor(ctx, s.Caller, s.monitor))
	s.updateMember(s.memberA, lbaas.MemberInput{MonitorAddress: elsewhere})
	s.mustBeActive()
	_, err = s.Service.CreateHealthMonitor(ctx, s.Caller, lbaas.HealthMonitorInput{
		PoolID: lbaas.Given(s.pool), Type: lbaas.Given(lbaas.MonitorTCP), Delay: lbaas.Given(5), Timeout: lbaas.Given(3), MaxRetries: lbaas.Given(2),
	})
	refused("a monitor of a member elsewhere", err)
}

// A TLS-HELLO monitor takes a member for up that opens TLS, and one for down that only accepts connections.
func TestTLSHelloWantsAHandshake(t *testing.T) {
	sc := newScene(t)
	sc.quickMonitor(sc.pool, lbaas.MonitorTLSHello)
	sc.becomes("/", "503") // the default backend speaks no TLS
	l, err := sc.Service.CreateListener(t.Context(), sc.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(sc.lb), Protocol: lbaas.Given(lbaas.ListenerHTTPS), ProtocolPort: lbaas.Given(freePort(t)),
	})
	sc.settled(err)
	p, err := sc.Service.CreatePool(t.Context(), sc.Caller, lbaas.PoolInput{
		ListenerID: lbaas.Given(l.ID), Protocol: lbaas.Given(lbaas.PoolHTTPS), Algorithm: lbaas.Given(lbaas.RoundRobin),
	})
	sc.settled(err)
	secure := httptest.NewUnstartedServer(named("secure"))
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	_, err = sc.Service.CreateMember(t.Context(), sc.Caller, lbaas.MemberInput{
		PoolID: lbaas.Given(p.ID), Address: lbaas.Given("127.0.0.1"), ProtocolPort: lbaas.Given(listeningAt(t, secure)),
	})
	sc.settled(err)
	sc.quickMonitor(p.ID, lbaas.MonitorTLSHello)
	client := secure.Client()
	deadline := time.Now().Add(20 * time.Second)
	for {
		response, err := client.Get("https://" + net.JoinHostPort("127.0.0.1", scalar(l.ProtocolPort)))
		if err == nil {
			body, _ := bufio.NewReader(response.Body).ReadString('\n')
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK || body != "secure" {
				t.Errorf("answered %d %q", response.StatusCode, body)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the member that opens TLS gets nothing: %v", err)
		}
		<-time.After(20 * time.Millisecond)
	}
}
