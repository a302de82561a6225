package oslo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Position is a place in a configuration file.
type Position struct {
	File string
	Line int // from 1; 0 means the file as a whole
}

// String gives the form "file:line" that editors and people follow.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line)
}

// Section is a section's header as it was written.
type Section struct {
	Name string
	Position
}

// Assignment is one "key = value", continuation lines included.
type Assignment struct {
	Section string // as in the header before it
	Key     string
	Value   string // lines joined by a newline; not interpolated
	Position
}

// File is what one file says, in its order.
type File struct {
	Name        string
	Sections    []Section
	Assignments []Assignment
}

// SyntaxError is a line that is not in the dialect. It does not show the line,
// which may hold a password whose "=" was forgotten.
type SyntaxError struct {
	Position
	Message string
}

func (e *SyntaxError) Error() string { return e.String() + ": " + e.Message }

// Parse reads one file; name is what positions call it.
//
// Its error joins a *SyntaxError for each line that is wrong (oslo.config stops
// at the first), or is the reader's.
func Parse(r io.Reader, name string) (*File, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	p := parser{file: &File{Name: name}}
	for line := range bytes.SplitSeq(normalizeNewlines(content), []byte("\n")) {
		p.line++
		p.parseLine(line)
	}
	p.flush()
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return p.file, nil
}

// normalizeNewlines does what Python's text mode does on reading.
func normalizeNewlines(content []byte) []byte {
	content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(content, []byte("\r"), []byte("\n"))
}

type parser struct {
	file    *File
	line    int
	section string
	open    bool       // an assignment that continuation lines may extend
	pending Assignment // if and only if open
	errs    []error
}

func (p *parser) position() Position { return Position{File: p.file.Name, Line: p.line} }

func (p *parser) fail(at Position, message string) {
	p.errs = append(p.errs, &SyntaxError{Position: at, Message: message})
}

func (p *parser) parseLine(raw []byte) {
	if !utf8.Valid(raw) {
		p.flush()
		p.fail(p.position(), "this line is not UTF-8 text")
		return
	}
	line := strings.TrimRightFunc(string(raw), isSpace)
	if line == "" {
		p.flush()
		return
	}
	// An indented line continues a value whatever it looks like: an indented
	// "# note" below an assignment becomes part of the value, as in oslo.config.
	if line[0] == ' ' || line[0] == '\t' {
		p.parseContinuation(line)
		return
	}
	p.flush()
	switch line[0] {
	case '[':
		p.parseSection(line)
	case '#', ';':
	default:
		p.parseAssignment(line)
	}
}

func (p *parser) parseContinuation(line string) {
	if !p.open {
		p.fail(p.position(), "an indented line continues the value above it, but there is none (comments and options start in the first column)")
		return
	}
	p.pending.Value += "\n" + strings.TrimLeftFunc(line, isSpace)
}

// parseSection takes everything between the brackets as the name, spaces
// included.
func (p *parser) parseSection(line string) {
	name, closed := strings.CutSuffix(line[1:], "]")
	switch {
	case !closed:
		p.fail(p.position(), "a section's line must end with ] (a comment goes on a line of its own)")
	case name == "":
		p.fail(p.position(), "a section needs a name between [ and ]")
	default:
		p.section = name
		p.file.Sections = append(p.file.Sections, Section{Name: name, Position: p.position()})
	}
}

func (p *parser) parseAssignment(line string) {
	at := strings.IndexAny(line, ":=")
	if at < 0 {
		p.fail(p.position(), "neither = nor : in this line (wanted: option = value)")
		return
	}
	key := strings.TrimFunc(line[:at], isSpace)
	if key == "" {
		p.fail(p.position(), "no option name before the = or :")
		return
	}
	p.pending = Assignment{
		Section:  p.section,
		Key:      key,
		Value:    unquote(strings.TrimFunc(line[at+1:], isSpace)),
		Position: p.position(),
	}
	p.open = true
}

// flush ends the assignment that is being read, if there is one.
func (p *parser) flush() {
	if !p.open {
		return
	}
	p.open = false
	if p.pending.Section == "" {
		p.fail(p.pending.Position, "option "+p.pending.Key+" stands before the first [section]")
		return
	}
	p.file.Assignments = append(p.file.Assignments, p.pending)
}

// unquote strips one pair of equal quotes. Only the first line of a value is
// looked at, and a lone quote is a pair with itself: so does oslo.config.
func unquote(value string) string {
	if value == "" || (value[0] != '"' && value[0] != '\'') || value[len(value)-1] != value[0] {
		return value
	}
	if len(value) == 1 {
		return ""
	}
	return value[1 : len(value)-1]
}

// isSpace is Python's str.isspace, which counts four control characters more
// than Go's.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || (r >= 0x1c && r <= 0x1f)
}
