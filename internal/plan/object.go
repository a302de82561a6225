package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Object is one object that should be at the Controller.
type Object struct {
	Type   string // as in its URL, say "virtualservice"
	UUID   string
	Tenant string // the Avi tenant's uuid
	// Fields are those that LBaaS exposes. A nil value wants the field absent, or at the Controller's default; a map owns only
	// the keys that it has; a List says how its entries are matched; a SharedList or SharedRef leaves what others put there; any
	// other value is owned whole.
	Fields map[string]any
	// Once are fields that are sent at creation and never compared afterwards: our mark.
	Once map[string]any
	// Secret gives fields that are sent at creation only and of which nothing is kept: keys. It is a function so that no text
	// made of an object shows them; nil when there are none.
	Secret func() map[string]any
	// Same are fields by which an object that bears this one's name under another uuid is recognised as being this one; it is
	// used as it is then. nil recognises none.
	Same map[string]any
	// Incomplete says why the object cannot be made should it not be there; empty when it can.
	Incomplete string
	// AlternativeName is taken when the Controller says that the name in Fields is another object's.
	AlternativeName string
}

// Name is the wanted value of the field name, or that at creation where it is nobody's to change.
func (o *Object) Name() string {
	for _, fields := range []map[string]any{o.Fields, o.Once} {
		if name, ok := fields["name"].(string); ok {
			return name
		}
	}
	return ""
}

// Renamed is the object under its alternative name.
func (o *Object) Renamed() Object {
	renamed := *o
	renamed.Fields = maps.Clone(o.Fields)
	renamed.Fields["name"] = o.AlternativeName
	return renamed
}

// Body is the object as it is sent at its creation.
func (o *Object) Body() map[string]any {
	body := map[string]any{"uuid": o.UUID}
	all := []map[string]any{o.Once, o.Fields}
	if o.Secret != nil {
		all = append(all, o.Secret())
	}
	for _, fields := range all {
		mergeInto(body, plainMap(fields))
	}
	return body
}

// mergeInto puts fields into body, nested messages key by key: what is sent once and what is LBaaS's may share a message.
func mergeInto(body, fields map[string]any) {
	for name, value := range fields {
		nested, isMap := value.(map[string]any)
		if there, both := body[name].(map[string]any); both && isMap {
			there = maps.Clone(there)
			mergeInto(there, nested)
			body[name] = there
			continue
		}
		body[name] = value
	}
}

// Applied is the text that remembers what was written: Fields as JSON, with sorted keys.
func (o *Object) Applied() (string, error) {
	text, err := json.Marshal(plainMap(o.Fields))
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", o.Type, o.UUID, err)
	}
	return string(text), nil
}

// List is a list whose entries are matched with those at the Controller, so that the fields of an entry that LBaaS does not
// expose survive.
type List struct {
	// Key names the fields that tell entries apart, with dots for nested ones ("ip.addr"). Without a key entries are matched
	// by position. Entries at the Controller that match none are removed.
	Key     []string
	Entries []map[string]any
}

// MarshalJSON writes the entries.
func (l List) MarshalJSON() ([]byte, error) { return json.Marshal(plain(l)) }

// keyOf is what tells an entry apart.
func (l List) keyOf(entry map[string]any) string {
	parts := make([]string, len(l.Key))
	for i, path := range l.Key {
		var value any = entry
		var field string
		for field = range strings.SplitSeq(path, ".") {
			nested, _ := value.(map[string]any)
			value = nested[field]
		}
		parts[i] = scalarText(value)
		if field == addressField {
			parts[i] = canonicalAddress(parts[i])
		}
	}
	return strings.Join(parts, "|")
}

// match finds, for each entry of the list, the entry of the Controller's that it is; nil where there is none.
func (l List) match(actual []any) []map[string]any {
	matched := make([]map[string]any, len(l.Entries))
	for i, at := range l.positions(actual) {
		if at >= 0 {
			matched[i], _ = actual[at].(map[string]any)
		}
	}
	return matched
}

// positions finds, for each entry of the list, where the Controller's entry is that it stands for; -1 where there is none.
func (l List) positions(actual []any) []int {
	byKey := map[string]int{}
	for i, a := range actual {
		if entry, ok := a.(map[string]any); ok {
			byKey[l.keyAt(i, entry)] = i
		}
	}
	found := make([]int, len(l.Entries))
	for i, entry := range l.Entries {
		at, ok := byKey[l.keyAt(i, entry)]
		if !ok {
			at = -1
		}
		found[i] = at
	}
	return found
}

func (l List) keyAt(position int, entry map[string]any) string {
	if len(l.Key) == 0 {
		return strconv.Itoa(position)
	}
	return l.keyOf(entry)
}

// plain turns Lists into lists and drops what is wanted absent.
func plain(value any) any {
	switch v := value.(type) {
	case List:
		entries := make([]any, len(v.Entries))
		for i, e := range v.Entries {
			entries[i] = plainMap(e)
		}
		return entries
	case SharedList:
		return v.plain()
	case SharedRef:
		return optionalText(v.Want)
	case map[string]any:
		return plainMap(v)
	}
	return value
}

func plainMap(fields map[string]any) map[string]any {
	out := make(map[string]any, len(fields))
	for name, value := range fields {
		if sent := plain(value); sent != nil {
			out[name] = sent
		}
	}
	return out
}

func scalarText(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
