package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Verb is the way to change an object.
type Verb string

// The ways to change an object. A PATCH takes one verb only and reaches one level deep (controller facts 2.5).
const (
	Nothing      Verb = ""
	PatchAdd     Verb = "add"
	PatchReplace Verb = "replace"
	PatchDelete  Verb = "delete"
	// ReadAndReplace is GET, change, PUT: for whatever a single PATCH cannot say without touching fields that are not LBaaS's.
	ReadAndReplace Verb = "put"
)

// Change is the smallest change from what was written last to what is wanted.
type Change struct {
	Verb Verb
	// Body of a PATCH; nil otherwise.
	Body map[string]any
	// Fields that change, sorted.
	Fields []string
}

// ChangeFrom gives the change from what was written last, as Applied told it.
func (o *Object) ChangeFrom(applied string) (Change, error) {
	before, err := decode(applied)
	if err != nil {
		return Change{}, fmt.Errorf("%s %s: what was written last cannot be read: %w", o.Type, o.UUID, err)
	}
	wanted, err := o.normalized(before)
	if err != nil {
		return Change{}, err
	}
	change := Change{}
	body := map[string]any{}
	for _, name := range sortedKeys(union(before, wanted)) {
		if reflect.DeepEqual(before[name], wanted[name]) {
			continue
		}
		verb, value := o.patchOf(name, before[name], wanted[name])
		if verb == Nothing {
			continue
		}
		if change.Verb != Nothing && change.Verb != verb {
			verb = ReadAndReplace
		}
		change.Verb, body[name] = verb, value
		change.Fields = append(change.Fields, name)
	}
	if change.Verb != Nothing && change.Verb != ReadAndReplace {
		change.Body = body
	}
	return change, nil
}

// normalized is what is wanted, in the form in which it was remembered. A name that had to give way stays as it is while the
// name that is wanted is still the same.
func (o *Object) normalized(before map[string]any) (map[string]any, error) {
	object := *o
	if o.AlternativeName != "" && before["name"] == o.AlternativeName {
		object = o.Renamed()
	}
	text, err := object.Applied()
	if err != nil {
		return nil, err
	}
	return decode(text)
}

// Kept is the object under the name that it was written with last, when that was its alternative one.
func (o *Object) Kept(applied string) Object {
	if before, err := decode(applied); err == nil && o.AlternativeName != "" && before["name"] == o.AlternativeName {
		return o.Renamed()
	}
	return *o
}

// patchOf says how one field's change can be sent, with the value to send.
func (o *Object) patchOf(name string, before, wanted any) (Verb, any) {
	if list, ok := o.Fields[name].(List); ok && len(list.Key) > 0 {
		return list.patchFrom(before)
	}
	if name == "type" {
		// A virtual service becomes a parent, or none, by a PUT: that is what has been seen to work (controller facts 4.2).
		return ReadAndReplace, nil
	}
	switch o.Fields[name].(type) {
	case SharedList, SharedRef:
		// What others put there decides: a PATCH could overwrite it, unseen.
		return ReadAndReplace, nil
	}
	switch w := wanted.(type) {
	case nil:
		// The value goes along: some versions want it (controller facts 2.5).
		if isFlat(before) {
			return PatchDelete, before
		}
	case []any:
		if len(w) == 0 && before != nil && isFlat(before) {
			return PatchDelete, before
		}
		if isFlat(w) {
			return PatchReplace, w
		}
	case map[string]any:
	default:
		return PatchReplace, w
	}
	return ReadAndReplace, nil
}

// patchFrom says which entries were added or changed, or which ones went; when it is both, a PATCH cannot say it. Their order
// does not matter.
func (l List) patchFrom(before any) (Verb, any) {
	entries, _ := before.([]any)
	old := map[string]map[string]any{}
	for _, e := range entries {
		if entry, ok := e.(map[string]any); ok {
			old[l.keyOf(entry)] = entry
		}
	}
	var changed []any
	for _, entry := range l.Entries {
		wanted, err := normal(plainMap(entry))
		key := l.keyOf(entry)
		if err != nil || !reflect.DeepEqual(old[key], wanted) {
			if lacksFieldOf(entry, old[key]) || old[key] != nil && l.reachesDeep(entry) {
				return ReadAndReplace, nil
			}
			changed = append(changed, plainMap(entry))
		}
		delete(old, key)
	}
	switch {
	case len(old) == 0 && len(changed) == 0:
		if before == nil {
			return ReadAndReplace, nil // a list that was not LBaaS's may have entries
		}
		return Nothing, nil // the same entries in another order
	case len(old) == 0:
		return PatchAdd, changed
	case len(changed) > 0:
		return ReadAndReplace, nil
	}
	gone := make([]any, 0, len(old))
	for _, key := range sortedKeys(old) {
		gone = append(gone, l.keyFields(old[key]))
	}
	return PatchDelete, gone
}

// lacksFieldOf says that a field of the entry is to go, which the merge of an added entry cannot do.
func lacksFieldOf(entry, old map[string]any) bool {
	for name := range old {
		if entry[name] == nil {
			return true
		}
	}
	return false
}

// reachesDeep says that the entry has messages beside its key, whose own fields a PATCH would replace as a whole.
func (l List) reachesDeep(entry map[string]any) bool {
	key := l.keyFields(entry)
	for name, value := range entry {
		if _, inKey := key[name]; !inKey && !isFlat(value) {
			return true
		}
	}
	return false
}

// keyFields is an entry with nothing but the top-level fields that hold its key.
func (l List) keyFields(entry map[string]any) map[string]any {
	out := map[string]any{}
	for _, path := range l.Key {
		name, _, _ := strings.Cut(path, ".")
		out[name] = entry[name]
	}
	return out
}

// isFlat says that a value has no messages in it.
func isFlat(value any) bool {
	switch v := value.(type) {
	case map[string]any:
		return false
	case []any:
		for _, e := range v {
			if !isFlat(e) {
				return false
			}
		}
	}
	return true
}

func normal(value any) (map[string]any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return decode(string(text))
}

func decode(text string) (map[string]any, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	var fields map[string]any
	err := d.Decode(&fields)
	return fields, err
}

func union(a, b map[string]any) map[string]bool {
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	return names
}
