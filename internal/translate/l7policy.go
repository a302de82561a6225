package translate

import (
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
	"github.com/avi-lbaas/avi-lbaas/internal/plan"
)

// policySetIndex is the place of our policy set among those of a virtual service. The vendor's own integration with Kubernetes
// leaves the numbers up to 10 to what it generates and starts the sets of users at 11 (controller facts 4.2); so do we, and the
// policies of LBaaS come before what is attached by hand unless somebody gives that a lower number.
const policySetIndex = 10

// withPolicies gives the virtual service of a listener its policies, which come before it in the order of creation.
func (t *translator) withPolicies(tree *lbaas.Tree, l *lbaas.Listener, vs plan.Object) []plan.Object {
	objects := t.withRequestRules(tree, l, l.ID, vs)
	security := plan.SharedRef{Ours: refTo(TypeNetworkSecurity, NetworkSecurityUUID(l.ID))}
	if len(l.AllowedCIDRs) > 0 {
		security.Want = security.Ours
		objects = slices.Insert(objects, 0, t.object(TypeNetworkSecurity, NetworkSecurityUUID(l.ID), l.ID, map[string]any{
			"name":  fitted(t.virtualServiceName(l), "-allowed-cidrs", l.ID),
			"rules": plan.List{Key: []string{"name"}, Entries: []map[string]any{allowedCIDRs(l)}},
		}))
	}
	vs.Fields["network_security_policy_ref"] = security
	return objects
}

// withRequestRules gives a virtual service of a listener, itself or that of an SNI container, its policy set, which comes before
// it in the order of creation. The owner is that of the virtual service's pools. A child has none of its parent's policies, and
// pools of its own, so that it has a policy set of its own (controller facts 4.2).
func (t *translator) withRequestRules(tree *lbaas.Tree, l *lbaas.Listener, owner string, vs plan.Object) []plan.Object {
	if !l.Protocol.HTTP() {
		return []plan.Object{vs}
	}
	rules := t.requestRules(tree, l, owner)
	vs.Fields["http_policies"] = plan.SharedList{
		Ref: "http_policy_set_ref", Order: "index", Ours: refTo(TypePolicySet, PolicySetUUID(owner)),
		At: policySetIndex, Wanted: len(rules) > 0,
	}
	if len(rules) == 0 {
		return []plan.Object{vs}
	}
	return []plan.Object{t.object(TypePolicySet, PolicySetUUID(owner), owner, map[string]any{
		"name":                fitted(vs.Name(), "-l7", owner),
		"http_request_policy": map[string]any{"rules": plan.List{Key: []string{"name"}, Entries: rules}},
	}), vs}
}

// allowedCIDRs is the one rule that keeps all others out.
func allowedCIDRs(l *lbaas.Listener) map[string]any {
	var prefixes []any
	for _, text := range l.AllowedCIDRs {
		address, bits, _ := strings.Cut(text, "/")
		prefixes = append(prefixes, map[string]any{"ip_addr": ipAddr(address), "mask": number(bits)})
	}
	return map[string]any{
		"name": "allowed-cidrs", "index": 1, "enable": true, "action": "NETWORK_SECURITY_POLICY_ACTION_TYPE_DENY",
		"match": map[string]any{"client_ip": map[string]any{"match_criteria": "IS_NOT_IN", "prefixes": prefixes}},
	}
}

// number reads the length of a prefix, which the domain has checked.
func number(digits string) int {
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}

