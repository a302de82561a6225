//go:build verify

package verify_test

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/verify/realcloud"
)

// tempestTests are the API tests of octavia-tempest-plugin.
const tempestTests = `^octavia_tempest_plugin\.tests\.api\.v2\.`

// tempestSkips names the tests that are not run, each with the reason, in the form of tempest's --exclude-list.
const tempestSkips = "testdata/tempest-skips.txt"

// tempestPermutations are those tests that differ from others in nothing but the algorithm of the pool: of the algorithms LC
// (least connections), RR (round robin), SI and SIP (source address, source address and port) the quick selection has RR.
const tempestPermutations = `_(LC|SI|SIP)_`

// testTempest runs OpenStack's own suite, without the permutations.
func (s *site) testTempest(t *testing.T) {
	addTempestUsers(t, s.cloud)
	suite := s.startTempest(t, tempestTests, silence)
	suite.check(suite.run("--exclude-regex", tempestPermutations))
}

// silence is a fault: the Controller does not tell how its objects fare, so that they stay as they were made.
var silence = map[string]any{"path": "-inventory", "action": "fail", "status": http.StatusServiceUnavailable}

// tempest is the suite with a service of its own: the suite is meant for Octavia without anything real behind it, so the network
// is one in which everything exists.
type tempest struct {
	t       *testing.T
	tests   string // a regular expression
	dir     string
	network *anyNetwork

	mu     sync.Mutex // guards what follows
	faults []string   // the requests that were answered with 5xx, which the suite may not notice
}

// startTempest starts what the suite needs for the tests, with faults at the Controller. The users are there.
func (s *site) startTempest(t *testing.T, tests string, faults ...map[string]any) *tempest {
	t.Helper()
	suite := &tempest{t: t, tests: tests, dir: t.TempDir()}
	var networkURL string
	suite.network, networkURL = startAnyNetwork(t)
	controller, ca := freeAddress(t), filepath.Join(t.TempDir(), "controller.pem")
	s.run(t, "simulator", "--listen", controller, "--ca-file", ca, "--no-engine").await("Simulated Avi Controller")
	for _, fault := range faults {
		disturb(t, controller, fault)
	}
	address := freeAddress(t)
	s.serve(t, service{
		address: address, network: networkURL, controller: controller, ca: ca,
		// All classes of the suite want the same addresses, in networks of their own.
		more: "vrf_context_per_subnet = true\n",
	})
	region := "tempest-" + rand.Text()
	if err := s.cloud.AddEndpoint(t.Context(), region, "load-balancer", suite.front(address)); err != nil {
		t.Fatal(err)
	}
	suite.configure(s.cloud, region)
	return suite
}

// disturb has a simulated Controller disturb requests.
func disturb(t *testing.T, controller string, fault map[string]any) {
	t.Helper()
	body, err := json.Marshal(fault)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://"+controller+"/sim/faults", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true,
	}}
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		t.Fatalf("the simulated Controller takes no fault: %s", response.Status)
	}
}

// front is a way to the service that has the network know what requests name, and notes failures.
func (suite *tempest) front(address string) string {
	suite.t.Helper()
	target := &url.URL{Scheme: "http", Host: address}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // which links in answers begin with
			if r.In.Method != http.MethodPost || !strings.HasSuffix(r.In.URL.Path, "/loadbalancers") {
				return
			}
			body, err := io.ReadAll(r.In.Body)
			if err != nil {
				suite.fault("read a body: %v", err)
			}
			suite.network.learn(body)
			r.Out.Body = io.NopCloser(bytes.NewReader(body))
		},
		ModifyResponse: func(r *http.Response) error {
			if r.StatusCode >= http.StatusInternalServerError && r.StatusCode != http.StatusNotImplemented {
				suite.fault("%s %s: %s", r.Request.Method, r.Request.URL, r.Status)
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			suite.fault("%s %s: %v", r.Method, r.URL, err)
			w.WriteHeader(http.StatusBadGateway)
		},
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	})
	suite.t.Cleanup(proxy.Close)
	return proxy.URL
}

