package plan

import (
	"strings"
)

// IsSame says that an object of this one's name is this one, by the fields of Same. Certificates are compared without regard to
// white space, for the Controller may lay them out anew, and to what follows the first: others store the chain with it.
func (o *Object) IsSame(actual map[string]any) bool {
	return o.Same != nil && actual["name"] == o.Name() && sameFields(o.Same, actual)
}

// firstBlock is a text up to the end of its first PEM block; all of it when it has none.
func firstBlock(text string) string {
	head, _, _ := strings.Cut(text, "-----END")
	return head
}

// sameText compares without regard to white space.
func sameText(a, b string) bool {
	return strings.Join(strings.Fields(a), "") == strings.Join(strings.Fields(b), "")
}

func sameFields(wanted, actual map[string]any) bool {
	for name, value := range wanted {
		switch w := value.(type) {
		case map[string]any:
			a, _ := actual[name].(map[string]any)
			if !sameFields(w, a) {
				return false
			}
		case string:
			a, _ := actual[name].(string)
			if !sameText(firstBlock(w), firstBlock(a)) {
				return false
			}
		default:
			if !equal(name, value, actual[name]) {
				return false
			}
		}
	}
	return true
}

// Redirected is the object with its references led elsewhere: uuids gives, by the uuid that an object should have, the one that
// it has at the Controller.
func (o *Object) Redirected(uuids map[string]string) Object {
	redirected := *o
	if len(uuids) == 0 {
		return redirected
	}
	redirected.Fields, _ = redirect(o.Fields, uuids).(map[string]any)
	redirected.Once, _ = redirect(o.Once, uuids).(map[string]any)
	return redirected
}

func redirect(value any, uuids map[string]string) any {
	switch v := value.(type) {
	case string:
		if head, uuid, ok := cutLast(v); ok && strings.HasPrefix(v, "/api/") && uuids[uuid] != "" {
			return head + "/" + uuids[uuid]
		}
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = redirect(v[i], uuids)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, inner := range v {
			out[name] = redirect(inner, uuids)
		}
		return out
	case SharedRef:
		v.Want, _ = redirect(v.Want, uuids).(string)
		v.Ours, _ = redirect(v.Ours, uuids).(string)
		return v
	case SharedList:
		v.Ours, _ = redirect(v.Ours, uuids).(string)
		return v
	case List:
		out := List{Key: v.Key, Entries: make([]map[string]any, len(v.Entries))}
		for i, entry := range v.Entries {
			out.Entries[i], _ = redirect(entry, uuids).(map[string]any)
		}
		return out
	}
	return value
}

func cutLast(path string) (head, last string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", "", false
	}
	return path[:i], path[i+1:], true
}

// Refers says that what was written last of an object refers to the object of a uuid.
func Refers(applied, uuid string) bool { return strings.Contains(applied, "/"+uuid+`"`) }
