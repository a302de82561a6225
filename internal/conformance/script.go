package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The callers of a script. Member is the one of lines that name nobody.
const (
	Member   = "member"   // of the script's project
	Other    = "other"    // a member of another project
	Plain    = "plain"    // of the script's project, with no role but Keystone's member
	Observer = "observer" // of the script's project, who may look
	Admin    = "admin"
	Nobody   = "nobody" // without a token
)

// Bearers are the callers that have a token.
func Bearers() []string { return []string{Member, Other, Plain, Observer, Admin} }

// Request is one line of a script.
type Request struct {
	Line   int    // in the script, from 1
	Text   string // the line, without its captures
	Caller string
	Method string
	// Path and Body may hold variables: see Variables.
	Path, Body string
	Header     http.Header
	// Save names the values of the answer that later requests use: variables by the dotted paths of what they hold.
	Save map[string]string
	// Unlike says what of the answer is not that of the reference, and why; empty for requests that are answered alike.
	Unlike []Difference
}

// Difference is one way in which an answer is meant not to be the reference's.
type Difference struct {
	// What differs: "status 501" (ours), "text", "body", or "key NAME".
	What string
	// Why, for the reader.
	Why string
}

// parser reads one script.
type parser struct {
	requests []Request
	root     string         // of bodies that begin with a plus sign
	base     map[string]any // what they are added to
	header   http.Header    // of the next request
	unlike   []Difference   // of the next request
}

// Parse reads a script. Its lines are:
//
//	# a comment
//	base ROOT {JSON}               what the bodies that begin with + are added to
//	header NAME: VALUE             for the next request
//	~ WHAT | WHY                   a difference that the next request's answer is meant to have
//	[CALLER] METHOD PATH [BODY] [=> VARIABLE=PATH …]
//
// A body is sent as it is written. One that begins with + is an object whose attributes are added to those of the base, or take
// their place; the value "$absent" takes an attribute away.
func Parse(r io.Reader) ([]Request, error) {
	var p parser
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if err := p.line(n, strings.TrimSpace(lines.Text())); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return p.requests, lines.Err()
}

func (p *parser) line(n int, text string) error {
	word, rest, _ := strings.Cut(text, " ")
	switch {
	case text == "" || strings.HasPrefix(text, "#"):
		return nil
	case word == "base":
		root, object, _ := strings.Cut(rest, " ")
		p.root, p.base = root, nil
		return json.Unmarshal([]byte(object), &p.base)
	case word == "header":
		name, value, ok := strings.Cut(rest, ": ")
		if !ok {
			return fmt.Errorf("no header: %s", rest)
		}
		if p.header == nil {
			p.header = http.Header{}
		}
		p.header.Add(name, value)
		return nil
	case word == "~":
		what, why, ok := strings.Cut(rest, " | ")
		if !ok {
			return fmt.Errorf("a difference without its reason: %s", rest)
		}
		p.unlike = append(p.unlike, Difference{What: what, Why: why})
		return nil
	}
	return p.request(n, text)
}

func (p *parser) request(n int, text string) error {
	text, captures, _ := strings.Cut(text, " => ")
	q := Request{Line: n, Text: text, Caller: Member, Header: p.header, Unlike: p.unlike}
	p.header, p.unlike = nil, nil
	rest := text
	if caller, after, ok := strings.Cut(text, " "); ok && (caller == Nobody || slices.Contains(Bearers(), caller)) {
		q.Caller, rest = caller, after
	}
	q.Method, rest, _ = strings.Cut(rest, " ")
	q.Path, q.Body, _ = strings.Cut(rest, " ")
	if !strings.HasPrefix(q.Path, "/") {
		return fmt.Errorf("no request: %s", text)
	}
	if added, ok := strings.CutPrefix(q.Body, "+"); ok {
		var err error
		if q.Body, err = p.added(added); err != nil {
			return err
		}
	}
	for capture := range strings.FieldsSeq(captures) {
		name, path, _ := strings.Cut(capture, "=")
		if q.Save == nil {
			q.Save = map[string]string{}
		}
		q.Save[name] = path
	}
	p.requests = append(p.requests, q)
	return nil
}

func (p *parser) added(text string) (string, error) {
	var more map[string]any
	if err := json.Unmarshal([]byte(text), &more); err != nil {
		return "", fmt.Errorf("what is added to the base: %w", err)
	}
	object := maps.Clone(p.base)
	for name, value := range more {
		if value == "$absent" {
			delete(object, name)
			continue
		}
		object[name] = value
	}
	body, err := json.Marshal(map[string]any{p.root: object})
	return string(body), err
}

// Variables are what a script's ${NAME} stands for. ${x*300} is 300 times the letter x.
type Variables map[string]string

// Expand puts the values of variables into a text.
func (v Variables) Expand(text string) (string, error) {
	var out strings.Builder
	for {
		before, after, ok := strings.Cut(text, "${")
		out.WriteString(before)
		if !ok {
			return out.String(), nil
		}
		name, rest, ok := strings.Cut(after, "}")
		if !ok {
			return "", fmt.Errorf("a variable without an end: %s", after)
		}
		value, err := v.value(name)
		if err != nil {
			return "", err
		}
		out.WriteString(value)
		text = rest
	}
}

func (v Variables) value(name string) (string, error) {
	if letter, times, ok := strings.Cut(name, "*"); ok {
		n, err := strconv.Atoi(times)
		if err != nil {
			return "", fmt.Errorf("how often is ${%s}? %w", name, err)
		}
		return strings.Repeat(letter, n), nil
	}
	value, ok := v[name]
	if !ok {
		return "", fmt.Errorf("there is no variable %s", name)
	}
	return value, nil
}
