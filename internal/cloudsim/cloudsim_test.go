package cloudsim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/avi-lbaas/avi-lbaas/internal/cloudsim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a time that tests move.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// site is a started cloud with what tests need to talk to it.
type site struct {
	*cloudsim.Cloud
	t      *testing.T
	client *http.Client
}

func start(t *testing.T, change func(*cloudsim.Options)) site {
	t.Helper()
	options := cloudsim.Demo()
	if change != nil {
		change(&options)
	}
	cloud, err := cloudsim.New(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := cloud.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		if err := cloud.Close(); err != nil {
			t.Error(err)
		}
	})
	return site{Cloud: cloud, t: t, client: &http.Client{Transport: transport, Timeout: 10 * time.Second}}
}

// answer is a response with its decoded body.
type answer struct {
	status int
	header http.Header
	body   any
}

// at walks into the body by object keys and list indexes; what is missing is nil.
func (a answer) at(path ...any) any {
	value := a.body
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := value.(map[string]any)
			value = object[step]
		case int:
			list, _ := value.([]any)
			if step >= len(list) {
				return nil
			}
			value = list[step]
		}
	}
	return value
}

// text is at for strings.
func (a answer) text(path ...any) string {
	s, _ := a.at(path...).(string)
	return s
}

// list is at for lists.
func (a answer) list(path ...any) []any {
	l, _ := a.at(path...).([]any)
	return l
}

// call sends a request; header pairs follow the body.
func (s site) call(method, url, body string, header ...string) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := s.client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := answer{status: response.StatusCode, header: response.Header}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := json.Unmarshal(text, &a.body); err != nil {
			s.t.Fatalf("%s %s answered what is not JSON: %q", method, url, text)
		}
	}
	return a
}

// identity calls Keystone below /v3; a token may be empty.
func (s site) identity(method, path, token, body string, header ...string) answer {
	s.t.Helper()
	return s.call(method, s.IdentityURL()+path, body, append(header, "X-Auth-Token", token)...)
}

// network calls Neutron below /v2.0.
func (s site) network(method, path, token, body string) answer {
	s.t.Helper()
	return s.call(method, s.NetworkURL()+"/v2.0"+path, body, "X-Auth-Token", token)
}

