package lbaas

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// L7Action is what an L7 policy does with a request that all its rules match.
type L7Action string

// The actions of LBaaS v2.
const (
	L7Reject         L7Action = "REJECT"           // answer 403
	L7RedirectToPool L7Action = "REDIRECT_TO_POOL" // send it to another pool than the listener's default
	L7RedirectToURL  L7Action = "REDIRECT_TO_URL"  // answer with a redirection to one URL
	L7RedirectPrefix L7Action = "REDIRECT_PREFIX"  // answer with a redirection to a prefix with the request's path and query after it
)

// L7Policy picks requests of one listener by its rules and does something else with them than the listener's default.
type L7Policy struct {
	Resource
	// LoadBalancerID is that of the listener.
	LoadBalancerID string
	ListenerID     string
	Description    string
	Action         L7Action
	// RedirectPoolID is set if and only if Action is REDIRECT_TO_POOL.
	RedirectPoolID string
	// RedirectURL is set if and only if Action is REDIRECT_TO_URL.
	RedirectURL string
	// RedirectPrefix is set if and only if Action is REDIRECT_PREFIX.
	RedirectPrefix string
	// RedirectHTTPCode is 301, 302 or 307 for REDIRECT_TO_URL and REDIRECT_PREFIX, and 0 for the others.
	RedirectHTTPCode int
	// Position among the policies of its listener, from 1 without gaps: the first policy that matches is carried out. Those that
	// are being deleted do not count.
	Position int
}

// L7PolicyInput is a request to create or change an L7 policy.
type L7PolicyInput struct {
	ID               Attr[string]   `json:"id,omitzero"`
	ListenerID       Attr[string]   `json:"listener_id,omitzero"`
	Name             Attr[string]   `json:"name,omitzero"`
	Description      Attr[string]   `json:"description,omitzero"`
	AdminStateUp     Attr[bool]     `json:"admin_state_up,omitzero"`
	Action           Attr[L7Action] `json:"action,omitzero"`
	RedirectPoolID   Attr[string]   `json:"redirect_pool_id,omitzero"`
	RedirectURL      Attr[string]   `json:"redirect_url,omitzero"`
	RedirectPrefix   Attr[string]   `json:"redirect_prefix,omitzero"`
	RedirectHTTPCode Attr[int]      `json:"redirect_http_code,omitzero"`
	Position         Attr[int]      `json:"position,omitzero"`
	// RedirectPool and Rules are created together with the policy: see NewTree.
	RedirectPool Attr[PoolInput]     `json:"redirect_pool,omitzero"`
	Rules        Attr[[]L7RuleInput] `json:"rules,omitzero"`

	Tags Attr[[]string] `json:"tags,omitzero"`
}

// MaxL7Position is the largest position that a request may name, and the one that it means when it names none: the end.
const MaxL7Position = maxInt32

// defaultRedirectCode is the code of a redirection when the request names none, also when a later one changes its target.
const defaultRedirectCode = 302

// NewL7Policy gives the policy that a request describes, with defaults filled in. Its Position is the wanted one: see PlaceAt.
func NewL7Policy(in L7PolicyInput) (L7Policy, error) {
	p := L7Policy{Resource: Resource{AdminStateUp: true}, ListenerID: in.ListenerID.Or(""), Position: MaxL7Position}
	switch {
	case in.ListenerID.Null:
		return p, NotFound("Listener", "None")
	case in.Action.Null:
		return p, noL7Action()
	case !in.Action.Set:
		return p, Missing("action")
	case p.ListenerID == "":
		return p, Missing("listener_id")
	}
	return p, p.Update(in)
}

// Update applies what may be changed later. That a pool exists and fits is the caller's to check.
func (p *L7Policy) Update(in L7PolicyInput) error {
	if reflect.ValueOf(in).IsZero() {
		return invalidL7Arguments("Invalid update options")
	}
	assign(in.Name, &p.Name, "")
	assign(in.Description, &p.Description, "")
	assign(in.AdminStateUp, &p.AdminStateUp, true)
	if in.Position.HasValue() { // null leaves a policy where it is, as in Octavia
		p.Position = in.Position.Value
	}
	if err := checkText("name", p.Name); err != nil {
		return err
	}
	if err := checkText("description", p.Description); err != nil {
		return err
	}
	if err := checkRange("position", p.Position, 1, MaxL7Position); err != nil {
		return err
	}
	if err := p.updateTags(in.Tags); err != nil {
		return err
	}
	if err := checkRedirect(in); err != nil {
		return err
	}
	return p.updateAction(in)
}

