//go:build verify

package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

// TestRealServices runs the service proper against a real Keystone, Neutron and Barbican, with the simulated Controller.
func TestRealServices(t *testing.T) {
	begun := time.Now()
	s := startSite(t)
	t.Logf("all is up after %.0f s", time.Since(begun).Seconds())
	// The group is one test, so that the site outlives those of it that run in parallel.
	t.Run("group", func(t *testing.T) {
		t.Run("tokens", s.testTokens)
		t.Run("application credentials", s.testApplicationCredentials)
		t.Run("roles", s.testRoles)
		t.Run("service user", s.testServiceUser)
		t.Run("own network", s.testOwnNetwork)
		t.Run("own port", s.testOwnPort)
		t.Run("request ids", s.testRequestIDs)
		t.Run("networks of others", s.testNetworksOfOthers)
		t.Run("traffic", s.testTraffic)
		t.Run("crash while a port is made", s.testCrashWhilePortIsMade)
		t.Run("crash after acceptance", s.testCrashAfterAcceptance)
		t.Run("secrets", s.testSecrets)
		t.Run("tls", s.testTLS)
		t.Run("certificates", s.testCertificates)
		t.Run("stand-in", s.testStandIn)
		t.Run("client", s.testClient)
		t.Run("heat", s.testHeat)
		t.Run("tempest", s.testTempest)
	})
}

// tokenCacheTime is how long the service trusts a token without asking again.
const tokenCacheTime = 3 * time.Second

// site is a cloud with a service and a Controller.
type site struct {
	cloud            *realcloud.Cloud
	binary           string
	controller       string // host:port
	ca               string // the file with the Controller's certificate
	admin, demo, alt *realcloud.User
}

// startSite brings everything up; the service is where the catalog says.
func startSite(t *testing.T) *site {
	t.Helper()
	s := &site{binary: build(t)}
	var err error
	if s.cloud, err = realcloud.Start(t.Context(), t.Output()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	s.admin, s.demo, s.alt = s.as(t, realcloud.UserAdmin), s.as(t, realcloud.UserDemo), s.as(t, realcloud.UserAlt)
	s.controller, s.ca = freeAddress(t), filepath.Join(t.TempDir(), "controller.pem")
	s.run(t, "simulator", "--listen", s.controller, "--ca-file", s.ca).await("Simulated Avi Controller")
	s.serve(t, service{address: s.cloud.LoadBalancerAddress})
	return s
}

func (s *site) as(t *testing.T, name string) *realcloud.User {
	t.Helper()
	u, err := s.cloud.As(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(u.Close)
	return u
}

// cli is the openstack client as a user.
func (s *site) cli(t *testing.T, u *realcloud.User) cli {
	return cli{t: t, demonstration: demonstration{environment: append(plainEnvironment(), u.Environment()...), controller: s.controller}}
}

// plainEnvironment is that of the test without what clients log in by.
func plainEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "OS_") })
}

// service is what may differ between the services of the tests.
type service struct {
	address  string // host:port
	database string // a file; empty: one of its own
	password string // of the service's user; empty: the right one
	network  string // Neutron's URL; empty: the catalog's
	debug    bool   // log all that there is to log
	// controller and ca are the Controller's host:port and the file with its certificate; empty: the site's.
	controller, ca string
	more           string // further options of the provider's section, and further sections
}

// serve starts the service proper and waits until it serves.
func (s *site) serve(t *testing.T, o service) *program {
	t.Helper()
	host, port, err := net.SplitHostPort(o.address)
	if err != nil {
		t.Fatal(err)
	}
	if o.database == "" {
		o.database = filepath.Join(t.TempDir(), "avi-lbaas.sqlite")
	}
	if o.password == "" {
		o.password = s.cloud.Password()
	}
	network := ""
	if o.network != "" {
		network = "endpoint_override = " + o.network
	}
	if o.controller == "" {
		o.controller, o.ca = s.controller, s.ca
	}
	config := filepath.Join(t.TempDir(), "avi-lbaas.conf")
	text := fmt.Sprintf(`[DEFAULT]
debug = %t
[api_settings]
bind_host = %s
bind_port = %s
[keystone_authtoken]
auth_url = %s
auth_type = password
username = %s
password = %s
user_domain_name = Default
project_name = service
project_domain_name = Default
token_cache_time = %d
[neutron]
%s
[database]
connection = sqlite:///%s
[worker]
retry_initial = 0.2
status_interval = 1
[avi_adc]
address = %s
password = avi-simulator
cert_verify = true
ca_file = %s
%s
`, o.debug, host, port, s.cloud.IdentityURL, realcloud.UserService, o.password, int(tokenCacheTime.Seconds()), network, o.database,
		o.controller, o.ca, o.more)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := s.run(t, "serve", "--config-file", config)
	p.await("msg=serving")
	return p
}

