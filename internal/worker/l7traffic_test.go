package worker_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/testbed"
)

// scene is a load balancer that carries traffic on loopback: an HTTP listener with a default pool, and another pool. Each has one
// backend, which answers with the pool's name and the headers that it got.
type scene struct {
	*story
	port   int
	other  string // the other pool's id
	client *http.Client
}

func newScene(t *testing.T) *scene {
	t.Helper()
	e := engine.New(engine.Options{Seed: 1})
	t.Cleanup(func() { _ = e.Close() })
	sc := &scene{story: &story{Bed: testbed.New(t, testbed.Options{Simulator: avisim.Options{Engine: e}}), t: t}, port: freePort(t)}
	ctx := t.Context()
	lb, err := sc.Service.CreateLoadBalancer(ctx, sc.Caller, lbaas.LoadBalancerInput{
		ProjectID: lbaas.Given(project), VIPAddress: lbaas.Given("127.0.0.1"),
	})
	sc.settled(err)
	sc.lb = lb.ID
	l, err := sc.Service.CreateListener(ctx, sc.Caller, lbaas.ListenerInput{
		LoadBalancerID: lbaas.Given(lb.ID), Protocol: lbaas.Given(lbaas.ListenerHTTP), ProtocolPort: lbaas.Given(sc.port),
	})
	sc.settled(err)
	sc.listener = l.ID
	sc.addPool()
	sc.other = sc.addOtherPool("other")
	sc.backend(sc.pool, "default")
	sc.backend(sc.other, "other")
	transport := &http.Transport{DisableKeepAlives: true}
	t.Cleanup(transport.CloseIdleConnections)
	sc.client = &http.Client{
		Transport: transport, Timeout: 10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return sc
}

func freePort(t *testing.T) int {
	t.Helper()
	for {
		// Below the range that systems give to outgoing connections.
		port := 10000 + rand.IntN(20000)
		if l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			_ = l.Close()
			return port
		}
	}
}

func (sc *scene) backend(pool, name string) {
	sc.t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for header, values := range r.Header {
			w.Header()["Got-"+header] = values
		}
		_, _ = io.WriteString(w, name)
	}))
	sc.t.Cleanup(server.Close)
	address := netip.MustParseAddrPort(server.Listener.Addr().String())
	_, err := sc.Service.CreateMember(sc.t.Context(), sc.Caller, lbaas.MemberInput{
		PoolID: lbaas.Given(pool), Address: lbaas.Given(address.Addr().String()), ProtocolPort: lbaas.Given(int(address.Port())),
	})
	sc.settled(err)
}

// hit is a request to the VIP.
type hit struct {
	host, path, header, cookie string
}

