package api

import (
	"strings"
	"unicode"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// The forms that texts of attributes have to have for Octavia. The domain has more to say of most: that comes later, when all
// attributes have the right types and forms.

// wordOf reads one of a few words.
func wordOf[T ~string](words []T) reader {
	allowed := make([]string, len(words))
	for i, word := range words {
		allowed[i] = string(word)
	}
	return oneOf(allowed...)
}

// redirectCode reads one of the codes that a redirection may have. Which of them there are here is for the domain to say.
func redirectCode(name string, value any) (any, error) {
	code, err := integer(name, value)
	if err != nil {
		return nil, err
	}
	switch code.(int64) {
	case 301, 302, 303, 307, 308:
		return code, nil
	}
	return nil, invalid(name, value, "Value should be one of: 301, 302, 303, 307, 308")
}

// urlPath reads the path that a health monitor asks for; what is no text is none.
func urlPath(name string, value any) (any, error) {
	path, ok := value.(string)
	if !ok {
		return nil, invalid(name, value, "Value must be a valid URL Path string")
	}
	return path, lbaas.CheckURLPath(name, path)
}

// target reads the URL that an L7 policy leads to. Which URLs Avi can lead to is for the domain to say.
func target(name string, value any) (any, error) {
	if _, ok := value.(string); !ok {
		return nil, invalid(name, value, "Value should be string")
	}
	return value, lbaas.CheckURL(name, value.(string))
}

// oneLine reads a text of one line. Its pattern lets the line end, in Python's eyes; the domain does not.
func oneLine(name string, value any) (any, error) {
	line, err := textOf(maxText)(name, value)
	if err == nil && strings.ContainsAny(strings.TrimSuffix(line.(string), "\n"), "\r\n") {
		err = invalid(name, value, `Value should match the pattern ^[^\r\n]*$`)
	}
	return line, err
}

// expectedCodes reads codes, and ranges of codes, separated by commas. Octavia takes a single range only, Neutron LBaaS v2 took both.
func expectedCodes(name string, value any) (any, error) {
	codes, err := text(name, value)
	if err != nil {
		return nil, err
	}
	for part := range strings.SplitSeq(codes.(string), ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isCode(first) || isRange && !isCode(last) {
			return nil, invalid(name, value, `Value should match the pattern ^(\d{3}(\s*,\s*\d{3})*)$|^(\d{3}-\d{3})$`)
		}
	}
	return codes, nil
}

func isCode(text string) bool { return len(text) == 3 && strings.Trim(text, "0123456789") == "" }

// cookieName reads the name of a cookie.
func cookieName(name string, value any) (any, error) {
	cookie, err := textOf(maxText)(name, value)
	if err != nil {
		return nil, err
	}
	if text := cookie.(string); text == "" || strings.ContainsFunc(text, unicode.IsSpace) || strings.ContainsAny(text, `,;\`) {
		return nil, invalid(name, value, `Value should match the pattern ^[^\s,;\\]+$`)
	}
	return cookie, nil
}

// alpnProtocol reads the name of a protocol within TLS.
func alpnProtocol(name string, value any) (any, error) {
	switch value {
	case "h2", "http/1.1", "http/1.0":
		return value, nil
	}
	return nil, invalid(name, value, "Value should be a valid ALPN protocol ID")
}

// cidrs reads ranges of addresses. Of a wrong one Octavia shows the whole list.
func cidrs(name string, value any) (any, error) {
	return listOf(func(_ string, item any) (any, error) {
		if text, ok := item.(string); ok && lbaas.CheckCIDR(name, text) == nil {
			return text, nil
		}
		return nil, invalid(name, value, "Value should be IPv4 or IPv6 CIDR format")
	})(name, value)
}