// requestRules are the rules of a listener's policy set: the headers to insert, then the L7 policies by their positions. All are
// in the stage of request policies, where the first rule that switches, redirects or answers ends the stage (controller facts
// 4.2); were rejections in the security stage, they would come before policies that stand above them.
func (t *translator) requestRules(tree *lbaas.Tree, l *lbaas.Listener, owner string) []map[string]any {
	var rules []map[string]any
	if headers := insertedHeaders(l); len(headers) > 0 {
		rules = append(rules, map[string]any{"name": "insert-headers", "enable": true, "hdr_action": headers})
	}
	for _, p := range tree.L7PoliciesOf(l.ID) {
		if !tree.InEffect(&p) {
			continue
		}
		match, err := lbaas.MatchOf(tree.L7RulesOf(p.ID))
		if err != nil {
			continue // no front door lets such rules in
		}
		rule := map[string]any{
			"name": policyName(&p), "enable": true, "match": matchTarget(match), "switching_action": nil, "redirect_action": nil,
		}
		switch p.Action {
		case lbaas.L7Reject:
			rule["switching_action"] = map[string]any{
				"action": "HTTP_SWITCHING_SELECT_LOCAL", "status_code": "HTTP_LOCAL_RESPONSE_STATUS_CODE_403", "pool_ref": nil,
			}
		case lbaas.L7RedirectToPool:
			action := map[string]any{"status_code": nil, "action": "HTTP_SWITCHING_SELECT_POOL"}
			if t.grouped[p.RedirectPoolID] {
				action["action"] = "HTTP_SWITCHING_SELECT_POOLGROUP"
			}
			t.sendTo(action, p.RedirectPoolID, owner)
			rule["switching_action"] = action
		case lbaas.L7RedirectToURL, lbaas.L7RedirectPrefix:
			rule["redirect_action"] = redirectAction(&p)
		}
		rules = append(rules, rule)
	}
	for i := range rules {
		rules[i]["index"] = i + 1
	}
	return rules
}

// policyName tells the rules of a set apart, and the user which policy each is.
func policyName(p *lbaas.L7Policy) string {
	name := p.Name
	if name == "" {
		name = "l7policy"
	}
	return fitted(name, "-"+p.ID, p.ID)
}

// insertedHeaders puts headers in, in the place of what the client sent under their names. X-Forwarded-For needs nothing: the
// application profiles System-HTTP and System-Secure-HTTP insert it (HTTPApplicationProfile.xff_enabled).
func insertedHeaders(l *lbaas.Listener) []any {
	var actions []any
	insert := func(name string, value map[string]any) {
		actions = append(actions, map[string]any{
			"action": "HTTP_REPLACE_HDR", "hdr": map[string]any{"name": name, "value": value},
		})
	}
	if l.InsertHeaders.ForwardedPort {
		insert("X-Forwarded-Port", map[string]any{"var": "HTTP_POLICY_VAR_VS_PORT"})
	}
	if l.InsertHeaders.ForwardedProto {
		insert("X-Forwarded-Proto", map[string]any{"val": pick(l.Protocol == lbaas.ListenerTerminatedHTTPS, "https", "http")})
	}
	for _, h := range []struct {
		wanted         bool
		name, variable string
	}{
		{l.InsertHeaders.ClientDN, "X-SSL-Client-DN", "SUBJECT"},
		{l.InsertHeaders.ClientIssuer, "X-SSL-Issuer", "ISSUER"},
		{l.InsertHeaders.ClientSHA1, "X-SSL-Client-SHA1", "FINGERPRINT"},
		{l.InsertHeaders.ClientNotBefore, "X-SSL-Client-Not-Before", "NOTVALIDBEFORE"},
		{l.InsertHeaders.ClientNotAfter, "X-SSL-Client-Not-After", "NOTVALIDAFTER"},
	} {
		if h.wanted {
			insert(h.name, map[string]any{"var": "HTTP_POLICY_VAR_SSL_CLIENT_" + h.variable})
		}
	}
	if l.InsertHeaders.ClientVerify {
		insert("X-SSL-Client-Verify", map[string]any{"val": "0"}) // no request comes with a certificate that is not good
	}
	if l.InsertHeaders.ClientHasCert {
		insert("X-SSL-Client-Has-Cert", map[string]any{"val": pick(l.TLS.ClientAuthentication == lbaas.ClientAuthMandatory, "1", "0")})
	}
	return actions
}