// checkRedirect checks the values of a request by themselves.
func checkRedirect(in L7PolicyInput) error {
	if in.Action.HasValue() {
		if err := checkEnum("action", in.Action.Value, L7Actions()); err != nil {
			return err
		}
	}
	if err := checkTarget("redirect_url", in.RedirectURL); err != nil {
		return err
	}
	if err := checkTarget("redirect_prefix", in.RedirectPrefix); err != nil {
		return err
	}
	switch code := in.RedirectHTTPCode.Or(defaultRedirectCode); code {
	case 301, 302, 307:
		return nil
	case 303, 308:
		return Unsupportedf(ProviderDisplayName, "redirect_http_code %d of an L7 policy; Avi redirects with 301, 302 or 307", code)
	default:
		return InvalidValue("redirect_http_code", code, "Value should be one of: 301, 302, 303, 307, 308")
	}
}

// updateAction finds out which action a request wants, in Octavia's way: one that is named goes before the targets that are
// given, and a target alone means its action. What belongs to other actions is dropped.
func (p *L7Policy) updateAction(in L7PolicyInput) error {
	if in.Action.Null {
		return noL7Action()
	}
	pool, target, prefix := in.RedirectPoolID.Or(""), in.RedirectURL.Or(""), in.RedirectPrefix.Or("")
	if err := checkTargetGiven(in, pool, target, prefix); err != nil {
		return err
	}
	action := in.Action.Or("")
	switch {
	case action != "":
	case pool != "":
		action = L7RedirectToPool
	case target != "":
		action = L7RedirectToURL
	case prefix != "":
		action = L7RedirectPrefix
	case in.RedirectHTTPCode.Set && p.redirects():
		p.RedirectHTTPCode = in.RedirectHTTPCode.Or(defaultRedirectCode)
		return nil
	default:
		return p.checkUntouched(in)
	}
	p.Action, p.RedirectPoolID, p.RedirectURL, p.RedirectPrefix, p.RedirectHTTPCode = action, "", "", "", 0
	switch action {
	case L7RedirectToPool:
		p.RedirectPoolID = pool
	case L7RedirectToURL:
		p.RedirectURL = target
	case L7RedirectPrefix:
		p.RedirectPrefix = prefix
	case L7Reject:
	}
	if p.redirects() {
		p.RedirectHTTPCode = in.RedirectHTTPCode.Or(defaultRedirectCode)
	}
	return nil
}

// checkTargetGiven wants a named action to come with its target, and only one target where no action chooses.
func checkTargetGiven(in L7PolicyInput, pool, target, prefix string) error {
	switch in.Action.Or("") {
	case L7Reject:
		return nil
	case L7RedirectToURL:
		if target == "" {
			return invalidL7Arguments("redirect_url must not be None")
		}
		return nil
	case L7RedirectToPool:
		if pool == "" {
			return invalidL7Arguments("redirect_pool_id or redirect_pool must not be None")
		}
		target = "" // Octavia's leave to name an URL here does not extend to prefixes
	case L7RedirectPrefix:
		if prefix == "" {
			return invalidL7Arguments("redirect_prefix must not be None")
		}
		target = ""
	}
	if pool != "" && target+prefix != "" {
		return invalidL7Arguments("Cannot specify redirect_pool_id and redirect_url or redirect_prefix at the same time")
	}
	if target != "" && prefix != "" {
		return invalidL7Arguments("Cannot specify redirect_url and redirect_prefix at the same time")
	}
	return nil
}

// checkUntouched refuses a request that takes away what the policy's action cannot do without, or gives what it cannot use.
func (p *L7Policy) checkUntouched(in L7PolicyInput) error {
	for _, a := range []struct {
		name   string
		needed bool
		Attr[string]
	}{
		{"redirect_pool_id", p.Action == L7RedirectToPool, in.RedirectPoolID},
		{"redirect_url", p.Action == L7RedirectToURL, in.RedirectURL},
		{"redirect_prefix", p.Action == L7RedirectPrefix, in.RedirectPrefix},
	} {
		if a.Set && a.needed {
			return invalidL7Arguments(a.name + " must not be None")
		}
	}
	if in.RedirectHTTPCode.HasValue() {
		return invalidL7Arguments("redirect_http_code is for the actions REDIRECT_TO_URL and REDIRECT_PREFIX only")
	}
	return nil
}

