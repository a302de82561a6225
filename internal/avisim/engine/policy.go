package engine

import (
	"crypto/sha1" //nolint:gosec // the fingerprint that LBaaS v2 asks for
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Compare is how a condition compares texts.
type Compare string

// The comparisons of matches.
const (
	CompareExists     Compare = "EXISTS"
	CompareBeginsWith Compare = "BEGINS_WITH"
	CompareEndsWith   Compare = "ENDS_WITH"
	CompareContains   Compare = "CONTAINS"
	CompareEquals     Compare = "EQUALS"
	CompareRegex      Compare = "REGEX"
)

// TextMatch compares one text of a request with several: it holds when one of them fits.
type TextMatch struct {
	Compare Compare
	// Not turns it round; a text that is not there fulfils it then.
	Not bool
	// IgnoreCase compares without regard to case.
	IgnoreCase bool
	Values     []string
}

// NamedMatch compares the header or cookie of a name.
type NamedMatch struct {
	Name string
	TextMatch
}

// Match is the conditions of a rule: all that are set must hold, and none at all hold always.
type Match struct {
	Host *TextMatch // the Host header without its port
	Path *TextMatch // decoded
	// Query is compared without its question mark.
	Query   *TextMatch
	Headers []NamedMatch
	Cookie  *NamedMatch
	// Methods are those that a request may have; with NotMethods those that it may not. Empty: any.
	Methods    []string
	NotMethods bool
	Client     *AddressMatch
}

// AddressMatch compares the client's address.
type AddressMatch struct {
	// NotIn turns it round.
	NotIn    bool
	Prefixes []netip.Prefix
}

// HeaderVerb is what a rule does with a header.
type HeaderVerb string

// The changes of headers.
const (
	HeaderAdd     HeaderVerb = "ADD"
	HeaderReplace HeaderVerb = "REPLACE"
	HeaderRemove  HeaderVerb = "REMOVE"
)

// HeaderAction changes one header of a request on its way to the server.
type HeaderAction struct {
	Verb        HeaderVerb
	Name, Value string
	// Variable is used in the place of Value when it is set.
	Variable HeaderVariable
}

// HeaderVariable is a value that the request decides.
type HeaderVariable string

// The variables that the engine knows.
const (
	VariableClientIP HeaderVariable = "CLIENT_IP"
	VariableVSPort   HeaderVariable = "VS_PORT"
	VariableVSIP     HeaderVariable = "VS_IP"
)

// The variables of the certificate that a TLS client has shown; without one the header is taken off.
const (
	VariableClientSubject     HeaderVariable = "SSL_CLIENT_SUBJECT"
	VariableClientIssuer      HeaderVariable = "SSL_CLIENT_ISSUER"
	VariableClientFingerprint HeaderVariable = "SSL_CLIENT_FINGERPRINT"
	VariableClientNotBefore   HeaderVariable = "SSL_CLIENT_NOTVALIDBEFORE"
	VariableClientNotAfter    HeaderVariable = "SSL_CLIENT_NOTVALIDAFTER"
)

// Redirect answers with another place for the same request. Parts that are empty are the request's own.
type Redirect struct {
	Code   int
	Scheme string // "http" or "https"
	Host   []Token
	Port   uint16 // 0: the scheme's own
	Path   []Token
	// KeepQuery appends the request's query, after AddQuery when there is one.
	KeepQuery bool
	AddQuery  string
}

// Token is a piece of a host or a path that a redirection puts together.
type Token struct {
	// Text is a constant; when it is empty, the token is the pieces First to Last of the request's own path.
	Text        string
	First, Last int
}

// RequestRule is one rule of an HTTP request policy.
type RequestRule struct {
	Name    string
	Match   Match
	Headers []HeaderAction
	// At most one of the following is set. Each ends the rules; a rule with none lets the next one have its turn.
	Redirect *Redirect
	// Answer is the status of an answer of the engine's own.
	Answer int
	// PoolUUID names an entry of Config.Pools or Config.Groups.
	PoolUUID string
}

// NetworkRule lets connections in or keeps them out; the first that matches decides.
type NetworkRule struct {
	Client AddressMatch
	Deny   bool
}

// admits says whether a client may connect. Whom no rule matches may.
func (v *view) admits(client netip.Addr) bool {
	for _, rule := range v.config.NetworkRules {
		if rule.Client.matches(client) {
			return !rule.Deny
		}
	}
	return true
}

func (m AddressMatch) matches(client netip.Addr) bool {
	client = client.Unmap()
	in := slices.ContainsFunc(m.Prefixes, func(p netip.Prefix) bool { return p.Contains(client) })
	return in != m.NotIn
}

// decision is what the rules of a policy make of a request.
type decision struct {
	headers []HeaderAction
	rule    *RequestRule // the one that ended the rules; nil when none did
}

func (s *serving) decide(r *http.Request, client netip.Addr) decision {
	var d decision
	for i := range s.rules {
		rule := &s.rules[i]
		if !s.matches(&rule.Match, r, client) {
			continue
		}
		d.headers = append(d.headers, rule.Headers...)
		if rule.Redirect != nil || rule.Answer != 0 || rule.PoolUUID != "" {
			d.rule = rule
			break
		}
	}
	return d
}

func (s *serving) matches(m *Match, r *http.Request, client netip.Addr) bool {
	switch {
	case m.Client != nil && !m.Client.matches(client):
		return false
	case len(m.Methods) > 0 && slices.Contains(m.Methods, r.Method) == m.NotMethods:
		return false
	case m.Host != nil && !s.holds(*m.Host, []string{hostWithoutPort(r.Host)}):
		return false
	case m.Path != nil && !s.holds(*m.Path, []string{r.URL.Path}):
		return false
	case m.Query != nil && !s.holds(*m.Query, []string{r.URL.RawQuery}):
		return false
	case m.Cookie != nil && !s.holds(m.Cookie.TextMatch, cookieValues(r, m.Cookie.Name)):
		return false
	}
	return !slices.ContainsFunc(m.Headers, func(h NamedMatch) bool { return !s.holds(h.TextMatch, headerValues(r, h.Name)) })
}

func headerValues(r *http.Request, name string) []string {
	if strings.EqualFold(name, "Host") {
		return []string{hostWithoutPort(r.Host)} // net/http keeps it apart from the others
	}
	return r.Header.Values(name)
}

func cookieValues(r *http.Request, name string) []string {
	var values []string
	for _, c := range r.CookiesNamed(name) {
		values = append(values, c.Value)
	}
	return values
}

func hostWithoutPort(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

// holds says whether one of the texts fits one of the values, or with Not, none does.
func (s *serving) holds(m TextMatch, texts []string) bool {
	if m.Compare == CompareExists {
		return (len(texts) > 0) != m.Not
	}
	for _, text := range texts {
		for _, value := range m.Values {
			if s.fits(m, text, value) {
				return !m.Not
			}
		}
	}
	return m.Not
}

func (s *serving) fits(m TextMatch, text, value string) bool {
	if m.Compare == CompareRegex {
		pattern := s.patterns[patternKey{value, m.IgnoreCase}]
		return pattern != nil && pattern.MatchString(text)
	}
	if m.IgnoreCase {
		text, value = strings.ToLower(text), strings.ToLower(value)
	}
	switch m.Compare {
	case CompareBeginsWith:
		return strings.HasPrefix(text, value)
	case CompareEndsWith:
		return strings.HasSuffix(text, value)
	case CompareContains:
		return strings.Contains(text, value)
	case CompareEquals:
		return text == value
	case CompareExists, CompareRegex:
	}
	return false
}

type patternKey struct {
	expression string
	ignoreCase bool
}

// compilePatterns prepares the regular expressions of a virtual service's rules. One that cannot be read matches nothing: the
// real engine's PCRE knows more than RE2.
func compilePatterns(rules []RequestRule) map[patternKey]*regexp.Regexp {
	patterns := map[patternKey]*regexp.Regexp{}
	for i := range rules {
		m := &rules[i].Match
		for _, t := range []*TextMatch{m.Path, m.Query} {
			if t == nil || t.Compare != CompareRegex {
				continue
			}
			for _, expression := range t.Values {
				flags := ""
				if t.IgnoreCase {
					flags = "(?i)"
				}
				if pattern, err := regexp.Compile(flags + expression); err == nil {
					patterns[patternKey{expression, t.IgnoreCase}] = pattern
				}
			}
		}
	}
	return patterns
}

// location is the URL that a redirection answers with.
func (d *Redirect) location(r *http.Request) string {
	host := hostWithoutPort(r.Host)
	if len(d.Host) > 0 {
		host = joined(d.Host, ".", strings.Split(host, "."))
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if d.Port != 0 && d.Port != map[string]uint16{"http": 80, "https": 443}[d.Scheme] {
		host += ":" + strconv.Itoa(int(d.Port))
	}
	path := r.URL.EscapedPath()
	if len(d.Path) > 0 {
		pieces := strings.Split(strings.TrimPrefix(path, "/"), "/")
		path = "/" + strings.TrimPrefix(joined(d.Path, "/", pieces), "/")
	}
	var queries []string
	if d.AddQuery != "" {
		queries = append(queries, d.AddQuery)
	}
	if d.KeepQuery && r.URL.RawQuery != "" {
		queries = append(queries, r.URL.RawQuery)
	}
	query := ""
	if len(queries) > 0 {
		query = "?" + strings.Join(queries, "&")
	}
	return d.Scheme + "://" + host + path + query
}

// joined puts tokens together; those without a text are pieces of the request's own.
func joined(tokens []Token, separator string, own []string) string {
	var parts []string
	for _, t := range tokens {
		if t.Text != "" {
			parts = append(parts, t.Text)
			continue
		}
		first, end := min(t.First, len(own)), min(t.Last+1, len(own))
		parts = append(parts, own[first:max(first, end)]...)
	}
	return strings.Join(parts, separator)
}

// apply changes the headers of a request that is on its way to a server.
func (a HeaderAction) apply(x *exchange, header http.Header) {
	value := a.Value
	switch a.Variable {
	case VariableClientIP:
		value = x.client.Addr().String()
	case VariableVSPort:
		value = strconv.Itoa(int(x.local.Port()))
	case VariableVSIP:
		value = x.local.Addr().String()
	case VariableClientSubject, VariableClientIssuer, VariableClientFingerprint, VariableClientNotBefore, VariableClientNotAfter:
		if x.in.TLS == nil || len(x.in.TLS.PeerCertificates) == 0 {
			header.Del(a.Name)
			return
		}
		value = ofCertificate(a.Variable, x.in.TLS.PeerCertificates[0])
	}
	switch a.Verb {
	case HeaderAdd:
		header.Add(a.Name, value)
	case HeaderReplace:
		header.Set(a.Name, value)
	case HeaderRemove:
		header.Del(a.Name)
	}
}

// ofCertificate is what a variable says of a client's certificate. The real engine's spelling of names and times may be another.
func ofCertificate(variable HeaderVariable, c *x509.Certificate) string {
	const asOpenSSL = "Jan _2 15:04:05 2006 GMT"
	switch variable {
	case VariableClientSubject:
		return c.Subject.String()
	case VariableClientIssuer:
		return c.Issuer.String()
	case VariableClientFingerprint:
		return fmt.Sprintf("%x", sha1.Sum(c.Raw)) //nolint:gosec // the fingerprint that LBaaS v2 asks for
	case VariableClientNotBefore:
		return c.NotBefore.UTC().Format(asOpenSSL)
	case VariableClientNotAfter:
		return c.NotAfter.UTC().Format(asOpenSSL)
	case VariableClientIP, VariableVSPort, VariableVSIP:
	}
	return ""
}

func validateRules(rules []RequestRule, pools map[string]bool) error {
	var problems []error
	for i := range rules {
		problems = append(problems, rules[i].validate(pools))
	}
	return errors.Join(problems...)
}

// validate finds contradictions of a rule that the schema keeps out.
func (r *RequestRule) validate(pools map[string]bool) error {
	ends := 0
	for _, set := range []bool{r.Redirect != nil, r.Answer != 0, r.PoolUUID != ""} {
		if set {
			ends++
		}
	}
	switch {
	case ends > 1:
		return fmt.Errorf("rule %s: several actions that end the rules", r.Name)
	case r.PoolUUID != "" && !pools[r.PoolUUID]:
		return fmt.Errorf("rule %s: pool %s is not listed", r.Name, r.PoolUUID)
	}
	return nil
}
