package engine_test

import (
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
)

// answerTo is what comes back for a request: the status, with the place that it leads to or the body.
func answerTo(t *testing.T, s scene, change func(*http.Request)) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url()+"/a/b/c?x=y", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	change(r)
	client := newClient(t)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if to := response.Header.Get("Location"); to != "" {
		return response.Status[:3] + " " + to
	}
	return strings.TrimSpace(string(body))
}

func TestRequestRulesMatch(t *testing.T) {
	a := webServer(t, "server", "127.0.0.1:0")
	one := func(c engine.Compare, values ...string) engine.TextMatch {
		return engine.TextMatch{Compare: c, Values: values}
	}
	not := func(m engine.TextMatch) engine.TextMatch { m.Not = true; return m }
	fold := func(m engine.TextMatch) engine.TextMatch { m.IgnoreCase = true; return m }
	path := func(m engine.TextMatch) engine.Match { return engine.Match{Path: &m} }
	host := func(m engine.TextMatch) engine.Match { return engine.Match{Host: &m} }
	header := func(name string, m engine.TextMatch) engine.Match {
		return engine.Match{Headers: []engine.NamedMatch{{Name: name, TextMatch: m}}}
	}
	cookie := func(name string, m engine.TextMatch) engine.Match {
		return engine.Match{Cookie: &engine.NamedMatch{Name: name, TextMatch: m}}
	}
	prefixes := func(notIn bool, text string) engine.Match {
		return engine.Match{Client: &engine.AddressMatch{NotIn: notIn, Prefixes: []netip.Prefix{netip.MustParsePrefix(text)}}}
	}
	query := one(engine.CompareContains, "x=")
	for name, test := range map[string]struct {
		match engine.Match
		want  bool
	}{
		"nothing":                    {engine.Match{}, true},
		"path begins":                {path(one(engine.CompareBeginsWith, "/z", "/a/")), true},
		"path begins, other case":    {path(one(engine.CompareBeginsWith, "/A/")), false},
		"path begins, any case":      {path(fold(one(engine.CompareBeginsWith, "/A/"))), true},
		"path ends":                  {path(one(engine.CompareEndsWith, "/c")), true},
		"path equals":                {path(one(engine.CompareEquals, "/a/b/c")), true},
		"path does not equal":        {path(not(one(engine.CompareEquals, "/a/b/c"))), false},
		"path regex":                 {path(one(engine.CompareRegex, "^/a/[^/]+/c$")), true},
		"path regex, any case":       {path(fold(one(engine.CompareRegex, "^/A"))), true},
		"path regex that is not one": {path(one(engine.CompareRegex, "(")), false},
		"host without its port":      {host(one(engine.CompareEquals, "www.example.org")), true},
		"host by its header's name":  {header("host", one(engine.CompareEquals, "www.example.org")), true},
		"query":                      {engine.Match{Query: &query}, true},
		"header, second value":       {header("X-Kind", one(engine.CompareEquals, "second")), true},
		"header exists":              {header("X-Kind", one(engine.CompareExists)), true},
		"header does not exist":      {header("X-None", not(one(engine.CompareExists))), true},
		"missing header not equal":   {header("X-None", not(one(engine.CompareEquals, "v"))), true},
		"cookie":                     {cookie("site", one(engine.CompareBeginsWith, "sh")), true},
		"no such cookie":             {cookie("other", one(engine.CompareBeginsWith, "sh")), false},
		"method":                     {engine.Match{Methods: []string{"GET", "PUT"}}, true},
		"not method":                 {engine.Match{Methods: []string{"GET"}, NotMethods: true}, false},
		"client":                     {prefixes(false, "127.0.0.0/8"), true},
		"not client":                 {prefixes(true, "127.0.0.0/8"), false},
		"all must hold":              {engine.Match{Methods: []string{"GET"}, Headers: []engine.NamedMatch{{Name: "X-None", TextMatch: one(engine.CompareExists)}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, engine.KindHTTP, addressOf(a))
			s.vs.RequestRules = []engine.RequestRule{{Name: "r", Match: test.match, Answer: http.StatusTeapot}}
			e := startEngine(t, engine.Options{})
			apply(t, e, s.config())
			got := answerTo(t, s, func(r *http.Request) {
				r.Host = "www.example.org:8080"
				r.Header["X-Kind"] = []string{"first", "second"}
				r.AddCookie(&http.Cookie{Name: "site", Value: "shop"})
			})
			if matched := got != "server"; matched != test.want {
				t.Errorf("answered %q, want it matched: %v", got, test.want)
			}
		})
	}
}