// program is a running avi-lbaas.
type program struct {
	t      *testing.T
	cmd    *exec.Cmd
	output string        // the file with its standard output and error
	ended  chan struct{} // closed when it has
	killed bool
}

// run starts the program. At the end of the test it is stopped with SIGTERM, and has to stop well unless it was killed.
func (s *site) run(t *testing.T, arguments ...string) *program {
	t.Helper()
	p := &program{t: t, output: filepath.Join(t.TempDir(), "output"), ended: make(chan struct{})}
	out, err := os.Create(p.output)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), s.binary, arguments...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	// Should the test itself be killed, the program does not stay behind.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // its exit status is looked at below
		close(p.ended)
	}()
	t.Cleanup(func() {
		if !p.killed {
			p.signal(syscall.SIGTERM)
			if p.cmd.ProcessState.ExitCode() != 0 {
				t.Errorf("avi-lbaas %s ended with %v", arguments[0], p.cmd.ProcessState)
			}
		}
		if t.Failed() {
			t.Logf("avi-lbaas %s:\n%s", arguments[0], p.said())
		}
	})
	return p
}

// kill ends the program as a power cut does.
func (p *program) kill() {
	p.killed = true
	p.signal(syscall.SIGKILL)
}

// signal sends a signal and waits for the end.
func (p *program) signal(signal syscall.Signal) {
	_ = p.cmd.Process.Signal(signal) // it may have ended by itself
	<-p.ended
}

func (p *program) said() string {
	text, err := os.ReadFile(p.output)
	if err != nil {
		p.t.Error(err)
	}
	return string(text)
}

// await waits until the program says something.
func (p *program) await(what string) {
	p.t.Helper()
	eventually(p.t, "it says "+what, func() bool {
		select {
		case <-p.ended:
			p.t.Fatalf("it ended:\n%s", p.said())
		default:
		}
		return strings.Contains(p.said(), what)
	})
}

// eventually waits until something holds, which costs little to look at.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for !holds() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// answer is that of a service.
type answer struct {
	status int
	header http.Header
	body   map[string]any
}

// fault is the text of a refusal.
func (a answer) fault() string {
	text, _ := a.body["faultstring"].(string)
	return text
}

// request sends a request with a token; the body may be nil. Headers have the form "name: value".
func request(t *testing.T, token, method, url string, body any, headers ...string) answer {
	t.Helper()
	a, err := tryRequest(t.Context(), token, method, url, body, headers...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func tryRequest(ctx context.Context, token, method, url string, body any, headers ...string) (answer, error) {
	content, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	if body == nil {
		content = nil
	}
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(string(content)))
	if err != nil {
		return answer{}, err
	}
	if token != "" {
		r.Header.Set("X-Auth-Token", token)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	r.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	response, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: response.StatusCode, header: response.Header}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &a.body); err != nil {
			return a, fmt.Errorf("%s %s: %s: %w in %q", method, url, response.Status, err, text)
		}
	}
	return a, nil
}

// loadBalancers is the URL of a service's load balancers.
func loadBalancers(address string) string { return "http://" + address + "/v2/lbaas/loadbalancers" }

// api asks the site's service, at a path below the load balancers.
func (s *site) api(t *testing.T, token, method, path string, body any) answer {
	t.Helper()
	return request(t, token, method, loadBalancers(s.cloud.LoadBalancerAddress)+path, body)
}

// onSubnet is the body that creates a load balancer.
func onSubnet(name, subnetID string) map[string]any {
	return map[string]any{"loadbalancer": map[string]any{"name": name, "vip_subnet_id": subnetID}}
}

// network makes a network of a user's.
func (s *site) network(t *testing.T, u *realcloud.User, name, cidr string, shared bool) realcloud.Network {
	t.Helper()
	n, err := u.AddNetwork(t.Context(), name, cidr, shared)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
