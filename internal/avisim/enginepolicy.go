package avisim

import (
	"cmp"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/avisim/engine"
	"github.com/avi-lbaas/avi-lbaas/internal/avisim/schema"
)

// requestRules are the rules of all HTTP policy sets of a virtual service: the security policies, then the request policies, the
// sets by their index and the rules of each by theirs (controller facts 4.2).
func (s *Server) requestRules(vs schema.Object) []engine.RequestRule {
	sets := objects(vs, "http_policies")
	slices.SortStableFunc(sets, byIndex)
	var security, request []engine.RequestRule
	for _, link := range sets {
		set := s.store.get("HTTPPolicySet", refUUID(link, "http_policy_set_ref"))
		if set == nil {
			continue
		}
		for _, rule := range rulesOf(object(set.body, "http_security_policy")) {
			if r, ok := s.securityRule(rule); ok {
				security = append(security, r)
			}
		}
		for _, rule := range rulesOf(object(set.body, "http_request_policy")) {
			request = append(request, s.requestRule(rule))
		}
	}
	return append(security, request...)
}

func byIndex(a, b schema.Object) int { return cmp.Compare(number(a, "index"), number(b, "index")) }

// rulesOf are the enabled rules of a policy in their order.
func rulesOf(policy schema.Object) []schema.Object {
	rules := slices.DeleteFunc(objects(policy, "rules"), func(r schema.Object) bool { return !flag(r, "enable") })
	slices.SortStableFunc(rules, byIndex)
	return rules
}

// securityRule is one that answers or closes; the engine carries out no others.
func (s *Server) securityRule(rule schema.Object) (engine.RequestRule, bool) {
	action := object(rule, "action")
	out := engine.RequestRule{Name: text(rule, "name"), Match: s.matchOf(object(rule, "match"))}
	switch text(action, "action") {
	case "HTTP_SECURITY_ACTION_SEND_RESPONSE":
		out.Answer = statusIn(text(action, "status_code"))
	case "HTTP_SECURITY_ACTION_CLOSE_CONN":
		out.Answer = http.StatusForbidden // the engine does not close without an answer
	}
	return out, out.Answer != 0
}

func (s *Server) requestRule(rule schema.Object) engine.RequestRule {
	out := engine.RequestRule{Name: text(rule, "name"), Match: s.matchOf(object(rule, "match"))}
	for _, action := range objects(rule, "hdr_action") {
		if a, ok := headerAction(action); ok {
			out.Headers = append(out.Headers, a)
		}
	}
	if redirect := object(rule, "redirect_action"); redirect != nil {
		out.Redirect = redirectOf(redirect)
		return out
	}
	switching := object(rule, "switching_action")
	switch text(switching, "action") {
	case "HTTP_SWITCHING_SELECT_LOCAL":
		if out.Answer = int(number(switching, "other_status_code")); out.Answer == 0 {
			out.Answer = statusIn(text(switching, "status_code"))
		}
	case "HTTP_SWITCHING_SELECT_POOL", "HTTP_SWITCHING_SELECT_POOLGROUP":
		out.PoolUUID = s.poolOrGroup(switching)
	}
	return out
}

func headerAction(action schema.Object) (engine.HeaderAction, bool) {
	hdr := object(action, "hdr")
	value := object(hdr, "value")
	out := engine.HeaderAction{Name: text(hdr, "name"), Value: text(value, "val")}
	switch text(action, "action") {
	case "HTTP_ADD_HDR":
		out.Verb = engine.HeaderAdd
	case "HTTP_REPLACE_HDR":
		out.Verb = engine.HeaderReplace
	case "HTTP_REMOVE_HDR":
		out.Verb = engine.HeaderRemove
	}
	switch text(value, "var") {
	case "":
	case "HTTP_POLICY_VAR_CLIENT_IP", "HTTP_POLICY_VAR_SOURCE_IP":
		out.Variable = engine.VariableClientIP
	case "HTTP_POLICY_VAR_VS_PORT":
		out.Variable = engine.VariableVSPort
	case "HTTP_POLICY_VAR_VS_IP":
		out.Variable = engine.VariableVSIP
	case "HTTP_POLICY_VAR_SSL_CLIENT_SUBJECT":
		out.Variable = engine.VariableClientSubject
	case "HTTP_POLICY_VAR_SSL_CLIENT_ISSUER":
		out.Variable = engine.VariableClientIssuer
	case "HTTP_POLICY_VAR_SSL_CLIENT_FINGERPRINT":
		out.Variable = engine.VariableClientFingerprint
	case "HTTP_POLICY_VAR_SSL_CLIENT_NOTVALIDBEFORE":
		out.Variable = engine.VariableClientNotBefore
	case "HTTP_POLICY_VAR_SSL_CLIENT_NOTVALIDAFTER":
		out.Variable = engine.VariableClientNotAfter
	default:
		return out, false
	}
	return out, out.Name != ""
}

// statusIn reads the number that ends the name of a status.
func statusIn(name string) int {
	code, err := strconv.Atoi(name[strings.LastIndexByte(name, '_')+1:])
	if err != nil {
		return 0
	}
	return code
}

func redirectOf(action schema.Object) *engine.Redirect {
	return &engine.Redirect{
		Code:      statusIn(text(action, "status_code")),
		Scheme:    strings.ToLower(text(action, "protocol")),
		Host:      tokensOf(object(action, "host")),
		Port:      uint16(number(action, "port")), //nolint:gosec // the schema allows ports only
		Path:      tokensOf(object(action, "path")),
		KeepQuery: flag(action, "keep_query"),
		AddQuery:  text(action, "add_string"),
	}
}

