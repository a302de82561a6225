package avi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// rule gives answers with a status and a text their kind.
type rule struct {
	from, to int    // statuses, both inclusive
	text     string // found in the lower-cased message; "" matches every message
	kind     Kind
}

// anyError is the range of statuses of the rules that go by the text alone,
// because versions of the Controller disagree about the status.
const (
	anyErrorFrom = 400
	anyErrorTo   = 599
)

// rules are tried in order, the first that fits wins. The texts are those of
// controller facts 1.1, 1.4, 1.5 and 2.9.
//
//nolint:gochecknoglobals // a table
var rules = []rule{
	{anyErrorFrom, anyErrorTo, "object is referred by", Referred},
	{anyErrorFrom, anyErrorTo, "disallowed during upgrade", Upgrading},
	{anyErrorFrom, anyErrorTo, "no available free ip", Exhausted},
	{anyErrorFrom, anyErrorTo, "invalid version", VersionMismatch},
	{anyErrorFrom, anyErrorTo, "bad pb", Invalid},
	{500, 500, "import error", Invalid}, // a certificate that cannot be parsed
	{400, 400, "object not found", ReferenceMissing},
	{401, 401, "", Unauthorized},
	{403, 403, "does not exist", TenantMissing}, // narrowed to tenants by kindOf
	{403, 403, "", Unauthorized},
	{404, 404, "", NotFound}, // narrowed by kindOf
	{408, 408, "", Unavailable},
	{409, 409, "", Duplicate},
	{412, 412, "", Stale},
	{statusSessionGone, statusSessionGone, "", Unauthorized},
	{429, 429, "", Throttled},
	{400, 499, "", Invalid},
	{503, 503, "initializ", Upgrading},
	{500, 599, "", Unavailable}, // "record not found" included: it passes (facts 8)
}

// classify turns an answer that is no success into an error. It is the only place
// that looks at the Controller's texts.
func classify(c *call, status int, body []byte) *Error {
	message, form := messageOf(body)
	e := c.failed(kindOf(c, status, message, form), nil)
	e.Status = status
	if e.Kind == Referred {
		e.Referrers = referrersIn(message)
	}
	e.Message = presentable(c, message)
	return e
}

func kindOf(c *call, status int, message string, form bodyForm) Kind {
	lower := strings.ToLower(message)
	if c.isLogin() {
		return loginKind(status, lower)
	}
	for _, r := range rules {
		if status < r.from || status > r.to || !strings.Contains(lower, r.text) {
			continue
		}
		switch {
		case r.kind == TenantMissing && !strings.Contains(lower, "tenant"):
			continue
		case r.kind == NotFound:
			return notFoundKind(c, lower, form)
		}
		return r.kind
	}
	// Neither success nor error: the client follows no redirect, it would carry
	// the session to another host.
	return Unavailable
}

// loginKind keeps a login from being taken for a request about an object: a 404
// there means that this is no Controller, not that something is gone.
func loginKind(status int, lower string) Kind {
	switch {
	case strings.Contains(lower, "disallowed during upgrade"), status == http.StatusServiceUnavailable && strings.Contains(lower, "initializ"):
		return Upgrading
	case status == http.StatusTooManyRequests:
		return Throttled
	case status == http.StatusBadRequest, status == http.StatusForbidden, sessionRefused(status):
		// 401, with some versions 403 (facts 1.1). 400 and 403 of any text are
		// counted in: asking again and again may lock the account.
		return InvalidCredentials
	default:
		return Unavailable
	}
}

// notFoundKind tells the three meanings of 404 apart: the object itself is gone, an
// object that the body refers to does not exist (facts 2.2), or it is not the
// Controller's API that answered. The difference matters, since "gone" is success
// for a deletion.
func notFoundKind(c *call, lower string, form bodyForm) Kind {
	if form == formHTML {
		return Unavailable
	}
	before, _, named := strings.Cut(lower, " object not found")
	if !named {
		if form == formOther && !strings.Contains(lower, "not found") {
			return Invalid // an unknown URL has no "error" in its body (facts 2.1)
		}
		if c.method == http.MethodPost {
			return Invalid
		}
		return NotFound
	}
	model := before[strings.LastIndex(before, " ")+1:]
	switch c.method {
	case http.MethodPost:
		return ReferenceMissing
	case http.MethodPut, http.MethodPatch:
		if model != c.typ {
			return ReferenceMissing
		}
	}
	return NotFound
}

// bodyForm says how an error's text was found in the answer's body.
type bodyForm int

const (
	formOther  bodyForm = iota // plain text, or JSON without a known key
	formKeyed                  // JSON with "error" or "detail"
	formHTML                   // a page of some front end or proxy
	formAbsent                 // nothing
)

// messageOf finds the text in the body of an error: {"error": "…"} as a rule,
// {"detail": "…"} for wrong methods, a bare JSON string, plain text although the
// content type says JSON, or the page of a front end (facts 1.4, 2.1, 2.9).
func messageOf(body []byte) (string, bodyForm) {
	trimmed := bytes.TrimSpace(body)
	if len(trimmed) == 0 {
		return "", formAbsent
	}
	var keyed map[string]json.RawMessage
	if json.Unmarshal(trimmed, &keyed) == nil {
		for _, key := range []string{"error", "detail"} {
			if raw, ok := keyed[key]; ok {
				return unquoted(raw), formKeyed
			}
		}
		return string(trimmed), formOther
	}
	if trimmed[0] == '<' {
		return textOfPage(string(trimmed)), formHTML
	}
	return unquoted(trimmed), formOther
}

// unquoted returns the text of a JSON string, anything else as it is.
func unquoted(raw []byte) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

var (
	pageTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	pageTag   = regexp.MustCompile(`(?s)<[^>]*>`)
)

// textOfPage returns a page's title, or its text when it has none.
func textOfPage(page string) string {
	if m := pageTitle.FindStringSubmatch(page); m != nil && strings.TrimSpace(m[1]) != "" {
		return m[1]
	}
	return pageTag.ReplaceAllString(page, " ")
}