func (suite *tempest) fault(format string, arguments ...any) {
	suite.mu.Lock()
	defer suite.mu.Unlock()
	suite.faults = append(suite.faults, fmt.Sprintf(format, arguments...))
}

// tempestRoles are the roles of the users that each worker needs. The suite takes the first user that has the roles that it looks
// for, and for a user without particular roles the first of all that is no admin.
func tempestRoles() [][]string {
	return [][]string{
		{realcloud.RoleMember},
		{realcloud.RoleMember, realcloud.RoleAdmin},
		{realcloud.RoleMember, "load-balancer_admin"},
		{realcloud.RoleMember, realcloud.RoleReader, realcloud.RoleObserver},
		{realcloud.RoleMember, realcloud.RoleReader, "load-balancer_global_observer"},
		{realcloud.RoleMember, realcloud.RoleBalancers},
		{realcloud.RoleMember, realcloud.RoleBalancers},
	}
}

// eachTempestUser goes through the users of all workers, kind by kind.
func eachTempestUser(f func(name string, roles []string)) {
	for kind, roles := range tempestRoles() {
		for worker := range tempestWorkers {
			f(fmt.Sprintf("tempest-%d-%d", kind, worker), roles)
		}
	}
}

// addTempestUsers makes the users, each with a project. Tempest could make them, but anew for each class of tests: that would take
// longer than the tests.
func addTempestUsers(t *testing.T, cloud *realcloud.Cloud) {
	t.Helper()
	var calls errgroup.Group
	calls.SetLimit(4)
	eachTempestUser(func(name string, roles []string) {
		calls.Go(func() error { return cloud.AddUser(t.Context(), name, roles...) })
	})
	if err := calls.Wait(); err != nil {
		t.Fatal(err)
	}
}

// tempestAccounts is the list of the users in the form that tempest wants.
func tempestAccounts(password string) string {
	var text strings.Builder
	eachTempestUser(func(name string, roles []string) {
		fmt.Fprintf(&text, "- {username: %[1]s, project_name: %[1]s, domain_name: Default, password: %[2]s, roles: [%[3]s]}\n",
			name, password, strings.Join(roles, ", "))
	})
	return text.String()
}

// capability is a key that the suite uses in flavors or zones, with its description, in the form of tempest's options.
func capability(all []lbaas.FlavorCapability, name string) string {
	for _, c := range all {
		if c.Name == name {
			return c.Name + ":" + c.Description
		}
	}
	return ""
}

// configure writes tempest's files.
func (suite *tempest) configure(cloud *realcloud.Cloud, region string) {
	suite.t.Helper()
	for name, text := range map[string]string{
		"tempest.conf": fmt.Sprintf(`[DEFAULT]
log_file = %[1]s/tempest.log
use_stderr = false
[oslo_concurrency]
lock_path = %[1]s
[identity]
auth_version = v3
uri_v3 = %[2]s
region = %[3]s
[identity-feature-enabled]
api_v2 = false
[auth]
use_dynamic_credentials = false
test_accounts_file = %[1]s/accounts.yaml
[network]
project_networks_reachable = true
[service_available]
cinder = false
glance = false
horizon = false
neutron = false
nova = false
swift = false
load_balancer = true
[enforce_scope]
octavia = false
[load_balancer]
region = %[4]s
test_with_noop = true
provider = avi_adc
enabled_provider_drivers = avi_adc:Avi Load Balancer.
RBAC_test_type = advanced
enforce_new_defaults = false
expected_flavor_capability = %[5]s
expected_availability_zone_capability = %[6]s
availability_zone = first
availability_zone2 = second
availability_zone3 = third
check_interval = 0.1
check_timeout = 60
lb_build_interval = 0.1
lb_build_timeout = 60
build_interval = 0.1
build_timeout = 60
`, suite.dir, cloud.IdentityURL, realcloud.Region, region, capability(lbaas.FlavorCapabilities(), "loadbalancer_topology"), capability(lbaas.ZoneCapabilities(), "compute_zone")),
		"accounts.yaml": tempestAccounts(cloud.Password()),
		".stestr.conf": `[DEFAULT]
test_path=/usr/lib/python3/dist-packages/tempest/test_discover
top_dir=/usr/lib/python3/dist-packages
group_regex=([^\.]*\.)*
`,
	} {
		if err := os.WriteFile(filepath.Join(suite.dir, name), []byte(text), 0o600); err != nil {
			suite.t.Fatal(err)
		}
	}
	suite.command("stestr", "init")
}

