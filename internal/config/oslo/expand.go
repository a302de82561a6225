package oslo

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// maxReferences bounds how many references one value may take to expand: values
// that refer to each other twice take exponentially many.
const maxReferences = 1000

// reference matches what oslo.config's template takes for a reference: an
// escaped dollar, $name, ${name}. Names may hold dots, and so does the whole of
// "$host.example.org"; braces end a name earlier. Any other dollar is literal.
var reference = regexp.MustCompile(`\$(?:(\$)|([_a-zA-Z][._a-zA-Z0-9]*)|\{([_a-zA-Z][._a-zA-Z0-9]*)\})`)

// Lookup gives the unexpanded text of an option, its default if it is not set;
// false if there is no such option.
type Lookup func(section, key string) (string, bool)

// ReferenceError is a reference in a value that cannot be resolved.
type ReferenceError struct {
	Name    string // as written after the dollar
	Message string // does not hold the name, which in a password is a part of it
}

func (e *ReferenceError) Error() string { return fmt.Sprintf("reference $%s: %s", e.Name, e.Message) }

// Expand replaces the references in the value of an option of section.
//
// "$name" is the option of that name in the same section, else in [DEFAULT];
// "$group.name" the option of section group, else an option "group.name" of
// [DEFAULT]. "$$" and "\$" are a dollar. The error is a *ReferenceError; where
// oslo.config recurses until it dies, it says so.
func Expand(section, text string, lookup Lookup) (string, error) {
	e := expansion{lookup: lookup}
	return e.expand(section, text)
}

type expansion struct {
	lookup Lookup
	within []option // those whose values are being expanded
	count  int      // references resolved so far
}

type option struct{ section, key string }

func (e *expansion) expand(section, text string) (string, error) {
	text = strings.ReplaceAll(text, `\$`, "$$")
	var out strings.Builder
	end := 0
	for _, m := range reference.FindAllStringSubmatchIndex(text, -1) {
		out.WriteString(text[end:m[0]])
		end = m[1]
		if m[2] >= 0 {
			out.WriteByte('$')
			continue
		}
		name := submatch(text, m, 2) + submatch(text, m, 3)
		value, err := e.resolve(section, name)
		if err != nil {
			return "", err
		}
		out.WriteString(value)
	}
	out.WriteString(text[end:])
	return out.String(), nil
}

func (e *expansion) resolve(section, name string) (string, error) {
	found, text, ok := e.find(section, name)
	if !ok {
		return "", &ReferenceError{Name: name, Message: "no such option (write $$ for a dollar sign)"}
	}
	if slices.Contains(e.within, found) {
		return "", &ReferenceError{Name: name, Message: "the value refers to itself"}
	}
	e.count++
	if e.count > maxReferences {
		return "", &ReferenceError{Name: name, Message: fmt.Sprintf("the value needs more than %d references", maxReferences)}
	}
	e.within = append(e.within, found)
	defer func() { e.within = e.within[:len(e.within)-1] }()
	return e.expand(found.section, text)
}

func (e *expansion) find(section, name string) (found option, text string, ok bool) {
	first := option{section: NormalizeSection(section), key: name}
	// Headers may be in any case, references to them may not, as in oslo.config.
	if group, key, dotted := strings.Cut(name, "."); dotted {
		first = option{section: group, key: key}
	}
	for _, candidate := range []option{first, {section: DefaultSection, key: name}} {
		if candidate.section != NormalizeSection(candidate.section) {
			continue
		}
		if text, ok := e.lookup(candidate.section, candidate.key); ok {
			return candidate, text, true
		}
	}
	return option{}, "", false
}

// submatch is the text of the n-th group of a match, "" if it took no part.
func submatch(text string, match []int, n int) string {
	if match[2*n] < 0 {
		return ""
	}
	return text[match[2*n]:match[2*n+1]]
}
