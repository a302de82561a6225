package policy

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// template is a text with %(name)s in it, which stand for attributes of the target.
type template struct {
	source string
	parts  []part
}

// part is a piece of text, or the name of an attribute.
type part struct {
	text      string
	attribute bool
}

// parseTemplate reads Python's way of putting texts together, as far as it makes sense for rules: %(name)s, and %% for a %.
func parseTemplate(source string) (template, error) {
	t := template{source: source}
	for rest := source; rest != ""; {
		at := strings.IndexByte(rest, '%')
		if at < 0 {
			t.parts = append(t.parts, part{text: rest})
			break
		}
		if at > 0 {
			t.parts = append(t.parts, part{text: rest[:at]})
		}
		rest = rest[at+1:]
		if after, ok := strings.CutPrefix(rest, "%"); ok {
			t.parts, rest = append(t.parts, part{text: "%"}), after
			continue
		}
		name, after, ok := strings.Cut(strings.TrimPrefix(rest, "("), ")s")
		if !strings.HasPrefix(rest, "(") || !ok || name == "" || strings.ContainsAny(name, "()%") {
			return template{}, fmt.Errorf("%q: a %% stands before (attribute)s, or before another %%", source)
		}
		t.parts, rest = append(t.parts, part{text: name, attribute: true}), after
	}
	return t, nil
}

// fill puts the target's attributes in; ok is false when it lacks one, and then nothing may match.
func (t template) fill(target Target) (text string, ok bool) {
	if len(t.parts) == 1 {
		return t.parts[0].fill(target)
	}
	var out strings.Builder
	for _, p := range t.parts {
		piece, ok := p.fill(target)
		if !ok {
			return "", false
		}
		out.WriteString(piece)
	}
	return out.String(), true
}

func (p part) fill(target Target) (string, bool) {
	if !p.attribute {
		return p.text, true
	}
	value, ok := target[p.text]
	if ok && value == "" {
		value = none
	}
	return value, ok
}

// none is how Python writes the absence of a value: the project of a token that has none equals that of a target that has none.
const none = "None"

var errLiteral = errors.New("not a literal")

// parseLiteral reads what can stand before the colon instead of an attribute of the credentials, and gives its text as Python's
// str would: a quoted text, a whole number, True, False or None.
func parseLiteral(source string) (string, error) {
	switch source {
	case "True", "False", none:
		return source, nil
	}
	if n, err := strconv.ParseInt(source, 10, 64); err == nil && strconv.FormatInt(n, 10) == strings.TrimPrefix(source, "+") {
		return strconv.FormatInt(n, 10), nil
	}
	if len(source) < 2 || source[0] != '\'' && source[0] != '"' {
		return "", errLiteral
	}
	inner := source[1 : len(source)-1]
	if source[len(source)-1] != source[0] || strings.IndexByte(inner, source[0]) >= 0 || strings.IndexByte(inner, '\\') >= 0 {
		return "", fmt.Errorf("%s: a quoted text ends with the quote that it begins with, and has neither that nor a backslash inside", source)
	}
	return inner, nil
}
