package api

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"github.com/avi-lbaas/avi-lbaas/internal/lbaas"
)

// What a reader takes is found out by asking it: a description that is written down beside the readers would be wrong one day. Each
// is given values of every kind; lengths and ranges are searched for.

// document is the schema of an object of a request.
func (s schema) document() document {
	properties := document{}
	var required []string
	for _, a := range s.attributes {
		if a.read == nil {
			continue
		}
		p := orNullShape(a.document())
		if a.unsupported {
			p["description"] = "Not carried out: answered 501 unless it asks for nothing (null, empty, or Octavia's default)."
			p["x-unsupported"] = true
		}
		properties[a.name] = p
		if a.needed {
			required = append(required, a.name)
		}
	}
	out := document{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// document is the schema of an attribute's value.
func (a attribute) document() document {
	switch {
	case a.holds == nil:
		return askedOf(a.read)
	case a.many:
		return document{"type": "array", "items": a.holds.document()}
	}
	return a.holds.document()
}

// questions puts values to a reader.
type questions struct{ read reader }

// takes says whether a value is taken, and as what. One that is known and not carried out is taken too.
func (q questions) takes(value any) (canonical any, ok bool) {
	canonical, err := q.read("value", value)
	if message, kind, known := lbaas.MessageFor(err); err != nil && known && kind == lbaas.KindUnsupported {
		return message, true
	}
	return canonical, err == nil
}

const aUUID = "11111111-2222-4333-8444-555555555555"

// askedOf is the schema of one value.
func askedOf(read reader) document {
	q := questions{read}
	_, isText := q.takes("a")
	_, isList := q.takes([]any{})
	_, isObject := q.takes(map[string]any{})
	number, isNumber := q.number()
	yes, isBoolean := q.takes(true)
	switch {
	case isText && isList && isObject:
		return document{} // whatever it is
	case isText:
		return q.text()
	case isList:
		return document{"type": "array", "items": askedOf(q.item)}
	case isObject:
		return q.object()
	case isBoolean && yes == true:
		return document{"type": "boolean"}
	case isNumber:
		return number
	}
	if _, ok := q.takes(aUUID); ok {
		return document{"type": "string", "format": "uuid"}
	}
	return q.choice()
}

// text is a string; of a bounded one the bound is searched for.
func (q questions) text() document {
	const beyond = 1 << 16
	fits := func(length int64) bool {
		_, ok := q.takes(strings.Repeat("a", int(length)))
		return ok
	}
	if fits(beyond) {
		return document{"type": "string"}
	}
	return document{"type": "string", "maxLength": last(1, beyond, fits)}
}

// number is an integer or a number with its range, if the value is one.
func (q questions) number() (document, bool) {
	fits := func(n int64) bool {
		_, ok := q.takes(json.Number(text64(n)))
		return ok
	}
	start := slices.IndexFunc([]int64{1, 0, 100, 1000}, fits)
	if start < 0 {
		return nil, false
	}
	from := []int64{1, 0, 100, 1000}[start]
	canonical, _ := q.takes(json.Number(text64(from)))
	switch canonical.(type) {
	case int64:
	case float64:
		return document{"type": "number"}, true
	default: // true and false may be said with 1 and 0
		return nil, false
	}
	out := document{"type": "integer"}
	if !fits(math.MaxInt64) {
		out["maximum"] = last(from, math.MaxInt64, fits)
	}
	if !fits(math.MinInt64) {
		out["minimum"] = -last(-from, 1<<62, func(n int64) bool { return fits(-n) })
	}
	return out, true
}

// last is the last number that fits: those from low on do, up to some below high.
func last(low, high int64, fits func(int64) bool) int64 {
	for low+1 < high {
		if middle := low + (high-low)/2; fits(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	return low
}

// text64 is a number as JSON has it.
func text64(n int64) string {
	text, _ := json.Marshal(n) // an integer always has a text
	return string(text)
}

// item reads one value as the only one of a list.
func (q questions) item(name string, value any) (any, error) {
	canonical, err := q.read(name, []any{value})
	if items, ok := canonical.([]any); ok && len(items) == 1 {
		return items[0], err
	}
	return canonical, err
}

// object is one of any attributes, or one of texts.
func (q questions) object() document {
	if _, ok := q.takes(map[string]any{"a": json.Number("1")}); ok {
		return document{"type": "object"}
	}
	return document{"type": "object", "additionalProperties": document{"type": "string"}}
}

// choice is one of a few strings: those that the reader's own error names, as far as it takes them.
func (q questions) choice() document {
	_, err := q.read("value", "a")
	message, _, _ := lbaas.MessageFor(err)
	_, list, _ := strings.Cut(message, "Value should be one of: ")
	var words []string
	for word := range strings.SplitSeq(list, ", ") {
		if _, ok := q.takes(word); ok {
			words = append(words, word)
		}
	}
	if len(words) == 0 {
		return document{}
	}
	return document{"type": "string", "enum": words}
}