// command runs a program of the suite and returns what it printed; tempest ends with 1 when a test has failed.
func (suite *tempest) command(program string, arguments ...string) string {
	suite.t.Helper()
	cmd := exec.CommandContext(suite.t.Context(), "/usr/bin/"+program, arguments...)
	cmd.Dir = suite.dir
	cmd.Env = []string{
		"PATH=/usr/bin:/bin", "LANG=C.UTF-8", "HOME=" + suite.dir, "PYTHON=/usr/bin/python3", "PYTHONDONTWRITEBYTECODE=1",
		"TEMPEST_CONFIG_DIR=" + suite.dir, "NO_PROXY=*", "no_proxy=*", "TMPDIR=" + suite.dir,
	}
	// Should the test itself be killed, the suite does not stay behind: its workers end with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	cmd.WaitDelay = 10 * time.Second
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || suite.t.Context().Err() != nil) {
		suite.t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return string(out)
}

// tempestResult is how one test ended.
type tempestResult struct{ outcome, reason string }

// run runs the tests, but for those that are not to be, and says how each ended.
func (suite *tempest) run(arguments ...string) (map[string]tempestResult, string) {
	suite.t.Helper()
	skips, err := filepath.Abs(tempestSkips)
	if err != nil {
		suite.t.Fatal(err)
	}
	begun := time.Now()
	out := suite.command("tempest", append([]string{
		"run", "--config-file", filepath.Join(suite.dir, "tempest.conf"), "--regex", suite.tests, "--exclude-list", skips,
		"--concurrency", strconv.Itoa(tempestWorkers),
	}, arguments...)...)
	results := map[string]tempestResult{}
	line := regexp.MustCompile(`(?m)^\{\d+\} (.+?)(?: \[[\d.]+s\])? \.\.\. (ok|FAILED|SKIPPED)(?:: (.*))?$`)
	for _, match := range line.FindAllStringSubmatch(out, -1) {
		results[match[1]] = tempestResult{outcome: match[2], reason: match[3]}
	}
	suite.t.Logf("%d tests in %.0f s", len(results), time.Since(begun).Seconds())
	return results, out
}

// tempestWorkers run at the same time; each class of tests is run by one. A worker mostly waits.
const tempestWorkers = 3

// check wants every test to have succeeded. One that the suite itself has skipped is one that was not looked at.
func (suite *tempest) check(results map[string]tempestResult, out string) {
	suite.t.Helper()
	if len(results) == 0 {
		suite.t.Fatalf("no test was run:\n%s", out)
	}
	passed := 0
	for _, name := range slices.Sorted(maps.Keys(results)) {
		switch result := results[name]; result.outcome {
		case "ok":
			passed++
		case "SKIPPED":
			suite.t.Errorf("%s was skipped without being in %s: %s", name, tempestSkips, result.reason)
		default:
			suite.t.Errorf("%s failed:\n%s", name, traceback(out, name))
		}
	}
	suite.t.Logf("%d of %d tests have passed", passed, len(results))
	suite.mu.Lock()
	defer suite.mu.Unlock()
	for _, fault := range suite.faults {
		suite.t.Errorf("the service failed: %s", fault)
	}
	for _, port := range suite.network.left() {
		suite.t.Errorf("a port was left behind: %v", port)
	}
}

// traceback is what tempest printed of a failed test, without the requests that it made.
func traceback(out, name string) string {
	header := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + `(\[id-.*\])?\n-+$`) // an id stands behind the name, if it has one
	found := header.FindStringIndex(out)
	if found == nil {
		return "tempest printed nothing"
	}
	text := out[found[1]:]
	text, _, _ = strings.Cut(text, "Captured pythonlogging")
	text, _, _ = strings.Cut(text, "\nsetUpClass (")
	const most = 3000
	return text[max(0, len(text)-most):]
}