// token is a good token of a user in a project.
func (s site) token(user, project string) string {
	s.t.Helper()
	token, err := s.Token(user, project)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

func TestOptionsThatCannotBe(t *testing.T) {
	demo := cloudsim.Demo()
	tests := []struct {
		name, want string
		options    cloudsim.Options
	}{
		{"listening beyond loopback", "not a loopback address", cloudsim.Options{Listen: "0.0.0.0:0"}},
		{"listening without a port", "listen address", cloudsim.Options{Listen: "127.0.0.1"}},
		{"negative lifetime", "lifetime", cloudsim.Options{TokenLifetime: -1}},
		{"project twice", "used twice", cloudsim.Options{Projects: []cloudsim.Project{{Name: "a"}, {Name: "a"}}}},
		{"project id twice", "used twice", cloudsim.Options{Projects: []cloudsim.Project{{ID: "1", Name: "a"}, {ID: "1", Name: "b"}}}},
		{"project of no domain", `no domain "x"`, cloudsim.Options{Projects: []cloudsim.Project{{Name: "a", Domain: "x"}}}},
		{"domain twice", "used twice", cloudsim.Options{Domains: []cloudsim.Domain{{Name: "Default"}}}},
		{"user twice", "used twice", cloudsim.Options{Users: []cloudsim.User{{Name: "a"}, {Name: "a"}}}},
		{"default project missing", `no project "p"`, cloudsim.Options{Users: []cloudsim.User{{Name: "a", DefaultProject: "p"}}}},
		{"grant of nothing", "names no role", cloudsim.Options{Users: []cloudsim.User{{Name: "a", Grants: []cloudsim.Grant{{System: true}}}}}},
		{"grant on nothing", "exactly one", cloudsim.Options{Users: []cloudsim.User{{Name: "a", Grants: []cloudsim.Grant{{Role: "r"}}}}}},
		{"grant on two", "exactly one", cloudsim.Options{
			Projects: demo.Projects,
			Users:    []cloudsim.User{{Name: "a", Grants: []cloudsim.Grant{{Role: "r", Project: "demo", System: true}}}},
		}},
		{"credential beyond the user's roles", "no role", cloudsim.Options{
			Projects: demo.Projects,
			Users: []cloudsim.User{{Name: "a", ApplicationCredentials: []cloudsim.ApplicationCredential{
				{Name: "c", Project: "demo", Roles: []string{"admin"}},
			}}},
		}},
		{"network of no project", `no project "x"`, cloudsim.Options{Networks: []cloudsim.Network{{Name: "n", Project: "x"}}}},
		{"subnet without a CIDR", "CIDR", cloudsim.Options{
			Projects: demo.Projects, Networks: []cloudsim.Network{{Name: "n", Project: "demo", Subnets: []cloudsim.Subnet{{Name: "s"}}}},
		}},
		{"half a pool", "allocation pool", cloudsim.Options{
			Projects: demo.Projects,
			Networks: []cloudsim.Network{{Name: "n", Project: "demo", Subnets: []cloudsim.Subnet{
				{Name: "s", CIDR: netip.MustParsePrefix("127.5.0.0/24"), PoolStart: netip.MustParseAddr("127.5.0.9")},
			}}},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := cloudsim.New(test.options)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestLifecycle(t *testing.T) {
	s := start(t, nil)
	if err := s.Start(t.Context()); err == nil {
		t.Error("a second start must fail")
	}
	token := s.token("demo", "demo")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s.IdentityURL() != "" || s.NetworkURL() != "" {
		t.Error("a closed cloud has no URLs")
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := s.network("GET", "/networks", token, ""); got.status != http.StatusOK {
		t.Errorf("state must outlive a restart: %+v", got)
	}
}

func TestSeedIDsAreTheSameAtEveryStart(t *testing.T) {
	a, b := start(t, nil), start(t, nil)
	if a.ProjectID("demo") == "" || a.ProjectID("demo") != b.ProjectID("demo") || len(a.ProjectID("demo")) != 32 {
		t.Errorf("project ids: %q and %q", a.ProjectID("demo"), b.ProjectID("demo"))
	}
	if a.SubnetID("demo-subnet") == "" || a.SubnetID("demo-subnet") != b.SubnetID("demo-subnet") {
		t.Errorf("subnet ids: %q and %q", a.SubnetID("demo-subnet"), b.SubnetID("demo-subnet"))
	}
	if a.NetworkID("demo-net") != b.NetworkID("demo-net") || a.NetworkID("nope") != "" || a.SubnetID("nope") != "" || a.ProjectID("nope") != "" {
		t.Error("network ids differ, or a name that is not there has an id")
	}
}

func TestRouting(t *testing.T) {
	s := start(t, nil)
	identityRoot := strings.TrimSuffix(s.IdentityURL(), "/v3")
	token := s.token("demo", "demo")
	tests := []struct {
		method, url string
		status      int
	}{
		{"GET", identityRoot, 300},
		{"GET", identityRoot + "/", 300},
		{"GET", s.IdentityURL(), 200},
		{"GET", s.IdentityURL() + "/", 200},
		{"GET", s.IdentityURL() + "/nope", 404},
		{"GET", identityRoot + "/v2.0", 404},
		{"PATCH", s.IdentityURL() + "/auth/tokens", 405},
		{"GET", s.NetworkURL(), 200},
		{"GET", s.NetworkURL() + "/v2.0/", 200},
		{"GET", s.NetworkURL() + "/v2.0/nope", 404},
		{"GET", s.NetworkURL() + "/v2.0/extensions", 200},
		{"GET", s.NetworkURL() + "/v2.0/extensions/project-id", 200},
		{"GET", s.NetworkURL() + "/v2.0/extensions/trunk", 404},
		{"GET", s.NetworkURL() + "/v2.0/security-groups", 200},
		{"GET", s.NetworkURL() + "/v2.0/security-groups/x", 404},
		{"PATCH", s.NetworkURL() + "/v2.0/ports", 405},
	}
	for _, test := range tests {
		got := s.call(test.method, test.url, "", "X-Auth-Token", token)
		if got.status != test.status || !strings.HasPrefix(got.header.Get("X-Openstack-Request-Id"), "req-") {
			t.Errorf("%s %s: %d, want %d; %v", test.method, test.url, got.status, test.status, got.body)
		}
		if test.status == http.StatusMethodNotAllowed && got.header.Get("Allow") == "" {
			t.Errorf("%s %s: no Allow header", test.method, test.url)
		}
	}
	if href := s.call("GET", identityRoot, "").text("versions", "values", 0, "links", 0, "href"); href != s.IdentityURL()+"/" {
		t.Errorf("the version document leads to %q", href)
	}
}

func TestInjectedFaults(t *testing.T) {
	s := start(t, nil)
	token := s.token("demo", "demo")
	s.FailIdentity(2, 503)
	s.FailNetwork(1, 500)
	for i, want := range []int{503, 503, 200} {
		if got := s.identity("GET", "/auth/projects", token, ""); got.status != want {
			t.Errorf("identity call %d: %d, want %d", i, got.status, want)
		}
	}
	for i, want := range []int{500, 200} {
		if got := s.network("GET", "/ports", token, ""); got.status != want {
			t.Errorf("network call %d: %d, want %d", i, got.status, want)
		}
	}
}

func TestPausedCallsAreAnsweredAfterTheResume(t *testing.T) {
	s := start(t, nil)
	token := s.token("demo", "demo")
	s.PauseIdentity()()
	s.PauseNetwork()()
	if got := s.identity("GET", "/auth/projects", token, ""); got.status != http.StatusOK {
		t.Errorf("identity: %d", got.status)
	}
	if got := s.network("GET", "/ports", token, ""); got.status != http.StatusOK {
		t.Errorf("network: %d", got.status)
	}
}
