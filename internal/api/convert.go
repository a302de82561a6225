package api

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// How JSON values become values of an attribute's type is WSME's (wsme.rest.json and wsme.types), which hands them to Python's own
// constructors:
//
//	type        true, false   whole numbers     fractions        strings                                  others
//	text        no            no                no               as they are                              no
//	boolean     as they are   0 false, else     no               "true", "t", "yes", "y", "on", "1" and   no
//	                          true                               their opposites (and here, as Neutron's
//	                                                             client writes them, in capitals)
//	integer     1, 0          as they are       cut: 1.9 is 1    digits, a sign, blanks around them, and  no
//	                                                             single underscores between them
//	number      1, 0          as they are       as they are      as integer, with a fraction or exponent  no
//	identifier  no            no                no               32 hexadecimal digits; "urn:", "uuid:",  no
//	                                                             braces and hyphens do not count
//
// null is no value of any type: it is what the attribute takes it for.

// boolean reads true or false.
func boolean(name string, value any) (any, error) {
	switch v := value.(type) {
	case bool:
		return v, nil
	case string:
		if b, ok := parseBool(strings.ToLower(v)); ok {
			return b, nil
		}
	case json.Number:
		if digits := v.String(); !strings.ContainsAny(digits, ".eE") {
			return strings.Trim(digits, "-0") != "", nil
		}
	}
	return nil, invalid(name, value, "Value not an unambiguous boolean: "+shown(value))
}

func parseBool(word string) (value, ok bool) {
	switch word {
	case "true", "t", "yes", "y", "on", "1":
		return true, true
	case "false", "f", "no", "n", "off", "0":
		return false, true
	}
	return false, false
}

// integer reads a whole number. One that is too large for 64 bits is the largest of them: no attribute has that.
func integer(name string, value any) (any, error) {
	switch v := value.(type) {
	case bool:
		return bit(v), nil
	case json.Number:
		if n, ok := wholeOf(v.String()); ok {
			return n, nil
		}
		if f, err := v.Float64(); err == nil && math.Abs(f) < math.MaxInt64 {
			return int64(f), nil
		}
	case string:
		if n, ok := wholeOf(plain(v)); ok {
			return n, nil
		}
	}
	return nil, invalid(name, value, "Value should be an integer")
}

// wholeOf is the number that digits are, or the one nearest to it that 64 bits hold.
func wholeOf(digits string) (int64, bool) {
	n, err := strconv.ParseInt(digits, 10, 64)
	tooLarge := err != nil && n != 0 // strconv's answer to what is out of its range
	return n, err == nil || tooLarge
}

func bit(set bool) int64 {
	if set {
		return 1
	}
	return 0
}

// plain is a number's text without what Python does not look at; one with underscores anywhere else than between digits stays as it
// is, and is no number.
func plain(text string) string {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "_") {
		return text
	}
	for part := range strings.SplitSeq(strings.TrimLeft(text, "+-"), "_") {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			return text
		}
	}
	return strings.ReplaceAll(text, "_", "")
}

// number reads a number.
func number(name string, value any) (any, error) {
	var digits string
	switch v := value.(type) {
	case bool:
		return float64(bit(v)), nil
	case json.Number:
		digits = v.String()
	case string:
		digits = strings.TrimSpace(v)
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, invalid(name, value, "Value should be a number")
	}
	return f, nil
}

// identifier reads a UUID in any spelling, and gives the usual one.
func identifier(name string, value any) (any, error) {
	text, _ := value.(string)
	text = strings.ReplaceAll(strings.ReplaceAll(text, "urn:", ""), "uuid:", "")
	digits := strings.ToLower(strings.ReplaceAll(strings.Trim(text, "{}"), "-", ""))
	if len(digits) != 32 || strings.Trim(digits, "0123456789abcdef") != "" {
		return nil, invalid(name, value, "Value should be UUID format")
	}
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-"), nil
}
