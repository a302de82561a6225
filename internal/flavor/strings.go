package flavor

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// strings reads a string, and those that stand beside it, which Python joins.
func (l *literal) strings() (any, error) {
	var b strings.Builder
	for {
		if err := l.string(&b); err != nil {
			return nil, err
		}
		l.space()
		if !stringStart.MatchString(l.text[l.at:]) {
			return b.String(), nil
		}
	}
}

// string reads one string from its prefix to its closing quotes into b.
func (l *literal) string(b *strings.Builder) error {
	quoteAt := l.at + strings.IndexAny(l.text[l.at:], `'"`)
	prefix := strings.ToLower(l.text[l.at:quoteAt])
	raw, binary := strings.Contains(prefix, "r"), strings.Contains(prefix, "b")
	quote := l.text[quoteAt : quoteAt+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(l.text[quoteAt:], triple) {
		quote = triple
	}
	l.at = quoteAt + len(quote)
	for l.at < len(l.text) {
		rest := l.text[l.at:]
		switch {
		case strings.HasPrefix(rest, quote):
			l.at += len(quote)
			return nil
		case rest[0] == '\n' && len(quote) == 1:
			return l.failed("a line ends within a string")
		case rest[0] == '\\' && len(rest) > 1 && raw:
			// A raw string keeps the backslash, and yet the quote after it does not end the string.
			_, size := utf8.DecodeRuneInString(rest[1:])
			b.WriteString(rest[:1+size])
			l.at += 1 + size
		case rest[0] == '\\' && len(rest) > 1:
			if err := l.escape(b, binary); err != nil {
				return err
			}
		default:
			_, size := utf8.DecodeRuneInString(rest)
			b.WriteString(rest[:size])
			l.at += size
		}
	}
	return l.failed("a string has no end")
}

// escape reads one escape sequence; at least one character follows the backslash. What is none keeps its backslash, as in Python.
func (l *literal) escape(b *strings.Builder, binary bool) error {
	rest := l.text[l.at+1:]
	if at := strings.IndexByte(`\'"abfnrtv`, rest[0]); at >= 0 {
		b.WriteByte("\\'\"\a\b\f\n\r\t\v"[at])
		l.at += 2
		return nil
	}
	switch c := rest[0]; {
	case c == '\n':
		l.at += 2
		return nil
	case c >= '0' && c <= '7':
		digits := 1
		for digits < min(3, len(rest)) && rest[digits] >= '0' && rest[digits] <= '7' {
			digits++
		}
		return l.character(b, rest[:digits], 8, 1)
	case c == 'x':
		return l.hexadecimal(b, rest, 2)
	case c == 'u' && !binary:
		return l.hexadecimal(b, rest, 4)
	case c == 'U' && !binary:
		return l.hexadecimal(b, rest, 8)
	case c == 'N' && !binary:
		return l.failed(`\N names a character; write the character itself`)
	}
	b.WriteByte('\\')
	l.at++
	return nil
}

func (l *literal) hexadecimal(b *strings.Builder, rest string, digits int) error {
	if len(rest) < 1+digits {
		return l.failed("an escape sequence is cut off")
	}
	return l.character(b, rest[1:1+digits], 16, 2)
}

// character writes the character with a number; before are the bytes of the escape sequence before its digits.
func (l *literal) character(b *strings.Builder, digits string, base, before int) error {
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return l.failed("an escape sequence that is no character")
	}
	b.WriteRune(rune(n))
	l.at += before + len(digits)
	return nil
}