// matchTarget is what all conditions of a policy come to. Avi has one condition on the Host header; more of them go by the
// header's name.
func matchTarget(m lbaas.L7Match) map[string]any {
	target := map[string]any{"host_hdr": nil, "hdrs": nil, "cookie": nil, "path": nil}
	var headers []any
	for i, c := range m.Hosts {
		host := map[string]any{"match_criteria": headerCriteria(c), "match_case": "INSENSITIVE", "value": []any{c.Value}}
		if i == 0 {
			target["host_hdr"] = host
			continue
		}
		host["hdr"] = "Host"
		headers = append(headers, host)
	}
	for _, c := range m.Headers {
		headers = append(headers, map[string]any{
			"hdr": c.Key, "match_criteria": headerCriteria(c.L7Condition), "match_case": "SENSITIVE", "value": []any{c.Value},
		})
	}
	if len(headers) > 0 {
		target["hdrs"] = headers
	}
	if c := m.Cookie; c != nil {
		target["cookie"] = map[string]any{
			"name": c.Key, "match_criteria": headerCriteria(c.L7Condition), "match_case": "SENSITIVE", "value": c.Value,
		}
	}
	if c := m.Path; c != nil {
		target["path"] = map[string]any{
			"match_criteria": pathCriteria(*c), "match_case": "SENSITIVE", "match_str": []any{c.Value},
		}
	}
	return target
}

// headerCriteria are those of hosts, headers and cookies. The domain lets no regular expression through to them.
func headerCriteria(c lbaas.L7Condition) string {
	if c.Compare == lbaas.L7EqualTo {
		return "HDR_" + pick(c.Not, "DOES_NOT_EQUAL", "EQUALS")
	}
	return "HDR_" + pathCriteria(c)
}

func pathCriteria(c lbaas.L7Condition) string {
	switch c.Compare {
	case lbaas.L7StartsWith:
		return pick(c.Not, "DOES_NOT_BEGIN_WITH", "BEGINS_WITH")
	case lbaas.L7EndsWith:
		return pick(c.Not, "DOES_NOT_END_WITH", "ENDS_WITH")
	case lbaas.L7Contains:
		return pick(c.Not, "DOES_NOT_CONTAIN", "CONTAINS")
	case lbaas.L7Regex:
		return pick(c.Not, "REGEX_DOES_NOT_MATCH", "REGEX_MATCH")
	case lbaas.L7EqualTo:
	}
	return pick(c.Not, "DOES_NOT_EQUAL", "EQUALS")
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// redirectAction names each part of the new URL: a part that is left out is kept from the request. Tokens of a path are put
// together with slashes between them.
func redirectAction(p *lbaas.L7Policy) map[string]any {
	target := p.Target()
	host := target.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	action := map[string]any{
		"protocol":    strings.ToUpper(target.Scheme),
		"host":        tokens(stringToken(host)),
		"port":        target.Port,
		"path":        nil,
		"keep_query":  p.Action == lbaas.L7RedirectPrefix,
		"add_string":  optional(target.Query),
		"status_code": "HTTP_REDIRECT_STATUS_CODE_" + map[int]string{301: "301", 302: "302", 307: "307"}[p.RedirectHTTPCode],
	}
	path := strings.TrimPrefix(target.Path, "/")
	switch {
	case p.Action == lbaas.L7RedirectToURL && path == "":
		action["path"] = tokens(stringToken("/")) // without a path the request's would be kept
	case p.Action == lbaas.L7RedirectToURL:
		action["path"] = tokens(stringToken(path))
	case strings.Trim(path, "/") != "":
		whole := map[string]any{"type": "URI_TOKEN_TYPE_PATH", "start_index": 0, "end_index": endOfPath}
		action["path"] = tokens(stringToken(strings.Trim(path, "/")), whole)
	}
	return action
}

// endOfPath is the index of a path's last token, whichever it is (schema: URIParamToken.end_index).
const endOfPath = 65535

func stringToken(text string) map[string]any {
	return map[string]any{"type": "URI_TOKEN_TYPE_STRING", "str_value": text}
}

func tokens(list ...any) map[string]any {
	return map[string]any{"type": "URI_PARAM_TYPE_TOKENIZED", "tokens": slices.Clone(list)}
}
