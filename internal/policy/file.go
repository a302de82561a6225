package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// Rule is a rule of a policy file.
type Rule struct {
	Name  string
	check check
	// File and Line say where it stands; no file is one of the defaults.
	File string
	Line int
}

func (r Rule) position() string {
	if r.File == "" {
		return fmt.Sprintf("the default of rule %q: ", r.Name)
	}
	return fmt.Sprintf("%s:%d: rule %q: ", r.File, r.Line, r.Name)
}

// Error is a mistake in a policy file.
type Error struct {
	Rule   Rule
	Reason string
}

// Error gives the file, line and rule with the mistake.
func (e *Error) Error() string { return e.Rule.position() + e.Reason }

// ParseFile reads the rules of a policy file: an object of names and rules, as JSON or, what is not JSON, as YAML. Its name is
// for messages. The error joins all mistakes. An empty file has no rules.
func ParseFile(name string, content []byte) ([]Rule, error) {
	document, err := decode(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if document == nil {
		return nil, nil
	}
	if document.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("%s:%d: a policy file is an object of names and rules", name, document.Line)
	}
	var rules []Rule
	var errs []error
	for i := 0; i+1 < len(document.Content); i += 2 {
		key, value := document.Content[i], document.Content[i+1]
		r := Rule{Name: key.Value, File: name, Line: key.Line}
		if key.Kind != yaml.ScalarNode || key.Value == "" {
			errs = append(errs, fmt.Errorf("%s:%d: the name of a rule is a text", name, key.Line))
			continue
		}
		if r.check, err = parseValue(value); err != nil {
			errs = append(errs, &Error{Rule: r, Reason: err.Error()})
			continue
		}
		rules = append(rules, r)
	}
	return rules, errors.Join(errs...)
}

// decode gives the top of a document; nil when there is nothing in it.
func decode(content []byte) (*yaml.Node, error) {
	if json.Valid(content) {
		// YAML has all of JSON but tabs before values, which only indent there.
		content = bytes.ReplaceAll(content, []byte("\t"), []byte(" "))
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil //nolint:nilnil // an empty file is not a mistake
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, errors.New("a policy file is one document, and this one goes on after it")
	}
	top := resolved(&document)
	if top.Kind == yaml.DocumentNode {
		top = resolved(top.Content[0])
	}
	if top.Kind == yaml.ScalarNode && top.Tag == "!!null" {
		return nil, nil //nolint:nilnil // a file with comments only is not a mistake
	}
	return top, nil
}

// resolved follows YAML's aliases, which cannot lead in circles.
func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

func parseValue(value *yaml.Node) (check, error) {
	value = resolved(value)
	switch {
	case value.Kind == yaml.ScalarNode && value.Tag == "!!str":
		return parseRule(value.Value)
	case value.Kind == yaml.ScalarNode && value.Tag == "!!null":
		return nil, errors.New(`a rule is missing; to allow everybody write "@", to allow nobody "!"`)
	case value.Kind == yaml.SequenceNode:
		var list []any
		if err := value.Decode(&list); err != nil {
			return nil, err
		}
		return parseList(list)
	}
	return nil, errors.New("a rule is a text, or a list of lists of checks")
}
