package flavor

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds how deep values may be nested.
const maxDepth = 32

// literal reads one Python literal: the displays of dicts, lists and tuples, strings of all quotes and prefixes, numbers, True,
// False and None. Both Python 2's forms (u"…", 0777, 10L) and Python 3's are taken; names, calls, operators and sets are not.
type literal struct {
	text  string
	at    int // bytes read
	depth int
}

func parseLiteral(text string) (any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not UTF-8")
	}
	l := &literal{text: text}
	value, err := l.value()
	if err != nil {
		return nil, err
	}
	if l.space(); l.at < len(l.text) {
		return nil, l.failed("something follows its end")
	}
	return value, nil
}

// failed says where reading stopped; positions count from 1, in bytes. The text itself is not repeated.
func (l *literal) failed(format string, args ...any) error {
	return fmt.Errorf("at position %d: "+format, append([]any{l.at + 1}, args...)...)
}

// space skips blanks, line ends, continuations and comments.
func (l *literal) space() {
	for l.at < len(l.text) {
		switch c := l.text[l.at]; {
		case strings.IndexByte(" \t\r\n\f", c) >= 0:
			l.at++
		case c == '\\' && strings.HasPrefix(l.text[l.at:], "\\\n"):
			l.at += 2
		case c == '#':
			end := strings.IndexByte(l.text[l.at:], '\n')
			if end < 0 {
				end = len(l.text) - l.at
			}
			l.at += end
		default:
			return
		}
	}
}

// take skips space and then c, if it is next.
func (l *literal) take(c byte) bool {
	l.space()
	if l.at < len(l.text) && l.text[l.at] == c {
		l.at++
		return true
	}
	return false
}

var (
	stringStart = regexp.MustCompile(`^(?i:[ubr]|ur|br|rb)?['"]`)
	word        = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*`)
)

func (l *literal) value() (any, error) {
	if l.depth++; l.depth > maxDepth {
		return nil, l.failed("nested deeper than %d", maxDepth)
	}
	defer func() { l.depth-- }()
	switch {
	case l.take('{'):
		return l.dict()
	case l.take('['):
		return l.list(']')
	case l.take('('):
		return l.tuple()
	case l.at >= len(l.text):
		return nil, l.failed("a value is missing")
	case stringStart.MatchString(l.text[l.at:]):
		return l.strings()
	}
	if name := word.FindString(l.text[l.at:]); name != "" {
		return l.constant(name)
	}
	return l.number()
}

func (l *literal) constant(name string) (any, error) {
	constants := map[string]any{"True": true, "False": false, "None": nil}
	value, ok := constants[name]
	if !ok {
		return nil, l.failed("a name or a call instead of a literal")
	}
	l.at += len(name)
	return value, nil
}

// dict reads what follows the opening brace.
func (l *literal) dict() (any, error) {
	dict := map[string]any{}
	for !l.take('}') {
		l.space()
		start := l.at
		key, err := l.value()
		if err != nil {
			return nil, err
		}
		name, ok := key.(string)
		if !ok {
			l.at = start
			return nil, l.failed("a key that is not a string")
		}
		if !l.take(':') {
			return nil, l.failed("a colon is missing after a key")
		}
		if dict[name], err = l.value(); err != nil {
			return nil, err
		}
		if !l.take(',') {
			if l.take('}') {
				break
			}
			return nil, l.failed("a comma or the closing brace is missing")
		}
	}
	return dict, nil
}

// list reads what follows the opening bracket.
func (l *literal) list(end byte) ([]any, error) {
	items := []any{}
	for !l.take(end) {
		item, err := l.value()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if !l.take(',') {
			if l.take(end) {
				break
			}
			return nil, l.failed("a comma or the closing %q is missing", string(end))
		}
	}
	return items, nil
}

// tuple reads what follows the opening parenthesis: a tuple, or one value in parentheses.
func (l *literal) tuple() (any, error) {
	items, err := l.list(')')
	if err != nil || len(items) != 1 {
		return items, err
	}
	// What stands before the parenthesis that was just read tells (x,) from (x).
	for i := l.at - 2; i >= 0; i-- {
		switch l.text[i] {
		case ' ', '\t', '\r', '\n', '\f':
		case ',':
			return items, nil
		default:
			return items[0], nil
		}
	}
	return items[0], nil
}

var (
	integerForm  = regexp.MustCompile(`^[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|[0-9](?:_?[0-9])*)`)
	floatForm    = regexp.MustCompile(`^[+-]?(?:[0-9](?:_?[0-9])*)?(?:\.(?:[0-9](?:_?[0-9])*)?)?(?:[eE][+-]?[0-9](?:_?[0-9])*)?`)
	oldOctalForm = regexp.MustCompile(`^[+-]?0[0-7]+$`)
)

// number reads an integer or a float, as digits that JSON would have.
func (l *literal) number() (any, error) {
	rest := l.text[l.at:]
	whole, broken := integerForm.FindString(rest), floatForm.FindString(rest)
	if len(broken) > len(whole) && strings.ContainsAny(broken, "0123456789") {
		f, err := strconv.ParseFloat(strings.ReplaceAll(broken, "_", ""), 64)
		if err != nil {
			return nil, l.failed("a number that is out of range")
		}
		l.at += len(broken)
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64)), l.endOfNumber()
	}
	if whole == "" {
		return nil, l.failed("neither a string, a number, True, False, None nor a display of a dict, list or tuple")
	}
	digits := strings.TrimPrefix(strings.ReplaceAll(whole, "_", ""), "+")
	if oldOctalForm.MatchString(digits) {
		digits = strings.Replace(digits, "0", "0o", 1)
	}
	n, ok := new(big.Int).SetString(digits, 0)
	if !ok {
		return nil, l.failed("a number that Python would not take")
	}
	l.at += len(whole)
	if l.at < len(l.text) && (l.text[l.at] == 'L' || l.text[l.at] == 'l') {
		l.at++
	}
	return json.Number(n.String()), l.endOfNumber()
}

// endOfNumber refuses what would make the number another one, say an imaginary one.
func (l *literal) endOfNumber() error {
	if word.MatchString(l.text[l.at:]) {
		return l.failed("letters after a number")
	}
	return nil
}
