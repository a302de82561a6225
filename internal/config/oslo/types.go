package oslo

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// BooleanTexts are the texts that Boolean takes, in any case.
const BooleanTexts = "true, yes, on, 1, false, no, off, 0"

var (
	integerText = regexp.MustCompile(`^[+-]?[0-9]+(_[0-9]+)*$`)
	floatText   = regexp.MustCompile(`(?i)^[+-]?(inf|infinity|nan|([0-9]+(_[0-9]+)*\.?([0-9]+(_[0-9]+)*)?|\.[0-9]+(_[0-9]+)*)(e[+-]?[0-9]+(_[0-9]+)*)?)$`)
)

// Boolean reads one of BooleanTexts.
func Boolean(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "on", "1":
		return true, nil
	case "false", "no", "off", "0":
		return false, nil
	}
	return false, errors.New("not a boolean")
}

// Integer reads a decimal number as Python's int does. It fails on what does
// not fit 64 bits.
func Integer(text string) (int64, error) {
	text = strings.TrimFunc(text, isSpace)
	if !integerText.MatchString(text) {
		return 0, errors.New("not an integer")
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
	if err != nil {
		return 0, errors.New("integer out of range")
	}
	return n, nil
}

// Float reads a number as Python's float does, infinities and NaN included.
func Float(text string) (float64, error) {
	text = strings.TrimFunc(text, isSpace)
	if !floatText.MatchString(text) {
		return 0, errors.New("not a number")
	}
	// Out of range is not an error in Python: it gives an infinity, and so does
	// ParseFloat beside its error.
	n, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, errors.New("not a number")
	}
	return n, nil
}

// List splits at commas and trims each item; trailing commas count for nothing.
// Quotes are not special.
func List(text string) []string {
	var items []string
	for item := range splitList(text) {
		items = append(items, strings.TrimFunc(item, isSpace))
	}
	return items
}

// QuotedList is List for items that may be in a pair of equal quotes, and may
// hold commas then.
func QuotedList(text string) ([]string, error) {
	var items []string
	open := "" // parts of an item whose quote is not closed yet
	for part := range splitList(text) {
		item := strings.TrimFunc(open+part, isSpace)
		switch {
		case item == "" || (item[0] != '"' && item[0] != '\''):
			items = append(items, item)
			open = ""
		case len(item) > 1 && item[len(item)-1] == item[0]:
			items = append(items, item[1:len(item)-1])
			open = ""
		default:
			open += part + ","
		}
	}
	if open != "" {
		return nil, errors.New("a quote is not closed")
	}
	return items, nil
}

func splitList(text string) func(yield func(string) bool) {
	text = strings.TrimRight(strings.TrimFunc(text, isSpace), ",")
	if text == "" {
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(text, ",")
}

// Pair is an entry of a dictionary.
type Pair struct{ Key, Value string }

// Dict reads "key:value, key:value", in order. A part without a colon is joined
// with the next one: so does oslo.config, and a value that holds a comma turns
// into a strange key rather than an error.
func Dict(text string) ([]Pair, error) {
	text = strings.TrimFunc(text, isSpace)
	if text == "" {
		return nil, nil
	}
	var pairs []Pair
	seen := make(map[string]bool)
	joined := ""
	for part := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(joined+part, ":")
		if !ok {
			joined += part + ","
			continue
		}
		joined = ""
		key, value = strings.TrimFunc(key, isSpace), strings.TrimFunc(value, isSpace)
		if key == "" {
			return nil, errors.New("an entry has no name before its colon")
		}
		if seen[key] {
			return nil, fmt.Errorf("%q is there twice", key)
		}
		seen[key] = true
		pairs = append(pairs, Pair{Key: key, Value: value})
	}
	if joined != "" {
		return nil, errors.New("entries must be NAME:VALUE, separated by commas")
	}
	return pairs, nil
}
