package plan

import (
	"encoding/json"
	"net/netip"
	"path"
	"reflect"
	"strings"
)

// Differs names the fields of Fields whose value at the Controller is not the wanted one, sorted. The actual object is one read
// with include_name, decoded with json.Number for numbers.
func (o *Object) Differs(actual map[string]any) []string {
	var names []string
	for _, name := range sortedKeys(o.Fields) {
		if name == "name" && o.AlternativeName != "" && actual[name] == o.AlternativeName {
			continue // a suffix once given stays until the name itself changes: see Kept
		}
		if !equal(name, o.Fields[name], actual[name]) {
			names = append(names, name)
		}
	}
	return names
}

// equal compares a wanted value with the Controller's. Absent, null, false, 0, "" and the empty list are one and the same there:
// the Controller is free to leave out what is empty or at its default (controller facts 2.2).
func equal(field string, wanted, actual any) bool {
	switch w := wanted.(type) {
	case nil:
		return isEmpty(actual)
	case map[string]any:
		a, _ := actual.(map[string]any)
		return equalMap(w, a)
	case List:
		a, _ := actual.([]any)
		return equalList(w, a)
	case SharedList:
		return !w.differs(actual)
	case SharedRef:
		return !w.differs(actual)
	case []any:
		a, _ := actual.([]any)
		return equalSlice(field, w, a)
	case []string:
		a, _ := actual.([]any)
		return equalSlice(field, anySlice(w), a)
	case string:
		a, _ := actual.(string)
		return equalText(field, w, a)
	}
	return isEmpty(wanted) && isEmpty(actual) || scalarText(wanted) == scalarText(actual)
}

func equalMap(wanted, actual map[string]any) bool {
	for name, value := range wanted {
		if !equal(name, value, actual[name]) {
			return false
		}
	}
	return true
}

func equalList(wanted List, actual []any) bool {
	if len(wanted.Entries) != len(actual) {
		return false
	}
	for i, match := range wanted.match(actual) {
		if match == nil || !equalMap(wanted.Entries[i], match) {
			return false
		}
	}
	return true
}

func equalSlice(field string, wanted, actual []any) bool {
	if len(wanted) != len(actual) {
		return false
	}
	for i := range wanted {
		if !equal(field, wanted[i], actual[i]) {
			return false
		}
	}
	return true
}

func equalText(field, wanted, actual string) bool {
	switch {
	case wanted == actual:
		return true
	case strings.HasSuffix(field, "_ref") || strings.HasSuffix(field, "_refs"):
		return wanted != "" && actual != "" && sameRef(wanted, actual)
	case strings.HasPrefix(wanted, "-----BEGIN "):
		return sameText(wanted, actual)
	case field == addressField:
		return canonicalAddress(wanted) == canonicalAddress(actual)
	}
	return false
}

// addressField is the name of the fields that hold an IP address.
const addressField = "addr"

// canonicalAddress is an IP address in the one spelling that is compared; other texts stay as they are.
func canonicalAddress(text string) string {
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.String()
	}
	return text
}

// sameRef compares a reference by uuid ("/api/pool/pool-…") or by name ("/api/cloud?name=Default-Cloud") with the one that the
// Controller shows ("https://host/api/cloud/cloud-…#Default-Cloud").
func sameRef(wanted, actual string) bool {
	const byName = "?name="
	// The names in references are not escaped.
	actualPath, actualName, _ := strings.Cut(actual, "#")
	if _, name, ok := strings.Cut(wanted, byName); ok {
		return name == actualName || strings.HasSuffix(actualPath, byName+name)
	}
	return path.Base(wanted) == path.Base(actualPath)
}

func isEmpty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case json.Number:
		return v == "0"
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return reflect.ValueOf(value).IsZero()
}

func anySlice(texts []string) []any {
	out := make([]any, len(texts))
	for i, t := range texts {
		out[i] = t
	}
	return out
}