func tokensOf(param schema.Object) []engine.Token {
	var out []engine.Token
	for _, token := range objects(param, "tokens") {
		t := engine.Token{First: int(number(token, "start_index")), Last: int(number(token, "end_index"))}
		if text(token, "type") == "URI_TOKEN_TYPE_STRING" {
			t = engine.Token{Text: text(token, "str_value")}
		}
		out = append(out, t)
	}
	return out
}

func (s *Server) matchOf(target schema.Object) engine.Match {
	var m engine.Match
	if host := object(target, "host_hdr"); host != nil {
		match := textMatch(host, texts(host, "value"))
		m.Host = &match
	}
	if path := object(target, "path"); path != nil {
		match := textMatch(path, append(texts(path, "match_str"), s.stringGroups(path)...))
		m.Path = &match
	}
	if query := object(target, "query"); query != nil {
		match := textMatch(query, append(texts(query, "match_str"), s.stringGroups(query)...))
		m.Query = &match
	}
	for _, header := range objects(target, "hdrs") {
		m.Headers = append(m.Headers, engine.NamedMatch{Name: text(header, "hdr"), TextMatch: textMatch(header, texts(header, "value"))})
	}
	if cookie := object(target, "cookie"); cookie != nil {
		m.Cookie = &engine.NamedMatch{Name: text(cookie, "name"), TextMatch: textMatch(cookie, []string{text(cookie, "value")})}
	}
	if method := object(target, "method"); method != nil {
		m.NotMethods = text(method, "match_criteria") == "IS_NOT_IN"
		for _, name := range texts(method, "methods") {
			m.Methods = append(m.Methods, strings.TrimPrefix(name, "HTTP_METHOD_"))
		}
	}
	if client := object(target, "client_ip"); client != nil {
		match := s.addressMatch(client)
		m.Client = &match
	}
	return m
}

// textMatch reads the criteria of hosts, headers and cookies (HDR_…), of queries (QUERY_MATCH_…) and of paths, which have no prefix.
func textMatch(match schema.Object, values []string) engine.TextMatch {
	out := engine.TextMatch{IgnoreCase: text(match, "match_case") == "INSENSITIVE", Values: values}
	criteria := strings.TrimPrefix(strings.TrimPrefix(text(match, "match_criteria"), "HDR_"), "QUERY_MATCH_")
	if rest, negative := strings.CutPrefix(criteria, "DOES_NOT_"); negative {
		criteria, out.Not = rest, true
	}
	if criteria == "REGEX_DOES_NOT_MATCH" {
		out.Not = true
	}
	switch criteria {
	case "EXISTS", "EXIST":
		out.Compare = engine.CompareExists
	case "BEGINS_WITH", "BEGIN_WITH":
		out.Compare = engine.CompareBeginsWith
	case "ENDS_WITH", "END_WITH":
		out.Compare = engine.CompareEndsWith
	case "CONTAINS", "CONTAIN":
		out.Compare = engine.CompareContains
	case "EQUALS", "EQUAL":
		out.Compare = engine.CompareEquals
	case "REGEX_MATCH", "REGEX_DOES_NOT_MATCH":
		out.Compare = engine.CompareRegex
	}
	return out
}

// stringGroups are the texts of the string groups that a match refers to.
func (s *Server) stringGroups(match schema.Object) []string {
	var out []string
	for _, ref := range refs(match, "string_group_refs") {
		for _, pair := range objects(s.store.byRef[ref].body, "kv") {
			out = append(out, text(pair, "key"))
		}
	}
	return out
}

func texts(o schema.Object, field string) []string {
	list, _ := o[field].([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (s *Server) addressMatch(match schema.Object) engine.AddressMatch {
	out := engine.AddressMatch{NotIn: text(match, "match_criteria") == "IS_NOT_IN"}
	groups := []schema.Object{match}
	for _, ref := range refs(match, "group_refs") {
		groups = append(groups, s.store.byRef[ref].body)
	}
	for _, group := range groups {
		for _, address := range objects(group, "addrs") {
			if a, err := netip.ParseAddr(text(address, "addr")); err == nil {
				out.Prefixes = append(out.Prefixes, netip.PrefixFrom(a, a.BitLen()))
			}
		}
		for _, prefix := range objects(group, "prefixes") {
			a, err := netip.ParseAddr(text(object(prefix, "ip_addr"), "addr"))
			if p := netip.PrefixFrom(a, int(number(prefix, "mask"))); err == nil && p.IsValid() {
				out.Prefixes = append(out.Prefixes, p.Masked())
			}
		}
	}
	return out
}

// networkRules are the rules of a virtual service's network security policy. Rates are not limited.
func (s *Server) networkRules(vs schema.Object) []engine.NetworkRule {
	policy := s.store.get("NetworkSecurityPolicy", refUUID(vs, "network_security_policy_ref"))
	if policy == nil {
		return nil
	}
	var out []engine.NetworkRule
	for _, rule := range rulesOf(policy.body) {
		client := object(object(rule, "match"), "client_ip")
		action := text(rule, "action")
		if client == nil || action == "NETWORK_SECURITY_POLICY_ACTION_TYPE_RATE_LIMIT" {
			continue
		}
		out = append(out, engine.NetworkRule{
			Client: s.addressMatch(client), Deny: action == "NETWORK_SECURITY_POLICY_ACTION_TYPE_DENY",
		})
	}
	return out
}

// proxyProtocolOf is the version of the PROXY protocol in a layer 4 virtual service's application profile; 0 for none.
func proxyProtocolOf(application schema.Object) int {
	profile := object(application, "tcp_app_profile")
	switch {
	case !flag(profile, "proxy_protocol_enabled"):
		return 0
	case text(profile, "proxy_protocol_version") == "PROXY_PROTOCOL_VERSION_2":
		return 2
	}
	return 1
}
