package plan

import "maps"

// Merged is the Controller's object with the wanted fields put in and everything else kept: the body of a PUT. The actual object
// is not changed.
func (o *Object) Merged(actual map[string]any) map[string]any {
	out := merged(o.Fields, actual)
	if o.AlternativeName != "" && actual["name"] == o.AlternativeName {
		out["name"] = o.AlternativeName
	}
	return pruned(out)
}

// merged is a message with the wanted fields put in. A message that is not there yet gets all of them, as at the object's creation: the
// Controller sets what it lacks to its default, and that of a server's "enabled", say, is not false.
func merged(wanted, actual map[string]any) map[string]any {
	if actual == nil {
		return plainMap(wanted)
	}
	out := maps.Clone(actual)
	for name, value := range wanted {
		switch w := value.(type) {
		case nil:
			delete(out, name)
		case map[string]any:
			a, _ := actual[name].(map[string]any)
			out[name] = merged(w, a)
		case List:
			a, _ := actual[name].([]any)
			out[name] = mergedList(w, a)
		case SharedList:
			// A list that nobody has an entry in stays as it is: absent, mostly.
			if entries := w.merged(actual[name]); len(entries) > 0 || actual[name] != nil {
				out[name] = entries
			}
		case SharedRef:
			mergeRef(out, name, w)
		default:
			// What is the same already keeps the Controller's own spelling.
			if !equal(name, value, actual[name]) {
				out[name] = value
			}
		}
	}
	return out
}

func mergedList(wanted List, actual []any) []any {
	out := make([]any, len(wanted.Entries))
	for i, match := range wanted.match(actual) {
		out[i] = merged(wanted.Entries[i], match)
	}
	return out
}

func mergeRef(fields map[string]any, name string, wanted SharedRef) {
	switch {
	case !wanted.differs(fields[name]):
	case wanted.Want == "":
		delete(fields, name)
	default:
		fields[name] = wanted.Want
	}
}

// pruned leaves out empty messages, which some Controllers refuse with "Bad pb" when an object is sent back as it was read
// (controller facts 8, AKOI#1648).
func pruned(fields map[string]any) map[string]any {
	for name, value := range fields {
		switch v := value.(type) {
		case map[string]any:
			if v = pruned(maps.Clone(v)); len(v) == 0 {
				delete(fields, name)
				continue
			}
			fields[name] = v
		case []any:
			entries := make([]any, len(v))
			for i, e := range v {
				entries[i] = e
				if m, ok := e.(map[string]any); ok {
					entries[i] = pruned(maps.Clone(m))
				}
			}
			fields[name] = entries
		}
	}
	return fields
}