// url is that of a path at the VIP.
func (sc *scene) url(path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", sc.port, path) }

// members are those of a pool.
func (sc *scene) members(pool string) []lbaas.Member {
	sc.t.Helper()
	tree := sc.Tree(sc.t, sc.lb)
	return tree.MembersOf(pool)
}

// seen is what came of it: the pool that answered, or the status with where it leads.
func (sc *scene) seen(h hit) string {
	sc.t.Helper()
	r, err := http.NewRequestWithContext(sc.t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", sc.port, h.path), http.NoBody)
	if err != nil {
		sc.t.Fatal(err)
	}
	r.Host = h.host
	if h.header != "" {
		r.Header.Set("X-Kind", h.header)
	}
	if h.cookie != "" {
		r.AddCookie(&http.Cookie{Name: "site", Value: h.cookie})
	}
	response, err := sc.client.Do(r)
	if err != nil {
		sc.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		sc.t.Fatal(err)
	}
	if response.StatusCode == http.StatusOK {
		return string(body)
	}
	return strings.TrimSpace(fmt.Sprint(response.StatusCode, " ", response.Header.Get("Location")))
}

func TestL7PoliciesInTraffic(t *testing.T) {
	sc := newScene(t)
	header := func(key, value string) lbaas.L7RuleInput {
		return lbaas.L7RuleInput{
			Type: lbaas.Given(lbaas.L7Header), Key: lbaas.Given(key), CompareType: lbaas.Given(lbaas.L7EqualTo), Value: lbaas.Given(value),
		}
	}
	rejected := sc.addPolicy(reject(), path(lbaas.L7StartsWith, "/private"))
	toOther := sc.addPolicy(toPool(sc.other), path(lbaas.L7StartsWith, "/p"))
	sc.addPolicy(lbaas.L7PolicyInput{
		Action: lbaas.Given(lbaas.L7RedirectToURL), RedirectURL: lbaas.Given("https://www.example.org/new/?a=b"), RedirectHTTPCode: lbaas.Given(301),
	}, path(lbaas.L7EqualTo, "/old"))
	sc.addPolicy(lbaas.L7PolicyInput{
		Action: lbaas.Given(lbaas.L7RedirectPrefix), RedirectPrefix: lbaas.Given("http://[2001:db8::1]:8080/app"), RedirectHTTPCode: lbaas.Given(307),
	}, header("X-Kind", "move"))
	sc.addPolicy(lbaas.L7PolicyInput{
		Action: lbaas.Given(lbaas.L7RedirectPrefix), RedirectPrefix: lbaas.Given("http://plain.example.org"),
	}, header("X-Kind", "plain"))
	sc.addPolicy(toPool(sc.other), lbaas.L7RuleInput{
		Type: lbaas.Given(lbaas.L7FileType), CompareType: lbaas.Given(lbaas.L7EqualTo), Value: lbaas.Given("png"),
	}, path(lbaas.L7StartsWith, "/img"))
	for _, test := range []struct {
		hit
		want string
	}{
		{hit{path: "/"}, "default"},
		{hit{path: "/private/x"}, "403"},
		{hit{path: "/public"}, "other"},
		{hit{path: "/PUBLIC"}, "default"},
		{hit{path: "/old?x=y"}, "301 https://www.example.org/new/?a=b"},
		{hit{path: "/a/b?c=d", header: "move"}, "307 http://[2001:db8::1]:8080/app/a/b?c=d"},
		{hit{path: "/a/b?c=d", header: "plain"}, "302 http://plain.example.org/a/b?c=d"},
		{hit{path: "/img/x.png"}, "other"},
		{hit{path: "/img/x.jpg"}, "default"},
		{hit{path: "/img.png"}, "other"},
		{hit{path: "/x.png"}, "default"},
	} {
		if got := sc.seen(test.hit); got != test.want {
			t.Errorf("%+v: %s, want %s", test.hit, got, test.want)
		}
	}
	sc.updatePolicy(toOther, lbaas.L7PolicyInput{Position: lbaas.Given(1)})
	if got := sc.seen(hit{path: "/private/x"}); got != "other" {
		t.Errorf("with the policies the other way round: %s", got)
	}
	_, err := sc.Service.UpdatePool(t.Context(), sc.Caller, sc.other, lbaas.PoolInput{AdminStateUp: lbaas.Given(false)})
	sc.settled(err)
	if got := sc.seen(hit{path: "/private/x"}); got != "403" {
		t.Errorf("with the other pool down, the next policy has its turn: %s", got)
	}
	sc.deletePolicy(rejected)
	if got := sc.seen(hit{path: "/private/x"}); got != "default" {
		t.Errorf("with neither of them: %s", got)
	}
}

func TestInsertedHeadersInTraffic(t *testing.T) {
	sc := newScene(t)
	sc.addPolicy(toPool(sc.other), path(lbaas.L7StartsWith, "/other"))
	sc.updateListener(lbaas.ListenerInput{InsertHeaders: lbaas.Given(map[string]string{
		"X-Forwarded-For": "true", "X-Forwarded-Port": "true", "X-Forwarded-Proto": "true",
	})})
	for _, path := range []string{"/", "/other"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", sc.port, path), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-Port", "1")
		r.Header.Set("X-Forwarded-Proto", "gopher")
		response, err := sc.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		for name, want := range map[string]string{
			"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Port": strconv.Itoa(sc.port), "X-Forwarded-Proto": "http",
		} {
			if got := response.Header["Got-"+name]; len(got) != 1 || got[0] != want {
				t.Errorf("%s: the member got %s %q, want %q", path, name, got, want)
			}
		}
	}
}

func TestAllowedCIDRsInTraffic(t *testing.T) {
	sc := newScene(t)
	enter := func(from string) bool {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		conn, err := dialer.DialContext(t.Context(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(sc.port)))
		if err != nil {
			return false
		}
		defer conn.Close()
		_, _ = fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n")
		line, _ := bufio.NewReader(conn).ReadString('\n')
		return strings.Contains(line, "200 OK")
	}
	want := func(when string, allowed ...bool) {
		t.Helper()
		for i, from := range []string{"127.0.0.1", "127.0.1.1"} {
			if got := enter(from); got != allowed[i] {
				t.Errorf("%s: %s may enter: %v, want %v", when, from, got, allowed[i])
			}
		}
	}
	want("without ranges", true, true)
	sc.updateListener(lbaas.ListenerInput{AllowedCIDRs: lbaas.Given([]string{"127.0.1.0/24", "192.0.2.0/24"})})
	want("with one range", false, true)
	sc.updateListener(lbaas.ListenerInput{AllowedCIDRs: lbaas.Given([]string{"127.0.0.1"})})
	want("with one address", true, false)
	sc.updateListener(lbaas.ListenerInput{AllowedCIDRs: lbaas.Given([]string{})})
	want("without ranges again", true, true)
}

func TestProxyProtocolInTraffic(t *testing.T) {
	sc := newScene(t)
	ctx := t.Context()
	for protocol, check := range map[lbaas.PoolProtocol]func(greeting string, client net.Addr) bool{
		lbaas.PoolProxy: func(greeting string, client net.Addr) bool {
			return strings.HasPrefix(greeting, "PROXY TCP4 127.0.0.1 127.0.0.1 ") && strings.Contains(greeting, portOf(client))
		},
		lbaas.PoolProxyV2: func(greeting string, _ net.Addr) bool {
			return strings.HasPrefix(greeting, "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\x7f\x00\x00\x01\x7f\x00\x00\x01")
		},
	} {
		backend, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := freePort(t)
		l, err := sc.Service.CreateListener(ctx, sc.Caller, lbaas.ListenerInput{
			LoadBalancerID: lbaas.Given(sc.lb), Protocol: lbaas.Given(lbaas.ListenerTCP), ProtocolPort: lbaas.Given(port),
		})
		sc.settled(err)
		p, err := sc.Service.CreatePool(ctx, sc.Caller, lbaas.PoolInput{
			ListenerID: lbaas.Given(l.ID), Protocol: lbaas.Given(protocol), Algorithm: lbaas.Given(lbaas.RoundRobin),
		})
		sc.settled(err)
		_, err = sc.Service.CreateMember(ctx, sc.Caller, lbaas.MemberInput{
			PoolID: lbaas.Given(p.ID), Address: lbaas.Given("127.0.0.1"), ProtocolPort: lbaas.Given(backend.Addr().(*net.TCPAddr).Port),
		})
		sc.settled(err)
		client, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(client, "hello")
		_ = client.(*net.TCPConn).CloseWrite()
		conn, err := backend.Accept()
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(conn)
		if err != nil || !check(string(got), client.LocalAddr()) || !strings.HasSuffix(string(got), "hello") {
			t.Errorf("%s: the member got %q (%v)", protocol, got, err)
		}
		for _, closer := range []io.Closer{client, conn, backend} {
			_ = closer.Close()
		}
	}
}

func portOf(address net.Addr) string {
	_, port, _ := net.SplitHostPort(address.String())
	return port
}

// What the engine does with any policies and requests is what LBaaS v2 says: the first policy in the order of positions whose
// rules all hold.
func TestPoliciesDecideAsLBaaSSays(t *testing.T) {
	t.Parallel()
	sc := newScene(t)
	words := []string{"/a", "/a/b", "/b.png", "/a/b.png", "png", "a", ".png", "b"}
	rapid.Check(t, func(r *rapid.T) {
		var policies []lbaas.L7Policy
		rules := map[string][]lbaas.L7Rule{}
		for i := range rapid.IntRange(1, 2).Draw(r, "policies") {
			in := rapid.SampledFrom([]lbaas.L7PolicyInput{reject(), toPool(sc.other), toPool(sc.pool)}).Draw(r, fmt.Sprint("policy ", i))
			in.ListenerID, in.Position = lbaas.Given(sc.listener), lbaas.Given(rapid.IntRange(1, 4).Draw(r, "position"))
			p, err := sc.Service.CreateL7Policy(t.Context(), sc.Caller, in)
			sc.settled(err)
			policies = append(policies, p.L7Policy)
			for j := range rapid.IntRange(0, 2).Draw(r, "rules") {
				rule := drawRule(r, words)
				rule.PolicyID = lbaas.Given(p.ID)
				made, err := sc.Service.CreateL7Rule(t.Context(), sc.Caller, rule)
				if _, kind, _ := lbaas.MessageFor(err); kind == lbaas.KindUnsupported {
					r.Logf("rule %d: %v", j, err)
					continue
				}
				sc.settled(err)
				rules[p.ID] = append(rules[p.ID], made.L7Rule)
			}
		}
		tree := sc.Tree(t, sc.lb)
		for range 4 {
			h := hit{
				host:   rapid.SampledFrom([]string{"www.example.org", "WWW.example.org:8080", "a"}).Draw(r, "host"),
				path:   rapid.SampledFrom([]string{"/", "/a", "/a/b", "/a/b.png", "/b.png", "/apng", "/png/a"}).Draw(r, "path"),
				header: rapid.SampledFrom([]string{"", "a", "A", "png"}).Draw(r, "header"),
				cookie: rapid.SampledFrom([]string{"", "a", "b.png"}).Draw(r, "cookie"),
			}
			want := "default"
			for _, p := range tree.L7PoliciesOf(sc.listener) {
				if len(rules[p.ID]) > 0 && allHold(rules[p.ID], h) {
					want = map[string]string{"": "403", sc.other: "other", sc.pool: "default"}[p.RedirectPoolID]
					break
				}
			}
			if got := sc.seen(h); got != want {
				r.Errorf("%+v: %s, want %s\npolicies %+v\nrules %+v", h, got, want, tree.L7Policies, tree.L7Rules)
			}
		}
		for _, p := range policies {
			sc.deletePolicy(p.ID)
		}
		if sc.has("httppolicyset", sc.setUUID()) {
			r.Error("a policy set without policies")
		}
	})
}

func drawRule(r *rapid.T, words []string) lbaas.L7RuleInput {
	typ := rapid.SampledFrom([]lbaas.L7RuleType{lbaas.L7HostName, lbaas.L7Path, lbaas.L7FileType, lbaas.L7Header, lbaas.L7Cookie}).Draw(r, "type")
	compares := []lbaas.L7CompareType{lbaas.L7StartsWith, lbaas.L7EndsWith, lbaas.L7Contains, lbaas.L7EqualTo}
	switch typ {
	case lbaas.L7FileType:
		compares = []lbaas.L7CompareType{lbaas.L7EqualTo}
	case lbaas.L7Path:
		compares = append(compares, lbaas.L7Regex)
	case lbaas.L7HostName, lbaas.L7Header, lbaas.L7Cookie:
	}
	in := lbaas.L7RuleInput{
		Type: lbaas.Given(typ), CompareType: lbaas.Given(rapid.SampledFrom(compares).Draw(r, "compare")),
		Value: lbaas.Given(rapid.SampledFrom(words).Draw(r, "value")), Invert: lbaas.Given(rapid.Bool().Draw(r, "invert")),
	}
	switch typ {
	case lbaas.L7HostName:
		in.Value = lbaas.Given(rapid.SampledFrom([]string{"www", "A", "example.org", "www.Example.org"}).Draw(r, "name"))
	case lbaas.L7Header:
		in.Key = lbaas.Given("X-Kind")
	case lbaas.L7Cookie:
		in.Key = lbaas.Given("site")
	case lbaas.L7Path, lbaas.L7FileType:
	}
	return in
}

// allHold is LBaaS v2's own meaning of rules, one by one.
func allHold(rules []lbaas.L7Rule, h hit) bool {
	for _, rule := range rules {
		text, there := h.path, true
		switch rule.Type {
		case lbaas.L7HostName:
			host, _, _ := strings.Cut(h.host, ":")
			text, rule.Value = strings.ToLower(host), strings.ToLower(rule.Value)
		case lbaas.L7Header:
			text, there = h.header, h.header != ""
		case lbaas.L7Cookie:
			text, there = h.cookie, h.cookie != ""
		case lbaas.L7FileType:
			rule.CompareType, rule.Value = lbaas.L7EndsWith, "."+strings.TrimPrefix(rule.Value, ".")
		case lbaas.L7Path:
		}
		holds := there && lbaas.L7Condition{Compare: rule.CompareType, Value: rule.Value}.Holds(text)
		if holds == rule.Invert {
			return false
		}
	}
	return true
}
