package lbaas

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode"
)

// L7RuleType is what part of a request an L7 rule looks at.
type L7RuleType string

// The rule types of LBaaS v2. Those that look at client certificates (SSL_CONN_HAS_CERT, SSL_VERIFY_RESULT, SSL_DN_FIELD) are
// not carried out.
const (
	L7HostName L7RuleType = "HOST_NAME"
	L7Path     L7RuleType = "PATH"
	L7FileType L7RuleType = "FILE_TYPE" // the end of the path, after a dot
	L7Header   L7RuleType = "HEADER"    // the header that Key names
	L7Cookie   L7RuleType = "COOKIE"    // the cookie that Key names
)

// L7CompareType is how an L7 rule compares.
type L7CompareType string

// The comparisons of LBaaS v2.
const (
	L7Regex      L7CompareType = "REGEX"
	L7StartsWith L7CompareType = "STARTS_WITH"
	L7EndsWith   L7CompareType = "ENDS_WITH"
	L7Contains   L7CompareType = "CONTAINS"
	L7EqualTo    L7CompareType = "EQUAL_TO"
)

// L7Rule is one condition of an L7 policy, which matches when all its rules do. Host names are compared without regard to case,
// everything else with.
type L7Rule struct {
	Resource // without a name
	// LoadBalancerID and ListenerID are those of the policy.
	LoadBalancerID string
	ListenerID     string
	PolicyID       string
	Type           L7RuleType
	CompareType    L7CompareType
	// Key is set if and only if Type is HEADER or COOKIE.
	Key    string
	Value  string
	Invert bool
}

// L7RuleInput is a request to create or change an L7 rule.
type L7RuleInput struct {
	ID           Attr[string]        `json:"id,omitzero"`
	PolicyID     Attr[string]        `json:"l7policy_id,omitzero"`
	AdminStateUp Attr[bool]          `json:"admin_state_up,omitzero"`
	Type         Attr[L7RuleType]    `json:"type,omitzero"`
	CompareType  Attr[L7CompareType] `json:"compare_type,omitzero"`
	Key          Attr[string]        `json:"key,omitzero"`
	Value        Attr[string]        `json:"value,omitzero"`
	Invert       Attr[bool]          `json:"invert,omitzero"`

	Tags Attr[[]string] `json:"tags,omitzero"`
}

// MaxL7Rules is how many rules a policy may have (Octavia's MAX_L7RULES_PER_L7POLICY).
const MaxL7Rules = 50

// NewL7Rule gives the rule that a request describes, with defaults filled in.
func NewL7Rule(in L7RuleInput) (L7Rule, error) {
	r := L7Rule{Resource: Resource{AdminStateUp: true}, PolicyID: in.PolicyID.Or("")}
	switch {
	case r.PolicyID == "":
		return r, Missing("l7policy_id")
	case !in.Type.Set:
		return r, Missing("type")
	case !in.CompareType.Set:
		return r, Missing("compare_type")
	case !in.Value.Set:
		return r, Missing("value")
	}
	return r, r.Update(in)
}

// Update applies what may be changed later. Whether the rule goes together with the policy's others is MatchOf's to say.
func (r *L7Rule) Update(in L7RuleInput) error {
	assign(in.AdminStateUp, &r.AdminStateUp, true)
	assign(in.Key, &r.Key, "")
	assign(in.Value, &r.Value, "")
	assign(in.Invert, &r.Invert, false)
	switch {
	case in.Type.Null:
		return invalidL7Rule("Invalid L7 Rule: invalid rule type")
	case in.Type.Set:
		r.Type = in.Type.Value
	}
	switch {
	case in.CompareType.Null:
		return invalidL7Rule("Invalid L7 Rule: invalid comparison type for rule type")
	case in.CompareType.Set:
		r.CompareType = in.CompareType.Value
	}
	if err := r.updateTags(in.Tags); err != nil {
		return err
	}
	if err := r.checkTexts(); err != nil {
		return err
	}
	if err := r.check(); err != nil {
		return err
	}
	if r.Type != L7Header && r.Type != L7Cookie {
		r.Key = "" // as in Octavia
	}
	return nil
}

func (r *L7Rule) checkTexts() error {
	if err := checkEnum("type", r.Type, L7RuleTypes()); err != nil {
		return err
	}
	if err := checkEnum("compare_type", r.CompareType, L7CompareTypes()); err != nil {
		return err
	}
	for _, a := range []struct{ name, value string }{{"key", r.Key}, {"value", r.Value}} {
		if err := checkText(a.name, a.value); err != nil {
			return err
		}
	}
	return nil
}