func TestRequestRulesAct(t *testing.T) {
	first, second := webServer(t, "first", "127.0.0.1:0"), webServer(t, "second", "127.0.0.1:0")
	s := newScene(t, engine.KindHTTP, addressOf(first))
	other := engine.Pool{
		UUID: "pool-2", Enabled: true, Algorithm: engine.AlgorithmRoundRobin,
		Servers: []engine.Server{{Address: addressOf(second), Enabled: true, Ratio: 1}},
	}
	to := func(r engine.Redirect) engine.RequestRule { return engine.RequestRule{Redirect: &r} }
	text := func(text string) []engine.Token { return []engine.Token{{Text: text}} }
	e := startEngine(t, engine.Options{})
	for name, test := range map[string]struct {
		rules []engine.RequestRule
		want  string
	}{
		"none":                     {nil, "first"},
		"answer":                   {[]engine.RequestRule{{Answer: 403}}, "403 Forbidden"},
		"pool":                     {[]engine.RequestRule{{PoolUUID: "pool-2"}}, "second"},
		"the first that ends":      {[]engine.RequestRule{{Headers: []engine.HeaderAction{{Verb: engine.HeaderRemove, Name: "X"}}}, {PoolUUID: "pool-2"}, {Answer: 403}}, "second"},
		"another scheme":           {[]engine.RequestRule{to(engine.Redirect{Code: 301, Scheme: "https", Port: 443, KeepQuery: true})}, "301 https://www.example.org/a/b/c?x=y"},
		"another host":             {[]engine.RequestRule{to(engine.Redirect{Code: 302, Scheme: "http", Host: text("a.example.org"), Port: 81})}, "302 http://a.example.org:81/a/b/c"},
		"another path":             {[]engine.RequestRule{to(engine.Redirect{Code: 302, Scheme: "http", Path: text("new/"), AddQuery: "q=1", KeepQuery: true})}, "302 http://www.example.org/new/?q=1&x=y"},
		"the root":                 {[]engine.RequestRule{to(engine.Redirect{Code: 302, Scheme: "http", Path: text("/")})}, "302 http://www.example.org/"},
		"before the path":          {[]engine.RequestRule{to(engine.Redirect{Code: 307, Scheme: "http", Path: []engine.Token{{Text: "p/q"}, {Last: 65535}}})}, "307 http://www.example.org/p/q/a/b/c"},
		"pieces of the path":       {[]engine.RequestRule{to(engine.Redirect{Code: 302, Scheme: "http", Path: []engine.Token{{First: 1, Last: 1}, {First: 7, Last: 9}}})}, "302 http://www.example.org/b"},
		"only what does not match": {[]engine.RequestRule{{Match: engine.Match{Methods: []string{"PUT"}}, Answer: 403}}, "first"},
	} {
		t.Run(name, func(t *testing.T) {
			s.vs.RequestRules = test.rules
			config := s.config()
			config.Pools = append(config.Pools, other)
			apply(t, e, config)
			if got := answerTo(t, s, func(r *http.Request) { r.Host = "www.example.org:8080" }); got != test.want {
				t.Errorf("answered %q, want %q", got, test.want)
			}
		})
	}
}

func TestHeaderActions(t *testing.T) {
	var got http.Header
	a := webServerWith(t, "127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() }))
	s := newScene(t, engine.KindHTTP, addressOf(a))
	s.vs.RequestRules = []engine.RequestRule{{Headers: []engine.HeaderAction{
		{Verb: engine.HeaderAdd, Name: "X-Many", Value: "two"},
		{Verb: engine.HeaderReplace, Name: "X-One", Value: "two"},
		{Verb: engine.HeaderRemove, Name: "X-Gone"},
		{Verb: engine.HeaderReplace, Name: "X-Client", Variable: engine.VariableClientIP},
		{Verb: engine.HeaderReplace, Name: "X-Address", Variable: engine.VariableVSIP},
	}}}
	e := startEngine(t, engine.Options{})
	apply(t, e, s.config())
	answerTo(t, s, func(r *http.Request) {
		for _, name := range []string{"X-Many", "X-One", "X-Gone"} {
			r.Header.Set(name, "one")
		}
	})
	for name, want := range map[string]string{
		"X-Many": "one,two", "X-One": "two", "X-Gone": "", "X-Client": "127.0.0.1", "X-Address": "127.0.0.1",
	} {
		if values := strings.Join(got.Values(name), ","); values != want {
			t.Errorf("%s is %q, want %q", name, values, want)
		}
	}
}

func TestNetworkRules(t *testing.T) {
	a := lineServer(t, "a")
	rule := func(deny bool, prefix string) engine.NetworkRule {
		return engine.NetworkRule{Deny: deny, Client: engine.AddressMatch{Prefixes: []netip.Prefix{netip.MustParsePrefix(prefix)}}}
	}
	e := startEngine(t, engine.Options{})
	s := newScene(t, engine.KindTCP, a)
	for name, test := range map[string]struct {
		rules []engine.NetworkRule
		want  string
	}{
		"none":             {nil, "a"},
		"denied":           {[]engine.NetworkRule{rule(true, "127.0.0.0/8")}, ""},
		"the first counts": {[]engine.NetworkRule{rule(false, "127.0.0.1/32"), rule(true, "127.0.0.0/8")}, "a"},
		"others denied":    {[]engine.NetworkRule{rule(true, "192.0.2.0/24")}, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			s.vs.NetworkRules = test.rules
			apply(t, e, s.config())
			if got := dialLines(t, s.address()).line(); got != test.want {
				t.Errorf("greeting %q, want %q", got, test.want)
			}
		})
	}
}

func TestProxyProtocolTellsTheClient(t *testing.T) {
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	s := newScene(t, engine.KindTCP, netip.MustParseAddrPort(backend.Addr().String()))
	e := startEngine(t, engine.Options{})
	for version, begin := range []string{"", "PROXY TCP4 127.0.0.1 127.0.0.1 ", "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c"} {
		s.vs.ProxyProtocol = version
		apply(t, e, s.config())
		client, err := net.Dial("tcp", s.address().String())
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
		if err != nil || !strings.HasPrefix(string(got), begin) || !strings.HasSuffix(string(got), "hello") {
			t.Errorf("version %d: the server got %q (%v)", version, got, err)
		}
		_, _ = conn.Close(), client.Close()
	}
}

func TestApplyRefusesRulesThatContradictThemselves(t *testing.T) {
	e := startEngine(t, engine.Options{})
	for name, rule := range map[string]engine.RequestRule{
		"two ends":     {Answer: 403, PoolUUID: poolUUID},
		"unknown pool": {PoolUUID: "pool-9"},
	} {
		s := newScene(t, engine.KindHTTP)
		s.vs.RequestRules = []engine.RequestRule{rule}
		if err := e.Apply(s.config()); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
