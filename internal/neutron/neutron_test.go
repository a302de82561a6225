package neutron_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
	"github.com/avi-lbaas/avi-lbaas/internal/keystone"
	"github.com/avi-lbaas/avi-lbaas/internal/neutron"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// compareAddresses lets go-cmp look at addresses and prefixes.
var compareAddresses = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

const lbID = "5c1d0ce2-6a5b-4d2b-9a70-4b0cf7e3a001"

// site is a cloud with a session of the service's user and a client.
type site struct {
	*cloudsim.Cloud
	session *keystone.Session
	*neutron.Client
}

func start(t *testing.T) site {
	t.Helper()
	cloud, err := cloudsim.New(cloudsim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	session := newSession(t, cloud.IdentityURL(), "avi-lbaas", "service")
	t.Cleanup(func() {
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	return site{cloud, session, neutron.New(neutron.Config{}, session, slog.New(slog.DiscardHandler))}
}

func newSession(t *testing.T, authURL, user, project string) *keystone.Session {
	t.Helper()
	session, err := keystone.NewSession(keystone.Config{
		AuthURL: authURL, Username: user, Password: cloudsim.DemoPassword, ProjectName: project, Timeout: 5 * time.Second,
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

// vip asks for the port of load balancer lbID on the demonstration network.
func (s site) vip(change func(*neutron.VIPPort)) neutron.VIPPort {
	want := neutron.VIPPort{
		LoadBalancerID: lbID, ProjectID: s.ProjectID("demo"), NetworkID: s.NetworkID("demo-net"), SubnetID: s.SubnetID("demo-subnet"),
	}
	if change != nil {
		change(&want)
	}
	return want
}

func addr(text string) netip.Addr { return netip.MustParseAddr(text) }

func TestLookups(t *testing.T) {
	s := start(t)
	subnet, err := s.Subnet(t.Context(), s.SubnetID("demo-subnet"))
	if err != nil {
		t.Fatal(err)
	}
	wantSubnet := neutron.Subnet{
		ID: s.SubnetID("demo-subnet"), Name: "demo-subnet", NetworkID: s.NetworkID("demo-net"), ProjectID: s.ProjectID("demo"),
		CIDR: netip.MustParsePrefix("127.77.0.0/24"), GatewayIP: addr("127.77.0.1"), IPVersion: 4,
	}
	if diff := cmp.Diff(wantSubnet, subnet, compareAddresses); diff != "" {
		t.Errorf("subnet (-want +got):\n%s", diff)
	}
	network, err := s.Network(t.Context(), s.NetworkID("shared-net"))
	if err != nil {
		t.Fatal(err)
	}
	wantNetwork := neutron.Network{
		ID: s.NetworkID("shared-net"), Name: "shared-net", ProjectID: s.ProjectID("admin"), Shared: true,
		SubnetIDs: []string{s.SubnetID("shared-subnet")},
	}
	if diff := cmp.Diff(wantNetwork, network); diff != "" {
		t.Errorf("network (-want +got):\n%s", diff)
	}
}

func TestVIPPortIsMadeAsOctaviaMakesIt(t *testing.T) {
	s := start(t)
	port, err := s.CreateVIPPort(t.Context(), s.vip(nil))
	if err != nil {
		t.Fatal(err)
	}
	want := neutron.Port{
		ID: port.ID, Name: "octavia-lb-" + lbID, NetworkID: s.NetworkID("demo-net"), ProjectID: s.ProjectID("demo"),
		DeviceOwner: "Octavia", DeviceID: "lb-" + lbID,
		FixedIPs: []neutron.FixedIP{{SubnetID: s.SubnetID("demo-subnet"), Address: addr("127.77.0.10")}},
	}
	if diff := cmp.Diff(want, port, compareAddresses); diff != "" {
		t.Errorf("created port (-want +got):\n%s", diff)
	}
	looked, err := s.Port(t.Context(), port.ID)
	if diff := cmp.Diff(want, looked, compareAddresses); err != nil || diff != "" {
		t.Errorf("looked up: %v (-want +got):\n%s", err, diff)
	}
	found, err := s.VIPPorts(t.Context(), lbID)
	if diff := cmp.Diff([]neutron.Port{want}, found, compareAddresses); err != nil || diff != "" {
		t.Errorf("found: %v (-want +got):\n%s", err, diff)
	}
	for range 2 {
		if err := s.DeletePort(t.Context(), port.ID); err != nil {
			t.Errorf("deleting, a second time too: %v", err)
		}
	}
	if left := s.Ports(); len(left) != 0 {
		t.Errorf("left behind: %+v", left)
	}
}

func TestVIPPortOptions(t *testing.T) {
	tests := []struct {
		name   string
		change func(site, *neutron.VIPPort)
		want   string
	}{
		{"an address of a subnet", func(_ site, v *neutron.VIPPort) { v.Address = addr("127.77.0.99") }, "127.77.0.99"},
		{"an address alone", func(_ site, v *neutron.VIPPort) { v.SubnetID, v.Address = "", addr("127.77.0.98") }, "127.77.0.98"},
		{"neither", func(_ site, v *neutron.VIPPort) { v.SubnetID = "" }, "127.77.0.10"},
		{"a tenant's port on a shared network", func(s site, v *neutron.VIPPort) {
			v.NetworkID, v.SubnetID = s.NetworkID("shared-net"), s.SubnetID("shared-subnet")
		}, "127.78.0.10"},
		{"a name, and up", func(_ site, v *neutron.VIPPort) { v.Name, v.AdminStateUp = "mine", true }, "127.77.0.10"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			want := s.vip(func(v *neutron.VIPPort) { test.change(s, v) })
			port, err := s.CreateVIPPort(t.Context(), want)
			if err != nil {
				t.Fatal(err)
			}
			if len(port.FixedIPs) != 1 || port.FixedIPs[0].Address != addr(test.want) || port.ProjectID != s.ProjectID("demo") {
				t.Errorf("%+v, want %s", port, test.want)
			}
			if port.AdminStateUp != want.AdminStateUp || (want.Name != "" && port.Name != want.Name) {
				t.Errorf("%+v", port)
			}
		})
	}
}

// A crash after Neutron made the port, before its id was stored, is followed by the same request again.
func TestCreatingAgainLeavesOnePort(t *testing.T) {
	s := start(t)
	want := s.vip(func(v *neutron.VIPPort) { v.Address = addr("127.77.0.50") })
	first, err := s.CreateVIPPort(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.CreateVIPPort(t.Context(), want)
	if err != nil || second.ID != first.ID || len(s.Ports()) != 1 {
		t.Errorf("%+v, %v; ports %+v", second, err, s.Ports())
	}
	want.Address = addr("127.77.0.51")
	if _, err := s.CreateVIPPort(t.Context(), want); !errors.Is(err, neutron.ErrConflict) || len(s.Ports()) != 1 {
		t.Errorf("the same load balancer with another address: %v; ports %+v", err, s.Ports())
	}
	want.NetworkID, want.Address = s.NetworkID("alt-net"), netip.Addr{}
	if _, err := s.CreateVIPPort(t.Context(), want); !errors.Is(err, neutron.ErrConflict) {
		t.Errorf("the same load balancer on another network: %v", err)
	}
}

// A lost answer: Neutron makes the port, the client sees a broken connection.
func TestCreationWithALostAnswerIsFoundAgain(t *testing.T) {
	s := start(t)
	lose := true
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !lose {
			s.Handler().ServeHTTP(w, r)
			return
		}
		lose = false
		s.Handler().ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}))
	defer proxy.Close()
	client := neutron.New(neutron.Config{EndpointOverride: proxy.URL + "/networking/v2.0/"}, s.session, slog.New(slog.DiscardHandler))
	if _, err := client.CreateVIPPort(t.Context(), s.vip(nil)); !errors.Is(err, neutron.ErrUnavailable) {
		t.Fatalf("the answer was lost: %v", err)
	}
	port, err := client.CreateVIPPort(t.Context(), s.vip(nil))
	if ports := s.Ports(); err != nil || len(ports) != 1 || ports[0].ID != port.ID {
		t.Errorf("%v; ports %+v", err, ports)
	}
}

func TestPortsOfOthersAreNeverTaken(t *testing.T) {
	s := start(t)
	foreign := func(deviceID, owner string) {
		body := `{"port":{"network_id":"` + s.NetworkID("demo-net") + `","device_id":"` + deviceID + `","device_owner":"` + owner + `"}}`
		token, err := s.Token("demo", "demo")
		if err != nil {
			t.Fatal(err)
		}
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/networking/v2.0/ports", strings.NewReader(body))
		request.Header.Set("X-Auth-Token", token)
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, request)
		if answer.Code != http.StatusCreated {
			t.Fatalf("%d %s", answer.Code, answer.Body)
		}
	}
	foreign("lb-"+lbID, "compute:nova")
	foreign("lb-other", "Octavia")
	if found, err := s.VIPPorts(t.Context(), lbID); err != nil || len(found) > 0 {
		t.Errorf("found %+v, %v", found, err)
	}
	foreign("lb-"+lbID, "Octavia")
	foreign("lb-"+lbID, "Octavia")
	all, err := s.VIPPorts(t.Context(), lbID)
	if err != nil || len(all) != 2 || all[0].ID >= all[1].ID {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestErrors(t *testing.T) {
	s := start(t)
	if _, err := s.CreateVIPPort(t.Context(), s.vip(func(v *neutron.VIPPort) { v.LoadBalancerID, v.Address = "other", addr("127.77.0.60") })); err != nil {
		t.Fatal(err)
	}
	create := func(change func(*neutron.VIPPort)) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.CreateVIPPort(ctx, s.vip(change))
			return err
		}
	}
	tests := []struct {
		name    string
		call    func(context.Context) error
		kind    error
		message string
	}{
		{"no such subnet", func(ctx context.Context) error { _, err := s.Subnet(ctx, "nope"); return err }, neutron.ErrNotFound, "Subnet nope could not be found."},
		{"no such network", func(ctx context.Context) error { _, err := s.Network(ctx, "nope"); return err }, neutron.ErrNotFound, "Network nope could not be found."},
		{"no such port", func(ctx context.Context) error { _, err := s.Port(ctx, "nope"); return err }, neutron.ErrNotFound, "Port nope could not be found."},
		{"an id that names the collection", func(ctx context.Context) error { _, err := s.Subnet(ctx, ""); return err }, neutron.ErrNotFound, "is not an id"},
		{"an id that is a path", func(ctx context.Context) error { _, err := s.Network(ctx, "../ports"); return err }, neutron.ErrNotFound, "is not an id"},
		{"a port id with a query", func(ctx context.Context) error { _, err := s.Port(ctx, "x?a=b"); return err }, neutron.ErrNotFound, "is not an id"},
		{"deleting an id that is a path", func(ctx context.Context) error { return s.DeletePort(ctx, "a/b") }, neutron.ErrNotFound, "is not an id"},
		{"a load balancer without an id", create(func(v *neutron.VIPPort) { v.LoadBalancerID = "" }), neutron.ErrNotFound, "is not an id"},
		{"a port on no network", create(func(v *neutron.VIPPort) { v.NetworkID = lbID }), neutron.ErrNotFound, "Network " + lbID + " could not be found."},
		{"a port on a network id that is none", create(func(v *neutron.VIPPort) { v.NetworkID = "nope" }), neutron.ErrInvalid, "not a valid UUID"},
		{"an address that is taken", create(func(v *neutron.VIPPort) { v.Address = addr("127.77.0.60") }), neutron.ErrConflict, "IP address 127.77.0.60 already allocated"},
		{"an address outside of the subnet", create(func(v *neutron.VIPPort) { v.Address = addr("10.0.0.1") }), neutron.ErrInvalid, "not a valid IP for the specified subnet"},
		{"a subnet of another network", create(func(v *neutron.VIPPort) { v.SubnetID = s.SubnetID("alt-subnet") }), neutron.ErrInvalid, "invalid subnet"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.call(t.Context())
			failed, isError := errors.AsType[*neutron.Error](err)
			if !isError || !errors.Is(err, test.kind) || !strings.Contains(failed.Message, test.message) {
				t.Fatalf("got %v, want %v with %q", err, test.kind, test.message)
			}
			if failed.Doing == "" || !strings.Contains(err.Error(), failed.Doing) {
				t.Errorf("the error does not say what was being done: %v", err)
			}
		})
	}
}

func TestOutages(t *testing.T) {
	s := start(t)
	subnet := s.SubnetID("demo-subnet")
	if _, err := s.Subnet(t.Context(), subnet); err != nil {
		t.Fatal(err)
	}
	for _, status := range []int{401, 429, 500, 502, 503, 504} {
		// Two, as a 401 is answered by a new login and a second try.
		s.FailNetwork(2, status)
		if _, err := s.Subnet(t.Context(), subnet); !errors.Is(err, neutron.ErrUnavailable) {
			t.Errorf("Neutron answers %d: %v", status, err)
		}
		s.FailNetwork(2, status)
		if err := s.DeletePort(t.Context(), "x"); !errors.Is(err, neutron.ErrUnavailable) {
			t.Errorf("Neutron answers %d to a deletion: %v", status, err)
		}
	}
	s.FailNetwork(0, 0)
	s.RevokeAll()
	if _, err := s.Subnet(t.Context(), subnet); err != nil {
		t.Errorf("a new login must have been made: %v", err)
	}
	s.RevokeAll()
	s.FailIdentity(9, 503)
	if _, err := s.Subnet(t.Context(), subnet); !errors.Is(err, neutron.ErrUnavailable) {
		t.Errorf("Keystone is down: %v", err)
	}
	s.FailIdentity(0, 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Subnet(t.Context(), subnet); !errors.Is(err, neutron.ErrUnavailable) {
		t.Errorf("Neutron is down: %v", err)
	}
}

func TestTimeoutAndCancellation(t *testing.T) {
	s := start(t)
	quick := neutron.New(neutron.Config{Timeout: 50 * time.Millisecond}, s.session, slog.New(slog.DiscardHandler))
	resume := s.PauseNetwork()
	defer resume()
	if _, err := quick.Subnet(t.Context(), "x"); !errors.Is(err, neutron.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Neutron hangs: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Subnet(ctx, "x"); !errors.Is(err, neutron.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("the caller gave up: %v", err)
	}
}

func TestEndpoints(t *testing.T) {
	s := start(t)
	subnet := s.SubnetID("demo-subnet")
	tests := []struct {
		name   string
		config neutron.Config
		want   error
	}{
		{"catalog", neutron.Config{}, nil},
		{"region and interface", neutron.Config{Region: "RegionOne", Interfaces: []string{"internal"}}, nil},
		{"override", neutron.Config{EndpointOverride: s.NetworkURL()}, nil},
		{"override with a version", neutron.Config{EndpointOverride: s.NetworkURL() + "/v2.0"}, nil},
		{"a region without Neutron", neutron.Config{Region: "Elsewhere"}, neutron.ErrUnavailable},
		// What is there answers 404 to everything: this must not be taken for a subnet that is gone.
		{"an override to something else", neutron.Config{EndpointOverride: s.IdentityURL()}, neutron.ErrUnavailable},
		{"an override to a wrong path of Neutron", neutron.Config{EndpointOverride: s.NetworkURL() + "/wrong"}, neutron.ErrUnavailable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			client := neutron.New(test.config, s.session, slog.New(slog.DiscardHandler))
			if _, err := client.Subnet(t.Context(), subnet); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestRights(t *testing.T) {
	s := start(t)
	tenant := neutron.New(neutron.Config{}, newSession(t, s.IdentityURL(), "alt", "alt"), slog.New(slog.DiscardHandler))
	want := s.vip(func(v *neutron.VIPPort) { v.NetworkID, v.SubnetID = s.NetworkID("shared-net"), "" })
	if _, err := tenant.CreateVIPPort(t.Context(), want); !errors.Is(err, neutron.ErrInvalid) {
		t.Errorf("a port for another project: %v", err)
	}
	token, err := s.Token("alt", "alt")
	if err != nil {
		t.Fatal(err)
	}
	user := neutron.New(neutron.Config{}, s.session.As(token), slog.New(slog.DiscardHandler))
	if _, err := user.Subnet(t.Context(), s.SubnetID("demo-subnet")); !errors.Is(err, neutron.ErrNotFound) {
		t.Errorf("a tenant sees another's subnet: %v", err)
	}
	for _, name := range []string{"alt-subnet", "shared-subnet"} {
		if _, err := user.Subnet(t.Context(), s.SubnetID(name)); err != nil {
			t.Errorf("a tenant does not see %s: %v", name, err)
		}
	}
	s.RevokeAll()
	if _, err := user.Subnet(t.Context(), s.SubnetID("shared-subnet")); !errors.Is(err, neutron.ErrUnauthenticated) {
		t.Errorf("a token that was revoked: %v", err)
	}
}

// answering is a client of a Neutron that gives one answer to everything.
func answering(t *testing.T, s site, status int, body string) *neutron.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return neutron.New(neutron.Config{EndpointOverride: server.URL}, s.session, slog.New(slog.DiscardHandler))
}

func TestStrangeAnswers(t *testing.T) {
	s := start(t)
	const secret = "secret-of-a-proxy"
	tests := []struct {
		name    string
		status  int
		body    string
		want    error
		message string
	}{
		{"not JSON", 200, secret, neutron.ErrUnavailable, ""},
		{"no CIDR", 200, `{"subnet":{"id":"s"}}`, neutron.ErrUnavailable, ""},
		{"a gateway that is none", 200, `{"subnet":{"id":"s","cidr":"10.0.0.0/8","gateway_ip":"x"}}`, neutron.ErrUnavailable, ""},
		{"a proxy's 404", 404, secret, neutron.ErrUnavailable, ""},
		{"a proxy's 502", 502, secret, neutron.ErrUnavailable, ""},
		{"an old release's plain text", 404, `{"NeutronError":"Subnet s could not be found."}`, neutron.ErrNotFound, "Subnet s could not be found."},
		{"an older address conflict", 409, `{"NeutronError":{"type":"IpAddressInUse","message":"The IP address 10.0.0.1 is in use.","detail":""}}`, neutron.ErrConflict, "The IP address 10.0.0.1 is in use."},
		{"an error of a strange form", 409, `{"NeutronError":[1]}`, neutron.ErrConflict, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := answering(t, s, test.status, test.body).Subnet(t.Context(), "s")
			failed, isError := errors.AsType[*neutron.Error](err)
			if !isError || !errors.Is(err, test.want) || failed.Message != test.message {
				t.Fatalf("got %v, want %v with %q", err, test.want, test.message)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error quotes a body that is not Neutron's: %v", err)
			}
		})
	}
	bad := answering(t, s, 200, `{"ports":[{"id":"p","device_id":"lb-`+lbID+`","device_owner":"Octavia","fixed_ips":[{"ip_address":"x"}]}]}`)
	if _, err := bad.VIPPorts(t.Context(), lbID); !errors.Is(err, neutron.ErrUnavailable) {
		t.Errorf("an address that is none: %v", err)
	}
	// A Neutron that ignores filters lists foreign ports too.
	deaf := answering(t, s, 200, `{"ports":[{"id":"p","device_id":"vm","device_owner":"compute:nova"}]}`)
	if got, err := deaf.VIPPorts(t.Context(), lbID); err != nil || len(got) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
