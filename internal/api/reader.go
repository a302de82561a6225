package api

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// reader checks a JSON value of a type and gives it in its canonical form: string, bool, int64, float64, []any or
// map[string]any. How values are converted says convert.go.
type reader func(name string, value any) (any, error)

// The lengths of Octavia's texts, in characters. The domain checks those that it carries out.
const (
	maxProjectID = 36
	maxProvider  = 64
	maxText      = 255
	maxCiphers   = 2048
)

// invalid is a value of a wrong type, in WSME's words.
func invalid(name string, value any, allowed string) error {
	return lbaas.InvalidValue(name, shown(value), allowed)
}

// shown is a value as error texts show it: Python's names of JSON's constants, and not all of a long one.
func shown(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return excerpt(v)
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = shown(item)
			if _, ok := item.(string); ok {
				items[i] = "'" + items[i] + "'"
			}
		}
		return excerpt("[" + strings.Join(items, ", ") + "]")
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "?"
	}
	return excerpt(string(text))
}

// excerpt is the beginning of a text that a client sent, short enough for an answer.
func excerpt(text string) string {
	const most = 200
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

// text reads a string of any length.
func text(name string, value any) (any, error) {
	s, ok := value.(string)
	if !ok {
		return nil, invalid(name, value, "Value should be string")
	}
	if strings.ContainsRune(s, 0) {
		return nil, invalid(name, value, "Value should not contain NUL characters.")
	}
	return s, nil
}

// textOf reads a string of at most so many characters.
func textOf(most int) reader {
	return func(name string, value any) (any, error) {
		s, err := text(name, value)
		if err != nil {
			return nil, err
		}
		if utf8.RuneCountInString(s.(string)) > most {
			return nil, invalid(name, value, fmt.Sprintf("Value should have a maximum character requirement of %d", most))
		}
		return s, nil
	}
}

// address reads an IPv4 or IPv6 address.
func address(name string, value any) (any, error) {
	if s, ok := value.(string); ok {
		if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
			return s, nil
		}
	}
	return nil, invalid(name, value, "Value should be IPv4 or IPv6 format")
}

// httpVersion reads one of the versions that a health monitor may speak.
func httpVersion(name string, value any) (any, error) {
	v, err := number(name, value)
	if err == nil && v != 1.0 && v != 1.1 {
		err = invalid(name, value, "Value should be one of: 1.0, 1.1")
	}
	return v, err
}

// The form of a domain name, as Octavia's type of it has it.
const domainNameForm = `^(?=.{1,253}\.?$)(?:(?!-|[^.]+_)[A-Za-z0-9-_]{1,63}(?<!-)(?:\.|$))+$`

// domainName reads a host name of letters, digits and hyphens.
func domainName(name string, value any) (any, error) {
	s, err := textOf(maxText)(name, value)
	if err != nil {
		return nil, err
	}
	if s == "" {
		return nil, invalid(name, value, "Value should have a minimum character requirement of 1")
	}
	host := strings.TrimSuffix(s.(string), ".")
	if len(host) > 253 {
		return nil, invalid(name, value, "Value should match the pattern "+domainNameForm)
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.Contains(label[1:], "_") || strings.ContainsFunc(label, notInDomainName) {
			return nil, invalid(name, value, "Value should match the pattern "+domainNameForm)
		}
	}
	return s, nil
}

func notInDomainName(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// oneOf reads one of a few strings.
func oneOf(allowed ...string) reader {
	return func(name string, value any) (any, error) {
		if s, ok := value.(string); ok && slices.Contains(allowed, s) {
			return s, nil
		}
		return nil, invalid(name, value, "Value should be one of: "+strings.Join(allowed, ", "))
	}
}

// within reads a whole number of a range.
func within(low, high int64) reader {
	return func(name string, value any) (any, error) {
		n, err := integer(name, value)
		switch {
		case err != nil:
			return nil, err
		case n.(int64) < low:
			return nil, invalid(name, value, fmt.Sprintf("Value should be greater or equal to %d", low))
		case n.(int64) > high:
			return nil, invalid(name, value, fmt.Sprintf("Value should be lower or equal to %d", high))
		}
		return n, nil
	}
}

// listOf reads an array.
func listOf(item reader) reader {
	return func(name string, value any) (any, error) {
		items, ok := value.([]any)
		if !ok {
			return nil, invalid(name, value, "Value not a valid list")
		}
		canonical := make([]any, len(items))
		for i, v := range items {
			if v == nil {
				return nil, invalid(name, value, "Value should not contain null")
			}
			var err error
			if canonical[i], err = item(name, v); err != nil {
				return nil, err
			}
		}
		return canonical, nil
	}
}

// object reads an object that has a schema of its own.
func object(s schema) reader {
	return func(name string, value any) (any, error) {
		values, ok := value.(map[string]any)
		if !ok {
			return nil, invalid(name, value, "Value should be a JSON dict")
		}
		return s.read(values)
	}
}
