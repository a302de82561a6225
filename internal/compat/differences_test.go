package compat_test

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// unknownToController are fields that the Python driver sends although no published schema has them: a Controller drops them,
// so that there is nothing to compare.
var unknownToController = []string{
	"subnet_uuid",      // of a server
	"vh_child_vs_uuid", // added by the Controller itself, then sent back by the driver
}

// differences compares an object of a vector with the one at the Controller. Fields that the vector does not have may be there
// besides; null is absent or the Controller's default.
func differences(at string, want, got map[string]any) []string {
	var found []string
	for name, w := range want {
		field := strings.TrimPrefix(at+"."+name, ".")
		if slices.Contains(unknownToController, name) && (at != "vip" || name != "subnet_uuid") {
			continue
		}
		found = append(found, compareField(field, name, w, got[name])...)
	}
	slices.Sort(found)
	return found
}

func compareField(field, name string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		return differences(field, w, g)
	case []any:
		g, _ := got.([]any)
		if name == "placement_networks" {
			w, g = inOrder(w), inOrder(g) // the Python driver's is that of a dictionary
		}
		return compareList(field, name, w, g)
	}
	if sameValue(name, want, got) {
		return nil
	}
	return []string{fmt.Sprintf("%s is %v, not %v", field, got, want)}
}

func compareList(field, name string, want, got []any) []string {
	if len(want) != len(got) {
		return []string{fmt.Sprintf("%s has %d entries, not %d: %v", field, len(got), len(want), got)}
	}
	var found []string
	for i := range want {
		where := fmt.Sprintf("%s[%d]", field, i)
		w, isMessage := want[i].(map[string]any)
		if !isMessage {
			if !sameValue(name, want[i], got[i]) {
				found = append(found, fmt.Sprintf("%s is %v, not %v", where, got[i], want[i]))
			}
			continue
		}
		g, _ := got[i].(map[string]any)
		if name == "vip" {
			where = "vip"
		}
		found = append(found, differences(where, w, g)...)
	}
	return found
}

func sameValue(name string, want, got any) bool {
	if want == nil {
		return got == nil || got == "" || got == false
	}
	if got == nil {
		return want == "" || want == false || fmt.Sprint(want) == "0"
	}
	w, g := fmt.Sprint(want), fmt.Sprint(got)
	if strings.HasSuffix(name, "_ref") || strings.HasSuffix(name, "_refs") {
		return sameReference(w, g)
	}
	return w == g
}

// sameReference compares a reference by uuid or by name with one of the form https://host/api/type/uuid#name.
func sameReference(want, got string) bool {
	w, errW := url.Parse(want)
	g, errG := url.Parse(got)
	if errW != nil || errG != nil {
		return false
	}
	if w.Path == path.Base(w.Path) {
		return w.Path == path.Base(g.Path) // a network's bare id
	}
	if name := w.Query().Get("name"); name != "" {
		return path.Base(w.Path) == path.Base(path.Dir(g.Path)) && name == g.Fragment
	}
	return w.Path == g.Path
}
