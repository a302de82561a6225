package policy

import (
	"errors"
	"fmt"
	"strings"
)

// maxDepth bounds how deep parentheses and nots may nest.
const maxDepth = 100

// parseRule reads a rule in oslo.policy's language. The empty rule allows everybody, as there.
//
//	rule = and { "or" and } ; and = not { "and" not } ; not = "not" not | "(" rule ")" | check
//
// The words are read without regard to case. A check is a run of characters without white space; parentheses at its ends are
// not part of it, those inside (%(name)s) are.
func parseRule(text string) (check, error) {
	if text == "" {
		return always{}, nil
	}
	p := parser{tokens: tokenize(text)}
	c, err := p.or(0)
	if err == nil && len(p.tokens) > 0 {
		err = fmt.Errorf("%q is not expected here: checks are joined by and, or", p.tokens[0])
	}
	return c, err
}

// tokenize splits a rule as oslo.policy's _parse_tokenize does.
func tokenize(text string) []string {
	var tokens []string
	for word := range strings.FieldsSeq(text) {
		core := strings.TrimLeft(word, "(")
		for range len(word) - len(core) {
			tokens = append(tokens, "(")
		}
		trimmed := strings.TrimRight(core, ")")
		if trimmed != "" {
			tokens = append(tokens, trimmed)
		}
		for range len(core) - len(trimmed) {
			tokens = append(tokens, ")")
		}
	}
	return tokens
}

type parser struct{ tokens []string }

// take removes the next token if it is the one that is named.
func (p *parser) take(token string) bool {
	if len(p.tokens) == 0 || !strings.EqualFold(p.tokens[0], token) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *parser) or(depth int) (check, error) {
	return p.chain("or", func() (check, error) {
		return p.chain("and", func() (check, error) { return p.not(depth) }, func(checks []check) check { return every(checks) })
	}, func(checks []check) check { return either(checks) })
}

// chain reads operands that an operator joins.
func (p *parser) chain(operator string, operand func() (check, error), join func([]check) check) (check, error) {
	var checks []check
	for {
		c, err := operand()
		if err != nil {
			return nil, err
		}
		checks = append(checks, c)
		if !p.take(operator) {
			break
		}
	}
	if len(checks) == 1 {
		return checks[0], nil
	}
	return join(checks), nil
}

func (p *parser) not(depth int) (check, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	if p.take("not") {
		c, err := p.not(depth + 1)
		return inverse{c}, err
	}
	if p.take("(") {
		c, err := p.or(depth + 1)
		if err == nil && !p.take(")") {
			err = errors.New("a parenthesis is not closed")
		}
		return c, err
	}
	if len(p.tokens) == 0 {
		return nil, errors.New("a check is missing at the end")
	}
	token := p.tokens[0]
	if token == ")" || strings.EqualFold(token, "and") || strings.EqualFold(token, "or") {
		return nil, fmt.Errorf("a check is missing before %q", token)
	}
	p.tokens = p.tokens[1:]
	return parseCheck(token)
}

// parseCheck reads a single check.
func parseCheck(text string) (check, error) {
	switch text {
	case "@":
		return always{}, nil
	case "!":
		return never{}, nil
	}
	kind, match, ok := strings.Cut(text, ":")
	if !ok {
		return nil, fmt.Errorf("%q is no check: one is @, ! or kind:value", text)
	}
	switch kind {
	case "":
		return nil, fmt.Errorf("%q is no check: nothing is before the colon", text)
	case "rule":
		return reference(match), nil
	case "http", "https":
		return nil, fmt.Errorf("%q asks another server for the decision, which is not supported: write the rule here", text)
	case "is_admin":
		return adminCheck(strings.EqualFold(match, "true")), nil
	}
	value, err := parseTemplate(match)
	if err != nil {
		return nil, err
	}
	if kind == "role" {
		return roleCheck{value}, nil
	}
	literal, err := parseLiteral(kind)
	switch {
	case err == nil:
		return literalCheck{source: kind, text: literal, value: value}, nil
	case !errors.Is(err, errLiteral):
		return nil, err
	}
	return attributeCheck{path: kind, value: value}, nil
}

// parseList reads the form of old: a list of lists of checks, the outer one joined by or, the inner ones by and. An empty list
// allows everybody, an empty inner one says nothing; one that holds only those allows nobody.
func parseList(list []any) (check, error) {
	if len(list) == 0 {
		return always{}, nil
	}
	var alternatives either
	for _, item := range list {
		c, err := parseInner(item)
		if err != nil {
			return nil, err
		}
		if c != nil {
			alternatives = append(alternatives, c)
		}
	}
	switch len(alternatives) {
	case 0:
		return never{}, nil
	case 1:
		return alternatives[0], nil
	}
	return alternatives, nil
}

func parseInner(item any) (check, error) {
	var texts []any
	switch v := item.(type) {
	case string:
		if v == "" {
			return nil, nil //nolint:nilnil // it says nothing, as with oslo.policy
		}
		texts = []any{v}
	case []any:
		texts = v
	default:
		return nil, fmt.Errorf("%v is neither a check nor a list of checks", item)
	}
	var all every
	for _, text := range texts {
		s, ok := text.(string)
		if !ok {
			return nil, fmt.Errorf("%v is no check: it is no text", text)
		}
		if tokens := tokenize(s); len(tokens) != 1 || tokens[0] != s {
			return nil, fmt.Errorf("%q is no check: an item of a list is a single one, without and, or, parentheses", s)
		}
		c, err := parseCheck(s)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	switch len(all) {
	case 0:
		return nil, nil //nolint:nilnil // it says nothing, as with oslo.policy
	case 1:
		return all[0], nil
	}
	return all, nil
}