// The characters that Octavia allows: of header names and cookie names (RFC 7230's tokens), of cookie values (RFC 6265) and of
// what else is compared with, where blanks are allowed between double quotes only.
var (
	l7Name        = regexp.MustCompile("^[a-zA-Z0-9!#$%&'*+,\\-.^_`|~]+$")
	l7CookieValue = regexp.MustCompile("^[a-zA-Z0-9!#$%&'()*+,\\-./:<=>?@[\\]^_`{|}~]+$")
	l7Value       = regexp.MustCompile("^[a-zA-Z0-9!\"#$%&'()*+,\\-./:;<=>?@[\\]^_`{|}~\\\\]+$")
	l7Quoted      = regexp.MustCompile("^\"[a-zA-Z0-9 \\t!\"#$%&'()*+,\\-./:;<=>?@[\\]^_`{|}~\\\\]*\"$")
)

// check holds the parts of a rule against each other.
func (r *L7Rule) check() error {
	if r.Value == "" {
		return invalidL7Rule("Invalid L7 Rule: L7 rule type requires a value")
	}
	switch r.Type {
	case L7Header, L7Cookie:
		if r.Key == "" {
			return invalidL7Rule("Invalid L7 Rule: L7 rule type requires a key")
		}
		if !l7Name.MatchString(r.Key) {
			return invalidL7Rule("Invalid characters in key")
		}
	case L7FileType:
		if r.CompareType != L7Regex && r.CompareType != L7EqualTo {
			return invalidL7Rule("Invalid L7 Rule: invalid comparison type for rule type")
		}
	case L7HostName, L7Path:
	default:
		return r.checkCertificateRule()
	}
	if r.CompareType == L7Regex {
		return r.checkRegex()
	}
	what, form := "comparison value", l7Value
	switch r.Type {
	case L7Header:
		what = "header value"
	case L7Cookie:
		what, form = "cookie value", l7CookieValue
	case L7HostName, L7Path, L7FileType:
	}
	if !form.MatchString(r.Value) && (r.Type == L7Cookie || !l7Quoted.MatchString(r.Value)) {
		return invalidL7Rule("Invalid characters in " + what)
	}
	return nil
}

// checkRegex takes regular expressions of paths, in the syntax that Avi's PCRE and RE2 have in common: what looks around or back
// cannot be checked here, and is refused rather than found out about at the Controller.
func (r *L7Rule) checkRegex() error {
	if strings.ContainsFunc(r.Value, unicode.IsControl) {
		return invalidL7Rule("Unable to parse regular expression: contains control characters")
	}
	_, err := syntax.Parse(r.Value, syntax.Perl)
	if e, ok := errors.AsType[*syntax.Error](err); ok {
		backReference := e.Code == syntax.ErrInvalidEscape && len(e.Expr) == 2 && e.Expr[1] >= '1' && e.Expr[1] <= '9'
		if backReference || e.Code == syntax.ErrInvalidPerlOp {
			return Unsupportedf(ProviderDisplayName, "a regular expression with look-around or back-references (%s) in an L7 rule", e.Expr)
		}
		return invalidL7Rule("Unable to parse regular expression: " + e.Error())
	}
	if r.Type != L7Path && r.Type != L7FileType {
		return Unsupportedf(ProviderDisplayName,
			"compare_type REGEX of an L7 rule of type %s; Avi has regular expressions for paths only", r.Type)
	}
	return nil
}

// certificateField is Octavia's form of the key of an SSL_DN_FIELD rule.
var certificateField = regexp.MustCompile(`^([a-zA-Z][A-Za-z0-9-]*)$`)

// checkCertificateRule tells wrong rules from those that cannot be carried out: Avi's policies do not look at client
// certificates.
func (r *L7Rule) checkCertificateRule() error {
	const only = " only supports the EQUAL_TO compare type."
	typ := "L7rule type " + string(r.Type)
	message := ""
	switch r.Type {
	case "SSL_CONN_HAS_CERT":
		switch {
		case r.Key != "":
			message = typ + ` does not use the "key" field.`
		case !strings.EqualFold(r.Value, "true"):
			message = "L7rule value " + r.Value + " is not a boolean True string."
		case r.CompareType != L7EqualTo:
			message = typ + only
		}
	case "SSL_VERIFY_RESULT":
		switch _, err := strconv.ParseUint(r.Value, 10, 63); {
		case r.Key != "":
			message = typ + ` does not use the "key" field.`
		case err != nil:
			message = typ + " needs a int value, which is >= 0"
		case r.CompareType != L7EqualTo:
			message = typ + only
		}
	case "SSL_DN_FIELD":
		switch {
		case r.Key == "":
			message = typ + " needs to specify a key and a value."
		case !certificateField.MatchString(r.Key):
			message = "Invalid L7rule distinguished name field."
		}
	case L7HostName, L7Path, L7FileType, L7Header, L7Cookie:
	}
	if message != "" {
		return invalidL7Rule("Invalid L7 Rule: " + message)
	}
	return Unsupportedf(ProviderDisplayName, "an L7 rule of type %s", r.Type)
}

func invalidL7Rule(message string) error {
	return &Error{Kind: KindInvalid, Message: "Error parsing L7Rule: " + message}
}