func (p *L7Policy) redirects() bool {
	return p.Action == L7RedirectToURL || p.Action == L7RedirectPrefix
}

// noL7Action refuses null for the action, which may be left out of a change.
func noL7Action() error {
	return &Error{Kind: KindInvalid, Message: "Invalid L7 Policy action specified: None"}
}

func invalidL7Arguments(message string) error {
	return &Error{Kind: KindInvalid, Message: "Invalid L7 Policy arguments: " + message}
}

// checkTarget wants an absolute URL that a redirection of Avi's can name: scheme, host, port and path, and for redirect_url a
// query.
func checkTarget(attribute string, a Attr[string]) error {
	if !a.HasValue() {
		return nil
	}
	text := a.Value
	if err := CheckURL(attribute, text); err != nil {
		return err
	}
	u, err := url.Parse(text)
	if err != nil {
		return InvalidValue(attribute, text, notURL)
	}
	switch {
	case u.User != nil:
		return Unsupportedf(ProviderDisplayName, "a user name in %s of an L7 policy", attribute)
	case u.Fragment != "" || strings.HasSuffix(text, "#"):
		return Unsupportedf(ProviderDisplayName, "a fragment (#…) in %s of an L7 policy", attribute)
	case attribute == "redirect_prefix" && (u.RawQuery != "" || u.ForceQuery):
		return Unsupportedf(ProviderDisplayName, "a query (?…) in redirect_prefix of an L7 policy")
	}
	return nil
}

// notURL is what Octavia says of a text that is no URL.
const notURL = "Value must be a valid URL string"

// CheckURL wants an absolute URL of HTTP or HTTPS, of at most 255 characters.
func CheckURL(attribute, text string) error {
	u, err := url.Parse(text)
	if err != nil || strings.ContainsFunc(text, notInURL) || u.Hostname() == "" ||
		!slices.Contains([]string{"http", "https"}, strings.ToLower(u.Scheme)) || !validPort(u) {
		return InvalidValue(attribute, text, notURL)
	}
	return checkText(attribute, text)
}

func notInURL(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", r) }

// validPort wants the port, where there is one, to be one.
func validPort(u *url.URL) bool {
	_, ok := urlPort(u)
	return ok
}

// L7Target is where a policy redirects to, in its parts.
type L7Target struct {
	Scheme string // "http" or "https"
	Host   string // without brackets
	Port   int    // the scheme's own when the URL has none
	Path   string // as it was given, escapes included; may be empty
	Query  string // without the question mark
}

// Target takes the policy's URL or prefix apart. It is for policies that redirect only.
func (p *L7Policy) Target() L7Target {
	text := p.RedirectURL
	if p.Action == L7RedirectPrefix {
		text = p.RedirectPrefix
	}
	u, err := url.Parse(text)
	if err != nil {
		return L7Target{} // it was checked on the way in
	}
	port, _ := urlPort(u)
	return L7Target{Scheme: strings.ToLower(u.Scheme), Host: u.Hostname(), Port: port, Path: u.EscapedPath(), Query: u.RawQuery}
}

func urlPort(u *url.URL) (int, bool) {
	if u.Port() == "" {
		if strings.EqualFold(u.Scheme, "https") {
			return 443, true
		}
		return 80, !strings.HasSuffix(u.Host, ":")
	}
	n := 0
	for _, digit := range u.Port() {
		if n = n*10 + int(digit-'0'); n > 65535 {
			return 0, false
		}
	}
	return n, n > 0
}

// PlaceAt gives the order of a listener's policies after one of them was put at a position, counted from 1; at or beyond the end
// is the end. The policy may be in the order already or be new to it.
func PlaceAt(order []string, id string, position int) []string {
	placed := slices.DeleteFunc(slices.Clone(order), func(other string) bool { return other == id })
	return slices.Insert(placed, min(max(position, 1)-1, len(placed)), id)
}
