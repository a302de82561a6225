package schema

import (
	"encoding/json"
	"math"
	"slices"
	"sort"
	"strconv"
)

// Object is a decoded object: string, bool, int64, float64, Ref, Object or []any of these, by field name.
type Object = map[string]any

// Decoder reads JSON objects (numbers as json.Number) into Objects. It checks each value by itself; Complete checks the
// whole.
type Decoder struct {
	// Version is the one that the request named: newer fields are refused.
	Version Version
	// Resolve finds the target of a reference, or fails with the error that is to be answered.
	Resolve func(refType, text string) (Ref, error)
}

// Object decodes raw by the message's fields. Unknown and read-only fields and nulls are dropped silently, as a
// Controller does (controller facts 1.2).
func (d *Decoder) Object(m *Message, raw map[string]any) (Object, error) {
	return d.object(m, raw, nil)
}

func (d *Decoder) object(m *Message, raw map[string]any, path []string) (Object, error) {
	names := make([]string, 0, len(raw))
	for name := range raw {
		names = append(names, name)
	}
	sort.Strings(names)
	out := make(Object, len(names)+8)
	for _, name := range names {
		f, value := m.byName[name], raw[name]
		if f == nil || f.ReadOnly || value == nil {
			continue
		}
		if d.Version.Less(f.Since) {
			return nil, &NewerFieldError{Field: name, Request: d.Version, Since: f.Since}
		}
		decoded, err := d.field(f, value, append(path, name))
		if err != nil {
			return nil, err
		}
		out[name] = decoded
	}
	return out, nil
}

func (d *Decoder) field(f *Field, value any, path []string) (any, error) {
	if !f.List {
		return d.value(f, value, path)
	}
	entries, ok := value.([]any)
	if !ok {
		return nil, refuse(path, "expected a list, got %s", typeText(value))
	}
	out := make([]any, len(entries))
	for i, entry := range entries {
		decoded, err := d.value(f, entry, path)
		if err != nil {
			return nil, err
		}
		out[i] = decoded
	}
	return out, nil
}

func (d *Decoder) value(f *Field, value any, path []string) (any, error) {
	switch f.Kind {
	case KindMessage:
		raw, ok := value.(map[string]any)
		if !ok {
			return nil, refuse(path, "expected an object, got %s", typeText(value))
		}
		return d.object(f.Message, raw, path)
	case KindBool:
		b, ok := value.(bool)
		if !ok {
			return nil, refuse(path, "expected a boolean, got %s", typeText(value))
		}
		return b, nil
	case KindInt:
		return decodeInt(f, value, path)
	case KindFloat:
		return decodeFloat(value, path)
	case KindString, KindRef:
		text, ok := value.(string)
		if !ok {
			return nil, refuse(path, "expected a string, got %s", typeText(value))
		}
		if f.Kind == KindRef {
			return d.Resolve(f.RefType, text)
		}
		if f.Enum != nil && !slices.Contains(f.Enum, text) {
			return nil, refuse(path, "%q is not one of %s", text, enumText(f.Enum))
		}
		return text, nil
	}
	return nil, refuse(path, "unknown kind %d", f.Kind)
}

func decodeInt(f *Field, value any, path []string) (any, error) {
	var text string
	switch v := value.(type) {
	case json.Number:
		text = v.String()
	case string:
		// 64-bit numbers come as strings (controller facts 2.1), so they must be taken back as strings; and the vendor's own
		// LBaaS driver sends the 32-bit mask of a placement network as one.
		text = v
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, refuse(path, "expected an integer, got %s", typeText(value))
	}
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	switch f.Format {
	case "int32":
		low, high = math.MinInt32, math.MaxInt32
	case "uint32":
		low, high = 0, math.MaxUint32
	case "uint64":
		low = 0
	}
	if n < low || n > high {
		return nil, refuse(path, "%d does not fit %s", n, f.Format)
	}
	if !f.allowed.contains(n) && !slices.Contains(f.special, n) {
		return nil, refuse(path, "%d is not in the allowed range %s", n, f.allowed)
	}
	return n, nil
}

func decodeFloat(value any, path []string) (any, error) {
	number, ok := value.(json.Number)
	if !ok {
		return nil, refuse(path, "expected a number, got %s", typeText(value))
	}
	x, err := number.Float64()
	if err != nil {
		return nil, refuse(path, "%s is out of range", number)
	}
	return x, nil
}

func typeText(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case json.Number:
		return "the number " + v.String()
	case []any:
		return "a list"
	default:
		return "an object"
	}
}
