package flavor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// errNoDict is a text that is well-formed and not a dict.
var errNoDict = errors.New("it is not a dict of names and values")

// ParseJSON reads a JSON object. Its values are nil, bool, string, json.Number, []any and map[string]any.
func ParseJSON(text string) (map[string]any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, fmt.Errorf("it is not JSON: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it is not JSON: something follows its end")
	}
	dict, ok := value.(map[string]any)
	if !ok {
		return nil, errNoDict
	}
	return dict, nil
}

// ParseMetainfo reads the metainfo of a service profile: a JSON object or else a Python dict literal, as Python's
// ast.literal_eval takes it. The values are those of ParseJSON; Python's tuples are lists. An empty text is an empty dict: it
// is what Neutron stores when a profile is made without metainfo.
func ParseMetainfo(text string) (map[string]any, error) {
	if strings.TrimSpace(text) == "" {
		return map[string]any{}, nil
	}
	dict, err := ParseJSON(text)
	if err == nil || errors.Is(err, errNoDict) {
		return dict, err
	}
	value, err := parseLiteral(text)
	if err != nil {
		return nil, fmt.Errorf("it is neither JSON nor a Python literal: %w", err)
	}
	dict, ok := value.(map[string]any)
	if !ok {
		return nil, errNoDict
	}
	return dict, nil
}
